"""A t interval that holds at every number of blocks at once, so that one may stop when it decides.

The scale-invariant mixture of Lindon, Ham, Tingley and Bojinov (2022, "Anytime-valid inference
in linear models and regression-adjusted causal inference", arXiv 2210.08589, for one
mean): with a prior ``N(0, σ²/φ)`` of the mean and the right Haar prior of the scale, the
Bayes factor against mean ``δ`` after ``n`` differences with mean ``m`` and residual sum of squares
``S`` is

    B(n, δ) = √(φ/(φ+n)) · ((1 + u) / (1 + u·φ/(φ+n)))^(n/2),   u = n·(m − δ)²/S.

It is a martingale of what the scale leaves of the differences, so that it exceeds ``1/α`` at any
time with probability at most ``α`` (Ville), however long one looks; the ``δ`` it does not reject
are a confidence sequence. Differences are normal by assumption, as with the paired t.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

#: φ: how many differences the prior is worth. One decides effects of one to two spreads soonest.
PRIOR = 1.0
#: Of the simulation behind ``blocks_needed``: the same question has the same answer.
_SEED = 20261125


def _moments(differences: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The number, mean and residual sum of squares after each block, over the last axis."""
    import numpy as np

    d = np.asarray(differences, dtype=float)
    n = np.arange(1, d.shape[-1] + 1)
    # Shifted by the first difference: sums of squares of large, nearly equal numbers cancel.
    first = d[..., :1]
    c = d - first
    mean = np.cumsum(c, axis=-1) / n
    rest = np.maximum(np.cumsum(c * c, axis=-1) - n * mean**2, 0.0)
    # What is left of rounding is no spread.
    rest = np.where(rest <= 1e-18 * n * np.maximum.accumulate(d * d, axis=-1), 0.0, rest)
    return n, mean + first, rest


def log_bayes(differences: np.ndarray, shift: float = 0.0) -> np.ndarray:
    """log B after each block against the mean ``shift``; shape as the differences (…, blocks)."""
    import numpy as np

    n, mean, rest = _moments(differences)
    share = PRIOR / (PRIOR + n)
    squared = n * (mean - shift) ** 2
    # log((1 + u) / (1 + share·u)) with u = squared/rest, which may be infinite; 0/0 says nothing.
    top, bottom = rest + squared, rest + share * squared
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.where(top > 0, np.log(top / bottom), 0.0)
    out: np.ndarray = 0.5 * np.log(share) + n / 2 * gain
    return out


def p_path(differences: np.ndarray, shift: float = 0.0) -> np.ndarray:
    """The p after each block: ``min(1, 1/B)``; at most ``α`` at any time with probability ``α`` if true."""
    import numpy as np

    out: np.ndarray = np.exp(-np.maximum(log_bayes(differences, shift), 0.0))
    return out


def half_widths(differences: np.ndarray, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean and half width of the confidence sequence after each block; infinite while it is the whole line.

    At ``α = .05`` it takes five blocks for finite ends, whatever the spread.
    """
    import numpy as np

    n, mean, rest = _moments(differences)
    share = PRIOR / (PRIOR + n)
    bar = np.exp((2 / n) * (-np.log(alpha) - 0.5 * np.log(share)))
    with np.errstate(divide="ignore", invalid="ignore"):
        half = np.sqrt(rest / n * (bar - 1) / (1 - share * bar))
    out: np.ndarray = np.where(share * bar < 1, half, np.inf)
    return mean, out


def stop_blocks(differences: np.ndarray, alpha: float, *, margin: float | None = None) -> np.ndarray:
    """After how many blocks each row is decided for the first time; 0 where it is not within them.

    Decided: the confidence sequence leaves 0 out (different), or lies within ``±margin``
    (equivalent). Args: differences of shape (…, blocks); ``alpha`` that of one treatment.
    """
    import numpy as np

    mean, half = half_widths(differences, alpha)
    decided = np.abs(mean) > half
    if margin is not None:
        decided |= np.abs(mean) + half < margin
    out: np.ndarray = np.where(decided.any(axis=-1), decided.argmax(axis=-1) + 1, 0)
    return out


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a sequential design does with an effect: probability that it decides, mean blocks it takes."""

    decided: float
    blocks: float


def expected(
    effect: float, *, treatments: int, most: int, alpha: float, rng: np.random.Generator, simulations: int = 2000
) -> Expected:  # fmt: skip
    """Simulate the registered rule when every treatment has ``effect`` (in spreads of the difference).

    Blocks run until the last treatment is decided, at most ``most``; treatments share the
    baseline's noise, and Bonferroni divides ``alpha`` among them.
    """
    import numpy as np

    noise = rng.standard_normal((simulations, treatments + 1, most))
    d = (noise[:, 1:] - noise[:, :1]) / np.sqrt(2) + effect
    stops = stop_blocks(d, alpha / treatments)
    until = np.where(stops > 0, stops, most).max(axis=1)
    return Expected(decided=float((stops > 0).mean()), blocks=float(until.mean()))


@lru_cache(maxsize=256)
def blocks_needed(effect: float, alpha: float, *, aim: float = 0.8, most: int = 1000) -> int | None:
    """The blocks by which the rule decides ``effect`` (in spreads) with probability ``aim``; None: over ``most``."""
    import numpy as np

    size, noise = 64, np.random.default_rng([_SEED]).standard_normal((400, most))
    while size < 2 * most:
        stops = stop_blocks(noise[:, :size] + effect, alpha)
        if (stops > 0).mean() >= aim:
            return int(np.quantile(np.where(stops > 0, stops, most), aim, method="higher"))
        size *= 2
    return None
