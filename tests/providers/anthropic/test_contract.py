"""The provider that asks a model keeps the contract of every provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from jupyter_coimprove.providers.anthropic import AnthropicProvider
from jupyter_coimprove.testing.messages import Answer, Data, Text
from jupyter_coimprove.testing.provider_contract import ProviderContract

PLAN = {
    "factors": [{"name": "dropout", "levels": ["0.0"]}],
    "rationale": "It may not help.",
    "expected": "less",
}


def answer(body: Mapping[str, Any]) -> Answer:
    form = (body.get("output_config") or {}).get("format")
    return Answer(content=(Data(PLAN) if form else Text("The sky scatters blue light more."),))


class TestAnthropicKeepsTheContract(ProviderContract):
    offline = False

    @pytest.fixture(autouse=True)
    def _served(self, serve: Any) -> None:
        self.serve = serve

    def make(self) -> AnthropicProvider:
        provider: AnthropicProvider = self.serve(answer)[0]
        return provider
