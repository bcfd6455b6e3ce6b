"""`learn` by the command line, in a kernel, over MCP, and with a scripted model: the same facts by each door."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from kernel_door import Kernel, error_of
from lessons_learnt import edits
from small_notebooks import lab_notebook

from jupyter_coimprove.activities.table import ACTIVITIES, LEARN
from jupyter_coimprove.activities.ways import WAYS
from jupyter_coimprove.interfaces.cli import main
from jupyter_coimprove.testing.messages import Answer, MessagesServer, Text
from jupyter_coimprove.wire.schema import schema
from jupyter_coimprove.workbench import deciding, learning
from jupyter_coimprove.workbench.bench import Bench, Where
from jupyter_coimprove.workbench.views import ActivityView

REPOSITORY = Path(__file__).parents[2]
CELLS = tuple(("", source) for source in ("lr = 0.1", "noise = 0.01", "score = lr + noise", "print(score)"))


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / ".jupyter-data"))
    path = tmp_path / "train.ipynb"
    path.write_text(lab_notebook(CELLS), encoding="utf-8")
    return path


@pytest.fixture
def bench(train: Path) -> Iterator[Bench]:
    made = Bench(where=Where(cwd=train.parent), root_override=train.parent)
    yield made
    made.close()


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict:
    assert main([*words, "--json"]) == code
    return dict(json.loads(capsys.readouterr().out))


def test_it_is_the_twelfth_of_the_papers_activities() -> None:
    assert LEARN in ACTIVITIES
    assert LEARN.number == 12


def test_the_command_line_tells_lessons_figures_and_the_six_ways(
    bench: Bench, train: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edits(bench, train)
    bench.close()
    root = ("--root", str(train.parent))
    answer = told(capsys, "learn", "--table", *root)
    jsonschema.validate(answer, schema(ActivityView))
    parts = {part["title"]: part for part in answer["sections"]}
    (row,) = parts["Lessons"]["rows"]
    assert row[1:4] == [
        "pending",
        "cells of train.ipynb: cv=10 instead of cv=5 (folds as everywhere here)",
        3,
    ]
    (kind,) = parts["Decisions by kind"]["rows"]
    assert kind[:2] == ["cells", 3]
    assert kind[3] == 3
    assert [issue[0] for issue in parts["Open issues"]["rows"]] == [
        "reward hacking of acceptance", "drift", "reliability of self-judgement", "diversity",
    ]  # fmt: skip
    table = {way[0]: way for way in parts["Ways to improve, with the person in the loop (Table 2)"]["rows"]}
    assert list(table) == [way.name for way in WAYS]
    assert table["self-training"][1].startswith("1.00 [0.44, 1.00] of 3: decisions that verify")
    assert answer["adds"].startswith("a model would")
    assert main(["accept", row[0], *root]) == 0
    assert "is gone by from now on" in capsys.readouterr().out
    assert told(capsys, "learn", "train.ipynb" and str(train), *root)["summary"].startswith(
        "1 lesson gone by, 0 wait"
    )


def test_every_way_to_improve_names_a_module_and_tests_that_are_there() -> None:
    assert len(WAYS) == 6
    for way in WAYS:
        assert (REPOSITORY / "jupyter_coimprove" / way.module).exists(), way
        assert (REPOSITORY / way.test).exists(), way


def test_what_is_new_is_told_once_and_since_a_date(
    bench: Bench, train: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edits(bench, train)
    (card,) = learning.learn(bench).cards
    deciding.accept(bench, id=card.id)
    bench.close()

    def news(*words: str) -> list[str]:
        answer = told(capsys, "learn", *words, "--root", str(train.parent))
        (part,) = [one for one in answer["sections"] if one["title"].startswith("What we now believe")]
        return list(part["lines"])

    assert news() == [f"{card.id}: cells of train.ipynb: cv=10 instead of cv=5 (folds as everywhere here)"]
    assert news() == ["nothing new"]
    assert len(news("--since", "2020-01-01")) == 1
    assert told(capsys, "learn", "--since", "lately", "--root", str(train.parent), code=2)["error"]["remedy"]


def test_verified_decisions_are_written_with_a_card_and_nothing_verified_writes_nothing(
    bench: Bench, train: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, file = ("--root", str(train.parent)), train.parent / "team.jsonl"
    refused = told(capsys, "learn", "--export", str(file), *root, code=3)
    assert "no decision verifies anything for sft" in refused["error"]["message"]
    assert not file.exists()
    edits(bench, train)
    bench.close()
    for format, rows in (("sft", 3), ("kto", 6), ("dpo", 3)):
        answer = told(
            capsys, "learn", "--export", str(file), "--format", format, "--licence", "CC0-1.0", *root
        )
        assert answer["files"] == [str(file), str(file.with_suffix(".card.md"))]
        assert len(file.read_text().splitlines()) == rows
        assert "licence: CC0-1.0" in file.with_suffix(".card.md").read_text()
    first = json.loads(file.read_text().splitlines()[0])
    assert first["prompt"] == [{"role": "user", "content": "score it"}]
    assert "cv=10" in first["chosen"][0]["content"]
    assert "cv=5" in first["rejected"][0]["content"]
    for words in (
        ["--export", str(file.with_suffix(".txt"))],
        ["--format", "sft"],
        ["--export", "nowhere/x.jsonl"],
    ):
        assert main(["learn", *words, *root]) == 2


def test_secrets_of_the_environment_leave_with_no_row(
    bench: Bench, train: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lessons_learnt import propose

    monkeypatch.setenv("WANDB_API_KEY", "0123456789abcdef0123")
    id_ = propose(bench, train, "wandb.login(key='0123456789abcdef0123')")
    deciding.edit(bench, id=id_, text="wandb.login()", reason="not in the notebook")
    learning.learn(bench, export="safe.jsonl", format="dpo")
    assert "0123456789abcdef0123" not in (train.parent / "safe.jsonl").read_text()
    assert "***" in (train.parent / "safe.jsonl").read_text()


def test_a_model_speaks_over_the_same_facts(
    bench: Bench, train: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    edits(bench, train)
    bench.close()
    seen: list[str] = []

    def model(body: object) -> Answer:
        seen.append(json.dumps(body))
        return Answer(content=(Text("All three are about folds."),))

    with MessagesServer(model) as service:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-canary-0123456789")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", service.url)
        answer = told(capsys, "learn", str(train), "-p", "anthropic", "--root", str(train.parent))
    assert answer["words"] == "All three are about folds."
    assert answer["adds"] == ""
    assert "cv=10 instead of cv=5" in seen[0]


def test_a_model_is_told_the_lessons_with_every_question(
    bench: Bench, train: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    edits(bench, train)
    (card,) = learning.learn(bench).cards
    deciding.accept(bench, id=card.id)
    bench.close()
    seen: list[str] = []

    def model(body: object) -> Answer:
        seen.append(json.dumps(body))
        return Answer(content=(Text("Yes."),))

    with MessagesServer(model) as service:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-canary-0123456789")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", service.url)
        asked = (
            "ask",
            "score it again?",
            "--notebook",
            str(train),
            "-p",
            "anthropic",
            "--root",
            str(train.parent),
        )
        told(capsys, *asked)
    assert "guidance" in seen[0]
    assert "cv=10 instead of cv=5" in seen[0]


def test_a_client_over_mcp_reads_the_lessons_and_decides_nothing(bench: Bench, train: Path) -> None:
    from jupyter_coimprove.interfaces.mcp import calling
    from jupyter_coimprove.interfaces.mcp.folder import folder_of
    from jupyter_coimprove.workbench.bench import os_actor

    edits(bench, train)
    (card,) = learning.learn(bench).cards
    deciding.accept(bench, id=card.id)
    bench.close()
    folder = folder_of(train.parent)
    asker = calling.Asker(person=os_actor(), client="some-client", root=train.parent)
    given = {"notebook": "train.ipynb"}
    read = calling.carry_out(folder, asker, "read_lessons", given, lambda: False)
    assert not read.failed, read.text
    assert "cv=10 instead of cv=5" in read.text
    ids = [row["id"] for row in json.loads(read.text)["data"]["decisions"]]
    lesson = {**given, "rule": "Ten folds.", "decisions": ids, "why": "three edits"}
    kept = calling.carry_out(folder, asker, "propose_lesson", lesson, lambda: False)
    assert not kept.failed, kept.text
    again = Bench(where=Where(cwd=train.parent), root_override=train.parent)
    states = sorted(item.state for item in again.record().find("lesson"))
    again.close()
    assert states == ["accepted", "pending"]


@pytest.mark.slow
def test_in_a_kernel_it_reads_for_anybody_and_decides_for_a_person(bench: Bench, train: Path) -> None:
    edits(bench, train)
    bench.close()
    kernel = Kernel(train.parent, COIMPROVE_ROOT=str(train.parent))
    try:
        assert kernel.run("%load_ext jupyter_coimprove") == []
        (shown,) = kernel.run("x = 1\n%coai learn --table", person=False)
        assert "cv=10 instead of cv=5" in shown["data"]["text/plain"]
        assert "Table 2" in shown["data"]["text/plain"]
        for words in ("learn --export x.jsonl", "learn --add always", "accept last"):
            refused = error_of(kernel.run(f"%coai {words}", person=False))["evalue"]
            assert "nobody is at the prompt" in refused
        shown = [one for one in kernel.run("%coai learn --export x.jsonl") if one["type"] == "display_data"][
            -1
        ]
        assert "x.card.md" in shown["data"]["text/plain"]
    finally:
        kernel.end()
