"""In a stream of 240 decisions by the scripted lab, what is learnt is worth it, and what harms is retired.

`tests/benchmarks/measure_learning.py` prints the same over more seeds.
"""

from __future__ import annotations

from functools import lru_cache

import pytest
from learning_streams import Stream, run

from jupyter_coimprove.bench.lab import HouseRule, Lab, lab
from jupyter_coimprove.lessons.counting import Figure, mean
from jupyter_coimprove.lessons.lesson import Lesson, Scope

SEEDS = range(6)


@lru_cache
def streams(memory: bool) -> tuple[Stream, ...]:
    return tuple(run(lab(seed), memory=memory) for seed in SEEDS)


def between(figure: Figure) -> tuple[float, float]:
    assert figure.low is not None
    assert figure.high is not None
    return figure.low, figure.high


def test_acceptance_rises_and_edit_distance_falls_with_memory_against_without() -> None:
    pairs = list(zip(streams(True), streams(False), strict=True))
    accepted = mean([on.acceptance(120, 240) - off.acceptance(120, 240) for on, off in pairs])
    edited = mean([on.distance(120, 240) - off.distance(120, 240) for on, off in pairs])
    assert between(accepted)[0] > 0.2, accepted
    assert between(edited)[1] < 0, edited


def test_later_decisions_are_better_than_earlier_ones_with_memory_alone() -> None:
    def rises(memory: bool) -> list[float]:
        return [one.acceptance(180, 240) - one.acceptance(0, 60) for one in streams(memory)]

    assert between(mean(rises(True)))[0] > 0.05
    low, high = between(mean(rises(False)))
    assert low < 0 < high


def test_what_was_right_and_is_wrong_now_is_retired() -> None:
    for seed in (0, 5, 8):
        # What the lab wants turns around in the middle.
        turned = lab(seed, turns_at=120)
        (old,) = set(turned.rules) - set(turned.later)
        stream = run(turned, memory=True)
        gone = {(place, lesson.prefer) for place, lesson in stream.retired if place >= 120}
        assert any(old.wanted.lstrip(".") in prefer for _, prefer in gone), (seed, old, gone)


@pytest.mark.parametrize("kind", ["evaluation", "training"])
def test_a_lesson_that_was_never_right_is_retired(kind: str) -> None:
    rule = HouseRule(
        kind="", choice="random_state", unwanted="SEED", wanted="0", why="it has to come out the same again"
    )
    strict = Lab(seed=1, rules=(rule,), kinds=(kind,))
    wrong = Lesson(scope=Scope(kind="cells"), avoid="random_state=0", prefer="random_state=SEED")
    stream = run(strict, 60, memory=True, planted=wrong)
    assert stream.kept["les_0"].lesson.state == "retired"
    ((place, _), *_) = stream.retired
    assert place < 30
    # Once it is gone, the lab's own rule is learnt.
    assert stream.acceptance(40, 60) > 0.8
