"""A question in the chat: its answer is told as it comes, kept, stopped by name, and goes to nobody when AI is off."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from server_door import PATIENCE_S, Server

from jupyter_coimprove.testing.messages import Answer, MessagesServer, Text, UseTool
from jupyter_coimprove.workbench.knowing.unsaved import SAVE

EDIT = {"kind": "insert", "cell": 3, "cell_kind": "code", "source": "print(rate)"}


def script(body: Mapping[str, Any]) -> Answer:
    said = json.dumps(body["messages"][-1])
    if "slowly" in said:
        return Answer(content=(Text("word " * 500, piece=5),), pace_s=0.05)
    if "propose" in said and "tool_result" not in said:
        return Answer(content=(UseTool("propose_cells", {"edits": [EDIT], "why": "to see it"}),))
    return Answer(content=(Text("The **rate** decides it all, as cell 2 shows.", piece=8),), pace_s=0.02)


@pytest.fixture(scope="module")
def service() -> Iterator[MessagesServer]:
    with MessagesServer(script) as running:
        yield running


@pytest.fixture(scope="module")
def talking(tmp_path_factory: pytest.TempPathFactory, service: MessagesServer) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("talk")
    made = Server(home, "/", ANTHROPIC_API_KEY="sk-ant-" + "a1" * 20, ANTHROPIC_BASE_URL=service.url)
    yield made
    made.end()


def entries(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(server.ask("GET", "lines?path=train.ipynb").body)
    return found


def test_words_come_as_they_are_said_and_the_answer_is_kept_once(talking: Server) -> None:
    async def ask() -> tuple[list[dict[str, Any]], Any]:
        window = await talking.window()
        body = {"text": "what decides?", "path": "train.ipynb", "request": "r1", "ai": True}
        _, entry = await talking.send("POST", "lines", body)
        window.close()
        told = []
        while (message := await asyncio.wait_for(window.read_message(), PATIENCE_S)) is not None:
            told.append(json.loads(message))
        return told, entry

    told, entry = asyncio.run(ask())
    words = [one["text"] for one in told if one["type"] == "answer.delta" and one["request"] == "r1"]
    assert len(words) > 2
    assert (
        "".join(words) == entry["answer"]["view"]["text"] == "The **rate** decides it all, as cell 2 shows."
    )
    assert entry["answer"]["view"]["sent"].startswith("the question, ")
    kept = entries(talking)
    assert [(one["id"], one["text"]) for one in kept["entries"]] == [(entry["id"], "what decides?")]
    assert kept["entries"][0]["answer"] == entry["answer"]
    assert (kept["answers"]["provider"], kept["answers"]["model"][:6]) == ("anthropic", "claude")


def test_a_question_is_stopped_by_its_name(talking: Server) -> None:
    async def ask() -> tuple[int, Any]:
        body = {"text": "slowly please", "path": "train.ipynb", "request": "r2", "ai": True}
        asking = asyncio.create_task(talking.send("POST", "lines", body))
        await asyncio.sleep(1.0)
        status, _ = await talking.send("DELETE", "requests/r2")
        _, entry = await asyncio.wait_for(asking, PATIENCE_S)
        return status, entry

    status, entry = asyncio.run(ask())
    assert status == 204
    assert entry["error"]["code"] == "interrupted"


def test_what_it_proposes_waits_in_the_inbox_and_changes_no_file(talking: Server) -> None:
    before = (talking.folder / "train.ipynb").read_bytes()
    body = {"text": "propose a cell", "path": "train.ipynb", "request": "r3"}
    entry = json.loads(talking.ask("POST", "lines", body).body)
    (id_,) = entry["answer"]["view"]["proposals"]
    rows = talking.verb("review")["items"]
    assert [(row["id"], row["author_kind"]) for row in rows] == [(id_, "ai")]
    assert (talking.folder / "train.ipynb").read_bytes() == before


def test_the_cell_in_front_and_live_variables_go_along(talking: Server, service: MessagesServer) -> None:
    from IPython.core.interactiveshell import InteractiveShell

    expression = json.loads(talking.ask("GET", "variables").body)["expression"]
    shell = InteractiveShell.instance()
    try:
        shell.run_cell("treasure = [3, 1, 4]", store_history=True)
        reply = shell.user_expressions({"live": expression})["live"]
    finally:
        InteractiveShell.clear_instance()
    body = {
        "text": "what is it?",
        "path": "train.ipynb",
        "request": "r5",
        "cell": "cell-1",
        "live": {"reply": reply, "age_s": 40},
    }
    entry = json.loads(talking.ask("POST", "lines", body).body)
    # That cell ran, and the file does not show it.
    assert entry["answer"]["view"]["warnings"][0] == SAVE
    assert SAVE in json.dumps(entry["answer"]["blocks"])
    sent = service.asked[-1].raw.decode().replace("\\", "")
    for fact in (
        '"name":"treasure"',
        '"length":3',
        '"age_s":40',
        '{"data":{"after":1,"cell":2},"kind":"active"',
    ):
        assert fact in sent
    other = {
        **body,
        "request": "r6",
        "text": "and now?",
        "live": {"reply": {"status": "error", "ename": "E", "evalue": ""}},
    }
    assert talking.ask("POST", "lines", other).code == 200
    assert talking.ask("POST", "lines", {**body, "request": "r7", "live": "x"}).code == 400


def test_with_ai_off_nobody_is_asked(talking: Server, service: MessagesServer) -> None:
    before = len(service.requests)
    body = {"text": "which parts matter most?", "path": "train.ipynb", "request": "r4", "ai": False}
    entry = json.loads(talking.ask("POST", "lines", body).body)
    assert entry["answer"]["view"]["provider"] == "builtin"
    asked = {"arguments": {"notebook": "train.ipynb"}, "path": "train.ipynb"}
    view = json.loads(talking.ask("POST", "verbs/problem", {**asked, "ai": False}).body)
    assert (view["words"], view["model"]) == ("", "")
    assert len(service.requests) == before
    assert entries(talking)["answers"]["ai"] == "user-choice"
    # With it on, the same verb has the model's words.
    view = json.loads(talking.ask("POST", "verbs/problem", {**asked, "ai": True}).body)
    assert "rate" in view["words"]


def test_whom_the_person_chose_is_asked_unless_the_line_names_another(
    talking: Server, service: MessagesServer
) -> None:
    offers = {one["provider"]: one for one in entries(talking)["answers"]["offers"]}
    assert list(offers) == ["builtin", "anthropic", "local"]
    assert offers["anthropic"]["model"].startswith("claude")
    assert (offers["builtin"]["missing"], offers["builtin"]["model"]) == ("", "")

    def asked(request: str, text: str, **more: Any) -> tuple[Any, int]:
        before = len(service.requests)
        body = {"text": text, "path": "train.ipynb", "request": request, **more}
        return json.loads(talking.ask("POST", "lines", body).body), len(service.requests) - before

    entry, count = asked("r8", "which parts matter?", provider="builtin")
    assert (entry["answer"]["view"]["provider"], count) == ("builtin", 0)
    entry, count = asked("r9", "/ask 'which parts matter then?' -p anthropic", provider="builtin")
    assert (entry["answer"]["view"]["provider"][:6], count) == ("claude", 1)
    entry, count = asked("r10", "/ask 'and which do not?' -p anthropic", ai=False)
    assert (entry["answer"]["view"]["provider"], count) == ("builtin", 0)
    entry, _ = asked("r11", "and now?", provider="nobody")
    assert entry["error"]["code"] == "unknown_name"
    assert asked("r12", "and now?", provider=["builtin"])[0]["error"]["code"] == "usage"


def test_the_key_is_nowhere_beside_the_notebook(talking: Server) -> None:
    found = [p for p in Path(talking.folder).rglob("*") if p.is_file() and b"a1a1a1a1" in p.read_bytes()]
    assert found == []
    assert "a1a1a1a1" not in Path(talking.log.name).read_text()


def test_a_line_said_anew_begins_a_branch(talking: Server) -> None:
    first = json.loads(
        talking.ask("POST", "lines", {"text": "one?", "path": "train.ipynb", "request": "b1"}).body
    )
    talking.ask("POST", "lines", {"text": "two?", "path": "train.ipynb", "request": "b2"})
    anew = {"text": "one, said better?", "path": "train.ipynb", "request": "b3", "instead_of": first["id"]}
    better = json.loads(talking.ask("POST", "lines", anew).body)
    kept = entries(talking)["entries"]
    assert (kept[-1]["text"], kept[-1]["versions"]) == ("one, said better?", [first["id"], better["id"]])
    assert "two?" not in [one["text"] for one in kept]
    talking.verb("conversation", notebook="train.ipynb", branch=first["id"])
    assert [one["text"] for one in entries(talking)["entries"]][-2:] == ["one?", "two?"]
    missing = {**anew, "request": "b4", "instead_of": "msg_nowhere"}
    assert json.loads(talking.ask("POST", "lines", missing).body)["error"]["code"] == "unknown_name"


def test_without_a_model_a_line_is_said_anew_too(talking: Server) -> None:
    by = {"path": "train.ipynb", "provider": "builtin"}
    first = json.loads(
        talking.ask("POST", "lines", {**by, "text": "which parts matter?", "request": "w1"}).body
    )
    talking.ask("POST", "lines", {**by, "text": "is it stable?", "request": "w2"})
    anew = {**by, "text": "which parts matter most?", "request": "w3", "instead_of": first["id"]}
    better = json.loads(talking.ask("POST", "lines", anew).body)
    assert "error" not in better
    kept = entries(talking)["entries"]
    assert (kept[-1]["text"], kept[-1]["versions"]) == ("which parts matter most?", ["w1", "w3"])


def test_where_ai_is_kept_on_the_switch_of_a_window_turns_it_off_for_nobody(
    tmp_path: Path, service: MessagesServer
) -> None:
    server = Server(
        tmp_path, "/", ANTHROPIC_API_KEY="sk-ant-" + "a1" * 20, ANTHROPIC_BASE_URL=service.url, COIMPROVE_AI_POLICY="force-on"
    )  # fmt: skip
    try:
        body = {"text": "what decides here?", "path": "train.ipynb", "request": "k1", "ai": False}
        entry = json.loads(server.ask("POST", "lines", body).body)
        assert "decides it all" in entry["answer"]["view"]["text"]
        assert entries(server)["answers"]["ai"] == "force-on"
    finally:
        server.end()
