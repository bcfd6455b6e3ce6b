"""A debate through its doors: a client over MCP, a kernel, and several people on one server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from small_notebooks import lab_notebook

from jupyter_coimprove.interfaces.mcp import calling
from jupyter_coimprove.interfaces.mcp.folder import Folder
from jupyter_coimprove.registry import Actor
from jupyter_coimprove.workbench import debating
from jupyter_coimprove.workbench.bench import Bench, Where, os_actor

SECRET = "the higher one diverged twice"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / ".jupyter-data"))
    made = tmp_path / "work"
    made.mkdir()
    (made / "train.ipynb").write_text(lab_notebook([("", "x = 1"), ("", "print(x)")]), encoding="utf-8")
    return made


def person(folder: Path, name: str) -> Bench:
    actor = Actor(kind="person", id=name, display=name, auth="hub")
    return Bench(where=Where(cwd=folder), root_override=folder, actor=actor)


def said(folder: Path, name: str, **given: Any) -> Any:
    bench = person(folder, name)
    try:
        return debating.debate(bench, **given)
    finally:
        bench.close()


def test_a_client_over_mcp_reads_positions_only_once_the_round_is_over(folder: Path) -> None:
    def read() -> str:
        asker = calling.Asker(person=os_actor(), client="some client", root=folder)
        told = calling.carry_out(
            Folder(root=folder), asker, "read_debates", {"notebook": "train.ipynb"}, lambda: False
        )
        assert not told.failed, told.text
        return told.text

    assert '"debates":[]' in read().replace(" ", "")
    said(folder, "ann", open="Which rate?", option=["low", "high"], notebook=str(folder / "train.ipynb"))
    said(folder, "ann", debate="last", choose="low", because=SECRET)
    said(folder, "bo", debate="last", choose="high", because="it learns faster")
    blind = read()
    assert "blind: no position can be read yet" in blind
    assert SECRET not in blind
    assert '"low"' in blind, "the options are no secret"
    said(folder, "bo", debate="last", reveal=True)
    over = read()
    assert SECRET in over
    assert "it learns faster" in over


@pytest.mark.slow
def test_a_kernel_shows_it_to_anybody_and_takes_a_position_from_a_person_alone(folder: Path) -> None:
    from kernel_door import Kernel, error_of

    said(folder, "ann", open="Which rate?", option=["low", "high"])
    said(folder, "ann", debate="last", choose="low", because=SECRET)
    kernel = Kernel(folder, COIMPROVE_ROOT=str(folder))
    try:
        assert kernel.run("%load_ext jupyter_coimprove") == []
        (shown,) = kernel.run("x = 1\n%coai debate last", person=False)
        assert "1 wrote blind" in shown["data"]["text/plain"]
        assert SECRET not in json.dumps(shown)
        mine = '%coai debate last --choose high --because "it learns faster"'
        assert "nobody is at the prompt" in error_of(kernel.run(mine, person=False))["evalue"]
        assert "only line of its cell" in error_of(kernel.run(f"y = 2\n{mine}"))["evalue"]
        # What stands in a cell, or below it, is read by everybody who opens the notebook.
        assert "this round is blind" in error_of(kernel.run(mine))["evalue"]
        me = os_actor().id
        said(folder, me, debate="last", choose="high", because="it learns faster")
        shown = [one for one in kernel.run("%coai debate last") if one["type"] == "display_data"][-1]
        assert SECRET not in json.dumps(shown)
        assert "2 wrote blind; shown elsewhere until the round is over" in shown["data"]["text/plain"]
        said(folder, "ann", debate="last", reveal=True)
        hold = '%coai debate last --hold --because "I have seen no run"'
        shown = [one for one in kernel.run(hold) if one["type"] == "display_data"][-1]
        assert SECRET in shown["data"]["text/plain"]
        assert "I have seen no run" in shown["data"]["text/plain"]
    finally:
        kernel.end()


#: Whoever has the token says who they are; as under JupyterHub, where the hub has asked them.
_PROVIDER = """
from jupyter_server.auth.identity import IdentityProvider, User

async def get_user(self, handler):
    user = await IdentityProvider.get_user(self, handler)
    name = handler.request.headers.get("X-Person")
    return User(username=name, display_name=name) if user is not None and name else user

c.ServerApp.identity_provider_class = type(
    "JupyterHubIdentityProvider", (IdentityProvider,), {"__module__": "jupyterhub.singleuser.extension", "get_user": get_user}
)
"""


@pytest.mark.slow
def test_several_people_on_one_server_are_who_the_hub_says_they_are(tmp_path: Path) -> None:
    from server_door import Server

    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "jupyter_server_config.py").write_text(_PROVIDER, encoding="utf-8")
    server = Server(tmp_path, "/user/zoe/")

    def line(who: str, text: str) -> Any:
        answer = server.ask("POST", "lines", {"text": text, "path": "train.ipynb"}, X_Person=who)
        assert answer.code == 200, answer.body
        return json.loads(answer.body)

    def verb(who: str, status: int = 200, **arguments: Any) -> Any:
        answer = server.ask(
            "POST", "verbs/debate", {"arguments": arguments, "path": "train.ipynb"}, X_Person=who
        )
        assert answer.code == status, answer.body
        return json.loads(answer.body)

    try:
        verb("ada", open="Which rate?", option=["low", "high"])
        mine = line("ada", f'/debate last --choose low --because "{SECRET}"')
        assert SECRET in json.dumps(mine["answer"]), "who wrote sees it in the chat"
        line("ada", "/candidates")
        line("ada", f"/show {dict(mine['answer']['view']['sections'][0]['facts'])['id']}")
        kept = server.ask("GET", "lines?path=train.ipynb", X_Person="ben").body.decode()
        assert "/candidates" in kept
        assert SECRET not in kept, "a chat is read by whoever opens the notebook"
        blind = verb("ben", debate="last")
        assert SECRET not in json.dumps(blind)
        assert "1 wrote blind" in blind["summary"]
        refused = verb("ben", 409, debate="last", reveal=True)
        assert "who ends a round has written" in refused["error"]["message"]
        both = verb("ben", debate="last", choose="high", because="it learns faster")
        assert SECRET in json.dumps(both)
        closed = verb("ada", debate="last", close=True)
        positions = next(part for part in closed["sections"] if part["title"] == "Positions")
        assert [(row[0], row[2], row[5]) for row in positions["rows"]] == [
            ("ada", "low", "person"),
            ("ben", "high", "person"),
        ]
        journal = "".join(
            path.read_text(encoding="utf-8")
            for path in (server.folder / "coimprove" / "journal").glob("*.jsonl")
        )
        assert '"auth":"hub"' in journal.replace(" ", "")
    finally:
        server.end()
