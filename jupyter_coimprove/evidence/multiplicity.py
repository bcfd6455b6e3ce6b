"""Several treatments against one baseline, at one level for all of them together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np

Multiplicity = Literal["fixed-sequence", "holm", "primary", "bonferroni"]


@dataclass(frozen=True, kw_only=True)
class Adjusted:
    """What the rule made of p values (…, treatments), in the same shape.

    ``p`` are adjusted p values, ``rejected`` whether they are at most alpha, ``tested`` whether
    the rule came to them, ``alpha`` the level at which each was (or would have been) tested:
    an interval at ``1 − alpha`` excludes the null value exactly where it was rejected.
    """

    p: np.ndarray
    rejected: np.ndarray
    tested: np.ndarray
    alpha: np.ndarray


def adjust(p: np.ndarray, rule: Multiplicity, alpha: float) -> Adjusted:
    """Adjust p values over the last axis, which is in the registered order.

    NaN (no test was possible) counts as 1: it stays in the family and is never rejected.
    ``fixed-sequence``: each at alpha, stopping at the first that fails (Maurer, Hothorn,
    Lehmacher 1995; Wiens 2003). ``holm``: step-down Bonferroni (Holm 1979); a treatment
    rejected at step ``i`` of ``m`` has level ``alpha/(m−i)``, all others that of the step at
    which the rule stopped. ``primary``: the first alone. ``bonferroni``: each at ``alpha/m``, which is
    what a sequential design can ask of each treatment at the time it stops.
    """
    import numpy as np

    p = np.where(np.isnan(p), 1.0, p).astype(float)
    if p.shape[-1] == 0:
        empty = p.astype(bool)
        return Adjusted(p=p, rejected=empty, tested=empty, alpha=p)
    if rule == "holm":
        return _holm(p, alpha)
    if rule == "bonferroni":
        share = alpha / p.shape[-1]
        return Adjusted(
            p=np.minimum(p * p.shape[-1], 1.0), rejected=p <= share, tested=np.ones(p.shape, dtype=bool),
            alpha=np.full(p.shape, share),
        )  # fmt: skip
    level = np.full(p.shape, alpha)
    if rule == "primary":
        tested = np.zeros(p.shape, dtype=bool)
        tested[..., 0] = True
        return Adjusted(
            p=np.where(tested, p, 1.0), rejected=tested & (p <= alpha), tested=tested, alpha=level
        )
    adjusted = np.maximum.accumulate(p, axis=-1)
    rejected = adjusted <= alpha
    tested = np.ones(p.shape, dtype=bool)
    tested[..., 1:] = rejected[..., :-1]
    return Adjusted(p=adjusted, rejected=rejected, tested=tested, alpha=level)


def _holm(p: np.ndarray, alpha: float) -> Adjusted:
    import numpy as np

    m = p.shape[-1]
    order = np.argsort(p, axis=-1, kind="stable")
    ordered = np.take_along_axis(p, order, axis=-1)
    stepped = np.minimum(np.maximum.accumulate(ordered * (m - np.arange(m)), axis=-1), 1.0)
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, stepped, axis=-1)
    rejected = adjusted <= alpha
    # Equal p values share the step of the first of them, so that the order of the arms does not matter.
    before = (p[..., None, :] < p[..., :, None]).sum(axis=-1)
    stop = np.minimum(rejected.sum(axis=-1, keepdims=True), m - 1)
    return Adjusted(
        p=adjusted, rejected=rejected, tested=np.ones(p.shape, dtype=bool),
        alpha=alpha / (m - np.where(rejected, before, stop)),
    )  # fmt: skip
