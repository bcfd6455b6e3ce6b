"""The facts of a notebook that numbers in a model's answer are held against: outputs, code, live variables, runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.evidence.calling import words
from jupyter_coimprove.evidence.numerals import NUMBER
from jupyter_coimprove.evidence.stated import Fact
from jupyter_coimprove.evidence.stated import check as _check

if TYPE_CHECKING:
    from jupyter_coimprove.evidence.finding import Reference
    from jupyter_coimprove.evidence.grounding import Grounding
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.knowing.seen import Seen

#: So many numbers of a notebook are looked at: the rest is as if it were not there.
MOST = 40_000
#: The name and the literal number that it is given, in an assignment or in a call.
_GIVEN = re.compile(
    r"(?<![\w.\])])(\w+)\s*=\s*([+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(?=[,)\n#;]|$)"
)
#: What is counted while something runs says where a number stands; it is no result.
_COUNTERS = frozenset({"epoch", "step", "iteration", "iter", "batch", "fold"})
_SPLIT = re.compile(r"[,;|{}\[\]()]|\s{2,}")


def check(
    text: str, *, seen: Seen | None, live: Mapping[str, Any], references: Sequence[Reference] = ()
) -> Grounding:
    """Every number of a model's ``text``: what of the notebook, the live variables or the runs backs it."""
    return _check(text, facts(seen, live) if NUMBER.search(text) else (), references)


def references(findings: Sequence[Item]) -> list[Reference]:
    """What the runs behind these findings have shown, number by number; imported claims back nothing."""
    from jupyter_coimprove.evidence.finding import Finding

    return [
        reference
        for item in findings
        if item.trust == "own"
        for reference in Finding.from_dict({**item.data, "id": item.id}).references
    ]


def facts(seen: Seen | None, live: Mapping[str, Any]) -> list[Fact]:
    """All numbers that may be spoken of, each with its names."""
    out: list[Fact] = list(_variables(live))
    if seen is not None:
        for cell in seen.shown:
            if len(out) >= MOST:
                break
            out += _assigned(cell.source, cell.index + 1)
            if cell.index in seen.outputs:
                out += shown(seen.outputs[cell.index], cell.source, cell.index + 1)
    return out[:MOST]


def _places(digits: str) -> int:
    return len(digits.partition(".")[2])


def _number(match: re.Match[str]) -> tuple[float, int | None]:
    digits = match["digits"].replace(",", "")
    value = float(f"{digits}{match['exponent'] or ''}")
    places = None if match["exponent"] else _places(digits)
    return (-value if match["sign"] in ("-", "−") else value), places


def shown(text: str, source: str, cell: int) -> Iterator[Fact]:
    """The numbers that a cell has shown: each called by the words before it, or by its row and column."""
    where = f"cell {cell}"
    last = source.strip().splitlines()[-1:] or [""]
    titles: list[str] = []
    for line in text.splitlines():
        found = list(NUMBER.finditer(line))
        if not found:
            titles = line.split() if len(line.split()) > 1 else titles
            continue
        row = line.split()
        table = titles if len(row) >= 2 and len(row) - len(titles) in (0, 1) and len(found) >= 2 else []
        end = 0
        for match in found:
            before = _SPLIT.split(line[end : match.start()].rstrip(" :=("))[-1]
            called = words(before)
            also = words(line[:end]) if end else frozenset()
            if table:
                at = len(line[: match.start()].split()) - (len(row) - len(titles))
                column = titles[at] if 0 <= at < len(titles) else ""
                called, also = (words(column) or called), also | words(row[0])
            if not called:
                # Only a number: it is what the cell's last line says.
                called = words(line) or words(last[0])
            end, counts = match.end(), called <= _COUNTERS
            if counts and called:
                continue
            value, places = _number(match)
            yield Fact(called=called, also=also, value=value, places=places, cell=cell, where=where)


def _assigned(source: str, cell: int) -> Iterator[Fact]:
    """Literal numbers that the code gives to a name or an argument."""
    for match in _GIVEN.finditer(source):
        yield Fact(called=words(match[1]), value=float(match[2]), cell=cell, where=f"cell {cell}")


def _variables(live: Mapping[str, Any]) -> Iterator[Fact]:
    """Values, shapes, ranges and missing values of live variables."""
    listed = live.get("variables")
    for one in listed if isinstance(listed, (list, tuple)) else ():
        if not isinstance(one, Mapping) or not isinstance(name := one.get("name"), str):
            continue
        called, where = words(name) or frozenset({name.lower()}), f"variable {name}"
        for key in ("value", "length"):
            if (value := _finite(one.get(key))) is not None:
                yield Fact(called=called, value=value, where=where)
        shape = one.get("shape")
        sizes = (
            list(shape) if isinstance(shape, (list, tuple)) else [one.get("rows"), one.get("columns_count")]
        )
        for size, what in zip(sizes, ("row", "column", "channel", "channel"), strict=False):
            if (value := _finite(size)) is not None:
                also = frozenset({"shape", "length"})
                yield Fact(called=called | {what}, also=also, value=value, where=where)
        yield from _spread(one, called, where)
        for column in one.get("columns") or ():
            if isinstance(column, Mapping) and isinstance(column.get("name"), str):
                yield from _spread(
                    column, called | words(column["name"]), f"column {column['name']} of {name}"
                )


def _spread(told: Mapping[str, Any], called: frozenset[str], where: str) -> Iterator[Fact]:
    for key, name in (("min", "min"), ("max", "max"), ("nan", "missing"), ("missing", "missing")):
        if (value := _finite(told.get(key))) is not None:
            yield Fact(called=called | {name}, value=value, where=where)


def _finite(value: Any) -> float | None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and value - value == 0
    return float(value) if number else None
