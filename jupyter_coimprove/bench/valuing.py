"""Families that ask for a value: what it is worth, corrected for what no skill would get."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from typing import Any

from jupyter_coimprove.bench.family import Mark
from jupyter_coimprove.bench.item import Sample


def corrected(value: float, chance: float) -> float:
    """(value − chance) / (1 − chance): 1 for perfect, 0 at chance; ValueError where chance is perfect."""
    if not chance < 1:
        raise ValueError(f"chance is {chance}: nothing is left to measure")
    return (value - chance) / (1 - chance)


def mark(sample: Sample, value: float, why: str = "") -> Mark:
    """The mark of a value that is corrected for chance."""
    return Mark(template=sample.item.template, part="all", value=value, why=why)


def mean(marks: Sequence[Mark]) -> float:
    """The mean of the marks; nan of none."""
    return sum(m.value for m in marks) / len(marks) if marks else math.nan


def above(floor: float) -> Callable[[Sequence[Mark]], float]:
    """A total for raw marks: their mean over the best of the answers without skill, ``floor``.

    What is below that floor shows no skill and counts as 0, so that silence, noise and chance are equal.
    """

    def total(marks: Sequence[Mark]) -> float:
        raw = mean(marks)
        return raw if math.isnan(raw) else max(0.0, corrected(raw, floor))

    return total


def f1(said: Collection[Any], true: Collection[Any]) -> float:
    """F1 of a set against another; of two empty ones 1."""
    mine, theirs = set(said), set(true)
    if not mine and not theirs:
        return 1.0
    return 2 * len(mine & theirs) / (len(mine) + len(theirs))


def iou(said: Collection[Any], true: Collection[Any]) -> float:
    """Intersection over union; of two empty ones 1."""
    mine, theirs = set(said), set(true)
    return len(mine & theirs) / len(mine | theirs) if mine | theirs else 1.0
