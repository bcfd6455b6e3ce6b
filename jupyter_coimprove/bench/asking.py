"""An arm is asked every item, and its answers are measured; one that fails is told, not hidden."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_coimprove.bench.arms import Arm
from jupyter_coimprove.bench.family import Execute, Family, Mark
from jupyter_coimprove.bench.item import Answer, Sample


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One item's answer and mark; ``error`` says why there is no answer, and the mark is that of silence."""

    family: str
    sample: Sample
    answer: Answer
    mark: Mark
    seconds: float
    error: str = ""
    spent: Mapping[str, Any] = field(default_factory=dict)


def ask(
    arm: Arm, asked: Iterable[tuple[Family, Sample]], execute: Execute, *,
    failures: tuple[type[Exception], ...] = (ValueError,), clock: Callable[[], float] = time.perf_counter,
) -> Iterator[Answered]:  # fmt: skip
    """The answers in order, each as it comes. An arm that raises one of ``failures`` said nothing."""
    for family, sample in asked:
        began = clock()
        error = ""
        try:
            answer = arm.answer(family, sample.item)
        except failures as raised:
            answer, error = Answer(), f"{type(raised).__name__}: {raised}"
        took = clock() - began
        yield Answered(
            family=family.name, sample=sample, answer=answer, mark=family.mark(sample, answer, execute), seconds=took,
            error=error, spent=dict(arm.spent),
        )  # fmt: skip


def marks_of(answered: Iterable[Answered]) -> dict[str, list[Mark]]:
    """The marks by family, in the order they came."""
    out: dict[str, list[Mark]] = {}
    for one in answered:
        out.setdefault(one.family, []).append(one.mark)
    return out
