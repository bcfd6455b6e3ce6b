"""The kernel's side of the host process: spawn it on first use, ask it, and survive an interrupt.

Standard library only. No thread and no event loop: a call writes one line to a pipe and
waits for lines from another, so that Ctrl-C (the kernel's interrupt) ends it at once.
"""

from __future__ import annotations

import atexit
import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any

from jupyter_coimprove.kernelspace.errors import Cancelled, CoaiError

HELLO_S = 60.0
#: How long a request may take to stop after an interrupt, before the host is killed.
CANCEL_S = 2.0
_MODULE = "jupyter_coimprove.interfaces.host"
#: What of this kernel's own surroundings must not reach the kernels that runs are made in.
_PRIVATE = ("JPY_SESSION_NAME", "JPY_PARENT_PID")

ProgressCallback = Callable[[Mapping[str, Any]], None]
SayCallback = Callable[[str], None]


class HostClient:
    """One host process; spawned when first asked, again when it has gone (idle, killed, forked away)."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._log: IO[bytes] | None = None
        self._buffer = b""
        self._number = 0
        self._asking = False
        self._say: SayCallback | None = None
        self.version = ""

    @property
    def pid(self) -> int | None:
        """The host's process id, or None while there is none (of this process)."""
        return self._process.pid if self._process and self._alive() else None

    def call(
        self,
        words: Sequence[str],
        where: Mapping[str, Any],
        *,
        version: str,
        width: int | None = None,
        color: bool = False,
        progress: ProgressCallback | None = None,
        say: SayCallback | None = None,
        live: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The answer: ``{"result": …}`` or ``{"help": text}``; ``interrupted`` is in it when it came too late.

        ``say`` gets its words as they come; ``live`` is what is known of this kernel's variables.

        Raises CoaiError for every error of the host, Cancelled after an interrupt.
        """  # fmt: skip
        message: dict[str, Any] = {
            "words": list(words),
            "where": dict(where),
            "version": version,
            "color": color,
        }
        if width:
            message["width"] = width
        if live:
            message["live"] = dict(live)
        self._say = say
        try:
            return self._ask(message, progress, None)
        finally:
            self._say = None

    def complete(
        self,
        kinds: Sequence[str],
        prefix: str,
        where: Mapping[str, Any],
        *,
        version: str,
        timeout_s: float = 3.0,
    ) -> list[str]:
        """Ids that begin so, newest first; none when the host does not answer in time."""
        message = {
            "complete": {"kinds": list(kinds), "prefix": prefix},
            "where": dict(where),
            "version": version,
        }
        try:
            answer = self._ask(message, None, timeout_s)
        except CoaiError:
            return []
        return [str(id_) for id_ in answer.get("result", {}).get("ids", [])]

    def close(self, wait_s: float = 2.0) -> None:
        """Let the host go: its input ends, and so does it. Killed when it has not after ``wait_s``."""
        process, self._process, self._buffer = self._process, None, b""
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        if self._owner != os.getpid():
            process.returncode = 0  # the parent's child, not ours to wait for
        else:
            try:
                process.wait(wait_s)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._log is not None:
            self._log.close()
            self._log = None

    def kill(self) -> None:
        """End the host process, and only that; the next call starts another."""
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
        self.close()

    def _alive(self) -> bool:
        return self._process is not None and self._owner == os.getpid() and self._process.poll() is None

    def _ask(
        self, message: dict[str, Any], progress: ProgressCallback | None, timeout_s: float | None
    ) -> dict[str, Any]:
        if self._asking and self._owner == os.getpid():
            raise CoaiError("busy", "another %coai call is under way in this kernel", "let it end first")
        self._asking = True
        try:
            for attempt in (1, 2):
                if not self._alive():
                    self._spawn()
                self._number += 1
                id_ = self._number
                try:
                    return self._exchange(id_, message, progress, timeout_s)
                except _Gone as gone:
                    # Leaving by itself (exit 0) it was idle and had not begun: asking again repeats nothing.
                    if gone.code != 0 or attempt == 2:
                        raise CoaiError("host_died", gone.message, gone.remedy) from None
            raise AssertionError("unreachable")
        finally:
            self._asking = False

    def _exchange(
        self, id_: int, message: dict[str, Any], progress: ProgressCallback | None, timeout_s: float | None
    ) -> dict[str, Any]:
        sent = False
        try:
            self._send({"id": id_, **message})
            sent = True
            answer = self._read_answer(
                id_, progress, None if timeout_s is None else time.monotonic() + timeout_s
            )
        except KeyboardInterrupt:
            late = self._stop(id_) if sent else None
            if not sent:
                self.kill()
            if late is not None and "error" not in late:
                return {**late, "interrupted": True}
            raise Cancelled() from None
        except (_Gone, CoaiError):
            raise
        except BaseException:
            # A callback failed: do not leave a request under way that nobody waits for.
            self._stop(id_)
            raise
        if answer is None:
            raise CoaiError("timeout", "the host process does not answer", "try again")
        if "error" in answer:
            error = answer["error"]
            kind = Cancelled if error.get("code") == "interrupted" else CoaiError
            raise kind(error.get("code", "error"), error.get("message", ""), error.get("remedy", ""))
        return answer

    def _stop(self, id_: int) -> dict[str, Any] | None:
        """Cancel, wait a little for the answer, kill the host if none comes or on a second interrupt."""
        answer = None
        try:
            self._send({"cancel": id_})
            answer = self._read_answer(id_, None, time.monotonic() + CANCEL_S)
        except (KeyboardInterrupt, _Gone):
            answer = None
        if answer is None:
            self.kill()
        return answer

    def _spawn(self) -> None:
        self.close()
        python = os.environ.get("COIMPROVE_HOST_PYTHON") or sys.executable
        env = {key: value for key, value in os.environ.items() if key not in _PRIVATE}
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the process)
        try:
            # -P: what lies in the notebook's folder is not imported. A session of its own: the
            # kernel's interrupt goes to its process group and is passed on by `cancel` instead.
            self._process = subprocess.Popen(
                [python, "-P", "-m", _MODULE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log,
                bufsize=0, env=env, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            self._log.close()
            self._log = None
            raise CoaiError(
                "host_missing", f"the host process cannot be started by {python}: {error.strerror}",
                "COIMPROVE_HOST_PYTHON names a python that has jupyter-coimprove",
            ) from None  # fmt: skip
        self._owner = os.getpid()
        try:
            hello = self._read_line(time.monotonic() + HELLO_S)
        except _Gone as gone:
            raise CoaiError(
                "host_died", f"the host process did not start: {gone.tail}", gone.remedy
            ) from None
        except KeyboardInterrupt:
            self.kill()
            raise Cancelled() from None
        if hello is None or "hello" not in hello:
            self.kill()
            raise CoaiError(
                "host_died", f"{python} does not run our host process", "see COIMPROVE_HOST_PYTHON"
            )
        self.version = str(hello["hello"].get("version", ""))

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        data = memoryview(json.dumps(message).encode() + b"\n")
        fd = self._process.stdin.fileno()
        try:
            while data:
                data = data[os.write(fd, data) :]
        except BrokenPipeError:
            raise self._gone() from None

    def _read_answer(
        self, id_: int, progress: ProgressCallback | None, deadline: float | None
    ) -> dict[str, Any] | None:
        """The answer to this request; those to earlier ones that were given up are passed over."""
        while True:
            message = self._read_line(deadline)
            if message is None:
                return None
            if message.get("id") != id_:
                continue
            if "delta" in message:
                # None once it was stopped: what still comes is not shown.
                if self._say is not None and deadline is None:
                    self._say(str(message["delta"]))
                continue
            if "progress" not in message:
                return message
            if progress is not None:
                progress(message["progress"])

    def _read_line(self, deadline: float | None) -> dict[str, Any] | None:
        """One JSON line, or None when there is none by then. Raises _Gone at the end of the stream."""
        process = self._process
        assert process is not None
        assert process.stdout is not None
        # Not select.select: a kernel with many open files has descriptors beyond its 1024.
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._buffer:
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return None
                if selector.select(left):
                    chunk = os.read(process.stdout.fileno(), 1 << 16)
                    if not chunk:
                        raise self._gone()
                    self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        try:
            message = json.loads(line)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            self.kill()
            raise CoaiError("host_died", "the host process said something that is no answer", "ask again")
        return message

    def _gone(self) -> _Gone:
        """The host has ended: how, and the last it said. The next call starts another."""
        assert self._process is not None
        try:
            code = self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        tail = ""
        if self._log is not None:
            self._log.seek(0)
            lines = self._log.read().decode(errors="replace").strip().splitlines()
            tail = lines[-1][-300:] if lines else ""
        self.close()
        return _Gone(code, tail)


class _Gone(Exception):
    def __init__(self, code: int, tail: str) -> None:
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        super().__init__(how)
        self.code, self.tail = code, tail or how
        self.message = f"the host process ended ({how}) before it answered" + (f": {tail}" if tail else "")
        self.remedy = "ask again, a new one starts; what was acknowledged is in the record (`%coai review`)"


_client: HostClient | None = None


def host() -> HostClient:
    """This kernel's host client; made on first use, closed when the kernel ends."""
    global _client
    if _client is None:
        _client = HostClient()
        atexit.register(_client.close, 1.0)
    return _client


def close() -> None:
    """Let the host process go, if there is one."""
    global _client
    if _client is not None:
        atexit.unregister(_client.close)
        _client.close()
        _client = None
