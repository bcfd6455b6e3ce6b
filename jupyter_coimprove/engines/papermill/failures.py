"""Why a run failed, from what the runner saw: never from the artifact."""

from __future__ import annotations

import errno
import re
from collections.abc import Sequence

from jupyter_coimprove.runs.run import RunError

#: A full disk, a full quota, a file over the size limit: the machine's failure, not the arm's.
DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_DISK_TEXT = re.compile(
    rf"\[Errno (?:{'|'.join(str(n) for n in sorted(DISK))})\]|No space left on device|Disk quota exceeded"
    r"|database or disk is full"
)
_MEMORY_NAMES = frozenset({"MemoryError", "_ArrayMemoryError", "OutOfMemoryError", "ResourceExhaustedError"})
_MEMORY_TEXT = re.compile(
    r"CUDA out of memory|DefaultCPUAllocator: can't allocate memory|Cannot allocate memory"
)
_INPUT = frozenset({"StdinNotImplementedError"})
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
TRACEBACK_CHARS = 4000


def reason_of_exception(name: str, value: str) -> str:
    """The reason behind an exception that ended a cell, by its name and text."""
    if name in _INPUT:
        return "needs_input"
    if name == "SystemExit":
        return "exited"
    if name in _MEMORY_NAMES or _MEMORY_TEXT.search(value):
        return "oom"
    if _DISK_TEXT.search(value):
        return "disk_full"
    return "error"


#: What to do about a folder that overlayfs cannot rename in place.
CROSSES = "a folder that was there before cannot be renamed in a private layer: use shutil.move, or COIMPROVE_ISOLATION=links"


def crosses_layers(error: RunError) -> bool:
    """Whether a run failed because it renamed a folder of the person's, which a layer does not allow."""
    return error.name == "OSError" and error.value.startswith(f"[Errno {errno.EXDEV}]")


def reason_of_death(code: int | None, *, oom_kills: int, memory_short: bool) -> tuple[str, str]:
    """The reason behind a kernel that is gone, and a sentence, from its exit code (negative: a signal).

    A kernel killed by SIGKILL died of memory when its control group counted such a kill
    meanwhile, or when memory was nearly gone when last looked at; else nobody knows by whom.
    """
    if code is None:
        return "kernel_died", "the kernel does not answer any more"
    if code >= 0:
        return "exited", f"the kernel's process ended itself with exit code {code}"
    if code == -9 and (oom_kills > 0 or memory_short):
        return "oom", "the kernel was killed (SIGKILL) when memory ran out"
    return "kernel_died", f"the kernel was ended by signal {-code}"


def traceback_tail(lines: Sequence[str]) -> str:
    """The end of a traceback as plain text, at most TRACEBACK_CHARS."""
    return _ANSI.sub("", "\n".join(lines))[-TRACEBACK_CHARS:]
