"""What a small model is told: the lines that a question is about, in plain words, the best ones last."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_coimprove.proposals.provider import Block, Request, Turn
from jupyter_coimprove.providers.local.asking import body
from jupyter_coimprove.providers.local.telling import told

PAD = "\n".join(f"unrelated_{n} = {n}" for n in range(30))
FACTS = [
    Block(kind="notebook", v=1, data={"cells": 9, "name": "a.ipynb"}),
    Block(kind="outline", v=1, data={"outline": [{"cell": 1, "level": 1, "title": "Data"}, {"cell": 5, "level": 2, "title": "The model"}]}),
    Block(kind="cell", v=1, data={"cell": 2, "kind": "code", "source": f"{PAD}\nmodel = Forest(\n    trees=100,\n    depth=7)\n{PAD}"}),
    Block(kind="cell", v=1, data={"cell": 6, "kind": "code", "source": "print(score)", "outputs": "0.5\n0.91"}),
    Block(kind="cells", v=1, data={"cells": [{"cell": 8, "source": "rate = 0.5"}]}),
    Block(kind="dataflow", v=1, data={"name": "model", "defined_in": [2], "read_in": [4, 6], "reaches": [4, 6]}),
]  # fmt: skip


def facts(question: str, room: int = 1_000) -> str:
    return told(FACTS, question, room, lambda text: len(text.split()))


@pytest.mark.parametrize(
    ("question", "last"),
    [
        ("Which `depth` does `Forest` get?", "depth=7)"), ("Under which heading does cell 6 stand?", "Cell 6 stands under the heading: The model"),
        ("What does cell 6 show?", "0.91"), ("What is `rate`?", "rate = 0.5"),
    ],
)  # fmt: skip
def test_what_is_asked_stands_near_the_end(question: str, last: str) -> None:
    assert last in [line.strip() for line in facts(question).splitlines()[-2:]]


def test_of_a_long_cell_it_takes_the_lines_around_what_is_named() -> None:
    said = facts("Which `depth` does `Forest` get?")
    assert "trees=100" in said
    assert len(said.splitlines()) < 12


def test_a_place_is_told_in_words_and_alone() -> None:
    assert (
        facts("In which cell is `model` defined?")
        == "`model` is defined in cell 2. It is read in cells 4, 6."
    )
    assert "Forest" in facts("How is `model` made?")


def test_where_nothing_matches_it_begins_at_the_top_as_far_as_there_is_room() -> None:
    said = facts("Is this any good?", room=20)
    assert said.startswith("Cell 1 is the heading: Data")
    assert len(said.split()) <= 20
    assert facts("Is this any good?", room=0) == ""


@pytest.mark.parametrize("kind", ["guidance", "finding", "experiment"])
def test_other_facts_go_along_as_they_are_where_they_match(kind: str) -> None:
    block = Block(kind=kind, v=1, data={"claim": "dropout helps by 0.02"})
    said = told([*FACTS, block], "Does dropout help?", 1_000, len)
    assert said.endswith('{"data":{"claim":"dropout helps by 0.02"},"kind":"' + kind + '","v":1}')


def sent(**more: Any) -> dict[str, Any]:
    request = Request(
        task="ask",
        text="What is `rate`?",
        context=FACTS,
        stable=6,
        history=[Turn(role="person", text="hello" * 110)] * 6,
    )
    return body(request, context=2048, max_tokens=200, candidates=(), **more)


def test_only_a_small_model_is_told_in_short() -> None:
    brief, whole = sent(brief=True), sent()
    assert '"kind":"notebook"' in whole["messages"][-1]["content"]
    assert brief["messages"][-1]["content"] == "Facts:\nCell 8:\nrate = 0.5\n\nWhat is `rate`?"
    assert (len(brief["messages"]), len(whole["messages"])) == (4, 6)
    assert max(len(message["content"]) for message in brief["messages"]) <= 500
    assert (brief["temperature"], whole["temperature"]) == (0.0, 0.3)
