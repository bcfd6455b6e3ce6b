"""While cells in common are executed the engine tells how many of them are, and nothing once a run has begun."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.engines.shared_prefix.engine import SharedPrefixEngine
from jupyter_coimprove.runs.engine import RunEvent
from jupyter_coimprove.testing.engine_contract import Seen, a_work, run_all

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks")
SLOW = "import time\ntime.sleep(0.5)"


def test_each_cell_in_common_is_told_before_the_first_run_begins(tmp_path: Path) -> None:
    works = [
        a_work(tmp_path, f"run_{i}", SLOW, SLOW, "got = level", tagged="level = 0", parameters={"level": i})
        for i in range(2)
    ]
    seen = Seen()
    run_all(SharedPrefixEngine(clock=SystemClock(), env=os.environ), works, workers=1, seen=seen)
    began = next(place for place, event in enumerate(seen.events) if event.type == "started")
    told = [event for event in seen.events if event.type == "common"]
    assert told == [event for event in seen.events[:began] if event.type == "common"]
    assert {event.run for event in told} == {"run_0"}
    # The parameters, then two slow cells; the last is executed when the process is as good as there.
    assert {event.detail["of"] for event in told} == {4}
    done = [event.detail["done"] for event in told]
    assert {0, 2, 3} <= set(done)
    assert done == sorted(set(done))
    assert [outcome.environment["shared"]["cells"] for outcome in seen.outcomes.values()] == [4, 4]


def test_cells_further_down_are_counted_from_the_first(tmp_path: Path) -> None:
    works = [
        a_work(
            tmp_path, f"run_{i}", SLOW, "got = level", SLOW, "got += step", tagged="level = step = 0",
            parameters={"level": i // 2, "step": i},
        )
        for i in range(4)
    ]  # fmt: skip
    seen = Seen()
    run_all(SharedPrefixEngine(clock=SystemClock(), env=os.environ), works, workers=1, seen=seen)
    first = [dict(event.detail) for event in seen.events if event.type == "common" and event.run == "run_0"]
    # The parameters, the notebook's own, a slow cell; then what only `level` reaches.
    assert first[0] == {"done": 0, "of": 5}
    assert {"done": 3, "of": 5} in first
    cells = [outcome.environment["shared"]["cells"] for outcome in seen.outcomes.values()]
    assert cells == [5] * 4


def test_runs_that_have_nothing_in_common_tell_nothing(tmp_path: Path) -> None:
    seen = Seen()
    run_all(
        SharedPrefixEngine(clock=SystemClock(), env=os.environ), [a_work(tmp_path, "run_0", SLOW)], workers=1,
        seen=seen,
    )  # fmt: skip
    assert "common" not in {event.type for event in seen.events}


@pytest.mark.parametrize("ahead", [True, False])
def test_cells_of_later_runs_are_executed_on_cores_that_would_only_wait(tmp_path: Path, ahead: bool) -> None:
    """Both workers wait for the first block's process: meanwhile the next block's begins, and no third."""
    engine = SharedPrefixEngine(clock=SystemClock(), env=os.environ, ahead=ahead)
    works = [
        a_work(
            tmp_path, f"run_{seed}_{level}", f"{SLOW}\ngot = seed", "got += level", tagged="seed = level = 0",
            parameters={"seed": seed, "level": level}, block=seed,
        )
        for seed in range(5)
        for level in range(2)
    ]  # fmt: skip
    known: list[int] = []
    busy: list[int] = []

    def look(event: RunEvent) -> None:
        assert engine._nursery is not None
        # One a seed; that of the parameters, which all have in common, is further up.
        nodes = [node for node in engine._nursery._nodes.values() if node.depth == 3]
        busy.append(sum(not node.ready.is_set() for node in nodes))
        if event.type == "started":
            known.append(len(nodes))

    seen = Seen()
    report = seen.report

    def told(event: RunEvent) -> None:
        look(event)
        report(event)

    seen.report = told  # type: ignore[method-assign]
    run_all(engine, works, workers=2, seen=seen)
    # What there is when the first run begins: its own process, and one that was begun ahead of its runs.
    assert known[0] in ((2, 3) if ahead else (1,))
    assert max(busy) == (2 if ahead else 1)
    assert [outcome.state for outcome in seen.outcomes.values()] == ["completed"] * 10
    shared = [outcome.environment["shared"] for outcome in seen.outcomes.values()]
    assert [one["cells"] for one in shared] == [3] * 10, shared
