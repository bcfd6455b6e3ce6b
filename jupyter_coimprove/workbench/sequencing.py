"""A sequential experiment while it runs: which blocks count, which treatments are decided (STATISTICS 16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_coimprove.workbench import concluding

if TYPE_CHECKING:
    from jupyter_coimprove.experiments.experiment import Experiment, Plan
    from jupyter_coimprove.record.base import Item


def stops(experiment: Experiment, runs: list[Item]) -> dict[str, int]:
    """For each treatment that is awaited, the blocks at its decision; 0 while it is not decided."""
    from jupyter_coimprove.evidence.pairing import grid
    from jupyter_coimprove.evidence.stopping import awaited
    from jupyter_coimprove.evidence.stopping import stops as found

    rules = concluding.rules(experiment.plan, concluding.counted_blocks(experiment, runs))
    table = concluding.rows(experiment, runs)
    if not rules.blocks or not table:
        return dict.fromkeys(awaited(rules), 0)
    return found(grid(table, rules))


def saved(item: Item, plan: Plan, runs: list[Item]) -> str:
    """What it took beside the fixed design that it was planned instead of; empty where that is not known."""
    fixed = item.data.get("fixed_blocks")
    if not fixed or item.state != "completed":
        return ""
    took = [run for run in runs if run.state == "completed" and not run.data["replicate"]]
    blocks = len({run.data["block"] for run in took})
    return (
        f"{len(took)} runs over {blocks} blocks; a fixed design with the same chance to decide the effect it was "
        f"planned for takes {int(fixed) * len(plan.arms)} runs over {fixed} blocks"
    )


def undecided(experiment: Experiment, runs: list[Item]) -> tuple[str, ...]:
    """The treatments that need more blocks.

    A primary contrast keeps the others running: they are shown beside it, block by block.
    """
    found = stops(experiment, runs)
    if all(found.values()):
        return ()
    return tuple(arm.name for arm in experiment.plan.treatments if not found.get(arm.name))
