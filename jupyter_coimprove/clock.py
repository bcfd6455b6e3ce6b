"""Time and chance, passed in: stages never look at the machine's own."""

from __future__ import annotations

import datetime as _dt
import os
import time
from typing import Protocol


class Clock(Protocol):
    """What the outside world supplies: wall time, steady time, random bytes."""

    def wall_ms(self) -> int:
        """Milliseconds since 1970; may jump when the machine's clock is set."""

    def steady_s(self) -> float:
        """Seconds that only grow; for durations."""

    def random_bytes(self, n: int) -> bytes:
        """``n`` unpredictable bytes."""


class SystemClock:
    """The machine's clock and entropy."""

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def steady_s(self) -> float:
        return time.monotonic()

    def random_bytes(self, n: int) -> bytes:
        return os.urandom(n)


class FixedClock:
    """A clock for tests: advances by ``step_ms`` a look; bytes count up."""

    def __init__(self, start_ms: int = 1_700_000_000_000, step_ms: int = 1) -> None:
        self._now, self._step, self._n = start_ms, step_ms, 0

    def wall_ms(self) -> int:
        self._now += self._step
        return self._now

    def steady_s(self) -> float:
        self._now += self._step
        return self._now / 1000

    def random_bytes(self, n: int) -> bytes:
        self._n += 1
        return self._n.to_bytes(n, "big")


def iso(ms: int) -> str:
    """``2026-11-23T20:01:02.123Z`` for milliseconds since 1970."""
    moment = _dt.datetime.fromtimestamp(ms / 1000, tz=_dt.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"
