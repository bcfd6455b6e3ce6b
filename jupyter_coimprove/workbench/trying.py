"""`check --probe`: what no rule can see is tried by running the notebook, and kept with its runs."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import NotebookError, UnknownName, UsageError
from jupyter_coimprove.workbench import concluding, planning, running, shelf
from jupyter_coimprove.workbench.registering import register

if TYPE_CHECKING:
    from jupyter_coimprove.evidence.checks.finding import CheckFinding
    from jupyter_coimprove.evidence.checks.labelling import Source
    from jupyter_coimprove.evidence.checks.listening import Listening, Watch
    from jupyter_coimprove.evidence.checks.probed import Ran
    from jupyter_coimprove.experiments.experiment import Experiment, Plan
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench

#: Shuffles of the labels, and as many runs that show what chance gives.
SHUFFLES = 5
#: Wall limit of all runs of a probe, in seconds, where none is given.
SECONDS = 900.0


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a person says of a probe; None is left to the notebook."""

    response: str | None = None
    direction: str | None = None
    seconds: float | None = None
    kernel: str | None = None
    workers: int | None = None


@dataclass(frozen=True, kw_only=True)
class Tried:
    """``seen`` is what was tried and came out, ``unseen`` what could not be and why; a sentence each."""

    experiment: str
    findings: tuple[CheckFinding, ...]
    seen: tuple[str, ...]
    unseen: tuple[str, ...]


def probe(bench: Bench, notebook: Notebook, wanted: Wanted) -> Tried:
    """Run the notebook as it is and with shuffled labels; what that shows of leaks.

    Raises UsageError where nothing in it can be tried, NotebookError where it does not run.
    """
    from jupyter_coimprove.evidence.checks.labelling import source
    from jupyter_coimprove.evidence.checks.listening import listen
    from jupyter_coimprove.kernelspace.transform import python_source

    bench.require_person("a probe runs the notebook; it")
    if wanted.seconds is not None and not wanted.seconds > 0:
        raise UsageError(
            f"{wanted.seconds} seconds are no time", remedy="give a positive number of --seconds"
        )
    watch, heard = listen(notebook, python_source)
    found = source(notebook, python_source, heard)
    if not heard.spots.spots:
        why = "; ".join((*heard.why, found)) if isinstance(found, str) else "; ".join(heard.why)
        raise UsageError(
            f"nothing in {notebook.path.name} can be probed: no model that is fitted and then scored is found ({why})",
            remedy="probes listen to `fit(X, y)`, `score`, `predict` and `cross_val_score`; look at the split yourself",
        )
    plan, unseen = _plan(bench, notebook, heard, found, wanted)
    experiment = _run(bench, plan, wanted)
    return _judged(bench, experiment, heard, found, watch, [*heard.why, *unseen])


def _plan(
    bench: Bench, notebook: Notebook, heard: Listening, found: Source | str, wanted: Wanted
) -> tuple[Plan, list[str]]:
    """The plan of the runs, and what is left out of it with the reason."""
    from jupyter_coimprove.experiments.design import build
    from jupyter_coimprove.experiments.experiment import Arm, Factor
    from jupyter_coimprove.experiments.probes import spots
    from jupyter_coimprove.experiments.request import PlanRequest
    from jupyter_coimprove.kernelspace.transform import python_source

    _, reading = planning.read(bench, str(notebook.path))
    request = PlanRequest(
        question=f"do rows or labels leak in {notebook.path.name}?", design="baseline-only", blocks=SHUFFLES,
        seeds="none", seeding=False, response=wanted.response, direction=wanted.direction,  # type: ignore[arg-type]
        repeat_baseline=False, total_seconds=wanted.seconds or SECONDS, run_seconds=wanted.seconds or SECONDS,
        kernel=wanted.kernel, exploratory=True,
    )  # fmt: skip
    unseen, shuffles = [], True
    try:
        plan = build(notebook, reading, request, transform=python_source)
    except (UsageError, UnknownName) as error:
        if wanted.response is not None:
            raise
        unseen.append(f"labels were not shuffled: no response to compare ({error.message}; {error.remedy})")
        shuffles = False
        plan = build(
            notebook,
            reading,
            dataclasses.replace(request, response="0", direction="max"),
            transform=python_source,
        )
    if isinstance(found, str):
        unseen.append(f"labels were not shuffled: {found}")
        shuffles = False
    labels = found.labels if shuffles and not isinstance(found, str) else None
    names = spots.ARMS if labels is not None else spots.ARMS[:1]
    arms = [Arm(name=names[0])]
    arms += [
        Arm(name=n, settings={spots.FACTOR: v}) for n, v in zip(names[1:], spots.LEVELS[1:], strict=False)
    ]
    factor = Factor(name=spots.FACTOR, operator="set", places=(), levels=spots.LEVELS, kind=spots.KIND)
    bench.where = dataclasses.replace(bench.where, notebook=notebook.path)
    return dataclasses.replace(
        plan, design="probe", notebook=shelf.notebook_name(bench.root(notebook.path), notebook.path), arms=tuple(arms),
        factors=(factor,) if labels is not None else (), seeding_cell=None, seeding_before=None, split_sizes=None,
        blocks=SHUFFLES if labels is not None else 1,
        extra={"probe": dataclasses.replace(heard.spots, labels=labels).as_dict()},
    ), unseen  # fmt: skip


def _run(bench: Bench, plan: Plan, wanted: Wanted) -> str:
    """Register and run the probe that the person just asked for; its experiment."""
    notebook = shelf.read_notebook(bench, shelf.notebook_path(bench.root(), plan.notebook))
    view = planning.keep(bench, notebook, plan, provider="the person's own")
    item = bench.record().get(view.id)
    running.check_kernel(bench, item)
    register(bench, item)
    waits, bench.waits = bench.waits, True
    try:
        running.start(bench, view.id, workers=wanted.workers, wait=True, detach=False)
    finally:
        bench.waits = waits
    return view.id


def _judged(
    bench: Bench, id_: str, heard: Listening, found: Source | str, watch: Watch, unseen: list[str]
) -> Tried:
    from jupyter_coimprove.evidence.checks import probed
    from jupyter_coimprove.evidence.checks.listening import grouped
    from jupyter_coimprove.experiments.probes.spots import ARMS

    record = bench.record()
    item = record.get(id_)
    experiment = shelf.registered(item)
    runs = shelf.runs_of(record, id_)
    ended = {arm: [r for r in runs if r.data["arm"] == arm and r.state == "completed"] for arm in ARMS}
    if not ended[ARMS[0]]:
        raise NotebookError(
            f"the notebook did not run to its end, so that nothing can be said: {_why(runs, item)}",
            remedy=f"`coimprove status {id_}` shows each run",
        )
    whole = _ran(experiment, ended[ARMS[0]][0])
    apart = frozenset(c.number for c in heard.calls if c.kind == "crossed" and grouped(watch, c.node))
    parts = [probed.of_rows(whole, heard.calls, apart)]
    if len(experiment.plan.arms) > 1 and not isinstance(found, str):
        shuffled, chance = ([_ran(experiment, run) for run in ended[arm]] for arm in ARMS[1:])
        response = experiment.plan.response
        lost = _why(runs, item) if any(run.state != "completed" for run in runs) else ""
        parts.append(
            probed.of_labels(
                whole, shuffled, chance, found, heard.calls, name=response.name, direction=response.direction, why=lost
            )
        )  # fmt: skip
    return Tried(
        experiment=id_, findings=tuple(f for part in parts for f in part.findings),
        seen=tuple(line for part in parts for line in part.seen),
        unseen=tuple(dict.fromkeys([*unseen, *(line for part in parts for line in part.unseen)])),
    )  # fmt: skip


def _ran(experiment: Experiment, run: Item) -> Ran:
    """A run as it is judged. NotebookError where its report is gone: the notebook took it away."""
    from jupyter_coimprove.evidence.checks.probed import Ran
    from jupyter_coimprove.experiments.probes.spots import unpacked

    kept: Any = next((m["value"] for m in run.data.get("metrics", ()) if m["name"] == concluding.PROBE), {})
    report = unpacked(kept.get("series"))
    if report is None:
        raise NotebookError(
            f"{run.id} gave no report of what it saw: {kept.get('text') or 'nothing came back'}",
            remedy="does the notebook restart its kernel, or clear the builtins?",
        )
    value = concluding.response_value(experiment, run.data)
    return Ran(
        value=value.number, report=report, why="" if value.number is not None else value.text or value.kind
    )


def _why(runs: list[Item], item: Item) -> str:
    for run in runs:
        error = run.data.get("error")
        if run.state in ("failed", "timed_out") and error:
            return f"{error['name']}: {error['value'][:200]}"
    return str(item.data.get("why") or f"the experiment is {item.state}")
