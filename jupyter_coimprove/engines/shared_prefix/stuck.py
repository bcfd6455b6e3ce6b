"""A forked kernel that waits for a lock whose holder was not forked: no processor time, in a futex, for long."""

from __future__ import annotations

import os
import platform

REASON = "stuck"
#: A pool that a library left in the parent never answers; nothing else rests this long in a lock alone.
STILL_S = 20.0
_FUTEX = {"x86_64": "202", "aarch64": "98"}


class Still:
    """Looks at one process again and again."""

    def __init__(self) -> None:
        self._since = 0.0
        self._used = -1

    def stuck(self, pid: int, now: float) -> bool:
        """Whether its main thread has waited in a futex, and its whole process used no time, for STILL_S."""
        used = _ticks(pid)
        if used != self._used or not _waits(pid):
            self._used, self._since = used, now
            return False
        return now - self._since > STILL_S


def _ticks(pid: int) -> int:
    """What the process and its dead children used, in clock ticks."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as text:
            fields = text.read().rpartition(")")[2].split()
    except OSError:
        return -1
    return sum(int(field) for field in fields[11:15])


def _waits(pid: int) -> bool:
    """Whether the main thread is in a futex, with no live process below that it could wait for."""
    try:
        with open(f"/proc/{pid}/syscall", encoding="ascii") as text:
            number = text.read().split()[0]
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as text:
            busy = any(os.path.exists(f"/proc/{child}") for child in text.read().split())
    except (OSError, IndexError):
        return False
    return number == _FUTEX.get(platform.machine()) and not busy
