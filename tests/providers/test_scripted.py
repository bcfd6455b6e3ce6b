"""The scripted provider replays what it was given, and a cut script proposes nothing."""

from __future__ import annotations

import pytest

from jupyter_coimprove.errors import NeedsModel, ProviderError
from jupyter_coimprove.proposals.answer import gather
from jupyter_coimprove.proposals.provider import Block, Part, Request, Tool
from jupyter_coimprove.providers.scripted import ScriptedProvider, Use
from jupyter_coimprove.testing.provider_contract import ProviderContract, no_sockets

TEXT = Part(type="text", text="I propose ")
BLOCK = Part(type="block", block=Block(kind="plan", v=1, data={"factors": []}))
END = Part(type="end", detail={"stop": "complete", "usage": {"tokens": 3}})
ASK = Request(task="ask", text="?")


class TestScriptedKeepsTheContract(ProviderContract):
    def make(self) -> ScriptedProvider:
        return ScriptedProvider([[TEXT, BLOCK, END], [TEXT, END], NeedsModel("only a model can say")])


def test_its_label_says_that_it_is_a_script() -> None:
    assert "scripted" in ScriptedProvider([]).label
    assert "no model" in ScriptedProvider([]).label


def test_a_whole_answer_is_gathered_with_its_blocks() -> None:
    shown: list[str] = []
    answer = gather(ScriptedProvider([[TEXT, BLOCK, END]]).answer(ASK), shown.append)
    assert (answer.text, answer.stop, answer.usage) == ("I propose ", "complete", {"tokens": 3})
    assert answer.blocks == (BLOCK.block,)
    assert shown == ["I propose "]


def test_a_cut_stream_proposes_nothing() -> None:
    answer = gather(ScriptedProvider([[TEXT, BLOCK]]).answer(ASK))
    assert answer.stop == "cut"
    assert answer.blocks == ()


@pytest.mark.parametrize("stop", ["refused", "needs_model", "limit", "cancelled", "cut"])
def test_an_answer_that_is_not_complete_proposes_nothing(stop: str) -> None:
    parts = [TEXT, BLOCK, Part(type="end", detail={"stop": stop})]
    assert gather(ScriptedProvider([parts]).answer(ASK)).blocks == ()


def test_an_error_in_the_middle_is_raised_after_what_came_before() -> None:
    stream = ScriptedProvider([[TEXT, ProviderError("gone")]]).answer(ASK)
    assert next(stream) == TEXT
    with pytest.raises(ProviderError, match="gone"):
        next(stream)


def test_a_stop_of_no_kind_is_an_error() -> None:
    with pytest.raises(ProviderError):
        gather([Part(type="end", detail={"stop": "max_tokens"})])


def test_a_script_that_is_used_up_says_so() -> None:
    provider = ScriptedProvider([[TEXT, END]])
    gather(provider.answer(ASK))
    with pytest.raises(ProviderError, match="1 answers and was asked 2 times"):
        gather(provider.answer(ASK))
    assert len(provider.requests) == 2


def test_the_contract_notices_a_socket() -> None:
    import socket

    with no_sockets(), pytest.raises(AssertionError, match="socket"):
        socket.create_connection(("localhost", 9))


def test_a_script_uses_the_tools_it_is_given_and_its_steps_are_told() -> None:
    def call(given: object) -> Block:
        return Block(kind="cells", v=1, data={"edits": []})

    tool = Tool(name="propose_cells", help="", schema={"type": "object"}, kind="propose", call=call)
    provider = ScriptedProvider([[TEXT, Use(tool="propose_cells"), Use(tool="run_cells"), END]])
    told: list[Part] = []
    answer = gather(provider.answer(Request(task="ask", text="?", tools=[tool])), tell=told.append)
    assert [block.kind for block in answer.blocks] == ["cells"]
    assert [part.detail["tool"] for part in told] == ["propose_cells", "run_cells"]
    assert "no tool named 'run_cells'" in provider.told[1]


def test_a_script_may_be_made_of_the_request() -> None:
    provider = ScriptedProvider([lambda request: [Part(type="text", text=request.text.upper()), END]])
    assert gather(provider.answer(Request(task="ask", text="why"))).text == "WHY"


def test_an_answer_that_is_cancelled_on_the_way_proposes_nothing() -> None:
    asked = iter([False, False, True])
    request = Request(task="ask", text="?", cancelled=lambda: next(asked))
    answer = gather(ScriptedProvider([[TEXT, BLOCK, END]]).answer(request))
    assert (answer.stop, answer.text, answer.blocks) == ("cancelled", "I propose ", ())
