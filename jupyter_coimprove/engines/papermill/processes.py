"""Processes below one of ours: they die with it, and none is left when a run is over.

On Linux a child is told by the kernel when its parent dies (``prctl(2)``: PR_SET_PDEATHSIG) and
orphans come back to the nearest subreaper (PR_SET_CHILD_SUBREAPER). Elsewhere a parent's death
shows as the end of a pipe.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psutil

_PDEATHSIG, _SUBREAPER = 1, 36
_libc: Any = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(number: int) -> None:
    """Get this signal when the thread that started this process ends. Linux; else nothing."""
    if _libc is not None:
        _libc.prctl(_PDEATHSIG, number, 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of orphaned descendants. Linux; else nothing."""
    if _libc is not None:
        _libc.prctl(_SUBREAPER, 1, 0, 0, 0)


def kernel_preexec() -> Callable[[], None] | None:
    """What a kernel's process does before it becomes the kernel: tie its life to this worker's."""
    if _libc is None:
        return None
    parent, libc, getppid, exit_now = os.getpid(), _libc, os.getppid, os._exit

    def tie() -> None:
        libc.prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if getppid() != parent:
            exit_now(1)

    return tie


#: Processes of others below which everything is this one's: keepers of forked kernels.
keepers: set[int] = set()


def descendants() -> list[psutil.Process]:
    """Every process below this one and below its keepers that still runs (zombies left out)."""
    import psutil

    below = []
    for top in (os.getpid(), *keepers):
        try:
            below += psutil.Process(top).children(recursive=True)
        except psutil.NoSuchProcess:
            continue
    alive = []
    for process in below:
        try:
            if process.status() != psutil.STATUS_ZOMBIE:
                alive.append(process)
        except psutil.NoSuchProcess:
            continue
    return alive


def kill_descendants(patience: float = 5.0) -> int:
    """Kill everything below this process, also what it starts meanwhile; returns how many were hit.

    Stopped first, then killed: what forks without end does not outrun it.
    """
    import psutil

    hit: set[int] = set()
    until = time.monotonic() + patience
    while (alive := descendants()) and time.monotonic() < until:
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for process in alive:
                try:
                    process.send_signal(number)
                    hit.add(process.pid)
                except (psutil.NoSuchProcess, psutil.AccessDenied):
                    continue
        psutil.wait_procs(alive, timeout=0.05)
    return len(hit)


def reap(but: int | None = None) -> None:
    """Collect dead children, except the one that somebody else waits for."""
    import psutil

    try:
        children = psutil.Process().children()
    except psutil.NoSuchProcess:
        return
    for child in children:
        try:
            if child.pid != but and child.status() == psutil.STATUS_ZOMBIE:
                os.waitpid(child.pid, os.WNOHANG)
        except (psutil.NoSuchProcess, ChildProcessError):
            continue


def tree_mb() -> float:
    """Resident memory of everything below this process, in MB; shared pages count several times."""
    import psutil

    total = 0
    for process in descendants():
        try:
            total += process.memory_info().rss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total / 2**20


def peak_mb(pid: int) -> float | None:
    """The most resident memory one process ever had, in MB (Linux: VmHWM)."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as lines:
            for line in lines:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
    except OSError:
        return None
    return None


def oom_kills() -> int | None:
    """How often the kernel killed for memory in this control group (v2, then v1); None if unknown."""
    try:
        with open("/proc/self/cgroup", encoding="utf-8") as lines:
            groups = [line.rstrip("\n").split(":", 2) for line in lines]
    except OSError:
        return None
    for _, controllers, path in groups:
        if controllers == "":
            places = [f"/sys/fs/cgroup{path}/memory.events", "/sys/fs/cgroup/memory.events"]
        elif "memory" in controllers.split(","):
            places = [
                f"/sys/fs/cgroup/memory{path}/memory.oom_control",
                "/sys/fs/cgroup/memory/memory.oom_control",
            ]
        else:
            continue
        for place in places:
            try:
                with open(place, encoding="ascii") as lines:
                    for line in lines:
                        name, _, count = line.partition(" ")
                        if name == "oom_kill":
                            return int(count)
            except OSError:
                continue
    return None
