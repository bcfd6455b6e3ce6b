"""The provider without a model plans from facts, offers commands, and says when it cannot."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from jupyter_coimprove.errors import ProviderError
from jupyter_coimprove.proposals.answer import Answer, gather
from jupyter_coimprove.proposals.provider import Block, Request
from jupyter_coimprove.providers.builtin import BuiltinProvider
from jupyter_coimprove.testing.provider_contract import CANDIDATES, MEASURED, ProviderContract
from jupyter_coimprove.wire.verbs import VERBS

OFFERED = [{"name": v.name, "help": v.help, "command": f"coimprove {v.name}"} for v in VERBS]


class TestBuiltinKeepsTheContract(ProviderContract):
    def make(self) -> BuiltinProvider:
        return BuiltinProvider()

    def requests(self) -> Sequence[Request]:
        finding = Block(kind="finding", v=1, data={"id": "fnd_1", "claim": "`a` is better."})
        return [
            *super().requests(), Request(task="words", text="", context=(finding,)), Request(task="words", text=""),
            Request(task="plan", text=""),
        ]  # fmt: skip


def ask(task, text: str = "", *context: Block, **options) -> Answer:
    return gather(BuiltinProvider().answer(Request(task=task, text=text, context=context, options=options)))


def test_it_says_that_it_is_no_model() -> None:
    assert BuiltinProvider().label == "built-in, no model"


def test_a_plan_takes_the_likeliest_candidates_with_their_operators() -> None:
    answer = ask("plan", "which of these parts matter?", CANDIDATES, MEASURED)
    (block,) = answer.blocks
    assert block.kind == "plan"
    assert block.data["factors"] == [
        {"name": "dropout", "operator": "set", "levels": ["0.0"]},
        {"name": "features.scaler", "operator": "drop-item", "levels": []},
    ]
    assert (block.data["response"], block.data["direction"]) == ("accuracy", "max")


def test_the_reasons_are_facts_that_were_given() -> None:
    data = ask("plan", "", CANDIDATES, MEASURED).blocks[0].data
    assert (
        "dropout: parameter, now 0.5, 2 cells depend on it, among them the one that measures accuracy"
        in data["rationale"]
    )
    assert data["expected"] == (
        "Expected effect: not known before the runs. The stored output shows accuracy 0.93 for the notebook as it is."
    )


def test_earlier_runs_are_what_it_expects_from() -> None:
    effect = Block(
        kind="effect",
        v=1,
        data={"arm": "dropout=0.0", "verdict": "worse", "estimate": -0.02, "response": "accuracy"},
    )
    assert (
        "dropout=0.0: worse (-0.02 in accuracy)"
        in ask("plan", "", CANDIDATES, MEASURED, effect).blocks[0].data["expected"]
    )


def test_what_the_person_names_comes_first() -> None:
    data = ask("plan", "does the scaler matter?", CANDIDATES, MEASURED).blocks[0].data
    assert [f["name"] for f in data["factors"]] == ["features.scaler"]
    assert "You named them." in data["rationale"]


def test_seeds_and_things_without_another_level_are_not_varied() -> None:
    bare = Block(
        kind="candidates", v=1,
        data={"candidates": [
            {"name": "SEED", "kind": "seed", "source": "0", "levels": ["1"]},
            {"name": "NAME", "kind": "constant", "source": "'x'", "levels": []},
        ]},
    )  # fmt: skip
    answer = ask("plan", "", bare)
    assert answer.blocks == ()
    assert "--factor NAME=LEVEL" in answer.text


def test_the_number_of_factors_is_limited() -> None:
    many = Block(
        kind="candidates", v=1,
        data={"candidates": [{"name": f"p{i}", "kind": "parameter", "source": "1", "levels": ["2", "3"], "score": i} for i in range(9)]},
    )  # fmt: skip
    data = ask("plan", "", many, factors=2, levels=2).blocks[0].data
    assert data["factors"] == [
        {"name": "p8", "operator": "set", "levels": ["2", "3"]}, {"name": "p7", "operator": "set", "levels": ["2", "3"]},
    ]  # fmt: skip
    assert "7 more could be varied" in data["rationale"]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("Which of these parts matter?", "plan"), ("is that difference just noise?", "noise"),
        ("what can I vary here", "candidates"), ("write the report", "report"), ("is it still running", "status"),
    ],
)  # fmt: skip
def test_a_question_gets_commands_that_compute_something(question: str, first: str) -> None:
    answer = ask("ask", question, verbs=OFFERED)
    commands = answer.blocks[0].data["commands"]
    assert commands[0]["name"] == first
    assert 1 <= len(commands) <= 3
    assert "No model is set up" in answer.text


def test_only_offered_verbs_are_offered() -> None:
    answer = ask("ask", "is it noise, or does it matter?", verbs=["noise"])
    assert [c["command"] for c in answer.blocks[0].data["commands"]] == ["noise"]


@pytest.mark.parametrize(
    "question",
    [
        "why is the sky blue?",
        "",
        "écris-moi un poème",
        "write me a poem about notebooks",
        "write a loader",
        "refactor this class",
    ],
)
def test_what_it_cannot_compute_needs_a_model_and_says_what_that_would_add(question: str) -> None:
    answer = ask("ask", question, verbs=OFFERED)
    assert answer.stop == "needs_model"
    assert answer.blocks == ()
    assert "A model would" in answer.text


def test_words_are_the_computed_claim() -> None:
    finding = Block(kind="finding", v=1, data={"id": "fnd_1", "claim": "`a` is better."})
    assert ask("words", "", finding).blocks[0].data == {"claim": "`a` is better."}


def test_an_unknown_task_is_refused() -> None:
    with pytest.raises(ProviderError):
        ask("dream")


def test_a_plan_never_takes_two_factors_on_the_same_code_nor_an_overwritten_value() -> None:
    def one(name: str, score: float, spans: list[list[object]], label: str = "") -> dict[str, object]:
        return {
            "name": name,
            "kind": "literal",
            "levels": ["1"],
            "score": score,
            "spans": spans,
            "label": label,
        }

    offered = [
        one("tree.depth", 0.9, [[0, 10, 12]]), one("tree", 0.8, [[0, 5, 20]]), one("other", 0.7, [["net.py", 5, 20]]),
        one("late", 0.6, [[1, 0, 3]], "overwritten in cell 3"), one("leaf", 0.5, [[0, 12, 14]]),
    ]  # fmt: skip
    answer = ask("plan", "", Block(kind="candidates", v=1, data={"candidates": offered}), MEASURED)
    assert [f["name"] for f in answer.blocks[0].data["factors"]] == ["tree.depth", "other", "leaf"]


def test_a_plan_takes_different_things_before_the_same_at_another_place() -> None:
    offered = [
        {"name": name, "kind": "literal", "levels": ["1"], "score": score, "spans": [[0, at, at + 1]]}
        for at, (name, score) in enumerate([("Net.k@cell3", 0.9), ("Net.k@cell4", 0.9), ("rate", 0.5)])
    ]
    answer = ask("plan", "", Block(kind="candidates", v=1, data={"candidates": offered}), MEASURED)
    assert [f["name"] for f in answer.blocks[0].data["factors"]] == ["Net.k@cell3", "rate", "Net.k@cell4"]


def test_a_plan_is_not_made_of_what_changes_no_result_unless_a_person_names_it() -> None:
    idle = Block(
        kind="candidates", v=1,
        data={"items": [{"name": "plot.linewidth", "kind": "literal", "operator": "set", "levels": ["1"], "score": 0.04, "label": "drawing only"}]},
    )  # fmt: skip
    answer = ask("plan", "", idle, MEASURED)
    assert (answer.blocks, "could be varied" in answer.text) == ((), True)
    (block,) = ask("plan", "does the linewidth matter?", idle, MEASURED).blocks
    assert [factor["name"] for factor in block.data["factors"]] == ["plot.linewidth"]
