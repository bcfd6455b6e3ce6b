"""Whether the arms of a plan are those of its design, also after a person edited them."""

from __future__ import annotations

from jupyter_coimprove.errors import PlanError
from jupyter_coimprove.experiments import factorial
from jupyter_coimprove.experiments.controls import drives
from jupyter_coimprove.experiments.dummies import checked
from jupyter_coimprove.experiments.experiment import CROSSED, DUMMY, Arm, Plan
from jupyter_coimprove.experiments.probes import spots as probes

#: Which roles the arms beside the treatments may have, by design.
_SHOWN = {"baseline-only": ("baseline",), "add-one-in": ("baseline", "whole"), "both": ("added", "reference")}
_CONTROLS = ("treatment", "repeat", "reseed", "dummy")


def check_design(plan: Plan) -> None:
    """PlanError where the arms cannot be read as the plan's design."""
    known = (*_CONTROLS, *_SHOWN.get(plan.design, ()))
    for arm in plan.arms:
        if arm.role not in known:
            raise PlanError(
                f"arm {arm.name} is a {arm.role!r} arm, which a {plan.design} design has not",
                remedy="leave its role out, or plan with the design that has it",
            )
    _controls(plan)
    if plan.design == "probe":
        _probe(plan)
        return
    if plan.design == "baseline-only":
        if plan.treatments:
            raise PlanError(
                "a plan of the baseline alone has no other arms", remedy="change design, or drop them"
            )
        return
    if not plan.treatments:
        raise PlanError(
            "the plan has no arm besides the baseline", remedy="add one, or use design baseline-only"
        )
    if plan.design in CROSSED:
        _crossed(plan)
    elif plan.design == "add-one-in":
        _added(plan.baseline, plan.treatments)
    else:
        single = [arm for arm in plan.treatments if arm.role == "treatment"]
        for arm in single:
            if len(arm.settings) > 1:
                raise PlanError(
                    f"arm {arm.name} changes {len(arm.settings)} things at once in a {plan.design} design",
                    remedy="one change an arm, or design full-factorial",
                )
        if plan.design == "both":
            _both(plan, single)


def _probe(plan: Plan) -> None:
    """A probe has its own arms, and no code but what is made for them."""
    probes.Spots.from_dict(plan.extra.get("probe"))
    for arm in plan.arms:
        if arm.name not in probes.MODES:
            raise PlanError(f"arm {arm.name} is none of a probe's", remedy="probe again")
    if plan.seeding_cell is not None or any(factor.places for factor in plan.factors):
        raise PlanError("a probe changes nothing but what it listens to", remedy="probe again")


def _controls(plan: Plan) -> None:
    """A control arm changes nothing of the baseline but what it is there for."""
    dummies = {factor.name: factor for factor in plan.factors if factor.kind == DUMMY}
    for arm in plan.arms:
        own = {name: level for name, level in arm.settings.items() if name not in dummies}
        if arm.role in ("repeat", "reseed", "dummy") and own != dict(plan.baseline.settings):
            raise PlanError(
                f"the control arm {arm.name} does not set what the baseline sets",
                remedy="give it the settings of the baseline, or make it a treatment",
            )
        if (len(own) < len(arm.settings)) is not (arm.role == "dummy"):
            raise PlanError(f"arm {arm.name}: a dummy model is what a dummy arm has", remedy="plan again")
        for name in arm.settings:
            if name in dummies:
                checked(dummies[name], arm.settings[name])
        if arm.role == "reseed" and not drives(plan.seeds, plan.seeding_cell):
            raise PlanError(
                "a reseed arm needs a seed that the blocks drive", remedy="set one to true under [seeds]"
            )


def _crossed(plan: Plan) -> None:
    factors = factorial.used(plan)
    full = plan.design == "full-factorial"
    least, most = (
        (2, factorial.MAX_FACTORIAL) if full else (factorial.MAX_FACTORIAL + 1, factorial.MAX_FRACTION)
    )
    if not least <= len(factors) <= most or any(len(f.levels) != 2 for f in factors):
        raise PlanError(
            f"a {plan.design.replace('-', ' ')} has {least} to {most} factors of two levels",
            remedy="use design one-at-a-time",
        )
    if full and len(plan.treatments) != 2 ** len(factors) - 1:
        raise PlanError(
            f"a full factorial of {len(factors)} factors has {2 ** len(factors) - 1} arms besides the baseline, "
            f"not {len(plan.treatments)}", remedy="put them back, or leave a whole factor out",
        )  # fmt: skip
    found = factorial.structure(plan)
    if not found.balanced or (
        found.resolution is not None and found.resolution < factorial.RESOLUTIONS["IV"]
    ):
        raise PlanError(
            f"the {len(plan.treatments) + 1} arms are no fraction in which main effects are clear of "
            "two-factor interactions",
            remedy="put back the arms that were planned, or plan again",
        )


def _added(stripped: Arm, arms: tuple[Arm, ...]) -> None:
    if stripped.role not in ("baseline", "reference"):
        raise PlanError("add-one-in compares with the stripped notebook", remedy="plan again")
    for arm in arms:
        back = set(stripped.settings) - set(arm.settings)
        same = all(stripped.settings.get(name) == level for name, level in arm.settings.items())
        if len(back) != 1 or not same:
            raise PlanError(
                f"arm {arm.name} does not put one factor back into the stripped notebook",
                remedy="set every other factor as the stripped notebook has it",
            )


def _both(plan: Plan, out: list[Arm]) -> None:
    stripped = [arm for arm in plan.arms if arm.role == "reference"]
    added = tuple(arm for arm in plan.arms if arm.role == "added")
    if len(stripped) != 1:
        raise PlanError("a design of both has one stripped reference", remedy="plan again")
    _added(stripped[0], added)
    gone = {name for arm in out for name in arm.settings}
    back = {name for arm in added for name in stripped[0].settings if name not in arm.settings}
    if gone != back or gone != set(stripped[0].settings):
        odd = ", ".join(sorted(gone ^ back)) or ", ".join(sorted(set(stripped[0].settings) - gone))
        raise PlanError(
            f"{odd} must be both left out and added in",
            remedy="take the factor out of all arms, or put it back",
        )
