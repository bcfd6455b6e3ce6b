"""What can be decided block by block, and what only when all runs are there (STATISTICS 16)."""

from __future__ import annotations

from jupyter_coimprove.errors import PlanError
from jupyter_coimprove.experiments.experiment import Plan

#: Blocks up to which every assignment of signs is counted (evidence/flips).
MOST_FLIPPED = 16
#: The designs whose treatments are each compared with the baseline alone.
_ONE_BY_ONE = ("one-at-a-time", "leave-one-out", "add-one-in")


def check_test(plan: Plan) -> None:
    """Refuse (PlanError) a test that the blocks do not allow."""
    if plan.test == "paired t":
        return
    if plan.stopping == "sequential":
        raise PlanError(
            f"a sequential design has its own test, not the {plan.test} test", remedy='set test = "paired t"'
        )
    if plan.block_kind in ("split", "folds"):
        raise PlanError(
            "differences over repeated splits of the same data are not independent: flipping their signs does not "
            "give their distribution", remedy='set test = "paired t", which is corrected for it',
        )  # fmt: skip
    if plan.blocks > MOST_FLIPPED:
        raise PlanError(
            f"an exact sign-flip test counts all signs, which is done up to {MOST_FLIPPED} blocks, not {plan.blocks}",
            remedy='set test = "paired t", or take fewer blocks',
        )


def check_sequential(plan: Plan) -> None:
    """Refuse (PlanError) what has no sequential form.

    A sequential design decides treatments one by one, from blocks that are independent.
    """
    if plan.multiplicity not in ("bonferroni", "primary"):
        raise PlanError(
            f"a sequential design is not tested by {plan.multiplicity}: treatments stop at different times",
            remedy='set multiplicity = "bonferroni", or name one primary arm',
        )
    if plan.design not in _ONE_BY_ONE:
        raise PlanError(
            f"a {plan.design} design cannot be sequential: its effects are estimated from all runs at once",
            remedy='set stopping = "fixed", or use design one-at-a-time',
        )
    if plan.block_kind == "split":
        raise PlanError(
            "blocks that are repeated splits of the same data are not independent, and there is no sequential "
            "form of their correction", remedy='set stopping = "fixed", or leave the split\'s seed as it is',
        )  # fmt: skip
