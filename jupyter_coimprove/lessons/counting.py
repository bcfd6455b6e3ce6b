"""Shares and means with their intervals, for figures over decisions."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

_T = TypeVar("_T")
RESAMPLES = 1000
_Z = 1.959964


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A value from ``n`` items, with a 95 % interval where there are enough to have one; None without any."""

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None

    @property
    def words(self) -> str:
        """``0.42 [0.31, 0.54] of 80``, or that there is nothing yet."""
        if self.value is None:
            return "nothing to count yet"
        between = "" if self.low is None or self.high is None else f" [{self.low:.2f}, {self.high:.2f}]"
        return f"{self.value:.2f}{between} of {self.n}"


def share(hits: int, n: int) -> Figure:
    """A share of ``n``, with Wilson's interval (1927)."""
    if n == 0:
        return Figure(value=None, n=0)
    p = hits / n
    centre = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n * n)) / (1 + _Z**2 / n)
    return Figure(value=p, n=n, low=max(0.0, min(p, centre - half)), high=min(1.0, max(p, centre + half)))


def mean(values: Sequence[float], *, seed: int = 0) -> Figure:
    """A mean with the percentile interval of a bootstrap over the values; none under five of them."""
    return resampled(values, lambda some: math.fsum(some) / len(some), seed=seed)


def resampled(
    items: Sequence[_T], of: Callable[[Sequence[_T]], float], *, seed: int = 0, least: int = 5
) -> Figure:
    """Any figure of ``items`` with the percentile interval of a bootstrap over them (Efron 1979)."""
    if not items:
        return Figure(value=None, n=0)
    value = of(items)
    if len(items) < least:
        return Figure(value=value, n=len(items))
    chance = random.Random(seed)
    found = sorted(of(chance.choices(items, k=len(items))) for _ in range(RESAMPLES))
    low, high = found[int(0.025 * RESAMPLES)], found[int(0.975 * RESAMPLES) - 1]
    return Figure(value=value, n=len(items), low=low, high=high)
