"""Cells run in a locked copy of the kernel, by the shell's own machinery; what they show goes through a pipe.

Nothing here uses the kernel's sockets or threads, of which a copy has none: what would be sent to the
front end is taken where the session would send it, so that it looks as it would have.
"""

from __future__ import annotations

import asyncio
import builtins
import gc
import importlib
import io
import json
import os
import random
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from jupyter_coimprove.kernelspace.preview.alone import Semaphore

#: Messages to the front end that show something.
SHOWN = ("stream", "display_data", "execute_result", "update_display_data", "clear_output", "error")

Send = Callable[[Any], None]


class Pipe(io.TextIOBase):
    """Standard output or error of the copy."""

    encoding, errors = "utf-8", "replace"

    def __init__(self, name: str, send: Send) -> None:
        self.name, self._send = name, send

    def write(self, text: str) -> int:
        """Send it at once: the copy may be ended at any time."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if text:
            self._send({"type": "stream", "content": {"name": self.name, "text": text}})
        return len(text)

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False


def sender(fd: int) -> Send:
    """What writes one message to the pipe: its length in four bytes, then JSON."""

    def send(message: Any) -> None:
        text = json.dumps(message, default=str).encode("utf-8", "replace")
        data = memoryview(len(text).to_bytes(4, "big") + text)
        while data:
            data = data[os.write(fd, data) :]

    return send


def settle(state: Any) -> None:
    """Before anything runs: a copy that collects nothing old, follows no loop and draws what the kernel would draw."""
    gc.freeze()
    random.setstate(state)
    asyncio._set_running_loop(None)
    sys.settrace(None)
    sys.setprofile(None)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    tempfile.tempdir = None
    with suppress(ImportError):
        importlib.import_module("_multiprocessing").SemLock = Semaphore  # type: ignore[attr-defined]


def show_here(shell: Any, send: Send) -> None:
    """What this shell shows goes to ``send``, and nothing to the front end."""

    def sent(stream: Any, message: Any, content: Any = None, *rest: Any, **more: Any) -> None:
        kind = (
            message if isinstance(message, str) else message.get("msg_type") or message["header"]["msg_type"]
        )
        content = content if isinstance(message, str) else message["content"]
        if kind in SHOWN or kind == "comm_open":
            send({"type": kind, "content": content if kind in SHOWN else {}})

    kernel = shell.kernel
    sessions = [kernel.session, shell.display_pub.session, shell.displayhook.session]
    for session in sessions:
        session.send = sent
    # Asking the person is nothing that a copy can do.
    kernel._allow_stdin = False
    builtins.input = kernel.raw_input
    for name in ("stdout", "stderr"):
        old, new = getattr(sys, name), Pipe(name, send)
        setattr(sys, name, new)
        # Loggers and progress bars hold the old one.
        for method in ("write", "flush"):
            # One of C takes none: it writes to the descriptor, which is the copy's own.
            with suppress(AttributeError, TypeError):
                setattr(old, method, getattr(new, method))


def run_cells(shell: Any, cells: Sequence[str], send: Send) -> None:
    """Run them one after the other, up to the first that fails."""
    show_here(shell, send)
    history = shell.history_manager
    if history is not None:
        # Its thread is not here to write, and its file is not to be written.
        history.enabled = False
    for number, source in enumerate(cells):
        send({"type": "cell", "number": number})
        result = shell.run_cell(source, store_history=True, silent=False)
        send({"type": "end", "number": number, "ok": bool(result.success)})
        if not result.success:
            break
