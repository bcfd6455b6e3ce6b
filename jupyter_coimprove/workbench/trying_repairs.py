"""`fix --verify`: the notebook with the repair, run up to the cell that failed in a fresh kernel of its own."""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.workbench.bench import Progress

if TYPE_CHECKING:
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.notebook.failures.failure import Failure
    from jupyter_coimprove.notebook.failures.situation import Diagnosis
    from jupyter_coimprove.runs.engine import RunEvent
    from jupyter_coimprove.runs.run import Outcome
    from jupyter_coimprove.workbench.bench import Bench

#: Wall limit of the run where none is given.
SECONDS = 600.0


def try_repair(
    bench: Bench, notebook: Notebook, failure: Failure, diagnosis: Diagnosis, *, seconds: float | None, kernel: str | None
) -> tuple[str, str]:  # fmt: skip
    """(``works`` or ``fails``, a sentence). All cells down to the failing one run, in their order, in their own view of
    the folder: no file of it changes, and the person's kernel is not asked."""
    from jupyter_coimprove.engines.papermill.engine import PapermillEngine
    from jupyter_coimprove.runs.run import Limits, Work
    from jupyter_coimprove.runs.schedule import RunQueue

    node, at = repaired(notebook, failure.cell, diagnosis)
    bench.progress(Progress(text=f"running {at + 1} cells in a fresh kernel", total=at + 1))
    outcomes: list[Outcome] = []

    def report(event: RunEvent) -> None:
        if event.type == "cell":
            bench.progress(
                Progress(text="cells run", done=int(event.detail.get("cell", 0)) + 1, total=at + 1)
            )
        if event.outcome is not None:
            outcomes.append(event.outcome)

    with tempfile.TemporaryDirectory(prefix="coimprove-fix-") as folder:
        work = Work(
            run="run_fix", experiment="exp_fix", arm="repaired", block=0, replicate=0, attempt=1, notebook=node, parameters={},
            kernel=kernel or notebook.kernel or "python3", source_dir=notebook.path.resolve().parent, snapshot=None,
            folder=Path(folder, "run_fix"), limits=Limits(wall_s=seconds or SECONDS),
        )  # fmt: skip
        engine = PapermillEngine(clock=bench.clock)
        engine.check(work.kernel)
        queue = RunQueue([work])
        queue.drain()
        engine.execute(queue, report, workers=1)
    return _said(outcomes[0], at)


def _said(outcome: Outcome, at: int) -> tuple[str, str]:
    took = f"{outcome.seconds:.1f} s"
    if outcome.state == "completed":
        return "works", f"{at + 1} cells ran without an error in a fresh kernel ({took})"
    error = outcome.error
    if error is None:
        return (
            "fails",
            f"the run was {outcome.state}{f' ({outcome.reason})' if outcome.reason else ''} after {took}",
        )
    where = f" in cell {error.cell + 1}" if error.cell is not None else ""
    return "fails", f"{error.name}{where}: {error.value[:300]} ({took})"


def repaired(notebook: Notebook, cell: int, diagnosis: Diagnosis) -> tuple[dict[str, Any], int]:
    """The notebook with the edits, cut behind the cell that failed, and where that one stands then (from 0)."""
    node = copy.deepcopy(dict(notebook.node))
    cells: list[tuple[int, dict[str, Any]]] = []
    inserted: dict[int, list[dict[str, Any]]] = {}
    changed: dict[int, str | None] = {}
    for number, edit in enumerate(diagnosis.edits):
        at = int(edit["cell"] or 0) - 1
        if edit["kind"] == "insert":
            new = {
                "cell_type": "code",
                "metadata": {},
                "source": edit["source"],
                "outputs": [],
                "execution_count": None,
            }
            if notebook.minor >= 5:
                new["id"] = f"fix-{number}"
            inserted.setdefault(at, []).append(new)
        else:
            changed[at] = None if edit["kind"] == "delete" else str(edit["source"])
    cells += [(-1, new) for new in inserted.get(-1, [])]
    for index, stored in enumerate(node["cells"]):
        if changed.get(index, "") is not None:
            if index in changed:
                stored["source"] = changed[index]
            cells.append((index, stored))
        cells += [(-1, new) for new in inserted.get(index, [])]
    end = next(i for i, (index, _) in enumerate(cells) if index == cell)
    return {**node, "cells": [stored for _, stored in cells[: end + 1]]}, end
