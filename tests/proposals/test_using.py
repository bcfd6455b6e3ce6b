"""A model's use of a tool is checked, and a wrong one is told to it and proposes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pytest

from jupyter_coimprove.errors import CoimproveError
from jupyter_coimprove.proposals.provider import Block, Tool
from jupyter_coimprove.proposals.using import LONGEST, step, use

SCHEMA = {
    "type": "object",
    "properties": {"cell": {"type": "integer"}, "text": {"type": "string"}},
    "required": ["cell"],
    "additionalProperties": False,
}


def tool(kind: Literal["read", "propose", "ask"], size: int = 0) -> Tool:
    def call(given: Mapping[str, Any]) -> Block:
        if given["cell"] > 9:
            raise CoimproveError("there is no cell 12", remedy="it has 9")
        return Block(kind="cell", v=1, data={"cell": given["cell"], "pad": "x" * size})

    return Tool(name=f"{kind}_cell", help="", schema=SCHEMA, kind=kind, call=call)


def test_what_is_read_is_told_as_typed_data_and_proposes_nothing() -> None:
    used = use([tool("read")], "read_cell", {"cell": 3})
    assert used.said == '{"data":{"cell":3,"pad":""},"kind":"cell","v":1}'
    assert (used.parts(), used.failed, used.ends) == ((), False, False)


def test_what_is_proposed_is_a_block_and_the_model_is_told_that_a_person_decides() -> None:
    used = use([tool("propose")], "propose_cell", {"cell": 3})
    assert used.block is not None
    assert [part.type for part in used.parts()] == ["block"]
    assert "person" in used.said


def test_a_question_to_the_person_ends_the_answer() -> None:
    used = use([tool("ask")], "ask_cell", {"cell": 3})
    assert used.ends
    assert used.block is not None


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("read_cel", {"cell": 1}, "did you mean read_cell"), ("rm", {}, "no tool named 'rm'"),
        ("read_cell", {}, "'cell' is a required property"), ("read_cell", {"cell": "3"}, "at cell"),
        ("read_cell", {"cell": 3, "run": True}, "Additional properties"), ("read_cell", {"cell": 12}, "it has 9"),
    ],
)  # fmt: skip
def test_a_wrong_use_is_told_to_the_model(name: str, given: dict[str, Any], words: str) -> None:
    used = use([tool("read")], name, given)
    assert used.failed
    assert used.block is None
    assert words in used.said


def test_what_is_too_long_is_cut_and_says_so() -> None:
    said = use([tool("read", size=3 * LONGEST)], "read_cell", {"cell": 1}).said
    assert len(said) < LONGEST + 100
    assert "more characters" in said


def test_a_step_names_the_tool_and_what_it_is_about() -> None:
    assert step("read_cell", {"cell": 3, "text": "y" * 99}).detail == {"tool": "read_cell", "about": "cell 3"}
