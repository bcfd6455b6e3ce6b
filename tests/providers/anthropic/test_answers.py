"""What a model is sent, how it reads and proposes by tools, and what holds while it does."""

from __future__ import annotations

import base64
import io
import itertools
import logging
import pickle
import traceback
from typing import Any

import pytest
from anthropic_asked import asked, tools

from jupyter_coimprove.errors import ProviderError
from jupyter_coimprove.proposals.answer import gather
from jupyter_coimprove.proposals.provider import Block, Part, Tool, Turn
from jupyter_coimprove.redaction import Secret
from jupyter_coimprove.testing.messages import Answer, Fail, Text, Thinking, UseTool

DONE = Answer(content=(Text("Done."),))


def facts(*names: str, size: int = 0) -> list[Block]:
    return [Block(kind="cell", v=1, data={"name": name, "pad": "x" * size}) for name in names]


def test_it_reads_by_tools_several_at_once_and_proposes(serve: Any) -> None:
    provider, server = serve(
        Answer(content=(Thinking("which?"), Text("I look. "), UseTool("read_cell", {"cell": 2}), UseTool("read_cell", {"cell": 3}))),
        Answer(content=(UseTool("propose_cells", {"source": "y = 2"}),)),
        Answer(content=(Text("It is there."),)),
    )  # fmt: skip
    used: list[Any] = []
    told: list[Part] = []
    answer = gather(provider.answer(asked(tools=tools(used))), tell=told.append)
    assert (answer.text, answer.stop) == ("I look. \n\nIt is there.", "complete")
    assert [block.data["edits"] for block in answer.blocks] == [[{"source": "y = 2"}]]
    assert [name for name, _ in used] == ["read_cell", "read_cell", "propose_cells"]
    assert [part.detail["tool"] for part in told] == ["read_cell", "read_cell", "propose_cells"]
    assert told[0].detail["about"] == "cell 2"
    results = server.asked[1].body["messages"][-1]["content"]
    assert [item["content"][0]["text"] for item in results] == [
        '{"data":{"cell":2,"source":"x = 1"},"kind":"cell","v":1}', '{"data":{"cell":3,"source":"x = 1"},"kind":"cell","v":1}',
    ]  # fmt: skip
    # What was thought goes back as it came, with its signature: the server refuses it otherwise.
    assert server.asked[1].body["messages"][-2]["content"][0]["type"] == "thinking"
    assert answer.usage["requests"] == 3
    assert answer.usage["model"] == "claude-sonnet-5-5"
    assert answer.usage["input"] + answer.usage["cache_write"] == sum(
        sum(request.usage.values()) - request.usage["cache_read_input_tokens"] for request in server.asked
    )


def test_what_it_does_wrong_it_is_told_and_may_do_again(serve: Any) -> None:
    provider, server = serve(
        Answer(content=(UseTool("read_cell", {"cell": 12}), UseTool("run_cell", {"cell": 1}))),
        Answer(content=(UseTool("propose_cells", {"source": 3}),)), Answer(content=(Text("I cannot."),)),
    )  # fmt: skip
    answer = gather(provider.answer(asked()))
    assert (answer.stop, answer.blocks) == ("complete", ())
    first = server.asked[1].body["messages"][-1]["content"]
    assert [item["is_error"] for item in first] == [True, True]
    assert "it has 9" in first[0]["content"][0]["text"]
    assert "no tool named 'run_cell'" in first[1]["content"][0]["text"]
    assert "at source" in server.asked[2].body["messages"][-1]["content"][0]["content"][0]["text"]


def test_a_question_to_the_person_ends_the_answer(serve: Any) -> None:
    provider, server = serve(Answer(content=(UseTool("ask_person", {"source": "which metric?"}),)))
    answer = gather(provider.answer(asked()))
    assert [block.data["text"] for block in answer.blocks] == ["which metric?"]
    assert (answer.stop, len(server.asked)) == ("complete", 1)


def test_a_model_that_never_ends_reading_is_told_to_answer_and_then_stopped(serve: Any) -> None:
    provider, server = serve(lambda body: Answer(content=(UseTool("read_cell", {"cell": 1}),)))
    answer = gather(provider.answer(asked(options={"max_turns": 3})))
    assert (answer.stop, answer.blocks, len(server.asked)) == ("limit", (), 3)
    assert [request.body.get("tool_choice") for request in server.asked] == [None, None, {"type": "none"}]
    assert "3 turns" in answer.why


def test_time_that_runs_out_is_a_limit_too(serve: Any) -> None:
    provider, _ = serve(DONE, Answer(content=(Text("slow"),), pace_s=0.1))
    gather(provider.answer(asked()))
    answer = gather(provider.answer(asked(options={"seconds": 0.25})))
    assert (answer.stop, answer.blocks) == ("limit", ())
    assert "0.25 s" in answer.why


def test_a_pause_is_gone_on_from(serve: Any) -> None:
    provider, server = serve(
        Answer(content=(Text("First "),), stop="pause_turn"), Answer(content=(Text("then."),))
    )
    assert gather(provider.answer(asked())).text == "First then."
    assert [message["role"] for message in server.asked[1].body["messages"]] == ["user", "assistant"]


def test_a_bug_in_a_tool_is_no_answer_of_it(serve: Any) -> None:
    def broken(given: Any) -> Block:
        raise ZeroDivisionError("a bug of ours")

    tool = Tool(name="read_cell", help="", schema={"type": "object"}, kind="read", call=broken)
    provider, _ = serve(Answer(content=(UseTool("read_cell", {}),)), DONE)
    with pytest.raises(ZeroDivisionError):
        gather(provider.answer(asked(tools=[tool])))


def test_stable_facts_come_first_then_what_was_said_then_the_question_and_its_facts(serve: Any) -> None:
    provider, server = serve(DONE)
    history = [
        Turn(role="person", text="hello"),
        Turn(role="assistant", text="Good day."),
        Turn(role="assistant", text=" "),
    ]
    request = asked(context=facts("a", "b", "now"), stable=2, history=history)
    gather(provider.answer(request))
    body = server.asked[0].body
    assert {key: value for key, value in body.items() if key != "stream"} == provider.sent(request)
    first, second, third = body["messages"]
    assert [first["role"], second["role"], third["role"]] == ["user", "assistant", "user"]
    assert '"name":"a"' in first["content"][0]["text"]
    assert '"name":"now"' not in first["content"][0]["text"]
    assert first["content"][1]["text"] == "hello"
    assert third["content"][0]["text"] == "does dropout matter?"
    assert '"name":"now"' in third["content"][1]["text"]
    assert body["thinking"] == {"type": "adaptive"}


def test_the_third_turn_of_a_conversation_reads_nine_tenths_from_the_cache(serve: Any) -> None:
    provider, server = serve(lambda body: DONE)
    history: list[Turn] = []
    shares = []
    for question in ("what is this?", "and that?", "and now?"):
        gather(
            provider.answer(
                asked(text=question, context=facts("a", "b", size=4000), stable=2, history=history)
            )
        )
        used = server.asked[-1].usage
        shares.append(used["cache_read_input_tokens"] / sum(used.values()))
        history += [Turn(role="person", text=question), Turn(role="assistant", text="Done.")]
    assert shares[0] == 0
    assert shares[2] >= 0.9, shares
    marks = [request.raw.count(b'"cache_control"') for request in server.asked]
    assert max(marks) <= 4


def test_within_an_answer_too_and_never_more_than_four_marks(serve: Any) -> None:
    provider, server = serve(*[Answer(content=(UseTool("read_cell", {"cell": 1}),))] * 5, DONE)
    gather(provider.answer(asked(context=facts("a", "now", size=4000), stable=1)))
    assert [request.raw.count(b'"cache_control"') for request in server.asked] == [3, 4, 4, 4, 4, 4]
    used = server.asked[-1].usage
    assert used["cache_read_input_tokens"] / sum(used.values()) >= 0.9


def test_images_are_shown_as_images(serve: Any) -> None:
    data = base64.b64encode(b"a picture").decode()
    picture = Block(kind="image", v=1, data={"media_type": "image/png", "base64": data, "cell": 3})
    tool = Tool(name="read_cell", help="", schema={"type": "object"}, kind="read", call=lambda given: picture)
    provider, server = serve(Answer(content=(UseTool("read_cell", {}),)), DONE)
    gather(provider.answer(asked(context=[picture], stable=1, tools=[tool])))
    line, shown, *_ = server.asked[0].body["messages"][0]["content"]
    assert '"cell":3' in line["text"], "of which cell it is stands before it"
    assert data not in line["text"]
    assert shown["source"]["data"] == data
    told, shown = server.asked[1].body["messages"][-1]["content"][0]["content"]
    assert data not in told["text"]
    assert shown["type"] == "image"


def test_a_schema_is_sent_closed_with_its_bounds_in_words(serve: Any) -> None:
    provider, server = serve(DONE)
    gather(provider.answer(asked()))
    read = next(tool for tool in server.asked[0].body["tools"] if tool["name"] == "read_cell")
    assert read["strict"] is True
    assert read["input_schema"]["properties"]["cell"] == {"type": "integer", "description": "(minimum: 1)"}


def test_tokens_are_counted_by_the_service_and_unknown_where_it_does_not(serve: Any) -> None:
    provider, server = serve(DONE)
    request = asked(context=facts("a", size=4000), stable=1)
    counted = provider.count(request)
    gather(provider.answer(request))
    assert counted == sum(server.asked[0].usage.values())
    assert {"claude-opus-5-5", "claude-haiku-5-5"} <= {model["id"] for model in provider.models()}
    wrong, _ = serve(DONE, key=Secret("other"))
    assert wrong.count(request) == counted  # this server takes any key


def test_the_key_is_in_no_error_log_repr_or_traceback(serve: Any, caplog: pytest.LogCaptureFixture) -> None:
    from anthropic_asked import asked as again

    key = "sk-ant-canary-0123456789"
    caplog.set_level(logging.DEBUG)
    said = io.StringIO()
    for step in (
        Fail(status=401, message=f"invalid key {key}"), Fail(status=400, message=f"see {key}"), Fail(status=307, location="http://127.0.0.1:9"),
        Answer(content=(Text("x"),), error=3, failure=("api_error", key)), Answer(content=(Text("x"),), garbage=3),
    ):  # fmt: skip
        provider, server = serve(step)
        try:
            gather(provider.answer(again()))
        except ProviderError as error:
            # Every frame of ours with its variables, as `%xmode Verbose` shows them; not this one, which knows the key.
            ours = itertools.islice(traceback.walk_tb(error.__traceback__), 1, None)
            frames = traceback.StackSummary.extract(ours, capture_locals=True)
            said.write("".join(frames.format()) + repr(error) + repr(error.__context__))
            said.write(f"{error.as_dict()} {error.usage} {error.__cause__!r}")
        said.write(repr(vars(provider)) + repr(provider.settings) + str(provider.sent(again())))
        assert key in " ".join(server.asked[0].headers.values()), "it was sent, where it belongs"
    assert "ProviderError" in said.getvalue()
    assert key not in said.getvalue()
    assert key not in caplog.text
    with pytest.raises(TypeError, match="not written"):
        pickle.dumps(Secret(key))
