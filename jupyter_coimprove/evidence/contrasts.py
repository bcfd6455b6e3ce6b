"""One treatment against the baseline before any rule about several: differences, test, failures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_coimprove.evidence.effects import Method
from jupyter_coimprove.evidence.flips import MAX_EXACT, sign_flip_p
from jupyter_coimprove.evidence.paired import constant, equivalence_p, method_for, p_value
from jupyter_coimprove.evidence.pairing import Grid

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """The paired differences of one treatment and what their test gives by itself.

    ``sign`` is 1 where higher is better, else −1. ``failed`` are the failures of the treatment
    and of the baseline in blocks where both ran; ``forced`` says that they differ, so that
    completers cannot decide (STATISTICS 15). ``p`` is None where no test was made.
    """

    arm: str
    sign: int
    points: tuple[tuple[int, float], ...]
    n: int
    method: Method
    estimate: float | None
    spread: float | None
    correlation: float | None
    p: float | None
    p_equivalence: float | None
    sign_flip_p: float | None
    ratio: float | None
    failed: tuple[int, int]

    @property
    def forced(self) -> bool:
        return self.failed[0] != self.failed[1]

    @property
    def tested_p(self) -> float:
        """The p that enters the family: NaN (never rejected) where nothing may be concluded."""
        return math.nan if self.p is None or self.forced else self.p

    @property
    def tested_equivalence(self) -> float:
        return math.nan if self.p_equivalence is None or self.forced else self.p_equivalence


def contrast(found: Grid, arm: str, *, ratio: float | None, exact: bool) -> Contrast:
    """Compare one treatment with the baseline, block by block.

    ``ratio`` is n_test / n_train where blocks are repeated splits; ``exact`` says that the
    experiment is deterministic, so that one block shows the difference and nothing is tested.
    """
    import numpy as np

    rules = found.rules
    points = found.differences(arm)
    pairs = found.pairs(arm)
    failed = sum(t.value is None for _, t, _ in pairs), sum(z.value is None for _, _, z in pairs)
    d = np.array([difference for _, difference in points], dtype=float)
    n = len(d)
    p = equivalence = flips = None
    method = method_for(n, test=rules.test, ratio=ratio)
    if exact and n:
        method, n, points_n = "exact difference", 1, points[:1]
        d = np.array([difference for _, difference in points_n])
    elif method != "none":
        p = _number(p_value(d, test=rules.test, ratio=ratio))
        if rules.margin is not None:
            equivalence = _number(equivalence_p(d, rules.margin, test=rules.test, ratio=ratio))
        if not d.any():
            method = "none"
        elif bool(constant(d)) and rules.test != "sequential":
            method = "sign-flip" if ratio is None else "none"
        # A test of a fixed number of blocks says nothing at a time chosen by the results.
        if ratio is None and n <= MAX_EXACT and d.any() and rules.test != "sequential":
            flips = float(sign_flip_p(d))
    return Contrast(
        arm=arm, sign=1 if rules.direction == "max" else -1, points=points, n=n, method=method,
        estimate=float(d.mean()) if n else None, spread=float(d.std(ddof=1)) if n > 1 else None,
        correlation=_correlation(found, arm), p=p, p_equivalence=equivalence, sign_flip_p=flips, ratio=ratio,
        failed=failed,
    )  # fmt: skip


def _number(value: np.ndarray) -> float | None:
    return None if math.isnan(float(value)) else float(value)


def _correlation(found: Grid, arm: str) -> float | None:
    """Correlation over blocks of treatment and baseline, which is what pairing gained."""
    import numpy as np

    both = [(t.value, z.value) for _, t, z in found.pairs(arm) if t.value is not None and z.value is not None]
    values = np.array(both, dtype=float).reshape(-1, 2)
    if len(values) < 3 or (np.ptp(values, axis=0) == 0).any():
        return None
    return float(np.clip(np.corrcoef(values.T)[0, 1], -1, 1))
