"""What an experiment costs before it runs: how many runs, and how long they take."""

from __future__ import annotations

import datetime as _dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.experiments.experiment import Plan
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.ours import asks_us

#: Seconds to start and end a kernel, beside the cells (measured with papermill, idle machine).
KERNEL_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Cost:
    """``run_seconds`` of one run and ``total_seconds`` by the clock; None where nothing is known.

    ``basis`` says in a sentence what the figures rest on.
    """

    runs: int
    workers: int
    run_seconds: float | None
    total_seconds: float | None
    basis: str


def runs_of(plan: Plan) -> int:
    """How many runs a plan is: arms times blocks, and the baseline once more where asked for."""
    return len(plan.arms) * plan.blocks + (1 if plan.repeat_baseline else 0)


def estimate(
    notebook: Notebook, plan: Plan, *, cell_seconds: Mapping[int, float] | None = None, workers: int = 1
) -> Cost:
    """Runs and time of a plan on ``workers`` processes.

    ``cell_seconds`` by cell index come from a pilot; without them the times that the
    notebook's own cells record are taken.
    """
    if workers < 1:
        raise UsageError(f"{workers} workers cannot run anything", remedy="give at least 1")
    runs = runs_of(plan)
    # What asks `%coai` does nothing in a run, however long it took the person.
    code = [cell.index for cell in notebook.code_cells if not asks_us(cell)]
    if cell_seconds is not None:
        seconds, source = dict(cell_seconds), "one pilot run"
    else:
        seconds, source = recorded_seconds(notebook), "the times recorded in the notebook"
    timed = [index for index in code if index in seconds]
    if not timed:
        return Cost(
            runs=runs, workers=workers, run_seconds=None, total_seconds=None,
            basis="no times are recorded in the notebook; a pilot run (--pilot) would tell",
        )  # fmt: skip
    one = sum(seconds[index] for index in timed) + KERNEL_SECONDS
    total = one * math.ceil(runs / workers)
    missing = len(code) - len(timed)
    basis = f"{source}, and {KERNEL_SECONDS:g} s for the kernel"
    if missing:
        basis += f"; {missing} of {len(code)} cells have no time, so it will be more"
    return Cost(
        runs=runs, workers=workers, run_seconds=one, total_seconds=total, basis=basis,
    )  # fmt: skip


def recorded_seconds(notebook: Notebook) -> dict[int, float]:
    """Seconds of each code cell that recorded them: as JupyterLab does (``metadata.execution``,
    from ``iopub.execute_input`` to ``shell.execute_reply``) or papermill (``duration``)."""
    out = {}
    for cell in notebook.code_cells:
        seconds = _lab(cell.metadata.get("execution"))
        if seconds is None:
            seconds = _papermill(cell.metadata.get("papermill"))
        if seconds is not None:
            out[cell.index] = seconds
    return out


def over_budget(plan: Plan, run: float | None, total: float | None) -> str:
    """Which limit of the plan these seconds of a run and of all runs break; empty where none is."""
    budget = plan.budget
    if budget.run_seconds is not None and run is not None and run > budget.run_seconds:
        return f"a run of {run:.0f} s is over its limit of {budget.run_seconds:.0f} s"
    if budget.total_seconds is not None and total is not None and total > budget.total_seconds:
        return f"{total:.0f} s in all are over the limit of {budget.total_seconds:.0f} s"
    return ""


def _lab(data: Any) -> float | None:
    if not isinstance(data, Mapping):
        return None
    start = data.get("iopub.execute_input") or data.get("iopub.status.busy")
    end = data.get("shell.execute_reply") or data.get("iopub.status.idle")
    return _between(start, end)


def _papermill(data: Any) -> float | None:
    if not isinstance(data, Mapping):
        return None
    duration = data.get("duration")
    if isinstance(duration, (int, float)) and not isinstance(duration, bool):
        return float(duration) if math.isfinite(duration) and duration >= 0 else None
    return _between(data.get("start_time"), data.get("end_time"))


def _between(start: Any, end: Any) -> float | None:
    """Seconds between two ISO 8601 stamps; None when one is missing, broken, or they run backwards."""
    try:
        seconds = (_dt.datetime.fromisoformat(end) - _dt.datetime.fromisoformat(start)).total_seconds()
    except (TypeError, ValueError):
        return None
    return seconds if seconds >= 0 else None
