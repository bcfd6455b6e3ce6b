"""Whether there is memory for one more process that waits with cells executed, and for the run under it."""

from __future__ import annotations

import os
from pathlib import Path

#: What a fork makes its own of its parent's memory before one was seen that did.
FIRST_SHARE = 0.25
#: What stays free for everything else, of all there is.
FREE = 0.1
#: What a kernel needs that holds nothing yet.
LEAST_MB = 64.0


def owned_mb(pid: int) -> tuple[float, float]:
    """What a process has in memory of no file, in MB: all that it sees, and what of it is its own by now.

    The difference is its parent's: a copy is made when one of them writes. Zeros for one that is gone.
    """
    found = {"Anonymous": 0.0, "Private_Dirty": 0.0}
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as lines:
            for line in lines:
                name, _, rest = line.partition(":")
                if name in found:
                    found[name] = int(rest.split()[0]) / 1024
    except (OSError, ValueError, IndexError):
        return 0.0, 0.0
    return found["Anonymous"], min(found["Private_Dirty"], found["Anonymous"])


def needed_mb(parent: int, forks: list[int]) -> float:
    """What one more fork of ``parent`` will hold of its own, by what its live forks hold by now."""
    seen, _ = owned_mb(parent)
    grown = [own for _, own in map(owned_mb, forks) if own]
    return max(LEAST_MB, seen * FIRST_SHARE, *grown)


def fits(parent: int, forks: list[int]) -> bool:
    """Whether there is memory for one more fork of ``parent`` beside its live ones.

    What they hold at all is asked first, which costs nothing: what they made their own is less, but to know it the
    system looks at each of their pages (10 ms for some hundred MB).
    """
    free = free_mb()
    return max(LEAST_MB, *map(_held_mb, (parent, *forks))) < free or needed_mb(parent, forks) < free


def _held_mb(pid: int) -> float:
    """What a process has in memory, of whomever it is; 0 for one that is gone."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as text:
            return int(text.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except (OSError, ValueError, IndexError):
        return 0.0


def below(pid: int) -> list[int]:
    """The processes that this one forked, and theirs: a run's kernel is below its keeper."""
    forks = _children(pid)
    return [*forks, *(each for fork in forks for each in _children(fork))]


def _children(pid: int) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as text:
            return [int(each) for each in text.read().split()]
    except OSError:
        # Gone, or a system that keeps no such list: the share of the first one counts.
        return []


def free_mb() -> float:
    """What can be given out: of the machine, and of the limit under which this process runs."""
    import psutil

    memory = psutil.virtual_memory()
    free = memory.available / 2**20 - FREE * memory.total / 2**20
    for used, most in (
        ("/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory.max"),
        ("/sys/fs/cgroup/memory/memory.usage_in_bytes", "/sys/fs/cgroup/memory/memory.limit_in_bytes"),
    ):
        try:
            limit, taken = (int(Path(name).read_text(encoding="ascii")) / 2**20 for name in (most, used))
        except (OSError, ValueError):
            # No such limit ("max").
            continue
        if limit < memory.total / 2**20:
            free = min(free, limit * (1 - FREE) - taken)
    return free
