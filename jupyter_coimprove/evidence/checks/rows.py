"""Which rows of which data: parts of parts, and whether two of them can share a row."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: A bound of a slice: what it counts from (text, "" for the beginning, "END") and an offset.
Bound = tuple[str, float]
Part = str | tuple[Bound, Bound]
START: Bound = ("", 0.0)
END: Bound = ("END", 0.0)


@dataclass(frozen=True, order=True)
class Step:
    """One narrowing: ``site`` is the act that cut (two parts of one act are disjoint), ``part`` which."""

    site: str
    part: Part


@dataclass(frozen=True)
class Rows:
    """Rows of the data made at ``root``, narrowed step by step."""

    root: str
    steps: tuple[Step, ...] = ()

    def under(self, *steps: Step) -> Rows:
        return Rows(self.root, self.steps + steps) if self.steps[-len(steps) :] != steps else self


def overlap(a: Rows, b: Rows) -> bool:
    """Whether the two share rows, for all that the code says; where it does not say, no."""
    if a.root != b.root:
        return False
    for one, two in zip(a.steps, b.steps, strict=False):
        if one == two:
            continue
        if one.site == two.site:
            return _parts_overlap(one.part, two.part)
        # Cut by different acts: they share rows only where both drew by chance.
        return _scattered(one.site) and _scattered(two.site)
    return True


def by_chance(site: str) -> bool:
    return site.removeprefix("cut:").startswith("draw")


def drawn_at(site: str) -> tuple[int, int] | None:
    """Cell and line of a draw, where its name tells them (``draw:4:2:10``); of a file it does not."""
    found = re.match(r"draw:+(\d+):(\d+):", site)
    return (int(found[1]), int(found[2])) if found else None


def _scattered(site: str) -> bool:
    """Drawn by chance, or picked by what a row holds: rows from all over."""
    return by_chance(site) or site.startswith("value:")


def within(a: Rows, b: Rows) -> bool:
    """Whether every row of ``a`` is one of ``b``."""
    return a.root == b.root and a.steps[: len(b.steps)] == b.steps


def any_overlap(a: frozenset[Rows], b: frozenset[Rows]) -> bool:
    return any(overlap(x, y) for x in a for y in b)


def all_within(a: frozenset[Rows], b: frozenset[Rows]) -> bool:
    return bool(a) and all(any(within(x, y) for y in b) for x in a)


def _parts_overlap(one: Part, two: Part) -> bool:
    if isinstance(one, str) or isinstance(two, str):
        return one == two
    (lo1, hi1), (lo2, hi2) = one, two
    first, second = ((lo1, hi1), (lo2, hi2)) if lo1 == START or hi2 == END else ((lo2, hi2), (lo1, hi1))
    end, begin = first[1], second[0]
    if begin == START:
        return True
    # Known only where both count from the same thing.
    return end[0] == begin[0] and begin[1] < end[1]


def bound(text: str) -> Bound:
    """``n - 60`` as ("n", -60): what a slice counts from, and how far."""
    text = text.replace(" ", "")
    try:
        number = float(text)
    except ValueError:
        found = re.fullmatch(r"(.+?)([+-])(\d+)", text)
        if found and found[1].count("(") == found[1].count(")"):
            return found[1], float(found[2] + found[3])
        return text, 0.0
    return ("END", number) if text.startswith("-") else ("", number)


def complement(step: Step) -> Step:
    """The other part of the same cut."""
    if isinstance(step.part, tuple):
        low, high = step.part
        if low == START:
            return Step(step.site, (high, END))
        if high == END:
            return Step(step.site, (START, low))
        return Step(step.site, f"not {step.part}")
    other = {
        "in": "out",
        "out": "in",
        "train": "test",
        "test": "train",
        "<": ">=",
        ">=": "<",
        ">": "<=",
        "<=": ">",
    }
    return Step(step.site, other.get(step.part, f"not {step.part}"))


def beside(left: frozenset[Rows], right: frozenset[Rows]) -> frozenset[Rows]:
    """The rows of a sum: of two unrelated data (numbers and noise) those that were split, else the left."""
    if {r.root for r in left} & {r.root for r in right}:
        return left | right
    return right if any(r.steps for r in right) and not any(r.steps for r in left) else left
