"""A plan that a model proposes: its words, its author, and only what the notebook has."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_coimprove.errors import DecisionError, NeedsModel, ProviderError, UsageError
from jupyter_coimprove.interfaces.cli import main
from jupyter_coimprove.testing.messages import Answer, Data, Fail, MessagesServer, Text
from jupyter_coimprove.workbench import planning, spending
from jupyter_coimprove.workbench.bench import Bench, Progress

Factors = list[dict[str, Any]]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MessagesServer]:
    with MessagesServer() as running:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-canary-0123456789")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
        yield running


@pytest.fixture
def plan(bench: Bench, train: Path, server: MessagesServer) -> Callable[..., Any]:
    def make(factors: Factors, **wanted: Any) -> Any:
        data = {"factors": factors, "rationale": "The rate may be too low.", "expected": "A higher score."}
        server.then(Answer(content=(Data(data),)))
        return planning.plan(
            bench, notebook=str(train), response="score", direction="max", blocks=4, **wanted
        )

    return make


def test_it_is_a_draft_by_the_model_with_its_reasons(
    plan: Callable[..., Any], bench: Bench, server: MessagesServer
) -> None:
    made = plan(
        [{"name": "lr", "levels": ["0.3"]}, {"name": "use_bias", "levels": ["False"]}],
        question="is lr too low?",
    )
    assert {arm.name for arm in made.arms} == {"baseline", "lr=0.3", "use_bias=False"}
    assert made.state == "draft"
    assert "The rate may be too low." in made.rationale
    assert made.provider == f"claude-sonnet-5-5 at {server.url.removeprefix('http://')}"
    author = bench.record().get(made.id).actor
    assert (author["kind"], author["id"]) == ("ai", "claude-sonnet-5-5")
    (sent,) = server.asked
    assert sent.body["messages"][0]["content"][-1]["text"] == "is lr too low?"
    assert '"name":"use_bias"' in sent.raw.decode().replace("\\", "")


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        ({"name": "lrr", "levels": ["0.3"]}, r"'lrr', which is no candidate here \(close: lr\)"),
        ({"name": "lr", "levels": ["0.1"]}, "what it is already: 0.1"),
        ({"name": "SEED", "levels": ["7"]}, "'SEED', which is no candidate"),
        ({"name": "__import__('os').system('touch x')", "levels": ["1"]}, "no candidate"),
    ],
)  # fmt: skip
def test_what_the_notebook_has_not_is_refused_and_nothing_is_kept(
    plan: Callable[..., Any], bench: Bench, factor: dict[str, Any], words: str
) -> None:
    with pytest.raises(ProviderError, match=words) as caught:
        plan([factor])
    assert "-f NAME=LEVEL" in caught.value.remedy
    assert bench.record().find("experiment") == []


def test_a_level_that_is_code_is_refused(plan: Callable[..., Any], bench: Bench) -> None:
    with pytest.raises(UsageError, match="is code or unfinished"):
        plan([{"name": "lr", "levels": ["__import__('os').getpid()", "0.2"]}])
    assert bench.record().find("experiment") == []


def test_a_wait_is_told_while_it_lasts(
    plan: Callable[..., Any], bench: Bench, server: MessagesServer
) -> None:
    told: list[Progress] = []
    bench.progress = told.append
    server.then(Fail(status=529, retry_ms=10))
    plan([{"name": "lr", "levels": ["0.3"]}])
    assert [progress.text for progress in told] == ["the service is overloaded (529); again in 0.01 s"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(content=(Text("No."),), stop="refusal", stop_details={"explanation": "not this"}), "no whole answer: not this"),
        (Answer(content=(Data({"factors": []}),), stop="max_tokens"), "no whole answer: .*reached its longest"),
        (Answer(content=(Data({}),), cut=4), "no whole answer: the line broke"),
        (Answer(content=(Data({"factors": [], "rationale": "Run it first.", "expected": ""}),)), "no factor: Run it first"),
    ],
)  # fmt: skip
def test_what_is_no_whole_plan_plans_nothing_and_says_why(
    bench: Bench, train: Path, server: MessagesServer, answer: Answer, words: str
) -> None:
    server.then(answer)
    with pytest.raises(ProviderError, match=words):
        planning.plan(bench, notebook=str(train), response="score", direction="max", blocks=4)
    assert bench.record().find("experiment") == []


def test_the_command_line_names_provider_and_model(
    train: Path,
    server: MessagesServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / ".jupyter-data"))
    given = ["plan", str(train), "-r", "score", "--direction", "max", "-b", "4", "--root", str(tmp_path)]
    server.then(
        Answer(
            content=(
                Data({"factors": [{"name": "lr", "levels": ["0.5"]}], "rationale": "r", "expected": "e"}),
            )
        )
    )
    assert main([*given, "-p", "anthropic", "-m", "claude-haiku-5-5"]) == 0
    assert "claude-haiku-5-5 at 127.0.0.1" in capsys.readouterr().out
    assert server.asked[0].body["model"] == "claude-haiku-5-5"
    assert main([*given, "-p", "builtin"]) == 0
    assert "built-in, no model" in capsys.readouterr().out
    assert len(server.asked) == 1


def test_what_it_used_is_kept_also_when_it_fails_and_budgets_hold(
    plan: Callable[..., Any], bench: Bench, server: MessagesServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan([{"name": "lr", "levels": ["0.3"]}])
    server.then(Answer(content=(Data({}),)))
    with pytest.raises(ProviderError):
        planning.plan(bench, notebook="train.ipynb", response="score", direction="max", blocks=4)
    kept = spending.usage(bench)
    assert sum(row.questions for row in kept.rows) == 2
    monkeypatch.setenv("COIMPROVE_TOKENS_REQUEST", "10")
    before = len(server.asked)
    with pytest.raises(DecisionError, match="COIMPROVE_TOKENS_REQUEST"):
        planning.plan(bench, notebook="train.ipynb", response="score", direction="max", blocks=4)
    assert len(server.asked) == before


def test_an_executed_notebook_plans_from_the_code_and_calls_nobody(
    bench: Bench, train: Path, server: MessagesServer
) -> None:
    bench.where = dataclasses.replace(bench.where, at_prompt=False)
    wanted = {"notebook": str(train), "response": "score", "direction": "max", "blocks": 4}
    assert planning.plan(bench, **wanted).provider == "built-in, no model"
    with pytest.raises(NeedsModel, match="only for a person"):
        planning.plan(bench, **wanted, provider="anthropic")
    assert server.requests == []


def test_a_model_gets_no_excluded_cell_no_secret_and_no_output_where_that_is_settled(
    bench: Bench, write: Callable[..., Path], server: MessagesServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(
        ("parameters", "lr = 0.1"),
        "api_key = 'hunter2-hunter2'",
        "hidden_size = 64",
        "score = lr * 2\nprint(score)",
    )
    book = json.loads(path.read_text())
    book["cells"][2]["metadata"]["tags"] = ["coimprove-exclude"]
    book["cells"][3]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "0.7654321\n"}]
    path.write_text(json.dumps(book))
    monkeypatch.setenv("COIMPROVE_OUTPUTS_POLICY", "force-off")
    data = {"factors": [{"name": "lr", "levels": ["0.3"]}], "rationale": "r", "expected": "e"}
    server.then(Answer(content=(Data(data),)))
    planning.plan(
        bench,
        notebook=str(path),
        response="score",
        direction="max",
        blocks=4,
        question="is hunter2-hunter2 it?",
    )
    sent = server.asked[0].raw.decode()
    assert "lr" in sent
    assert not [word for word in ("hunter2", "hidden_size", "0.7654321", "sk-ant") if word in sent]
