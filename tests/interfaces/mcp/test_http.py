"""MCP behind a real Jupyter Server's authentication, by the SDK's own client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_door import CLIENT, data, files, kinds, refusal
from server_door import TOKEN, Server, leave

EDITS = [{"kind": "insert", "cell": 3, "source": "print(rate)"}]
HELLO = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "raw", "version": "0"}},
}  # fmt: skip
BOTH = {"Accept": "application/json, text/event-stream", "Content_Type": "application/json"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("server"), "/user/zoe/")
    yield running
    running.end()
    said = Path(running.log.name).read_text()
    assert "Traceback" not in said, said
    assert "Task was destroyed" not in said, "connections that are open when it ends are ended with it"
    assert TOKEN not in said


def address(server: Server) -> str:
    return server.url.removesuffix("v1/") + "mcp"


@asynccontextmanager
async def connected(server: Server, mode: str) -> AsyncIterator[Client]:
    async with httpx2.AsyncClient(headers={"Authorization": f"token {TOKEN}"}, timeout=60) as http:
        line = streamable_http_client(address(server), http_client=http)
        async with Client(line, mode=mode, client_info=CLIENT, read_timeout_seconds=60) as client:
            yield client


def over_http(server: Server, work: Callable[[Client], Awaitable[Any]], mode: str = "auto") -> Any:
    async def talk() -> Any:
        async with connected(server, mode) as client:
            return await work(client)

    return asyncio.run(talk())


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_a_client_reads_and_is_told_what_was_wrong(server: Server, mode: str) -> None:
    async def work(client: Client) -> None:
        assert "propose_cells" in [tool.name for tool in (await client.list_tools()).tools]
        assert data(await client.call_tool("list_notebooks", {}))["notebooks"] == ["train.ipynb"]
        told = data(await client.call_tool("read_cells", {"notebook": "train.ipynb", "cells": [1]}))
        assert told["cells"][0]["source"] == "rate = 0.5\nseed = 1"
        bad = refusal(await client.call_tool("read_cells", {"notebook": "../secret.ipynb", "cells": [1]}))
        assert "outside" in bad
        assert "cell" in (await client.read_resource("coimprove:///train.ipynb")).contents[0].text

    before = files(server.folder)
    over_http(server, work, mode)
    assert files(server.folder) == before


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_what_is_proposed_waits_in_the_inbox_and_a_window_is_told(server: Server, mode: str) -> None:
    given = {
        "notebook": "train.ipynb",
        "edits": [{**EDITS[0], "source": f"print('{mode}')"}],
        "why": "to see",
    }

    async def work() -> tuple[Any, Any]:
        window = await server.window()
        await window.write_message(json.dumps({"follow": "train.ipynb", "after": None}))
        await heard(window, lambda told: told["type"] == "following")
        async with connected(server, mode) as client:
            kept = data(await client.call_tool("propose_cells", given))
        told = await heard(window, lambda told: told.get("id") == kept["id"])
        await leave(window)
        return kept, told

    before = files(server.folder)
    kept, told = asyncio.run(work())
    assert told["type"] == "proposal.proposed"
    rows = {row["id"]: row for row in server.verb("review")["items"]}
    assert rows[kept["id"]]["author"] == "some-client 7.1"
    assert rows[kept["id"]]["author_kind"] == "ai"
    assert files(server.folder) == before
    assert set(kinds(server.folder)) == {"proposal"}


async def heard(window: Any, wanted: Callable[[Any], bool]) -> Any:
    """The first message of this kind."""
    while True:
        message = await asyncio.wait_for(window.read_message(), 30)
        assert message is not None, "the connection ended"
        if wanted(told := json.loads(message)):
            return told


def ask(server: Server, method: str, body: Any = None, **headers: str) -> Any:
    return server.ask(method, "/coimprove/mcp", body, **{**BOTH, **headers})


def test_a_connection_ends_with_its_delete_and_is_nobodys_without_its_name(server: Server) -> None:
    opened = ask(server, "POST", HELLO)
    assert opened.code == 200, opened.body
    name = opened.headers["Mcp-Session-Id"]
    listing = {"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {}}
    named = {"Mcp_Session_Id": name, "Mcp_Protocol_Version": "2025-06-18"}
    assert ask(server, "POST", {"jsonrpc": "2.0", "method": "notifications/initialized"}, **named).code == 202
    assert ask(server, "POST", listing, **named).code == 200
    assert ask(server, "POST", listing, **{**named, "Mcp_Session_Id": "0" * 32}).code == 404
    assert ask(server, "DELETE", **named).code == 200
    assert ask(server, "POST", listing, **named).code == 404


@pytest.mark.parametrize("body", ["{", "[]", "[" * 100_000, '{"jsonrpc":"2.0","id":1,"method":7}', "NaN", ""])
def test_what_is_no_message_is_refused(server: Server, body: str) -> None:
    answer = ask(server, "POST", body)
    assert answer.code == 400, answer.body
    assert ask(server, "POST", HELLO).code == 200, "and the next one is answered"


def test_a_message_over_the_limit_is_refused(server: Server) -> None:
    answer = ask(server, "POST", {**HELLO, "padding": "x" * (5 * 2**20)})
    assert answer.code == 413
    assert json.loads(answer.body)["error"]["message"] == "the request is too long"


def test_a_page_of_another_site_reaches_nothing(server: Server) -> None:
    """Not even one that has the token."""
    assert ask(server, "POST", HELLO, Origin="https://elsewhere.example").code in (403, 404)
    assert ask(server, "POST", HELLO, Origin="http://" + server.url.split("/")[2]).code == 200


def test_the_verb_itself_is_not_for_a_server(server: Server) -> None:
    answer = server.ask("POST", "verbs/mcp", {"arguments": {}, "path": "train.ipynb"})
    assert answer.code == 400
    assert "served from a terminal" in json.loads(answer.body)["error"]["message"]


def test_where_ai_is_off_nobody_is_served(tmp_path: Path) -> None:
    running = Server(tmp_path, "/", COIMPROVE_AI_POLICY="force-off")
    try:
        answer = ask(running, "POST", HELLO)
    finally:
        running.end()
    assert answer.code == 403
    assert json.loads(answer.body)["error"]["code"] == "needs_model"
    said = Path(running.log.name).read_text()
    assert "Traceback" not in said
