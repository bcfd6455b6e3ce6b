"""The scripted provider replays what it was given, and a cut script proposes nothing."""

from __future__ import annotations

import pytest

from jupyter_coimprove.errors import NeedsModel, ProviderError
from jupyter_coimprove.proposals.answer import gather
from jupyter_coimprove.proposals.provider import Block, Part, Request
from jupyter_coimprove.providers.scripted import ScriptedProvider
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


@pytest.mark.parametrize("stop", ["refused", "needs_model", "cut"])
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
