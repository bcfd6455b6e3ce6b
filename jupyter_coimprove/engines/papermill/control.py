"""How a run is told to end, and the log of its process."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Mapping
from pathlib import Path

from jupyter_coimprove.redaction import redact

LOG_BYTES = 1024 * 1024


class Control:
    """What a run is to end as; the first wish counts. Used from the event loop's thread alone."""

    def __init__(self, run: str) -> None:
        self.run = run
        self.state = ""
        self.reason = ""
        self.message = ""
        #: Set from the first wish on.
        self.wanted = asyncio.Event()

    def end(self, state: str, reason: str = "", message: str = "") -> None:
        if not self.wanted.is_set():
            self.state, self.reason, self.message = state, reason, message
            self.wanted.set()

    def again(self) -> None:
        """Forget a wish that was ours, not a person's: the run is begun anew."""
        self.state = self.reason = self.message = ""
        self.wanted.clear()

    @property
    def at_once(self) -> bool:
        """Whether there is nothing to be gained by asking the kernel politely."""
        return self.reason in ("output_cap", "disk_full")


class KernelLog:
    """``log.txt``: what the kernel's process itself wrote, secrets masked, at most LOG_BYTES.

    The process gets a pipe, so that a flood never reaches the disk. ``tail`` is its last lines.
    """

    def __init__(self, path: Path, env: Mapping[str, str]) -> None:
        self._read, self.write_end = os.pipe()
        self._path, self._env = path, dict(env)
        self._left = LOG_BYTES
        self.tail = ""
        self._thread = threading.Thread(target=self._copy, name="kernel-log", daemon=True)
        self._thread.start()

    def started(self) -> None:
        """The process has its copy of the pipe now."""
        if self.write_end >= 0:
            os.close(self.write_end)
            self.write_end = -1

    def _copy(self) -> None:
        with os.fdopen(self._read, "rb", buffering=0) as pipe:
            rest = b""
            while piece := pipe.read(65536):
                *lines, rest = (rest + piece).split(b"\n")
                rest = rest[-65536:]
                self._keep(b"".join(line + b"\n" for line in lines))
            self._keep(rest)

    def _keep(self, data: bytes) -> None:
        if not data:
            return
        text = redact(data.decode("utf-8", "replace"), self._env)
        self.tail = (self.tail + text)[-2000:]
        if self._left > 0:
            try:
                with open(self._path, "a", encoding="utf-8") as handle:
                    handle.write(text[: self._left])
            except OSError:
                # The log must not end a run; a full disk shows in the artifact.
                self._left = 0
            self._left -= len(text)
            if self._left <= 0:
                self.tail += "\n[log.txt ends here]"

    def close(self) -> None:
        """Wait until everything written has arrived; only after the processes are gone."""
        self.started()
        self._thread.join(timeout=2.0)
