"""What happens to runs when a process of the engine's dies, floods or hangs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.engines.papermill.engine import PapermillEngine
from jupyter_coimprove.runs.run import Limits, Probe, Work
from jupyter_coimprove.testing.engine_contract import MARK, Seen, a_work, gone_within, marked, run_all

# A run with a family: a child, a grandchild in a session of its own, and one that holds the GIL.
FAMILY = (
    "import subprocess, sys, pathlib\n"
    "subprocess.Popen([sys.executable, '-c', 'import os, subprocess, time; os.setsid(); "
    'subprocess.Popen(["sleep", "600"]); open("there", "w").close(); time.sleep(600)\'])\n'
    "import time\n"
    "while not pathlib.Path('there').exists(): time.sleep(0.01)\n"
    "time.sleep(0.2)"
)
STUCK = "import re\nre.match(r'(a+)+$', 'a' * 64 + 'b')"


def engine(mark: str = "", **env: str) -> PapermillEngine:
    return PapermillEngine(clock=SystemClock(), env={**os.environ, MARK: mark or uuid.uuid4().hex, **env})


def first(pids: list[int], what: Callable[[list[str]], bool]) -> psutil.Process:
    found = [psutil.Process(pid) for pid in pids]
    return next(process for process in found if what(process.cmdline()))


def cells_of(work: Work) -> list[Any]:
    """The cells of its artifact, without those papermill adds to point at an error."""
    cells = nbformat.read(work.folder / "output.ipynb", as_version=4).cells
    return [cell for cell in cells if "papermill-error-cell-tag" not in cell.metadata.tags]


def is_kernel(line: list[str]) -> bool:
    return "ipykernel_launcher" in line


def is_worker(line: list[str]) -> bool:
    return "jupyter_coimprove.engines.papermill.worker" in line


def test_the_engines_process_is_killed_and_everything_below_dies(tmp_path: Path) -> None:
    mark = uuid.uuid4().hex
    sockets = tempfile.mkdtemp()
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from jupyter_coimprove.clock import SystemClock\n"
        "from jupyter_coimprove.engines.papermill.engine import PapermillEngine\n"
        "from jupyter_coimprove.testing.engine_contract import a_work, run_all, Seen\n"
        f"family, stuck = {FAMILY!r}, {STUCK!r}\n"
        "class Said(Seen):\n"
        "    def report(self, event):\n"
        "        print(event.run, event.type, flush=True)\n"
        "base = Path(sys.argv[1])\n"
        "works = [a_work(base, name, family, stuck) for name in ('one', 'two')]\n"
        "sockets = Path(sys.argv[2])\n"
        "run_all(PapermillEngine(clock=SystemClock(), runtime_dir=sockets), works, workers=2, seen=Said())\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), sockets],
        env={**os.environ, MARK: mark},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    seen: set[str] = set()
    while not {"one cell", "two cell"} <= seen:
        line = process.stdout.readline()
        assert line, seen
        seen.add(line.strip())
    # Two guards, two workers, two kernels, two children and two grandchildren at least.
    assert len(marked(mark)) >= 10
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert gone_within(mark, 5.0) == []
    os.rmdir(sockets)


@pytest.mark.parametrize("victim", [pytest.param("guard", marks=pytest.mark.slow), "worker"])
def test_a_killed_worker_loses_its_run_and_the_next_run_goes_on(tmp_path: Path, victim: str) -> None:
    mark = uuid.uuid4().hex

    def kill() -> None:
        workers = [p for pid in marked(mark) if is_worker((p := psutil.Process(pid)).cmdline())]
        child = next(p for p in workers if p.ppid() in {w.pid for w in workers})
        (child if victim == "worker" else psutil.Process(child.ppid())).kill()

    seen = Seen()
    seen.on[("lost", "cell")] = kill
    works = [
        a_work(tmp_path, "lost", FAMILY, STUCK),
        a_work(tmp_path, "next", "x = 1", block=2, probes=(Probe(name="x", expr="x"),)),
    ]
    run_all(engine(mark), works, workers=1, seen=seen)
    lost = seen.outcomes["lost"]
    assert (lost.state, lost.reason) == ("lost", "worker_lost")
    assert seen.types("lost").count("finished") == 1
    assert not (works[0].folder / "view").exists()
    assert seen.outcomes["next"].state == "completed"
    assert gone_within(mark, 1.0) == []


def test_a_killed_kernel_keeps_what_it_had_and_the_artifact_does_not_claim_the_rest(tmp_path: Path) -> None:
    mark = uuid.uuid4().hex
    seen = Seen()
    seen.on[("killed", "cell")] = lambda: first(marked(mark), is_kernel).kill()
    work = a_work(tmp_path, "killed", "print('kept')", "import time\ntime.sleep(600)", "print('never')")
    run_all(engine(mark), [work], workers=1, seen=seen)
    outcome = seen.outcomes["killed"]
    assert (outcome.state, outcome.reason) == ("failed", "kernel_died")
    assert outcome.error is not None
    assert outcome.error.cell == 1
    cells = cells_of(work)
    assert cells[0].outputs[0].text == "kept\n"
    assert [c.metadata.papermill.status for c in cells] == ["completed", "failed", "pending"]


@pytest.mark.parametrize(
    ("code", "cap"),
    [
        ("while True: print('x' * 1000)", 64),
        pytest.param("print('x' * 300_000_000)", 64, marks=pytest.mark.slow),
        pytest.param("while True: print(1)", 1, marks=pytest.mark.slow),
        pytest.param("while True: print(1, flush=True)", 1, marks=pytest.mark.slow),
    ],
)
def test_output_without_end_is_stopped_in_little_memory(tmp_path: Path, code: str, cap: int) -> None:
    mark = uuid.uuid4().hex
    peaks = [0.0]
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            for pid in marked(mark):
                try:
                    process = psutil.Process(pid)
                    if is_worker(process.cmdline()):
                        peaks[0] = max(peaks[0], process.memory_info().rss / 2**20)
                except psutil.NoSuchProcess:
                    continue

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    work = a_work(tmp_path, "floods", code, limits=Limits(output_bytes=cap * 2**20))
    seen = run_all(engine(mark), [work], workers=1)
    over.set()
    watcher.join()
    outcome = seen.outcomes["floods"]
    assert (outcome.state, outcome.reason) == ("failed", "output_cap")
    assert "the run was stopped" in cells_of(work)[0].outputs[-1].text
    assert (work.folder / "output.ipynb").stat().st_size < 16 * 2**20
    assert peaks[0] < 500


def test_a_plot_redrawn_a_thousand_times_is_no_flood(tmp_path: Path) -> None:
    redraw = (
        "from IPython.display import clear_output\n"
        "for i in range(40):\n    clear_output(wait=True)\n    print(str(i) * 50_000)\n"
    )
    work = a_work(tmp_path, "redraws", redraw, limits=Limits(output_bytes=500_000))
    seen = run_all(engine(), [work], workers=1)
    assert seen.outcomes["redraws"].state == "completed"


@pytest.mark.slow
def test_what_forks_without_end_is_gone_after_the_run(tmp_path: Path) -> None:
    mark = uuid.uuid4().hex
    code = (
        "import os, sys, time\n"
        "for _ in range(20):\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        until = time.time() + 60\n"
        "        while time.time() < until:\n"
        "            if os.fork() == 0:\n"
        "                time.sleep(0.3)\n"
        "                os._exit(0)\n"
        "            time.sleep(0.05)\n"
        "        os._exit(0)\n"
    )
    seen = run_all(engine(mark), [a_work(tmp_path, "forks", code, "x = 1")], workers=1)
    assert seen.outcomes["forks"].state == "completed"
    assert gone_within(mark, 1.0) == []


def test_a_full_disk_is_the_machines_failure(tmp_path: Path) -> None:
    full = a_work(tmp_path, "full", "import errno\nraise OSError(errno.ENOSPC, 'No space left on device')")
    memory = a_work(tmp_path, "memory", "import numpy\nnumpy.ones(2**50)", block=2)
    seen = run_all(engine(), [full, memory], workers=2)
    assert seen.outcomes["full"].reason == "disk_full"
    assert seen.outcomes["memory"].reason == "oom"


def test_an_artifact_that_cannot_be_written_fails_the_run(tmp_path: Path) -> None:
    # A folder where the temporary file should go: the same refusal for root and for everybody.
    work = a_work(tmp_path, "refused", "x = 1", "import time\ntime.sleep(600)")
    (work.folder / ".output.ipynb.tmp").mkdir(parents=True)
    seen = run_all(engine(), [work], workers=1)
    outcome = seen.outcomes["refused"]
    assert (outcome.state, outcome.reason) == ("failed", "disk_full")
    assert outcome.error is not None
    assert "could not be written" in outcome.error.value


def test_a_module_edited_meanwhile_changes_nothing(tmp_path: Path) -> None:
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.runs.beside import gather
    from jupyter_coimprove.runs.snapshot import freeze

    folder = tmp_path / "nb"
    folder.mkdir()
    (folder / "helper.py").write_text("VALUE = 1\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.csv").write_text("7")
    path = folder / "a.ipynb"
    notebook = Notebook(
        path=path, raw=b"", node={}, nbformat=4, minor=5, cells=(), kernel="python3", language="python"
    )
    frozen = freeze(gather(notebook, {0: "import helper"}), tmp_path / "frozen")
    (folder / "helper.py").write_text("VALUE = 2\n")
    code = "import helper\nvalue, data = helper.VALUE, int(open('../data/x.csv').read())"
    probes = (Probe(name="value", expr="value"), Probe(name="data", expr="data"))
    seen = run_all(engine(), [a_work(tmp_path, "r", code, snapshot=frozen.root, probes=probes)], workers=1)
    assert [m.value.number for m in seen.outcomes["r"].metrics] == [1.0, 7.0]
    assert seen.outcomes["r"].written == ()


def test_paths_written_outside_the_view_are_named(tmp_path: Path) -> None:
    outside = tmp_path / "beside"
    outside.mkdir()
    (outside / "log.csv").write_text("old")
    work = a_work(
        tmp_path, "strays", "open('../beside/log.csv', 'w').write('newer')\nopen('../made.txt', 'w').close()"
    )
    seen = run_all(engine(COIMPROVE_ISOLATION="links"), [work], workers=1)
    outcome = seen.outcomes["strays"]
    assert outcome.strays == ("../beside/log.csv",)
    assert [w["path"] for w in outcome.written] == ["../made.txt"]


def test_what_the_kernels_process_itself_writes_is_kept_without_secrets(tmp_path: Path) -> None:
    # As a crash does: past Python, to the descriptor that the process was started with (ipykernel
    # keeps a copy when it captures the descriptor, which it does not do below pytest).
    code = (
        "import os, sys\nfd = getattr(sys.stderr, '_original_stdstream_copy', 2)\n"
        "os.write(fd, ('key=' + os.environ['MY_SECRET']).encode())"
    )
    work = a_work(tmp_path, "logs", code, env={"MY_SECRET": "canary-0123456789"})
    run_all(engine(), [work], workers=1)
    assert (work.folder / "log.txt").read_text() == "key=***"


@pytest.mark.slow
def test_a_worker_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from jupyter_coimprove.engines.papermill import engine as module

    monkeypatch.setattr(module, "_LATE_S", 1.0)
    mark = uuid.uuid4().hex

    def hang() -> None:
        workers = [p for pid in marked(mark) if is_worker((p := psutil.Process(pid)).cmdline())]
        child = next(p for p in workers if p.ppid() in {w.pid for w in workers})
        child.send_signal(signal.SIGSTOP)

    seen = Seen()
    seen.on[("hangs", "cell")] = hang
    work = a_work(
        tmp_path, "hangs", "x = 1", "import time\ntime.sleep(600)", limits=Limits(wall_s=2.0, interrupt_s=0.5)
    )
    run_all(engine(mark), [work], workers=1, seen=seen)
    assert seen.outcomes["hangs"].state == "timed_out"
    assert gone_within(mark, 2.0) == []


def many_kills(tmp_path: Path, kills: int) -> None:
    """Kill workers and kernels at moments spread over a run, again and again: every run ends once."""
    mark = uuid.uuid4().hex
    live = engine(mark)
    works: list[Work] = [a_work(tmp_path, f"run_{n}", "x = 1", "y = 2", block=n) for n in range(kills)]
    over = threading.Event()

    def killer() -> None:
        turn = 0
        while not over.wait(0.2 + 0.13 * (turn % 7)):
            turn += 1
            wanted = is_kernel if turn % 2 else is_worker
            for pid in marked(mark):
                try:
                    process = psutil.Process(pid)
                    if wanted(process.cmdline()):
                        process.kill()
                        break
                except psutil.NoSuchProcess:
                    continue

    thread = threading.Thread(target=killer, daemon=True)
    thread.start()
    seen = run_all(live, works, workers=2)
    over.set()
    thread.join()
    for work in works:
        assert seen.types(work.run).count("started") == 1
        assert seen.types(work.run).count("finished") == 1
        outcome = seen.outcomes[work.run]
        assert outcome.state in ("completed", "lost", "failed")
        if outcome.state == "completed":
            cells = json.loads((work.folder / "output.ipynb").read_text())["cells"]
            assert [c["execution_count"] for c in cells] == [1, 2]
        if outcome.state == "failed":
            assert outcome.reason == "kernel_died"
    time.sleep(0.1)
    assert gone_within(mark, 5.0) == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_again_and_again_every_run_ends_once(tmp_path: Path) -> None:
    many_kills(tmp_path, 20)
