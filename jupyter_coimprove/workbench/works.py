"""What is left to run of an experiment, as work for an engine, and what comes back as lines."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.registry import INFRASTRUCTURE, RUN_FINAL, TOOL
from jupyter_coimprove.workbench import concluding, probing, sequencing, sharing, shelf
from jupyter_coimprove.workbench.beside import MODULES
from jupyter_coimprove.workbench.outcomes import outcome_data

if TYPE_CHECKING:
    from jupyter_coimprove.experiments.experiment import Arm, Experiment, Plan
    from jupyter_coimprove.record.base import Draft, Item, Record
    from jupyter_coimprove.runs.engine import RunEvent
    from jupyter_coimprove.runs.run import Probe, Work
    from jupyter_coimprove.runs.schedule import RunQueue

#: What keeps runs from meeting.
MEET = "write it below the notebook's folder, or let runs have private layers (`coimprove doctor`)"
#: How often a run is begun at most when the machine, not the arm, fails it.
ATTEMPTS = 3


def wanted(experiment: Experiment) -> list[tuple[Arm, int, int]]:
    """All (arm, block number, replicate), block by block so that pairs are complete early.

    The baseline is run twice at the first block, to show residual nondeterminism.
    """
    plan = experiment.plan
    out = [(arm, block, 0) for block in experiment.blocks for arm in plan.arms]
    if plan.design == "probe":
        # One run shows the rows; only shuffles are repeated.
        out = [cell for cell in out if not cell[0].is_baseline or cell[1] == experiment.blocks[0]]
    if plan.repeat_baseline and experiment.blocks:
        out.append((plan.baseline, experiment.blocks[0], 1))
    return out


def ordered(arms: Sequence[Arm], item: Item) -> list[Arm]:
    """The arms as they are run within a block: those that a person put first, then the rest as planned."""
    first = {str(name): place for place, name in enumerate(item.data.get("order", ()))}
    return sorted(arms, key=lambda arm: first.get(arm.name, len(first)))


def _in_order(experiment: Experiment, item: Item) -> list[tuple[Arm, int, int]]:
    """All that is wanted, block by block, with the arms in the order that a person put them in."""
    blocks = {block: place for place, block in enumerate(experiment.blocks)}
    arms = {arm.name: place for place, arm in enumerate(ordered(experiment.plan.arms, item))}
    return sorted(wanted(experiment), key=lambda cell: (cell[2], blocks[cell[1]], arms[cell[0].name]))


def probes(plan: Plan) -> tuple[Probe, ...]:
    """What is read of every run once its last cell has run."""
    from jupyter_coimprove.runs.run import Probe

    response = plan.response
    out = probing.probes_of(response, concluding.RESPONSE_PROBE)
    if response.items:
        out.append(Probe(name=concluding.ITEMS_PROBE, expr=response.items, shape="series"))
    if response.clusters:
        # Names of clusters may be of any kind: the kernel numbers them as they come.
        numbered = (
            "(lambda seen: [seen.setdefault(name, len(seen)) for name in "
            f"(lambda of: of.tolist() if hasattr(of, 'tolist') else list(of))({response.clusters})])({{}})"
        )
        out.append(Probe(name=concluding.CLUSTERS_PROBE, expr=numbered, shape="series"))
    for number, other in enumerate(plan.also):
        out += probing.probes_of(other, concluding.also_probe(number))
    if plan.split_sizes is not None:
        train, test = plan.split_sizes
        out += [Probe(name=concluding.TRAIN_PROBE, expr=train), Probe(name=concluding.TEST_PROBE, expr=test)]
    if plan.design == "probe":
        from jupyter_coimprove.experiments.probes.spots import REPORT

        out.append(Probe(name=concluding.PROBE, expr=REPORT, shape="series"))
    return tuple(out)


class Works:
    """The runs of one registered experiment: which are left, and how they are kept."""

    def __init__(self, root: Path, record: Record, item: Item, *, workers: int) -> None:
        from jupyter_coimprove.record.roots import Layout

        self.root, self.record, self.item = root, record, item
        self.layout = Layout(root)
        self.experiment = shelf.registered(item)
        self.notebook = shelf.snapshot_notebook(root, item)
        self.kernel = self.experiment.plan.kernel or self.notebook.kernel or "python3"
        self.modules = self.layout.experiment(item.id) / MODULES
        self.environment: Mapping[str, Any] = {}
        self.threads = max(1, (os.cpu_count() or 1) // max(1, workers))
        self.works: dict[str, Work] = {}
        self.workers = workers
        self.begun: set[tuple[str, int, int]] = set()

    @property
    def sequential(self) -> bool:
        return self.experiment.plan.stopping == "sequential"

    def left(self, record: Record) -> list[tuple[Arm, int, int]]:
        """What has no final run yet, in the order it would be run."""
        runs = shelf.runs_of(record, self.item.id)
        ended = {_cell(run) for run in runs if run.state in RUN_FINAL and not _again(run)}
        item = record.get(self.item.id)
        dropped = {str(arm) for arm in item.data.get("dropped", ())}
        if self.sequential:
            needed = set(sequencing.undecided(self.experiment, runs)) - dropped
            dropped |= {arm.name for arm in self.experiment.plan.arms if arm.name not in needed}
            if needed:
                dropped -= {
                    arm.name for arm in (self.experiment.plan.baseline, *self.experiment.plan.controls)
                }
        return [
            (arm, block, replicate)
            for arm, block, replicate in _in_order(self.experiment, item)
            if (arm.name, block, replicate) not in ended and arm.name not in dropped
        ]

    def queue(self) -> RunQueue:
        """A queue with all that is left; runs a dead runner left behind are marked lost first.

        Of a sequential design only the next blocks wait in it: ``feed`` brings the others.
        """
        from jupyter_coimprove.runs.schedule import RunQueue

        queue = RunQueue()
        if self.sequential:
            self.feed(queue)
        else:
            self._push(queue, self.left(self.record))
            queue.drain()
        return queue

    def feed(self, queue: RunQueue) -> None:
        """Let the next blocks of a sequential design wait, or end the queue when all is decided.

        What waits for a treatment that has been decided meanwhile is taken out.
        """
        while not queue.closed:
            left = self.left(self.record)
            needed = {(arm.name, block, replicate) for arm, block, replicate in left}
            late = [w.arm for w in queue.waiting() if (w.arm, w.block, w.replicate) not in needed]
            self._not_needed({work.run for arm in dict.fromkeys(late) for work in queue.drop(arm)})
            if not left:
                queue.drain()
                return
            fresh = [cell for cell in left if (cell[0].name, *cell[1:]) not in self.begun]
            if not fresh or len(queue) >= self.workers or self._too_far(left, fresh):
                return
            self._push(queue, [cell for cell in fresh if cell[1] == fresh[0][1]])

    def _too_far(self, left: list[tuple[Arm, int, int]], fresh: list[tuple[Arm, int, int]]) -> bool:
        """Whether the next block is more than one a worker beyond the first that is still open.

        A run that takes long holds the decision up; blocks run meanwhile may turn out not to be needed.
        """
        at = self.experiment.blocks.index
        return at(fresh[0][1]) - at(left[0][1]) > self.workers

    def settle(self) -> dict[str, int]:
        """What still waits of a sequential design that is decided is not needed; the blocks each took."""
        runs = shelf.runs_of(self.record, self.item.id)
        self._not_needed({run.id for run in runs if run.state not in RUN_FINAL})
        return sequencing.stops(self.experiment, shelf.runs_of(self.record, self.item.id))

    def _not_needed(self, runs: set[str]) -> None:
        """Runs that waited for a treatment that is decided end in the record, never begun."""
        from jupyter_coimprove.record.base import Draft

        why = {"reason": concluding.NOT_NEEDED}
        drafts = [
            Draft(id=run, kind="run", event="cancelled", state="cancelled", actor=TOOL, data=why)
            for run in sorted(runs)
        ]
        if drafts:
            self.record.append(drafts)

    def _push(self, queue: RunQueue, cells: list[tuple[Arm, int, int]]) -> None:
        """Let these runs wait, each kept as queued; what an earlier run stands for is not run."""
        from jupyter_coimprove.record.base import Draft

        known = {_cell(run): run for run in shelf.runs_of(self.record, self.item.id)}
        drafts: list[Draft] = []
        fresh: list[Work] = []
        for arm, block, replicate in cells:
            self.begun.add((arm.name, block, replicate))
            run = known.get((arm.name, block, replicate))
            if run is None:
                id_ = new_id("run", SystemClock())
                attempt = 1
            else:
                id_, attempt = run.id, int(run.data.get("attempt", 0)) + 1
                if run.state == "running":
                    drafts.append(Draft(id=id_, kind="run", event="lost", state="lost", actor=TOOL))
            work = self.work(id_, arm, block, replicate, attempt)
            reused = self._reuse(work)
            if reused is not None and run is None:
                drafts.append(self._queued(work))
                drafts.append(reused)
                continue
            drafts.append(self._queued(work))
            self.works[id_] = work
            fresh.append(work)
        if drafts:
            self.record.append(drafts)
        # Together: each push sorts all that wait.
        queue.push(fresh)

    @cached_property
    def _chance(self) -> str:
        return sharing.chance_left(self.notebook, self.experiment.plan)

    def work(self, run: str, arm: Arm, block: int, replicate: int, attempt: int) -> Work:
        """One run of one arm in one block, bound to its code."""
        from jupyter_coimprove.experiments.binding import bind
        from jupyter_coimprove.kernelspace.transform import python_source
        from jupyter_coimprove.runs.run import Limits, Work

        plan = self.experiment.plan
        number = self.experiment.seeds_of(arm, block)
        bound = bind(self.notebook, plan, arm, number, transform=python_source)
        return Work(
            run=run, experiment=self.item.id, arm=arm.name, block=block, replicate=replicate, attempt=attempt,
            notebook=bound.node, parameters=bound.parameters, kernel=self.kernel,
            source_dir=shelf.source_folder(self.root, self.item, plan),
            snapshot=self.modules if self.modules.is_dir() else None, folder=self.layout.run(run),
            probes=probing.shifted(probes(plan), bound.seeding),
            overlay=bound.files,
            threads=self.threads, alone=sharing.alone(plan, arm, replicate) or self._chance,
            limits=Limits(
                wall_s=plan.budget.run_seconds, output_bytes=int(plan.budget.output_mb * 2**20),
                keep_bytes=None if plan.budget.keep_mb is None else int(plan.budget.keep_mb * 2**20),
            ),
        )  # fmt: skip

    def key(self, work: Work) -> str | None:
        """The run key: equal keys give equal results; None where the inputs cannot be known."""
        from jupyter_coimprove.runs.provenance import named_inputs, run_key

        sources = ["".join(cell["source"]) for cell in work.notebook["cells"] if cell["cell_type"] == "code"]
        beside = {**self.notebook.beside, **work.overlay}
        modules = [text for name, text in beside.items() if name.endswith(".py")]
        return run_key(
            sources=sources, parameters=work.parameters, block=work.block, replicate=work.replicate,
            environment={**self.environment, "threads": work.threads}, modules_digest=self.experiment.snapshot,
            inputs=named_inputs([*sources, *modules], work.source_dir, frozen=beside.keys()),
            overlay=work.overlay,
        )  # fmt: skip

    def _queued(self, work: Work) -> Draft:
        from jupyter_coimprove.record.base import Draft

        return Draft(
            id=work.run, kind="run", event="queued", state="queued", actor=TOOL,
            data={
                "experiment": work.experiment, "arm": work.arm, "block": work.block,
                "replicate": work.replicate, "attempt": work.attempt - 1, "key": self.key(work) or "",
            },
        )  # fmt: skip

    def _reuse(self, work: Work) -> Draft | None:
        """A completed run with the same key stands for this one; the result becomes post hoc."""
        from jupyter_coimprove.record.base import Draft

        # A control is there to be run: an earlier run in its place would show nothing.
        fresh = {arm.name for arm in self.experiment.plan.controls}
        reusable = self.experiment.plan.extra.get("reuse") and work.arm not in fresh
        key = self.key(work) if reusable else None
        if not key:
            return None
        for run in self.record.find("run", key=key):
            other = str(run.data["experiment"])
            if (
                run.state == "completed"
                and run.trust == "own"
                and other != work.experiment
                and not self._pilot(other)
                and self._has_read(other)
            ):
                data = {
                    name: run.data[name]
                    for name in ("metrics", "seconds", "cell_seconds")
                    if name in run.data
                }
                return Draft(
                    id=work.run, kind="run", event="reused", state="reused", actor=TOOL,
                    data={**data, "reused_from": run.id},
                )  # fmt: skip
        return None

    def _pilot(self, experiment: str) -> bool:
        """Whether runs of that experiment are a pilot's, which stand for no other."""
        return shelf.is_pilot(self.record.get(experiment))

    def _has_read(self, other: str) -> bool:
        """Whether another experiment's runs have read all that this one reads of its own."""
        theirs = probes(shelf.registered(self.record.get(other)).plan)
        return set(probes(self.experiment.plan)) <= set(theirs)

    def conflicts(self, record: Record) -> list[Draft]:
        """Runs that met outside their own views have failed, and the experiment says so loudly.

        A file written by two of them, or by one and read by another, may have carried results over.
        """
        from jupyter_coimprove.record.base import Draft
        from jupyter_coimprove.runs.provenance import named_inputs
        from jupyter_coimprove.runs.run import Outcome
        from jupyter_coimprove.runs.strays import conflicts

        ended = [run for run in shelf.runs_of(record, self.item.id) if run.state == "completed"]
        source_dir = shelf.source_folder(self.root, self.item, self.experiment.plan)
        sources = [cell.source for cell in self.notebook.code_cells]
        reads = [str(entry["path"]) for entry in named_inputs(sources, source_dir).files]
        met = conflicts(
            [
                Outcome(run=run.id, state="completed", strays=tuple(run.data.get("strays", ())))
                for run in ended
            ],
            reads={run.id: {*reads, *run.data.get("reads", ())} for run in ended},
        )
        if not met:
            return []
        texts = [
            f"{len(one.runs)} runs met in {one.path}, outside their own folders; they count as failed: {MEET}"
            for one in met
        ]
        item = record.get(self.item.id)
        told = {"deviations": [*shelf.deviations(item), *texts], "isolation_failed": True}
        drafts = [Draft(id=item.id, kind="experiment", event="isolation_failed", data=told, actor=TOOL)]
        for id_ in dict.fromkeys(run for one in met for run in one.runs):
            why = {"reason": "isolation"}
            drafts.append(Draft(id=id_, kind="run", event="failed", state="failed", data=why, actor=TOOL))
        return drafts

    def drafts(self, event: RunEvent, *, stopping: bool) -> tuple[list[Draft], Work | None]:
        """The lines an event is kept as, and the work to repeat when the machine failed it."""
        from jupyter_coimprove.record.base import Draft

        work = self.works[event.run]
        if event.type == "started":
            data = {"attempt": work.attempt, "threads": work.threads}
            return [
                Draft(id=work.run, kind="run", event="started", state="running", data=data, actor=TOOL)
            ], None
        if event.type != "finished" or event.outcome is None:
            return [], None
        outcome = event.outcome
        if outcome.state == "cancelled" and stopping:
            # Stopped with its runner: it is queued again, nothing came of it.
            return [Draft(id=work.run, kind="run", event="stopped", state="queued", actor=TOOL)], None
        state = outcome.state
        again = None
        if outcome.state == "lost" or outcome.reason in INFRASTRUCTURE:
            state = "failed"
            if work.attempt < ATTEMPTS:
                again = self.work(
                    work.run, next(arm for arm in self.experiment.plan.arms if arm.name == work.arm),
                    work.block, work.replicate, work.attempt + 1,
                )  # fmt: skip
                self.works[work.run] = again
                return [
                    Draft(
                        id=work.run, kind="run", event="repeating", state="queued", actor=TOOL,
                        data={"reason": outcome.reason, "attempt": work.attempt},
                    )
                ], again  # fmt: skip
        return [
            Draft(
                id=work.run, kind="run", event=state, state=state, actor=TOOL,
                data={**outcome_data(outcome), "attempt": work.attempt},
            )
        ], None  # fmt: skip


def _cell(run: Item) -> tuple[str, int, int]:
    return (str(run.data["arm"]), int(run.data["block"]), int(run.data["replicate"]))


def _again(run: Item) -> bool:
    """Whether a final run is to be repeated on resume: the machine failed it, not its arm."""
    return run.state == "failed" and str(run.data.get("reason")) in INFRASTRUCTURE
