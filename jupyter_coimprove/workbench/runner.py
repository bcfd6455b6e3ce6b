"""The runner of one experiment: a process of its own that speaks to doors through the record alone.

``python -m jupyter_coimprove.workbench.runner ROOT EXPERIMENT`` holds the experiment's lock
while it lives; a free lock with unfinished runs means it was lost, and whoever starts it
again goes on where it stopped. Engines spawn from this process's main thread, because
Linux ends children when the *thread* that made them ends.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, cast

from jupyter_coimprove.clock import Clock, SystemClock, iso
from jupyter_coimprove.errors import CoimproveError, EngineError, RecordBusy
from jupyter_coimprove.registry import TOOL
from jupyter_coimprove.workbench import concluding, sharing, shelf
from jupyter_coimprove.workbench.gating import Gate, gate_of
from jupyter_coimprove.workbench.registering import verify_unchanged
from jupyter_coimprove.workbench.works import Works

if TYPE_CHECKING:
    from jupyter_coimprove.engines.dask.cluster import Cluster
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.record.store import JournalRecord
    from jupyter_coimprove.runs.engine import Engine, RunEvent
    from jupyter_coimprove.runs.schedule import RunQueue

POLL_S = 0.3
#: Exit code of a runner that finds another one at work.
BUSY = 4


def make_engine(name: str, clock: Clock, *, cluster: Cluster | None = None, share: bool = True) -> Engine:
    """The engine of that name; on a cluster, ``share`` false executes every run whole."""
    if cluster is not None:
        from jupyter_coimprove.engines.dask.engine import DaskEngine

        return DaskEngine(cluster=cluster, clock=clock, share=share)
    from jupyter_coimprove.engines.papermill.engine import PapermillEngine
    from jupyter_coimprove.engines.shared_prefix.engine import SharedPrefixEngine

    return {"papermill": PapermillEngine, "shared": SharedPrefixEngine}[name](clock=clock)


class Runner:
    """Runs what is left of one experiment and keeps what comes of it."""

    def __init__(
        self, root: Path, experiment: str, *, workers: int, engine: str, clock: Clock, gpu_slots: int = 1,
        verify: int = 0, cluster: Cluster | None = None, whole: str = "",
    ) -> None:  # fmt: skip
        from jupyter_coimprove.record.store import open_record

        self.root, self.workers, self.clock, self.gpu_slots = root, workers, clock, gpu_slots
        self.record: JournalRecord = open_record(root, clock=clock)
        self.item: Item = shelf.own(shelf.experiment_item(self.record, experiment))
        self.cluster = cluster
        self.engine = make_engine(
            engine, clock, cluster=cluster, share=not sharing.turned_off(self.record, self.item)
        )
        self.engine_name = engine
        #: Why runs are executed whole although nobody asked for it.
        self.whole = whole
        self.verify = verify
        # One writer at a time: the engine reports from several threads.
        self.writing = threading.Lock()
        self.stopping = threading.Event()
        self.live: set[str] = set()
        self.queue: RunQueue | None = None
        self.gate: Gate | None = None
        self.begun = clock.steady_s()
        self.terminated = False
        #: How far the cells are that runs have in common, while none of them is under way; and what the record has.
        self.common: dict[str, object] = {}
        self.told: dict[str, object] = {}

    def main(self) -> str:
        """Run to the end or to a stop; the experiment's state then."""
        verify_unchanged(self.root, self.item)
        works = Works(self.root, self.record, self.item, workers=max(1, self.workers))
        works.environment = self.engine.check(works.kernel)
        self._take_seats(works)
        queue = self.queue = works.queue()
        gate = self.gate = gate_of(
            works,
            queue,
            clock=self.clock,
            gpu_slots=self.gpu_slots,
            say=self._waits,
            full=self._full,
            here=self.cluster is None,
        )
        self._say(
            "running",
            "started",
            {
                "engine": self.engine_name,
                "whole": self.whole,
                "workers": self.workers,
                **({"cluster": self.cluster.address} if self.cluster is not None else {}),
                "environment": dict(works.environment),
                "waiting": "",
                "common": {},
            },
        )
        watcher = threading.Thread(target=self._watch, args=(queue,), daemon=True)
        self.begun = self.clock.steady_s()
        watcher.start()
        try:
            self.engine.execute(gate, lambda event: self._report(works, queue, event), workers=self.workers)
        except EngineError as error:
            self._say("paused", "paused", {"now": True, "why": f"{error.message}; {error.remedy}"})
            raise
        finally:
            self.stopping.set()
            watcher.join(timeout=10)
        return self._end(works)

    def _take_seats(self, works: Works) -> None:
        """On a cluster as many runs at a time as it has room for, unless fewer were asked for."""
        seats = getattr(self.engine, "seats", None)
        if seats is not None:
            self.workers = min(self.workers or seats.runs, seats.runs)
            works.workers, works.threads = self.workers, seats.cores

    def _say(self, state: str, event: str, data: dict[str, object]) -> None:
        from jupyter_coimprove.record.base import Draft

        draft = Draft(id=self.item.id, kind="experiment", event=event, state=state, data=data, actor=TOOL)
        with self.writing:
            self.record.append([draft])

    def _report(self, works: Works, queue: RunQueue, event: RunEvent) -> None:
        """Keep what happened to a run; one that the machine failed goes back into the queue."""
        if event.type == "common":
            since = self.common.get("since") or iso(self.clock.wall_ms())
            self.common = {} if self.live else {**event.detail, "since": since}
            return
        if event.type == "started":
            self.common = {}
            self.live.add(event.run)
        if event.type == "finished":
            self.live.discard(event.run)
            self._make_room(event)
        drafts, again = works.drafts(event, stopping=self.stopping.is_set())
        if drafts:
            with self.writing:
                self.record.append(drafts)
        if again is not None and not self.stopping.is_set():
            queue.push([again])
        if works.sequential and event.type == "finished" and not self.stopping.is_set():
            with self.writing:
                works.feed(queue)

    def _watch(self, queue: RunQueue) -> None:
        """Follow what doors ask for: pause, resume, cancel, an arm dropped, another order, one run cancelled."""
        from jupyter_coimprove.record.store import open_record

        # A connection of its own: this thread only reads.
        record = open_record(self.root, clock=self.clock)
        seen = self.item.seq
        try:
            while not self.stopping.wait(POLL_S):
                self._keep_budget()
                self._tell_common()
                if self.terminated and not self.stopping.is_set():
                    self.stopping.set()
                    self.stop()
                for line in record.follow(seen, id=self.item.id):
                    seen = max(seen, line.seq)
                    if line.trust == "own" and line.event in (
                        "paused",
                        "resumed",
                        "cancelled",
                        "arm_dropped",
                        "run_cancelled",
                        "reordered",
                    ):
                        self._obey(queue, line.event, dict(line.data))
        finally:
            record.close()

    def _keep_budget(self) -> None:
        """Pause when the experiment has used up its time; what runs is stopped and queued again."""
        limit = shelf.recorded_plan(self.item).budget.total_seconds
        spent = float(self.item.data.get("spent_s", 0.0)) + self.clock.steady_s() - self.begun
        if limit is not None and spent > limit and not self.stopping.is_set():
            self.stopping.set()
            self._say("paused", "paused", {"now": True, "why": f"the budget of {limit:g} s is used up"})
            self.stop()

    def _tell_common(self) -> None:
        """Keep how far the cells in common are: from time to time, as they may take less than writing it does."""
        if (common := self.common) != self.told:
            self.told = common
            self._say("", "common", {"common": common})

    def _obey(self, queue: RunQueue, event: str, data: dict[str, object]) -> None:
        if event == "paused":
            queue.pause()
            if data.get("now"):
                self.stopping.set()
                self.stop()
        elif event == "resumed":
            queue.resume()
        elif event == "cancelled":
            self.stop()
        elif event == "arm_dropped":
            self._drop(queue, str(data["arm"]))
        elif event == "reordered":
            queue.reorder([str(arm) for arm in cast("list[object]", data["order"])])
        elif event == "run_cancelled":
            self._cancel_run(queue, str(data["run"]))

    def _make_room(self, event: RunEvent) -> None:
        """What a run that ended held is free; where it found no memory, fewer run at a time from now on."""
        gate = self.gate
        if gate is None or event.outcome is None:
            return
        if gate.ended(event.outcome):
            slots = {} if gate.slots is None else {"gpu_slots": gate.slots.slots}
            self._say("", "slots_lowered", {**slots, "at_a_time": gate.most, "run": event.run})
        limit = shelf.recorded_plan(self.item).budget.disk_mb
        if limit is not None and gate.kept_mb > limit and not self.stopping.is_set():
            self._full(f"runs have kept {gate.kept_mb:.0f} MB, and the budget is {limit:g} MB")

    def _waits(self, why: str) -> None:
        self._say("", "waiting", {"waiting": why})

    def _full(self, why: str) -> None:
        """No room on the disk: pause; what runs is stopped and queued again, what is whole is kept."""
        self.stopping.set()
        self._say("paused", "paused", {"now": True, "why": why})
        self.stop()

    def _drop(self, queue: RunQueue, arm: str) -> None:
        """An arm leaves for good; its runs that waited are cancelled in the record."""
        self._cancelled([work.run for work in queue.drop(arm)], "arm dropped")
        for run in shelf.runs_of(self.record, self.item.id):
            if run.state == "queued" and run.data["arm"] == arm and run.id not in self.live:
                # Taken from the queue, it waits for cells in common.
                self.engine.stop(run.id, "cancelled")

    def _cancel_run(self, queue: RunQueue, run: str) -> None:
        """One run ends now, or does not begin."""
        if queue.remove(run):
            self._cancelled([run], "cancelled")
        else:
            self.engine.stop(run, "cancelled")

    def _cancelled(self, runs: list[str], why: str) -> None:
        """Keep that these waited and do not any more."""
        from jupyter_coimprove.record.base import Draft

        drafts = [
            Draft(id=run, kind="run", event="cancelled", state="cancelled", actor=TOOL, data={"reason": why})
            for run in runs
        ]
        if drafts:
            with self.writing:
                self.record.append(drafts)

    def stop(self) -> None:
        """Start nothing more and end every live run now; what was stopped is queued again."""
        if self.queue is not None:
            self.queue.cancel()
        for run in tuple(self.live):
            self.engine.stop(run, "cancelled")

    def _whole(self) -> Engine:
        """An engine that executes every run whole, where these were executed."""
        return make_engine("papermill", self.clock, cluster=self.cluster, share=False)

    def _end(self, works: Works) -> str:
        """Say how the experiment stands; with nothing left to run, conclude it."""
        spent = float(self.item.data.get("spent_s", 0.0)) + self.clock.steady_s() - self.begun
        runs = shelf.runs_of(self.record, self.item.id)
        self._say("", "ran", {"spent_s": round(spent, 1), "sharing": sharing.summary(runs)})
        item = self.record.get(self.item.id)
        if item.state in ("cancelled", "paused"):
            return item.state
        if works.left(self.record):
            self._say("paused", "stopped", {"why": "the runner was asked to end"})
            return "paused"
        broken = works.conflicts(self.record) or sharing.verify(
            works, self.record, self.verify, engine=self._whole
        )
        if broken:
            with self.writing:
                self.record.append(broken)
        self._say("completed", "completed", {"stops": works.settle()} if works.sequential else {})
        concluding.conclude(self.root, self.record, self.record.get(self.item.id))
        return "completed"


def _cluster(args: argparse.Namespace) -> Cluster | None:
    if not args.cluster:
        return None
    from jupyter_coimprove.engines.dask.cluster import cluster_of

    return cluster_of(args.cluster, args.cluster_tls)


def main(argv: list[str] | None = None) -> int:
    """Entry point of the process; 0 when the experiment ended, 1 with a line on stderr otherwise."""
    from jupyter_coimprove.record.locks import held
    from jupyter_coimprove.record.roots import Layout

    parser = argparse.ArgumentParser(prog="coimprove-runner")
    parser.add_argument("root", type=Path)
    parser.add_argument("experiment")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--engine", default="papermill")
    parser.add_argument("--whole", default="")
    parser.add_argument("--gpu-slots", type=int, default=1)
    parser.add_argument("--verify", type=int, default=0)
    parser.add_argument("--cluster", default="")
    parser.add_argument("--cluster-tls", default="")
    args = parser.parse_args(argv)
    lock = Layout(args.root).locks / f"{args.experiment}.runner"
    try:
        with held(lock, what=f"the runner of {args.experiment}", timeout=0):
            runner = Runner(
                args.root,
                args.experiment,
                workers=args.workers,
                engine=args.engine,
                clock=SystemClock(),
                gpu_slots=args.gpu_slots,
                verify=args.verify,
                cluster=_cluster(args),
                whole=args.whole,
            )

            def terminate(number: int, frame: FrameType | None) -> None:
                # Only a mark: what stopping takes may be held by the code that was interrupted.
                runner.terminated = True

            signal.signal(signal.SIGTERM, terminate)
            try:
                runner.main()
            finally:
                runner.record.close()
    except CoimproveError as error:
        sys.stderr.write(f"{error.code}: {error.message}\n{error.remedy}\n")
        return BUSY if isinstance(error, RecordBusy) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
