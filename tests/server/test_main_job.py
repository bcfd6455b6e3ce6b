"""From a plan to a finding over HTTP and one WebSocket, with real runs."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from server_door import leave

pytestmark = pytest.mark.timeout(300)


async def events(server, *, after: int, until, path: str = "train.ipynb") -> list[dict]:
    """What a window that follows from there is told, up to an event for which ``until`` holds."""
    window = await server.window()
    await window.write_message(json.dumps({"follow": path, "after": after}))
    told: list[dict] = []
    while not (told and until(told[-1])):
        message = await asyncio.wait_for(window.read_message(), 120)
        assert message is not None, "the connection ended"
        said = json.loads(message)
        if "seq" in said:
            told.append(said)
    await leave(window)
    return told


def test_plan_run_and_decide_and_every_window_is_told_each_event_once(server) -> None:
    plan = server.verb(
        "plan", notebook="train.ipynb", factor=["rate=0.9"], response="score", direction="max", blocks=2,
        seeds="seed",
    )  # fmt: skip
    id_ = plan["id"]
    assert server.verb("review")["items"][0]["id"] == id_
    server.verb("run", experiment=id_, workers=1)

    def ended(event: dict) -> bool:
        return event["type"] == "finding.proposed"

    told = asyncio.run(events(server, after=0, until=ended))
    numbers = [event["seq"] for event in told]
    assert numbers == sorted(set(numbers)), "in order, and each once"
    assert {"experiment.proposed", "decision.accepted", "run.completed"} <= {event["type"] for event in told}
    decided = next(event for event in told if event["type"] == "decision.accepted")
    assert decided["payload"]["actor"]["auth"] == "token"
    assert decided["payload"]["actor"]["kind"] == "person"
    assert not decided["payload"]["actor"]["display"].startswith("Anonymous")

    middle = numbers[len(numbers) // 2]
    again = asyncio.run(events(server, after=middle, until=ended))
    assert [event["seq"] for event in again] == [n for n in numbers if n > middle], "no gap, no repeat"

    before = (server.folder / "train.ipynb").read_bytes()
    finding = told[-1]["id"]
    decision = server.verb("accept", id=finding)
    assert decision["application"] == "queued", "a notebook that is open is not written on disk"
    assert (server.folder / "train.ipynb").read_bytes() == before
    refused = server.verb("accept", status=409, id=finding)
    assert refused["error"]["code"] == "decision"

    run = next(event["id"] for event in told if event["type"] == "run.completed")
    file = server.ask("GET", f"runs/{run}/files/output.ipynb")
    assert file.code == 200
    assert json.loads(file.body)["nbformat"] == 4
    assert file.headers["Content-Disposition"] == "attachment"
    assert "sandbox" in file.headers["Content-Security-Policy"]
    for path in ("../../journal", "%2e%2e/%2e%2e/secret.ipynb", "view", "none.txt"):
        assert server.ask("GET", f"runs/{run}/files/{path}").code in (400, 404)


def test_a_window_may_ask_for_only_what_is_new_and_is_told_from_where_on(server) -> None:
    """Twenty runs or ten thousand: what was before is asked of the verbs, not told line by line."""

    def plan(question: str) -> None:
        server.verb(
            "plan", notebook="train.ipynb", factor=["rate=0.1"], response="score", direction="max",
            question=question,
        )  # fmt: skip

    async def talk() -> tuple[list[dict], list[dict]]:
        told: list[list[dict]] = []
        for after in (None, 10**9):
            window = await server.window()
            await window.write_message(json.dumps({"follow": "train.ipynb", "after": after}))
            said = [json.loads(await asyncio.wait_for(window.read_message(), 20))]
            await asyncio.get_running_loop().run_in_executor(None, plan, f"after {after}")
            while not said[-1]["type"].startswith("experiment."):
                said.append(json.loads(await asyncio.wait_for(window.read_message(), 20)))
            await leave(window)
            told.append([one for one in said if one["type"] != "progress"])
        return told[0], told[1]

    plan("before")
    new, future = asyncio.run(talk())
    for first, *rest in (new, future):
        assert first["type"] == "following"
        assert [event["seq"] for event in rest] == list(range(first["after"] + 1, rest[-1]["seq"] + 1))
    assert new[-1]["payload"]["data"]["question"] == "after None"
    assert future[-1]["payload"]["data"]["question"] == "after 1000000000", "numbers of another record end"


def test_a_window_that_says_nonsense_is_told_so_and_stays(server) -> None:
    async def talk() -> list[dict]:
        window = await server.window()
        said = []
        for message in ("{", '{"follow": "../secret.ipynb"}', '{"follow": "", "after": -1}', '{"after": 3}'):
            await window.write_message(message)
            said.append(json.loads(await asyncio.wait_for(window.read_message(), 20)))
        await leave(window)
        return said

    said = asyncio.run(talk())
    assert [message["type"] for message in said] == ["error"] * 4
    assert all(message["error"]["message"] for message in said)


def test_a_request_that_lost_its_browser_is_carried_out_all_the_same(server) -> None:
    async def ask_and_leave() -> None:
        host, _, port = server.url.removeprefix("http://").partition("/")[0].partition(":")
        _, writer = await asyncio.open_connection(host, int(port))
        body = json.dumps({"arguments": {"notebook": "train.ipynb", "factor": ["rate=0.1"], "response": "score",
                                         "direction": "max", "question": "left alone?"}, "path": "train.ipynb"})  # fmt: skip
        path = "/" + server.url.removeprefix("http://").partition("/")[2] + "verbs/plan"
        from server_door import TOKEN

        writer.write(
            f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: token {TOKEN}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.close()
        await writer.wait_closed()

    asyncio.run(ask_and_leave())
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        titles = [item["title"] for item in server.verb("review")["items"]]
        if "left alone?" in titles:
            return
        time.sleep(0.2)
    raise AssertionError("the plan was never kept")


def test_a_request_can_be_cancelled_by_its_name(server) -> None:
    answer = server.ask("DELETE", "requests/nobody")
    assert answer.code == 404
    assert json.loads(answer.body)["error"]["code"] == "unknown_name"
