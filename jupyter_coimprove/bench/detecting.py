"""Families that ask whether something is wrong: J = true positives − false positives, times how often the kind is right."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from jupyter_coimprove.bench.family import Mark, Simple
from jupyter_coimprove.bench.item import Answer, Item, Sample


def twins(seed: int, flawed: Sample, sound: Sample) -> tuple[Sample, Sample]:
    """The two in an order that the seed draws, so that the place of an item tells nothing."""
    return (flawed, sound) if random.Random(seed).random() < 0.5 else (sound, flawed)


def mark(sample: Sample, answer: Answer, *, fixed: bool | None = None, why: str = "") -> Mark:
    """The mark of a verdict; no verdict says that nothing is wrong, at a confidence of a half."""
    flawed = sample.truth.verdict == "flawed"
    says = answer.verdict == "flawed"
    sure = answer.confidence if answer.verdict is not None else 0.5
    right = None
    if flawed and says and sample.truth.kind:
        right = answer.kind == sample.truth.kind
    return Mark(
        template=sample.item.template, part="flawed" if flawed else "sound", value=float(says), kind_right=right,
        fixed=fixed if flawed else None, brier=(sure - float(says == flawed)) ** 2,
        why=why or f"{'flawed' if flawed else 'sound'}, said {answer.verdict or 'nothing'} {answer.kind}".strip(),
    )  # fmt: skip


def rates(marks: Sequence[Mark]) -> tuple[float, float]:
    """True and false positive rates; nan where no such item is."""
    hits = [m.value for m in marks if m.part == "flawed"]
    false = [m.value for m in marks if m.part == "sound"]
    return (sum(hits) / len(hits) if hits else math.nan, sum(false) / len(false) if false else math.nan)


def youden(marks: Sequence[Mark]) -> float:
    """J = TPR − FPR (Youden 1950)."""
    hit, false = rates(marks)
    return hit - false


def youden_kinds(marks: Sequence[Mark]) -> float:
    """J times the share of hits whose kind is right; of no hits the share is 1, as J is at most 0 then."""
    kinds = [m.kind_right for m in marks if m.kind_right is not None]
    j = youden(marks)
    # A negative J is not made smaller by wrong kinds.
    return j * (sum(kinds) / len(kinds)) if kinds and j > 0 else j


def perfect(sample: Sample) -> Answer:
    """The truth as an answer."""
    truth = sample.truth
    return Answer(
        verdict=truth.verdict, kind=truth.kind, cell=truth.cells[0] if truth.cells else None, confidence=1.0
    )


def simple(item: Item, how: Simple, chance: random.Random) -> Answer:
    """Always sound, always flawed (of the first kind), or a coin."""
    if how == "pass":
        return Answer(verdict="sound", confidence=0.5)
    if how == "random" and chance.random() < 0.5:
        return Answer(verdict="sound", confidence=0.5)
    kinds = item.kinds or ("",)
    return Answer(
        verdict="flawed", kind=chance.choice(kinds) if how == "random" else kinds[0], confidence=0.5
    )
