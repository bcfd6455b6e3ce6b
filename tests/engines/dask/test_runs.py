"""What comes of runs on a cluster: the same as here, whether or not workers see the person's folders."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.engines.dask import groups, parcel
from jupyter_coimprove.engines.dask.cluster import Cluster
from jupyter_coimprove.engines.dask.engine import DaskEngine
from jupyter_coimprove.engines.papermill.engine import PapermillEngine
from jupyter_coimprove.engines.shared_prefix.compare import differences
from jupyter_coimprove.errors import EngineError
from jupyter_coimprove.runs.beside import Beside
from jupyter_coimprove.runs.run import Probe, Work
from jupyter_coimprove.runs.schedule import RunQueue
from jupyter_coimprove.runs.snapshot import freeze
from jupyter_coimprove.testing.engine_contract import Seen, a_work, run_all


@pytest.fixture
def dask(local_cluster: Any) -> Callable[..., DaskEngine]:
    cluster = Cluster(address=local_cluster.scheduler_address)
    return lambda **options: DaskEngine(cluster=cluster, clock=SystemClock(), **options)


def _project(base: Path) -> list[Work]:
    """Runs that read a file above the notebook's folder and a frozen module, and write below it."""
    (base / "nb" / "own").mkdir(parents=True)
    (base / "data.csv").write_text("1,2\n", encoding="utf-8")
    (base / "nb" / "own" / "more.txt").write_text("40", encoding="utf-8")
    frozen = base / "frozen"
    freeze(Beside(files={"helper.py": b"factor = 3\n"}), frozen)
    cells = (
        "import helper, os",
        "low = int(open('../data.csv').read().split(',')[0])\nmore = int(open('own/more.txt').read())",
        "score = lr * helper.factor + low + more\nos.makedirs('out', exist_ok=True)\n"
        "open('out/best.txt', 'w').write(str(score))\nprint(score)",
    )
    probes = (Probe(name="score", expr="score"),)
    return [
        a_work(base, f"run_{lr}", *cells, parameters={"lr": lr}, tagged="lr = 0", snapshot=frozen, probes=probes)
        for lr in (1, 2, 3)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Work], Seen]:
    """The same runs on this machine, every one whole."""
    works = _project(tmp_path_factory.mktemp("here"))
    return works, run_all(PapermillEngine(clock=SystemClock()), works)


@pytest.mark.slow
@pytest.mark.parametrize("files", ["paths", "content"])
def test_runs_on_a_cluster_leave_what_they_leave_here(
    tmp_path: Path, dask: Callable[..., DaskEngine], here: tuple[list[Work], Seen], files: str
) -> None:
    mine, local = here
    theirs = _project(tmp_path)
    seen = run_all(dask(files=files, share=False), theirs, workers=0)
    for one, other in zip(mine, theirs, strict=True):
        wanted, came = local.outcomes[one.run], seen.outcomes[other.run]
        assert (came.state, came.reason, came.error) == ("completed", "", None)
        assert seen.types(other.run).count("started") == seen.types(other.run).count("finished") == 1
        assert came.metrics == wanted.metrics
        assert came.written == wanted.written
        assert len(came.cell_seconds) == len(wanted.cell_seconds)
        assert differences(one.folder / "output.ipynb", other.folder / "output.ipynb") == []
        assert _tree(one.folder) == _tree(other.folder)
        for kept in wanted.written:
            file = Path("files") / str(kept["file"])
            assert (other.folder / file).read_bytes() == (one.folder / file).read_bytes()
    # No folder of the way there is left, and nothing was written to the person's.
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == [w.run for w in theirs]
    assert not (tmp_path / "nb" / "out").exists()


@pytest.mark.slow
def test_a_byte_that_changes_between_runs_is_read_by_those_that_come_after(
    tmp_path: Path, dask: Callable[..., DaskEngine]
) -> None:
    probes = (Probe(name="s", expr="int(open('data.txt').read())"),)
    works = [a_work(tmp_path, f"r{block}", "x = 1", block=block, probes=probes) for block in (1, 2)]
    data = works[0].source_dir / "data.txt"
    data.write_text("1")
    seen = Seen()
    seen.on[("r1", "finished")] = lambda: data.write_text("2") and None
    run_all(dask(files="content", share=False), works, workers=1, seen=seen)
    assert [seen.outcomes[work.run].metrics[0].value.number for work in works] == [1, 2]


@pytest.mark.slow
def test_runs_of_a_group_share_cells_at_their_worker(tmp_path: Path, dask: Callable[..., DaskEngine]) -> None:
    cells = ("begun = 40", "score = begun + lr\nprint(score)")
    works = [
        a_work(tmp_path, f"r{lr}", *cells, parameters={"lr": lr}, tagged="lr = 0", probes=(Probe(name="s", expr="score"),))
        for lr in range(4)
    ]  # fmt: skip
    seen = run_all(dask(), works, workers=1)
    assert [seen.outcomes[work.run].metrics[0].value.number for work in works] == [40, 41, 42, 43]
    assert {seen.outcomes[work.run].environment["shared"]["cells"] for work in works} == {3}


def _tree(folder: Path) -> list[str]:
    """What a run left, but the words of its kernel's process: libzmq now and then has some at its end."""
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    return [name for name in found if name != "log.txt"]


class Pausing(Seen):
    """Pauses the queue when the first run has begun, and says so."""

    def __init__(self, queue: RunQueue, then: Callable[[], None]) -> None:
        super().__init__()
        self.queue, self.then = queue, then

    def report(self, event: Any) -> None:
        super().report(event)
        if event.type == "finished" and len(self.outcomes) == 1:
            self.then()


def test_what_waits_at_a_worker_comes_back_when_all_is_cancelled(
    tmp_path: Path, dask: Callable[..., DaskEngine]
) -> None:
    works = [a_work(tmp_path, f"r{n}", "import time\ntime.sleep(0.5)") for n in range(8)]
    queue = RunQueue(works)
    queue.drain()
    seen = Pausing(queue, lambda: queue.cancel() and None)
    dask().execute(queue, seen.report, workers=0)
    states = [outcome.state for outcome in seen.outcomes.values()]
    assert len(states) == 8
    # Those under way finish; what had travelled and not begun is not executed.
    assert states.count("completed") <= 4
    assert states.count("cancelled") == 8 - states.count("completed")
    for work in works:
        # What it may wait for before that is cells in common.
        assert next(kind for kind in seen.types(work.run) if kind != "common") == "started"
        assert seen.types(work.run).count("finished") == 1


@pytest.mark.slow
def test_a_pause_holds_what_waits_at_a_worker_until_it_goes_on(
    tmp_path: Path, dask: Callable[..., DaskEngine]
) -> None:
    import threading

    works = [a_work(tmp_path, f"r{n}", "import time\ntime.sleep(0.4)") for n in range(8)]
    queue = RunQueue(works)
    queue.drain()
    ended_while_paused: list[int] = []

    def pause() -> None:
        queue.pause()

        def go_on() -> None:
            ended_while_paused.append(len(seen.outcomes))
            queue.resume()

        threading.Timer(4.0, go_on).start()

    seen = Pausing(queue, pause)
    dask().execute(queue, seen.report, workers=0)
    assert ended_while_paused[0] <= 4
    assert [outcome.state for outcome in seen.outcomes.values()] == ["completed"] * 8


def test_a_value_that_cannot_travel_is_refused_before_the_first_run(
    tmp_path: Path, dask: Callable[..., DaskEngine]
) -> None:
    works = [a_work(tmp_path, "fine", "x = 1"), a_work(tmp_path, "odd", "x = 1", parameters={"lr": object()})]
    seen = Seen()
    with pytest.raises(EngineError, match=r"parameters 'lr'.*object") as caught:
        run_all(dask(), works, seen=seen)
    assert "plain numbers" in caught.value.remedy
    assert seen.events == []


def test_a_folder_that_is_too_large_to_send_is_refused_before_the_first_run(
    tmp_path: Path, dask: Callable[..., DaskEngine]
) -> None:
    work = a_work(tmp_path, "r", "x = 1")
    (work.source_dir / "large.bin").write_bytes(b"0" * 2**20 * 2)
    seen = Seen()
    with pytest.raises(EngineError, match="more than 1 MB would have to be sent") as caught:
        run_all(dask(files="content", most_mb=1), [work], seen=seen)
    assert "COIMPROVE_CLUSTER_MB" in caught.value.remedy
    assert seen.events == []
    assert list(work.folder.parent.iterdir()) == []


def test_a_group_is_of_one_block_and_leaves_work_for_every_seat(tmp_path: Path) -> None:
    works = [a_work(tmp_path, f"r{b}{n}", "x = 1", block=b, arm=str(n)) for b in (1, 2) for n in range(6)]
    queue = RunQueue(works)
    assert [w.run for w in groups.take(queue, [], seats=2)] == ["r10", "r11", "r12", "r13", "r14", "r15"]
    assert [w.run for w in groups.take(queue, [], seats=4)] == ["r20", "r21"]
    back = works[:3]
    assert [w.run for w in groups.take(queue, back, seats=2)] == ["r10", "r11"]
    assert [w.run for w in back] == ["r12"]


def test_what_comes_later_is_looked_for_no_further_than_needed(tmp_path: Path) -> None:
    works = [a_work(tmp_path, f"r{n}", "x = 1", block=n // 4) for n in range(400)]
    seen: list[str] = []

    class Waits(tuple[Work, ...]):
        def __iter__(self) -> Any:
            for work in super().__iter__():
                seen.append(work.run)
                yield work

    assert [work.run for work in groups.ahead(works[:2], Waits(works[2:]))] == ["r4", "r5", "r6", "r7"]
    assert seen == ["r2", "r3", "r4", "r5", "r6", "r7"]
    assert groups.ahead(works[:1], works[1:4]) == works[1:4]


def test_a_group_travels_with_its_notebook_once(tmp_path: Path) -> None:
    works = [a_work(tmp_path, f"r{n}", "x = 1" * 100, parameters={"n": n}) for n in range(20)]
    one, twenty = (len(groups.encode(some, [])) for some in (works[:1], works))
    assert twenty < 4 * one
    again = groups.decode(groups.encode(works, works[:2], token="t"))
    assert again["works"] == [replace(w, notebook=json.loads(json.dumps(w.notebook))) for w in works]
    assert again["token"] == "t"


@pytest.mark.parametrize("name", ["files/../../evil", "/files/evil", "../output.ipynb"])
def test_no_file_of_a_worker_lands_outside_of_its_run(tmp_path: Path, name: str) -> None:
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(name, "evil")
    # What is no artifact is left out; what looks like one and leads elsewhere is an attack.
    refused = pytest.raises(EngineError, match="leads out of its run")
    with refused if name.startswith("files/") else contextlib.nullcontext():
        parcel.take_in(out.getvalue(), tmp_path / "came" / "r", tmp_path / "runs" / "r")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
