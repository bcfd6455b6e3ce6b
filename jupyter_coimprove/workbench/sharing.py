"""What runs of an experiment shared, as the record keeps it, and whether it made no difference."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.registry import TOOL
from jupyter_coimprove.workbench import shelf

if TYPE_CHECKING:
    from jupyter_coimprove.record.base import Draft, Item, Record
    from jupyter_coimprove.runs.engine import Engine
    from jupyter_coimprove.workbench.works import Works

DEFAULT = "papermill"


def engine_for(record: Record, item: Item, wanted: str | None) -> str:
    """The engine an experiment runs on: the one asked for, else the one it began with, else the default.

    Sharing stays off for a notebook in which it once made a difference.
    """
    if wanted is not None:
        return wanted
    begun = item.data.get("engine")
    if begun:
        return str(begun)
    return "papermill" if turned_off(record, item) else DEFAULT


def turned_off(record: Record, item: Item) -> bool:
    """Whether sharing once made a difference in this experiment's notebook."""
    notebook = item.data.get("notebook")
    return any(
        other.data.get("sharing_failed") and other.data.get("notebook") == notebook and other.trust == "own"
        for other in record.find("experiment")
    )


def shared_of(run: Item) -> Mapping[str, Any]:
    """What one run shared: ``{cells, seconds, why, repeated}``; empty where it was not asked to."""
    environment = run.data.get("environment")
    found = environment.get("shared") if isinstance(environment, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def summary(runs: Sequence[Item]) -> dict[str, Any]:
    """Over the runs that ended: how many shared how many cells, what that saved, and why no more."""
    told = [shared_of(run) for run in runs]
    told = [one for one in told if one]
    if not told:
        return {}
    cells = [int(one.get("cells", 0)) for one in told]
    whys = Counter(str(one.get("why", "")) for one in told if one.get("why"))
    forks = [float(one["fork_s"]) for one in told if one.get("fork_s")]
    own = [
        float(run.data["seconds"]) for run in runs if shared_of(run).get("cells") and run.data.get("seconds")
    ]
    return {
        "runs": sum(count > 0 for count in cells),
        "whole": sum(count == 0 for count in cells),
        "cells": [min(cells), max(cells)],
        "repeated": sum(bool(one.get("repeated")) for one in told),
        "spared_s": round(_spared([one for one in told if one.get("cells")]), 1),
        "fork_s": round(median(forks), 3) if forks else 0.0,
        "own_s": round(median(own), 3) if own else 0.0,
        "why": [f"{why} ({count})" if count > 1 else why for why, count in whys.most_common(4)],
    }


def sentence(found: Mapping[str, Any]) -> str:
    """That in words; empty where nothing was shared or asked to be."""
    if not found:
        return ""
    low, high = found["cells"]
    span = f"{high}" if low == high else f"{low} to {high}"
    text = f"{found['runs']} runs shared {span} cells, {found['spared_s']:g} s not spent again"
    if found.get("own_s"):
        text += f" (a fork took {found['fork_s']:.2g} s, what a run did by itself {found['own_s']:.2g} s)"
    if found["whole"]:
        text += f"; {found['whole']} were executed whole"
    if found["repeated"]:
        text += f", {found['repeated']} of them again because they could not go on"
    return text + (f": {found['why'][0]}" if found["why"] else "")


def _spared(told: Sequence[Mapping[str, Any]]) -> float:
    """Seconds of shared cells that were not executed again: each of them was executed once, for one of its runs."""
    once: dict[str, list[float]] = {}
    for one in told:
        once.setdefault(str(one.get("at", "")), []).append(float(one.get("seconds", 0.0)))
    return sum(sum(seconds) - max(seconds) for seconds in once.values())


def warned(item: Item) -> tuple[str, ...]:
    """What is said of an experiment in which sharing made a difference; nothing of any other."""
    if not item.data.get("sharing_failed"):
        return ()
    return (
        "sharing cells made a difference here: the runs that show it count as failed, and runs of this notebook "
        "are executed whole from now on; run it again with --engine papermill",
    )


def verify(works: Works, record: Record, count: int, *, engine: Callable[[], Engine]) -> list[Draft]:
    """Repeat ``count`` runs that shared cells in fresh kernels, and compare; lines that say so where they differ.

    ``engine`` makes one that executes every run whole.
    """
    from jupyter_coimprove.engines.shared_prefix.compare import differences
    from jupyter_coimprove.record.base import Draft
    from jupyter_coimprove.runs.schedule import RunQueue

    if count < 1:
        return []
    runs = [
        run for run in shelf.runs_of(record, works.item.id)
        if run.state == "completed" and shared_of(run).get("cells") and run.id in works.works
    ]  # fmt: skip
    chosen = random.Random(works.item.id).sample(runs, min(count, len(runs)))
    again = {
        run.id: replace(works.works[run.id], folder=works.works[run.id].folder / "verified") for run in chosen
    }
    queue = RunQueue(again.values())
    queue.drain()
    engine().execute(queue, lambda event: None, workers=works.workers)
    told = {
        run: differences(works.works[run].folder / "output.ipynb", work.folder / "output.ipynb")
        for run, work in again.items()
    }
    item = record.get(works.item.id)
    wrong = {run: lines for run, lines in told.items() if lines}
    data: dict[str, Any] = {"verified": sorted(told)}
    if wrong:
        texts = [
            f"run {run} that shared cells is another without: {lines[0]}" for run, lines in wrong.items()
        ]
        data |= {"sharing_failed": True, "deviations": [*shelf.deviations(item), *texts]}
    drafts = [Draft(id=item.id, kind="experiment", event="verified", data=data, actor=TOOL)]
    for run in sorted(wrong):
        why = {"reason": "isolation"}
        drafts.append(Draft(id=run, kind="run", event="failed", state="failed", data=why, actor=TOOL))
    return drafts
