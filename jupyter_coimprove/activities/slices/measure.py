"""How far a slice's loss stands out of the rest, what its chance is, and its intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, kw_only=True)
class Scale:
    """A loss as it is compared: 0 and 1 as they are, real numbers by their ranks (so that no outlier decides).

    ``score`` lies from 0 to 1 and has shape (items,); ``mean`` and ``variance`` are of all items.
    """

    score: np.ndarray
    binary: bool
    mean: float
    variance: float

    @classmethod
    def of(cls, loss: np.ndarray) -> Scale:
        import numpy as np

        kinds = np.unique(loss)
        binary = len(kinds) <= 2
        if binary:
            score = (loss > kinds[0]).astype(float)
        else:
            _, inverse, counts = np.unique(loss, return_inverse=True, return_counts=True)
            middle = np.cumsum(counts) - (counts - 1) / 2
            score = (middle[inverse] - 0.5) / len(loss)
        return cls(score=score, binary=binary, mean=float(score.mean()), variance=float(score.var()))

    def gain(self, sizes: np.ndarray, sums: np.ndarray) -> np.ndarray:
        """Log likelihood ratio of a slice with a loss of its own against one loss for all, in nats.

        Zero where the slice does no worse. Binary: the Bernoulli scan statistic (Kulldorff 1997);
        ranks: half the squared standard score of their mean, drawn without replacement.
        """
        import numpy as np
        from scipy import special

        n = float(len(self.score))
        inside = np.clip(sums / np.maximum(sizes, 1), 0, 1)
        worse = (sizes > 0) & (sizes < n) & (inside > self.mean)
        if self.binary:
            total = self.mean * n
            outside = np.clip((total - sums) / np.maximum(n - sizes, 1), 0, 1)
            out = (
                sizes * (special.xlogy(inside, inside) + special.xlogy(1 - inside, 1 - inside))
                + (n - sizes) * (special.xlogy(outside, outside) + special.xlogy(1 - outside, 1 - outside))
                - n * float(special.xlogy(self.mean, self.mean) + special.xlogy(1 - self.mean, 1 - self.mean))
            )
        else:
            free = self.variance * np.maximum(n - sizes, 0) / (np.maximum(sizes, 1) * (n - 1))
            with np.errstate(divide="ignore", invalid="ignore"):
                out = np.where(free > 0, (inside - self.mean) ** 2 / (2 * free), 0)
        return np.where(worse, np.maximum(out, 0), 0)

    def log_p(self, size: int, total: float) -> float:
        """Log of the chance that so many items drawn without looking have so much loss or more.

        Binary: the hypergeometric tail, exact. Ranks: the normal tail of their mean.
        """
        import numpy as np
        from scipy import special

        n = len(self.score)
        if not self.binary:
            free = self.variance * (n - size) / (size * (n - 1))
            z = (total / size - self.mean) / np.sqrt(free) if free > 0 else 0.0
            return float(special.log_ndtr(-z))
        wrong, k = round(self.mean * n), round(total)
        x = np.arange(k, min(size, wrong) + 1)
        if not len(x):
            return -np.inf

        def choose(a: float | np.ndarray, b: float | np.ndarray) -> np.ndarray:
            return np.asarray(
                special.gammaln(np.add(a, 1))
                - special.gammaln(np.add(b, 1))
                - special.gammaln(np.subtract(a, b) + 1)
            )

        each = choose(wrong, x) + choose(n - wrong, size - x) - choose(n, size)
        return float(min(0.0, special.logsumexp(each)))

    def weights(self, inside: np.ndarray) -> np.ndarray:
        """Each item's log likelihood ratio to belong to the group ``inside`` rather than to the rest; shape (items,)."""
        import numpy as np

        within = float(self.score[inside].mean())
        without = float(self.score[~inside].mean())
        if self.binary:
            a, b = (min(max(x, 1e-3), 1 - 1e-3) for x in (within, without))
            return np.asarray(np.where(self.score > 0, math.log(a / b), math.log((1 - a) / (1 - b))))
        spread = (
            self.score[inside].var() * inside.sum() + self.score[~inside].var() * (~inside).sum()
        ) / len(inside)
        return np.asarray(
            (self.score - (within + without) / 2) * (within - without) / max(float(spread), 1e-9)
        )


def interval(loss: np.ndarray, alpha: float) -> tuple[float, float]:
    """Where the expected loss lies at ``1 − alpha``: Wilson's (1927) of zeros and ones, else t. Two items at least."""
    import numpy as np
    from scipy import special

    n, mean = len(loss), float(np.mean(loss))
    if bool(np.isin(loss, (0.0, 1.0)).all()):
        z2 = float(special.ndtri(alpha / 2)) ** 2
        middle, half = mean + z2 / (2 * n), np.sqrt(z2 * (mean * (1 - mean) / n + z2 / (4 * n * n)))
        return max(0.0, float((middle - half) / (1 + z2 / n))), min(
            1.0, float((middle + half) / (1 + z2 / n))
        )
    half = float(-special.stdtrit(n - 1, alpha / 2) * np.std(loss, ddof=1) / np.sqrt(n))
    return mean - half, mean + half
