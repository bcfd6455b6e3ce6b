"""What the scripted server answers: pieces of an answer, how it is spoiled, and failures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Text:
    """Words, sent in deltas of ``piece`` characters."""

    text: str
    piece: int = 12


@dataclass(frozen=True)
class Thinking:
    """What the model thought; ``redacted`` sends it as the service does when it may not be read."""

    text: str
    redacted: bool = False


@dataclass(frozen=True)
class UseTool:
    """A tool's use. ``cut``: so many characters of its JSON are sent, and no more."""

    name: str
    given: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""
    cut: int | None = None


@dataclass(frozen=True)
class Data:
    """Structured output: a value, sent as the text of its JSON."""

    value: Any


Piece = Text | Thinking | UseTool | Data


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer, whole or spoiled.

    ``stop`` is the stop reason ("": as the content says). ``wait_s`` passes before the first byte,
    ``pace_s`` before every event. After so many events the connection is closed in an orderly way
    (``cut``) or torn (``torn``), a line of no kind is sent (``garbage``), or an error event (``error``,
    with its type and message in ``failure``).
    """

    content: tuple[Piece, ...] = ()
    stop: str = ""
    stop_details: Mapping[str, Any] | None = None
    wait_s: float = 0.0
    pace_s: float = 0.0
    cut: int | None = None
    torn: int | None = None
    garbage: int | None = None
    error: int | None = None
    failure: tuple[str, str] = ("overloaded_error", "Overloaded")

    @property
    def stop_reason(self) -> str:
        return self.stop or ("tool_use" if any(isinstance(p, UseTool) for p in self.content) else "end_turn")


_TYPES = {
    400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error",
    413: "request_too_large", 429: "rate_limit_error", 500: "api_error", 529: "overloaded_error",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Fail:
    """A request refused with a status; ``retry_ms`` or ``retry_s`` says when to come again.

    ``body`` is sent as it is in place of the usual JSON; ``location`` is where a redirect points.
    """

    status: int
    message: str = "scripted failure"
    type: str = ""
    retry_ms: float | None = None
    retry_s: float | None = None
    wait_s: float = 0.0
    body: bytes | None = None
    location: str = ""

    def payload(self) -> dict[str, Any]:
        kind = self.type or _TYPES.get(self.status, "api_error")
        return {
            "type": "error",
            "error": {"type": kind, "message": self.message},
            "request_id": "req_scripted",
        }

    def headers(self) -> dict[str, str]:
        out = {}
        if self.retry_ms is not None:
            out["retry-after-ms"] = f"{self.retry_ms:g}"
        if self.retry_s is not None:
            out["retry-after"] = f"{self.retry_s:g}"
        if self.location:
            out["location"] = self.location
        return out


#: One answer of the script, or what makes it of the request's body.
Step = Answer | Fail | Callable[[Mapping[str, Any]], Answer | Fail]
