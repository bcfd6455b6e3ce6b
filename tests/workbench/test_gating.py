"""Runs begin when there is a card and room on the disk: held on real runs and a stand-in driver."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import uuid
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.errors import EngineError, UsageError
from jupyter_coimprove.runs.run import Outcome, RunError
from jupyter_coimprove.runs.schedule import RunQueue
from jupyter_coimprove.testing.devices import FakeCards
from jupyter_coimprove.testing.engine_contract import a_work
from jupyter_coimprove.workbench import deciding, gating, planning, running, shelf, watching
from jupyter_coimprove.workbench.bench import Bench

PLAN = {"response": "score", "direction": "max", "blocks": 1}
#: Runs that meet on the card: the second finds no memory, as it would on a real one.
CROWDED = (
    "import os, socket, time\n# model.to('cuda')\nmine = socket.socket(socket.AF_UNIX)\n"
    "try:\n    mine.bind('\\0' + NAME)\nexcept OSError:\n"
    "    raise RuntimeError('CUDA out of memory. Tried to allocate 2.00 GiB') from None\n"
    "time.sleep(1.5)\nmine.close()\nscore = lr + int(os.environ['CUDA_VISIBLE_DEVICES'])"
)


@pytest.fixture
def cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeCards:
    """One card on this machine, and slots that no other program knows."""
    made = FakeCards(tmp_path / "driver")
    for name, value in made.env(os.environ).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    (tmp_path / "t").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "t"))
    return made


@pytest.mark.slow
def test_memory_found_missing_lowers_the_slots_and_repeats_the_run(
    bench: Bench, write: Callable[..., Path], cards: FakeCards
) -> None:
    path = write(("parameters", "SEED = 0\nlr = 0.1"), CROWDED.replace("NAME", repr(uuid.uuid4().hex)))
    plan = planning.plan(bench, notebook=str(path), factor=["lr=0.3"], **PLAN)
    status = running.run(bench, experiment=plan.id, workers=2, gpu_slots=2, wait=True)
    row = status.experiments[0]
    assert row.state == "completed"
    assert {run.state for run in row.runs} == {"completed"}
    item = bench.record().get(plan.id)
    assert item.data["gpu_slots"] == 1
    assert any(int(run.data["attempt"]) > 1 for run in shelf.runs_of(bench.record(), plan.id))


@pytest.mark.slow
def test_a_run_that_waits_for_memory_says_so_and_begins_when_it_is_free(
    bench: Bench, write: Callable[..., Path], cards: FakeCards
) -> None:
    path = write(("parameters", "SEED = 0\nlr = 0.1"), "# cuda\nscore = lr")
    plan = planning.plan(bench, notebook=str(path), factor=["lr=0.3"], **PLAN)
    cards.free("0", 0)
    cards_need(bench, plan.id, 1000.0)
    bench.waits = False
    running.run(bench, experiment=plan.id, workers=1, detach=True)
    seen = ""
    for _ in range(300):
        seen = watching.status(bench, experiment=plan.id).experiments[0].waiting
        if seen:
            break
        watching.nap(0.1)
    assert seen == "waiting for GPU memory: runs need 1000 MB, and Test card (0) has 0 MB free"
    cards.free("0", 20_000)
    status = watching.stay(bench, plan.id)
    assert status.experiments[0].state == "completed"
    assert status.experiments[0].waiting == ""


def cards_need(bench: Bench, experiment: str, megabytes: float) -> None:
    """Let an earlier run of the same notebook have held so much on its card."""
    from jupyter_coimprove.ids import new_id
    from jupyter_coimprove.record.base import Draft
    from jupyter_coimprove.registry import TOOL

    run = new_id("run", SystemClock())
    data = {
        "experiment": experiment, "arm": "baseline", "block": 99, "replicate": 7, "gpu_peak_mb": megabytes,
        "seconds": 1.0,
    }  # fmt: skip
    bench.record().append(
        [Draft(id=run, kind="run", event="cancelled", state="cancelled", data=data, actor=TOOL)]
    )


def test_slots_are_free_when_their_holder_dies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gating, "slot_folder", lambda: tmp_path)
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom jupyter_coimprove.workbench import gating\n"
        "gating.slot_folder = lambda: Path(sys.argv[1])\n"
        "held = gating.take('0', 0)\nprint(held is not None, flush=True)\ntime.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        assert gating.take("0", 0) is None
        other.kill()
        other.wait()
    mine = gating.take("0", 0)
    assert mine is not None
    mine.release()


Usage = namedtuple("Usage", "total used free")


def usage(megabytes: float) -> Callable[[object], Usage]:
    return lambda folder: Usage(2**40, 0, int(megabytes * 2**20))


def a_gate(tmp_path: Path, told: list[str], full: list[str]) -> tuple[gating.Gate, RunQueue]:
    queue = RunQueue([a_work(tmp_path, "one", block=1), a_work(tmp_path, "two", block=2)])
    gate = gating.Gate(
        queue, None, clock=SystemClock(), folder=tmp_path, run_mb=100.0, say=told.append, full=full.append
    )
    return gate, queue


def test_no_run_begins_without_room_for_what_it_will_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    full: list[str] = []
    gate, queue = a_gate(tmp_path, told, full)
    monkeypatch.setattr("shutil.disk_usage", usage(350))
    first = gate.next(0.0)
    assert first is not None
    # The second needs as much again, beside the one that runs: it waits, and the reason is told.
    assert gate.next(0.0) is None
    assert "350 MB free" in told[-1]
    assert len(queue) == 1
    monkeypatch.setattr("shutil.disk_usage", usage(150))
    gate.ended(Outcome(run=first.run, state="completed"))
    gate.look_again()
    assert gate.next(0.0) is None
    assert "150 MB free" in full[0]
    assert len(queue) == 1


def test_an_experiment_is_refused_when_the_disk_has_no_room_for_it(
    bench: Bench, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(("parameters", "SEED = 0\nlr = 0.1"), "score = lr")
    plan = planning.plan(bench, notebook=str(path), factor=["lr=0.3"], **PLAN)
    deciding.accept(bench, id=plan.id)
    monkeypatch.setattr("shutil.disk_usage", usage(10))
    with pytest.raises(EngineError, match="10 MB free") as caught:
        running.run(bench, experiment=plan.id, workers=1, wait=True)
    assert "coimprove gc" in caught.value.remedy
    with pytest.raises(UsageError, match="runs on a GPU"):
        running.run(bench, experiment=plan.id, gpu_slots=0)


def test_what_runs_keep_is_limited_by_the_plan_and_told_beforehand(
    bench: Bench, write: Callable[..., Path]
) -> None:
    path = write(
        ("parameters", "SEED = 0\nlr = 0.1"),
        "open('small.csv', 'w').write('x' * 1000)\nopen('best.pt', 'wb').write(b'w' * 3_000_000)\nscore = lr",
    )
    plan = planning.plan(bench, notebook=str(path), factor=["lr=0.3"], keep_mb=1.0, disk_mb=0.0015, **PLAN)
    status = running.run(bench, experiment=plan.id, workers=1, wait=True)
    row = status.experiments[0]
    assert row.state == "paused"
    assert "the budget is 0.0015 MB" in row.waiting
    ended = [run for run in shelf.runs_of(bench.record(), plan.id) if run.state == "completed"]
    for run in ended:
        assert {w["path"]: "file" in w for w in run.data["written"]} == {"best.pt": False, "small.csv": True}
        assert [p.name for p in (bench.layout().run(run.id) / "files").iterdir()] == ["small.csv"]
    again = planning.plan(bench, notebook=str(path), factor=["lr=0.5"], keep_mb=1.0, **PLAN)
    assert again.cost.disk_mb is not None
    assert again.cost.disk_mb == pytest.approx(again.cost.runs * 1000 / 2**20, abs=0.1)


def test_memory_of_the_machine_that_runs_out_lets_fewer_run_at_a_time(tmp_path: Path) -> None:
    gate, queue = a_gate(tmp_path, [], [])
    queue.push([a_work(tmp_path, "three", block=3)])
    one, two = gate.next(0.0), gate.next(0.0)
    assert one is not None
    assert two is not None
    error = RunError(name="MemoryError", value="")
    assert gate.ended(Outcome(run=one.run, state="failed", reason="oom", error=error))
    assert gate.next(0.0) is None
    gate.ended(Outcome(run=two.run, state="completed"))
    assert gate.next(0.0) is not None
    assert gate.most == 1


def test_a_gate_is_asked_by_one_engine_and_told_by_several_threads(tmp_path: Path) -> None:
    gate, queue = a_gate(tmp_path, [], [])
    queue.drain()
    got = [gate.next(0.0), gate.next(0.0)]
    ends = [
        threading.Thread(target=gate.ended, args=(Outcome(run=w.run, state="completed"),)) for w in got if w
    ]
    for end in ends:
        end.start()
    for end in ends:
        end.join()
    assert len(ends) == 2
    assert gate.done()
