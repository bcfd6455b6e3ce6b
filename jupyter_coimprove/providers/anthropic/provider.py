"""The provider that asks a model over the Messages protocol: Claude, or a compatible endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.proposals.provider import Part, Request
from jupyter_coimprove.providers.anthropic.failing import translated
from jupyter_coimprove.providers.anthropic.line import Broken, Line, Stopped
from jupyter_coimprove.providers.anthropic.looping import Answering
from jupyter_coimprove.providers.anthropic.translating import body
from jupyter_coimprove.redaction import Secret

MODEL = "claude-sonnet-5-5"
URL = "https://api.anthropic.com"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where it asks, with which key, and which model. ``read_s``: the longest silence, in seconds."""

    key: Secret
    model: str = MODEL
    url: str = URL
    thinking: bool = True
    effort: str = ""
    max_tokens: int = 16_000
    connect_s: float = 10.0
    read_s: float = 120.0


class AnthropicProvider:
    """Streams, reads by tools and proposes by them; every failure proposes nothing.

    ``line`` may be shared with others that ask the same service.
    """

    name = "anthropic"
    images = True

    def __init__(self, settings: Settings, *, line: Line | None = None) -> None:
        parts = urlsplit(settings.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(
                f"{settings.url!r} is no address of a service", remedy="ANTHROPIC_BASE_URL=https://…"
            )
        self.settings = settings
        self._host = parts.netloc.rsplit("@", 1)[-1]
        self.label = (
            f"Claude, {settings.model}" if settings.url == URL else f"{settings.model} at {self._host}"
        )
        self._line = line or Line(
            key=settings.key, url=settings.url, connect_s=settings.connect_s, read_s=settings.read_s
        )

    def warm(self) -> None:
        """Load what the first answer needs, in the background."""
        self._line.warm()

    def close(self) -> None:
        """End its thread and its connections."""
        self._line.close()

    def answer(self, request: Request) -> Iterator[Part]:
        """The answer, part by part. Raises ProviderError; after one, nothing it sent counts."""
        sent = self.sent(request)
        return Answering(self._line, request, sent, host=self._host, key=self.settings.key).parts()

    def sent(self, request: Request) -> dict[str, Any]:
        """The body of the first request, as it is sent, without the key."""
        return body(request, self.settings)

    def count(self, request: Request) -> int | None:
        """Its tokens as the service counts them; None where it does not count. Raises ProviderError."""
        sent = self.sent(request)
        wanted = {key: value for key, value in sent.items() if key != "max_tokens"}

        async def counting(client: Any) -> int:
            return int((await client.messages.count_tokens(**wanted)).input_tokens)

        try:
            return int(self._line.call(counting, request.cancelled))
        except Stopped:
            return None
        except Broken as broken:
            unknown = getattr(broken.error, "status_code", None) in (404, 405, 501)
            failure = translated(broken.error, host=self._host, key=self.settings.key)
        if unknown:
            return None
        raise failure

    def models(self) -> list[dict[str, Any]]:
        """What the service offers: id, name, and how much each takes and gives. Raises ProviderError."""

        async def listing(client: Any) -> list[dict[str, Any]]:
            return [
                {
                    "id": model.id, "name": model.display_name,
                    "max_input": model.max_input_tokens, "max_output": model.max_tokens,
                }
                async for model in client.models.list(limit=100)
            ]  # fmt: skip

        try:
            return list(self._line.call(listing, lambda: False))
        except Broken as broken:
            failure = translated(broken.error, host=self._host, key=self.settings.key)
        raise failure
