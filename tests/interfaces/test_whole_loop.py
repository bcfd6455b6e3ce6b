"""The whole loop in a real kernel, with a model: question, tools, plan, prediction, runs, finding, acceptance, and what was learnt.

What was said is `whole_loop.md` beside this file, as `%coai conversation` exports it (ids, times and the port written out).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from kernel_door import Kernel, error_of
from small_notebooks import lab_notebook

from jupyter_coimprove.interfaces.cli import main
from jupyter_coimprove.testing.messages import Answer, MessagesServer, Text, Thinking, UseTool

pytestmark = pytest.mark.slow
TRANSCRIPT = Path(__file__).with_name("whole_loop.md")
CELLS = (
    ("parameters", "SEED = 0\nlr = 0.1\nunused = 3"),
    ("", "import random\nrandom.seed(SEED)\nnoise = random.gauss(0, 0.01)"),
    ("", "score = 0.4 + lr * (1 + noise) + noise"),
)
PLAN = {
    "factors": [{"name": "lr", "levels": ["0.3"]}, {"name": "unused", "levels": ["4"]}],
    "question": "Does the learning rate matter?", "response": "score", "direction": "max", "blocks": 4,
    "why": "The score is computed from `lr`; nothing reads `unused`.",
    "expected": "A higher `lr` raises the score; `unused` changes nothing.",
}  # fmt: skip


class Model:
    """Reads before it proposes, and reads what the runs show before it says what was learnt."""

    def __init__(self) -> None:
        self.experiment = ""
        self.told: list[str] = []

    def __call__(self, body: Mapping[str, Any]) -> Answer:
        said = json.dumps(body["messages"])
        results = [
            item
            for message in body["messages"]
            for item in message["content"]
            if item["type"] == "tool_result"
        ]
        self.told += [item["content"][0]["text"] for item in results]
        if "What did we learn" in said:
            if not results:
                uses = (UseTool("read_effects", {"experiment": self.experiment}), UseTool("read_findings"))
                return Answer(content=(Text("I read what the runs show. "), *uses))
            effect = re.search(r'"estimate":([0-9.]+)', results[0]["content"][0]["text"])
            assert effect is not None, results
            return Answer(
                content=(
                    Text(
                        f"`lr=0.3` raises the score by {float(effect[1]):.2f}, in every block; `unused` changes nothing."
                    ),
                )
            )
        if not results:
            uses = (UseTool("list_candidates"), UseTool("read_cells", {"cells": [1, 3]}))
            return Answer(
                content=(Thinking("What can be varied?"), Text("I look at what can be varied. "), *uses)
            )
        if len(results) == 2:
            return Answer(content=(UseTool("propose_plan", PLAN),))
        return Answer(
            content=(
                Text("I propose to vary `lr` and, as a check, `unused`. Rank the arms before you run it."),
            )
        )


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def kernel(
    tmp_path_factory: pytest.TempPathFactory, model: Model, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Kernel]:
    folder = tmp_path_factory.mktemp("w")
    (folder / "n.ipynb").write_text(lab_notebook(CELLS))
    with MessagesServer(model) as service:
        made = {"JUPYTER_DATA_DIR": str(folder / "data"), "JUPYTER_CONFIG_DIR": str(folder / "config")}
        for name, value in made.items():
            monkeypatch.setenv(name, value)  # for the terminal afterwards
        monkeypatch.chdir(folder)
        kernel = Kernel(
            folder, ANTHROPIC_API_KEY="sk-ant-canary-0123456789", ANTHROPIC_BASE_URL=service.url,
            JPY_SESSION_NAME=str(folder / "n.ipynb"), **made,
        )  # fmt: skip
        assert kernel.run("%load_ext jupyter_coimprove") == []
        yield kernel
        kernel.end()


def said(kernel: Kernel, code: str) -> str:
    """What a cell shows as text; an error of it fails the test."""
    out = kernel.run(code)
    assert [one for one in out if one["type"] == "error"] == [], error_of(out)
    return "\n".join(one["data"]["text/plain"] for one in out if "data" in one)


def test_from_a_question_to_what_was_learnt(
    kernel: Kernel, model: Model, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path.cwd()
    before = (folder / "n.ipynb").read_bytes()
    shown = said(kernel, "%%coai\nDoes the learning rate matter? Plan it.")
    experiment = re.search(r"exp_\w+", shown)
    assert experiment is not None
    model.experiment = experiment[0]
    assert any('"kind":"candidates"' in told for told in model.told), "it read what can be varied"
    assert "claude-sonnet-5-5" in shown
    assert not list(folder.glob("coimprove/runs/*")), "nothing ran before a person said so"
    said(kernel, f"%coai predict {model.experiment} 'lr=0.3 > unused=4 > baseline'")
    assert "13 of 13" in said(kernel, f"%coai run {model.experiment} --wait")
    results = said(kernel, f"%coai results {model.experiment}")
    assert "▲ better" in results
    finding = re.search(r"fnd_\w+", said(kernel, "%coai review"))
    assert finding is not None
    assert "is accepted" in said(kernel, f"%coai accept {finding[0]}")
    assert (folder / "n.ipynb").read_bytes() == before, (
        "it is open: nobody writes it behind the person's back"
    )
    learnt = said(kernel, "%%coai\nWhat did we learn?")
    assert "raises the score by 0.20" in learnt
    assert any('"kind":"findings"' in told and finding[0] in told for told in model.told)
    said(kernel, "%coai conversation --output said.md")
    kernel.end()
    assert main(["apply", "n.ipynb"]) == 0, capsys.readouterr().out
    (added,) = [
        cell
        for cell in json.loads((folder / "n.ipynb").read_text())["cells"]
        if "coimprove" in cell["metadata"]
    ]
    assert added["cell_type"] == "markdown"
    assert added["metadata"]["coimprove"]["finding"].startswith(finding[0])
    assert "lr=0.3" in "".join(added["source"])
    assert plain((folder / "said.md").read_text()) == TRANSCRIPT.read_text()


def plain(text: str) -> str:
    """A conversation without what differs each time."""
    text = re.sub(r"(exp|fnd|prp|msg)_\w+", r"\1_…", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
