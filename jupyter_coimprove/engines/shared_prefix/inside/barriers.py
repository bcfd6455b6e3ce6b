"""What a process must not have open or running when it is forked: each found as a sentence.

A cell after which one of these is true is not shared; it is executed in every run instead.
"""

from __future__ import annotations

import ctypes
import os
import signal
import stat
import sys
import threading
import time
from typing import Any

#: Descriptors of these may be shared: they have no position and no other end.
_HARMLESS = frozenset({"/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"})
_SETTLE_S = 0.5


def descriptors() -> dict[int, str]:
    """What is open, by descriptor."""
    found = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            found[int(name)] = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            # The one that listed the folder.
            continue
    return found


def shared_maps() -> set[str]:
    """Mappings whose changes other processes would see."""
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as lines:
        return {line.rstrip("\n") for line in lines if line.split(" ", 2)[1].startswith("rw-s")}


def tasks() -> int:
    """Threads that a fork would lose; jemalloc puts its own aside when its process forks, and makes them again."""
    count = 0
    for name in os.listdir("/proc/self/task"):
        try:
            with open(f"/proc/self/task/{name}/comm", encoding="utf-8", errors="replace") as text:
                count += not text.read().startswith("jemalloc_bg")
        except OSError:
            continue
    return count


def children() -> list[int]:
    """Live processes that this one started."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as text:
            pids = [int(pid) for pid in text.read().split()]
    except OSError:
        return []
    alive = []
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as text:
                if text.read().rpartition(")")[2].split()[0] != "Z":
                    alive.append(pid)
        except OSError:
            continue
    return alive


def pause_openmp() -> None:
    """Let every GNU OpenMP library give its threads back; it makes new ones when it needs them."""
    seen = set()
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            path = line.rstrip("\n").partition("/")[2]
            if "libgomp" in path:
                seen.add("/" + path)
    for path in seen:
        try:
            # 1: omp_pause_soft, which keeps what the program set.
            ctypes.CDLL(path).omp_pause_resource_all(1)
        except (OSError, AttributeError):
            continue


class Before:
    """What there was before any cell."""

    def __init__(self) -> None:
        self.open = descriptors()
        self.maps = shared_maps()
        self.main_threads = tasks()


def found(before: Before, loop: Any) -> str:
    """Why this process must not be forked now; empty when it may."""
    import asyncio

    tqdm = _bars()
    if tqdm is not None and len(getattr(tqdm.tqdm, "_instances", ())):
        # What it shows next depends on the time since it was last drawn.
        return "a progress bar is under way"
    quiet_bars()
    others = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    if others:
        return f"a thread is alive ({others[0]})"
    if children():
        return "a process that it started is alive"
    pending = [task for task in asyncio.all_tasks(loop) if not task.done()]
    if pending:
        return "an asynchronous task is pending"
    if (why := _open(before)) or (why := _memory(before)):
        return why
    if signal.getitimer(signal.ITIMER_REAL)[0]:
        return "a timer of the process is set"
    torch = sys.modules.get("torch")
    if torch is not None and getattr(torch, "cuda", None) is not None and torch.cuda.is_initialized():
        return "CUDA is in use"
    return _native_threads(before)


def _open(before: Before) -> str:
    for fd, target in descriptors().items():
        if before.open.get(fd) == target or target in _HARMLESS:
            continue
        try:
            mode = os.fstat(fd).st_mode
        except OSError:
            continue
        if stat.S_ISSOCK(mode):
            return "a socket is open"
        if stat.S_ISFIFO(mode):
            return "a pipe is open"
        if stat.S_ISREG(mode) and os.path.exists(target) and _flags(fd) & os.O_ACCMODE != os.O_RDWR:
            # Opened anew after the fork, where it was.
            continue
        return f"{os.path.basename(target)} is open"
    return ""


def _flags(fd: int) -> int:
    with open(f"/proc/self/fdinfo/{fd}", encoding="ascii") as lines:
        return next((int(line.split()[1], 8) for line in lines if line.startswith("flags:")), os.O_RDWR)


def open_anew(before: Before) -> None:
    """After a fork: files at their places, but with a position of this process's own.

    Readers that seek and read (of fonts, say) would otherwise move each other's; what is written goes to this
    process's own copy of the file.
    """
    for fd, target in descriptors().items():
        if (
            before.open.get(fd) == target
            or not stat.S_ISREG(os.fstat(fd).st_mode)
            or not os.path.exists(target)
        ):
            continue
        mode, place = _flags(fd), os.lseek(fd, 0, os.SEEK_CUR)
        own = os.open(target, mode & ~(os.O_CREAT | os.O_EXCL | os.O_TRUNC) | os.O_CLOEXEC)
        os.lseek(own, place, os.SEEK_SET)
        os.dup2(own, fd, inheritable=os.get_inheritable(fd))
        os.close(own)


def _memory(before: Before) -> str:
    new = shared_maps() - before.maps
    if len(new) == 1 and _bars() is not None:
        # The lock of tqdm's bars, replaced after a fork.
        new = {place for place in new if "/dev/shm/sem." not in place}
    return "memory is mapped that other processes would share" if new else ""


def _bars() -> Any:
    """tqdm, where the notebook has it and its bars have a lock that is shared with other processes."""
    tqdm = sys.modules.get("tqdm.std")
    return tqdm if tqdm is not None and hasattr(tqdm, "TqdmDefaultWriteLock") else None


def quiet_bars() -> None:
    """Let tqdm's watcher of bars end: the next bar starts another."""
    tqdm = _bars()
    monitor = getattr(getattr(tqdm, "tqdm", None), "monitor", None)
    if monitor is not None:
        monitor.exit()
        tqdm.tqdm.monitor = None


def own_bars() -> None:
    """After a fork: a lock of this process's own, which no other can leave locked."""
    tqdm = _bars()
    if tqdm is not None and getattr(tqdm.TqdmDefaultWriteLock, "mp_lock", None) is not None:
        del tqdm.TqdmDefaultWriteLock.mp_lock
        tqdm.tqdm.set_lock(tqdm.TqdmDefaultWriteLock())


def _native_threads(before: Before) -> str:
    """Threads that Python does not know: pools of numeric libraries, most of which can be put aside."""
    if tasks() <= before.main_threads:
        return ""
    pause_openmp()
    until = time.monotonic() + _SETTLE_S
    while tasks() > before.main_threads and time.monotonic() < until:
        time.sleep(0.01)
    if tasks() > before.main_threads:
        # OpenBLAS ends its threads when its process forks, and makes them again.
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
        time.sleep(0.01)
    return "a library's threads are alive" if tasks() > before.main_threads else ""
