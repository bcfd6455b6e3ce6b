"""The bias-corrected and accelerated bootstrap of a mean difference, from 30 blocks on.

BCa (Efron 1987, JASA 82) with the small-sample expansion of Hesterberg 2015 (The American
Statistician 69, section 4): the normal quantile is replaced by ``√(n/(n−1)) · t``, without which
30 blocks reject 6.4 % of true null hypotheses instead of 5 %. The resamples are the same for
every analysis of ``n`` blocks and symmetric in the order of the differences, so that the result
depends on the differences alone and mirrors when their signs do.

With 30 blocks it rejects 5 to 6 % of true null hypotheses for normal differences and 6.5 % for
exponential ones (paired t: 7.5 %), but 7.5 to 8.5 % for heavy tails (t with 3 degrees of freedom;
paired t: 4.4 %). Where the two disagree the effect says so.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

#: Blocks from which the bootstrap replaces the paired t (STATISTICS 10).
FROM_BLOCKS = 30
RESAMPLES = 4000
_SEED = 20250101
#: Share of a standard error by which a value is told from one that equals it.
_NUDGE = 1e-9


@lru_cache(maxsize=8)
def _weights(n: int) -> np.ndarray:
    """How often each resample draws each of the sorted differences, over ``n``: RESAMPLES × n."""
    import numpy as np

    half = np.random.default_rng([_SEED, n]).multinomial(n, np.full(n, 1 / n), size=RESAMPLES // 2)
    out: np.ndarray = np.concatenate([half, half[:, ::-1]]) / n
    return out


class Bca:
    """BCa of the mean over the last axis; ``p`` and ``interval`` invert each other.

    The distribution of resampled means is continued beyond its ends as a normal one, so that a
    small level (many treatments under Holm) still has an interval and a clear effect a small p.
    Args: differences of shape (…, blocks), not constant over blocks.
    """

    def __init__(self, differences: np.ndarray) -> None:
        import numpy as np
        from scipy import special

        d = np.sort(np.asarray(differences, dtype=float), axis=-1)
        self.n = d.shape[-1]
        self.shape = d.shape[:-1]
        d = d.reshape(-1, self.n)
        self.means = np.sort(d @ _weights(self.n).T, axis=-1)
        self.mean = d.mean(axis=-1)
        self.error = d.std(axis=-1, ddof=1) / np.sqrt(self.n)
        self.quantiles = special.ndtri(np.arange(1, RESAMPLES + 1) / (RESAMPLES + 1))
        centred = d - self.mean[:, None]
        self.a = (centred**3).sum(axis=-1) / (6 * (centred**2).sum(axis=-1) ** 1.5)
        nudge = _NUDGE * self.error
        self.z0 = (self._z(self.mean - nudge) + self._z(self.mean + nudge)) / 2

    def _z(self, at: np.ndarray) -> np.ndarray:
        """Normal quantile of the share of resampled means below ``at``."""
        import numpy as np

        z = np.array([np.interp(x, row, self.quantiles) for x, row in zip(at, self.means, strict=True)])
        beyond = np.maximum(at - self.means[:, -1], 0.0) + np.minimum(at - self.means[:, 0], 0.0)
        out: np.ndarray = z + beyond / self.error
        return out

    def _at(self, z: np.ndarray) -> np.ndarray:
        """The inverse of ``_z``."""
        import numpy as np

        x = np.array([np.interp(q, self.quantiles, row) for q, row in zip(z, self.means, strict=True)])
        beyond = np.maximum(z - self.quantiles[-1], 0.0) + np.minimum(z - self.quantiles[0], 0.0)
        out: np.ndarray = x + beyond * self.error
        return out

    def p(self, shift: float = 0.0) -> np.ndarray:
        """Two-sided p that the mean difference is ``shift``."""
        import numpy as np
        from scipy import special

        # Resampled means that equal the shift count against rejecting it.
        at = shift + np.sign(self.mean - shift) * _NUDGE * self.error
        y = self._z(at) - self.z0
        t = (y / (1 + self.a * y) - self.z0) / np.sqrt(self.n / (self.n - 1))
        out: np.ndarray = (2 * special.stdtr(self.n - 1, -np.abs(t))).reshape(self.shape)
        return out

    def interval(self, alpha: float) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper end at confidence ``1 − alpha``."""
        import numpy as np
        from scipy import special

        t = float(special.stdtrit(self.n - 1, 1 - alpha / 2)) * np.sqrt(self.n / (self.n - 1))
        low, high = (
            self._at(self.z0 + u / (1 - self.a * u)).reshape(self.shape) for u in (self.z0 - t, self.z0 + t)
        )
        return low, high
