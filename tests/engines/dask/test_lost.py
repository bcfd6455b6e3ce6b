"""Workers and schedulers that die in the middle: nothing is lost, and nothing counts twice."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from dask_processes import Processes, processes
from small_notebooks import lab_notebook

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.engines.dask.cluster import Cluster
from jupyter_coimprove.engines.dask.engine import DaskEngine, Files
from jupyter_coimprove.errors import EngineError
from jupyter_coimprove.runs.engine import RunEvent
from jupyter_coimprove.runs.run import Probe, Work
from jupyter_coimprove.runs.schedule import RunQueue
from jupyter_coimprove.testing.engine_contract import Seen, a_work
from jupyter_coimprove.workbench import planning, running, shelf
from jupyter_coimprove.workbench.bench import Bench, Where

pytestmark = pytest.mark.slow


class Repeating(Seen):
    """Lets lost runs be repeated, as a runner does; ``then`` is called once, when so many are under way."""

    def __init__(self, works: list[Work], together: int, then: Callable[[], None]) -> None:
        super().__init__()
        self.queue = RunQueue(works)
        self.queue.drain()
        self.works = {work.run: work for work in works}
        self.together, self.then = together, then
        self.live: set[str] = set()
        self.called = False
        self.lost: list[str] = []
        self.completed: list[str] = []

    def report(self, event: RunEvent) -> None:
        super().report(event)
        if event.type == "started":
            self.live.add(event.run)
        elif event.type == "finished":
            self.live.discard(event.run)
        if len(self.live) == self.together and not self.called:
            self.called = True
            self.then()
        if event.outcome is not None and event.outcome.state == "lost":
            self.lost.append(event.run)
            work = self.works[event.run]
            self.works[event.run] = replace(work, attempt=work.attempt + 1)
            self.queue.push([self.works[event.run]])
        elif event.outcome is not None:
            self.completed.append(event.run)


def _works(base: Path, count: int = 6) -> list[Work]:
    cells = ("import time\nopen('mine.txt', 'a').write('x')\ntime.sleep(2.0)", "score = lr * 2")
    return [
        a_work(base, f"r{lr}", *cells, parameters={"lr": lr}, tagged="lr = 0", probes=(Probe(name="s", expr="score"),))
        for lr in range(count)
    ]  # fmt: skip


def _engine(made: Processes, patience_s: float = 60.0, files: Files = "auto") -> DaskEngine:
    # A fresh kernel each is quicker here: nothing is shared.
    return DaskEngine(
        cluster=Cluster(address=made.address),
        clock=SystemClock(),
        share=False,
        files=files,
        patience_s=patience_s,
    )


def _all_there_once(seen: Repeating, works: list[Work]) -> None:
    assert sorted(seen.completed) == [work.run for work in works]
    for work in works:
        types = seen.types(work.run)
        assert types.count("started") == types.count("finished") == 1 + seen.lost.count(work.run)
        assert seen.outcomes[work.run].metrics[0].value.number == 2 * work.parameters["lr"]
        # What the lost attempt had written is not in the one that counts.
        assert (work.folder / "files" / "mine.txt").read_text() == "x"
        assert (work.folder / "output.ipynb").is_file()
    assert sorted(path.name for path in works[0].folder.parent.iterdir()) == [work.run for work in works]


@pytest.mark.parametrize(
    ("nanny", "files"),
    [(False, "auto"), (True, "auto"), (False, "content")],
    ids=["no nanny", "nanny", "by content"],
)
def test_a_worker_that_is_killed_loses_its_run_alone(tmp_path: Path, nanny: bool, files: Files) -> None:
    (tmp_path / "dask").mkdir()
    works = _works(tmp_path / "p")
    with processes(tmp_path / "dask", 2, nanny=nanny) as made:

        def kill() -> None:
            victim = psutil.Process(made.started[1].pid)
            if nanny:
                below = [
                    p
                    for p in victim.children(recursive=True)
                    if "resource_tracker" not in " ".join(p.cmdline())
                ]
                victim = next(p for p in below if p.ppid() == victim.pid)
            # What it runs ends with it: nobody writes on.
            family = victim.children(recursive=True)
            victim.kill()
            _, alive = psutil.wait_procs(family, timeout=10)
            assert alive == []

        seen = Repeating(works, 2, kill)
        _engine(made, files=files).execute(seen.queue, seen.report, workers=0)
    assert len(seen.lost) == 1
    _all_there_once(seen, works)


def test_a_scheduler_that_comes_back_goes_on_with_what_is_left(tmp_path: Path) -> None:
    (tmp_path / "dask").mkdir()
    works = _works(tmp_path / "p", 4)
    with processes(tmp_path / "dask", 1) as made:
        port = int(made.address.rpartition(":")[2])

        def replace_it() -> None:
            made.scheduler.send_signal(signal.SIGKILL)
            made.scheduler.wait()

            def start() -> None:
                made.start_scheduler(port)
                made.start_worker()

            threading.Timer(1.0, start).start()

        seen = Repeating(works, 1, replace_it)
        _engine(made).execute(seen.queue, seen.report, workers=0)
    assert seen.lost
    assert seen.outcomes[seen.lost[0]].state == "completed"
    _all_there_once(seen, works)


def test_a_scheduler_that_stays_away_is_said_and_its_runs_are_lost(tmp_path: Path) -> None:
    (tmp_path / "dask").mkdir()
    works = _works(tmp_path / "p", 3)
    with processes(tmp_path / "dask", 1) as made:
        seen = Repeating(works, 1, lambda: made.scheduler.kill())
        with pytest.raises(EngineError, match=r"the scheduler at .* is gone") as caught:
            _engine(made, patience_s=1.0).execute(seen.queue, seen.report, workers=0)
    assert "coimprove resume" in caught.value.remedy
    assert len(seen.lost) == 1
    assert seen.outcomes[seen.lost[0]].reason in ("lease_lost", "worker_lost")
    assert seen.completed == []


#: No two runs have its second cell in common, and none ends before this process has.
SOURCE = """import pathlib, time
score = lr + SEED % 7
while pathlib.Path('/proc/{pid}').exists():
    time.sleep(0.02)"""


def test_an_experiment_outlives_a_worker_with_every_run_kept_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / ".jupyter-data"))
    (tmp_path / "dask").mkdir()
    project = tmp_path / "project"
    project.mkdir()
    bench = Bench(where=Where(cwd=project), root_override=project, waits=True)
    try:
        with processes(tmp_path / "dask", 2) as made:
            source = SOURCE.format(pid=made.started[1].pid)
            cells = (("parameters", "SEED = 0\nlr = 0.1"), ("", source))
            (project / "train.ipynb").write_text(lab_notebook(cells), encoding="utf-8")
            plan = planning.plan(
                bench, notebook=str(project / "train.ipynb"), factor=["lr=0.3"], response="score", direction="max", blocks=2
            )  # fmt: skip

            def kill() -> None:
                # A worker has one seat: two runs are on both.
                while len(list((project / "coimprove" / "runs").glob(".dask-*/*/run_*/log.txt"))) < 2:
                    time.sleep(0.05)
                made.started[1].kill()
                # Only then is its number no process's.
                made.started[1].wait()

            thread = threading.Thread(target=kill)
            thread.start()
            address = made.address
            status = running.run(bench, experiment=plan.id, cluster=address, wait=True)
            thread.join()
            assert made.started[1].returncode == -signal.SIGKILL
        assert status.exit_code == 0
        runs = shelf.runs_of(bench.record(), plan.id)
        places = [(run.data["arm"], run.data["block"], run.data["replicate"]) for run in runs]
        assert len(places) == len(set(places)) == 5
        assert {run.state for run in runs} == {"completed"}
        assert sorted(run.data["attempt"] for run in runs) == [1, 1, 1, 1, 2]
        item = bench.record().get(plan.id)
        assert (item.state, item.data["engine"], item.data["cluster"]) == ("completed", "dask", address)
        assert item.data["workers"] == 2
    finally:
        bench.close()
