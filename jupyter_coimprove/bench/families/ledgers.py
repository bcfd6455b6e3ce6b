"""Ledgers that claims and reports are checked against: paired differences by block, and what follows from them."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from jupyter_coimprove.evidence.printing import MINUS, decimals_of, key, printed

Verdict = Literal["better", "worse", "undecided"]
LEVEL = 0.95


@dataclass(frozen=True, kw_only=True)
class Told:
    """One treatment against the baseline: the differences by block, their mean with its t interval, and the verdict.

    ``way`` is +1 where a larger response is better, else −1.
    """

    arm: str
    points: tuple[float, ...]
    estimate: float
    low: float
    high: float
    verdict: Verdict

    @property
    def blocks(self) -> int:
        return len(self.points)

    @property
    def places(self) -> int:
        """Decimals that the interval allows."""
        return max(1, min(6, decimals_of((self.high - self.low) / 2)))

    def number(self, quantity: str, *, sign: bool = True, flip: bool = False) -> str:
        """A quantity as it is printed; ``flip`` turns its sign around."""
        value = self.value(quantity)
        if quantity == "blocks":
            return str(self.blocks)
        return printed(-value if flip else value, self.places, sign=sign)

    def value(self, quantity: str) -> float:
        """``estimate``, ``low``, ``high``, ``smallest`` and ``largest`` difference of a block, ``blocks``."""
        if quantity in ("estimate", "low", "high"):
            return float(getattr(self, quantity))
        return {"smallest": min(self.points), "largest": max(self.points), "blocks": float(self.blocks)}[
            quantity
        ]


QUANTITIES = ("estimate", "low", "high", "smallest", "largest", "blocks")


def told(arm: str, points: Sequence[float], way: int) -> Told:
    """A treatment's mean difference with the interval of the paired t, and which way it is decided."""
    from scipy import stats

    n = len(points)
    mean = math.fsum(points) / n
    sd = math.sqrt(math.fsum((x - mean) ** 2 for x in points) / (n - 1))
    half = float(stats.t.ppf((1 + LEVEL) / 2, n - 1)) * sd / math.sqrt(n)
    low, high = mean - half, mean + half
    verdict: Verdict = "undecided"
    if low > 0 or high < 0:
        verdict = "better" if mean * way > 0 else "worse"
    return Told(arm=arm, points=tuple(points), estimate=mean, low=low, high=high, verdict=verdict)


def drawn(chance: random.Random, arm: str, wanted: Verdict, *, scale: float, way: int, blocks: int) -> Told:
    """A treatment with the verdict that is wanted; all its numbers differ from each other as printed, and from 0."""
    while True:
        spread = scale * chance.uniform(0.6, 1.4)
        if wanted == "undecided":
            centre = spread * chance.uniform(-0.35, 0.35)
        else:
            centre = way * (1 if wanted == "better" else -1) * spread * chance.uniform(1.2, 2.2)
        points = [round(chance.gauss(centre, spread), 6) for _ in range(blocks)]
        made = told(arm, points, way)
        shown = {made.number(q, sign=False).strip(MINUS) for q in QUANTITIES[:5]}
        if made.verdict == wanted and len(shown) == 5 and not any(float(x) == 0 for x in shown):
            return made


def as_material(tolds: Sequence[Told]) -> list[dict[str, Any]]:
    """The ledger as an item shows it."""
    return [
        {
            "arm": one.arm, "blocks": one.blocks, "estimate": round(one.estimate, 6), "low": round(one.low, 6),
            "high": round(one.high, 6), "level": LEVEL, "verdict": one.verdict, "differences": list(one.points),
        }
        for one in tolds
    ]  # fmt: skip


def path(arm: str, quantity: str) -> str:
    """The key of a number of the ledger, as findings have it."""
    return key("effects", arm, quantity)


def flat(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Every number of a ledger by its key."""
    return {
        path(str(row["arm"]), q): float(row[q]) for row in rows for q in ("estimate", "low", "high", "blocks")
    }
