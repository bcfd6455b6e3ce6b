"""The exact sign-flip test of paired differences, and the interval that inverts it.

Under the null hypothesis each difference is as likely as its negative; the p value counts the
sign patterns whose sum is at least as extreme as the observed one (Fisher 1935; Pitman 1937).
A shift ``δ`` is rejected from below exactly when few subset means lie at or under it, so that
the interval's ends are order statistics of the means of all non-empty subsets (Hartigan 1969,
JASA 64: typical values).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

#: Blocks up to which all sign patterns are enumerated (2¹⁶ of them).
MAX_EXACT = 16
#: Relative slack below which two sums are the same number.
_TIE = 1e-9


@lru_cache(maxsize=MAX_EXACT)
def _subsets(n: int) -> np.ndarray:
    """Which blocks each non-empty subset has: booleans as floats, (2ⁿ − 1) × n."""
    import numpy as np

    masks = np.arange(1, 2**n)[:, None]
    out: np.ndarray = ((masks >> np.arange(n)) & 1).astype(float)
    return out


@lru_cache(maxsize=MAX_EXACT)
def _signs(n: int) -> np.ndarray:
    """Half of the sign patterns, the first sign being plus (the other half mirrors them)."""
    import numpy as np

    masks = np.arange(2 ** (n - 1))[:, None]
    flips = (masks >> np.arange(n - 1)) & 1
    out: np.ndarray = np.concatenate([np.ones((len(masks), 1)), 1.0 - 2.0 * flips], axis=1)
    return out


def sign_flip_p(differences: np.ndarray) -> np.ndarray:
    """Two-sided exact p over the last axis (2 to 16 blocks); 1 where all differences are zero.

    Args: differences of shape (…, blocks). Returns p of shape (…).
    """
    import numpy as np

    d = np.asarray(differences, dtype=float)
    n = d.shape[-1]
    if not 1 <= n <= MAX_EXACT:
        raise ValueError(f"{n} blocks cannot be enumerated")
    signs = _signs(n)
    flat = d.reshape(-1, n)
    out = np.empty(len(flat))
    chunk = max(1, 4_000_000 // len(signs))
    for start in range(0, len(flat), chunk):
        part = flat[start : start + chunk]
        sums = np.abs(part @ signs.T)
        slack = _TIE * np.abs(part).sum(axis=1, keepdims=True)
        out[start : start + chunk] = (sums >= np.abs(part.sum(axis=1, keepdims=True)) - slack).mean(axis=1)
    return out.reshape(d.shape[:-1])


def sign_flip_interval(differences: np.ndarray, alpha: float) -> tuple[float, float] | None:
    """All shifts that the two-sided test at ``alpha`` does not reject; None: none can be rejected.

    With ``n`` blocks the smallest p is 2¹⁻ⁿ, so the interval is the whole line while
    ``alpha < 2¹⁻ⁿ``. Args: differences of shape (blocks,).
    """
    import numpy as np

    d = np.asarray(differences, dtype=float)
    n = len(d)
    rank = int(alpha * 2 ** (n - 1) + _TIE)
    if rank < 1:
        return None
    subsets = _subsets(n)
    means = (subsets @ d) / subsets.sum(axis=1)
    ordered = np.sort(means)
    return float(ordered[rank - 1]), float(ordered[-rank])


def sign_flip_reachable(n: int, alpha: float) -> bool:
    """Whether ``n`` blocks can give a p of at most ``alpha`` at all."""
    return 2.0 ** (1 - n) <= alpha
