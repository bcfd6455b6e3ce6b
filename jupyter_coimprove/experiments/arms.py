"""Which arms a design makes of its factors, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.experiments.experiment import Arm, DesignKind, Factor
from jupyter_coimprove.experiments.levels import short

BASELINE = "baseline"
#: STATISTICS 1: a full factorial has at most four two-level factors.
MAX_FACTORIAL = 4


def arm_name(settings: Mapping[str, str], factors: Sequence[Factor], design: DesignKind) -> str:
    """What an arm with these settings is called: ``lr=0.01``, ``without scaler``, ``a=1, b=2``."""
    if not settings:
        return BASELINE
    order = {factor.name: number for number, factor in enumerate(factors)}
    dropped = {factor.name for factor in factors if factor.operator == "drop-item"}
    parts = []
    for name in sorted(settings, key=lambda n: (order.get(n, len(order)), n)):
        without = name in dropped or design == "leave-one-out"
        parts.append(f"without {name}" if without else f"{name}={short(settings[name])}")
    return ", ".join(parts)


def arms_of(design: DesignKind, factors: Sequence[Factor]) -> tuple[Arm, ...]:
    """All arms of a design, the baseline first. Raises UsageError where the design cannot be made."""
    if design == "baseline-only":
        return (Arm(name=BASELINE),)
    if design == "full-factorial":
        chosen = _factorial(factors)
    else:
        chosen = [{f.name: level} for f in factors for level in f.levels[1:]]
    names: dict[str, int] = {}
    arms = [Arm(name=BASELINE)]
    for settings in chosen:
        name = arm_name(settings, factors, design)
        names[name] = names.get(name, 0) + 1
        # Long levels are cut in names; two that are cut alike are told apart by number.
        arms.append(Arm(name=name if names[name] == 1 else f"{name} ({names[name]})", settings=settings))
    return tuple(arms)


def _factorial(factors: Sequence[Factor]) -> list[dict[str, str]]:
    if not 2 <= len(factors) <= MAX_FACTORIAL:
        raise UsageError(
            f"a full factorial takes 2 to {MAX_FACTORIAL} factors, not {len(factors)}",
            remedy="name fewer factors, or use --design one-at-a-time",
        )
    for factor in factors:
        if len(factor.levels) != 2:
            raise UsageError(
                f"a full factorial takes factors of two levels; {factor.name} has {len(factor.levels)}",
                remedy=f"name one level besides the baseline {factor.levels[0]}",
            )
    out = []
    for choice in product((0, 1), repeat=len(factors)):
        settings = {f.name: f.levels[1] for f, on in zip(factors, choice, strict=True) if on}
        if settings:
            out.append(settings)
    # One change first, then two, …: the order in which they are read and, if it comes to it, run.
    return sorted(out, key=len)
