"""A line of the chat: a verb, free text, and the conversation that a reload finds again."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from server_door import TOKEN as TOKEN

from jupyter_coimprove.errors import CoimproveError
from jupyter_coimprove.interfaces.server.lines import call_of_line
from jupyter_coimprove.wire.verbs import BY_NAME
from jupyter_coimprove.workbench import talking
from jupyter_coimprove.workbench.conversing import KEPT, Conversation

NOTEBOOK = Path("/x/a b.ipynb")


def say(server, text: str, status: int = 200, path: str = "train.ipynb"):
    answer = server.ask(
        "POST", "lines", json.dumps({"text": text, "path": path, "request": f"r-{hash(text)}"})
    )
    assert answer.code == status, answer.body
    return json.loads(answer.body)


def test_a_verb_that_names_no_notebook_is_about_the_one_in_front() -> None:
    call = call_of_line("/candidates --all", NOTEBOOK)
    assert not isinstance(call, str)
    assert call.arguments == {"notebook": "a b.ipynb", "all": True}
    named = call_of_line("/candidates other.ipynb", NOTEBOOK)
    assert not isinstance(named, str)
    assert named.arguments["notebook"] == "other.ipynb"


@pytest.mark.parametrize("line", ["/nope", "/candidates 'x", "/plan --nope", "/status --root /", "/show"])
def test_a_line_that_is_no_call_is_told_what_is_wrong(line: str) -> None:
    with pytest.raises(CoimproveError):
        call_of_line(line, NOTEBOOK)


def test_help_is_a_text() -> None:
    text = call_of_line("/plan --help", NOTEBOOK)
    assert isinstance(text, str)
    assert "--factor" in text


def test_what_free_text_is_offered_can_be_typed() -> None:
    for name, (words, _) in talking._COMPUTED.items():
        call = call_of_line("/" + words.format(notebook="x.ipynb"), NOTEBOOK)
        assert not isinstance(call, str)
        assert call.verb is BY_NAME[name]


def test_a_verb_is_answered_as_blocks_and_as_its_view(server) -> None:
    entry = say(server, "/candidates")
    assert entry["answer"]["view"]["view"] == "CandidatesView"
    kinds = [block["block"] for block in entry["answer"]["blocks"]]
    assert kinds[0] == "Heading"
    assert "Table" in kinds
    assert not any("/" in text for text in entry["answer"]["view"]["next"]), "no path of the machine is typed"


def test_free_text_gets_commands_or_needs_a_model(server) -> None:
    offered = say(server, "which of these parts matter?")["answer"]["view"]
    assert 1 <= len(offered["commands"]) <= 3
    assert "coimprove plan train.ipynb" in offered["commands"]
    assert offered["provider"] == "builtin"
    assert offered["sent"] == "nothing"
    needed = say(server, "tell me a story")["answer"]["view"]
    assert needed["commands"] == []
    assert "model" in needed["summary"]


def test_a_refusal_is_part_of_the_conversation(server) -> None:
    assert say(server, "/show fnd_00000000000000000000000000")["error"]["message"]
    assert say(server, "/candidates ../../etc.ipynb")["error"]["code"] == "usage"


def test_a_reload_finds_the_conversation_and_it_can_be_forgotten(server) -> None:
    server.verb("init")
    say(server, "/status")
    found = json.loads(server.ask("GET", "lines?path=train.ipynb").body)["entries"]
    assert [entry["text"] for entry in found][-1] == "/status"
    assert json.loads(server.ask("GET", "lines?path=other.ipynb").body)["entries"] == []
    assert server.ask("DELETE", "lines?path=train.ipynb").code == 204
    assert json.loads(server.ask("GET", "lines?path=train.ipynb").body)["entries"] == []


def test_a_conversation_keeps_the_last_and_skips_what_it_cannot_read(tmp_path: Path) -> None:
    talk = Conversation(tmp_path, "a.ipynb")
    assert not talk.add({"id": "1", "text": "/status"}), "no project, nothing is made"
    (tmp_path / ".coimprove").mkdir()
    for number in range(KEPT + 20):
        assert talk.add({"id": str(number), "text": f"line {number}"})
    assert not talk.add({"id": "long", "text": "x" * 300_000})
    (file,) = (tmp_path / ".coimprove" / "conversations").iterdir()
    with file.open("a") as more:
        more.write("not json\n[1]\n" + "[" * 100_000 + "\n")
    assert len(talk.entries()) <= KEPT
    assert talk.entries()[-1]["text"] == f"line {KEPT + 19}"
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
