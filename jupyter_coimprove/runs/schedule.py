"""What runs next: all arms of a block before the next block, so that pairs are complete early."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from jupyter_coimprove.runs.run import Work


class RunQueue:
    """The runs that wait, in order, for an engine's workers; safe to use from several threads.

    Order: block as first seen, replicate, arm (as first seen, or as ``reorder`` says), attempt.
    A run that comes back after a lost worker therefore completes its block first.
    """

    def __init__(self, works: Iterable[Work] = (), *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._changed = threading.Condition()
        self._waiting: list[Work] = []
        self._blocks: dict[int, int] = {}
        self._arms: dict[str, int] = {}
        self._dropped: set[str] = set()
        self._paused = False
        self._closed = False
        self._cancelled = False
        self.push(works)

    def push(self, works: Iterable[Work]) -> None:
        """Let these runs wait too. Runs of a dropped arm are not taken in."""
        with self._changed:
            for work in works:
                if work.arm in self._dropped:
                    continue
                self._blocks.setdefault(work.block, len(self._blocks))
                self._arms.setdefault(work.arm, len(self._arms))
                self._waiting.append(work)
            self._sort()
            self._changed.notify_all()

    def _sort(self) -> None:
        self._waiting.sort(
            key=lambda w: (self._blocks[w.block], w.replicate, self._arms[w.arm], w.attempt, w.run)
        )

    def next(self, timeout: float) -> Work | None:
        """The next run, or None after ``timeout`` seconds with none due (also while paused)."""
        until = self._now() + timeout
        with self._changed:
            while not self._waiting or self._paused:
                left = until - self._now()
                if left <= 0 or self._over():
                    return None
                self._changed.wait(left)
            return self._waiting.pop(0)

    def done(self) -> bool:
        """True once ``drain`` or ``cancel`` was called and nothing waits."""
        with self._changed:
            return self._over()

    def _over(self) -> bool:
        return self._closed and not self._waiting

    def __len__(self) -> int:
        with self._changed:
            return len(self._waiting)

    @property
    def closed(self) -> bool:
        """Whether ``drain`` or ``cancel`` was called."""
        with self._changed:
            return self._closed

    @property
    def paused(self) -> bool:
        with self._changed:
            return self._paused

    @property
    def held(self) -> Literal["", "paused", "cancelled"]:
        """Why nothing that was given out is to begin now; empty when it may."""
        with self._changed:
            return "cancelled" if self._cancelled else "paused" if self._paused else ""

    def waiting(self) -> tuple[Work, ...]:
        """What waits, in the order in which it would be given out."""
        with self._changed:
            return tuple(self._waiting)

    def pause(self) -> None:
        """Give nothing out; runs that are under way go on."""
        with self._changed:
            self._paused = True
            self._changed.notify_all()

    def resume(self) -> None:
        with self._changed:
            self._paused = False
            self._changed.notify_all()

    def drop(self, arm: str) -> tuple[Work, ...]:
        """Take an arm out for good; returns its runs that waited."""
        with self._changed:
            gone = tuple(work for work in self._waiting if work.arm == arm)
            self._dropped.add(arm)
            self._waiting = [work for work in self._waiting if work.arm != arm]
            self._changed.notify_all()
        return gone

    def remove(self, run: str) -> bool:
        """Take one run out for good; False when it does not wait."""
        with self._changed:
            left = [work for work in self._waiting if work.run != run]
            found = len(left) < len(self._waiting)
            self._waiting = left
            self._changed.notify_all()
        return found

    def reorder(self, arms: Sequence[str]) -> None:
        """These arms first, in this order, within every block; the others after them as before."""
        with self._changed:
            rest = [arm for arm in sorted(self._arms, key=lambda a: self._arms[a]) if arm not in set(arms)]
            self._arms = {arm: place for place, arm in enumerate([*dict.fromkeys(arms), *rest])}
            self._sort()
            self._changed.notify_all()

    def cancel(self) -> tuple[Work, ...]:
        """Nothing more will be given out; returns what waited."""
        with self._changed:
            gone = tuple(self._waiting)
            self._waiting = []
            self._closed = self._cancelled = True
            self._paused = False
            self._changed.notify_all()
        return gone

    def drain(self) -> None:
        """No more runs will be pushed: done when those that wait are given out."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


def eta(done_seconds: Sequence[float], left: int, workers: int) -> float | None:
    """Seconds until ``left`` runs (waiting or under way) are through; None before one is known.

    The mean of what runs took, times the rounds that ``workers`` need: early on it errs upwards.
    """
    if left <= 0:
        return 0.0
    if not done_seconds:
        return None
    rounds = -(-left // max(1, workers))
    share = left / max(1, workers)
    return statistics.fmean(done_seconds) * max(share, 1.0 if rounds == 1 else share)
