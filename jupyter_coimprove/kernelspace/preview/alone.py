"""A semaphore of processes in a process that is and stays the only one.

The system keeps semaphores in a folder that all programs share, which a copy cannot write. Pools of threads
(scikit-learn's, joblib's) ask for one all the same; where no process is made, one of threads does the same.
"""

from __future__ import annotations

import threading
from typing import Any

RECURSIVE = 0


class Semaphore:
    """``_multiprocessing.SemLock``: a recursive lock (kind 0) or a counter (kind 1)."""

    SEM_VALUE_MAX = 2**31 - 1
    name, handle = None, 0

    def __init__(
        self, kind: int, value: int, maxvalue: int, name: object = None, unlink: object = None
    ) -> None:
        self.kind, self.maxvalue = kind, maxvalue
        self._value, self._owner, self._depth = value, 0, 0
        self._changed = threading.Condition()

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """Take one; False where none came free in time."""
        with self._changed:
            if self.kind == RECURSIVE and self._is_mine():
                self._depth += 1
                return True
            free = self._changed.wait_for(lambda: self._value > 0, timeout) if block else self._value > 0
            if free:
                self._value -= 1
                self._owner = threading.get_ident()
                self._depth += 1
            return free

    def release(self) -> None:
        """Give one back. AssertionError or ValueError as of the system's own."""
        with self._changed:
            if self.kind == RECURSIVE:
                if not self._is_mine():
                    raise AssertionError("attempt to release recursive lock not owned by thread")
                self._depth -= 1
                if self._depth:
                    return
            elif self._value >= self.maxvalue:
                raise ValueError("semaphore or lock released too many times")
            else:
                self._depth -= 1
            self._value += 1
            self._changed.notify()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *rest: Any) -> None:
        self.release()

    def _is_mine(self) -> bool:
        return self._depth > 0 and self._owner == threading.get_ident()

    def _count(self) -> int:
        return self._depth

    def _get_value(self) -> int:
        return self._value

    def _is_zero(self) -> bool:
        return self._value == 0

    def _after_fork(self) -> None:
        """There is no fork here."""
