"""A plan on a screen: what is compared, what each arm changes, whether it can decide, what it costs."""

from __future__ import annotations

from jupyter_coimprove.interfaces.display.numbers import duration, number
from jupyter_coimprove.interfaces.display.sheet import (
    Block,
    Cell,
    Heading,
    Line,
    changes,
    facts,
    prose,
    table,
)
from jupyter_coimprove.interfaces.display.sheets import body
from jupyter_coimprove.workbench import views as v

_BETTER = {"max": "higher is better", "min": "lower is better"}


@body.register
def _(view: v.PlanView) -> list[Block]:
    seeds = ", ".join(view.seeds) or "none found"
    if view.seeding_cell:
        seeds += " (a recorded seeding cell is put in)"
    multiplicity = view.multiplicity + (f": {' > '.join(view.sequence)}" if view.sequence else "")
    blocks: list[Block] = [
        facts(
            ("plan", f"{view.id} ({view.state}, {view.status})"), ("question", view.question),
            ("notebook", view.notebook), ("design", view.design),
            ("response", f"{view.response} ({_BETTER.get(view.direction, view.direction)})"),
            ("blocks", f"{view.blocks} ({view.block_kind}), seeds: {seeds}"),
            ("smallest effect", number(view.smallest_effect) if view.smallest_effect is not None else ""),
            ("margin", f"±{number(view.margin)}" if view.margin is not None else ""),
            ("several arms", multiplicity), ("hypothesis", view.hypothesis or ""),
            ("prediction", " > ".join(view.prediction)),
        ),
        Heading("Arms"),
        table(
            ("arm", "sets"),
            [
                (Cell(arm.name, "strong"), ", ".join(f"{k} = {x}" for k, x in arm.settings.items()) or Cell("the notebook as it is"))
                for arm in view.arms
            ],
            fixed="1",
        ),
    ]  # fmt: skip
    blocks += [changes(arm.name, arm.diff) for arm in view.arms if arm.diff]
    blocks += [Heading("Can it decide?"), power_line(view), Heading("Cost"), Line(cost_sentence(view.cost))]
    if view.rationale:
        by = f" ({view.provider})" if view.provider else ""
        blocks += [Heading("Why this plan" + by), *prose(view.rationale)]
    if view.plan_file:
        blocks.append(Line(f"edit it in {view.plan_file}", "muted"))
    return blocks


def power_line(view: v.PlanView) -> Line:
    """Whether the plan can decide its smallest effect, in one sentence."""
    power = view.power
    effect = (
        f"an effect of {number(view.smallest_effect)}"
        if view.smallest_effect is not None
        else "the smallest effect"
    )
    basis = f" ({power.basis})" if power.basis else ""
    needed = f"; 80 % needs about {power.needed} blocks" if power.needed else ""
    if not power.reachable:
        return Line(f"✗ {view.blocks} blocks cannot decide {effect}{needed}{basis}.", "bad")
    if power.power is None:
        return Line(f"? Not known{needed}{basis}.", "open")
    enough = power.power >= 0.8
    mark = "✓" if enough else "!"
    chance = f"{mark} {view.blocks} blocks decide {effect} with a chance of {100 * power.power:.0f} %"
    return Line(chance + ("" if enough else needed) + basis + ".", "good" if enough else "open")


def cost_sentence(cost: v.CostRow) -> str:
    """Runs, seconds of one, and of all on these workers."""
    text = f"{cost.runs} runs"
    if cost.run_seconds is not None:
        text += f" of {duration(cost.run_seconds)}"
    if cost.total_seconds is not None:
        text += f", {duration(cost.total_seconds)} in all on {cost.workers} worker{'s' if cost.workers != 1 else ''}"
    return text + (f" ({cost.basis})" if cost.basis else "") + "."
