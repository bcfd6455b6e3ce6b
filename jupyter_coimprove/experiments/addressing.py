"""Code named by where it stands: ``models/net.py:14:"h + x" drop-term`` for what no candidate names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import cast, get_args

from jupyter_coimprove.errors import PlanError, UnknownName, UsageError
from jupyter_coimprove.experiments import levels
from jupyter_coimprove.experiments.code import Transform, blank_magics
from jupyter_coimprove.notebook.candidates import Candidate, OperatorName
from jupyter_coimprove.notebook.cells import Address, Notebook, Place
from jupyter_coimprove.notebook.operators import configs, terms
from jupyter_coimprove.notebook.operators.code import Code

HOW = 'write CELL:LINE:"CODE" or FILE:LINE:"CODE", then =LEVEL or an operator'
_FORM = re.compile(
    r"(?P<where>\d+|[^:\"'=]+\.\w+):(?:(?P<line>\d+):)?"
    r"(?P<code>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')(?:#(?P<nth>\d+))?\s*(?P<rest>.*)\Z",
    re.DOTALL,
)
_OPERATORS = get_args(OperatorName)


@dataclass(frozen=True, kw_only=True)
class Spot:
    """Where code stands, as a person says it.

    ``where`` is a cell's number (from 1) or a file beside the notebook, ``line`` a line of it (from
    1; None: any), ``code`` what stands there, ``nth`` which of several on that line.
    """

    where: str
    line: int | None
    code: str
    nth: int | None = None
    operator: OperatorName | None = None


def parse_spot(text: str) -> tuple[Spot, str] | None:
    """The spot that a text names and what follows it (``=LEVELS`` or nothing); None where it names none."""
    found = _FORM.match(text.strip())
    if found is None:
        return None
    rest = found["rest"].strip()
    operator: OperatorName | None = None
    if rest and not rest.startswith("="):
        if rest not in _OPERATORS or rest == "set":
            raise UnknownName("operator", rest, [name for name in _OPERATORS if name != "set"], remedy=HOW)
        operator, rest = cast(OperatorName, rest), ""
    code = ast.literal_eval(found["code"])
    if not code.strip():
        raise UsageError("no code is named between the quotes", remedy=HOW)
    spot = Spot(
        where=found["where"], line=int(found["line"]) if found["line"] else None, code=code,
        nth=int(found["nth"]) if found["nth"] else None, operator=operator,
    )  # fmt: skip
    return spot, rest


def candidate_at(notebook: Notebook, spot: Spot, *, drop: bool, transform: Transform | None) -> Candidate:
    """What stands at a spot as something to vary. UsageError where it is not found, or found more than once."""
    place = _place(notebook, spot)
    name = " ".join(spot.code.split())
    name = name if len(name) <= 40 else name[:39] + "…"
    language = configs.language_of(place.file) if place.file else None
    if spot.operator is None and not drop:
        value = _value(spot.code, language)
        return Candidate(
            name=located(notebook, place) + (f"#{spot.nth}" if spot.nth else ""), kind="config" if language else "literal", source=spot.code, value=value,
            type=levels.type_name(value), places=(place,),
        )  # fmt: skip
    if language is not None:
        raise UsageError(f"{name} is a value in {place.file}: it has levels", remedy="write =LEVEL after it")
    source = place.check(notebook)
    plain = source if place.file else (transform or blank_magics)(source)
    operator = spot.operator or _fitting(source, plain, place, name)
    kinds = {"drop-item": "item", "drop-term": "term", "identity": "step", "drop-statement": "statement"}
    return Candidate(
        name=name, kind=kinds[operator], source=place.text, value=None, type="expression",  # type: ignore[arg-type]
        places=(place,), operator=operator,
    )  # fmt: skip


def located(notebook: Notebook, place: Place) -> str:
    """Where a place is, to its line: ``cell 4:12``, ``models/net.py:3``."""
    return f"{place.where}:{place.check(notebook).count(chr(10), 0, place.start) + 1}"


def _place(notebook: Notebook, spot: Spot) -> Place:
    if spot.where.isdigit():
        index = int(spot.where) - 1
        if not 0 <= index < len(notebook.cells) or notebook.cells[index].kind != "code":
            raise UsageError(f"cell {spot.where} is no code cell of {notebook.path.name}", remedy=HOW)
        source, address, file = notebook.cells[index].source, notebook.address(index), ""
    else:
        file = PurePosixPath(spot.where).as_posix()
        if file not in notebook.beside:
            raise UnknownName("file beside the notebook", spot.where, notebook.beside, remedy=HOW)
        source = notebook.beside[file]
        from jupyter_coimprove.digests import digest_source

        address = Address(id=None, ordinal=-1, digest=digest_source(source), before="", after="")
    where = file or f"cell {spot.where}"
    hits = list(_hits(source, spot.code))
    here = hits if spot.line is None else [n for n in hits if source.count("\n", 0, n) + 1 == spot.line]
    line = "" if spot.line is None else f", line {spot.line},"
    if not here:
        others = sorted({source.count("\n", 0, n) + 1 for n in hits})
        seen = f"it stands in line {', '.join(map(str, others))}" if others else "look at it as it is now"
        raise UsageError(f"{spot.code!r} does not stand in {where}{line}".rstrip(","), remedy=seen)
    if spot.nth is None and len(here) > 1:
        raise UsageError(
            f"{spot.code!r} stands {len(here)} times in {where}{line}".rstrip(","),
            remedy='name its line, more of the code, or which: "CODE"#2',
        )
    if spot.nth is not None and not 1 <= spot.nth <= len(here):
        raise UsageError(
            f"{spot.code!r} stands {len(here)} times in {where}{line} not {spot.nth}", remedy=HOW
        )
    start = here[(spot.nth or 1) - 1]
    return Place(address=address, start=start, end=start + len(spot.code), text=spot.code, file=file)


def _hits(source: str, code: str) -> Iterator[int]:
    at = source.find(code)
    while at >= 0:
        before, after = source[at - 1 : at] if at else "", source[at + len(code) : at + len(code) + 1]
        # ``x`` is not found inside ``max`` or ``x2``.
        if not ((_word(before) and _word(code[0])) or (_word(after) and _word(code[-1]))):
            yield at
        at = source.find(code, at + 1)


def _word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _value(code: str, language: str | None) -> object:
    if language in ("yaml", "json"):
        return configs.read(code, "yaml")
    if language == "toml":
        value: object = configs.read(f"x = {code}", "toml")["x"]
        return value
    try:
        found: object = levels.literal(code)
    except levels.NotLiteral as error:
        if language == "ini":
            return code
        raise UsageError(
            f"{code!r} is no value that a level could stand for",
            remedy=f"name an operator: {', '.join(_OPERATORS[1:])}",
        ) from error
    return found


def _fitting(source: str, plain: str, place: Place, name: str) -> OperatorName:
    """The operator that takes what stands there away: a statement, a term, a member of a list, or a step."""
    code = Code.read(source, plain)
    nodes = code.at(place.start, place.end)
    if any(isinstance(node, ast.stmt) for node in nodes):
        return "drop-statement"
    try:
        terms.term_at(code, place.start, place.end)
        return "drop-term"
    except PlanError:
        pass  # no term: it may be something else
    if any(isinstance(code.parents.get(node), (ast.List, ast.Tuple, ast.Set, ast.Dict)) for node in nodes):
        return "drop-item"
    if any(isinstance(node, ast.Call) for node in nodes):
        return "identity"
    raise UsageError(
        f"{name!r} is no statement, term, list member or call that could be taken away",
        remedy="name the whole of one",
    )
