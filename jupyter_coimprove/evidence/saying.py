"""What may be said of an effect at all, before it is put into words (STATISTICS 5, 9, 10)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from jupyter_coimprove.evidence.effects import Effect, Rules, Verdict
from jupyter_coimprove.evidence.printing import decimals_of

Runs = Mapping[tuple[str, int], str]

#: How far a verdict reaches, by what the blocks vary (STATISTICS 9).
SCOPE = {
    "split": "over repeated splits of this data set",
    "folds": "on these data, over reshuffled folds",
    "init": "on this split",
    "order": "on this split",
    "none": "on this split",
    "unknown": "in these blocks",
}


def finite(value: float | None) -> float | None:
    """The number, or None when it is missing, NaN or infinite."""
    return value if value is not None and math.isfinite(value) else None


def bounds(effect: Effect) -> tuple[float, float] | None:
    """The interval, when it has two finite ends; an exact difference has none."""
    low, high = finite(effect.low), finite(effect.high)
    if low is None or high is None or effect.method == "exact difference":
        return None
    return (low, high)


def decimals(effect: Effect) -> int:
    """Decimals in which this effect is printed: two significant digits of the half width."""
    ends = bounds(effect)
    return decimals_of((ends[1] - ends[0]) / 2 if ends else None, effect.estimate)


def unchanged(effect: Effect) -> bool:
    """Whether every paired difference is zero (STATISTICS 10)."""
    return bool(effect.points) and all(difference == 0 for _, difference in effect.points)


def beyond_zero(effect: Effect) -> bool:
    """Whether the interval leaves zero out."""
    ends = bounds(effect)
    return ends is not None and (ends[0] > 0 or ends[1] < 0)


def sayable(effect: Effect, rules: Rules) -> Verdict:
    """The verdict that may be said: equivalence only with a registered margin (STATISTICS 5)."""
    return "undecided" if effect.verdict == "equivalent" and rules.margin is None else effect.verdict


def runs_of(runs: Runs, arms: Sequence[str], blocks: Sequence[int] | None = None) -> tuple[str, ...]:
    """Ids of the runs of these arms (in these blocks), each once, in the order of the mapping."""
    return tuple(
        dict.fromkeys(
            run
            for (arm, block), run in runs.items()
            if run and arm in arms and (blocks is None or block in blocks)
        )
    )


def arms_behind(rules: Rules, name: str) -> tuple[str, ...]:
    """The arms whose runs an effect rests on: its own and its reference, or all that were crossed."""
    if name in dict(rules.mains):
        return tuple(arm for arm, _ in rules.factors)
    return (rules.reference(name), name)
