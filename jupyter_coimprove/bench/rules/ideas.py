"""Rules for ideas: a model of the runs, as `ideas` has it, and the settings from which it expects most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_coimprove.bench.item import Answer, Item
from jupyter_coimprove.experiments.surrogate import next_settings

if TYPE_CHECKING:
    from jupyter_coimprove.bench.rules import Instruments


def next_configuration(item: Item, instruments: Instruments) -> Answer:
    """The untested settings of the largest expected improvement."""
    del instruments
    said = item.material
    space = {name: list(levels) for name, levels in said["space"].items()}
    metric = str(said["response"]).partition(":")[0]
    runs = [({name: run[name] for name in space}, float(run[metric])) for run in said["runs"]]
    found = next_settings(space, runs, int(said["proposals"]))
    return Answer(
        value=[dict(one.settings) for one in found], confidence=0.5,
        evidence=tuple(f"{one.expected:.1f} ± {one.spread:.1f} expected" for one in found),
    )  # fmt: skip


RULES = {"next-configuration": next_configuration}
