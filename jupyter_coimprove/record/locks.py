"""Locks between processes of one machine: held exactly as long as their holder lives.

The operating system lets go of an advisory lock when its holder dies, by kill -9 too, so a free
lock is proof that nobody works there. Descriptors are closed on exec and in forked children: a
child never keeps its parent's lock alive.
"""

from __future__ import annotations

import json
import os
import platform
import random
import sys
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from jupyter_coimprove.errors import RecordBusy, RecordForeign, RecordReadOnly

#: Reading who holds a lock takes it for microseconds; taking one without waiting outlasts that.
_PROBE_S = 0.05
_live: weakref.WeakSet[FileLock] = weakref.WeakSet()

if sys.platform == "win32":
    import msvcrt

    #: Windows locks bytes against reading too, so the one that is locked lies far behind the text.
    _FAR = 1 << 30

    def _try(fd: int, *, shared: bool) -> bool:
        os.lseek(fd, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(fd: int) -> None:
        os.lseek(fd, _FAR, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try(fd: int, *, shared: bool) -> bool:
        try:
            fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_UN)


def _open(path: Path, *, create: bool) -> int:
    """A descriptor of the lock file; a link in its place is refused, it could name any file."""
    flags = os.O_RDWR | (os.O_CREAT if create else 0)
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    return os.open(path, flags, 0o600)


class FileLock:
    """An exclusive lock on ``path``; several objects in one process exclude each other, too.

    With ``fair`` those who wait queue: nobody who has just let go gets in before them. (Without
    it, eight writers that poll starve one another, RELIABILITY fact 9.)
    """

    def __init__(self, path: Path, *, what: str = "", fair: bool = False) -> None:
        self.path, self.what = path, what or path.name
        self._turn = path.with_name(path.name + ".turn") if fair else None
        self._fd: int | None = None
        _live.add(self)

    @property
    def held(self) -> bool:
        """Whether this object holds it."""
        return self._fd is not None

    def acquire(self, timeout: float = 10.0) -> None:
        """Take it within ``timeout`` seconds. RecordBusy names who holds it."""
        deadline = time.monotonic() + max(timeout, _PROBE_S)
        turn: int | None = None
        try:
            if self._turn is not None:
                turn = self._take(self._turn, deadline)
            self._fd = self._take(self.path, deadline)
        finally:
            if turn is not None:
                _unlock(turn)
                os.close(turn)
        self._sign()

    def release(self) -> None:
        """Let go; nothing happens when it is not held."""
        fd, self._fd = self._fd, None
        if fd is not None:
            _unlock(fd)
            os.close(fd)

    def _take(self, path: Path, deadline: float) -> int:
        try:
            fd = _open(path, create=True)
        except OSError as error:
            raise _refused(path, error) from error
        pause = 0.0002
        try:
            while not _try(fd, shared=False):
                if time.monotonic() >= deadline:
                    raise self._busy()
                time.sleep(pause * random.uniform(0.5, 1.5))
                pause = min(pause * 1.2, 0.02)
        except BaseException:
            os.close(fd)
            raise
        return fd

    def _sign(self) -> None:
        """Write who holds it, for those who wait; never needed to know whether it is held."""
        assert self._fd is not None
        text = json.dumps(
            {"pid": os.getpid(), "host": platform.node(), "what": self.what, "since": int(time.time())}
        ).encode()
        # A full disk must not keep anybody from working under the lock.
        with suppress(OSError):
            os.lseek(self._fd, 0, os.SEEK_SET)
            os.write(self._fd, text)
            os.ftruncate(self._fd, len(text))

    def _busy(self) -> RecordBusy:
        by = _read(self.path)
        who = (
            f"process {by['pid']} ({by.get('what', '?')}) on {by.get('host', '?')}"
            if by
            else "another process"
        )
        return RecordBusy(
            f"{self.what} is held by {who}", remedy="wait for it to end, or end it if it hangs, and try again"
        )

    def _forked(self) -> None:
        """In a forked child: the lock stays with the parent."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)


def _refused(path: Path, error: OSError) -> RecordForeign | RecordReadOnly:
    if path.is_symlink():
        return RecordForeign(
            f"{path} is a link, not a lock file of ours",
            remedy="remove it if you do not know where it comes from",
        )
    return RecordReadOnly(
        f"no lock can be taken in {path.parent}: {error.strerror}",
        remedy="make the folder writable, or work in a copy",
    )


def _read(path: Path) -> dict[str, Any] | None:
    try:
        fd = _open(path, create=False)
    except OSError:
        return None
    try:
        found = json.loads(os.read(fd, 4096) or b"null")
    except (ValueError, OSError):
        # Being written at this moment, or written by something else.
        return None
    finally:
        os.close(fd)
    return found if isinstance(found, dict) and "pid" in found else None


@contextmanager
def held(path: Path, *, what: str = "", timeout: float = 10.0) -> Iterator[FileLock]:
    """Hold the lock at ``path`` (its folder is made) in this block; RecordBusy names the holder."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _refused(path, error) from error
    lock = FileLock(path, what=what)
    lock.acquire(timeout)
    try:
        yield lock
    finally:
        lock.release()


def holder(path: Path) -> dict[str, Any] | None:
    """Who holds the lock now: ``{pid, host, what, since}``, or None when it is free.

    A holder that has not yet said who it is gives ``{"pid": 0}``.
    """
    try:
        fd = _open(path, create=False)
    except OSError:
        return None
    try:
        if _try(fd, shared=True):
            _unlock(fd)
            return None
    finally:
        os.close(fd)
    return _read(path) or {"pid": 0}


def _after_fork() -> None:
    for lock in list(_live):
        lock._forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
