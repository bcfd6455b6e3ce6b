"""A plan on a screen: what is compared, what each arm changes, whether it can decide, what it costs."""

from __future__ import annotations

from jupyter_coimprove.interfaces.display.numbers import duration, number
from jupyter_coimprove.interfaces.display.sheet import (
    Block,
    Cell,
    Heading,
    Items,
    Line,
    changes,
    facts,
    prose,
    table,
)
from jupyter_coimprove.interfaces.display.sheets import body
from jupyter_coimprove.workbench import views as v

#: What arms that are no treatments are there for.
_ROLES = {
    "baseline": "every factor taken away: what the others are compared with",
    "reference": "what is added in is compared with this", "whole": "shown beside, not tested",
    "repeat": "control: the same blocks again", "reseed": "control: fresh seeds, must show nothing",
    "dummy": "control: a model that knows nothing",
}  # fmt: skip
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
            ("read from", view.source), ("of each test item", view.items or ""),
            ("blocks", f"{'at most ' if view.stopping == 'sequential' else ''}{view.blocks} ({view.block_kind}), seeds: {seeds}"),
            ("beside it", "; ".join(view.also)), ("smallest effect", number(view.smallest_effect) if view.smallest_effect is not None else ""),
            ("margin", f"±{number(view.margin)}" if view.margin is not None else ""),
            ("several arms", multiplicity), ("test", view.test if view.test != "paired t" else ""), ("hypothesis", view.hypothesis or ""),
            ("prediction", " > ".join(view.prediction)),
        ),
        *_chance(view),
        Heading("Arms"),
        table(
            ("arm", "sets", ""),
            [
                (Cell(arm.name, "strong"), ", ".join(f"{k} = {x}" for k, x in arm.settings.items()) or Cell("the notebook as it is"), _ROLES.get(arm.role, f"against {arm.against}" if arm.against else ""))
                for arm in view.arms
            ],
            fixed="1",
        ),
    ]  # fmt: skip
    blocks += [changes(arm.name, arm.diff) for arm in view.arms if arm.diff]
    if view.aliases:
        blocks += [Heading("Aliased by the design: one estimate for all of a line"), Items(view.aliases)]
    blocks += [
        Heading("Can it decide?"),
        power_line(view),
        *_more(view),
        Heading("Cost"),
        Line(cost_sentence(view.cost)),
    ]
    if view.rationale:
        by = f" ({view.provider})" if view.provider else ""
        blocks += [Heading("Why this plan" + by), *prose(view.rationale)]
    if view.plan_file:
        blocks.append(Line(f"edit it in {view.plan_file}", "muted"))
    return blocks


def _chance(view: v.PlanView) -> list[Block]:
    """What seeds which generator, what a block draws anew, and what is left to chance."""
    lines = list(view.chance)
    if view.uncontrolled:
        twice = "; the baseline is run twice in one block to show it" if view.repeats_baseline else ""
        lines.append("not controlled: " + "; ".join(view.uncontrolled) + twice)
    elif view.repeats_baseline and lines:
        lines.append("the baseline is run twice in one block, to show what chance is left")
    return [Heading("Chance"), Items(tuple(lines))] if lines else []


def _more(view: v.PlanView) -> list[Block]:
    """Equivalence, and what a pilot showed: spread and cost, no level and no effect."""
    lines: list[Block] = [Line(view.power.equivalence + ".")] if view.power.equivalence else []
    pilot = view.pilot
    if pilot is not None:
        spread = (
            f"spread {number(pilot.sd)}, at most {number(pilot.sd_upper)}"
            if pilot.sd is not None
            else "no spread"
        )
        took = f", {duration(pilot.run_seconds)} a run" if pilot.run_seconds is not None else ""
        lines.append(
            Line(
                f"Pilot {pilot.experiment} ({pilot.when}), blinded: {pilot.runs} baseline runs, {spread}{took}."
            )
        )
    return lines


def power_line(view: v.PlanView) -> Line:
    """Whether the plan can decide its smallest effect, in one sentence."""
    power = view.power
    effect = (
        f"an effect of {number(view.smallest_effect)}"
        if view.smallest_effect is not None
        else "the smallest effect"
    )
    basis = f" ({power.basis})" if power.basis else ""
    if power.expected_blocks is not None:
        basis += f"; it stops when all is decided, after about {power.expected_blocks:.0f} blocks for such an effect"
        basis += (
            f" (a fixed number with the same chance is {power.fixed_blocks})" if power.fixed_blocks else ""
        )
    if power.never:
        return Line(f"✗ {power.never}{basis}.", "bad")
    needed = f"; 80 % needs about {power.needed} blocks" if power.needed else ""
    if not power.reachable:
        could = f"; {power.least} could" if power.least else needed
        return Line(f"✗ {view.blocks} blocks cannot decide {effect}{could}{basis}.", "bad")
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
    if cost.disk_mb is not None:
        text += f", {cost.disk_mb:.0f} MB on the disk"
    return text + (f" ({cost.basis})" if cost.basis else "") + "."
