"""Two showings of one cell held against each other: equal, equal but for rounding, or different and where."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from jupyter_coimprove.activities.systems.shown import Shown

Status = Literal["equal", "within tolerance", "picture differs", "differs"]
#: Numbers are the same within this, relatively, and below the other absolutely: what a library's order of adding changes.
RELATIVE, ABSOLUTE = 1e-6, 1e-12
_NUMBER = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How one showing stands to another; ``detail`` names the first thing that differs."""

    status: Status
    detail: str = ""


def compare(before: Shown, now: Shown, *, elapsed: int = 0, exact: bool = False) -> Difference:
    """What was saved (or shown by another run) against what is shown now.

    ``elapsed`` is how many durations a line of this cell may print: so many numbers of a line may differ.
    ``exact``: no rounding is forgiven, and ``2`` is not ``2.0``.
    """
    if before.error != now.error:
        said = f"{before.error or 'no error'}, and {now.error or 'no error'} now"
        return Difference(status="differs", detail=said)
    if len(before.lines) != len(now.lines):
        detail = f"{_many(len(before.lines))}, and {_many(len(now.lines))} now"
        return Difference(status="differs", detail=detail)
    rounded = ""
    for one, other in zip(before.lines, now.lines, strict=True):
        how, detail = _line(one, other, elapsed, exact)
        if how == "differs":
            return Difference(status="differs", detail=detail)
        if how == "within tolerance":
            rounded = rounded or detail
    if len(before.pictures) != len(now.pictures):
        return Difference(
            status="differs", detail=f"{len(before.pictures)} pictures, and {len(now.pictures)} now"
        )
    if rounded:
        return Difference(status="within tolerance", detail=rounded)
    if before.pictures != now.pictures:
        return Difference(
            status="picture differs", detail="its text is equal, its picture is not byte for byte"
        )
    return Difference(status="equal")


def _line(one: str, other: str, elapsed: int, exact: bool) -> tuple[Status, str]:
    if one == other:
        return "equal", ""
    if _words(one) != _words(other):
        return "differs", f"{_short(one)!r}, and {_short(other)!r} now"
    off: list[str] = []
    rounded = ""
    for a, b in zip(_NUMBER.findall(one), _NUMBER.findall(other), strict=True):
        if a == b or (not exact and _same(a, b)):
            continue
        if not exact and close(float(a), float(b)) and ("." in a + b or "e" in (a + b).lower()):
            rounded = rounded or f"{a}, and {b} now"
        else:
            off.append(f"{a}, and {b} now")
    if len(off) > elapsed:
        return "differs", off[0]
    return ("within tolerance", rounded) if rounded else ("equal", "")


def close(a: float, b: float) -> bool:
    """Whether two numbers are the same but for rounding."""
    return abs(a - b) <= max(ABSOLUTE, RELATIVE * max(abs(a), abs(b)))


def _same(a: str, b: str) -> bool:
    """Written otherwise, the same number (``1.50`` and ``1.5``)."""
    return float(a) == float(b)


def _words(line: str) -> str:
    """A line without its numbers, by which columns are aligned otherwise too."""
    return _SPACE.sub("", _NUMBER.sub("#", line))


def _many(lines: int) -> str:
    return f"{lines} line" if lines == 1 else f"{lines} lines" if lines else "nothing"


def _short(line: str) -> str:
    return line if len(line) <= 60 else line[:59] + "…"
