"""Designs that start from the stripped notebook: each factor put back alone, and taken out alone."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.experiments.experiment import Arm, DesignKind, Factor

STRIPPED = "stripped"
WHOLE = "whole notebook"


def add_one_in(factors: Sequence[Factor]) -> list[Arm]:
    """The stripped notebook as the baseline, an arm for each factor put back, the whole beside.

    With one factor there is nothing to strip but itself; raises UsageError then.
    """
    _check(factors, "add-one-in", 2)
    nothing = _without(factors)
    return [
        Arm(name=STRIPPED, settings=nothing, role="baseline"),
        *(Arm(name=f"with {f.name}", settings=_without(factors, but=f)) for f in factors),
        Arm(name=WHOLE, role="whole"),
    ]


def both(factors: Sequence[Factor], baseline: str) -> list[Arm]:
    """Leave-one-out from the whole notebook and add-one-in from the stripped one.

    With two factors the arms of one are those of the other; raises UsageError under three.
    """
    _check(factors, "both", 3)
    return [
        Arm(name=baseline),
        *(Arm(name=f"without {f.name}", settings={f.name: f.levels[1]}) for f in factors),
        Arm(name=STRIPPED, settings=_without(factors), role="reference"),
        *(Arm(name=f"with {f.name}", settings=_without(factors, but=f), role="added") for f in factors),
    ]


def _without(factors: Sequence[Factor], but: Factor | None = None) -> dict[str, str]:
    return {factor.name: factor.levels[1] for factor in factors if factor is not but}


def _check(factors: Sequence[Factor], design: DesignKind, least: int) -> None:
    for factor in factors:
        if len(factor.levels) != 2:
            raise UsageError(
                f"{design} takes {factor.name} away in one way, not {len(factor.levels) - 1}",
                remedy="name one level that stands for without, or use --design one-at-a-time",
            )
    if len(factors) < least:
        other = "leave-one-out" if len(factors) < 2 else "full-factorial"
        raise UsageError(
            f"{design} takes at least {least} factors, not {len(factors)}: "
            + ("its arms would be the stripped and the whole notebook" if len(factors) < 2
               else "leaving one of two out is adding the other"),
            remedy=f"name more factors, or use --design {other}",
        )  # fmt: skip
