"""One ``execute`` on a cluster: what goes out to which worker, what comes back, and who is still there."""

from __future__ import annotations

import contextlib
import queue
import shutil
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.engines.dask import cluster as clusters
from jupyter_coimprove.engines.dask import groups, parcel, station
from jupyter_coimprove.engines.dask.folder import Folders, Sent
from jupyter_coimprove.engines.dask.groups import Group
from jupyter_coimprove.engines.papermill import messages
from jupyter_coimprove.errors import EngineError
from jupyter_coimprove.faults import fault_point
from jupyter_coimprove.runs.engine import Queue, RunEvent
from jupyter_coimprove.runs.run import Outcome, RunError, Work

if TYPE_CHECKING:
    from jupyter_coimprove.engines.dask.engine import DaskEngine

#: How often workers are counted.
_LOOK_S = 1.0
_IDLE_S, _BUSY_S = 0.05, 0.25
#: How often at most a run tells of its cells, in seconds, and all runs together in one.
_CELL_S, _CELLS = 0.25, 200
#: Groups that end before their runs begin, for one run, before it counts as lost.
_FALSE_STARTS = 3
#: Where workers write on a file system that they share with us, beside the runs' folders.
_SHARED = ".dask-"
#: What Dask says of a group whose worker is gone.
_GIVEN_UP = frozenset(
    {"KilledWorker", "CancelledError", "FutureCancelledError", "NoValidWorkerError", "CommClosedError"}
)


class Flight:
    """The state of one ``execute``; used from one thread, except for ``heard``."""

    def __init__(
        self, engine: DaskEngine, work: Queue, report: Callable[[RunEvent], None], workers: int
    ) -> None:
        self.engine, self.queue, self.report, self.most = engine, work, report, workers
        self.clock, self.heard = engine.clock, engine.heard
        self.files, self.client = engine.files, None  # type: str, Any
        self.token = uuid.uuid4().hex
        self.kernel = ""
        self.seats: dict[str, int] = {}
        self.refused: dict[str, str] = {}
        self.groups: dict[str, Group] = {}
        self.back: list[Work] = []
        self.false_starts: Counter[str] = Counter()
        self.places: set[Path] = set()
        self.folders = self._folders()
        self.looked = self.clock.steady_s()
        self.alone_since: float | None = None
        self.held = ""

    # -- the whole way

    def fly(self) -> None:
        while True:
            self._obey_queue()
            waits = self._give_out()
            if not self.groups and not self.back and self.queue.done():
                return
            try:
                kind, what = self.heard.get(timeout=_IDLE_S if waits else _BUSY_S)
            except queue.Empty:
                kind, what = "", None
            if kind == "stop":
                self._stop(*what)
            elif kind == "event":
                self._hear(what)
            elif kind == "over":
                self._over(what)
            if self.client is not None and self.clock.steady_s() - self.looked > _LOOK_S:
                self._look()

    def land(self) -> None:
        """Nothing of ours stays at the cluster, and no folder for it here."""
        client, self.client = self.client, None
        if client is not None:
            with contextlib.suppress(OSError, TimeoutError, RuntimeError):
                client.cancel([group.future for group in self.groups.values()], force=True)
                client.run(station.close, self.token, on_error="ignore")
            client.close()
        for place in self.places:
            shutil.rmtree(place, ignore_errors=True)

    def _join(self, kernel: str) -> None:
        """Become a client, once it is known what for."""
        client = clusters.connect(self.engine.cluster)
        try:
            seats, _ = clusters.admit(client, kernel, self.engine.passed)
            client.subscribe_topic(self.token, lambda event: self.heard.put(("event", event[1])))
        except BaseException:
            client.close()
            raise
        self.client, self.kernel = client, kernel
        self._seat(seats.threads)

    def _seat(self, threads: Mapping[str, int]) -> None:
        """Room at workers that are new; in all not more than was asked for."""
        for address, count in threads.items():
            left = count if self.most <= 0 else min(count, self.most - sum(self.seats.values()))
            if address not in self.seats and left > 0:
                self.seats[address] = left

    # -- what goes out

    def _give_out(self) -> bool:
        """Give groups to free seats; whether some stay free."""
        while not self.held:
            free = self._free()
            if self.client is not None and not free:
                return False
            works = groups.take(self.queue, self.back, sum(self.seats.values()) or self.most or 1)
            if not works:
                if free and not self.queue.done():
                    return True
                self._spread(free)
                return bool(free)
            if self.client is None:
                self.back = works + self.back
                self._join(works[0].kernel)
                continue
            self._submit(free[0], works)
        return True

    def _free(self) -> list[str]:
        """Workers with a free seat, those with the fewest groups first."""
        busy = Counter(group.worker for group in self.groups.values())
        free = [address for address, seats in self.seats.items() if busy[address] < seats]
        return sorted(free, key=lambda address: busy[address])

    def _submit(self, worker: str, works: list[Work]) -> None:
        place = works[0].folder.parent.resolve() / f"{_SHARED}{works[0].experiment}-{self.token[:12]}"
        mark = self._mark(place)
        id_ = uuid.uuid4().hex[:12]
        group = Group(id=id_, worker=worker, works={work.run: work for work in works}, folder=place / id_)
        sent = [replace(work, folder=group.folder / work.run) for work in works]
        files: Sent | None = None
        if self.files == "content":
            files = self.folders.send(works)
            most = int(self.engine.most_mb * 2**20)
            sent = [replace(w, limits=replace(w.limits, keep_bytes=min(w.limits.keep_bytes or most, most))) for w in sent]  # fmt: skip
        later = groups.ahead(works, groups.waiting(self.queue)) if self.engine.share else []
        order = groups.encode(
            sent, later, token=self.token, group=id_, mark=str(mark), seats=self.seats[worker],
            env=self.engine.passed, share=self.engine.share,
            cell_s=max(_CELL_S, sum(self.seats.values()) / _CELLS), tree=files.tree if files else "",
        )  # fmt: skip
        self.groups[id_] = group
        group.future = self.client.submit(
            station.run_group, order, *((files.where, *files.pieces.values()) if files else ()), key=f"coimprove-{self.token[:8]}-{id_}", workers=[worker],
            allow_other_workers=False, pure=False, retries=0,
        )  # fmt: skip
        group.future.add_done_callback(lambda _: self.heard.put(("over", id_)))
        fault_point("dask.submitted")

    def _mark(self, place: Path) -> Path:
        """A file by which a worker knows that it sees our folders."""
        mark = place / "here"
        if place not in self.places:
            for old in place.parent.glob(f"{place.name[: -len(self.token[:12])]}*"):
                # An engine's that was killed: its runner's lock is ours now.
                shutil.rmtree(old, ignore_errors=True)
            place.mkdir(mode=0o700, parents=True)
            mark.write_text(self.token, encoding="ascii")
            self.places.add(place)
        return mark

    def _folders(self) -> Folders:
        """What workers get of the person's folders, and from each other; nothing of it is sent yet."""
        return Folders(
            most_mb=self.engine.most_mb, scatter=lambda data: self.client.scatter(data, hash=False)
        )

    # -- what comes back

    def _hear(self, line: Mapping[str, Any]) -> None:
        group = self.groups.get(str(line["group"]))
        if group is None:
            return
        if line["type"] == "begun":
            if group.begun and group.begun != line["station"]:
                # The worker came back under its address, and Dask began the group anew.
                self._lose(group, "worker_lost")
            group.begun = str(line["station"])
            return
        run = str(line["run"])
        if run not in group.works or run in group.ended:
            return
        if line["type"] == "common":
            self.report(RunEvent(run=run, type="common", detail=line["detail"]))
            return
        self._started(group, run)
        if line["type"] == "cell":
            self.report(RunEvent(run=run, type="cell", detail=line["detail"]))
        elif line["type"] == "finished":
            self._finished(group, messages.outcome_from_dict(line["outcome"]), None)

    def _started(self, group: Group, run: str) -> None:
        if run not in group.started:
            group.started.add(run)
            self.report(RunEvent(run=run, type="started"))

    def _finished(self, group: Group, outcome: Outcome, artifacts: bytes | None) -> None:
        """Keep what came of a run, once; its artifacts are here before it is told."""
        run = outcome.run
        if run in group.ended:
            return
        group.ended.add(run)
        try:
            parcel.take_in(artifacts, group.folder / run, group.works[run].folder)
        except OSError as error:
            told = RunError(name=type(error).__name__, value=f"its artifacts could not be kept: {error}")
            outcome = replace(outcome, state="failed", reason="disk_full", error=told)
        removed = {*self.engine.removed, *outcome.environment.get("removed", ())}
        outcome = replace(outcome, environment={**outcome.environment, "removed": sorted(removed)})
        self._started(group, run)
        self.report(RunEvent(run=run, type="finished", outcome=outcome))

    def _over(self, id_: str) -> None:
        """A group has ended at its worker, or Dask has given it up."""
        group = self.groups.get(id_)
        if group is None:
            return
        future = group.future
        if future.status != "finished":
            error = future.exception() if future.status == "error" else None
            if error is not None and type(error).__name__ not in _GIVEN_UP:
                raise EngineError(
                    f"worker {group.worker} cannot execute runs: {error!r}",
                    remedy="look into its log; restart it",
                ) from error
            self._lose(group, "worker_lost" if self.client.status == "running" else "lease_lost")
            return
        try:
            came = future.result()
        except (OSError, TimeoutError, RuntimeError):
            # What it had was lost with its worker before it arrived.
            self._lose(group, "worker_lost")
            return
        del self.groups[id_]
        if came.get("unseen"):
            if self.engine.files == "paths":
                raise EngineError(
                    f"worker {group.worker} does not see {next(iter(group.works.values())).source_dir}",
                    remedy="mount it there, or leave COIMPROVE_CLUSTER_FILES out: files are sent then",
                )
            self.files = "content"
            self.back = [*group.works.values(), *self.back]
            return
        if "error" in came:
            error = came["error"]
            raise EngineError(f"on worker {group.worker}: {error['message']}", remedy=error["remedy"])
        for run in group.works:
            if run in came["outcomes"]:
                self._finished(
                    group, messages.outcome_from_dict(came["outcomes"][run]), came["artifacts"].get(run)
                )
        self.back += [group.works[run] for run in came["back"]]
        shutil.rmtree(group.folder, ignore_errors=True)

    def _lose(self, group: Group, reason: str) -> None:
        """A group's worker is gone: what had begun is lost, what had not begins elsewhere."""
        del self.groups[group.id]
        with contextlib.suppress(OSError, TimeoutError, RuntimeError):
            self.client.cancel([group.future], force=True)
        for run in [run for run in group.works if run not in group.ended]:
            self.false_starts[run] += 1
            if run not in group.started and self.false_starts[run] < _FALSE_STARTS:
                self.back.append(group.works[run])
                continue
            self._started(group, run)
            group.ended.add(run)
            what = (
                "the worker that executed this run" if reason == "worker_lost" else "the cluster's scheduler"
            )
            error = RunError(name="WorkerLost", value=f"{what} is gone ({group.worker})")
            self.report(RunEvent(run=run, type="finished", outcome=Outcome(run=run, state="lost", reason=reason, error=error)))  # fmt: skip
        shutil.rmtree(group.folder, ignore_errors=True)

    # -- pauses, ends, and who is still there

    def _obey_queue(self) -> None:
        """While nothing may begin, what has not begun comes back; when all is cancelled, so is it."""
        held = str(getattr(self.queue, "held", ""))
        if held and held != self.held:
            self._recall([group for group in self.groups.values() if group.waiting])
        self.held = held
        if held == "cancelled":
            works, self.back = self.back, []
            for work in works:
                self._end_unbegun(work, "cancelled")

    def _end_unbegun(self, work: Work, state: Any) -> None:
        self.report(RunEvent(run=work.run, type="started"))
        self.report(
            RunEvent(run=work.run, type="finished", outcome=Outcome(run=work.run, state=state, reason=state))
        )

    def _spread(self, free: list[str]) -> None:
        """With seats free and nothing left to give: what waits at others comes back once, and is divided."""
        long = [
            g
            for g in self.groups.values()
            if not g.recalled and (len(g.waiting) > 1 or (g.started and g.waiting))
        ]
        if free and long:
            self._recall([max(long, key=lambda group: len(group.waiting))])

    def _recall(self, wanted: list[Group]) -> None:
        for group in wanted:
            group.recalled = True
        workers = sorted({group.worker for group in wanted})
        if workers and self.client is not None:
            self.client.run(station.recall, self.token, workers=workers, wait=False, on_error="ignore")

    def _stop(self, run: str, state: Any) -> None:
        for work in [work for work in self.back if work.run == run]:
            self.back.remove(work)
            self._end_unbegun(work, state)
        for group in self.groups.values():
            if run in group.works and run not in group.ended:
                self.client.run(
                    station.stop, self.token, run, state, workers=[group.worker], wait=False, on_error="ignore"
                )  # fmt: skip

    def _look(self) -> None:
        """Which workers are there: groups of those that are gone are lost, new ones get work."""
        self.looked = now = self.clock.steady_s()
        try:
            if self.client.status != "running":
                raise OSError("the connection is closed")
            there = self.client.nthreads()
        except (OSError, TimeoutError, RuntimeError) as error:
            self._scheduler_lost(error)
            return
        for group in self.groups.values():
            if group.future.status == "lost":
                # What it was to read went with the worker that held it; Dask tells that to nobody.
                self.heard.put(("over", group.id))
        for address in [address for address in self.seats if address not in there]:
            del self.seats[address]
            for group in [group for group in self.groups.values() if group.worker == address]:
                self._lose(group, "worker_lost")
        for address in [
            address for address in there if address not in self.seats and address not in self.refused
        ]:
            if 0 < self.most <= sum(self.seats.values()):
                break
            try:
                seats, _ = clusters.admit(self.client, self.kernel, self.engine.passed, [address])
                self._seat(seats.threads)
            except EngineError as error:
                self.refused[address] = error.message
        self._not_alone(now)

    def _not_alone(self, now: float) -> None:
        """Raises EngineError once there has been no worker for too long."""
        if self.seats:
            self.alone_since = None
            return
        self.alone_since = now if self.alone_since is None else self.alone_since
        if now - self.alone_since > self.engine.patience_s:
            why = f": {next(iter(self.refused.values()))}" if self.refused else ""
            raise EngineError(
                f"the cluster at {self.engine.cluster.address} has had no worker for {self.engine.patience_s:g} s{why}",
                remedy="start workers, then `coimprove resume` goes on with what is left",
            )

    def _scheduler_lost(self, error: BaseException) -> None:
        """What was under way is lost; go on as soon as a scheduler answers there again."""
        for group in list(self.groups.values()):
            self._lose(group, "lease_lost")
        self.seats, self.refused, self.folders = {}, {}, self._folders()
        client, self.client = self.client, None
        with contextlib.suppress(OSError, TimeoutError, RuntimeError):
            client.close(timeout=2)
        until = self.clock.steady_s() + self.engine.patience_s
        while True:
            try:
                self._join(self.kernel)
                return
            except EngineError as again:
                if self.clock.steady_s() > until:
                    raise EngineError(
                        f"the scheduler at {self.engine.cluster.address} is gone ({error}): {again.message}",
                        remedy="start it again, then `coimprove resume` goes on with what is left",
                    ) from error
