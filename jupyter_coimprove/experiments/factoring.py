"""What varies: factors by the names a person gives, or the likeliest that reach the response."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.experiments import code, levels, seeding
from jupyter_coimprove.experiments.addressing import candidate_at, located
from jupyter_coimprove.experiments.changes import is_config
from jupyter_coimprove.experiments.experiment import CROSSED, WITHOUT, DesignKind, Factor, Seed
from jupyter_coimprove.experiments.request import FactorRequest, PlanRequest
from jupyter_coimprove.notebook.candidates import Candidate, OperatorName, Reading
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.literals import to_source

DEFAULT_FACTORS = 4
#: Candidates from the top of the ranking that a researcher would think of.
LIKELY = 12


def factors_of(
    notebook: Notebook,
    reading: Reading,
    request: PlanRequest,
    cell: int | None,
    warnings: list[str],
    *,
    transform: code.Transform | None = None,
) -> tuple[tuple[Factor, ...], DesignKind]:
    """Factors and design of a request; ``cell`` has the response. Appends to ``warnings``.

    Raises UnknownName (with close names) and UsageError.
    """
    if request.design == "baseline-only":
        if request.factors:
            raise UsageError("a plan of the baseline alone takes no factors")
        return (), "baseline-only"
    if request.factors:
        wanted = [(_candidate(notebook, reading, asked, transform), asked) for asked in request.factors]
        wanted = _told_apart(notebook, wanted)
        names = [candidate.name for candidate, _ in wanted]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise UsageError(f"factor {twice} is named twice", remedy="give all its levels at once")
    else:
        wanted = _suggested(notebook, reading, cell, request.design)
    design = request.design or _design(wanted)
    factors = tuple(
        _factor(notebook, candidate, asked, design, warnings, response_cell=cell)
        for candidate, asked in wanted
    )
    _apart(factors)
    return factors, design


def _candidate(
    notebook: Notebook, reading: Reading, asked: FactorRequest, transform: code.Transform | None
) -> Candidate:
    known = {candidate.name: candidate for candidate in reading.candidates}
    name = asked.name
    if name in known:
        return known[name]
    if asked.spot is not None:
        found = candidate_at(notebook, asked.spot, drop=asked.drop, transform=transform)
        return found if found.name not in known else _with_place(notebook, found)
    levels.check_name("factor", name)
    raise UnknownName("factor", name, known, remedy="`coimprove candidates` lists what can be varied")


def _with_place(notebook: Notebook, found: Candidate) -> Candidate:
    return replace(found, name=f"{found.name} ({located(notebook, found.places[0])})")


def _told_apart(
    notebook: Notebook, wanted: Sequence[tuple[Candidate, FactorRequest]]
) -> list[tuple[Candidate, FactorRequest]]:
    """Code that reads alike at two spots is called by its place too."""
    names = [candidate.name for candidate, _ in wanted]
    return [
        (_with_place(notebook, found) if asked.spot and names.count(found.name) > 1 else found, asked)
        for found, asked in wanted
    ]


def _suggested(
    notebook: Notebook, reading: Reading, cell: int | None, design: DesignKind | None
) -> list[tuple[Candidate, FactorRequest]]:
    """The likeliest candidates that reach the response, one other level each: or none, where it is
    what the design takes away."""
    out: list[tuple[Candidate, FactorRequest]] = []
    most = DEFAULT_FACTORS + 1 if design == "fractional-factorial" else DEFAULT_FACTORS
    found = list(reading.candidates)
    if design in WITHOUT:
        # Of the likely ones, parts and switches first: an amount of zero is seldom a notebook without it.
        found[:LIKELY] = sorted(found[:LIKELY], key=_amount)
    for candidate in found:
        if candidate.kind == "seed" or not candidate.places or len(out) == most:
            continue
        if candidate.label.startswith("overwritten"):
            continue
        if cell is not None and cell not in candidate.reaches:
            continue
        if notebook.language != "python" and candidate.kind != "parameter":
            continue
        if any(a.overlaps(b) for other, _ in out for a in other.places for b in candidate.places):
            continue
        if candidate.operator != "set" or candidate.kind == "item":
            out.append((candidate, FactorRequest(name=candidate.name, drop=True)))
        elif design in WITHOUT:
            out += (
                [(candidate, FactorRequest(name=candidate.name, drop=True))] if _can_be_off(candidate) else []
            )
        elif offered := _offered(_in_python(candidate)):
            out.append((candidate, FactorRequest(name=candidate.name, levels=offered[:1])))
    if not out:
        raise UsageError(
            "nothing was found that could be varied and reaches the response",
            remedy="name factors: --factor NAME=LEVEL (`coimprove candidates` lists names)",
        )
    return out


def _design(wanted: Sequence[tuple[Candidate, FactorRequest]]) -> DesignKind:
    taken_out = all(_operator(candidate) != "set" or asked.drop for candidate, asked in wanted)
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
    operator = _operator(candidate)
    if operator != "set":
        _check_off(candidate, asked)
        return Factor(
            name=name, operator=operator, places=candidate.places,
            levels=(levels.KEPT, levels.DROPPED), kind=candidate.kind,
        )  # fmt: skip
    candidate = _in_python(candidate)
    chosen = _chosen(candidate, asked, design, warnings)
    exact = all(levels.json_exact(levels.literal(level)) for level in chosen)
    return Factor(
        name=name, operator="set", places=candidate.places, levels=(candidate.source, *chosen),
        kind=candidate.kind, parameter=parameter and exact,
    )  # fmt: skip


def _operator(candidate: Candidate) -> OperatorName:
    return "drop-item" if candidate.kind == "item" else candidate.operator


def _check_off(candidate: Candidate, asked: FactorRequest) -> None:
    """What is kept or dropped has one other level, which goes by several words."""
    named = tuple(level.strip("\"'").lower() for level in asked.levels or ())
    if any(level not in levels.OFF_WORDS for level in named) or len(named) > 1:
        what = {
            "item": "a member of a list",
            "term": "a term of a sum",
            "step": "a step",
            "statement": "a statement",
        }
        raise UsageError(
            f"{candidate.name} is {what.get(candidate.kind, candidate.kind)}: it is kept or dropped and has no levels",
            remedy=f"write --drop {candidate.name} or --factor {candidate.name}=off",
        )


#: Words of YAML, JSON, TOML and INI for what Python writes otherwise.
_WORDS = {"true": "True", "false": "False", "null": "None", "~": "None"}
_SWITCHES = {"yes": "True", "no": "False", "on": "True", "off": "False"}


def _in_python(candidate: Candidate) -> Candidate:
    """A value of a configuration as Python writes it: levels are compared, and read back, in that."""
    source = candidate.source
    if any(is_config(place) for place in candidate.places) or _is_foreign(candidate):
        known = candidate.value is not None or candidate.type in ("None", "NoneType")
        source = to_source(candidate.value) if known else source
    offered = tuple(_level_in_python(candidate, level) for level in candidate.levels)
    return replace(candidate, source=source, levels=offered)


def _is_foreign(candidate: Candidate) -> bool:
    """Whether a value is a bare word of a configuration in a string: ``true``, ``adam``."""
    try:
        levels.literal(candidate.source)
    except levels.NotLiteral:
        return candidate.type in ("bool", "str", "None", "NoneType")
    return False


def _level_in_python(candidate: Candidate, level: str) -> str:
    words = {**_WORDS, **_SWITCHES} if candidate.type == "bool" else _WORDS
    return level if candidate.type == "str" else words.get(level.strip().lower(), level)


def _chosen(
    candidate: Candidate, asked: FactorRequest, design: DesignKind, warnings: list[str]
) -> tuple[str, ...]:
    name = candidate.name
    if asked.levels is None:
        if asked.drop or design in WITHOUT:
            out: tuple[str, ...] = (_off(candidate),)
        else:
            out = _offered(candidate)[: 1 if design in CROSSED else None]
    else:
        out = ()
        for text in asked.levels:
            text = _level_in_python(candidate, text)
            level, warning = levels.coerce(name, text, baseline=candidate.source, type_=candidate.type)
            out += (level,)
            warnings += [warning] if warning else []
    if not out:
        raise UsageError(f"no level is known to try for {name}", remedy=f"name some: --factor {name}=LEVEL")
    levels.distinct(name, [candidate.source, *out], candidate.value)
    if design in WITHOUT and len(out) > 1:
        raise UsageError(
            f"{design} takes {name} out in one way, not {len(out)}",
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


def _amount(candidate: Candidate) -> bool:
    """Whether it is no switch and no part of the code: without it there is an amount of zero."""
    return candidate.operator == "set" and candidate.kind != "item" and candidate.source.strip() != "True"


def _can_be_off(candidate: Candidate) -> bool:
    try:
        _off(candidate)
    except UsageError:
        return False  # a suggestion that has no "without" is not made; a person's own is refused
    return True


def _apart(factors: Sequence[Factor]) -> None:
    """Refuse factors that stand on the same code: one would hide the other."""
    for number, one in enumerate(factors):
        for other in factors[number + 1 :]:
            for a in one.places:
                for b in other.places:
                    if a.overlaps(b):
                        raise UsageError(
                            f"{one.name} and {other.name} stand on the same code "
                            f"({a.where})", remedy="vary one of them",
                        )  # fmt: skip


def warn_of_places(
    notebook: Notebook, trees: code.Trees, factors: Sequence[Factor], warnings: list[str]
) -> None:
    """Warn where a level would not take effect: assigned again later, or read before it is set (F28)."""
    bound = code.bindings(trees)
    for factor in factors:
        if factor.operator != "set":
            continue
        for place in factor.places:
            source, index = place.check(notebook), place.key(notebook)
            if not isinstance(index, int):
                continue
            again = code.reassigned(bound, factor.name, place, index, source)
            if again is not None and not any(p.key(notebook) == again.cell for p in factor.places):
                warnings.append(
                    f"{again.name} is assigned again in cell {again.cell + 1}: "
                    f"the levels of {factor.name} may not take effect"
                )
            if factor.parameter and index in trees:
                for name in code.computed_beside(trees[index], factor.name):
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
            if seed.varied and any(a.overlaps(b) for a in factor.places for b in seed.places):
                warnings.append(
                    f"the seed {seed.name} stands inside {factor.name}: where a level replaces it, "
                    "the blocks do not drive it"
                )
