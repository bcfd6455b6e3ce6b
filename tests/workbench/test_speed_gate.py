"""When a change is tried again, and when it is let go of: by runs whose times are given."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jupyter_coimprove.activities.systems.speed.code import Candidate
from jupyter_coimprove.activities.systems.speed.measured import Timed
from jupyter_coimprove.activities.systems.verdict import Rerun
from jupyter_coimprove.workbench import speeding

RUN = Rerun(cells=(), files={})


def timed(cpu: float) -> Timed:
    return Timed(run=RUN, wall=cpu, cpu=cpu)


class Runs:
    """Runs of these seconds, one after the other: the changed one, then pairs of original and changed."""

    def __init__(self, *cpu: float) -> None:
        self.left: Iterator[float] = iter(cpu)

    def __call__(self, candidate: Candidate | None, what: str) -> Timed:
        return timed(next(self.left))

    def unequal(self, original: Timed, other: Timed) -> str:
        return ""


@pytest.mark.parametrize(
    ("before", "runs", "pairs", "refused"),
    [
        ((2.0, 1.0), (1.2, 2.0, 1.2, 2.0, 1.2), 3, ""),
        ((1.0, 1.0), (1.2,), 1, "more than once"),
        ((1.0, 1.0), (0.98, 1.0, 0.98), 2, "more than twice"),
        ((1.0, 1.0), (0.9, 1.0, 0.9, 1.0, 0.9), 3, "less than 1.2x"),
    ],
    ids=["one fast original refuses nothing", "slower", "a little", "too little"],
)
def test_a_change_is_tried_as_long_as_it_may_be_faster(before, runs, pairs, refused) -> None:
    trial = speeding._Trial(candidate=Candidate(rule="r", title="t", why="w", sources={}))
    speeding._try(trial, Runs(*runs), (timed(before[0]), timed(before[1])), 3, "change 1")
    assert trial.pairs == pairs
    assert refused in trial.refused
    assert bool(trial.refused) is bool(refused)
