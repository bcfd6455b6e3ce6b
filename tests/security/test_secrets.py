"""Fourteen kinds of secrets in eight places: none reaches a model, the record, or the conversation."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_coimprove.proposals.context import text as lines
from jupyter_coimprove.proposals.provider import Part
from jupyter_coimprove.providers.scripted import ScriptedProvider, Use
from jupyter_coimprove.workbench import talking
from jupyter_coimprove.workbench.bench import Bench, Where

PLACES = ("source", "markdown", "stdout", "result", "traceback", "variable", "question", "earlier answer")
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def body(number: int, length: int) -> str:
    """Letters and digits that no other secret has, the same each time."""
    out, state = [], 1103515245 * (number + 7)
    for _ in range(length):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out.append((LETTERS + LETTERS.upper() + "0123456789")[state >> 58 if state >> 58 < 62 else 3])
    return "".join(out)


def kinds(n: int) -> dict[str, tuple[str, str]]:
    """By kind: what stands in the text, and the part of it that must not come out."""
    b = [body(100 * n + i, 40) for i in range(16)]
    jwt = f"eyJ{b[10][:20]}.eyJ{b[11][:20]}.{b[12][:30]}"
    pem = f"-----BEGIN RSA PRIVATE KEY-----\n{b[13]}\n{b[14]}\n-----END RSA PRIVATE KEY-----"
    return {
        "anthropic": ("sk-ant-api03-" + b[0], b[0]), "openai": ("sk-proj-" + b[1], b[1]),
        "github": ("ghp_" + b[2][:36], b[2][:36]), "gitlab": ("glpat-" + b[3][:20], b[3][:20]),
        "aws": ("AKIA" + b[4][:16].upper(), b[4][:16].upper()), "google": ("AIza" + b[5][:35], b[5][:35]),
        "slack": ("xoxb-" + b[6][:30], b[6][:30]), "huggingface": ("hf_" + b[7][:34], b[7][:34]),
        "stripe": ("sk_live_" + b[8][:24], b[8][:24]), "jwt": (jwt, jwt[-30:]), "pem": (pem, b[13]),
        "url": (f"postgres://app:{b[15][:18]}@db.example/x", b[15][:18]),
        "environment": (ENVIRONMENT, ENVIRONMENT), "assigned": (ASSIGNED, ASSIGNED),
    }  # fmt: skip


ENVIRONMENT, ASSIGNED = "no-form-of-its-own-4711", "correct-horse-battery-9"


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[ScriptedProvider, list[Path], Any]:
    """Ask twice about a notebook that has them everywhere, with a model that reads all it can."""
    monkeypatch.setenv("MY_DB_PASSWORD", ENVIRONMENT)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    at = {place: "\n".join(whole for whole, _ in kinds(n).values()) for n, place in enumerate(PLACES)}
    error = {
        "output_type": "error",
        "ename": "E",
        "evalue": at["traceback"][:80],
        "traceback": at["traceback"].split("\n"),
    }
    result = {
        "output_type": "execute_result",
        "data": {"text/plain": at["result"]},
        "metadata": {},
        "execution_count": 1,
    }
    cells: list[dict[str, Any]] = [
        {"cell_type": "markdown", "source": at["markdown"]},
        {"cell_type": "code", "source": f"smtp_password = '{ASSIGNED}'\ntext = '''{at['source']}'''", "outputs": [{"output_type": "stream", "name": "stdout", "text": at["stdout"]}]},
        {"cell_type": "code", "source": "text", "outputs": [result, error]},
    ]  # fmt: skip
    for number, cell in enumerate(cells):
        cell |= {
            "id": f"c{number}",
            "metadata": {},
            **({"execution_count": 1} if cell["cell_type"] == "code" else {}),
        }
    path = tmp_path / "nb" / "n.ipynb"
    path.parent.mkdir()
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    whole = {"stop": "complete", "usage": {"requests": 1, "input": 5}}
    reads = [
        Use(tool="read_cells", given={"cells": [1, 2, 3]}),
        Use(tool="read_output", given={"cell": 2}),
        Use(tool="read_variables", given={"names": ["v"]}),
    ]
    provider = ScriptedProvider([
        [Part(type="text", text=at["earlier answer"]), Part(type="end", detail=whole)],
        [*reads, Part(type="text", text="done"), Part(type="end", detail=whole)],
    ])  # fmt: skip
    monkeypatch.setattr(talking, "provider_for", lambda bench, named=None, model=None: provider)
    live = {"variables": [{"name": "v", "type": "str", "value": at["variable"]}]}
    bench = Bench(where=Where(cwd=path.parent, notebook=path), root_override=path.parent, live=live)
    try:
        talking.ask(bench, text="first")
        view = talking.ask(bench, text=at["question"])
    finally:
        bench.close()
    kept = [
        p for folder in ("coimprove", ".coimprove") for p in (path.parent / folder).rglob("*") if p.is_file()
    ]
    return provider, kept, view


def test_no_secret_reaches_a_model_or_what_is_kept(told: tuple[ScriptedProvider, list[Path], Any]) -> None:
    provider, kept, view = told
    sent = [
        lines(r.context) + r.text + "".join(t.text for t in r.history) for r in provider.requests
    ] + provider.told
    assert len(provider.told) == 3
    stored = [p.read_bytes().decode("utf-8", "replace") for p in kept] + [
        json.dumps(dataclasses.asdict(view), default=str)
    ]
    assert len(kept) > 3
    texts = "\n".join([*sent, *stored]).replace("\\n", "\n")
    found = [
        (kind, place)
        for n, place in enumerate(PLACES)
        for kind, (_, part) in kinds(n).items()
        if part in texts
    ]
    assert len(PLACES) * len(kinds(0)) == 112
    assert found == []
    assert texts.count("***") > 80, "they were there, and are masked"
