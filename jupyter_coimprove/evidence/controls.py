"""Arms beside the comparison: the baseline again, reseeded, a dummy, and what is shown for itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from jupyter_coimprove.evidence.effects import Control, Effect
from jupyter_coimprove.evidence.pairing import Grid

STOPPED = (
    "the reseed arm showed an effect here and in the experiment before: blocks do not stand for chance alone, "
    "so the analysis stops and nothing is decided"
)


def controls(found: Grid, effect_of: Callable[[str], Effect]) -> tuple[Control, ...]:
    """What each arm beside the family says (STATISTICS 8); ``effect_of`` tests one arm by itself."""
    return tuple(_control(found, arm, role, effect_of(arm)) for arm, role in found.rules.controls)


def stopped_by_reseed(effect: Effect) -> Effect:
    """The effect with no verdict, and why."""
    return replace(effect, verdict="undecided", hypothesis="undecided" if effect.hypothesis else "",
                   notes=(*effect.notes, STOPPED))  # fmt: skip


def _control(found: Grid, arm: str, role: str, effect: Effect) -> Control:
    estimate = effect.estimate
    if estimate is None:
        return Control(arm=arm, role=role, effect=effect, sentence="no pair of runs completed")
    alarm = False
    if role == "repeat":
        worst = max(abs(difference) for _, difference in effect.points)
        n = len(effect.points)
        text = (
            f"the baseline again in its own {n} blocks differs by up to {worst:.3g}: seeds do not "
            "determine the runs"
            if worst
            else f"the baseline again in its own {n} blocks gives the same: seeds determine the runs"
        )
    elif role == "reseed":
        text, alarm = _reseed(found, effect)
    elif role == "dummy":
        text, alarm = _dummy(effect)
    else:
        text = f"shown beside: {estimate:+.3g} against {found.rules.reference(arm)}; in no family of tests"
    return Control(arm=arm, role=role, effect=effect, sentence=text, alarm=alarm)


def _reseed(found: Grid, effect: Effect) -> tuple[str, bool]:
    if effect.p is None:
        return "the baseline on fresh blocks could not be tested", False
    if effect.p > found.rules.alpha:
        return f"the baseline on fresh blocks shows no effect (p = {effect.p:.2g}), as it must be", False
    text = (
        f"the baseline on fresh blocks differs by {effect.estimate:+.3g} (p = {effect.p:.2g}), though nothing "
        f"was changed: by chance in {found.rules.alpha:.0%} of experiments, else the blocks are at fault; "
        "repeat the experiment on fresh blocks"
    )
    return text, True


def _dummy(effect: Effect) -> tuple[str, bool]:
    low, high = effect.low, effect.high
    shown = f"{effect.estimate:+.3g}" + (
        f" ({low:+.3g} to {high:+.3g})" if low is not None and high is not None else ""
    )
    if effect.verdict == "worse":
        return f"a model that knows nothing is worse by {shown}: the baseline has learnt something", False
    return (
        f"a model that knows nothing differs from the baseline by {shown}: it is not shown that the baseline has "
        "learnt anything", True,
    )  # fmt: skip
