"""Processes below one of ours: they die with it, and none is left when a run is over.

On Linux a child is told by the kernel when its parent dies (``prctl(2)``: PR_SET_PDEATHSIG) and
orphans come back to the nearest subreaper (PR_SET_CHILD_SUBREAPER). Elsewhere a parent's death
shows as the end of a pipe.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
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


#: Whether the system keeps a list of each thread's children (Linux with CONFIG_PROC_CHILDREN).
_LISTED = os.path.exists(f"/proc/self/task/{os.getpid()}/children")
#: How often the lists are read again while processes come and go.
_PASSES = 20
#: Processes of others below which everything is this one's: keepers of forked kernels.
keepers: set[int] = set()


def children(pid: int) -> list[int] | None:
    """The processes that this one started or adopted, dead ones that nobody collected included.

    None where the system keeps no such list.
    """
    if not _LISTED:
        return None
    found: list[int] = []
    # A thread, or the whole process, may end while it is read.
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            place = f"/proc/{pid}/task/{thread}/children"
            with (
                contextlib.suppress(FileNotFoundError, ProcessLookupError),
                open(place, encoding="ascii") as text,
            ):
                found += map(int, text.read().split())
    return found


def _pids(top: int) -> list[int] | None:
    """Everything below ``top``, from the lists that the system keeps: to read all of /proc costs with all that
    runs on the machine. None where there are none.

    What a process left when it ended comes to the nearest that adopts, at the end of its list; so the list
    of ``top`` is read again until it says what it said.
    """
    found: dict[int, None] = {}
    for _ in range(_PASSES):
        own = children(top)
        if own is None:
            return None
        found, level = {}, own
        while level:
            found.update(dict.fromkeys(level))
            level = [pid for one in level for pid in children(one) or () if pid not in found]
        if children(top) == own:
            break
    return list(found)


def descendants() -> list[psutil.Process]:
    """Every process below this one and below its keepers that still runs (zombies left out)."""
    import psutil

    below: list[psutil.Process] = []
    for top in (os.getpid(), *keepers):
        try:
            pids = _pids(top)
            below += psutil.Process(top).children(recursive=True) if pids is None else _alive(pids)
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


def _alive(pids: Iterable[int]) -> Iterator[psutil.Process]:
    import psutil

    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            yield psutil.Process(pid)


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


async def ended(process: Any, patience: float) -> None:
    """Wait until a kernel's process (a Popen, or like one) has ended, at most ``patience`` seconds."""
    watched, own = -1, -1
    if hasattr(process, "fileno"):
        watched = process.fileno()
    elif hasattr(os, "pidfd_open"):
        # A process that is gone is found so by its poll.
        with contextlib.suppress(OSError):
            watched = own = os.pidfd_open(process.pid)
    loop, until = asyncio.get_running_loop(), time.monotonic() + patience
    try:
        while process.poll() is None and (left := until - time.monotonic()) > 0:
            if watched < 0:
                await asyncio.sleep(0.01)
                continue
            told = asyncio.Event()
            loop.add_reader(watched, told.set)
            try:
                await asyncio.wait_for(told.wait(), left)
            except TimeoutError:
                return
            finally:
                loop.remove_reader(watched)
    finally:
        if own >= 0:
            os.close(own)


def reap(but: int | None = None) -> None:
    """Collect dead children, except the one that somebody else waits for."""
    import psutil

    pids = children(os.getpid())
    for child in psutil.Process().children() if pids is None else _alive(pids):
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
