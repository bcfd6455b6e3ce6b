"""When a run may start: not before there is a card and room on the disk for it.

Slots of cards are lock files of this user's on this machine: several experiments share them, and
one is free as soon as its holder dies.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import EngineError
from jupyter_coimprove.runs.devices import Slots, uses_devices
from jupyter_coimprove.workbench import shelf

if TYPE_CHECKING:
    from jupyter_coimprove.clock import Clock
    from jupyter_coimprove.record.base import Item, Record
    from jupyter_coimprove.record.locks import FileLock
    from jupyter_coimprove.runs.run import Outcome, Work
    from jupyter_coimprove.runs.schedule import RunQueue
    from jupyter_coimprove.workbench.works import Works

#: Asking the driver takes a part of a second: not more often.
_AGAIN_S = 2.0
#: What stays free on the disk beside what runs are expected to write, in MB.
RESERVE_MB = 200.0


def slot_folder() -> Path:
    """Where this user's slots on this machine lie: the same for all projects."""
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    return Path(tempfile.gettempdir()) / f"coimprove-slots-{user}"


def take(device: str, number: int) -> FileLock | None:
    """The lock of one slot of a device, or None while somebody else holds it."""
    from jupyter_coimprove.errors import RecordBusy
    from jupyter_coimprove.record.locks import FileLock

    folder = slot_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = "".join(letter if letter.isalnum() else "-" for letter in device)
    lock = FileLock(folder / f"{name}.{number}", what=f"GPU {device}")
    try:
        lock.acquire(timeout=0)
    except RecordBusy:
        return None
    return lock


class Gate:
    """The queue as an engine sees it: a run comes out when there is a card and room for it.

    ``say`` is told when the reason why nothing comes out changes, with an empty text when it ends;
    ``full`` when the disk is too full for runs to go on.
    """

    def __init__(
        self, queue: RunQueue, slots: Slots | None, *, clock: Clock, folder: Path, run_mb: float,
        say: Callable[[str], None], full: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._queue, self.slots, self._clock = queue, slots, clock
        self._folder, self.run_mb, self._say, self._full = folder, run_mb, say, full
        self._not_before = 0.0
        self._told = ""
        self._live: set[str] = set()
        #: What the runs of this experiment have kept on the disk so far.
        self.kept_mb = 0.0
        #: How many run at a time at most, once memory has run out; None before.
        self.most: int | None = None

    def next(self, timeout: float) -> Work | None:
        if self._clock.steady_s() < self._not_before:
            return None
        if self.most is not None and len(self._live) >= self.most:
            return None
        work = self._queue.next(timeout)
        if work is None:
            return None
        short = disk_short(self._folder, self.run_mb * (len(self._live) + 1))
        if short:
            self._queue.push([work])
            self._not_before = self._clock.steady_s() + _AGAIN_S
            if self._live:
                # What runs now may leave room when it ends.
                self._tell(short)
            else:
                self._full(short)
            return None
        if self.slots is None:
            self._tell("")
            self._live.add(work.run)
            return work
        device = self.slots.give(work.run)
        self._tell(self.slots.waiting)
        if device is None:
            self._queue.push([work])
            self._not_before = self._clock.steady_s() + _AGAIN_S
            return None
        self._live.add(work.run)
        return replace(
            work, device=device.id,
            env={**work.env, "CUDA_VISIBLE_DEVICES": device.id, "CUDA_DEVICE_ORDER": "PCI_BUS_ID"},
        )  # fmt: skip

    def done(self) -> bool:
        return self._queue.done()

    def waiting(self) -> tuple[Work, ...]:
        """What will come out, in order: runs that wait together may share cells."""
        return self._queue.waiting()

    @property
    def held(self) -> str:
        """Why nothing that came out is to begin now; empty when it may."""
        return self._queue.held

    def look_again(self) -> None:
        """Something is free: ask at once."""
        self._not_before = 0.0

    def ended(self, outcome: Outcome) -> bool:
        """A run has ended: its card is free. True when fewer run at a time from now on."""
        together = len(self._live)
        self._live.discard(outcome.run)
        self.kept_mb += kept_mb(outcome.written)
        self.look_again()
        if self.slots is not None:
            self.slots.back(outcome.run)
            self.slots.peak(outcome.gpu_peak_mb)
        if outcome.reason != "oom":
            return False
        if self.slots is not None and _of_a_card(outcome):
            return self.slots.lower()
        fewer = max(1, together - 1)
        if together > 1 and (self.most is None or fewer < self.most):
            self.most = fewer
            return True
        return False

    def _tell(self, text: str) -> None:
        if text != self._told:
            self._told = text
            self._say(text)


def _of_a_card(outcome: Outcome) -> bool:
    """Whether it was a card's memory that ran out, not the machine's."""
    error = outcome.error
    return error is not None and (
        "CUDA" in error.value
        or "HIP" in error.value
        or error.name in ("OutOfMemoryError", "ResourceExhaustedError")
    )


def disk_short(folder: Path, needed_mb: float) -> str:
    """Why the disk has no room for so much; empty when it has."""
    free = shutil.disk_usage(folder).free / 2**20
    if free >= needed_mb + RESERVE_MB:
        return ""
    return (
        f"the disk has {free:.0f} MB free, and runs need {needed_mb:.0f} MB and {RESERVE_MB:.0f} MB to spare"
    )


def kept_mb(written: Iterable[Mapping[str, Any]]) -> float:
    """What a run kept of the files it wrote, in MB; what was only named takes no room."""
    return sum(int(entry["size"]) for entry in written if "file" in entry) / 2**20


def most_kept_mb(record: Record, notebook: str) -> float | None:
    """The most that an earlier run of this notebook kept on the disk, in MB; None before there was one."""
    kept = [
        kept_mb(run.data["written"])
        for item in record.find("experiment", notebook=notebook)
        for run in shelf.runs_of(record, item.id)
        if run.state == "completed" and "written" in run.data
    ]
    return max(kept, default=None)


def check_room(root: Path, record: Record, item: Item, runs: int) -> None:
    """Refuse to begin when the disk has no room for what so many runs are known to keep. EngineError."""
    one = most_kept_mb(record, str(item.data.get("notebook", "")))
    limit = shelf.recorded_plan(item).budget.disk_mb
    needed = (one or 0.0) * runs
    why = disk_short(root, needed if limit is None else min(needed, limit))
    if why:
        raise EngineError(
            f"{why}: {runs} runs are left, of about {one or 0:.0f} MB each",
            remedy="make room (`coimprove gc --yes` removes old artifacts), or plan with a smaller --keep-mb",
        )


def gate_of(
    works: Works, queue: RunQueue, *, clock: Clock, gpu_slots: int, say: Callable[[str], None],
    full: Callable[[str], None], here: bool = True,
) -> Gate:  # fmt: skip
    """The gate of one experiment, from what earlier runs of its notebook held and kept.

    This machine's cards are not given out where runs are not executed ``here``.
    """
    from jupyter_coimprove.engines.nvidia import devices_of
    from jupyter_coimprove.runs.snapshot import files_of

    notebook = works.experiment.plan.notebook
    texts = [cell.source for cell in works.notebook.code_cells]
    if works.modules.is_dir():
        texts += [file.read_text("utf-8", "replace") for _, _, file in files_of(works.modules)]
    slots = None
    if here and uses_devices(texts):
        held = [
            float(run.data["gpu_peak_mb"])
            for item in works.record.find("experiment", notebook=notebook)
            for run in shelf.runs_of(works.record, item.id)
            if run.data.get("gpu_peak_mb")
        ]
        slots = Slots(
            devices_of(os.environ), os.environ, take, slots=gpu_slots, need_mb=max(held, default=0.0)
        )
    gate = Gate(
        queue, slots if slots is not None and slots.any() else None, clock=clock, folder=works.root,
        run_mb=most_kept_mb(works.record, notebook) or 0.0, say=say, full=full,
    )  # fmt: skip
    gate.kept_mb = sum(
        kept_mb(run.data.get("written", ())) for run in shelf.runs_of(works.record, works.item.id)
    )
    return gate
