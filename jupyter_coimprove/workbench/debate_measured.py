"""What the instruments say to the options of a debate: effects that were measured here of what they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_coimprove.activities.debate.study import Measured
from jupyter_coimprove.workbench import concluding, piloting, shelf, watching

if TYPE_CHECKING:
    from jupyter_coimprove.activities.debate.position import Question
    from jupyter_coimprove.workbench.bench import Bench


def measured(bench: Bench, question: Question) -> tuple[Measured, ...]:
    """The newest effect of each option that an ended experiment of the notebook had as an arm (``lr=0.3``) or as the
    level that its baseline keeps; own experiments alone, blinded pilots never."""
    if not question.notebook:
        return ()
    record = bench.record()
    out: dict[str, Measured] = {}
    for item in reversed(record.find("experiment", notebook=question.notebook)):
        ended = item.trust == "own" and item.state in watching.ENDED and "blocks" in item.data
        if not ended or not shelf.compares(item) or piloting.blinded(record, item):
            continue
        plan = shelf.recorded_plan(item)
        baseline = {f"{factor.name}={factor.levels[0]}" for factor in plan.factors}
        arms = {
            f"{name}={level}": arm.name
            for arm in plan.treatments
            if len(arm.settings) == 1
            for name, level in arm.settings.items()
        }
        asked = {option: option.replace(" ", "") for option in question.options if option not in out}
        if not any(text in arms or text in baseline for text in asked.values()):
            continue
        finding = shelf.finding_of(record, item.id)
        state = finding.state if finding is not None and finding.trust == "own" else "no finding"
        effects = {effect.arm: effect for effect in concluding.evidence_of(record, item).effects}
        for option, text in asked.items():
            effect = effects.get(arms.get(text, ""))
            if effect is not None:
                out[option] = Measured(
                    option=option, verdict=effect.verdict, estimate=effect.estimate, low=effect.low, high=effect.high, blocks=effect.n,
                    experiment=item.id, finding=finding.id if finding is not None else "", state=state, response=plan.response.name,
                )  # fmt: skip
            elif text in baseline:
                out[option] = Measured(
                    option=option, verdict="the baseline", experiment=item.id, response=plan.response.name
                )
    return tuple(out[option] for option in question.options if option in out)
