"""What a use case works with: the record, the notebook's folder, who asks, and how to report.

A door makes one ``Bench`` a call; nothing here is global.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.clock import Clock, SystemClock
from jupyter_coimprove.errors import DecisionError, Interrupted, UsageError
from jupyter_coimprove.registry import Actor

if TYPE_CHECKING:
    from jupyter_coimprove.record.roots import Layout
    from jupyter_coimprove.record.store import JournalRecord


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far long work is: ``done`` of ``total`` (0: unknown), seconds left if known."""

    text: str
    done: int = 0
    total: int = 0
    left_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class Where:
    """Where the call came from: a folder, and from a front end its notebook and cell.

    ``open`` says that the notebook is open where the call came from: its file is not written.
    ``elsewhere`` says that other notebooks may be open there without our being told (presence.py).
    """

    cwd: Path
    notebook: Path | None = None
    cell_id: str | None = None
    lone_line: bool = True
    at_prompt: bool = True
    open: bool = False
    elsewhere: bool = True


def os_actor() -> Actor:
    """The person at this terminal, as the operating system knows them."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a uid without a name, as in containers
        name = f"uid{os.getuid()}"
    return Actor(kind="person", id=name, display=name, auth="os")


@dataclass
class Bench:
    """One call's surroundings; opens the record on first use and closes it at the end."""

    where: Where
    root_override: Path | None = None
    actor: Actor = field(default_factory=os_actor)
    clock: Clock = field(default_factory=SystemClock)
    progress: Callable[[Progress], None] = lambda progress: None
    cancelled: Callable[[], bool] = lambda: False
    #: Words of an answer, as they come.
    say: Callable[[str], None] = lambda text: None
    #: What the door knows of live variables (``kernelspace.snapshot``); it asked on a person's request.
    live: Mapping[str, Any] = field(default_factory=dict)
    #: Kernels that run, by notebook: (what it does, its connection file). None: look for this person's servers.
    kernels: Callable[[], Mapping[Path, tuple[str, Path | None]]] | None = None
    #: Whether long work is waited for when nothing was said (a terminal: yes, a kernel: no).
    waits: bool = False
    #: Whether this call only looks (an HTTP GET): then nothing is recorded, not even a move that was seen.
    looks: bool = False
    #: What the configuration of the server that asks settles (``c.Coimprove``), on top of the person's own.
    configured: Mapping[str, Any] = field(default_factory=dict)
    #: The window that asks, where it can carry out what is decided for its notebook: it then has it at once.
    window: str = ""
    _records: dict[Path, JournalRecord] = field(default_factory=dict)
    _roots: dict[Path, Path] = field(default_factory=dict)

    def path(self, text: str | Path) -> Path:
        """A path as the person gave it, from where they stand."""
        path = Path(text).expanduser()
        return path if path.is_absolute() else self.where.cwd / path

    def text_of(self, file: str) -> str:
        """The text of a file that the person named. UsageError where it cannot be read."""
        path = self.path(file)
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path} cannot be read: {error}") from error

    def root(self, near: Path | None = None) -> Path:
        """The project's root, found from a notebook (or where the person stands); the same for the whole call."""
        from jupyter_coimprove.record.roots import find_root

        if self.root_override is not None:
            return self.root_override.resolve()
        if near is None:
            near = self.where.notebook or self.where.cwd
        if near not in self._roots:
            self._roots[near] = find_root(near)
        return self._roots[near]

    def layout(self, near: Path | None = None) -> Layout:
        """Where things lie in that root."""
        from jupyter_coimprove.record.roots import Layout

        return Layout(self.root(near))

    def record(self, near: Path | None = None) -> JournalRecord:
        """The record of that root; the same one for the whole call."""
        from jupyter_coimprove.record.store import open_record

        root = self.root(near)
        if root not in self._records:
            self._records[root] = open_record(root, clock=self.clock)
        return self._records[root]

    def only_read(self, near: Path | None = None) -> None:
        """From here on nothing is recorded in that root by this call, whatever it does."""
        from jupyter_coimprove.record.store import open_record

        root = self.root(near)
        if root in self._records:
            self._records[root].close()
        self._records[root] = open_record(root, clock=self.clock, read_only=True)

    def require_person(self, what: str) -> None:
        """DecisionError unless a person asks for this: a program that executes a notebook does not."""
        if self.actor.kind != "person" or (self.actor.auth == "kernel" and not self.where.at_prompt):
            raise DecisionError(
                f"{what} needs a person at the prompt", remedy="run the cell yourself, or use a terminal"
            )

    def check_cancelled(self) -> None:
        """Raise Interrupted when the person has asked to stop."""
        if self.cancelled():
            raise Interrupted("stopped", remedy="nothing that was acknowledged is lost")

    def close(self) -> None:
        for record in self._records.values():
            record.close()
        self._records.clear()
