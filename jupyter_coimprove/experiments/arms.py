"""Which arms a design makes of its factors, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jupyter_coimprove.experiments import addition, factorial
from jupyter_coimprove.experiments.experiment import CROSSED, Arm, ArmRole, DesignKind, Factor, Plan
from jupyter_coimprove.experiments.levels import short

BASELINE = "baseline"
#: What arms of these roles are called.
_ROLES: dict[ArmRole, str] = {
    "baseline": addition.STRIPPED, "reference": addition.STRIPPED, "whole": addition.WHOLE,
    "repeat": "repeat", "reseed": "reseed", "dummy": "dummy",
}  # fmt: skip
#: Roles whose arms change nothing in the code, so that ``plan.toml`` has them without settings.
UNCHANGED = ("whole", "repeat", "reseed")


def arm_name(
    settings: Mapping[str, str], factors: Sequence[Factor], design: DesignKind, role: ArmRole = "treatment"
) -> str:
    """What an arm with these settings is called: ``lr=0.01``, ``without scaler``, ``a=1, b=2``."""
    if role in _ROLES:
        return _ROLES[role]
    if not settings:
        return BASELINE
    if role == "added" or design == "add-one-in":
        kept = [factor.name for factor in factors if factor.name not in settings and factor.kind != "dummy"]
        return ", ".join(f"with {name}" for name in kept) or addition.STRIPPED
    order = {factor.name: number for number, factor in enumerate(factors)}
    without = {f.name for f in factors if _taken_out(f, design)}
    parts = []
    for name in sorted(settings, key=lambda n: (order.get(n, len(order)), n)):
        parts.append(f"without {name}" if name in without else f"{name}={short(settings[name])}")
    return ", ".join(parts)


def _taken_out(factor: Factor, design: DesignKind) -> bool:
    return factor.operator != "set" or design in ("leave-one-out", "both")


def arms_of(design: DesignKind, factors: Sequence[Factor], resolution: str | None = None) -> tuple[Arm, ...]:
    """All arms of a design, the baseline first. Raises UsageError where the design cannot be made."""
    if design == "baseline-only":
        return (Arm(name=BASELINE),)
    if design == "add-one-in":
        return tuple(addition.add_one_in(factors))
    if design == "both":
        return tuple(addition.both(factors, BASELINE))
    if design == "full-factorial":
        chosen = factorial.full(factors)
    elif design == "fractional-factorial":
        chosen = factorial.fraction(factors, resolution)
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


def main_effects(plan: Plan) -> tuple[tuple[str, str], ...]:
    """(name of the main effect, factor) of a crossed design: ``("lr=0.3", "lr")``; else empty."""
    if plan.design not in CROSSED:
        return ()
    found = [
        (arm_name({f.name: f.levels[1]}, plan.factors, plan.design), f.name) for f in factorial.used(plan)
    ]
    names = [name for name, _ in found]
    return tuple((name if names.count(name) == 1 else factor, factor) for name, factor in found)


def contrasts(plan: Plan) -> tuple[str, ...]:
    """What is tested, by name: the main effects of a crossed design, else the treatments."""
    if plan.design in CROSSED:
        return tuple(name for name, _ in main_effects(plan))
    return tuple(arm.name for arm in plan.treatments)


def unquoted(name: str) -> str:
    """An arm's name as a person types it in a shell, which takes the quotes away."""
    return name.replace('"', "").replace("'", "")
