"""The server: a real socket on loopback, a thread a connection, and what it got."""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from jupyter_coimprove.testing.messages.caching import PromptCache, count
from jupyter_coimprove.testing.messages.events import events, message
from jupyter_coimprove.testing.messages.rules import LARGEST, refusal
from jupyter_coimprove.testing.messages.script import Answer, Fail, Step

#: A model the list names, with what a client asks about it.
MODELS = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5")


@dataclass
class Received:
    """A request as it came. ``left``: its client went away before the answer's end."""

    path: str
    headers: Mapping[str, str]
    raw: bytes
    body: Mapping[str, Any]
    usage: dict[str, int] = field(default_factory=dict)
    status: int = 0
    left: bool = False


class MessagesServer:
    """Answers from a script. ``key``: the only one it takes ("": any). ``least``: the cache's least size."""

    def __init__(self, steps: Sequence[Step] | Step = (), *, key: str = "", least: int = 1024) -> None:
        self._steps = list(steps) if isinstance(steps, Sequence) else steps
        self._taken = 0
        self._lock = threading.Lock()
        self.key = key
        self.cache = PromptCache(least)
        self.requests: list[Received] = []
        self.stopping = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.script = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens, as ANTHROPIC_BASE_URL takes it."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def asked(self) -> list[Received]:
        """The requests for an answer, without counting and lists."""
        return [request for request in self.requests if request.path.split("?")[0] == "/v1/messages"]

    def then(self, *steps: Step) -> None:
        """More steps for the script."""
        assert isinstance(self._steps, list), "one callable answers everything"
        self._steps += steps

    def __enter__(self) -> MessagesServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def step(self, body: Mapping[str, Any]) -> Answer | Fail:
        """The next answer for this request; beyond the script's end a failure that says so."""
        with self._lock:
            if isinstance(self._steps, list):
                self._taken += 1
                if self._taken > len(self._steps):
                    return Fail(
                        status=400, message=f"the script has {len(self._steps)} answers, and this is one more"
                    )
                step: Step = self._steps[self._taken - 1]
            else:
                step = self._steps
        return step if isinstance(step, (Answer, Fail)) else step(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    script: MessagesServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is what is tested, not an error."""
        import sys

        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal; ``requests`` tell."""

    def do_GET(self) -> None:
        received = self._received(b"", {})
        if self._refused_key(received):
            return
        if self.path.split("?")[0] == "/v1/models":
            self._json(
                received,
                200,
                {
                    "data": [_model(name) for name in MODELS],
                    "has_more": False,
                    "first_id": MODELS[0],
                    "last_id": MODELS[-1],
                },
            )
        elif self.path.rsplit("/", 1)[-1] in MODELS:
            self._json(received, 200, _model(self.path.rsplit("/", 1)[-1]))
        else:
            self._fail(received, Fail(status=404, message=f"{self.path}: not found"))

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        try:
            body = json.loads(raw)
        except ValueError:
            body = {}
        received = self._received(raw, body)
        if self._refused_key(received):
            return
        path = self.path.split("?")[0]
        wrong = refusal(body, counting=path.endswith("count_tokens"))
        if len(raw) > LARGEST:
            self._fail(received, Fail(status=413, message="Request exceeds the maximum size"))
        elif path == "/v1/messages/count_tokens" and wrong is None:
            self._json(received, 200, {"input_tokens": count(body)})
        elif path == "/v1/messages" and wrong is None:
            self._answer(received, self.server.script.step(body))
        else:
            self._fail(received, wrong or Fail(status=404, message=f"{path}: not found"))

    def _received(self, raw: bytes, body: Mapping[str, Any]) -> Received:
        headers = {name.lower(): value for name, value in self.headers.items()}
        received = Received(path=self.path, headers=headers, raw=raw, body=body)
        self.server.script.requests.append(received)
        return received

    def _refused_key(self, received: Received) -> bool:
        # Both are taken; which one a client sends depends on its version.
        given = received.headers.get("x-api-key", "") or received.headers.get(
            "authorization", ""
        ).removeprefix("Bearer ")
        if given and self.server.script.key in ("", given):
            return False
        self._fail(received, Fail(status=401, message="invalid x-api-key"))
        return True

    def _answer(self, received: Received, answer: Answer | Fail) -> None:
        if not self._wait(received, answer.wait_s):
            return
        if isinstance(answer, Fail):
            self._fail(received, answer)
            return
        script = self.server.script
        received.usage = script.cache.usage(received.body)
        known: dict[str, Any] = {
            "model": str(received.body["model"]), "number": len(script.requests), "usage": received.usage,
        }  # fmt: skip
        if not received.body.get("stream"):
            self._json(received, 200, message(answer, **known))
            return
        received.status = 200
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self._stream(received, answer, known)

    def _stream(self, received: Received, answer: Answer, known: dict[str, Any]) -> None:
        for number, event in enumerate(events(answer, **known)):
            if not self._wait(received, answer.pace_s):
                return
            if number == answer.cut:
                break
            if number == answer.torn:
                self.close_connection = True
                return
            if number == answer.garbage:
                self._chunk(received, b"event: content_block_delta\ndata: {{no json at all\n\n")
            if number == answer.error:
                kind, words = answer.failure
                event = {"type": "error", "error": {"type": kind, "message": words}}
            if not self._chunk(received, f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()):
                return
            if number == answer.error:
                break
        self._chunk(received, b"")

    def _wait(self, received: Received, seconds: float) -> bool:
        """False when the client went away meanwhile, or the server stops."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            readable, _, _ = select.select([self.connection], [], [], min(left, 0.02))
            if readable and self.connection.recv(1, socket.MSG_PEEK) == b"":
                received.left = self.close_connection = True
                return False
            if self.server.script.stopping.is_set():
                self.close_connection = True
                return False
        return True

    def _chunk(self, received: Received, data: bytes) -> bool:
        try:
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.flush()
        except OSError:
            received.left = self.close_connection = True
            return False
        return True

    def _fail(self, received: Received, fail: Fail) -> None:
        self._json(received, fail.status, fail.payload(), headers=fail.headers(), raw=fail.body)

    def _json(
        self,
        received: Received,
        status: int,
        value: Any,
        *,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> None:
        data = raw if raw is not None else json.dumps(value).encode()
        received.status = status
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("request-id", "req_scripted")
        self.send_header("content-length", str(len(data)))
        for name, text in (headers or {}).items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(data)


def _model(name: str) -> dict[str, Any]:
    return {
        "type": "model", "id": name, "display_name": name.replace("-", " ").title(), "lifecycle": "active",
        "created_at": "2026-01-01T00:00:00Z", "max_input_tokens": 200_000, "max_tokens": 64_000,
    }  # fmt: skip
