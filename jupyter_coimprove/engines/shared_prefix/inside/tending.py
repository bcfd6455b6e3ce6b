"""Processes below one of ours: none is left when a run is over. The standard library alone; loaded by its path.

Whatever a kernel starts comes back to its keeper when its parent ends (PR_SET_CHILD_SUBREAPER), at the end of
the list of the keeper's children.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import time
from collections.abc import Callable

_DEATH, _SUBREAPER = 1, 36
_libc = ctypes.CDLL(None, use_errno=True)
#: Whether the system keeps a list of each thread's children (CONFIG_PROC_CHILDREN).
LISTED = os.path.exists(f"/proc/self/task/{os.getpid()}/children")
#: How often the lists are read again while processes come and go.
_PASSES = 20
#: How long what is killed may take to die.
_PATIENCE_S = 5.0


def adopt_orphans() -> None:
    """Become the parent of what is left below."""
    _libc.prctl(_SUBREAPER, 1, 0, 0, 0)


def _alive(pid: int) -> bool:
    """Whether it runs; one that ended and waits to be collected does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as text:
            return text.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _parents() -> dict[int, int]:
    """The parent of every live process."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as text:
                    state, parent = text.read().rpartition(")")[2].split()[:2]
            except OSError:
                continue
            if state != "Z":
                found[int(name)] = int(parent)
    return found


def _children(pid: int) -> list[int]:
    """What this process started or adopted, by the lists that the system keeps; dead ones included."""
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as text:
                found += map(int, text.read().split())
    except OSError:
        # It ends just now: what it leaves comes to us.
        pass
    return found


def below() -> list[int]:
    """Live processes below this one."""
    me = os.getpid()
    if not LISTED:
        # All processes of the machine are read.
        parents = _parents()
        found, last = [], {me}
        while last:
            last = {pid for pid, parent in parents.items() if parent in last}
            found += sorted(last)
        return found
    every: list[int] = []
    for _ in range(_PASSES):
        own = level = _children(me)
        every = []
        while level:
            every += level
            level = [pid for one in level for pid in _children(one) if pid not in every]
        if _children(me) == own:
            # Nothing came to us meanwhile from one that ended.
            break
    return [pid for pid in every if _alive(pid)]


def kill_below() -> None:
    """Stop, then kill all that is below; what forks without end does not outrun it."""
    until = time.monotonic() + _PATIENCE_S
    while (alive := below()) and time.monotonic() < until:
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in alive:
                try:
                    os.kill(pid, number)
                except OSError:
                    continue
        # The killed need a moment.
        time.sleep(0.001)
        reap()


def reap(wanted: int = 0) -> int | None:
    """Collect dead children; the exit code of the wanted one (negative: a signal) once it is among them."""
    code = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return code
        if pid == 0:
            return code
        if pid == wanted:
            code = os.waitstatus_to_exitcode(status)


def tend(child: int, line: int, done: Callable[[int], None]) -> None:
    """Wait for the child's end or for the hang-up of ``line``; then leave nothing below. Never returns.

    A child that ended is told to ``done``; processes that it left are killed first.
    """
    wake_read, wake_write = os.pipe()
    for end in (wake_read, wake_write):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)
    poll = select.poll()
    poll.register(line, 0)
    poll.register(wake_read, select.POLLIN)
    while True:
        code = reap(child)
        if code is not None:
            kill_below()
            done(code)
            os._exit(0)
        if any(fd == line for fd, _ in poll.poll(2000)):
            kill_below()
            os._exit(1)
        try:
            os.read(wake_read, 4096)
        except BlockingIOError:
            continue


def die_with_parent(parent: int) -> None:
    _libc.prctl(_DEATH, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
