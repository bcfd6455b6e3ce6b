"""The engine's end of one worker process: start it, talk to it, let it go."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_coimprove.runs.run import Work

#: What a worker says, with the worker; None is its end.
Heard = tuple["Worker", "dict[str, Any] | None"]


class Worker:
    """A live worker.

    ``work`` is what it executes now, since ``given``; ``deadline`` when even its watchdog is late;
    ``begun`` when it first spoke (0: not yet); ``stopping`` the state its run was told to end in.
    """

    def __init__(self, folder: Path, env: Mapping[str, str], heard: queue.SimpleQueue[Heard | None]) -> None:
        self.folder = folder
        self.work: Work | None = None
        self.begun = 0.0
        self.deadline: float | None = None
        self.stopping: str = ""
        self.given = 0.0
        self.reported = False
        self.words = ""
        self._lock = threading.Lock()
        folder.mkdir(mode=0o700)
        self._log = folder / "worker.log"
        with open(self._log, "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "jupyter_coimprove.engines.papermill.worker", str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=dict(env),
                cwd=folder,
                # A Ctrl-C at the terminal is for the engine to handle.
                start_new_session=True,
            )
        self._reader = threading.Thread(target=self._listen, args=(heard,), name="worker-pipe", daemon=True)
        self._reader.start()

    def _listen(self, heard: queue.SimpleQueue[Heard | None]) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            heard.put((self, json.loads(line)))
        heard.put((self, None))

    def send(self, message: Mapping[str, Any]) -> bool:
        """False when the worker is gone; its end is then heard too."""
        assert self.process.stdin is not None
        line = json.dumps(message, allow_nan=False).encode() + b"\n"
        with self._lock:
            try:
                self.process.stdin.write(line)
                self.process.stdin.flush()
            except (OSError, ValueError):
                return False
        return True

    def last_words(self) -> str:
        """The end of what the worker wrote to its own log."""
        try:
            with open(self._log, "rb") as log:
                log.seek(max(0, os.fstat(log.fileno()).st_size - 2000))
                return log.read().decode("utf-8", "replace")
        except OSError:
            return ""

    def kill(self) -> None:
        """End it now; its guard kills everything below."""
        self.process.terminate()

    def release(self, patience: float = 10.0) -> None:
        """Let it end (it was told, or is gone), take it away if it does not, and clean up after it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            self.process.terminate()
            try:
                self.process.wait(timeout=patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._reader.join(timeout=patience)
        # Where its end was closed first, what was not sent is not needed any more.
        with self._lock, contextlib.suppress(OSError):
            self.process.stdin.close()
        self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)
