"""Layers of runs whose whole process tree was killed: found by their free lock, and removed.

A layer that lies outside of its run's folder holds a lock file for as long as its worker lives.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from jupyter_coimprove.runs import isolation, layers

_LOCK = "held"
#: Between making a layer and locking it.
_YOUNG_S = 60.0


def claim(folder: Path) -> tuple[int, ...]:
    """Lock the layers of the run in ``folder`` that lie elsewhere; descriptors that hold the locks."""
    import fcntl

    held = []
    for base in layers.bases(folder)[1:]:
        if base.is_dir():
            fd = os.open(base / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held.append(fd)
    return tuple(held)


def let_go(held: Sequence[int]) -> None:
    """Give the locks back."""
    for fd in held:
        os.close(fd)


def sweep(folder: Path) -> int:
    """Remove layers of this user's that nobody holds, wherever layers can lie; returns how many."""
    try:
        import fcntl
    except ImportError:
        return 0
    count = 0
    for parent in {base.parent for base in layers.bases(folder)[1:]}:
        for entry in sorted(parent.iterdir()) if parent.is_dir() and not parent.is_symlink() else ():
            if entry.is_symlink() or not entry.is_dir() or time.time() - entry.stat().st_mtime < _YOUNG_S:
                continue
            fd = os.open(entry / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                isolation.remove_tree(entry)
                count += 1
            except BlockingIOError:
                continue
            finally:
                os.close(fd)
    return count
