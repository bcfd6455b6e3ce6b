"""`bench` as a person uses it: scores, what is kept, a model by the scripted server, and a change that has to prove itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_coimprove.bench import table
from jupyter_coimprove.bench.family import samples, seed_of
from jupyter_coimprove.errors import DecisionError, ProviderError, UnknownName, UsageError
from jupyter_coimprove.interfaces.cli import main
from jupyter_coimprove.testing.messages import Answer, Fail, MessagesServer, Text, UseTool
from jupyter_coimprove.workbench import changing, cobench, deciding
from jupyter_coimprove.workbench.bench import Bench, Progress
from jupyter_coimprove.workbench.cell_running import Executor

ONE = ["sample-size"]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MessagesServer]:
    with MessagesServer() as running:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-canary-0123456789")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
        yield running


def test_the_rules_and_no_skill_stand_beside_each_other_with_intervals(
    bench: Bench, tmp_path: Path, capsys: Any
) -> None:
    output = tmp_path / "report.json"
    code = main(
        [
            "bench",
            "--arm",
            "rules",
            "--arm",
            "always-fail",
            "--family",
            "sample-size",
            "--team",
            "-o",
            str(output),
            "--json",
        ]
    )
    assert code == 0
    told = json.loads(capsys.readouterr().out)
    rules, _, nothing, _ = told["sections"]
    assert rules["rows"][0][:4] == [4, "sample-size", 1.0, "[1.00, 1.00]"]
    assert nothing["rows"][0][2] == 0.0
    report = json.loads(output.read_text())
    assert [arm["arm"] for arm in report["arms"]] == ["rules", "always-fail"]
    assert report["arms"][0]["team"]["over"] == "rules"
    assert len(report["arms"][0]["items"]) == 5
    assert told["files"] == [str(output)]


def test_private_seeds_are_other_items(bench: Bench) -> None:
    family = cobench.choose(ONE)[0]
    assert not {s.item.id for s in samples(family, 5)} & {s.item.id for s in samples(family, 5, "mine")}
    assert seed_of("sample-size", 0) == seed_of("sample-size", 0)
    view = cobench.cobench(bench, family=ONE, salt="mine")
    assert "private seeds" in view.summary


def test_a_model_answers_by_one_tool_and_what_it_said_is_not_asked_again(
    bench: Bench, server: MessagesServer, tmp_path: Path
) -> None:
    progress: list[Progress] = []
    bench.progress = progress.append

    def right(body: Any) -> Answer:
        given = {
            "verdict": None,
            "kind": "",
            "cell": None,
            "evidence": [],
            "confidence": 0.7,
            "patch": [],
            "value": 30,
        }
        return Answer(content=(UseTool("answer", given),))

    server.then(*[right] * 3)
    answers = tmp_path / "answers.jsonl"
    view = cobench.cobench(bench, arm=["anthropic"], family=ONE, draws=3, answers=str(answers))
    assert "anthropic" in view.summary
    assert len(server.asked) == 3
    assert [p.done for p in progress] == [1, 2, 3]
    sent = server.asked[0].raw.decode()
    assert "smallest_effect" in sent
    assert "sample-size/" not in sent, "neither the item's name nor its template is told"
    again = cobench.cobench(bench, arm=["anthropic"], family=ONE, draws=3, answers=str(answers))
    assert len(server.asked) == 3
    assert again.sections[0].rows[0][2] == view.sections[0].rows[0][2]
    replayed = cobench.cobench(bench, arm=["replay"], family=ONE, draws=3, answers=str(answers))
    assert replayed.sections[0].rows[0][2] == view.sections[0].rows[0][2]


def test_a_model_that_fails_three_times_ends_it_and_one_failure_is_told(
    bench: Bench, server: MessagesServer
) -> None:
    server.then(*[Fail(status=400)] * 5)
    with pytest.raises(ProviderError, match="failed 3 times in a row"):
        cobench.cobench(bench, arm=["anthropic"], family=ONE)


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"arm": ["rule"]}, UnknownName, "rules"),
        ({"family": ["sample-sizes"]}, UnknownName, "sample-size"),
        ({"draws": 0}, UsageError, "0 draws"),
        ({"arm": ["replay"]}, UsageError, "nothing is there to replay"),
        ({"change": "checks.least"}, UsageError, "changes nothing"),
        ({"change": "checks.most=low"}, UnknownName, "checks.least"),
        ({"change": "checks.least=lowest"}, UsageError, "one of high, medium, low"),
        ({"change": "checks.least=medium"}, UsageError, "already"),
        ({"change": "a=b", "settle": "crd_"}, UsageError, "one of"),
    ],
)
def test_what_cannot_be_asked_is_named(
    bench: Bench, asked: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as caught:
        cobench.cobench(bench, **asked)
    assert words in f"{caught.value}; {getattr(caught.value, 'remedy', '')}"


def test_where_the_data_of_items_is_not_installed_it_says_what_to_install(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    def make(template: str, seed: int) -> Any:
        import a_library_that_nobody_has  # noqa: F401

    family = replace(cobench.choose(ONE)[0], make=make)
    monkeypatch.setattr("jupyter_coimprove.bench.table.families", lambda: (family,))
    with pytest.raises(UsageError, match="a_library_that_nobody_has") as caught:
        cobench.cobench(bench)
    assert "jupyter-coimprove[examples]" in str(caught.value.remedy)


def test_a_line_that_is_no_answer_is_named(bench: Bench, tmp_path: Path) -> None:
    answers = tmp_path / "answers.jsonl"
    answers.write_text('{"item": "a", "answer": {}}\n{"item": "b"\n')
    with pytest.raises(UsageError, match=r"line 2 of .*answers\.jsonl"):
        cobench.cobench(bench, arm=["replay"], family=ONE, answers=str(answers))


def test_a_cell_that_never_ends_is_ended_and_the_next_runs() -> None:
    with Executor() as execute:
        stuck = execute(["x = 1", "while True: pass"], ["x"], seconds=0.5)
        assert stuck.error == "TimeoutError: it did not end in 0.5 s"
        assert execute(["import os\nos._exit(3)"]).error.startswith("SystemError")
        failed = execute(["a = 2", "print(a)", "1 / 0", "b = 3"], ["a", "b"])
        assert (failed.cell, failed.error) == (3, "ZeroDivisionError: division by zero")
        assert dict(failed.values) == {"a": 2}
        assert failed.printed[1] == "2\n"


def test_a_model_that_is_there_and_gives_no_answer_scores_as_silence_and_is_told(
    bench: Bench, server: MessagesServer
) -> None:
    server.then(*[Answer(content=(Text("Thirty, I would say."),))] * 4)
    view = cobench.cobench(bench, arm=["anthropic"], family=ONE, draws=4)
    assert view.sections[0].rows[0][2] == 0.0
    assert view.unseen[0].startswith("anthropic: 4 of 4 items got no answer")


def least(schema: Any) -> Any:
    """The smallest value that a tool's schema allows."""
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return least(schema[key][0])
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    kinds = schema.get("type", "string")
    kind = kinds[0] if isinstance(kinds, list) else kinds
    if kind == "object":
        return {name: least(schema["properties"][name]) for name in schema.get("required", ())}
    return {"array": [], "integer": 2, "number": 0.5, "boolean": False, "null": None}.get(kind, "words")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_model_answers_the_smoke_set_of_all_families(
    bench: Bench, server: MessagesServer, tmp_path: Path
) -> None:
    def answer(body: Any) -> Answer:
        return Answer(content=(UseTool("answer", least(body["tools"][0]["input_schema"])),))

    server.then(*[answer] * 1200)
    output = tmp_path / "report.json"
    view = cobench.cobench(bench, arm=["anthropic"], team=True, output=str(output))
    (arm,) = json.loads(output.read_text())["arms"]
    assert {row["family"] for row in arm["families"]} == {family.name for family in cobench.choose(None)}
    assert len(arm["items"]) > 150
    answered = [item for item in arm["items"] if not item["error"]]
    assert len(answered) > 0.8 * len(arm["items"]), view.unseen
    assert sum(item["spent"].get("requests", 0) for item in answered) <= len(server.asked)
    # The least answer of each kind is one without skill.
    assert abs(arm["total"]["value"]) < 0.2
    assert arm["team"]["person"]["value"] > 0.3


# -- the loop ----------------------------------------------------------------------------------


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A family whose rule is better with the setting `low` and worse with `high`: what a change does is planted."""
    from dataclasses import replace

    from jupyter_coimprove.bench import rules as all_rules
    from jupyter_coimprove.bench.item import Answer as Said
    from jupyter_coimprove.bench.playbook import value_of
    from jupyter_coimprove.bench.rules.design import sample_size

    def rule(item: Any, instruments: Any) -> Any:
        least = value_of(instruments.playbook, "checks.least")
        known = {"high": 0, "medium": 3, "low": 5}[str(least)] > item.seed % 5
        return sample_size(item, instruments) if known else Said(value=2)

    monkeypatch.setattr(all_rules, "rules", lambda: {"planted": rule})
    monkeypatch.setattr("jupyter_coimprove.bench.arms.rules", lambda: {"planted": rule})
    whole = table.families()
    base = next(family for family in whole if family.name == "sample-size")
    monkeypatch.setattr("jupyter_coimprove.bench.table.families", lambda: (replace(base, name="planted"),))


@pytest.mark.usefixtures("settings")
def test_a_better_change_is_in_force_once_accepted_and_measured_on_private_seeds(bench: Bench) -> None:
    view = cobench.cobench(bench, change="checks.least=low", draws=30)
    (card,) = view.cards
    assert card.title == "checks.least: medium becomes low"
    assert changing.in_force(bench) == {}
    with pytest.raises(DecisionError, match="a person here accepts a change first"):
        cobench.cobench(bench, settle=card.id)
    deciding.accept(bench, id=card.id, reason="more findings")
    assert changing.in_force(bench) == {}, "accepted is not yet measured"
    settled = cobench.cobench(bench, settle=card.id, draws=60)
    assert "it is in force" in settled.summary
    assert changing.in_force(bench) == {"checks.least": "low"}
    kept = dict(bench.record().get(card.id).data["more"])
    assert kept["verdict"] == "better"
    assert len(kept["salt"]) == 32, "with it anybody can measure again"
    deciding.undo(bench, id=card.id)
    assert changing.in_force(bench) == {}


@pytest.mark.usefixtures("settings")
def test_a_planted_regression_is_refused_and_the_record_keeps_it(bench: Bench) -> None:
    card = cobench.cobench(bench, change="checks.least=high", draws=30).cards[0]
    deciding.accept(bench, id=card.id, reason="looks tidier")
    settled = cobench.cobench(bench, settle=card.id, draws=60)
    assert settled.exit_code == 4
    assert "refused: a regression" in settled.summary
    assert changing.in_force(bench) == {}
    item = bench.record().get(card.id)
    assert (item.state, dict(item.data["more"])["verdict"]) == ("rejected", "worse")
    with pytest.raises(DecisionError, match="was refused"):
        cobench.cobench(bench, change="checks.least=high")
