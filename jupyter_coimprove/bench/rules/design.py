"""Rules for the design of experiments: the product's own power analysis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from jupyter_coimprove.bench.item import Answer, Item
from jupyter_coimprove.errors import PlanError
from jupyter_coimprove.experiments.arms import arms_of
from jupyter_coimprove.experiments.checking import check_design
from jupyter_coimprove.experiments.experiment import CROSSED, Arm, Factor, Plan, Response
from jupyter_coimprove.experiments.power import blocks_needed

if TYPE_CHECKING:
    from jupyter_coimprove.bench.rules import Instruments


def sample_size(item: Item, instruments: Instruments) -> Answer:
    """The blocks that the registered analysis needs; of a pilot, by its standard deviation."""
    del instruments
    said = item.material
    spread = said.get("spread_of_paired_differences")
    if spread is None:
        pilot = [float(x) for x in said["pilot_differences"]]
        centre = sum(pilot) / len(pilot)
        spread = math.sqrt(sum((x - centre) ** 2 for x in pilot) / (len(pilot) - 1))
    alpha = float(said["alpha"]) / int(said["treatments"])
    blocks = blocks_needed(
        float(said["smallest_effect"]), float(spread), alpha=alpha, aim=float(said["power"])
    )
    return Answer(
        value=blocks, confidence=0.9, evidence=(f"paired t, alpha {alpha:g}, spread {float(spread):.4g}",)
    )


def ablation_plan(item: Item, instruments: Instruments) -> Answer:
    """Each part changed alone, in as many blocks as its smallest effect needs and the budget pays for."""
    del instruments
    said = item.material
    factors = [
        Factor(name=part["name"], operator="set", places=(), kind="part", levels=("kept", part.get("replacement") or "dropped"))
        for part in said["parts"]
    ]  # fmt: skip
    arms = arms_of("one-at-a-time", factors)
    pilot = [float(x) for x in said["pilot_of_the_notebook_as_it_is"]]
    centre = sum(pilot) / len(pilot)
    spread = math.sqrt(sum((x - centre) ** 2 for x in pilot) / (len(pilot) - 1))
    wanted = blocks_needed(float(said["smallest_effect"]), spread) if spread else 2
    blocks = min(
        wanted or said["blocks_most"], int(said["blocks_most"]), int(said["budget_runs"]) // len(arms)
    )
    parts = {part["name"]: part for part in said["parts"]}
    metric = str(said["response"]).partition(":")[0]
    entries = [
        {"name": arm.name, "ablated_part": name, "action": parts[name]["action"],
         "replacement": parts[name].get("replacement", ""), "metrics": [metric]}
        for arm in arms for name in arm.settings
    ]  # fmt: skip
    return Answer(
        value={"arms": entries, "blocks": blocks},
        confidence=0.8,
        evidence=(f"{len(arms)} arms in {blocks} blocks; {wanted} would find {said['smallest_effect']:g}",),
    )


def confounded_plan(item: Item, instruments: Instruments) -> Answer:
    """Whether the arms are those of the plan's design, as registration asks; a plan in code it cannot read."""
    del instruments
    said = item.material.get("plan")
    if said is None:
        return Answer()
    settings = {arm["name"]: {k: repr(v) for k, v in arm["settings"].items()} for arm in said["arms"]}
    base = settings[said["baseline"]]
    levels = {name: dict.fromkeys([base[name], *(one[name] for one in settings.values())]) for name in base}
    arms = [
        Arm(
            name=name,
            settings={factor: level for factor, level in one.items() if level != base[factor]},
        )
        for name, one in settings.items()
    ]
    factors = [
        Factor(name=name, operator="set", places=(), levels=tuple(found), kind="parameter")
        for name, found in levels.items() if len(found) > 1
    ]  # fmt: skip
    plan = Plan(
        question=str(said["question"]), notebook="", notebook_digest="", kernel=None, design=said["design"], factors=tuple(factors),
        arms=tuple(arms), seeds=(), seeding_cell=None, blocks=2, block_kind="unknown", block_numbers=(),
        response=Response(name="score", how="variable", expr="score", direction="max"),
    )  # fmt: skip
    try:
        check_design(plan)
    except PlanError as error:
        crossed = said["design"] in CROSSED
        return Answer(
            verdict="flawed", kind="aliased" if crossed else "two-changes", confidence=0.9, evidence=(error.message,)
        )  # fmt: skip
    return Answer(verdict="sound", confidence=0.6)


RULES = {"sample-size": sample_size, "ablation-plan": ablation_plan, "confounded-plan": confounded_plan}
