"""Rules for what is worth working on: holes of a grid of runs, slices that fail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.bench.item import Answer, Item
from jupyter_coimprove.evidence.gaps import gaps

if TYPE_CHECKING:
    from jupyter_coimprove.activities.slices.table import Column
    from jupyter_coimprove.bench.rules import Instruments


def gap_in_grid(item: Item, instruments: Instruments) -> Answer:
    """Combinations that no finished run with a number has; runs that are no table it cannot read."""
    del instruments
    runs: list[dict[str, Any]] = [run for run in item.material["runs"] if isinstance(run, dict)]
    if not runs:
        return Answer()
    levels = item.material.get("factors") or {
        name: list(dict.fromkeys(run["params"][name] for run in runs)) for name in runs[0]["params"]
    }
    ended = [
        {**run["params"], "seed": run["seed"]}
        for run in runs
        if run["state"] == "finished" and run["score"] is not None
    ]
    found = gaps(levels, ended, item.material.get("seeds", ()), "seed")
    return Answer(
        value=[dict(one) for one in found],
        confidence=0.8,
        evidence=(f"{len(found)} of the grid without a finished run",),
    )


def failing_slice(item: Item, instruments: Instruments) -> Answer:
    """The rows of the slice whose loss stands out furthest; no slice, no row."""
    import numpy as np

    from jupyter_coimprove.activities.slices.finding import find
    from jupyter_coimprove.activities.slices.table import members

    del instruments
    *names, truth, said = item.material["columns"]
    table = list(zip(*item.material["rows"], strict=True))
    columns = [_column(name, values) for name, values in zip(names, table, strict=False)]
    label, predicted = (np.array(values, dtype=float) for values in table[-2:])
    loss = np.abs(label - predicted)
    if np.equal(predicted, predicted.round()).all():
        loss = (label != predicted).astype(float)
    found = find(columns, loss, most=1).slices
    if not found:
        return Answer(value=[])
    rows = np.flatnonzero(members(columns, found[0].conditions))
    return Answer(
        value=[int(row) for row in rows],
        confidence=0.8,
        evidence=(f"{found[0].text()}: p {found[0].p:.2g}, {truth} against {said}",),
    )


def _column(name: str, values: Sequence[Any]) -> Column:
    import numpy as np

    from jupyter_coimprove.activities.slices.table import Column

    if any(isinstance(value, str) for value in values):
        levels = sorted({value for value in values if value is not None})
        codes = np.array([-1 if value is None else levels.index(value) for value in values], dtype=np.int32)
        return Column(name=name, values=codes, levels=tuple(levels))
    return Column(
        name=name, values=np.array([np.nan if value is None else value for value in values], dtype=float)
    )


RULES = {"gap-in-grid": gap_in_grid, "failing-slice": failing_slice}
