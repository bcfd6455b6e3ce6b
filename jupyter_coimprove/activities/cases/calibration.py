"""Whether a model is as often right as it is sure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_coimprove.activities.slices.measure import interval

if TYPE_CHECKING:
    import numpy as np

BINS = 10
#: Resamples behind an interval, and items that are resampled at most.
_DRAWS, _ITEMS = 400, 20_000


@dataclass(frozen=True, kw_only=True)
class Bin:
    """Items of about the same confidence: how sure the model was on average, and how often right (95 % interval)."""

    items: int
    confidence: float
    right: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """``error`` is the mean gap of confidence and correctness over the bins (ECE; Naeini, Cooper, Hauskrecht 2015).

    ``low`` to ``high`` is its 95 % interval (basic bootstrap over items); ``chance`` is what perfectly
    calibrated scores stay under in 95 % of such samples. ``bins`` hold equally many items.
    """

    error: float
    low: float
    high: float
    chance: float
    bins: tuple[Bin, ...]

    @property
    def off(self) -> bool:
        """Whether it is worse than chance explains."""
        return self.error > self.chance


def calibration(confidence: np.ndarray, right: np.ndarray, seed: int = 0) -> Calibration:
    """Both of shape (items,): the probability of what was predicted, and whether that was so (0 or 1)."""
    import numpy as np

    draw = np.random.default_rng(seed)
    order = np.argsort(confidence, kind="stable")
    parts = [part for part in np.array_split(order, BINS) if len(part)]
    bins = []
    for part in parts:
        low, high = interval(right[part].astype(float), 0.05) if len(part) > 1 else (0.0, 1.0)
        bins.append(
            Bin(
                items=len(part), confidence=float(confidence[part].mean()), right=float(right[part].mean()),
                low=low, high=high,
            )
        )  # fmt: skip
    error = _error(confidence, right)
    n = min(len(right), _ITEMS)
    drawn, calm = [], []
    for _ in range(_DRAWS):
        some = draw.integers(0, len(right), n)
        drawn.append(_error(confidence[some], right[some]))
        calm.append(_error(confidence[some], (draw.random(n) < confidence[some]).astype(float)))
    first, last = np.quantile(drawn, [0.025, 0.975])
    return Calibration(
        error=error, low=max(0.0, float(2 * error - last)), high=max(error, float(2 * error - first)),
        chance=float(np.quantile(calm, 0.95)), bins=tuple(bins),
    )  # fmt: skip


def _error(confidence: np.ndarray, right: np.ndarray) -> float:
    import numpy as np

    order = np.argsort(confidence, kind="stable")
    gaps = [
        abs(float(right[part].mean() - confidence[part].mean())) * len(part)
        for part in np.array_split(order, BINS)
        if len(part)
    ]
    return float(sum(gaps) / len(order))
