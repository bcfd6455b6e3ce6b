"""Run, pause, resume, cancel: what a person asks of an experiment."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from jupyter_coimprove.errors import EngineError, NothingToDo, RunnerBusy, UsageError
from jupyter_coimprove.registry import RUN_FINAL
from jupyter_coimprove.workbench import clustering, sharing, shelf, watching, whereabouts
from jupyter_coimprove.workbench.gating import check_room
from jupyter_coimprove.workbench.registering import register, verify_unchanged
from jupyter_coimprove.workbench.runner import BUSY
from jupyter_coimprove.workbench.views import StatusView
from jupyter_coimprove.workbench.works import wanted

if TYPE_CHECKING:
    from jupyter_coimprove.engines.dask.cluster import Cluster
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench

START_S = 60.0


class _Detached(subprocess.Popen[bytes]):
    """A process that is meant to outlive the one that started it."""

    def __del__(self, *_: object) -> None:
        """No leak, so no warning; what ended is collected by ``_started``."""


#: Runners this process started. While it lives it collects those that ended.
_started: list[_Detached] = []


def run(
    bench: Bench, *, experiment: str, workers: int | None = None, gpu_slots: int | None = None,
    wait: bool = False, detach: bool = False, engine: str | None = None, verify: int | None = None,
    cluster: str | None = None, cluster_tls: str | None = None, despite: str | None = None,
) -> StatusView:  # fmt: skip
    """Accept a plan as it stands and run it; of a registered one, run what is left."""
    item = whereabouts.settled(bench, shelf.own(shelf.experiment_item(bench.record(), experiment)))
    if item.state in ("draft", "deferred"):
        _, where = clustering.chosen(bench.record(), item, engine=engine, cluster=cluster, tls=cluster_tls)
        check_kernel(bench, item, where)
        register(bench, item, despite=despite)
    elif despite is not None:
        raise UsageError(f"{item.id} is {item.state}: it was accepted before", remedy="leave --despite out")
    return start(
        bench, item.id, workers=workers, gpu_slots=gpu_slots, wait=wait, detach=detach, engine=engine,
        verify=verify, cluster=cluster, cluster_tls=cluster_tls,
    )  # fmt: skip


def check_kernel(bench: Bench, item: Item, cluster: Cluster | None = None) -> None:
    """Refuse before anything is registered when the kernel is not installed (F26), here or on all of a cluster."""
    from jupyter_coimprove.workbench.runner import make_engine

    plan, _ = shelf.current_plan(bench.root(), item)
    kernel = plan.kernel
    if kernel is None:
        kernel = shelf.read_notebook(bench, shelf.notebook_path(bench.root(), plan.notebook)).kernel
    make_engine("papermill", bench.clock, cluster=cluster).check(kernel or "python3")


def default_workers() -> int:
    """Half the cores, at least one, at most eight: a run may use threads of its own."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    return max(1, min(8, cores if cores <= 2 else cores // 2))


def start(
    bench: Bench, experiment: str, *, workers: int | None, wait: bool, detach: bool, engine: str | None = None,
    gpu_slots: int | None = None, verify: int | None = None, cluster: str | None = None,
    cluster_tls: str | None = None,
) -> StatusView:  # fmt: skip
    """Start the runner of a registered experiment, and stay with it when asked to."""
    if workers is not None and workers < 1:
        raise UsageError(f"{workers} runs at a time cannot run anything", remedy="use --workers 1 or more")
    if gpu_slots is not None and gpu_slots < 1:
        raise UsageError(f"{gpu_slots} runs on a GPU cannot run anything", remedy="use --gpu-slots 1 or more")
    if verify is not None and verify < 1:
        raise UsageError(f"{verify} runs cannot be verified", remedy="use --verify 1 or more")
    root, record = bench.root(), bench.record()
    item = record.get(experiment)
    verify_unchanged(root, item)
    if item.state in ("cancelled", "abandoned"):
        raise NothingToDo(f"{item.id} was cancelled", remedy="plan it again, or `coimprove undo` the cancel")
    if item.state == "completed":
        raise NothingToDo(
            f"{item.id} is complete", remedy=f"`coimprove results {item.id}` shows what came of it"
        )
    if watching.alive(bench, item.id):
        raise RunnerBusy(
            f"a runner holds {item.id} already", remedy=f"`coimprove status {item.id} --follow` follows it"
        )
    ended = sum(run.state in RUN_FINAL for run in shelf.runs_of(record, item.id))
    check_room(root, record, item, len(wanted(shelf.registered(item))) - ended)
    whole = sharing.whole_because(record, item, engine)
    engine, where = clustering.chosen(record, item, engine=engine, cluster=cluster, tls=cluster_tls)
    if where is not None:
        if gpu_slots is not None:
            raise UsageError(
                "a cluster gives out its own cards", remedy="start its workers with one thread a card instead"
            )
        check_kernel(bench, item, where)
    if item.state == "paused":
        _say(bench, item, "resumed", "registered")
    # On a cluster as many as it has room for.
    at_a_time = workers or (default_workers() if where is None else 0)
    _spawn(bench, item.id, at_a_time, engine, gpu_slots or 1, verify or 0, where, whole)
    waits = wait or (bench.waits and not detach)
    view = watching.stay(bench, item.id) if waits else watching.status(bench, experiment=item.id)
    return replace(view, warnings=(*view.warnings, *clustering.unguarded(where)))


def _spawn(
    bench: Bench,
    experiment: str,
    workers: int,
    engine: str,
    gpu_slots: int,
    verify: int,
    cluster: Cluster | None,
    whole: str,
) -> None:
    """A detached process; returns once it holds its lock, or raises what it died of."""
    layout = bench.layout()
    _started[:] = [process for process in _started if process.poll() is None]
    log = layout.experiment(experiment) / "runner.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable, "-P", "-m", "jupyter_coimprove.workbench.runner", str(layout.root), experiment,
        "--workers", str(workers), "--engine", engine, "--gpu-slots", str(gpu_slots),
        "--verify", str(verify), "--whole", whole,
    ]  # fmt: skip
    if cluster is not None:
        command += ["--cluster", cluster.address]
        command += ["--cluster-tls", ",".join(map(str, cluster.tls))] if cluster.tls is not None else []
    with log.open("ab") as sink:
        process = _Detached(
            command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True,
            cwd=layout.root, close_fds=True,
        )  # fmt: skip
    _started.append(process)
    deadline = bench.clock.steady_s() + START_S
    while bench.clock.steady_s() < deadline:
        code = process.poll()
        if code is not None:
            if code == 0:
                return
            text = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise (RunnerBusy if code == BUSY else EngineError)(
                f"the runner of {experiment} could not start: {text[-2] if len(text) > 1 else text}",
                remedy=text[-1] if text else f"its log is {log}",
            )
        if watching.alive(bench, experiment):
            return
        watching.nap(0.02)
    raise EngineError(
        f"the runner of {experiment} did not start in {START_S:.0f} s", remedy=f"its log is {log}"
    )


def _say(bench: Bench, item: Item, event: str, state: str, **data: object) -> None:
    from jupyter_coimprove.record.base import Draft

    bench.record().append(
        [Draft(id=item.id, kind="experiment", event=event, state=state, data=data, actor=bench.actor)]
    )


def pause(bench: Bench, *, experiment: str) -> StatusView:
    """Start no further runs; those under way finish."""
    item = shelf.own(shelf.experiment_item(bench.record(), experiment))
    if item.state not in ("registered", "running"):
        raise NothingToDo(f"{item.id} is {item.state}")
    _say(bench, item, "paused", "paused")
    return watching.status(bench, experiment=item.id)


def resume(
    bench: Bench, *, experiment: str, workers: int | None = None, gpu_slots: int | None = None,
    wait: bool = False, detach: bool = False, order: str | None = None, cluster: str | None = None,
    cluster_tls: str | None = None,
) -> StatusView:  # fmt: skip
    """Go on with what is left: a paused experiment, or one whose runner was lost; in another order, if given."""
    item = shelf.own(shelf.experiment_item(bench.record(), experiment))
    if item.state in ("draft", "deferred"):
        raise UsageError(f"{item.id} is a draft", remedy=f"`coimprove run {item.id}` accepts and runs it")
    if order is not None:
        _reorder(bench, item, [name.strip() for name in order.split(">")])
        item = bench.record().get(item.id)
        if item.state == "running" and watching.alive(bench, item.id):
            return watching.stay(bench, item.id) if wait else watching.status(bench, experiment=item.id)
    if item.state == "paused" and watching.alive(bench, item.id):
        # Its runner finishes what it has begun; told to go on, it does so with the rest.
        _say(bench, item, "resumed", "running")
        return watching.stay(bench, item.id) if wait else watching.status(bench, experiment=item.id)
    return start(
        bench, item.id, workers=workers, gpu_slots=gpu_slots, wait=wait, detach=detach, cluster=cluster,
        cluster_tls=cluster_tls,
    )  # fmt: skip


def _reorder(bench: Bench, item: Item, names: list[str]) -> None:
    """These arms first within every block from here on; a runner that lives follows."""
    from jupyter_coimprove.errors import UnknownName

    if item.state in watching.ENDED:
        raise NothingToDo(f"{item.id} is {item.state} already")
    arms = [arm.name for arm in shelf.recorded_plan(item).arms]
    for name in names:
        if name not in arms:
            raise UnknownName("arm", name, arms)
    if len(set(names)) < len(names):
        raise UsageError("an arm stands twice in the order", remedy="name each once, as in 'a > b'")
    text = f"arms were put in the order {' > '.join(names)} while it ran"
    _say(bench, item, "reordered", "", order=names, deviations=[*shelf.deviations(item), text])


def cancel(bench: Bench, *, target: str, arm: str | None = None, reason: str | None = None) -> StatusView:
    """Stop an experiment, one of its arms, or one run. Dropping an arm or a run is a deviation."""
    from jupyter_coimprove.record.base import Draft

    record = bench.record()
    item = shelf.item_of(record, target, "experiment", "run") if target not in ("last", "-") else None
    if item is None or item.kind == "experiment":
        item = shelf.own(shelf.experiment_item(record, target))
        return _cancel_experiment(bench, item, arm, reason)
    shelf.own(item)
    if item.state in RUN_FINAL:
        raise NothingToDo(f"{item.id} is {item.state} already")
    owner = record.get(str(item.data["experiment"]))
    text = f"run {item.data['arm']} in block {item.data['block']} was cancelled" + (
        f": {reason}" if reason else ""
    )
    drafts = [
        Draft(
            id=owner.id, kind="experiment", event="run_cancelled", actor=bench.actor,
            data={"run": item.id, "deviations": [*shelf.deviations(owner), text]},
        )
    ]  # fmt: skip
    if not watching.alive(bench, owner.id):
        drafts.append(
            Draft(
                id=item.id,
                kind="run",
                event="cancelled",
                state="cancelled",
                actor=bench.actor,
                data={"reason": reason or ""},
            )
        )
    record.append(drafts)
    return watching.status(bench, experiment=owner.id)


def _cancel_experiment(bench: Bench, item: Item, arm: str | None, reason: str | None) -> StatusView:
    if item.state in ("completed", "cancelled", "abandoned"):
        raise NothingToDo(f"{item.id} is {item.state} already")
    if arm is None:
        if item.state in ("draft", "deferred"):
            raise UsageError(f"{item.id} is a draft", remedy=f"`coimprove reject {item.id}` says no to it")
        _say(bench, item, "cancelled", "cancelled", why=reason or "")
        watching.wait_for_end(bench, item.id, 15.0)
        return watching.status(bench, experiment=item.id)
    from jupyter_coimprove.errors import UnknownName

    names = [treatment.name for treatment in shelf.recorded_plan(item).treatments]
    if arm not in names:
        raise UnknownName("arm", arm, names, remedy="the baseline cannot be dropped")
    dropped = [*(str(name) for name in item.data.get("dropped", ())), arm]
    text = f"arm {arm} was dropped" + (f": {reason}" if reason else "")
    _say(bench, item, "arm_dropped", "", arm=arm, dropped=dropped, deviations=[*shelf.deviations(item), text])
    return watching.status(bench, experiment=item.id)
