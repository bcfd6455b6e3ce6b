"""The scripted server speaks the protocol: the SDK reads it, its faults look as the service's do."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2
import pytest

from jupyter_coimprove.testing.messages import Answer, Data, Fail, MessagesServer, Text, Thinking, UseTool

HELLO = Answer(content=(Text("Hello, this is a scripted answer."),))


@pytest.fixture
def server() -> Iterator[MessagesServer]:
    with MessagesServer() as running:
        yield running


@pytest.fixture
def client(server: MessagesServer) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(api_key="k", base_url=server.url, max_retries=0) as made:
        yield made


def asking(**more: Any) -> dict[str, Any]:
    return {
        "model": "claude-sonnet-5-5", "max_tokens": 100, "messages": [{"role": "user", "content": "?"}], **more,
    }  # fmt: skip


def test_the_sdk_reads_a_whole_stream(server: MessagesServer, client: anthropic.Anthropic) -> None:
    server.then(
        Answer(
            content=(
                Thinking("hm"),
                Text("I look at the cell."),
                UseTool("read_cells", {"cells": [1, 2], "é": "ü"}),
            )
        )
    )
    with client.messages.stream(**asking()) as stream:
        final = stream.get_final_message()
    assert [block.type for block in final.content] == ["thinking", "text", "tool_use"]
    assert final.content[2].input == {"cells": [1, 2], "é": "ü"}
    assert (final.stop_reason, final.usage.input_tokens > 0) == ("tool_use", True)
    assert server.asked[0].body["messages"][0]["content"] == "?"


def test_the_sdk_reads_an_answer_without_a_stream(
    server: MessagesServer, client: anthropic.Anthropic
) -> None:
    server.then(Answer(content=(Data({"factors": ["lr"]}),), stop="max_tokens"))
    answer = client.messages.create(**asking())
    assert json.loads(answer.content[0].text) == {"factors": ["lr"]}
    assert answer.stop_reason == "max_tokens"


def test_tokens_are_counted_and_models_listed(server: MessagesServer, client: anthropic.Anthropic) -> None:
    body = asking()
    del body["max_tokens"]
    counted = client.messages.count_tokens(**body).input_tokens
    server.then(HELLO)
    assert client.messages.create(**asking()).usage.input_tokens == counted > 0
    assert "claude-opus-5-5" in [model.id for model in client.models.list()]
    assert client.models.retrieve("claude-opus-5-5").max_input_tokens == 200_000


@pytest.mark.parametrize(
    ("fail", "error"),
    [
        (Fail(status=400), anthropic.BadRequestError), (Fail(status=403), anthropic.PermissionDeniedError),
        (Fail(status=429, retry_ms=5), anthropic.RateLimitError), (Fail(status=529), anthropic.APIStatusError),
        (Fail(status=502, body=b"<html>bad gateway</html>"), anthropic.InternalServerError),
    ],
)  # fmt: skip
def test_failures_are_those_of_the_service(
    server: MessagesServer, client: anthropic.Anthropic, fail: Fail, error: type[Exception]
) -> None:
    server.then(fail)
    with pytest.raises(error) as caught:
        client.messages.create(**asking())
    assert caught.value.status_code == fail.status  # type: ignore[attr-defined]
    assert caught.value.response.headers.get("retry-after-ms") == ("5" if fail.retry_ms else None)  # type: ignore[attr-defined]


def test_a_key_can_be_demanded() -> None:
    with MessagesServer([HELLO], key="right") as server:
        for key, status in (("wrong", 401), ("right", 200)):
            with anthropic.Anthropic(api_key=key, base_url=server.url, max_retries=0) as client:
                if status == 401:
                    with pytest.raises(anthropic.AuthenticationError):
                        client.messages.create(**asking())
                else:
                    assert client.messages.create(**asking()).content
        assert [request.status for request in server.requests] == [401, 200]


def test_an_orderly_cut_a_torn_line_garbage_and_an_error_event_are_four_things(
    server: MessagesServer, client: anthropic.Anthropic
) -> None:
    server.then(
        Answer(content=HELLO.content, cut=4), Answer(content=HELLO.content, torn=4),
        Answer(content=HELLO.content, garbage=4), Answer(content=HELLO.content, error=4),
    )  # fmt: skip

    def read() -> str | None:
        with client.messages.stream(**asking()) as stream:
            return stream.get_final_message().stop_reason

    assert read() is None
    with pytest.raises(httpx2.TransportError):
        read()
    with pytest.raises(ValueError):
        read()
    with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
        read()


def test_a_cut_tool_input_is_no_json(server: MessagesServer, client: anthropic.Anthropic) -> None:
    server.then(Answer(content=(UseTool("propose_plan", {"factors": ["lr"]}, cut=10),)))
    parts = [
        event.delta.partial_json
        for event in client.messages.create(**asking(stream=True))
        if event.type == "content_block_delta" and event.delta.type == "input_json_delta"
    ]
    assert "".join(parts) == '{"factors"'


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"temperature": 1.0}, "temperature"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "user role"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": " "}]}]}, "non-whitespace"),
        ({"system": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}] * 5}, "maximum of 4"),
        ({"tools": [{"name": "t", "strict": True, "input_schema": {"type": "object"}}]}, "additionalProperties"),
        ({"messages": [
            {"role": "user", "content": "?"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "t", "input": {}}]},
            {"role": "user", "content": "go on"},
        ]}, "without tool_result"),
    ],
)  # fmt: skip
def test_what_the_service_refuses_is_refused(
    server: MessagesServer, client: anthropic.Anthropic, more: dict[str, Any], words: str
) -> None:
    with pytest.raises(anthropic.BadRequestError, match=words):
        client.messages.create(**asking(), extra_body=more)


def test_an_equal_beginning_is_read_from_the_cache(
    server: MessagesServer, client: anthropic.Anthropic
) -> None:
    server.then(HELLO, HELLO, HELLO)
    mark = {"cache_control": {"type": "ephemeral"}}
    facts = {"type": "text", "text": "x" * 8000, **mark}

    def usage(*questions: str) -> tuple[int, int, int]:
        content = [facts, *({"type": "text", "text": question} for question in questions)]
        used = client.messages.create(**asking(messages=[{"role": "user", "content": content}])).usage
        return used.input_tokens, used.cache_creation_input_tokens or 0, used.cache_read_input_tokens or 0

    first, second = usage("a?"), usage("another?")
    assert first[1] > 2000
    assert first[2] == 0
    assert (second[1], second[2]) == (0, first[1])
    facts["text"] = "y" + facts["text"]
    assert usage("a?")[2] == 0


def test_a_beginning_below_the_least_size_is_not_kept() -> None:
    with MessagesServer([HELLO, HELLO], least=4096) as server, anthropic.Anthropic(
        api_key="k", base_url=server.url
    ) as client:  # fmt: skip
        system = [{"type": "text", "text": "x" * 8000, "cache_control": {"type": "ephemeral"}}]
        for _ in range(2):
            assert client.messages.create(**asking(system=system)).usage.cache_read_input_tokens == 0


def test_a_client_that_goes_away_is_noticed(server: MessagesServer) -> None:
    server.then(Answer(content=HELLO.content, wait_s=20))
    line = http.client.HTTPConnection(server.url.removeprefix("http://"))
    line.request("POST", "/v1/messages", json.dumps(asking(stream=True)), {"x-api-key": "k"})
    while not server.requests:
        pass
    line.close()
    for _ in range(200):
        if server.requests[0].left:
            break
        server.stopping.wait(0.01)
    assert server.requests[0].left


def test_a_script_may_be_made_of_the_request_and_says_when_it_ends() -> None:
    def echo(body: Any) -> Answer:
        return Answer(content=(Text(body["messages"][-1]["content"].upper()),))

    with MessagesServer(echo) as server, anthropic.Anthropic(api_key="k", base_url=server.url) as client:
        assert client.messages.create(**asking()).content[0].text == "?"
    with (
        MessagesServer([]) as server,
        anthropic.Anthropic(api_key="k", base_url=server.url) as client,
        pytest.raises(anthropic.BadRequestError, match="the script has 0 answers"),
    ):
        client.messages.create(**asking())
