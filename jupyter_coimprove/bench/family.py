"""A family of CoBench: what makes its items, what measures an answer, and what no skill at all would answer."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from jupyter_coimprove.bench.item import Answer, Item, Sample

#: Answers of no skill: nothing is wrong or asked for, everything is, or whatever chance gives.
Simple = Literal["pass", "fail", "random"]
SIMPLE: tuple[Simple, ...] = ("pass", "fail", "random")
Part = Literal["flawed", "sound", "all"]
#: A family has so many templates at least: intervals resample them.
LEAST_TEMPLATES = 10


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What came of executing cells in a fresh process: the values of the names asked for, what was printed.

    ``error`` is empty, or the last line of the traceback; ``cell`` the cell (from 1) that failed, 0 for none, and ``line``
    the line in it (from 1), 0 where it is not known.
    ``values`` are JSON; a name that is not defined or is no number, text, list or mapping is missing.
    """

    error: str = ""
    cell: int = 0
    line: int = 0
    values: Mapping[str, object] = field(default_factory=dict)
    printed: tuple[str, ...] = ()
    seconds: float = 0.0


class Execute(Protocol):
    """Runs cells in order in a fresh process and an empty folder; never raises for what the cells do."""

    def __call__(self, cells: Sequence[str], names: Sequence[str] = (), *, seconds: float = 60.0) -> Ran: ...


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What an answer is worth.

    Detection: ``part`` is what the item was, ``value`` 1 where the answer says flawed. Values: ``part`` is
    ``all``, ``value`` is corrected for chance (1 perfect, 0 no skill). ``kind_right`` and ``fixed`` are None
    where they do not apply; ``fixed`` says that the patch brought the clean value back. ``brier`` is the
    squared error of the confidence, None without a verdict. ``why`` is for people.
    """

    template: str
    part: Part
    value: float
    kind_right: bool | None = None
    fixed: bool | None = None
    brier: float | None = None
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Family:
    """One of the 25. ``activity`` is its number in Table 1, ``measure`` the score's name for people.

    ``make`` gives the samples of a template under a seed: twins (flawed and sound, in an order that the seed
    draws) or one. ``mark`` may execute. ``perfect`` answers with the truth. ``simple`` answers without skill.
    ``total`` makes one score of marks, about 0 without skill and 1 for perfect answers; nan of none.
    """

    name: str
    activity: int
    title: str
    measure: str
    templates: tuple[str, ...]
    make: Callable[[str, int], tuple[Sample, ...]]
    mark: Callable[[Sample, Answer, Execute], Mark]
    perfect: Callable[[Sample], Answer]
    simple: Callable[[Item, Simple, random.Random], Answer]
    total: Callable[[Sequence[Mark]], float]


def seed_of(family: str, number: int, salt: str = "") -> int:
    """The seed of a family's ``number``-th draw; a salt that nobody published makes private ones."""
    return int.from_bytes(hashlib.sha256(f"{salt}/{family}/{number}".encode()).digest()[:4], "big")


def samples(family: Family, draws: int, salt: str = "") -> Iterator[Sample]:
    """The samples of so many draws; each takes the next template, in an order that the salt shuffles."""
    order = sorted(
        family.templates, key=lambda name: hashlib.sha256(f"{salt}/{family.name}/{name}".encode()).digest()
    )
    for number in range(draws):
        yield from family.make(order[number % len(order)], seed_of(family.name, number, salt))
