"""How numbers look on a screen: aligned, with no more digits than their interval allows."""

from __future__ import annotations

import math
from collections.abc import Iterable

from jupyter_coimprove.evidence.printing import decimals_of, printed


def number(value: float | None, decimals: int | None = None) -> str:
    """A number to these decimals (default: four significant digits); ``–`` when there is none."""
    if value is None or not math.isfinite(value):
        return "–"
    if decimals is None:
        return f"{value:.4g}".replace("-", "−") if abs(value) < 1e5 else f"{value:,.0f}".replace("-", "−")
    return printed(value, decimals)


def interval(estimate: float | None, low: float | None, high: float | None) -> str:
    """``+0.0123 [+0.0040, +0.0206]``, all to the interval's own precision."""
    if estimate is None:
        return "–"
    half = (high - low) / 2 if low is not None and high is not None else None
    places = decimals_of(half, estimate)
    shown = printed(estimate, places, sign=True)
    if low is None or high is None:
        return shown
    return f"{shown} [{printed(low, places, sign=True)}, {printed(high, places, sign=True)}]"


def duration(seconds: float | None) -> str:
    """``0.4 s``, ``12 s``, ``4 min 10 s``, ``2 h 5 min``; empty when not known."""
    if seconds is None:
        return ""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    minutes, secs = divmod(whole, 60)
    hours, mins = divmod(minutes, 60)
    if hours:
        return f"{hours} h {mins} min" if mins else f"{hours} h"
    if minutes:
        return f"{minutes} min {secs} s" if secs else f"{minutes} min"
    return f"{secs} s"


def p(value: float | None) -> str:
    """A p-value with three decimals, ``<0.001`` below."""
    if value is None:
        return "–"
    return "<0.001" if value < 0.001 else f"{value:.3f}"


class Scale:
    """A row of characters over which intervals are drawn; zero is always on it."""

    def __init__(self, values: Iterable[float | None], *, width: int = 23) -> None:
        known = [v for v in values if v is not None and math.isfinite(v)]
        low, high = min([0.0, *known]), max([0.0, *known])
        pad = (high - low) * 0.05 or 1.0
        self.low, self.high, self.width = low - pad, high + pad, width

    def column(self, value: float) -> int:
        """The character a value falls on, 0 to width - 1."""
        share = (value - self.low) / (self.high - self.low)
        return min(self.width - 1, max(0, round(share * (self.width - 1))))

    def draw(self, estimate: float | None, low: float | None, high: float | None) -> str:
        """``    │ ├──●──┤``: zero, the interval's ends, the estimate."""
        out = [" "] * self.width
        zero = self.column(0.0)
        out[zero] = "│"
        if low is not None and high is not None:
            first, last = self.column(low), self.column(high)
            for at in range(first, last + 1):
                out[at] = "┼" if at == zero else "─"
            if first != last:
                out[first], out[last] = "├", "┤"
        if estimate is not None:
            out[self.column(estimate)] = "●"
        return "".join(out)

    def axis(self) -> str:
        """The numbers below: left end, zero, right end."""
        out = [" "] * self.width
        zero = self.column(0.0)
        left, right = f"{self.low:+.2g}".replace("-", "−"), f"{self.high:+.2g}".replace("-", "−")
        if zero > len(left):
            out[: len(left)] = left
        if self.width - zero - 1 > len(right):
            out[self.width - len(right) :] = right
        out[zero] = "0"
        return "".join(out)
