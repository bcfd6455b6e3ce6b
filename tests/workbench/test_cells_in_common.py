"""An experiment whose runs wait for their cells in common says how far these are, and for how long."""

from __future__ import annotations

import contextlib
import re
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyter_coimprove.workbench import planning, running, shelf, watching
from jupyter_coimprove.workbench.bench import Bench
from jupyter_coimprove.workbench.views import StatusView

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks")
PLAN = {"factor": ["lr=0.3"], "response": "score", "direction": "max", "blocks": 1}


def _until(bench: Bench, experiment: str, holds: Callable[[StatusView], bool]) -> StatusView:
    deadline = time.monotonic() + 60
    while not holds(view := watching.status(bench, experiment=experiment)):
        assert time.monotonic() < deadline, view.summary
        time.sleep(0.1)
    return view


class Gate:
    """A cell in common that is under way until it is opened; by a port, as runs see no file that others write."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    @property
    def cell(self) -> str:
        return (
            "shut = True\nwhile shut:\n    time.sleep(0.05)\n    with socket.socket() as line:\n"
            f"        shut = bool(line.connect_ex(('127.0.0.1', {self.port})))"
        )

    @contextlib.contextmanager
    def opened(self) -> Iterator[None]:
        with socket.create_server(("127.0.0.1", self.port)):
            yield


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def planned(bench: Bench, write: Callable[..., Path], gate: Gate) -> str:
    """An experiment of three runs, whose cells in common wait at the gate."""
    path = write(
        ("parameters", "SEED = 0\nlr = 0.1"),
        "import random\nimport socket\nimport time",
        gate.cell,
        "random.seed(SEED)\nscore = random.random() + lr",
    )
    return planning.plan(bench, notebook=str(path), **PLAN).id


SAID = re.compile(r"; cells in common: 3 of 4, (\d+) s$")


def _seconds(view: StatusView) -> int:
    found = SAID.search(view.summary)
    return int(found[1]) if found else -1


def test_status_says_how_far_they_are_until_a_run_begins(bench: Bench, planned: str, gate: Gate) -> None:
    running.run(bench, experiment=planned, workers=1, detach=True)
    view = _until(bench, planned, lambda view: _seconds(view) >= 0)
    row = view.experiments[0]
    assert row.first == "cells in common: 3 of 4"
    assert not row.counts.get("running")
    later = _until(bench, planned, lambda later: _seconds(later) > _seconds(view))
    assert later.experiments[0].first_since == row.first_since != ""
    with gate.opened():
        ended = _until(bench, planned, lambda view: view.experiments[0].state == "completed")
    assert ended.experiments[0].first == ""
    assert "cells in common" not in ended.summary
    assert bench.record().get(planned).data["common"] == {}


def test_they_end_with_a_pause_and_begin_anew_with_what_is_left(
    bench: Bench, planned: str, gate: Gate
) -> None:
    running.run(bench, experiment=planned, workers=1, detach=True)
    _until(bench, planned, lambda view: _seconds(view) >= 0)
    watching.pause_now(bench, planned)
    assert not watching.alive(bench, planned), "its runner still waits for them"
    row = watching.status(bench, experiment=planned).experiments[0]
    assert (row.state, row.counts, row.first) == ("paused", {"queued": 3}, "")
    with gate.opened():
        view = running.resume(bench, experiment=planned, workers=1, wait=True)
    assert (view.experiments[0].state, view.experiments[0].counts) == ("completed", {"completed": 3})


def test_a_run_and_an_arm_that_wait_for_them_can_be_cancelled(bench: Bench, planned: str, gate: Gate) -> None:
    running.run(bench, experiment=planned, workers=1, detach=True)
    _until(bench, planned, lambda view: _seconds(view) >= 0)
    running.cancel(bench, target=planned, arm="lr=0.3")
    repeat = next(run for run in shelf.runs_of(bench.record(), planned) if run.data["replicate"])
    running.cancel(bench, target=repeat.id)
    _until(bench, planned, lambda view: view.experiments[0].counts.get("cancelled") == 2)
    with gate.opened():
        _until(bench, planned, lambda view: view.experiments[0].state == "completed")
    states = {
        (run.data["arm"], run.data["replicate"]): run.state for run in shelf.runs_of(bench.record(), planned)
    }
    assert states == {("baseline", 0): "completed", ("baseline", 1): "cancelled", ("lr=0.3", 0): "cancelled"}


def test_who_stays_with_it_reads_the_same(
    bench: Bench, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(
        ("parameters", "SEED = 0\nlr = 0.1"),
        "import random\nimport time\ntime.sleep(3)",
        "random.seed(SEED)\nscore = random.random() + lr",
    )
    plan = planning.plan(bench, notebook=str(path), **PLAN)
    texts: list[str] = []
    monkeypatch.setattr(bench, "progress", lambda progress: texts.append(progress.text))
    running.run(bench, experiment=plan.id, workers=1, wait=True)
    told = [text for text in texts if text.startswith("cells in common: ")]
    assert any(re.fullmatch(r"cells in common: 2 of 3, \d+ s", text) for text in told)
