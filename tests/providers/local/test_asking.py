"""What a small model is asked: facts that fit, and a form that leaves it nothing but what the notebook has."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from jupyter_coimprove.proposals.provider import Block, Request, Tool, Turn
from jupyter_coimprove.providers.local.asking import body, bounded, choice, only_tool
from jupyter_coimprove.testing.provider_contract import CANDIDATES

MORE = [
    {
        "name": "lr",
        "kind": "parameter",
        "source": "0.1",
        "levels": ["0.1", "0.3"],
        "score": 3.0,
        "spans": [[0, 5, 8]],
    },
    {
        "name": "lr.inner",
        "kind": "literal",
        "source": "0.1",
        "levels": ["0.2"],
        "score": 0.5,
        "spans": [[0, 6, 7]],
    },
    {"name": "seed", "kind": "seed", "source": "0", "levels": ["1"], "score": 9.0},
    {"name": "stuck", "kind": "literal", "source": "1", "levels": ["1"], "score": 9.0},
    {
        "name": "late",
        "kind": "literal",
        "source": "1",
        "levels": ["2"],
        "score": 9.0,
        "label": "overwritten in cell 3",
    },
]
PLAN = Request(
    task="plan", text="which?", context=(CANDIDATES, Block(kind="candidates", v=1, data={"candidates": MORE}))
)


def form() -> dict[str, Any]:
    sent = body(PLAN, context=2048, max_tokens=400, candidates=choice(PLAN))
    found: dict[str, Any] = sent["response_format"]["json_schema"]["schema"]
    return found


def test_the_choice_is_what_can_be_varied_likeliest_first_and_never_its_own_value() -> None:
    assert choice(PLAN) == [
        {"name": "lr", "now": "0.1", "levels": ["0.3"]}, {"name": "dropout", "now": "0.5", "levels": ["0.0"]},
        {"name": "features.scaler", "now": "scaler", "levels": []},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("factor", "fits"),
    [
        ({"name": "lr", "levels": ["0.3"]}, True), ({"name": "features.scaler", "levels": []}, True),
        ({"name": "lr", "levels": ["0.1"]}, False), ({"name": "lr", "levels": []}, False),
        ({"name": "features.scaler", "levels": ["x"]}, False), ({"name": "seed", "levels": ["1"]}, False),
    ],
)  # fmt: skip
def test_the_form_takes_only_what_the_notebook_has(factor: dict[str, Any], fits: bool) -> None:
    checked = jsonschema.Draft202012Validator(form())
    assert checked.is_valid({"factors": [factor], "rationale": "r", "expected": "e"}) is fits
    assert not checked.is_valid({"factors": [], "rationale": "r", "expected": "e"})


def test_facts_of_this_question_go_first_and_all_fits() -> None:
    cells = [Block(kind="cell", v=1, data={"number": n, "source": "x = 1\n" * 40}) for n in range(50)]
    now = Block(kind="dataflow", v=1, data={"name": "the one that is asked about"})
    request = Request(
        task="ask",
        text="what is it?",
        context=(*cells, now),
        stable=50,
        history=[Turn(role="person", text="hi")] * 9,
    )
    sent = body(request, context=2048, max_tokens=400, candidates=())
    facts = sent["messages"][-1]["content"]
    assert "the one that is asked about" in facts
    assert '"number":0' in facts
    assert '"number":49' not in facts
    assert sum(len(message["content"]) for message in sent["messages"]) < 2048 * 4
    assert [message["role"] for message in sent["messages"]] == ["system", *["user"] * 4, "user"]
    assert sent == body(request, context=2048, max_tokens=400, candidates=())
    assert "response_format" not in sent


def test_a_question_longer_than_all_leaves_no_facts_and_still_goes() -> None:
    request = Request(task="ask", text="why? " * 5000, context=(CANDIDATES,), stable=1)
    sent = body(request, context=2048, max_tokens=400, candidates=())
    assert "Facts:" not in sent["messages"][-1]["content"]
    assert len(sent["messages"][-1]["content"]) <= 4000


def tool(kind: str) -> Tool:
    schema = {
        "type": "object", "required": ["words", "more"], "additionalProperties": False,
        "properties": {
            "words": {"type": "string"}, "more": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"enum": ["a", None]}]}},
        },
    }  # fmt: skip
    return Tool(
        name="answer", help="", schema=schema, kind=kind,  # type: ignore[arg-type]
        call=lambda given: Block(kind="said", v=1, data=dict(given)),
    )  # fmt: skip


def test_a_question_that_one_tool_alone_answers_leaves_no_other_form_and_every_text_ends() -> None:
    asked = Request(task="ask", text="how many?", tools=[tool("ask")])
    found = body(asked, context=2048, max_tokens=400, candidates=())["response_format"]["json_schema"][
        "schema"
    ]
    checked = jsonschema.Draft202012Validator(found)
    assert checked.is_valid({"words": "few", "more": ["a", None]})
    assert not checked.is_valid({"words": "x" * 500, "more": []})
    assert not checked.is_valid({"words": "few", "more": ["a"] * 50})
    assert asked.tools[0].schema["properties"]["words"] == {"type": "string"}, "the tool itself is as it was"


def test_a_list_may_be_as_long_as_it_has_to_be() -> None:
    assert (
        bounded({"type": "array", "minItems": 12, "maxItems": 12, "items": {"type": "integer"}})["maxItems"]
        == 12
    )
    assert bounded({"type": "array", "items": {"type": "integer"}})["maxItems"] < 12


def test_where_words_are_an_answer_too_no_form_is_asked_for() -> None:
    for tools in ([], [tool("read")], [tool("ask"), tool("ask")]):
        assert only_tool(Request(task="ask", text="how many?", tools=tools)) is None
        sent = body(
            Request(task="ask", text="how many?", tools=tools), context=2048, max_tokens=400, candidates=()
        )
        assert "response_format" not in sent
