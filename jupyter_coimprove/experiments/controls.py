"""Arms that are no treatments: the baseline again, on fresh seeds, and with a model that knows nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.experiments.experiment import Arm, Factor, Seed


def control_arms(
    baseline: Arm, *, repeat: bool, reseed: bool, dummy: Callable[[], Factor] | None, driven: bool
) -> tuple[tuple[Arm, ...], tuple[Factor, ...]]:
    """The control arms that are asked for (STATISTICS 8), and the factor that a dummy takes.

    Each changes of the baseline only what it is named after. ``driven``: the blocks reach a seed.
    Raises UsageError for a reseed arm where they reach none.
    """
    settings = dict(baseline.settings)
    arms: list[Arm] = []
    if repeat:
        arms.append(Arm(name="repeat", settings=settings, role="repeat"))
    if reseed:
        if not driven:
            raise UsageError(
                "blocks drive no seed here, so a reseed arm would be the baseline again",
                remedy="use --repeat, or let blocks drive seeds: --seeds all",
            )
        arms.append(Arm(name="reseed", settings=settings, role="reseed"))
    if dummy is None:
        return tuple(arms), ()
    factor = dummy()
    arms.append(Arm(name="dummy", settings={**settings, factor.name: factor.levels[1]}, role="dummy"))
    return tuple(arms), (factor,)


def drives(seeds: Collection[Seed], seeding_cell: str | None) -> bool:
    """Whether another block is another draw of anything."""
    return seeding_cell is not None or any(seed.varied for seed in seeds)
