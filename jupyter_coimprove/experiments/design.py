"""From a question and a notebook to a plan: factors, arms, blocks and response, all filled in."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from jupyter_coimprove.digests import digest_json, digest_source
from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.experiments import code, dummies, factoring, redrawn, responding, seeding, tuning
from jupyter_coimprove.experiments.arms import arms_of, contrasts, unquoted
from jupyter_coimprove.experiments.controls import control_arms, drives
from jupyter_coimprove.experiments.experiment import (
    Budget,
    Factor,
    Multiplicity,
    Plan,
    Status,
)
from jupyter_coimprove.experiments.request import FactorRequest, PlanRequest, split_levels
from jupyter_coimprove.experiments.secondary import also, check_also
from jupyter_coimprove.experiments.stopping import check_sequential, check_test
from jupyter_coimprove.notebook.candidates import Reading, Split
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.subject import subject

__all__ = ["FactorRequest", "PlanRequest", "build", "check_arm", "notebook_digest", "split_levels"]

DEFAULT_BLOCKS = 5
#: The most blocks of a sequential design: an effect of one spread is decided in about 13.
MOST_SEQUENTIAL = 30


def notebook_digest(notebook: Notebook) -> str:
    """Digest of what a run executes: the code cells in order, which of them has the parameters, files beside."""
    cells: list[Any] = [[cell.digest, "parameters" in cell.tags] for cell in notebook.code_cells]
    beside = {name: digest_source(text) for name, text in notebook.beside.items()}
    return digest_json([*cells, beside] if beside else cells)


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
        reduction=request.reduction, items=request.items, clusters=request.clusters,
    )  # fmt: skip
    warnings = [*reading.warnings, *found.warnings]
    factors, design = factoring.factors_of(
        notebook, reading, request, found.cell, warnings, transform=transform
    )
    factoring.warn_of_places(notebook, trees, factors, warnings)
    warnings += tuning.unequal(factors)
    if request.resolution is not None and design != "fractional-factorial":
        raise UsageError(
            f"a {design} design has no resolution", remedy="use it with --design fractional-factorial"
        )
    arms = arms_of(design, factors, request.resolution)
    seeds = seeding.seed_sites(notebook, reading, request.seeds, frozenset(f.name for f in factors))
    factoring.warn_of_seeds(factors, seeds, warnings)
    free = seeding.generators(reading, trees)
    wanted = request.seeding if request.seeding is not None else request.seeds != "none"
    cell = seeding.seeding_source(free, code.imported(trees)) if wanted else None
    before = redrawn.seeding_before(notebook, reading.chance, free) if cell is not None else None
    drawn = redrawn.redrawn(reading, seeds, cell, random=bool(free), response_cell=found.cell)
    kind, split = drawn.kind, drawn.split
    warnings += redrawn.cautions(drawn, seeds, cell)
    if request.items is None and kind != "split":
        warnings += responding.items_offered(reading, found.response)
    chance = (*redrawn.control(reading, seeds, cell, before), *drawn.lines)
    left = redrawn.uncontrolled(reading, notebook, cell)
    beside, replaced = control_arms(
        next(arm for arm in arms if arm.is_baseline), repeat=request.repeat, reseed=request.reseed,
        dummy=(lambda: dummies.dummy_factor(notebook, transform)) if request.dummy else None,
        driven=drives(seeds, cell),
    )  # fmt: skip
    sizes = (
        (split.train_size, split.test_size)
        if split and split.train_size is not None and split.test_size is not None
        else None
    )
    plan = Plan(
        question=request.question.strip() or _question(factors, found.response.name),
        notebook=str(notebook.path),
        notebook_digest=notebook_digest(notebook),
        kernel=request.kernel or notebook.kernel,
        design=design,
        factors=(*factors, *replaced),
        arms=(*arms, *beside),
        seeds=seeds,
        seeding_cell=cell,
        seeding_before=before,
        blocks=_block_count(request, deterministic=kind == "none"),
        block_kind=kind,
        block_numbers=_hand_picked(request.block_numbers),
        response=found.response,
        stopping="sequential" if request.sequential else "fixed",
        test=request.test,
        also=also(reading, trees, request.also, found.response),
        secondary=request.secondary,
        smallest_effect=_positive("smallest effect", request.smallest_effect),
        margin=_positive("margin", request.margin),
        alpha=_alpha(request.alpha),
        repeat_baseline=request.repeat_baseline and not request.repeat,
        split_sizes=sizes,
        split_ratio=split.ratio if split else None,
        budget=Budget(
            run_seconds=_positive("time limit of a run", request.run_seconds, "seconds"),
            total_seconds=_positive("time limit of the experiment", request.total_seconds, "seconds"),
            output_mb=_positive("output limit of a run", request.output_mb, "MB") or 64.0,
            keep_mb=_positive("limit of what a run keeps", request.keep_mb, "MB"),
            disk_mb=_positive("limit of what all runs keep", request.disk_mb, "MB"),
        ),
        status=_status(request),
        replicates=request.replicates,
        extra={
            "warnings": list(dict.fromkeys(warnings)),
            **({"chance": list(chance)} if chance else {}),
            **({"uncontrolled": list(left)} if left else {}),
            **_about(trees, split),
        },
    )
    names = contrasts(plan)
    multiplicity, sequence = _multiplicity(request, names)
    plan = replace(
        plan, multiplicity=multiplicity, sequence=sequence,
        hypothesis=_hypothesis(request.hypothesis, (*names, plan.baseline.name), plan.margin),
    )  # fmt: skip
    check_test(plan)
    check_also(plan)
    if plan.stopping == "sequential":
        check_sequential(plan)
    return plan


def _about(trees: code.Trees, split: Split | None) -> dict[str, dict[str, list[str]]]:
    """What the finding will be about, by name: data, split and model as far as the code names them."""
    found = subject(trees[index] for index in sorted(trees))
    call = [split.call.partition("(")[0].rpartition(".")[2]] if split else []
    about = {"data": list(found.data), "split": call, "model": list(found.models)}
    named = {key: names for key, names in about.items() if names}
    return {"about": named} if named else {}


def check_arm(what: str, name: str, arms: Sequence[str]) -> str:
    """The full name among these; quotes around a level may be left out. UnknownName otherwise."""
    known = {arm: arm for arm in arms}
    bare = {unquoted(arm): arm for arm in arms}
    found = known.get(name.strip()) or bare.get(unquoted(name.strip()))
    if found is None:
        raise UnknownName(what, name, known)
    return found


def _multiplicity(request: PlanRequest, treatments: Sequence[str]) -> tuple[Multiplicity, tuple[str, ...]]:
    if request.primary is not None:
        if request.multiplicity not in (None, "primary"):
            raise UsageError(f"a primary contrast is not tested by {request.multiplicity}")
        return "primary", (check_arm("arm", request.primary, treatments),)
    if request.sequential and request.multiplicity in ("holm", "fixed-sequence"):
        raise UsageError(
            f"a sequential design is not tested by {request.multiplicity}: treatments stop at different times",
            remedy="leave --multiplicity out (Bonferroni), or name one --primary ARM",
        )
    if request.sequential and request.multiplicity != "primary":
        return "bonferroni", ()
    if request.multiplicity == "primary":
        if len(treatments) != 1:
            raise UsageError("which treatment is the primary one?", remedy="name it: --primary ARM")
        return "primary", (treatments[0],)
    sequence = tuple(check_arm("arm", name, treatments) for name in request.sequence)
    if len(set(sequence)) < len(sequence):
        raise UsageError("an arm comes twice in the sequence")
    if request.multiplicity == "fixed-sequence" and not sequence:
        # The order is the person's registered prediction (STATISTICS 4): until then, as listed.
        sequence = tuple(treatments)
    if sequence:
        rest = [name for name in treatments if name not in sequence]
        if rest:
            raise UsageError(f"the sequence leaves out {', '.join(rest)}", remedy="order all treatments")
    return request.multiplicity or ("fixed-sequence" if sequence else "holm"), sequence


def _hypothesis(text: str | None, arms: Sequence[str], margin: float | None) -> str | None:
    """``ARM > baseline``, ``ARM < baseline``, ``ARM = baseline`` or one treatment against another, with full
    names. Equivalence asks for a margin: UsageError without one (STATISTICS 5)."""
    if text is None or not text.strip():
        return None
    sides = re.split(r"\s+([<>=])\s+", text.strip())
    if len(sides) != 3:
        raise UsageError(
            f"the hypothesis {text!r} is not understood",
            remedy="write it as 'ARM > baseline', 'ARM < baseline' or 'ARM = baseline' (within the margin)",
        )
    left, sign, right = sides
    one, other = check_arm("arm", left, arms), check_arm("arm", right, arms)
    if one == other:
        raise UsageError(f"the hypothesis compares {one} with itself")
    if sign == "=" and margin is None:
        raise UsageError(
            f"that {one} equals {other} cannot be shown without a margin: no experiment shows a difference of 0",
            remedy="say what difference does not matter, in units of the response: --margin X",
        )
    return f"{one} {sign} {other}"


def _block_count(request: PlanRequest, *, deterministic: bool) -> int:
    if request.block_numbers:
        if request.blocks not in (None, len(request.block_numbers)):
            raise UsageError(
                f"{request.blocks} blocks are asked for, but {len(request.block_numbers)} are named"
            )
        return len(request.block_numbers)
    if request.blocks is None:
        if deterministic:
            return 1
        return MOST_SEQUENTIAL if request.sequential else DEFAULT_BLOCKS
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
