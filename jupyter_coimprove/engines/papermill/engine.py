"""The papermill engine: worker processes with one run at a time, a fresh kernel for each run."""

from __future__ import annotations

import os
import queue
import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from jupyter_coimprove.clock import Clock
from jupyter_coimprove.engines.papermill import environment, messages
from jupyter_coimprove.engines.papermill.pool import Heard, Worker
from jupyter_coimprove.errors import EngineError
from jupyter_coimprove.redaction import strip_environment
from jupyter_coimprove.runs import isolation
from jupyter_coimprove.runs.engine import Queue, RunEvent
from jupyter_coimprove.runs.run import Outcome, RunError, Work

#: How much later than its own watchdog a worker is given up: it hangs itself.
_LATE_S = 60.0
#: A path of a socket ends at 107 bytes; ours add this much to the runtime folder.
_SOCKET_PATH, _BELOW = 107, 24
_IDLE_S, _BUSY_S = 0.05, 0.25
#: Workers that end before their first word, one after the other, before the engine gives up.
_FALSE_STARTS = 3


class PapermillEngine:
    """Behind ``runs.engine.Engine``: fresh kernels, driven as papermill drives them.

    ``runtime_dir`` is where sockets go (a short private folder of its own otherwise), ``env`` the
    environment that runs inherit, without provider keys.
    """

    name = "papermill"

    def __init__(
        self, *, clock: Clock, runtime_dir: Path | None = None, env: Mapping[str, str] | None = None
    ) -> None:
        self._clock = clock
        self._runtime_dir = runtime_dir
        self._env = dict(os.environ if env is None else env)
        self._lock = threading.Lock()
        self._workers: list[Worker] = []
        self._count = 0
        #: What workers say; None wakes the loop.
        self._heard: queue.SimpleQueue[Heard | None] = queue.SimpleQueue()

    def check(self, kernel: str) -> Mapping[str, Any]:
        """The fingerprint of this kernel. Raises KernelMissing with close names."""
        return environment.fingerprint(kernel, self._env)

    def stop(self, run: str, state: Literal["cancelled", "timed_out"]) -> None:
        """End one run now; one that is not under way is left alone."""
        with self._lock:
            for worker in self._workers:
                if worker.work is not None and worker.work.run == run and not worker.stopping:
                    worker.stopping = state
                    worker.deadline = self._clock.steady_s() + worker.work.limits.interrupt_s + _LATE_S
                    worker.send({"op": "stop", "run": run, "state": state})

    def execute(self, queue: Queue, report: Callable[[RunEvent], None], *, workers: int) -> None:
        """Run what the queue gives; ``report`` is called from this thread.

        Raises EngineError when workers do not start. Whatever ends this, no process is left.
        """
        with RuntimeFolder(self._runtime_dir) as folder:
            try:
                self._loop(queue, report, max(1, workers), folder)
            finally:
                self._close()

    def _loop(self, work: Queue, report: Callable[[RunEvent], None], limit: int, folder: Path) -> None:
        heard = self._heard = queue.SimpleQueue[Heard | None]()
        false_starts = 0
        for _ in range(self._at_once(limit)):
            self._new(folder, heard)
        while True:
            idle = [worker for worker in self._workers if worker.work is None]
            if idle or len(self._workers) < limit:
                due = self._next(work, report, limit - len(self._workers) + len(idle))
                if due is not None:
                    self._give(idle[0] if idle else self._new(folder, heard), due)
                    continue
                if self._held_back() > len(self._workers):
                    # It takes a second to begin: not only when the run may.
                    self._new(folder, heard)
            busy = any(worker.work is not None for worker in self._workers)
            if not busy and work.done() and not self._held_back():
                return
            waits = len(self._workers) < limit or bool(idle)
            soon = waits and (self._held_back() or not work.done())
            try:
                said = heard.get(timeout=_IDLE_S if soon else _BUSY_S)
            except queue.Empty:
                self._look_at_the_clock()
                continue
            if said is None:
                # What a run was held back for may be there.
                continue
            worker, message = said
            if message is None:
                self._lost(worker, report)
                # Ended by itself, and without a word: not one that somebody killed.
                false = worker.begun == 0 and 0 < worker.process.returncode < 128
                false_starts = false_starts + 1 if false else 0
                if false_starts >= _FALSE_STARTS:
                    raise EngineError(
                        f"worker processes do not start: {worker.words}",
                        remedy="run `coimprove doctor`, or reinstall jupyter-coimprove here",
                    )
            else:
                self._hear(worker, message, report)

    def _next(self, work: Queue, report: Callable[[RunEvent], None], free: int) -> Work | None:
        """What one of ``free`` workers is to execute now, or None."""
        return work.next(0.0)

    def _at_once(self, limit: int) -> int:
        """How many workers begin before it is known what they will execute."""
        return 0

    def _held_back(self) -> int:
        """How many runs were taken from the queue and cannot begin yet."""
        return 0

    def _order(self, work: Work) -> dict[str, Any]:
        """What a worker is told to do."""
        return {"op": "run", "work": messages.work_to_dict(work)}

    def _new(self, folder: Path, heard: queue.SimpleQueue[Heard | None]) -> Worker:
        self._count += 1
        env, _ = strip_environment(self._env)
        worker = Worker(folder / str(self._count), env, heard)
        with self._lock:
            self._workers.append(worker)
        return worker

    def _give(self, worker: Worker, work: Work) -> None:
        with self._lock:
            worker.work, worker.stopping = work, ""
            limits = work.limits
            late = None if limits.wall_s is None else limits.wall_s + limits.interrupt_s + 2 * _LATE_S
            worker.deadline = None if late is None else self._clock.steady_s() + late
            worker.given = self._clock.steady_s()
            worker.reported = False
        worker.send(self._order(work))

    def _hear(self, worker: Worker, message: Mapping[str, Any], report: Callable[[RunEvent], None]) -> None:
        kind = message["type"]
        if kind == "ready":
            worker.begun = self._clock.steady_s()
        elif kind == "started":
            worker.reported = True
            report(RunEvent(run=message["run"], type="started"))
        elif kind == "cell":
            detail = {"cell": message["cell"], "of": message["of"]}
            report(RunEvent(run=message["run"], type="cell", detail=detail))
        elif kind == "finished":
            outcome = messages.outcome_from_dict(message["outcome"])
            # The worker never had the keys: what was taken out is known here.
            removed = {*strip_environment(self._env)[1], *outcome.environment.get("removed", ())}
            outcome = replace(outcome, environment={**outcome.environment, "removed": sorted(removed)})
            with self._lock:
                worker.work = None
                worker.deadline = None
            report(RunEvent(run=outcome.run, type="finished", outcome=outcome))

    def _lost(self, worker: Worker, report: Callable[[RunEvent], None]) -> None:
        """A worker is gone; its run, if it had one, is lost and not the arm's fault."""
        with self._lock:
            self._workers.remove(worker)
            work, worker.work = worker.work, None
        worker.words = worker.last_words()
        worker.release()
        if work is None:
            return
        isolation.remove(work.folder.resolve() / "view")
        if not worker.reported:
            report(RunEvent(run=work.run, type="started"))
        state: Any = worker.stopping or "lost"
        outcome = Outcome(
            run=work.run,
            state=state,
            reason="worker_lost" if state == "lost" else state,
            error=RunError(
                name="WorkerLost", value="the process that executed this run is gone", traceback=worker.words
            ),
            seconds=self._clock.steady_s() - worker.given,
        )
        report(RunEvent(run=work.run, type="finished", outcome=outcome))

    def _look_at_the_clock(self) -> None:
        """Give up workers that hang: their own watchdog should have ended the run long ago."""
        now = self._clock.steady_s()
        with self._lock:
            for worker in self._workers:
                if worker.work is not None and worker.deadline is not None and now > worker.deadline:
                    worker.stopping = worker.stopping or "timed_out"
                    worker.deadline = None
                    worker.kill()

    def _close(self) -> None:
        with self._lock:
            workers, self._workers = self._workers, []
        for worker in workers:
            if worker.work is None:
                worker.send({"op": "exit"})
            else:
                worker.kill()
        for worker in workers:
            worker.release()


class RuntimeFolder:
    """A private folder for sockets: the given one or one of its own, short enough for socket paths."""

    def __init__(self, wanted: Path | None) -> None:
        self._wanted = wanted

    def __enter__(self) -> Path:
        base = self._wanted
        if base is not None:
            base.mkdir(mode=0o700, parents=True, exist_ok=True)
        for place in (base, os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):
            if place is not None and os.access(place, os.W_OK | os.X_OK) and self._fits(place):
                # mkdtemp makes it 0700.
                self.path = Path(tempfile.mkdtemp(prefix="coi", dir=place))
                return self.path
        raise EngineError(
            "there is no folder for sockets with a path short enough",
            remedy="set TMPDIR to a short path, such as /tmp",
        )

    @staticmethod
    def _fits(place: Path | str) -> bool:
        return len(os.fsencode(place)) + len("/coi12345678") + _BELOW <= _SOCKET_PATH

    def __exit__(self, *_: Any) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
