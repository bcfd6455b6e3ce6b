"""One paired contrast: its p, the interval that inverts it, and which test is the right one.

Every function takes differences (treatment − baseline) whose last axis are the blocks and works
on any number of leading axes, so that the power simulation and the analysis are one procedure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from jupyter_coimprove.evidence import sequential
from jupyter_coimprove.evidence.bootstrap import FROM_BLOCKS, Bca
from jupyter_coimprove.evidence.flips import MAX_EXACT, sign_flip_interval, sign_flip_p

if TYPE_CHECKING:
    import numpy as np

    from jupyter_coimprove.evidence.effects import Method

Test = Literal["paired t", "bca", "sign-flip", "sequential"]
#: A spread below this share of the mean is rounding: the differences are one number.
CONSTANT = 1e-9
#: Contrasts bootstrapped at once (32 MB of resampled means).
_CHUNK = 1000


def method_for(n: int, *, test: Test = "paired t", ratio: float | None = None) -> Method:
    """Which procedure ``n`` blocks call for (STATISTICS 4, 9, 10); ``ratio`` is n_test / n_train."""
    if n < 2:
        return "none"
    if test == "sequential":
        return "confidence sequence"
    if ratio is not None:
        return "nadeau-bengio"
    if test == "sign-flip" and n <= MAX_EXACT:
        return "sign-flip"
    return "bca" if n >= FROM_BLOCKS and test == "bca" else "paired t"


def constant(differences: np.ndarray) -> np.ndarray:
    """Whether the differences are the same in all blocks, up to rounding; shape (…)."""
    import numpy as np

    d = np.asarray(differences, dtype=float)
    out: np.ndarray = np.ptp(d, axis=-1) <= CONSTANT * np.abs(d).max(axis=-1)
    return out


def standard_error(differences: np.ndarray, ratio: float | None = None) -> np.ndarray:
    """Standard error of the mean difference; over repeated splits by Nadeau and Bengio.

    ``s · √(1/n + n_test/n_train)`` (Nadeau, Bengio 2003, Machine Learning 52, eq. 9).
    """
    import numpy as np

    d = np.asarray(differences, dtype=float)
    n = d.shape[-1]
    out: np.ndarray = d.std(axis=-1, ddof=1) * np.sqrt(1 / n + (ratio or 0.0))
    return out


def p_value(
    differences: np.ndarray, *, test: Test = "paired t", ratio: float | None = None, shift: float = 0.0
) -> np.ndarray:
    """Two-sided p that the mean difference is ``shift``; NaN where no test is made.

    No test is made of fewer than two blocks, nor where all differences are zero and ``shift``
    is zero too. Differences that are one and the same number have no spread to
    compare with: their signs are all that is left, so p is that of the sign-flip test, 2¹⁻ⁿ.
    (Of repeated splits not even that: their differences are not independent.)
    """
    import numpy as np
    from scipy import special

    d = np.asarray(differences, dtype=float)
    n = d.shape[-1]
    out = np.full(d.shape[:-1], np.nan)
    method = method_for(n, test=test, ratio=ratio)
    if method == "none":
        return out
    if method == "confidence sequence":
        still = (d == 0).all(axis=-1) & (shift == 0)
        return np.where(still, np.nan, sequential.p_path(d, shift)[..., -1])
    flat = np.asarray(constant(d))
    moved = d - shift
    same = flat & (np.abs(moved).max(axis=-1) > 0)
    if ratio is None:
        out[same] = 2.0 ** (1 - n)
    rest = ~flat
    if not rest.any():
        return out
    if method == "sign-flip":
        out[rest] = sign_flip_p(moved[rest])
    elif method == "bca":
        rows = d[rest]
        pieces = [rows[at : at + _CHUNK] for at in range(0, len(rows), _CHUNK)]
        out[rest] = np.concatenate([Bca(piece).p(shift) for piece in pieces])
    else:
        t = moved[rest].mean(axis=-1) / standard_error(d[rest], ratio)
        out[rest] = 2 * special.stdtr(n - 1, -np.abs(t))
    return out


def interval(
    differences: np.ndarray, alpha: float, *, test: Test = "paired t", ratio: float | None = None
) -> tuple[float, float] | None:
    """The shifts that ``p_value`` does not put below ``alpha``; None where that is every number.

    Args: differences of shape (blocks,). All zero gives (0, 0) without a test.
    """
    import numpy as np
    from scipy import special

    d = np.asarray(differences, dtype=float)
    n = len(d)
    if n and not d.any():
        return 0.0, 0.0
    method = method_for(n, test=test, ratio=ratio)
    if method == "none":
        return None
    if method == "confidence sequence":
        at, half = (float(x[-1]) for x in sequential.half_widths(d, alpha))
        return (at - half, at + half) if np.isfinite(half) else None
    if bool(constant(d)):
        mean = float(d.mean())
        return (mean, mean) if ratio is None and 2.0 ** (1 - n) <= alpha else None
    if method == "sign-flip":
        ends = sign_flip_interval(d, alpha)
        if ends is None:
            return None
        low, high = ends
    elif method == "bca":
        low, high = (float(end) for end in Bca(d).interval(alpha))
    else:
        half = float(special.stdtrit(n - 1, 1 - alpha / 2) * standard_error(d, ratio))
        low, high = float(d.mean()) - half, float(d.mean()) + half
    # An end that is zero but for rounding is zero, which the test does not reject.
    slack = CONSTANT * float(np.abs(d).max())
    return (0.0 if abs(low) <= slack else low), (0.0 if abs(high) <= slack else high)


def equivalence_p(
    differences: np.ndarray, margin: float, *, test: Test = "paired t", ratio: float | None = None
) -> np.ndarray:
    """The larger of the two one-sided p that the mean lies outside ``±margin`` (TOST).

    At most ``alpha`` exactly when the interval at ``1 − 2·alpha`` lies within the margin
    (Schuirmann 1987); of a confidence sequence, whose two sides may fail at different times, when
    the interval at ``1 − alpha`` does. NaN where no test is made. Args: differences of shape (…, blocks).
    """
    import numpy as np

    d = np.asarray(differences, dtype=float)
    sides = []
    for sign in (1.0, -1.0):
        two = p_value(d, test=test, ratio=ratio, shift=sign * margin)
        inside = sign * d.mean(axis=-1) < margin
        if test == "sequential":
            sides.append(np.where(inside | np.isnan(two), two, 1.0))
        else:
            sides.append(np.where(inside, two / 2, 1 - two / 2))
    out: np.ndarray = np.maximum(*sides)
    return out
