"""A conversation with branches: what follows what, which branch is in front, what a provider is told of it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.errors import UnknownName
from jupyter_coimprove.workbench import branching, retelling, talking
from jupyter_coimprove.workbench.bench import Bench
from jupyter_coimprove.workbench.conversing import Conversation, markdown


@pytest.fixture
def said(tmp_path: Path) -> Conversation:
    (tmp_path / ".coimprove").mkdir()
    return Conversation(tmp_path, "n.ipynb")


def entry(id_: str, text: str = "why?", answer: str = "Because.", **more):
    return {"id": id_, "text": text, "turn": {"said": answer, "sent": text, "stop": "complete"}, **more}


def told(said: Conversation) -> list[str]:
    return [one["id"] for one in said.entries()]


def test_an_earlier_question_said_anew_begins_a_branch_and_the_old_one_stays(said: Conversation) -> None:
    for id_ in ("a", "b", "c"):
        said.add(entry(id_))
    said.add(entry("b2", "why not?", after=said.tree().before("b")))
    assert told(said) == ["a", "b2"]
    assert [turn.text for turn in said.turns()][::2] == ["why?", "why not?"]
    said.add(entry("d"))
    assert told(said) == ["a", "b2", "d"]
    assert said.tree().versions("b") == said.tree().versions("b2") == ("b", "b2")
    assert said.show("b") == "b"
    assert told(said) == ["a", "b", "c"], "the branch is whole again"
    said.add(entry("e"))
    assert told(said) == ["a", "b", "c", "e"]
    assert len(said.turns(before="b")) == 2
    with pytest.raises(UnknownName):
        said.show("nowhere")


def test_a_model_knows_what_it_asked_and_a_reply_is_to_that(said: Conversation) -> None:
    def turn(id_: str, key: str, answer: str = "", **more) -> None:
        made = entry(id_, id_, answer)
        said.add({**made, "turn": {**made["turn"], "key": key, **more}})

    turn("q1", "k1", asked="Which spread?", options=["the range", "the deviation"])
    assert said.open_question() == "Which spread?"
    assert said.turns()[-1].text == "Which spread?\n\n- the range\n- the deviation"
    turn("yes", "k2", "Three.", replies="Which spread?")
    assert said.open_question() == ""
    # Where nothing is open, as when a notebook is run once more, the same words have the same answer.
    assert (said.recorded("k2") or {})["id"] == "yes"
    turn("q2", "k3", "Hm.", asked="Delete it?")
    assert said.recorded("k2", said.open_question()) is None
    assert (said.recorded("k2", "Which spread?") or {})["id"] == "yes"
    assert "Hm.\n\nDelete it?" in markdown(said.entries(), "n")


def test_lines_of_before_there_were_branches_follow_one_another() -> None:
    known = branching.tree([{"text": "x", "id": "1"}, {"text": "y"}, {"text": "z", "id": "1"}])
    assert [one["text"] for one in known.branch()] == ["x", "y", "z"]


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=30))
def test_every_entry_is_on_the_branch_that_is_shown_for_it(steps) -> None:
    lines: list[dict] = []
    for number, (at, anew) in enumerate(steps):
        known = branching.tree(lines)
        if anew and known.entries:
            follows = known.after[list(known.entries)[at % len(known.entries)]]
            lines.append({"text": "t", "id": f"e{number}", "after": follows})
        else:
            lines.append({"text": "t", "id": f"e{number}"})
    known = branching.tree(lines)
    for id_ in known.entries:
        assert id_ in [one["id"] for one in known.branch(known.newest(id_))]
        assert id_ in known.versions(id_)


def test_what_is_long_is_told_in_short_with_what_was_proposed(said: Conversation) -> None:
    long = "The loss falls at first. " + "More words. " * 150
    for number in range(30):
        one = entry(f"m{number}", f"question {number}?", long)
        one["turn"]["proposals"] = ["prp_1"] if number == 3 else []
        said.add(one)
    turns = said.turns()
    assert sum(len(turn.text) for turn in turns) < 16_000 + 4_500
    assert turns[0].text.startswith("Earlier in this conversation, in short (2")
    assert "asked: question 3? answered: The loss falls at first. " in turns[0].text
    assert "proposed: prp_1" in turns[0].text
    assert turns[-2].text == "question 29?"
    said.add(entry("next", "and now?", "Now."))
    assert said.turns()[: len(turns)] == turns, "the beginning stays as it was, so that a cache has it"


@given(st.lists(st.integers(1, 900), max_size=60), st.integers(1_000, 4_000))
def test_the_window_holds_and_moves_in_leaps(sizes: list[int], most: int) -> None:
    starts = [branching.window(sizes[: n + 1], most) for n in range(len(sizes))]
    assert starts == sorted(starts)
    for n, first in enumerate(starts):
        assert sum(sizes[first : n + 1]) <= most
    assert len(set(starts)) <= 1 + 2 * sum(sizes) // most + 1


def test_asking_instead_of_an_earlier_question(
    bench: Bench, train: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jupyter_coimprove.proposals.provider import Part
    from jupyter_coimprove.providers.scripted import ScriptedProvider

    def answer(text: str) -> list[Part]:
        usage = {"model": "m", "requests": 1, "input": 1, "output": 1}
        return [Part(type="text", text=text), Part(type="end", detail={"stop": "complete", "usage": usage})]

    provider = ScriptedProvider([answer(text) for text in ("One.", "Two.", "Three.")])
    monkeypatch.setattr(talking, "provider_for", lambda *given, **named: provider)
    bench.where = dataclasses.replace(bench.where, notebook=train)
    talking.ask(bench, text="first?")
    second = talking.ask(bench, text="second?")
    talking.ask(bench, text="second, said better?", instead_of=second.id)
    assert [turn.text for turn in provider.requests[-1].history] == ["first?", "One."]
    shown = retelling.conversation(bench).text
    assert "said better" in shown
    assert "> second?" not in shown
    back = retelling.conversation(bench, branch=second.id)
    assert "> second?" in back.text
    assert second.id in back.text
    with pytest.raises(UnknownName):
        talking.ask(bench, text="what?", instead_of="msg_nothing")
    assert json.dumps(provider.requests[-1].text) == '"second, said better?"', "nothing was asked"
