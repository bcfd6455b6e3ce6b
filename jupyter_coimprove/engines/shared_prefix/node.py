"""One process that waits to be forked."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_coimprove.engines.papermill.apart import Apart


@dataclass(kw_only=True)
class Node:
    """One waiting process. ``depth`` cells of ``steps`` are executed in it; ``ready`` is set when that is so or
    has failed (``failed`` says why; ``barred`` the key of the cell that must not be shared). ``withheld`` are the
    addresses that a run has to be given when it goes on from here; ``done`` cells were executed so far."""

    key: str
    depth: int
    parent: Node | None
    folder: Path
    withheld: Sequence[str] = ()
    ready: threading.Event = field(default_factory=threading.Event)
    failed: str = ""
    barred: str = ""
    apart: Apart | None = None
    process: subprocess.Popen[bytes] | None = None
    line: socket.socket | None = None
    pid: int = 0
    seconds: float = 0.0
    done: int = 0

    def so_far(self) -> int:
        """How many cells on the way here are executed, while a parent is not ready by what that one says."""
        return self.done if self.parent is None or self.parent.ready.is_set() else self.parent.so_far()

    @property
    def socket(self) -> str:
        return str(self.folder / "z")

    @property
    def kept(self) -> str:
        return str(self.folder / "cells.json")

    def covered(self) -> list[list[str]]:
        assert self.apart is not None
        assert self.apart.view.layers is not None
        return [[str(layer.at), str(layer.upper)] for layer in self.apart.view.layers.layers]
