"""A sequential experiment while it runs: which blocks count, which treatments are decided (STATISTICS 16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_coimprove.workbench import concluding

if TYPE_CHECKING:
    from jupyter_coimprove.experiments.experiment import Experiment
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


def undecided(experiment: Experiment, runs: list[Item]) -> tuple[str, ...]:
    """The treatments that need more blocks.

    A primary contrast keeps the others running: they are shown beside it, block by block.
    """
    found = stops(experiment, runs)
    if all(found.values()):
        return ()
    return tuple(arm.name for arm in experiment.plan.treatments if not found.get(arm.name))
