"""What arms of a notebook's experiments gained, for a model of which settings promise most."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from jupyter_coimprove.workbench import concluding, piloting, shelf

if TYPE_CHECKING:
    from jupyter_coimprove.activities.ideas.modelled import Gained
    from jupyter_coimprove.workbench.bench import Bench


def gained(bench: Bench, name: str) -> list[Gained]:
    """The arms of completed experiments of this user's on the newest one's response, oldest first.

    Only settings of values take part: what takes code away has no levels between which a model could tell.
    """
    from jupyter_coimprove.activities.ideas.modelled import Gained

    record = bench.record()
    ended = [
        item for item in record.find("experiment", notebook=name, state="completed")
        if item.trust == "own" and "blocks" in item.data and shelf.compares(item) and not piloting.blinded(record, item)
    ]  # fmt: skip
    out: list[Gained] = []
    response = ""
    for item in reversed(ended):
        plan = shelf.recorded_plan(item)
        response = response or plan.response.name
        operators = {factor.operator for factor in plan.factors}
        if plan.response.name != response or operators != {"set"}:
            continue
        found = concluding.evidence_of(record, item)
        sign = 1.0 if found.rules.direction == "max" else -1.0
        settings = {arm.name: dict(arm.settings) for arm in plan.treatments}
        baseline = {factor.name: factor.levels[0] for factor in plan.factors}
        out += [
            Gained(
                experiment=item.id, settings=settings[one.arm], baseline=baseline, gain=sign * one.estimate
            )
            for one in found.effects
            if one.arm in settings and one.estimate is not None and math.isfinite(one.estimate)
        ]
    return out[::-1]
