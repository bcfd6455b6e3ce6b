"""From a question and a notebook to a plan: factors, arms, blocks and response, all filled in."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from jupyter_coimprove.digests import digest_json
from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.experiments import code, levels, responding, seeding
from jupyter_coimprove.experiments.arms import arms_of
from jupyter_coimprove.experiments.experiment import (
    Arm,
    Budget,
    DesignKind,
    Factor,
    Multiplicity,
    Plan,
    Status,
)
from jupyter_coimprove.experiments.request import FactorRequest, PlanRequest, split_levels
from jupyter_coimprove.notebook.candidates import Candidate, Reading
from jupyter_coimprove.notebook.cells import Notebook

__all__ = ["FactorRequest", "PlanRequest", "build", "check_arm", "notebook_digest", "split_levels"]

DEFAULT_BLOCKS = 5
DEFAULT_FACTORS = 4


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
    factors, design = _factors(notebook, reading, request, found.cell, warnings)
    _warn_of_places(notebook, trees, factors, warnings)
    arms = arms_of(design, factors)
    seeds = seeding.seed_sites(notebook, reading, request.seeds, frozenset(f.name for f in factors))
    for factor in factors:
        if factor.kind == "seed":
            warnings.append(f"{factor.name} is a seed: its arms compare luck, and the blocks leave it alone")
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


def _factors(
    notebook: Notebook, reading: Reading, request: PlanRequest, cell: int | None, warnings: list[str]
) -> tuple[tuple[Factor, ...], DesignKind]:
    if request.design == "baseline-only":
        if request.factors:
            raise UsageError("a plan of the baseline alone takes no factors")
        return (), "baseline-only"
    if request.factors:
        wanted = [(_candidate(reading, asked.name), asked) for asked in request.factors]
        names = [candidate.name for candidate, _ in wanted]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise UsageError(f"factor {twice} is named twice", remedy="give all its levels at once")
    else:
        wanted = _suggested(notebook, reading, cell)
    design = request.design or _design(wanted)
    factors = tuple(
        _factor(notebook, candidate, asked, design, warnings, response_cell=cell)
        for candidate, asked in wanted
    )
    _apart(factors)
    return factors, design


def _candidate(reading: Reading, name: str) -> Candidate:
    known = {candidate.name: candidate for candidate in reading.candidates}
    if name in known:
        return known[name]
    levels.check_name("factor", name)
    raise UnknownName("factor", name, known, remedy="`coimprove candidates` lists what can be varied")


def _suggested(
    notebook: Notebook, reading: Reading, cell: int | None
) -> list[tuple[Candidate, FactorRequest]]:
    """The likeliest candidates that reach the response, one other level each."""
    out: list[tuple[Candidate, FactorRequest]] = []
    for candidate in reading.candidates:
        if candidate.kind == "seed" or not candidate.places or len(out) == DEFAULT_FACTORS:
            continue
        if cell is not None and cell not in candidate.reaches:
            continue
        if notebook.language != "python" and candidate.kind != "parameter":
            continue
        if candidate.kind == "item":
            out.append((candidate, FactorRequest(name=candidate.name, drop=True)))
        elif offered := _offered(candidate):
            out.append((candidate, FactorRequest(name=candidate.name, levels=offered[:1])))
    if not out:
        raise UsageError(
            "nothing was found that could be varied and reaches the response",
            remedy="name factors: --factor NAME=LEVEL (`coimprove candidates` lists names)",
        )
    return out


def _design(wanted: Sequence[tuple[Candidate, FactorRequest]]) -> DesignKind:
    taken_out = all(candidate.kind == "item" or asked.drop for candidate, asked in wanted)
    return "leave-one-out" if taken_out else "one-at-a-time"


def _offered(candidate: Candidate) -> tuple[str, ...]:
    """The notebook's own suggestions that are sound levels: literals, distinct, of a fitting type."""
    out: list[str] = []
    for text in candidate.levels:
        try:
            level, _ = levels.coerce(candidate.name, text, baseline=candidate.source, type_=candidate.type)
            levels.distinct(candidate.name, [candidate.source, *out, level], candidate.value)
        except UsageError:
            continue  # a suggestion that does not hold is not offered; a person's own would be refused
        out.append(level)
    return tuple(out)


def _factor(
    notebook: Notebook, candidate: Candidate, asked: FactorRequest, design: DesignKind,
    warnings: list[str], *, response_cell: int | None,
) -> Factor:  # fmt: skip
    name = candidate.name
    if not candidate.places:
        raise UsageError(f"{name} has no place in the code that could be changed")
    if response_cell is not None and candidate.reaches and response_cell not in candidate.reaches:
        warnings.append(f"as far as the code tells, {name} does not reach the response")
    parameter = seeding.is_parameter(notebook, candidate)
    if notebook.language != "python" and not parameter:
        raise UsageError(
            f"{name} cannot be varied in a {notebook.language} notebook: only its parameters can",
            remedy="put it in a cell tagged `parameters`",
        )
    if candidate.kind == "item":
        if asked.levels is not None:
            raise UsageError(f"{name} is a member of a list: it is kept or dropped and has no levels")
        return Factor(
            name=name, operator="drop-item", places=candidate.places,
            levels=(levels.KEPT, levels.DROPPED), kind="item",
        )  # fmt: skip
    chosen = _chosen(candidate, asked, design, warnings)
    exact = all(levels.json_exact(levels.literal(level)) for level in chosen)
    return Factor(
        name=name, operator="set", places=candidate.places, levels=(candidate.source, *chosen),
        kind=candidate.kind, parameter=parameter and exact,
    )  # fmt: skip


def _chosen(
    candidate: Candidate, asked: FactorRequest, design: DesignKind, warnings: list[str]
) -> tuple[str, ...]:
    name = candidate.name
    if asked.levels is None:
        if asked.drop or design == "leave-one-out":
            out: tuple[str, ...] = (_off(candidate),)
        else:
            out = _offered(candidate)[: 1 if design == "full-factorial" else None]
    else:
        out = ()
        for text in asked.levels:
            level, warning = levels.coerce(name, text, baseline=candidate.source, type_=candidate.type)
            out += (level,)
            warnings += [warning] if warning else []
    if not out:
        raise UsageError(f"no level is known to try for {name}", remedy=f"name some: --factor {name}=LEVEL")
    levels.distinct(name, [candidate.source, *out], candidate.value)
    if design == "leave-one-out" and len(out) > 1:
        raise UsageError(
            f"leave-one-out takes {name} out in one way, not {len(out)}",
            remedy="name one level that stands for without, or use --design one-at-a-time",
        )
    return out


def _off(candidate: Candidate) -> str:
    """The level that stands for "without": False, zero or None. UsageError where there is none."""
    try:
        value = levels.literal(candidate.source)
    except levels.NotLiteral:
        value = candidate.value
    if value is True:
        return "False"
    if value is False or (isinstance(value, (int, float)) and value == 0):
        raise UsageError(
            f"{candidate.name} is {candidate.source} already: it cannot be left out",
            remedy=f"use --design one-at-a-time --factor {candidate.name}=LEVEL",
        )
    if isinstance(value, float):
        return "0.0"
    if isinstance(value, int) and not levels.is_count(candidate.name):
        return "0"
    if "None" in candidate.levels:
        return "None"
    raise UsageError(
        f"it is not clear what {candidate.name} = {candidate.source} would be without",
        remedy=f"name the level: --factor {candidate.name}=LEVEL",
    )


def _apart(factors: Sequence[Factor]) -> None:
    """Refuse factors that stand on the same code: one would hide the other."""
    for number, one in enumerate(factors):
        for other in factors[number + 1 :]:
            for a in one.places:
                for b in other.places:
                    if a.address == b.address and a.start < b.end and b.start < a.end:
                        raise UsageError(
                            f"{one.name} and {other.name} stand on the same code "
                            f"(cell {a.address.ordinal + 1})", remedy="vary one of them",
                        )  # fmt: skip


def _warn_of_places(
    notebook: Notebook, trees: code.Trees, factors: Sequence[Factor], warnings: list[str]
) -> None:
    for factor in factors:
        if factor.operator != "set":
            continue
        for place in factor.places:
            cell = place.check(notebook)
            again = code.reassigned(trees, factor.name, place, cell.index, cell.source)
            if again is not None and not any(p.check(notebook).index == again.cell for p in factor.places):
                warnings.append(
                    f"{again.name} is assigned again in cell {again.cell + 1}: "
                    f"the levels of {factor.name} may not take effect"
                )
            if factor.parameter and cell.index in trees:
                for name in code.computed_beside(trees[cell.index], factor.name):
                    warnings.append(
                        f"{name} is computed from {factor.name} in the parameters cell, before the level is "
                        "set: it keeps the value of the baseline (as with papermill)"
                    )


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
