"""A conversation about an unchanged notebook is read from the prompt cache; what changes stands behind it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_coimprove.testing.messages import Answer, MessagesServer, Text
from jupyter_coimprove.workbench import spending, talking
from jupyter_coimprove.workbench.bench import Bench


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[MessagesServer]:
    with MessagesServer(lambda body: Answer(content=(Text("The rate decides."),))) as running:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-canary-0123456789")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
        yield running


def test_the_third_turn_reads_nine_tenths_from_the_cache(
    bench: Bench, write, service: MessagesServer
) -> None:  # type: ignore[no-untyped-def]
    path: Path = write(
        *(f"value_{n} = {n}\nprint('the number is', value_{n} * 2)  # {'x' * 60}" for n in range(120))
    )
    bench.where = dataclasses.replace(bench.where, notebook=path, cell_id="cell-3")
    questions = (
        "which value decides?",
        "and value_7, why is it so small?",
        "what would cell 9 show for value_8?",
    )
    read = []
    for turn, question in enumerate(questions):
        bench.live = {"variables": [{"name": "turn", "type": "int", "value": turn}]}
        usage = talking.ask(bench, text=question).usage
        read.append(
            usage.get("cache_read", 0) / sum(usage.get(k, 0) for k in ("input", "cache_read", "cache_write"))
        )
    assert read[0] == 0.0
    assert read[2] >= 0.9, read
    assert len(service.asked) == 3
    assert spending.usage(bench).rows[0].questions == 3
