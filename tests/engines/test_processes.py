"""Everything below a process is found, however it was started; a worker loads nothing that no run asks for."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from jupyter_coimprove.engines.papermill import processes
from jupyter_coimprove.engines.shared_prefix.inside.zygote import tending

#: Starts a child from a thread, which starts one in a session of its own.
FAMILY = (
    "import subprocess, sys, threading, time\n"
    "start = lambda: subprocess.Popen([sys.executable, '-c', 'import subprocess; "
    'p = subprocess.Popen(["sleep", "60"], start_new_session=True); print(p.pid, flush=True); p.wait()\'])\n'
    "t = threading.Thread(target=lambda: start().wait()); t.start(); t.join()"
)


@pytest.fixture
def family() -> Iterator[tuple[int, int]]:
    """The pids of a child and of the last below it."""
    with subprocess.Popen([sys.executable, "-c", FAMILY], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        last = int(child.stdout.readline())
        yield child.pid, last
        below = psutil.Process(child.pid).children(recursive=True)
        for process in (*below, psutil.Process(child.pid)):
            process.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="lists of children are Linux's")
def test_what_a_thread_started_and_what_left_its_session_is_found(family: tuple[int, int]) -> None:
    child, last = family
    assert {child, last} <= {process.pid for process in processes.descendants()}
    assert {child, last} <= set(tending.below())


@pytest.mark.skipif(sys.platform != "linux", reason="lists of children are Linux's")
def test_where_the_system_keeps_no_lists_the_same_is_found(
    family: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = {process.pid for process in processes.descendants()}, set(tending.below())
    monkeypatch.setattr(processes, "_LISTED", False)
    monkeypatch.setattr(tending, "LISTED", False)
    assert ({process.pid for process in processes.descendants()}, set(tending.below())) == listed
    assert set(family) <= listed[0]


def test_one_that_ended_and_was_not_collected_is_not_there() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    until = time.monotonic() + 30
    while psutil.Process(child.pid).status() != psutil.STATUS_ZOMBIE and time.monotonic() < until:
        time.sleep(0.01)
    try:
        assert child.pid not in {process.pid for process in processes.descendants()}
        assert child.pid not in tending.below()
    finally:
        child.wait()


def test_the_end_of_a_process_is_waited_for_as_long_as_patience_lasts() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stderr=-3) as child:
        asyncio.run(processes.ended(child, 0.2))
        assert child.poll() is None, "it goes on"
        assert child.stdin is not None
        child.stdin.close()
        asyncio.run(processes.ended(child, 60))
        assert child.returncode is not None, "its end was seen"


def test_a_worker_loads_nothing_for_stores_that_no_run_has() -> None:
    code = (
        "import sys\n"
        "from jupyter_coimprove import lean\n"
        "with lean.lightly():\n    import papermill.execute\n"
        "print([n for n in ('pyarrow', 'requests', 'isoduration') if n in sys.modules])\n"
        "import requests; print(requests.get)"
    )
    said = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert said.startswith("[]\n<function get"), "and afterwards they can be had as ever"
