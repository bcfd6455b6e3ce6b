"""Two principles that nothing can satisfy both: found before anybody accepts them."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_coimprove.activities.values.constitution import Check, Constitution, Principle

_WILD = "*?["


def contradiction(made: Constitution) -> str:
    """The first pair that contradicts each other, by name and in words; empty where there is none.

    Only what both stand for the same thing is compared: a principle for plans says nothing of reports.
    """
    for one, other in _pairs(made):
        (principle, check), (second, against) = one, other
        if not set(principle.applies) & set(second.applies):
            continue
        said = _between(check, against) or _between(against, check)
        if said:
            names = f"principle {principle.name!r}" if principle is second else f"principles {principle.name!r} and {second.name!r}"  # fmt: skip
            return f"{names} contradict{'s itself' if principle is second else ' each other'}: {said}"
    return ""


def _pairs(made: Constitution) -> Iterator[tuple[tuple[Principle, Check], tuple[Principle, Check]]]:
    listed = [(principle, check) for principle in made.principles for check in principle.checks]
    yield from ((one, one) for one in listed)
    yield from combinations(listed, 2)


def _between(one: Check, other: Check) -> str:
    """What of ``one`` cannot hold with ``other``."""
    if one.kind != other.kind:
        return ""
    if one.kind in ("calls", "data"):
        for needed in one.listed("require"):
            for banned in other.listed("forbid"):
                if _within(needed, banned):
                    what = "the call of" if one.kind == "calls" else "reading"
                    return f"{what} {needed!r} is required and forbidden ({banned!r})"
            allowed = other.listed("allow")
            if allowed and not any(overlap(needed, each) for each in allowed):
                return (
                    f"reading {needed!r} is required and is not among what may be read ({', '.join(allowed)})"
                )
    if one.kind in ("data", "licences"):
        first, second = one.listed("allow"), other.listed("allow")
        if first and second and not any(overlap(a, b) for a in first for b in second):
            return f"nothing is allowed by both ({', '.join(first)} against {', '.join(second)})"
        no = other.listed("forbid")
        if first and no and all(any(_within(each, pattern) for pattern in no) for each in first):
            return f"all that may be read ({', '.join(first)}) is forbidden ({', '.join(no)})"
    least, most = one.options.get("least"), other.options.get("most")
    if one.kind == "blocks" and least is not None and most is not None and least > most:
        return f"at least {least} blocks are required and at most {most} allowed"
    return ""


def _within(one: str, pattern: str) -> bool:
    """Whether all that ``one`` names (a pattern too) is named by ``pattern``: it is, where its own text matches."""
    return fnmatchcase(one, pattern)


def overlap(one: str, other: str) -> bool:
    """Whether two patterns may name the same thing. True where it cannot be told: only a sure no counts."""
    if fnmatchcase(one, other) or fnmatchcase(other, one):
        return True
    if not any(char in one for char in _WILD) or not any(char in other for char in _WILD):
        return False
    head, tail = _ends(one)
    first, last = _ends(other)
    short = min(len(head), len(first))
    back = min(len(tail), len(last))
    return head[:short] == first[:short] and tail[len(tail) - back :] == last[len(last) - back :]


def _ends(pattern: str) -> tuple[str, str]:
    """What stands before the first and after the last sign that matches more than itself."""
    first = min((pattern.index(char) for char in _WILD if char in pattern), default=len(pattern))
    last = max(pattern.rfind(char) for char in (*_WILD, "]"))
    return pattern[:first], pattern[last + 1 :]
