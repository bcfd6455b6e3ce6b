"""The model's process as its owner sees it: started on the first question, stopped when idle."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import queue
import secrets
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_coimprove.errors import ProviderError
from jupyter_coimprove.providers.local.finding import is_small
from jupyter_coimprove.redaction import Secret, strip_environment

#: After so many seconds without a question the model's memory is given back.
IDLE_S = 600.0
#: A large model on a slow disk takes long to load, in seconds.
LOAD_S = 300.0
_LOOK = 0.05


class Stopped(Exception):
    """The person, or the time limit, stopped it."""


class _Running(NamedTuple):
    popen: subprocess.Popen[str]
    address: str
    key: Secret


class Process:
    """One model in one child process, for all who ask in this one. ``context``: tokens it can hold."""

    def __init__(self, model: Path, *, context: int = 0, idle_s: float = IDLE_S) -> None:
        # A small model reads slowly and loses itself in what is long.
        self.model, self.context, self._idle_s = model, context or (2048 if is_small(model) else 8192), idle_s
        self._lock = threading.Lock()
        self._running: _Running | None = None
        self._timer: threading.Timer | None = None
        self._asking = 0
        self._end = weakref.finalize(self, _ended, self.__dict__)

    @property
    def pid(self) -> int | None:
        """Its process, while there is one."""
        running = self._running
        return running.popen.pid if running and running.popen.poll() is None else None

    def close(self) -> None:
        """End the process; the next question starts another."""
        with self._lock:
            self._stop()

    def events(self, body: Mapping[str, Any], stopped: Callable[[], bool]) -> Iterator[dict[str, Any]]:
        """The events of a streamed chat completion. Raises Stopped, ProviderError."""
        running = self._open(stopped)
        line = http.client.HTTPConnection(running.address, timeout=LOAD_S)
        came: queue.SimpleQueue[Any] = queue.SimpleQueue()
        reader = threading.Thread(target=_read, args=(line, running.key, dict(body), came), daemon=True)
        reader.start()
        try:
            while True:
                try:
                    item = came.get(timeout=_LOOK)
                except queue.Empty:
                    item = None
                if stopped():
                    raise Stopped
                if isinstance(item, ProviderError):
                    raise item
                if item is _BROKEN:
                    self.close()  # whatever is left of it answers nobody
                if item is _END or item is _BROKEN:
                    return
                if item is not None:
                    yield item
        finally:
            _hang_up(line)
            reader.join(timeout=1.0)
            self._rest()

    def _open(self, stopped: Callable[[], bool]) -> _Running:
        with self._lock:
            self._asking += 1
            if self._timer is not None:
                self._timer.cancel()
            if self._running is None or self._running.popen.poll() is not None:
                self._stop()
                try:
                    self._running = self._start(stopped)
                except BaseException:
                    self._asking -= 1
                    raise
            return self._running

    def _rest(self) -> None:
        with self._lock:
            self._asking -= 1
            if self._asking == 0:
                self._timer = threading.Timer(self._idle_s, self._idle)
                self._timer.daemon = True
                self._timer.start()

    def _idle(self) -> None:
        with self._lock:
            if self._asking == 0:
                self._stop()

    def _stop(self) -> None:
        _ended(self.__dict__)
        self._running = None

    def _start(self, stopped: Callable[[], bool]) -> _Running:
        env, _ = strip_environment(os.environ)
        # More threads than free cores spin against each other and against the kernel's own.
        threads = max(1, len(os.sched_getaffinity(0)) - 1) if hasattr(os, "sched_getaffinity") else 2
        key = Secret(secrets.token_urlsafe(24))
        popen = subprocess.Popen(
            [sys.executable, "-m", "jupyter_coimprove.providers.local.child"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**env, "OMP_WAIT_POLICY": "passive"},
        )  # fmt: skip
        assert popen.stdin is not None
        wanted = {"model": str(self.model), "key": key.reveal(), "context": self.context, "threads": threads}
        popen.stdin.write(json.dumps(wanted) + "\n")
        popen.stdin.flush()
        try:
            answer = _first_line(popen, stopped)
        except BaseException:
            _kill(popen)
            raise
        if "address" not in answer:
            _kill(popen)
            raise ProviderError(
                f"{self.model.name} cannot be loaded: {answer.get('error', 'its process ended')}",
                remedy="COIMPROVE_LOCAL_MODEL takes the path of another GGUF file",
            )
        return _Running(popen, str(answer["address"]).split("//", 1)[1], key)


_END, _BROKEN = object(), object()


def _first_line(popen: subprocess.Popen[str], stopped: Callable[[], bool]) -> dict[str, Any]:
    came: queue.SimpleQueue[str] = queue.SimpleQueue()
    assert popen.stdout is not None
    reader = threading.Thread(target=lambda out: came.put(out.readline()), args=(popen.stdout,), daemon=True)
    reader.start()
    end = time.monotonic() + LOAD_S
    while True:
        try:
            line = came.get(timeout=_LOOK)
        except queue.Empty:
            if stopped():
                raise Stopped from None
            if time.monotonic() > end:
                raise ProviderError(
                    "the local model takes too long to load", remedy="a smaller model"
                ) from None
            continue
        answer: dict[str, Any] = json.loads(line) if line.strip() else {}
        return answer


def _read(
    line: http.client.HTTPConnection, key: Secret, body: dict[str, Any], came: queue.SimpleQueue[Any]
) -> None:
    """In its thread: the request, and what comes of it until the end or until somebody hangs up."""
    headers = {"Authorization": f"Bearer {key.reveal()}", "Content-Type": "application/json"}
    try:
        line.request("POST", "/v1/chat/completions", json.dumps({**body, "stream": True}), headers)
        with line.getresponse() as response:
            if response.status != 200:
                came.put(_refused(response.status, response.read(10_000)))
                return
            for raw in response:
                text = raw[5:].strip() if raw.startswith(b"data:") else b""
                if text == b"[DONE]":
                    came.put(_END)
                elif text:
                    came.put(json.loads(text))
    except (OSError, http.client.HTTPException, ValueError, AttributeError):
        pass  # hung up, or the process died: what is missing is seen by who reads
    finally:
        came.put(_BROKEN)


def _refused(status: int, raw: bytes) -> ProviderError:
    try:
        words = str(json.loads(raw)["error"]["message"])[:300]
    except (ValueError, KeyError, TypeError):
        words = f"status {status}"
    return ProviderError(
        f"the local model refused this: {words}", remedy="ask with fewer facts: --no-context"
    )


def _hang_up(line: http.client.HTTPConnection) -> None:
    if line.sock is not None:
        with contextlib.suppress(OSError):  # it went away first
            line.sock.shutdown(socket.SHUT_RDWR)
    line.close()


def _ended(state: dict[str, Any]) -> None:
    timer, running = state.get("_timer"), state.get("_running")
    if timer is not None:
        timer.cancel()
    if running is not None:
        _kill(running.popen)


def _kill(popen: subprocess.Popen[str]) -> None:
    for stream in (popen.stdin, popen.stdout):
        if stream is not None:
            stream.close()
    try:
        popen.wait(timeout=1.0)
    except subprocess.TimeoutExpired:
        popen.kill()
        popen.wait()
