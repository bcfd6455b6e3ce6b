"""A constitution is in force by a person's word on exactly that text; a change is measured, a regression refused."""

from __future__ import annotations

import json
import time

import pytest
from small_values import SMALL

from jupyter_coimprove.activities.values.starting import STARTING
from jupyter_coimprove.errors import DecisionError, NothingToDo, UsageError
from jupyter_coimprove.interfaces.cli import main
from jupyter_coimprove.registry import Actor
from jupyter_coimprove.workbench import (
    amending,
    deciding,
    patterns,
    proposing,
    showing,
    trailing,
    values,
)

SHELL = [{"kind": "insert", "cell": 4, "source": "from os import system as s\ns('ls')"}]


def test_nothing_is_in_force_before_a_person_accepted_exactly_that_text(bench, train) -> None:
    with pytest.raises(NothingToDo, match="no values are written down"):
        values.values(bench)
    view = values.values(bench, init=True)
    (card,) = view.cards
    assert amending.path(bench).read_text() == STARTING
    assert "not in force" in view.summary
    assert card.kind == "constitution"
    assert any("caught 20 of 20 (100%, interval 84% to 100%); false alarms 0 of 19" in one for one in card.evidence)  # fmt: skip
    with pytest.raises(NothingToDo, match="is there already"):
        values.values(bench, init=True)
    held = values.values(bench, notebook=str(train))
    assert "proposed, not in force" in held.summary
    assert [one.kind for one in held.cards] == ["constitution"], "what is only proposed makes no violation"
    shown = showing.show(bench, id=card.id)
    assert shown.sections[0].code == STARTING
    deciding.accept(bench, id=card.id, reason="ours")
    now = values.values(bench)
    assert now.summary == f"values version 1: in force, accepted by {bench.actor.display}"
    assert now.cards == ()
    assert amending.in_force(bench).constitution.text == STARTING


def test_an_edit_is_proposed_and_the_old_text_binds_until_it_is_accepted(bench, train, put) -> None:
    first = put()
    path = amending.path(bench)
    path.write_text(SMALL.replace('["os.system"]', '["os.system", "eval"]'))
    (card,) = values.values(bench).cards
    assert card.kind == "amendment"
    assert card.title == "values version 2, proposed: 'no shell': other checks"
    assert card.used == (first,)
    assert amending.in_force(bench).version == 1
    diff = showing.show(bench, id=card.id).sections[0]
    assert '+forbid = ["os.system", "eval"]' in diff.code
    path.write_text(SMALL.replace('["os.system"]', '["os.system", "exec"]'))
    (other,) = values.values(bench).cards
    assert other.id != card.id
    assert bench.record().get(card.id).state == "superseded", "an edit of an edit takes its place"
    path.write_text(SMALL)
    assert values.values(bench).cards == ()
    assert bench.record().get(other.id).state == "superseded"
    path.unlink()
    assert any("in force all the same" in one for one in values.values(bench).warnings)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("v = ", "is not TOML"), (SMALL.replace("'(?i)", "'(?i)("), "is no regular expression"), (SMALL.replace('"calls"', '"cals"'), "no kind of check"),
        (SMALL + "[[principle.check]]\nkind = 'words'\nforbid = ['(a+)+$']\n", "takes longer than 1 s"),
        (SMALL + "[[principle]]\nname = 'busy'\napplies = ['plan']\n[[principle.check]]\nkind = 'calls'\nrequire = ['os.system']\n", "principles 'no shell' and 'busy' contradict"),
    ],
)  # fmt: skip
def test_a_file_that_makes_no_sense_is_named_and_what_was_accepted_stays(bench, put, text: str, said: str) -> None:  # fmt: skip
    put()
    amending.path(bench).write_text(text)
    begun = time.monotonic()
    with pytest.raises(UsageError) as error:
        values.values(bench)
    assert said in error.value.message
    assert time.monotonic() - begun < 30
    assert amending.in_force(bench).version == 1
    assert main(["values", "--root", str(bench.root()), "--json"]) == 2


def test_a_pattern_that_explodes_on_a_text_is_named(monkeypatch) -> None:
    monkeypatch.setattr(patterns, "TOGETHER_S", 1)
    with pytest.raises(UsageError, match=r"\(x\+x\+\)\+y"):
        patterns.search(["fine", "(x+x+)+y"], ["x" * 60])
    assert patterns.search(["b(.)", "z"], ["abc bd", "z"]) == [(0, 0, "bc"), (0, 0, "bd"), (1, 1, "z")]
    assert patterns.search([], ["a"]) == []


def test_a_constitution_that_came_with_a_clone_is_only_proposed(bench, train, tmp_path, monkeypatch) -> None:
    path = amending.path(bench)
    path.parent.mkdir(parents=True)
    path.write_text(SMALL)
    with monkeypatch.context() as other:
        other.setenv("JUPYTER_DATA_DIR", str(tmp_path / "colleague"))
        from jupyter_coimprove.workbench.bench import Bench, Where

        theirs = Bench(where=Where(cwd=tmp_path), root_override=tmp_path, actor=Actor(kind="person", id="kim", display="Kim", auth="os"))  # fmt: skip
        card = values.values(theirs).cards[0]
        deciding.accept(theirs, id=card.id)
        assert amending.in_force(theirs).version == 1
        theirs.close()
    view = values.values(bench)
    assert "not in force" in view.summary
    assert any("Kim accepted" in one and "imported claim" in one for one in view.warnings)
    item = proposing.propose(bench, train, SHELL)
    assert not any("no shell" in note for note in item.data["notes"])
    deciding.accept(bench, id=item.id)
    (mine,) = [one for one in view.cards if one.kind == "constitution"]
    deciding.accept(bench, id=mine.id)
    assert amending.in_force(bench).constitution.text == SMALL


def test_an_amendment_is_measured_accepted_and_its_effect_a_finding(bench, put) -> None:
    first = put()
    more = SMALL.replace('["os.system"]', '["os.system", "subprocess.*"]').replace(
        '[[principle.case]]\nname = "a path"', '[[principle.case]]\nname = "a process"\nviolates = true\ntext = "import subprocess as p; p.run([1])"\n[[principle.case]]\nname = "a path"'
    )  # fmt: skip
    card = put(more, accept=False)
    shown = showing.show(bench, id=card).cards[0]
    assert any("2 of 3 (67%, interval 21% to 94%) before, 3 of 3 (100%" in one and "1 fixed, 0 broken" in one for one in shown.evidence)  # fmt: skip
    with pytest.raises(DecisionError, match="binds everything that comes after"):
        deciding.accept(bench, id=card, bulk=True)
    told = deciding.accept(bench, id=card, reason="processes too")
    assert "version 2 is in force" in told.summary
    (effect,) = [item for item in bench.record().find("card") if item.data["card"] == "finding"]
    assert effect.state == "pending"
    assert effect.data["used"] == [card]
    assert "McNemar's mid-p 0.5" in effect.data["evidence"][0]
    assert [one.id for one in values.values(bench).cards] == [effect.id], "it waits where values are shown"
    way = trailing.trail(bench, subject=first).way
    assert [step.kind for step in way] == ["constitution", "amendment", "finding"]
    deciding.undo(bench, id=card)
    assert amending.in_force(bench).version == 1, "to take it back is to go back"


def test_a_regression_is_refused_and_recorded(bench, put) -> None:
    put()
    weak = put(SMALL.replace('["os.system"]', '["os.popen"]'), accept=False)
    view = values.values(bench)
    assert any("a regression, which is refused" in one for one in view.cards[0].evidence)
    assert f"coimprove accept {weak}" not in view.next[:1]
    with pytest.raises(DecisionError, match="is refused: 1 case that came out right no longer would"):
        deciding.accept(bench, id=weak)
    item = bench.record().get(weak)
    assert (item.state, item.data["refused"]["broken"]) == ("pending", ["no shell: a shell"])
    assert [line.event for line in bench.record().follow(0, id=weak)][-1] == "refused"
    assert amending.in_force(bench).version == 1
    gone = put(SMALL[: SMALL.index("[[principle]]")] + SMALL[SMALL.index('[[principle]]\nname = "often'):], accept=False)  # fmt: skip
    deciding.accept(bench, id=gone, reason="we trust each other")
    assert amending.in_force(bench).version == 2, "a principle may be given up, by name"


def test_a_text_that_somebody_else_proposes_reaches_the_file_only_by_acceptance(bench, put, tmp_path) -> None:
    put()
    other = tmp_path / "theirs.toml"
    other.write_text(SMALL.replace("least = 5", "least = 8"))
    card = next(one for one in values.values(bench, amend=str(other), why="five were too few").cards if one.kind == "amendment")  # fmt: skip
    assert card.author_kind == "person"
    assert card.evidence[0] == "five were too few"
    assert amending.path(bench).read_text() == SMALL
    deciding.accept(bench, id=card.id)
    assert amending.path(bench).read_text() == other.read_text()
    other.write_text(SMALL.replace("least = 5", "least = 9"))
    card = next(one for one in values.values(bench, amend=str(other)).cards if one.kind == "amendment")
    amending.path(bench).write_text("# mine\n" + other.read_text())
    told = deciding.accept(bench, id=card.id)
    assert any("it was left alone" in one for one in told.warnings)
    assert amending.path(bench).read_text().startswith("# mine")
    with pytest.raises(UsageError, match="--why goes with --amend"):
        values.values(bench, why="x")


def test_who_is_no_person_changes_nothing(bench, put) -> None:
    card = put(accept=False)
    bench.actor = Actor(kind="ai", id="m", display="m", auth="os")
    for change in (lambda: deciding.accept(bench, id=card), lambda: values.values(bench, amend=str(amending.path(bench)))):  # fmt: skip
        with pytest.raises(DecisionError):
            change()
    assert amending.in_force(bench) is None


def test_the_red_team_set_by_the_command_line(bench, put, capsys) -> None:
    put()
    assert main(["values", "--red-team", "--root", str(bench.root()), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    part = next(one for one in told["sections"] if one["title"] == "Red-team set")
    assert ["caught", "1 of 1 (100%, interval 21% to 100%)"] in part["facts"]
    assert "no case tries 'often enough', 'modest'" in part["lines"]
    put(SMALL.replace("os.path.exists('x')", "os.system('x')"))
    assert main(["values", "--red-team", "--root", str(bench.root()), "--json"]) == 4
    told = json.loads(capsys.readouterr().out)
    part = next(one for one in told["sections"] if one["title"] == "Red-team set")
    assert any(one.startswith("false alarm: no shell: a path") for one in part["lines"])


def test_a_model_proposes_a_case_that_gets_past_the_checks(bench, train, put) -> None:
    from jupyter_coimprove.proposals.using import use
    from jupyter_coimprove.workbench import proposed, tools

    given = {
        "principle": "no shell", "name": "by a thread", "of": "code", "violates": True, "why": "os.popen is a shell as well",
        "text": "import os\nos.popen('ls')\n",
    }  # fmt: skip
    told = use(tools.tools(bench, train), "propose_case", given)
    assert told.failed
    assert "no values are in force" in told.said
    put()
    assert "did you mean no shell" in use(tools.tools(bench, train), "propose_case", {**given, "principle": "no shel"}).said  # fmt: skip
    assert "is not TOML" in use(tools.tools(bench, train), "propose_case", {**given, "of": "plan"}).said
    used = use(tools.tools(bench, train), "propose_case", given)
    assert not used.failed
    assert not [item for item in bench.record().find("card") if item.data["card"] == "amendment"]
    ai = Actor(kind="ai", id="m", display="m", auth="os")
    (id_,), failed = proposed.keep(bench, train, [used.block], ai, cell=None, prompt="?")
    assert failed == []
    card = next(one for one in values.values(bench).cards if one.id == id_)
    assert card.author_kind == "ai"
    assert "still wrong: no shell: by a thread" in card.evidence
    text = bench.record().get(id_).data["more"]["text"]
    assert text.startswith(SMALL[: SMALL.index('[[principle]]\nname = "often')].rstrip())
    assert amending.path(bench).read_text() == SMALL
    deciding.accept(bench, id=id_, reason="a good one")
    assert amending.path(bench).read_text() == text
    assert main(["values", "--red-team", "--root", str(bench.root()), "--json"]) == 4, "what gets past is shown until a check catches it"  # fmt: skip
