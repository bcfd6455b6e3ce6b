"""What varies: factors by the names a person gives, or the likeliest that reach the response."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.experiments import code, levels, seeding
from jupyter_coimprove.experiments.experiment import DesignKind, Factor, Seed
from jupyter_coimprove.experiments.request import FactorRequest, PlanRequest
from jupyter_coimprove.notebook.candidates import Candidate, Reading
from jupyter_coimprove.notebook.cells import Notebook, Place

DEFAULT_FACTORS = 4


def factors_of(
    notebook: Notebook, reading: Reading, request: PlanRequest, cell: int | None, warnings: list[str]
) -> tuple[tuple[Factor, ...], DesignKind]:
    """Factors and design of a request; ``cell`` has the response. Appends to ``warnings``.

    Raises UnknownName (with close names) and UsageError.
    """
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
        if any(_overlap(a, b) for other, _ in out for a in other.places for b in candidate.places):
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


def _overlap(a: Place, b: Place) -> bool:
    return a.address == b.address and a.start < b.end and b.start < a.end


def _apart(factors: Sequence[Factor]) -> None:
    """Refuse factors that stand on the same code: one would hide the other."""
    for number, one in enumerate(factors):
        for other in factors[number + 1 :]:
            for a in one.places:
                for b in other.places:
                    if _overlap(a, b):
                        raise UsageError(
                            f"{one.name} and {other.name} stand on the same code "
                            f"(cell {a.address.ordinal + 1})", remedy="vary one of them",
                        )  # fmt: skip


def warn_of_places(
    notebook: Notebook, trees: code.Trees, factors: Sequence[Factor], warnings: list[str]
) -> None:
    """Warn where a level would not take effect: assigned again later, or read before it is set (F28)."""
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


def warn_of_seeds(factors: Sequence[Factor], seeds: Sequence[Seed], warnings: list[str]) -> None:
    """Warn where blocks and factors meet: a seed that is a factor, or stands inside one that is replaced."""
    for factor in factors:
        if factor.kind == "seed":
            warnings.append(f"{factor.name} is a seed: its arms compare luck, and the blocks leave it alone")
        if factor.operator != "set" or factor.parameter:
            continue
        for seed in seeds:
            if seed.varied and any(_overlap(a, b) for a in factor.places for b in seed.places):
                warnings.append(
                    f"the seed {seed.name} stands inside {factor.name}: where a level replaces it, "
                    "the blocks do not drive it"
                )
