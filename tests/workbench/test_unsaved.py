"""Where a kernel has run what the notebook's file does not show, the person is told: no model was."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_coimprove.proposals.provider import Part
from jupyter_coimprove.providers.scripted import ScriptedProvider
from jupyter_coimprove.workbench import talking
from jupyter_coimprove.workbench.bench import Bench
from jupyter_coimprove.workbench.knowing.unsaved import SAVE


@pytest.fixture
def asked(bench: Bench, train: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[str, ...]]:
    bench.where = dataclasses.replace(bench.where, notebook=train)

    def ask(**live: Any) -> tuple[str, ...]:
        done = [Part(type="text", text="Yes."), Part(type="end", detail={"stop": "complete", "usage": {}})]
        monkeypatch.setattr(talking, "provider_for", lambda *_, **__: ScriptedProvider([done]))
        bench.live = live
        return talking.ask(bench, text="is it?", fresh=True).warnings

    return ask


def test_only_what_is_newer_than_the_file(asked: Callable[..., tuple[str, ...]], train: Path) -> None:
    node = json.loads(train.read_text())
    node["cells"][0]["execution_count"] = 5
    train.write_text(json.dumps(node))
    assert asked(ran=6) == (SAVE,)
    assert asked(ran=5) == asked() == asked(ran="6") == asked(ran=True) == ()


def test_where_outputs_are_kept_from_models_saving_would_not_help(
    asked: Callable[..., tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked(ran=9_999) == (SAVE,)
    monkeypatch.setenv("COIMPROVE_OUTPUTS_POLICY", "force-off")
    assert asked(ran=9_999) == ()
