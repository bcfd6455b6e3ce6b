"""What runs of an experiment shared, as the record keeps it, and whether it made no difference."""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.registry import TOOL
from jupyter_coimprove.workbench import shelf
from jupyter_coimprove.workbench.rows import SharedRow

if TYPE_CHECKING:
    from jupyter_coimprove.experiments.experiment import Arm, Plan
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.record.base import Draft, Item, Record
    from jupyter_coimprove.runs.engine import Engine
    from jupyter_coimprove.workbench.works import Works

#: Where nothing speaks against it.
DEFAULT = "shared"


def engine_for(record: Record, item: Item, wanted: str | None) -> str:
    """The engine an experiment runs on: the one asked for, else the one it began with, else the default.

    Sharing stays off for a notebook in which it once made a difference, and where a kernel cannot be forked.
    """
    if wanted is not None:
        return wanted
    begun = item.data.get("engine")
    if begun and str(begun) != DEFAULT:
        return str(begun)
    return "papermill" if whole_because(record, item, wanted) else DEFAULT


def whole_because(record: Record, item: Item, wanted: str | None) -> str:
    """Why runs are executed whole although nobody asked for it; empty where they share, or somebody did.

    Only a run can tell whether private layers can be entered in its folder: the shared engine then executes it
    whole and says so.
    """
    if wanted is not None:
        return ""
    begun = item.data.get("engine")
    if begun and str(begun) != DEFAULT:
        return str(item.data.get("whole", ""))
    if turned_off(record, item):
        return "sharing cells once made a difference in this notebook"
    return whole_here()


def whole_here() -> str:
    """Why no run shares cells on this machine; empty where they may."""
    if sys.platform != "linux":
        return "only Linux forks a kernel safely"
    if os.environ.get("COIMPROVE_ISOLATION") == "links":
        return "runs have no private layers, as COIMPROVE_ISOLATION=links asks"
    return ""


def turned_off(record: Record, item: Item) -> bool:
    """Whether sharing once made a difference in this experiment's notebook."""
    notebook = item.data.get("notebook")
    return any(
        other.data.get("sharing_failed") and other.data.get("notebook") == notebook and other.trust == "own"
        for other in record.find("experiment")
    )


def alone(plan: Plan, arm: Arm, replicate: int) -> str:
    """Why a run must not go on from what another one executed, as it would draw the same numbers; empty where it may."""
    if replicate:
        return "a repeat is there to show what differs by itself"
    if plan.design == "baseline-only" or arm.name in {control.name for control in plan.controls}:
        return f"runs of {arm.name} are there to show how far they differ by themselves"
    return ""


def chance_left(notebook: Notebook, plan: Plan) -> str:
    """Chance that neither the blocks nor the notebook drive: what is drawn once would count as many times."""
    from jupyter_coimprove.experiments.redrawn import uncontrolled
    from jupyter_coimprove.workbench.planning import reading_of

    left = uncontrolled(reading_of(notebook), notebook, plan.seeding_cell)
    return f"nothing drives its chance: {left[0]}" if left else ""


def shared_of(run: Item) -> Mapping[str, Any]:
    """What one run shared: ``{cells, seconds, why, repeated}``; empty where it was not asked to."""
    environment = run.data.get("environment")
    found = environment.get("shared") if isinstance(environment, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def shared_row(run: Item) -> SharedRow | None:
    """The same for a window; ``RunRow.seconds`` is what the run did by itself."""
    found = shared_of(run)
    if not found:
        return None
    seconds, fork_s = (float(found.get(name) or 0.0) for name in ("seconds", "fork_s"))
    return SharedRow(
        cells=int(found.get("cells", 0)), seconds=seconds, fork_s=fork_s, why=str(found.get("why", ""))
    )


def whole_seconds(run: Item) -> float:
    """What a run would take if it were executed whole: what it did by itself, and what it shares."""
    return float(run.data.get("seconds") or 0.0) + float(shared_of(run).get("seconds") or 0.0)


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
    if not found["runs"]:
        text = "every run was executed whole"
        if found["repeated"]:
            text += f", {found['repeated']} of them again because they could not go on"
        return text + (f": {found['why'][0]}" if found["why"] else "")
    low, high = found["cells"]
    span = f"{high}" if low == high else f"{low} to {high}"
    text = f"{found['runs']} runs shared {span} cell{'' if span == '1' else 's'}, {found['spared_s']:g} s not spent again"
    if found.get("own_s"):
        text += f" (a fork took {found['fork_s']:.2g} s, what a run did by itself {found['own_s']:.2g} s)"
    if found["whole"]:
        text += f"; {found['whole']} {'was' if found['whole'] == 1 else 'were'} executed whole"
    if found["repeated"]:
        text += f", {found['repeated']} of them again because they could not go on"
    return text + (f": {found['why'][0]}" if found["why"] else "")


def first(item: Item, counts: Mapping[str, int]) -> tuple[str, str]:
    """What an experiment does while none of its runs is under way and some wait, and since when; empty otherwise."""
    common = item.data.get("common") or {}
    shares = item.data.get("engine") == DEFAULT or common
    if item.state != "running" or not shares or not counts.get("queued") or counts.get("running"):
        return "", ""
    if not common:
        return "cells that its runs have in common are executed first", ""
    return f"cells in common: {common['done']} of {common['of']}", str(common["since"])


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
