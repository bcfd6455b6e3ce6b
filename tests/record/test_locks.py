"""A lock is held exactly as long as its holder lives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from jupyter_coimprove.errors import RecordBusy, RecordForeign
from jupyter_coimprove.record.locks import FileLock, held, holder

HOLD = """
import sys, time
from pathlib import Path
from jupyter_coimprove.record.locks import held
with held(Path(sys.argv[1]), what="a runner"):
    print("held", flush=True)
    time.sleep(60)
"""


def other(path: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def test_who_holds_a_lock_is_known_and_nobody_else_gets_it(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "exp.runner"
    assert holder(path) is None
    child = other(path)
    found = holder(path)
    assert found is not None
    assert (found["pid"], found["what"]) == (child.pid, "a runner")
    with (
        pytest.raises(RecordBusy, match=rf"the runner of exp is held by process {child.pid} \(a runner\)"),
        held(path, what="the runner of exp", timeout=0),
    ):
        pass
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert holder(path) is None
    with held(path, timeout=0):
        assert holder(path)
    assert holder(path) is None


def test_two_locks_in_one_process_exclude_each_other(tmp_path: Path) -> None:
    with held(tmp_path / "x"), pytest.raises(RecordBusy), held(tmp_path / "x", timeout=0.05):
        pass


def test_a_forked_child_does_not_keep_the_lock_of_its_parent(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "x")
    lock.acquire()
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(write)
        os.read(read, 1)
        os._exit(0)
    lock.release()
    assert holder(tmp_path / "x") is None
    os.close(write)
    os.waitpid(pid, 0)
    os.close(read)


def test_a_forked_child_letting_go_leaves_the_parents_lock_alone(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "x")
    lock.acquire()
    pid = os.fork()
    if pid == 0:
        lock.release()
        os._exit(0)
    os.waitpid(pid, 0)
    assert holder(tmp_path / "x")
    lock.release()


def test_a_started_program_does_not_inherit_the_lock(tmp_path: Path) -> None:
    with held(tmp_path / "x"):
        child = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False, text=True
        )
    assert holder(tmp_path / "x") is None
    child.communicate("\n")


def test_asking_who_holds_it_keeps_nobody_from_taking_it(tmp_path: Path) -> None:
    path, stop = tmp_path / "x", threading.Event()

    def ask() -> None:
        while not stop.is_set():
            holder(path)

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    for _ in range(30):
        with held(path, timeout=5):
            pass
    stop.set()
    for asker in askers:
        asker.join()


def test_those_who_wait_get_their_turn(tmp_path: Path) -> None:
    counts, ready = [0] * 4, threading.Barrier(4)

    def work(place: int) -> None:
        lock = FileLock(tmp_path / "x", fair=True)
        ready.wait()  # one that began later would have had less time, not fewer turns
        stop = time.monotonic() + 1.0
        while time.monotonic() < stop:
            lock.acquire(30)
            time.sleep(0.001)
            lock.release()
            counts[place] += 1

    threads = [threading.Thread(target=work, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert min(counts) >= sum(counts) / len(counts) / 4, counts


def test_a_link_is_no_lock_file(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "x").symlink_to(tmp_path / "precious")
    with pytest.raises(RecordForeign, match="is a link"), held(tmp_path / "x"):
        pass
    assert holder(tmp_path / "x") is None
    assert (tmp_path / "precious").read_text() == "precious"
