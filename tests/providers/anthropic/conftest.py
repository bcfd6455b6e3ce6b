"""A provider at the scripted server: a real socket, the real SDK, prepared answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jupyter_coimprove.providers.anthropic import AnthropicProvider, Settings
from jupyter_coimprove.redaction import Secret
from jupyter_coimprove.testing.messages import MessagesServer, Step

#: Looked for wherever a key must not be.
KEY = "sk-ant-canary-0123456789"

Serve = Callable[..., tuple[AnthropicProvider, MessagesServer]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """``serve(step, …)``: a provider, and the server that it asks."""
    opened: list[tuple[AnthropicProvider, MessagesServer]] = []

    def make(*steps: Step, **settings: Any) -> tuple[AnthropicProvider, MessagesServer]:
        server = MessagesServer(
            steps[0] if len(steps) == 1 and callable(steps[0]) else list(steps)
        ).__enter__()
        settings = {"url": server.url, "key": Secret(KEY), **settings}
        provider = AnthropicProvider(Settings(**settings))
        opened.append((provider, server))
        return provider, server

    yield make
    for provider, server in opened:
        provider.close()
        server.__exit__(None, None, None)
