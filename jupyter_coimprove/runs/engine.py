"""The seam behind which runs are executed; a faster engine comes behind the same one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from jupyter_coimprove.runs.run import Outcome, Work


@dataclass(frozen=True, kw_only=True)
class RunEvent:
    """Something that happened to a run while it lives: started, a cell done, finished; before that, ``common``:
    it waits for cells that it has in common with others, which are being executed.

    ``detail`` for ``cell``: ``{"cell": index, "of": count}``; for ``common``: ``{"done": count, "of": count}``; for
    ``finished`` ``outcome`` is set.
    """

    run: str
    type: Literal["started", "cell", "finished", "common"]
    detail: Mapping[str, Any] = field(default_factory=dict)
    outcome: Outcome | None = None


class Queue(Protocol):
    """Where an engine takes work from; may be asked from several threads."""

    def next(self, timeout: float) -> Work | None:
        """The next run, or None after ``timeout`` seconds with none due."""

    def done(self) -> bool:
        """True when no work will come any more."""


class Engine(Protocol):
    """Executes runs, several at a time, each as if it were alone.

    The contract (``testing/engine_contract.py``): every Work taken from the queue gets one
    ``started`` and exactly one ``finished`` event; the outcome never comes from the artifact;
    ``execute`` returns when the queue is done and all taken work is finished; no process of
    its own outlives ``execute``.
    """

    name: str

    def check(self, kernel: str) -> Mapping[str, Any]:
        """The environment fingerprint of this kernel (python, packages, threads, platform).

        Raises KernelMissing when it is not installed, naming close ones.
        """

    def execute(self, queue: Queue, report: Callable[[RunEvent], None], *, workers: int) -> None:
        """Run what the queue gives on ``workers`` processes; ``report`` may be called from any thread."""

    def stop(self, run: str, state: Literal["cancelled", "timed_out"]) -> None:
        """End one run now (interrupt, five seconds, kill its tree); it still gets its event."""
