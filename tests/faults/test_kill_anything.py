"""kill -9 of runner, worker or kernel at random moments: resume completes, nothing is lost or repeated."""

from __future__ import annotations

import os
import random
import signal
import sys
from pathlib import Path

import psutil
import pytest
from small_notebooks import lab_notebook

from jupyter_coimprove.workbench import keeping, planning, running, shelf, watching
from jupyter_coimprove.workbench.bench import Bench, Where

SOURCE = (
    "import random, time\nrandom.seed(SEED)\nfor _ in range(20):\n    time.sleep(0.02)\n"
    "open('best.txt', 'w').write(str(lr))\nscore = float(open('best.txt').read()) + random.random()"
)


def _project(folder: Path) -> tuple[Bench, str]:
    cells = (("parameters", "SEED = 0\nlr = 0.1"), ("", SOURCE), ("", "print(score)"))
    (folder / "train.ipynb").write_text(lab_notebook(cells))
    bench = Bench(where=Where(cwd=folder), root_override=folder, waits=False)
    plan = planning.plan(
        bench,
        notebook=str(folder / "train.ipynb"),
        factor=["lr=0.3"],
        response="score",
        direction="max",
        blocks=4,
    )
    return bench, plan.id


def _ours(experiment: str) -> list[psutil.Process]:
    """The runner of this experiment and all that descends from it."""
    found = []
    for process in psutil.process_iter():
        try:
            if experiment in process.cmdline():
                found += [process, *process.children(recursive=True)]
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def _kill_one(experiment: str, rng: random.Random) -> str:
    """SIGKILL one of the processes of this experiment, by its id; what it was."""
    processes = _ours(experiment)
    if not processes:
        return ""
    victim = rng.choice(processes)
    try:
        name = " ".join(victim.cmdline()[1:4])
        os.kill(victim.pid, signal.SIGKILL)
    except (psutil.NoSuchProcess, ProcessLookupError):
        return ""
    return name


def _until(condition, seconds: float) -> bool:
    import time

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        watching.nap(0.05)
    return bool(condition())


def _go_through(folder: Path, seed: int, kills: int) -> list[str]:
    rng = random.Random(seed)
    bench, experiment = _project(folder)
    killed = []
    acknowledged: dict[str, str] = {}
    try:
        running.run(bench, experiment=experiment, workers=2, detach=True)
        for _ in range(kills):
            watching.nap(rng.uniform(0.05, 1.5))
            for run in shelf.runs_of(bench.record(), experiment):
                if run.state == "completed":
                    acknowledged.setdefault(run.id, run.changed)
            name = _kill_one(experiment, rng)
            if name:
                killed.append(name)
            if "runner" in name:
                assert _until(lambda: not watching.alive(bench, experiment), 10)
                assert _until(lambda: not _ours(experiment), 10), "an orphan is left"
            if not watching.alive(bench, experiment) and bench.record().get(experiment).state != "completed":
                running.resume(bench, experiment=experiment, workers=2, detach=True)
        assert _until(lambda: not watching.alive(bench, experiment), 90)
        if bench.record().get(experiment).state != "completed":
            running.resume(bench, experiment=experiment, workers=2, wait=True)
        item = bench.record().get(experiment)
        runs = shelf.runs_of(bench.record(), experiment)
        assert item.state == "completed"
        assert len(runs) == 9
        for run in runs:
            if run.id in acknowledged:
                assert run.changed == acknowledged[run.id], "a completed run was written again"
                assert run.state == "completed"
        # A run whose kernel was killed has failed; it is never reported as completed.
        assert {run.state for run in runs} <= {"completed", "failed"}
        assert keeping.verify(bench).ok
        assert _until(lambda: not _ours(experiment), 10), "an orphan is left"
    finally:
        for process in _ours(experiment):
            process.kill()
        bench.close()
    return killed


@pytest.mark.skipif(sys.platform != "linux", reason="process trees are read from /proc")
@pytest.mark.timeout(200)
@pytest.mark.slow
def test_three_kills_lose_and_repeat_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / ".data"))
    assert _go_through(tmp_path, seed=7, kills=3)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="process trees are read from /proc")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [11, 12, 13, 14])
def test_twenty_kills_at_random_moments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / ".data"))
    killed = _go_through(tmp_path, seed=seed, kills=5)
    print(f"killed: {killed}")
    assert killed


@pytest.mark.skipif(sys.platform != "linux", reason="process trees are read from /proc")
@pytest.mark.timeout(200)
@pytest.mark.slow
def test_a_runner_asked_to_end_is_gone_in_five_seconds_and_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / ".data"))
    bench, experiment = _project(tmp_path)
    try:
        running.run(bench, experiment=experiment, workers=2, detach=True)
        assert _until(
            lambda: any(r.state == "running" for r in shelf.runs_of(bench.record(), experiment)), 60
        )
        (runner,) = [p for p in _ours(experiment) if "runner" in " ".join(p.cmdline())]
        runner.send_signal(signal.SIGTERM)
        assert _until(lambda: not watching.alive(bench, experiment), 10)
        assert _until(lambda: not _ours(experiment), 5), "an orphan is left"
        assert bench.record().get(experiment).state == "paused"
        status = running.resume(bench, experiment=experiment, workers=2, wait=True)
        assert dict(status.experiments[0].counts) == {"completed": 9}
    finally:
        for process in _ours(experiment):
            process.kill()
        bench.close()
