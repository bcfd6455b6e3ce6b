"""Scores that a model which knows nothing reaches too, where both are printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jupyter_coimprove.activities.activity import Card
from jupyter_coimprove.evidence.stated import Fact
from jupyter_coimprove.notebook.metrics import MAX, MIN, direction

_DUMMY = frozenset(
    {"dummy", "baseline", "chance", "majority", "naive", "constant", "prior", "guess", "guessing", "trivial"}
)
_PARTS = frozenset({"train", "test", "validation"})


def under_the_floor(facts: Sequence[Fact]) -> Iterator[Card]:
    """A card a score that is no better than the dummy's of the same measure, on the same part of the data."""
    floors = [fact for fact in facts if _all(fact) & _DUMMY]
    seen = set()
    for floor in floors:
        measure = _measure(floor)
        way = direction(" ".join(sorted(measure)))
        if not measure or way == "unknown":
            continue
        for fact in facts:
            if _all(fact) & _DUMMY or _measure(fact) != measure or _elsewhere(fact, floor):
                continue
            worse = fact.value <= floor.value if way == "max" else fact.value >= floor.value
            key = (tuple(sorted(fact.called)), fact.cell)
            if not worse or key in seen:
                continue
            seen.add(key)
            name = " ".join(sorted(measure))
            yield Card(
                kind="problem", title=f"{name} {fact.value:g} is no better than a dummy's {floor.value:g}",
                key=f"floor:{fact.cell}:{name}", goal=f"{name} beats a model that knows nothing",
                evidence=(f"cell {fact.cell} shows {fact.value:g}, cell {floor.cell} the dummy's {floor.value:g}",),
                weight=0.9, cells=tuple(dict.fromkeys((fact.cell, floor.cell))), data={"source": "floor"},
            )  # fmt: skip


def _all(fact: Fact) -> frozenset[str]:
    return fact.called | fact.also


def _elsewhere(one: Fact, other: Fact) -> bool:
    """Whether the two say of different parts of the data that they are of them."""
    parts = [_all(fact) & _PARTS for fact in (one, other)]
    return all(parts) and parts[0] != parts[1]


def _measure(fact: Fact) -> frozenset[str]:
    return frozenset(word for word in fact.called if word in MAX | MIN | {"accuracy", "error"})
