"""How experiments stand, and following one until it ends."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import Interrupted, RunnerLost
from jupyter_coimprove.registry import RUN_FINAL
from jupyter_coimprove.workbench import concluding, piloting, sharing, shelf
from jupyter_coimprove.workbench.bench import Progress
from jupyter_coimprove.workbench.views import ExperimentRow, PlannedRow, RunRow, StatusView

if TYPE_CHECKING:
    from jupyter_coimprove.experiments.experiment import Experiment
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.runs.run import Value
    from jupyter_coimprove.workbench.bench import Bench

ENDED = frozenset({"completed", "cancelled", "abandoned"})
#: Where the record says why nothing further begins, by the experiment's state.
_WHY_WAITING = {"running": "waiting", "paused": "why"}


def nap(seconds: float) -> None:
    """Wait; one place, so that waiting loops are easy to find."""
    time.sleep(seconds)


def alive(bench: Bench, experiment: str) -> bool:
    """Whether a runner on this machine holds the experiment: it lives as long as its lock is held."""
    from jupyter_coimprove.record.locks import holder

    return holder(bench.layout().locks / f"{experiment}.runner") is not None


def status(bench: Bench, *, experiment: str | None = None, follow: bool = False) -> StatusView:
    """One experiment with its runs, or all of them by a line each."""
    record = bench.record()
    if experiment is not None:
        item = shelf.experiment_item(record, experiment)
        if follow:
            return stay(bench, item.id)
        return _view(bench, item)
    items = record.find("experiment")
    rows = tuple(_row(bench, item, runs=False) for item in items)
    if not rows:
        return StatusView(
            summary="no experiment yet", experiments=(), next=("coimprove plan NOTEBOOK",),
        )  # fmt: skip
    return StatusView(summary=f"{len(rows)} experiment{'s' if len(rows) > 1 else ''}", experiments=rows)


def _view(bench: Bench, item: Item) -> StatusView:
    row = _row(bench, item, runs=True)
    done = sum(row.counts.get(state, 0) for state in RUN_FINAL)
    text = f"{row.id} is {row.state}: {done} of {row.total} runs ended"
    if row.state == "running" and not row.alive:
        text += "; its runner is gone"
    elif now := _first(bench, row):
        text += f"; {now}"
    if shared := sharing.sentence(item.data.get("sharing") or _shared_so_far(bench, item)):
        text += f"; {shared}"
    elif why := item.data.get("whole"):
        text += f"; every run is executed whole: {why}"
    failed = item.data.get("isolation_failed") or item.data.get("sharing_failed")
    told = shelf.deviations(item) if failed else ()
    nothing = row.state == "completed" and not row.counts.get("completed") and not row.counts.get("reused")
    return StatusView(
        summary=text,
        experiments=(row,),
        next=_next(row),
        warnings=told,
        exit_code=1 if nothing or told else 0,
    )


def _first(bench: Bench, row: ExperimentRow) -> str:
    """What it does before a run of its own begins, and for how long; empty once one has."""
    if not row.first_since:
        return row.first
    since = datetime.fromisoformat(row.first_since).timestamp()
    return f"{row.first}, {max(0.0, bench.clock.wall_ms() / 1000 - since):.0f} s"


def _shared_so_far(bench: Bench, item: Item) -> dict[str, Any]:
    """The same while it runs, of the runs that ended."""
    if item.data.get("engine") in (None, "papermill"):
        return {}
    return sharing.summary(shelf.runs_of(bench.record(), item.id))


def _next(row: ExperimentRow) -> tuple[str, ...]:
    if row.state in ("draft", "deferred"):
        return (f"coimprove run {row.id}",)
    if row.state in ("registered", "paused") or (row.state == "running" and not row.alive):
        return (f"coimprove resume {row.id}",)
    if row.state == "running":
        return (f"coimprove status {row.id} --follow", f"coimprove pause {row.id}")
    if row.state == "completed":
        return (f"coimprove results {row.id}",) + (
            (f"coimprove accept {row.finding}",) if row.finding else ()
        )
    return ()


def _row(bench: Bench, item: Item, *, runs: bool) -> ExperimentRow:
    record = bench.record()
    kept = shelf.runs_of(record, item.id)
    total = len(kept)
    arms: tuple[str, ...] = ()
    planned: tuple[PlannedRow, ...] = ()
    if "digest" in item.data and not item.data.get("imported"):
        arms, cells = _grid(item)
        # A sequential design that has ended needed no more runs than it has.
        if not (item.state in ENDED and shelf.recorded_plan(item).stopping == "sequential"):
            total = max(total, len(cells))
        planned = _planned(item, kept, cells) if runs and item.state not in ENDED else ()
    card = shelf.finding_of(record, item.id)
    shows = _shows(bench, item) if runs else None
    counts = shelf.counts(kept)
    first, since = sharing.first(item, counts)
    return ExperimentRow(
        id=item.id, state=item.state, question=str(item.data.get("question", "")),
        notebook=str(item.data.get("notebook", "")), counts=counts, total=total,
        left_s=left_seconds(item, kept, total), alive=alive(bench, item.id),
        finding=card.id if card is not None else "",
        runs=tuple(_run_row(bench, run, shows) for run in kept) if runs else (),
        waiting=str(item.data.get(_WHY_WAITING.get(item.state, "")) or ""),
        first=first, first_since=since, arms=arms if runs else (), planned=planned,
    )  # fmt: skip


def _grid(item: Item) -> tuple[tuple[str, ...], list[PlannedRow]]:
    """The arms in the order they run in, and every run that is wanted."""
    from jupyter_coimprove.workbench.works import ordered, wanted

    experiment = shelf.registered(item)
    cells = [
        PlannedRow(arm=arm.name, block=block, replicate=replicate)
        for arm, block, replicate in wanted(experiment)
    ]
    return tuple(arm.name for arm in ordered(experiment.plan.arms, item)), cells


def _planned(item: Item, kept: list[Item], cells: list[PlannedRow]) -> tuple[PlannedRow, ...]:
    """Those that are not queued yet and not of an arm that was dropped."""
    there = {(run.data["arm"], run.data["block"], run.data["replicate"]) for run in kept}
    dropped = {str(arm) for arm in item.data.get("dropped", ())}
    return tuple(
        cell
        for cell in cells
        if cell.arm not in dropped and (cell.arm, cell.block, cell.replicate) not in there
    )


def left_seconds(item: Item, runs: list[Item], total: int) -> float | None:
    """Seconds left by the runs that ended and the number of workers; None before one has."""
    from jupyter_coimprove.runs.schedule import eta

    done = [float(run.data["seconds"]) for run in runs if run.state in RUN_FINAL and run.data.get("seconds")]
    if item.state in ENDED:
        return None
    left = total - sum(run.state in RUN_FINAL for run in runs)
    return eta(done, left, int(item.data.get("workers", 1)))


def run_row(bench: Bench, item: Item, run: Item) -> RunRow:
    """A run as the grid shows it; its response is empty while interim values are hidden."""
    return _run_row(bench, run, _shows(bench, item))


def _shows(bench: Bench, item: Item) -> Experiment | None:
    """The experiment by which responses are read; None while they are hidden, or where there is no plan.

    It is read once for all runs: a plan read for each of ten thousand takes many seconds.
    """
    hidden = hides(item) or piloting.blinded(bench.record(), item)
    known = "digest" in item.data and "blocks" in item.data
    return shelf.registered(item) if known and not hidden else None


def _run_row(bench: Bench, run: Item, shows: Experiment | None) -> RunRow:
    data = run.data
    value = "" if shows is None else _shown(shows, data)
    folder = bench.layout().run(run.id) / "output.ipynb"
    seconds = tuple(float(each) for each in data.get("cell_seconds", ()))
    return RunRow(
        id=run.id, arm=str(data["arm"]), block=int(data["block"]), replicate=int(data["replicate"]),
        state=run.state, reason=str(data.get("reason") or ""), seconds=data.get("seconds") or None,  # of what was imported nobody knows how long it took
        response=value, artifact=str(folder) if folder.is_file() else "", cell_seconds=seconds,
        slowest=seconds.index(max(seconds)) + 1 if any(seconds) else 0,
        since=run.changed if run.state == "running" else "", shared=sharing.shared_row(run),
    )  # fmt: skip


def hides(item: Item) -> bool:
    """Whether interim values stay hidden: a fixed design shows effects when it has ended.

    What a sequential design shows is valid at any time, so that nothing is hidden.
    """
    if item.state in ENDED or item.data.get("peeked"):
        return False
    return "digest" not in item.data or shelf.recorded_plan(item).stopping == "fixed"


def _shown(experiment: Experiment, data: Any) -> str:
    if not data.get("metrics"):
        return ""
    value: Value = concluding.response_value(experiment, data)
    return f"{value.number:.6g}" if value.number is not None else value.kind


def stay(bench: Bench, experiment: str) -> StatusView:
    """Stay with an experiment until it ends, showing progress; interrupting pauses it."""
    record = bench.record()
    try:
        while True:
            item = record.get(experiment)
            kept = shelf.runs_of(record, experiment)
            row = _row(bench, item, runs=False)
            ended = sum(run.state in RUN_FINAL for run in kept)
            failed = sum(run.state in ("failed", "timed_out") for run in kept)
            text = (
                ", ".join(f"{run.data['arm']}" for run in kept if run.state == "running")
                or row.waiting
                or _first(bench, row)
                or item.state
            )
            if failed:
                text += f" ({failed} failed)"
            bench.progress(Progress(text=text, done=ended, total=row.total, left_s=row.left_s))
            if not row.alive:
                break
            bench.check_cancelled()
            nap(0.25)
    except (KeyboardInterrupt, Interrupted) as error:
        pause_now(bench, experiment)
        raise Interrupted(
            f"{experiment} is paused; what is done is kept", remedy=f"`coimprove resume {experiment}` goes on"
        ) from error
    item = record.get(experiment)
    if item.state == "running":
        raise RunnerLost(
            f"the runner of {experiment} is gone",
            remedy=f"`coimprove resume {experiment}` goes on where it stopped",
        )
    return _view(bench, item)


def pause_now(bench: Bench, experiment: str) -> None:
    """Stop the runs under way, too; they are queued again and nothing that ended is lost."""
    from jupyter_coimprove.record.base import Draft

    item = bench.record().get(experiment)
    if item.state in ENDED:
        return
    bench.record().append(
        [
            Draft(
                id=experiment, kind="experiment", event="paused", state="paused", actor=bench.actor,
                data={"now": True},
            )
        ]
    )  # fmt: skip
    wait_for_end(bench, experiment, 15.0)


def wait_for_end(bench: Bench, experiment: str, seconds: float) -> None:
    """Until its runner has gone, at most so long."""
    deadline = bench.clock.steady_s() + seconds
    while alive(bench, experiment) and bench.clock.steady_s() < deadline:
        nap(0.1)
