"""A worker process: executes one run at a time, asked and answering in JSON lines.

``python -m jupyter_coimprove.engines.papermill.worker FOLDER``; FOLDER is short and private, for
sockets. Two processes: a guard, which only waits, and its child, which works. If the engine dies,
or either of the two, everything below is killed: whatever a kernel started comes back to the
child, and after the child's death to the guard, because both adopt orphans.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import shutil
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from jupyter_coimprove.engines.papermill import processes
from jupyter_coimprove.lean import lightly, without_grammar


def main() -> None:
    """Become guard and worker; ends when told so, or when the engine is gone."""
    if sys.platform != "win32":
        _guarded()
    serve(Path(sys.argv[1]))


def _guarded() -> None:
    """Fork: the parent stays as guard and never returns, the child returns and works."""
    # Both need it, the guard before there is anything to be quick about.
    import psutil  # noqa: F401

    parent = os.getpid()
    child = os.fork()
    if child:
        _guard(child)
    processes.adopt_orphans()
    processes.die_with_parent(signal.SIGTERM)
    signal.signal(signal.SIGTERM, _give_up)
    if os.getppid() != parent:
        _give_up()


def _give_up(*_: Any) -> None:
    processes.kill_descendants()
    os._exit(143)


def _guard(child: int) -> None:
    """Wait for the child's end or the engine's; then kill what is left below."""
    processes.adopt_orphans()
    wake_read, wake_write = os.pipe()
    for end in (wake_read, wake_write):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(wake_write)
    gone = threading.Event()
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: gone.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The answers are the child's: with a copy here the engine would not see its end.
    os.close(1)
    poll = select.poll()
    # Only the hang-up, which is always reported: the lines on it are for the child.
    poll.register(0, 0)
    poll.register(wake_read, select.POLLIN)
    code = 1
    while not gone.is_set():
        if any(fd == 0 for fd, _ in poll.poll(2000)):
            # The engine is gone: nobody else will clear up.
            processes.kill_descendants()
            shutil.rmtree(sys.argv[1], ignore_errors=True)
            with contextlib.suppress(OSError):
                os.rmdir(os.path.dirname(sys.argv[1]))
            break
        with contextlib.suppress(BlockingIOError):
            os.read(wake_read, 4096)
        over, code = _collect(child)
        if over:
            break
    processes.kill_descendants()
    os._exit(code)


def _collect(child: int) -> tuple[bool, int]:
    """Reap whatever died; whether the child did, and its exit code (negative: a signal)."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return True, 1
        if pid == 0:
            return False, 1
        if pid == child:
            return True, os.waitstatus_to_exitcode(status) & 0xFF


class _Pipe:
    """The two pipes to the engine, kept away from anything that prints."""

    def __init__(self) -> None:
        self._in = os.fdopen(os.dup(0), "r", encoding="utf-8")
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        nowhere = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nowhere, 0)
        os.close(nowhere)
        os.dup2(2, 1)

    def send(self, message: dict[str, Any]) -> None:
        """Raises OSError when the engine is gone."""
        self._out.write(json.dumps(message, allow_nan=False) + "\n")
        self._out.flush()

    def listen(self, loop: asyncio.AbstractEventLoop, inbox: Any) -> None:
        """Pass lines on to the loop; the end of the pipe is the engine's death."""
        for line in self._in:
            loop.call_soon_threadsafe(inbox, json.loads(line))
        _give_up()


def serve(folder: Path) -> None:
    """Execute what comes until ``exit``."""
    pipe = _Pipe()
    try:
        asyncio.run(_serve(pipe, folder))
    except BrokenPipeError:
        _give_up()
    processes.kill_descendants()
    # Nothing below can be waited for any more, and no thread of a library should hold this up.
    os._exit(0)


async def _serve(pipe: _Pipe, folder: Path) -> None:
    without_grammar()
    with lightly():
        import papermill.execute  # noqa: F401 - once, before the first run needs it

    from jupyter_coimprove.clock import SystemClock
    from jupyter_coimprove.engines.papermill import client, manager, messages, onerun  # noqa: F401
    from jupyter_coimprove.engines.papermill.control import Control

    runs: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
    current: dict[str, Control] = {}

    def receive(message: dict[str, Any]) -> None:
        if message["op"] == "run":
            run = message["work"]["run"]
            current[run] = Control(run)
            runs.put_nowait(message)
        elif message["op"] == "stop" and message["run"] in current:
            current[message["run"]].end(message["state"], message["state"], "stopped on request")
        elif message["op"] == "exit":
            runs.put_nowait(None)

    loop = asyncio.get_running_loop()
    threading.Thread(target=pipe.listen, args=(loop, receive), name="engine-pipe", daemon=True).start()
    pipe.send({"type": "ready"})
    count = 0
    while (message := await runs.get()) is not None:
        work = messages.work_from_dict(message["work"])
        count += 1
        sockets = folder / str(count)
        sockets.mkdir(mode=0o700)
        pipe.send({"type": "started", "run": work.run})

        def on_cell(cell: int, of: int, run: str = work.run) -> None:
            pipe.send({"type": "cell", "run": run, "cell": cell, "of": of})

        outcome = await onerun.execute(
            work,
            current[work.run],
            clock=SystemClock(),
            sockets=sockets,
            on_cell=on_cell,
            prefix=message.get("prefix"),
            why=message.get("why"),
        )
        del current[work.run]
        shutil.rmtree(sockets, ignore_errors=True)
        pipe.send({"type": "finished", "run": work.run, "outcome": messages.outcome_to_dict(outcome)})


if __name__ == "__main__":
    main()
