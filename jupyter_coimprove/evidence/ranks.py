"""Failures taken as the worst outcome, and how sure a failure rate is (STATISTICS 14, 15)."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_coimprove.evidence.flips import MAX_EXACT, sign_flip_p
from jupyter_coimprove.evidence.pairing import Entry


def worst_rank_p(pairs: Sequence[tuple[int, Entry, Entry]], sign: int) -> tuple[float, int] | None:
    """Two-sided p with every failure ranked worse than any response, and which arm it favours.

    A block in which one arm failed is the largest difference there is, one in which both did is
    a tie (Lachin 1999, Controlled Clinical Trials 20); then the signed-rank test, exact up to
    16 blocks. ``sign`` is 1 where higher is better, else −1; the second number is 1 where the
    treatment is favoured, −1 where the baseline is. None without two blocks that differ.
    """
    import numpy as np
    from scipy import stats

    differences = []
    for _, treatment, base in pairs:
        if treatment.value is not None and base.value is not None:
            differences.append(sign * (treatment.value - base.value))
        elif treatment.value is not None or base.value is not None:
            differences.append(np.inf if base.value is None else -np.inf)
    d = np.array(differences)
    d = d[d != 0]
    if len(d) < 2:
        return None
    signed = np.sign(d) * stats.rankdata(np.abs(d))
    favours = int(np.sign(signed.sum()))
    if len(d) <= MAX_EXACT:
        return float(sign_flip_p(signed)), favours
    z = abs(signed.sum()) / np.sqrt((signed**2).sum())
    return float(2 * stats.norm.sf(z)), favours


def clopper_pearson(k: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Exact interval of a probability from ``k`` of ``n`` (Clopper, Pearson 1934)."""
    from scipy import special

    tail = (1 - level) / 2
    low = 0.0 if k == 0 else float(special.betaincinv(k, n - k + 1, tail))
    high = 1.0 if k == n else float(special.betaincinv(k + 1, n - k, 1 - tail))
    return low, high


def failure_bound(k: int, n: int, level: float = 0.95) -> float | None:
    """One-sided exact upper bound of a failure rate; ``1 − .05^(1/n)`` for none in ``n``."""
    from scipy import special

    if n == 0:
        return None
    return 1.0 if k == n else float(special.betaincinv(k + 1, n - k, level))
