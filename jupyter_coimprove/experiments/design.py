"""From a question and a notebook to a plan: factors, arms, blocks and response, all filled in."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from jupyter_coimprove.digests import digest_json
from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.experiments import code, factoring, responding, seeding
from jupyter_coimprove.experiments.arms import arms_of
from jupyter_coimprove.experiments.experiment import (
    Arm,
    Budget,
    Factor,
    Multiplicity,
    Plan,
    Status,
)
from jupyter_coimprove.experiments.request import FactorRequest, PlanRequest, split_levels
from jupyter_coimprove.notebook.candidates import Reading
from jupyter_coimprove.notebook.cells import Notebook

__all__ = ["FactorRequest", "PlanRequest", "build", "check_arm", "notebook_digest", "split_levels"]

DEFAULT_BLOCKS = 5


def notebook_digest(notebook: Notebook) -> str:
    """Digest of what a run executes: the code cells in order, and which of them has the parameters."""
    return digest_json([[cell.digest, "parameters" in cell.tags] for cell in notebook.code_cells])


def build(
    notebook: Notebook, reading: Reading, request: PlanRequest, *, transform: code.Transform | None = None
) -> Plan:
    """The plan that answers a request; what the person left open is suggested.

    ``transform`` makes plain Python of a cell. What to keep in mind is in ``extra["warnings"]``.
    Raises UnknownName (with close names) and UsageError.
    """
    trees = code.trees(notebook, transform)
    found = responding.resolve(
        reading, trees, response=request.response, direction=request.direction,
        reduction=request.reduction, items=request.items,
    )  # fmt: skip
    warnings = [*reading.warnings, *found.warnings]
    factors, design = factoring.factors_of(notebook, reading, request, found.cell, warnings)
    factoring.warn_of_places(notebook, trees, factors, warnings)
    arms = arms_of(design, factors)
    seeds = seeding.seed_sites(notebook, reading, request.seeds, frozenset(f.name for f in factors))
    factoring.warn_of_seeds(factors, seeds, warnings)
    available = seeding.seeding_source(trees)
    driven = any(seed.varied for seed in seeds)
    wanted = request.seeding if request.seeding is not None else request.seeds == "all" and not seeds
    cell = available if wanted else None
    kind, split = seeding.block_kind(
        reading, seeds, cell, random=available is not None, response_cell=found.cell
    )
    if kind == "unknown" and not driven and cell is None:
        warnings.append("no seed is varied: blocks only repeat the run, with whatever chance it has")
    elif kind == "unknown":
        warnings.append("it could not be read from the code what a block re-draws (split, start or order)")
    multiplicity, sequence = _multiplicity(request, arms)
    sizes = (
        (split.train_size, split.test_size)
        if split and split.train_size is not None and split.test_size is not None
        else None
    )
    return Plan(
        question=request.question.strip() or _question(factors, found.response.name),
        notebook=str(notebook.path),
        notebook_digest=notebook_digest(notebook),
        kernel=request.kernel or notebook.kernel,
        design=design,
        factors=factors,
        arms=arms,
        seeds=seeds,
        seeding_cell=cell,
        blocks=_block_count(request, deterministic=kind == "none"),
        block_kind=kind,
        block_numbers=_hand_picked(request.block_numbers),
        response=found.response,
        multiplicity=multiplicity,
        sequence=sequence,
        hypothesis=_hypothesis(request.hypothesis, arms),
        smallest_effect=_positive("smallest effect", request.smallest_effect),
        margin=_positive("margin", request.margin),
        alpha=_alpha(request.alpha),
        repeat_baseline=request.repeat_baseline,
        split_sizes=sizes,
        split_ratio=split.ratio if split else None,
        budget=Budget(
            run_seconds=_positive("time limit of a run", request.run_seconds, "seconds"),
            total_seconds=_positive("time limit of the experiment", request.total_seconds, "seconds"),
            output_mb=_positive("output limit of a run", request.output_mb, "MB") or 64.0,
        ),
        status=_status(request),
        replicates=request.replicates,
        extra={"warnings": list(dict.fromkeys(warnings))},
    )


def check_arm(what: str, name: str, arms: Sequence[Arm]) -> str:
    """The arm's full name; quotes around a level may be left out. UnknownName otherwise."""
    known = {arm.name: arm.name for arm in arms}
    bare = {_unquoted(arm.name): arm.name for arm in arms}
    found = known.get(name.strip()) or bare.get(_unquoted(name.strip()))
    if found is None:
        raise UnknownName(what, name, known)
    return found


def _multiplicity(request: PlanRequest, arms: Sequence[Arm]) -> tuple[Multiplicity, tuple[str, ...]]:
    treatments = [arm for arm in arms if not arm.is_baseline]
    if request.primary is not None:
        if request.multiplicity not in (None, "primary"):
            raise UsageError(f"a primary contrast is not tested by {request.multiplicity}")
        return "primary", (check_arm("arm", request.primary, treatments),)
    if request.multiplicity == "primary":
        if len(treatments) != 1:
            raise UsageError("which treatment is the primary one?", remedy="name it: --primary ARM")
        return "primary", (treatments[0].name,)
    sequence = tuple(check_arm("arm", name, treatments) for name in request.sequence)
    if len(set(sequence)) < len(sequence):
        raise UsageError("an arm comes twice in the sequence")
    if request.multiplicity == "fixed-sequence" and not sequence:
        # The order is the person's registered prediction (STATISTICS 4): until then, as listed.
        sequence = tuple(arm.name for arm in treatments)
    if sequence:
        rest = [arm.name for arm in treatments if arm.name not in sequence]
        if rest:
            raise UsageError(f"the sequence leaves out {', '.join(rest)}", remedy="order all treatments")
    return request.multiplicity or ("fixed-sequence" if sequence else "holm"), sequence


def _hypothesis(text: str | None, arms: Sequence[Arm]) -> str | None:
    """``ARM > baseline``, ``ARM < baseline`` or one treatment against another, with full names."""
    if text is None or not text.strip():
        return None
    sides = re.split(r"\s+([<>])\s+", text.strip())
    if len(sides) != 3:
        raise UsageError(
            f"the hypothesis {text!r} is not understood",
            remedy="write it as 'ARM > baseline' or 'ARM < baseline'",
        )
    left, sign, right = sides
    one, other = check_arm("arm", left, arms), check_arm("arm", right, arms)
    if one == other:
        raise UsageError(f"the hypothesis compares {one} with itself")
    return f"{one} {sign} {other}"


def _block_count(request: PlanRequest, *, deterministic: bool) -> int:
    if request.block_numbers:
        if request.blocks not in (None, len(request.block_numbers)):
            raise UsageError(
                f"{request.blocks} blocks are asked for, but {len(request.block_numbers)} are named"
            )
        return len(request.block_numbers)
    if request.blocks is None:
        return 1 if deterministic else DEFAULT_BLOCKS
    if not 1 <= request.blocks <= 10_000:
        raise UsageError(f"{request.blocks} blocks cannot be run", remedy="ask for 1 to 10000")
    return request.blocks


def _hand_picked(numbers: Sequence[int]) -> tuple[int, ...]:
    if len(set(numbers)) < len(numbers):
        raise UsageError("a block is named twice", remedy="blocks are compared in pairs: name each once")
    for number in numbers:
        if not 0 <= number < 2**31 - 1:
            raise UsageError(f"block {number} is not a seed", remedy="name numbers from 0 to 2147483646")
    return tuple(numbers)


def _status(request: PlanRequest) -> Status:
    return "exploratory" if request.block_numbers or request.exploratory else "confirmatory"


def _positive(what: str, value: float | None, units: str = "units of the response") -> float | None:
    if value is not None and not (math.isfinite(value) and value > 0):
        raise UsageError(f"the {what} is {value}", remedy=f"give a positive number in {units}")
    return value


def _alpha(value: float) -> float:
    if not 0 < value < 0.5:
        raise UsageError(f"alpha is {value}", remedy="give a number between 0 and 0.5, such as 0.05")
    return value


def _question(factors: Sequence[Factor], response: str) -> str:
    names = ", ".join(factor.name for factor in factors)
    return f"What do {names} do to {response}?" if names else f"How much does {response} vary by chance?"


def _unquoted(name: str) -> str:
    return name.replace('"', "").replace("'", "")
