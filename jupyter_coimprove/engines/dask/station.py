"""What happens in the process of a Dask worker: an engine of ours that stays, and groups that come and go.

One station a client; its kernels' processes stay between groups, and so do cells that runs have in
common. Nothing here knows the record.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.engines.dask import groups, parcel
from jupyter_coimprove.engines.papermill import environment, messages
from jupyter_coimprove.engines.papermill.engine import PapermillEngine
from jupyter_coimprove.errors import CoimproveError, EngineError
from jupyter_coimprove.runs.engine import RunEvent
from jupyter_coimprove.runs.run import Outcome, Work

#: A station that nobody gives anything ends: its client is gone.
IDLE_S = 60.0
#: How often a task looks whether it is still wanted.
_LOOK_S = 0.5
#: How long runs that nobody wants any more may take to end.
_END_S = 30.0

_stations: dict[str, Station] = {}
_making = threading.Lock()


class _Waiting:
    """Groups' runs in the order in which they came; an engine's queue. ``later`` is never given out."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._works: list[Work] = []
        self.later: tuple[Work, ...] = ()
        self._closed = False
        self.used = time.monotonic()
        self.live: Callable[[], bool] = lambda: False

    def push(self, works: list[Work]) -> bool:
        """False when it is over."""
        with self._lock:
            if self._closed:
                return False
            self._works += works
            self.used = time.monotonic()
            return True

    def next(self, timeout: float) -> Work | None:
        with self._lock:
            return self._works.pop(0) if self._works else None

    def waiting(self) -> tuple[Work, ...]:
        with self._lock:
            return (*self._works, *self.later)

    def take_back(self, wanted: Callable[[Work], bool]) -> list[Work]:
        """Those that have not begun, and now will not."""
        with self._lock:
            gone = [work for work in self._works if wanted(work)]
            self._works = [work for work in self._works if not wanted(work)]
            return gone

    def done(self) -> bool:
        with self._lock:
            if not self._works and not self.live() and time.monotonic() - self.used > IDLE_S:
                self._closed = True
            return self._closed and not self._works

    def close(self) -> None:
        with self._lock:
            self._closed, self._works = True, []


class _Held:
    """A group in this process. ``tell`` sends a line to the client; ``over`` is set when nothing of it is left."""

    def __init__(
        self, runs: list[str], tell: Callable[[dict[str, Any]], None], by_content: bool, cell_s: float
    ) -> None:
        self.left = set(runs)
        self.cell_s = cell_s
        self.tell, self.by_content = tell, by_content
        self.outcomes: dict[str, dict[str, Any]] = {}
        self.artifacts: dict[str, bytes] = {}
        self.back: list[str] = []
        self.over = threading.Event()

    def done(self, run: str) -> None:
        self.left.discard(run)
        if not self.left:
            self.over.set()


class Station:
    """An engine that serves the groups of one client in this process, until it is closed or forgotten."""

    def __init__(self, token: str, seats: int, env: Mapping[str, str], share: bool, room: str) -> None:
        self.id = uuid.uuid4().hex
        self.queue = _Waiting()
        self._held: dict[str, _Held] = {}
        self._works: dict[str, Work] = {}
        self._told: dict[str, float] = {}
        self._token, self._seats = token, seats
        self.room = Path(tempfile.mkdtemp(prefix="coi", dir=room))
        self._unpacked: dict[str, tuple[Path, Path | None]] = {}
        self._places: dict[str, Path] = {}
        self._users: Counter[str] = Counter()
        self._unpacking = threading.Lock()
        self.failed: dict[str, str] = {}
        self.queue.live = lambda: bool(self._held)
        self.engine = _engine(share, {**os.environ, **env})
        self.thread = threading.Thread(target=self._serve, name="coimprove-station", daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        try:
            self.engine.execute(self.queue, self._report, workers=self._seats)
        except CoimproveError as error:
            self.failed = error.as_dict()
        except Exception as error:
            self.failed = EngineError(f"{type(error).__name__}: {error}").as_dict()
            raise
        finally:
            self.queue.close()
            with _making:
                if _stations.get(self._token) is self:
                    del _stations[self._token]
            for held in list(self._held.values()):
                held.over.set()
            shutil.rmtree(self.room, ignore_errors=True)

    def _report(self, event: RunEvent) -> None:
        held = self._held.get(event.run)
        if held is None:
            return
        if event.type in ("cell", "common"):
            if time.monotonic() - self._told.get(event.run, 0.0) < held.cell_s:
                return
            self._told[event.run] = time.monotonic()
        line: dict[str, Any] = {"run": event.run, "type": event.type, "detail": dict(event.detail)}
        if event.outcome is None:
            held.tell(line)
            return
        outcome = messages.outcome_to_dict(event.outcome)
        held.outcomes[event.run] = outcome
        work = self._works.pop(event.run)
        if held.by_content:
            held.artifacts[event.run] = parcel.pack_artifacts(work.folder)
            shutil.rmtree(work.folder, ignore_errors=True)
        else:
            held.tell({**line, "outcome": outcome})
        del self._held[event.run]
        self._told.pop(event.run, None)
        self.queue.used = time.monotonic()
        held.done(event.run)

    # -- groups

    def files(self, tree: str, parts: tuple[bytes, ...]) -> tuple[Path, Path | None]:
        """The notebook's folder and the frozen code as they were sent, written once; kept until ``let_go``."""
        with self._unpacking:
            if tree not in self._unpacked:
                # What no group reads any more was changed since.
                for old in [old for old in self._places if not self._users[old]]:
                    shutil.rmtree(self._places.pop(old), ignore_errors=True)
                    del self._unpacked[old]
                # Runs see folders above the notebook's: none of them is another's.
                place = self.room / "f" / uuid.uuid4().hex[:12]
                place.mkdir(parents=True)
                self._unpacked[tree] = parcel.unpack(parts[0], parts[1:], place)
                self._places[tree] = place
            self._users[tree] += 1
            return self._unpacked[tree]

    def let_go(self, tree: str) -> None:
        """A group that read these files has ended."""
        with self._unpacking:
            self._users[tree] -= 1

    def add(self, works: list[Work], later: list[Work], held: _Held) -> bool:
        """Let these wait; False when this station has ended meanwhile."""
        for work in works:
            self._held[work.run], self._works[work.run] = held, work
        self.queue.later = tuple(later)
        if self.queue.push(works):
            return True
        for work in works:
            self._held.pop(work.run, None)
            self._works.pop(work.run, None)
        return False

    def recall(self) -> None:
        """Runs that have not begun go back."""
        for work in self.queue.take_back(lambda work: True):
            held = self._held.pop(work.run)
            self._works.pop(work.run, None)
            held.back.append(work.run)
            held.done(work.run)

    def stop(self, run: str, state: Literal["cancelled", "timed_out"]) -> None:
        """End one run; one that waits here ends without having begun."""
        if self.queue.take_back(lambda work: work.run == run):
            self._report(RunEvent(run=run, type="started"))
            outcome = Outcome(run=run, state=state, reason=state)
            self._report(RunEvent(run=run, type="finished", outcome=outcome))
        else:
            self.engine.stop(run, state)

    def abandon(self, held: _Held) -> None:
        """Nobody wants this group any more."""
        self.queue.take_back(lambda work: self._held.get(work.run) is held)
        for run in list(held.left):
            self.engine.stop(run, "cancelled")
        held.over.wait(_END_S)

    def close(self) -> None:
        """End it; what still runs is ended."""
        self.queue.close()
        for run in list(self._held):
            self.engine.stop(run, "cancelled")
        self.thread.join(timeout=_END_S)


def _engine(share: bool, env: Mapping[str, str]) -> Any:
    """The engine of this machine: one that shares, where it can."""
    if share and sys.platform == "linux":
        from jupyter_coimprove.engines.shared_prefix.engine import SharedPrefixEngine

        # What it knows of beside its groups may be executed elsewhere.
        return SharedPrefixEngine(clock=SystemClock(), env=env, ahead=False)
    return PapermillEngine(clock=SystemClock(), env=env)


def _station(order: Mapping[str, Any], room: str) -> Station:
    token = str(order["token"])
    with _making:
        if token not in _stations:
            _stations[token] = Station(token, int(order["seats"]), order["env"], bool(order["share"]), room)
        return _stations[token]


# -- what a client calls, by name, in this process


def run_group(data: bytes, *files: bytes) -> dict[str, Any]:
    """Execute a group; its outcomes, what of it came back, and artifacts where the client does not see them.

    ``files`` are a tree and the pieces that hold its contents, where the client's folders are not seen.
    ``unseen`` is true when this worker does not see the folders that the runs are to be executed in.
    """
    from distributed import get_worker

    order = groups.decode(data)
    worker = get_worker()
    key = worker.get_current_task()
    if not files and not _sees(order):
        return {"unseen": True}

    def tell(line: dict[str, Any]) -> None:
        worker.log_event(order["token"], {**line, "group": order["group"]})

    def wanted() -> bool:
        task = worker.state.tasks.get(key)
        return task is not None and task.state != "cancelled"

    works, later = order["works"], order["ahead"]
    for _ in range(3):
        station = _station(order, worker.local_directory)
        tell({"type": "begun", "station": station.id})
        held = _Held([work.run for work in works], tell, bool(files), float(order["cell_s"]))
        if files:
            source, frozen = station.files(str(order["tree"]), files)
            place = station.room / "r" / str(order["group"])
            works, later = (
                [replace(w, source_dir=source, snapshot=frozen, folder=place / w.run) for w in some]
                for some in (works, later)
            )
        if station.add(works, later, held):
            break
    else:
        return {"error": station.failed or EngineError("its station ended").as_dict()}
    while not held.over.wait(_LOOK_S):
        if not wanted():
            station.abandon(held)
            break
    if files:
        station.let_go(str(order["tree"]))
    if held.left:
        return {"error": station.failed or EngineError("its station ended").as_dict()}
    return {"outcomes": held.outcomes, "back": held.back, "artifacts": held.artifacts}


def _sees(order: Mapping[str, Any]) -> bool:
    """Whether the client's folders are here: the same ones, not others of that name."""
    mark = Path(order["mark"])
    try:
        same = mark.read_text(encoding="ascii") == order["token"]
    except OSError:
        return False
    return (
        same
        and os.access(mark.parent, os.W_OK | os.X_OK)
        and all(w.source_dir.is_dir() for w in order["works"])
    )


async def recall(token: str) -> None:
    """Give back what has not begun."""
    if station := _stations.get(token):
        station.recall()


async def stop(token: str, run: str, state: Literal["cancelled", "timed_out"]) -> None:
    """End one run now."""
    if station := _stations.get(token):
        station.stop(run, state)


async def close(token: str) -> None:
    """End this client's station; no process of it is left."""
    if station := _stations.get(token):
        await asyncio.to_thread(station.close)


async def facts(kernel: str, env: Mapping[str, str], dask_worker: Any = None) -> dict[str, Any]:
    """``{facts, threads, cores, host}`` of this worker, or ``{error}``; Dask gives ``dask_worker``."""
    try:
        found = await asyncio.to_thread(environment.fingerprint, kernel, {**os.environ, **env})
    except EngineError as error:
        return {"error": error.as_dict()}
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    return {
        "facts": found,
        "threads": dask_worker.state.nthreads,
        "cores": cores,
        "host": socket.gethostname(),
    }
