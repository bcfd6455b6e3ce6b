"""The kernel's side of the host: interrupts, deaths, forks and long silences leave a usable kernel."""

from __future__ import annotations

import os
import signal
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyter_coimprove import __version__
from jupyter_coimprove.kernelspace.client import HostClient
from jupyter_coimprove.kernelspace.errors import Cancelled, CoaiError

#: The real host process with one verb's use case put in the place of ``version``.
HOST = """
import time, os, sys
from jupyter_coimprove.interfaces import host
from jupyter_coimprove.workbench import keeping
from jupyter_coimprove.workbench.bench import Progress
real = keeping.version
def version(bench):
    {body}
    return real(bench)
keeping.version = version
os._exit(host.main())
"""
POLITE = """
    for i in range(600):
        bench.progress(Progress(text='waiting', done=i, total=600, left_s=60 - i / 10))
        bench.check_cancelled(); time.sleep(0.1)"""
DEAF = "bench.progress(Progress(text='deaf')); time.sleep(60)"
DIES = "sys.stderr.write('out of luck\\n'); sys.stderr.flush(); os._exit(3)"
WHERE = {"lone_line": True, "at_prompt": True}


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], HostClient]]:
    made: list[HostClient] = []

    def make(body: str = "") -> HostClient:
        if body:
            (tmp_path / "host.py").write_text(HOST.format(body=body))
            python = tmp_path / "python"
            python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{tmp_path / "host.py"}"\n')
            python.chmod(python.stat().st_mode | stat.S_IXUSR)
            monkeypatch.setenv("COIMPROVE_HOST_PYTHON", str(python))
        made.append(HostClient())
        return made[-1]

    yield make
    for one in made:
        one.close()


def ask(client: HostClient, *words: str, **more: object) -> dict[str, object]:
    return client.call(words or ("version",), {"cwd": os.getcwd(), **WHERE}, version=__version__, **more)  # type: ignore[arg-type]


class Interrupts:
    """Sends this process SIGINT, as a kernel's interrupt does, once progress has been seen."""

    def __init__(self, *delays: float) -> None:
        self.delays = delays
        self.timers: list[threading.Timer] = []

    def __call__(self, progress: object) -> None:
        if not self.timers:
            for delay in self.delays:
                self.timers.append(threading.Timer(delay, os.kill, (os.getpid(), signal.SIGINT)))
                self.timers[-1].start()

    def join(self) -> None:
        for timer in self.timers:
            timer.join()


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_it_is_spawned_on_the_first_call_and_kept(client: Callable[..., HostClient]) -> None:
    one = client()
    assert one.pid is None
    ask(one)
    pid = one.pid
    assert pid is not None
    ask(one)
    assert one.pid == pid
    assert os.getsid(pid) == pid, "an interrupt of the kernel's process group must not reach it"
    one.close()
    assert gone(pid)


def test_progress_is_told_while_waiting(client: Callable[..., HostClient]) -> None:
    seen: list[object] = []
    body = "bench.progress(Progress(text='a', done=1, total=2, left_s=3.0))"
    ask(client(body), progress=seen.append)
    assert seen == [{"text": "a", "done": 1, "total": 2, "left_s": 3.0}]


def test_an_interrupt_cancels_and_the_same_host_answers_the_next_call(
    client: Callable[..., HostClient],
) -> None:
    one, interrupts = client(POLITE), Interrupts(0.05)
    with pytest.raises(Cancelled, match="cancelled"):
        ask(one, progress=interrupts)
    interrupts.join()
    assert "help" in ask(one, "--help")
    assert one.pid is not None


def test_a_host_that_does_not_stop_is_killed_within_seconds(client: Callable[..., HostClient]) -> None:
    one, interrupts = client(DEAF), Interrupts(0.05)
    pids: list[int | None] = []

    def progress(said: object) -> None:
        pids.append(one.pid)
        interrupts(said)

    start = time.monotonic()
    with pytest.raises(Cancelled):
        ask(one, progress=progress)
    assert time.monotonic() - start < 30
    interrupts.join()
    assert pids[0] is not None
    assert gone(pids[0])
    assert "help" in ask(one, "--help"), "the next call starts another host"


def test_a_second_interrupt_kills_it_at_once(
    client: Callable[..., HostClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_coimprove.kernelspace.client.CANCEL_S", 50.0)
    one, interrupts = client(DEAF), Interrupts(0.05, 0.6)
    start = time.monotonic()
    with pytest.raises(Cancelled):
        ask(one, progress=interrupts)
    assert time.monotonic() - start < 45
    interrupts.join()
    assert "help" in ask(one, "--help")


def test_what_was_done_before_the_cancel_arrived_is_told(client: Callable[..., HostClient]) -> None:
    one, interrupts = client("bench.progress(Progress(text='x')); time.sleep(0.8)"), Interrupts(0.05)
    answer = ask(one, progress=interrupts)
    interrupts.join()
    assert answer["interrupted"] is True
    assert "result" in answer


def test_a_host_that_dies_is_a_clear_error_and_the_next_call_starts_another(
    client: Callable[..., HostClient],
) -> None:
    one = client(DIES)
    with pytest.raises(CoaiError, match=r"exit code 3.*out of luck") as raised:
        ask(one)
    assert raised.value.code == "host_died"
    assert raised.value.remedy
    assert "help" in ask(one, "--help")


def test_a_killed_host_is_started_again_without_a_word(client: Callable[..., HostClient]) -> None:
    one = client()
    ask(one)
    first = one.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    ask(one)
    assert one.pid not in (None, first)


def test_a_host_that_left_because_it_was_idle_is_started_again(
    client: Callable[..., HostClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COIMPROVE_HOST_IDLE", "0.1")
    one = client()
    for _ in range(3):
        ask(one)
        time.sleep(0.3)


def test_a_python_that_is_not_there_is_named(
    client: Callable[..., HostClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COIMPROVE_HOST_PYTHON", "/nowhere/python")
    with pytest.raises(CoaiError, match="/nowhere/python"):
        ask(client())


def test_a_python_without_the_package_says_what_failed(client: Callable[..., HostClient], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    python = tmp_path / "bare"
    python.write_text(
        f'#!/bin/sh\nshift 3\nexec "{sys.executable}" -S -P -m jupyter_coimprove.interfaces.host\n'
    )
    python.chmod(0o700)
    monkeypatch.setenv("COIMPROVE_HOST_PYTHON", str(python))
    with pytest.raises(CoaiError, match="did not start") as raised:
        ask(client())
    assert "jupyter_coimprove" in raised.value.message


def test_something_else_on_the_pipe_is_refused(client: Callable[..., HostClient], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho hello there\nsleep 60\n")
    python.chmod(0o700)
    monkeypatch.setenv("COIMPROVE_HOST_PYTHON", str(python))
    with pytest.raises(CoaiError, match="no answer"):
        ask(client())


def test_a_forked_child_uses_no_pipe_of_its_parent(client: Callable[..., HostClient]) -> None:
    one = client()
    ask(one)
    parents = one.pid
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        # In the child: only plain steps, and out by _exit whatever happens.
        status = 1
        try:
            ask(one)
            os.write(writing, f"{one.pid}".encode())
            one.close()
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    assert os.waitpid(child, 0)[1] == 0
    childs = int(os.read(reading, 100))
    os.close(reading)
    assert childs != parents
    ask(one)
    assert one.pid == parents, "the parent's host lives on"


def test_a_kernel_with_many_open_files_can_ask(client: Callable[..., HostClient]) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 1200
    if hard != resource.RLIM_INFINITY and hard < wanted + 100:
        pytest.fail("this machine allows too few open files for the test")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted + 100), hard))
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(wanted)]
    try:
        assert "result" in ask(client())
    finally:
        for fd in held:
            os.close(fd)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_failing_progress_display_stops_the_request_and_is_not_hidden(
    client: Callable[..., HostClient],
) -> None:
    def broken(progress: object) -> None:
        raise ZeroDivisionError

    one = client(POLITE)
    with pytest.raises(ZeroDivisionError):
        ask(one, progress=broken)
    assert "help" in ask(one, "--help")


def test_a_call_inside_a_call_is_refused(client: Callable[..., HostClient]) -> None:
    one = client("bench.progress(Progress(text='x'))")
    refused: list[str] = []

    def inner(progress: object) -> None:
        with pytest.raises(CoaiError) as raised:
            ask(one)
        refused.append(raised.value.code)

    assert "result" in ask(one, progress=inner)
    assert refused == ["busy"]


def test_completion_gives_up_in_time(client: Callable[..., HostClient]) -> None:
    one = client()
    found = one.complete(
        ["experiment"], "exp_", {"cwd": os.getcwd(), **WHERE}, version=__version__, timeout_s=5.0
    )
    assert isinstance(found, list)
