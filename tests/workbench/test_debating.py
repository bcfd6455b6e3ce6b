"""A debate on a real record: written blind, revealed, revised, closed; and everything that must not happen on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyter_coimprove.errors import DecisionError, NeedsModel, UnknownName, UsageError
from jupyter_coimprove.interfaces.cli import main
from jupyter_coimprove.interfaces.display.text import render
from jupyter_coimprove.interfaces.server.following import event
from jupyter_coimprove.record.base import Draft
from jupyter_coimprove.registry import Actor
from jupyter_coimprove.testing.messages import Answer, MessagesServer, Text, UseTool
from jupyter_coimprove.workbench import debating, deciding, shelf, showing, trailing
from jupyter_coimprove.workbench.bench import Bench, Where

As = Callable[[str], Bench]


@pytest.fixture
def of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[As]:
    """A person of this project, as a server tells them apart."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / ".jupyter-data"))
    made: dict[str, Bench] = {}

    def person(name: str) -> Bench:
        actor = Actor(kind="person", id=name, display=name, auth="hub")
        return made.setdefault(name, Bench(where=Where(cwd=tmp_path), root_override=tmp_path, actor=actor))

    yield person
    for one in made.values():
        one.close()


@pytest.fixture
def opened(of: As) -> str:
    view = debating.debate(
        of("ann"), open="Which rate do we keep?", option=["lr=0.1", "lr=0.3"], claim=["it overfits"]
    )
    return next(value for key, value in view.sections[0].facts if key == "id")


def words(view) -> str:
    return json.dumps([[part.facts, part.rows, part.lines] for part in view.sections]) + json.dumps(
        [view.unseen, view.warnings]
    )


def section(view, title: str):
    return next(part for part in view.sections if part.title == title)


def journal(folder: Path) -> str:
    return "".join(
        path.read_text(encoding="utf-8") for path in (folder / "coimprove" / "journal").glob("*.jsonl")
    )


def test_an_empty_record_has_no_debate_and_says_how_to_open_one(of: As, tmp_path: Path) -> None:
    view = debating.debate(of("ann"))
    assert view.summary == "no debate is recorded here"
    assert view.next == ('coimprove debate --open "QUESTION" --option A --option B',)
    assert not (tmp_path / "coimprove").exists()
    with pytest.raises(UnknownName):
        debating.debate(of("ann"), debate="last")


def test_nobody_sees_another_before_they_have_written_in_no_door(of: As, opened: str, tmp_path: Path) -> None:
    secret = "the higher one diverged twice"
    mine = debating.debate(
        of("ann"), debate=opened, choose="1", because=secret, stand=["1=for"], action="run ten more blocks"
    )
    assert secret in words(mine)
    (item,) = of("ann").record().find("position")
    shown = debating.debate(of("bo"), debate=opened)
    assert shown.summary == "Which rate do we keep?: 1 wrote blind; write yours to see what others say"
    assert any("what ann wrote" in one for one in shown.unseen)
    listed = debating.debate(of("bo"))
    doors = [
        words(shown), render(shown), words(listed), render(debating.debate(of("bo"))), json.dumps(debating.listed(of("bo"), "")),
        words(showing.show(of("bo"), id=item.id)), json.dumps([event(line) for line in of("bo").record().follow()]),
        render(trailing.trail(of("bo"), subject=opened)), journal(tmp_path),
    ]  # fmt: skip
    for told in doors:
        assert secret not in told
        assert "ten more blocks" not in told
        assert '"for"' not in told
    assert not any('"choice"' in one for one in doors)
    both = debating.debate(of("bo"), debate=opened, choose="lr=0.3", because="it learns faster")
    assert secret in words(both), "having written, one sees"
    assert "blind" in {row[3] for row in section(both, "Positions").rows}


def test_what_is_sealed_stays_and_is_revealed_as_it_was(of: As, opened: str, tmp_path: Path) -> None:
    debating.debate(of("ann"), debate=opened, choose="1", because="stable in every block")
    with pytest.raises(DecisionError, match="a debate of one: nobody else has written"):
        debating.debate(of("ann"), debate=opened, reveal=True)
    with pytest.raises(DecisionError, match="you have written in this round"):
        debating.debate(of("ann"), debate=opened, choose="2", because="or rather the other")
    with pytest.raises(DecisionError, match="who ends a round has written"):
        debating.debate(of("cy"), debate=opened, reveal=True)
    debating.debate(of("bo"), debate=opened, choose="2", because="it learns faster")
    sealed = list((tmp_path / ".coimprove" / "debates").glob("*.json"))
    assert len(sealed) == 2
    assert all(path.stat().st_mode & 0o077 == 0 for path in sealed)
    debating.debate(of("ann"), debate=opened, reveal=True)
    assert "stable in every block" in journal(tmp_path)
    told = json.dumps([event(line) for line in of("ann").record().follow()])
    assert "position.revealed" in told
    assert "stable in every block" not in told, "windows are told that, and `debate` tells what"
    assert not list((tmp_path / ".coimprove" / "debates").glob("*.json"))
    late = debating.debate(of("cy"), debate=opened)
    assert "stable in every block" in words(late), "the round is over for everybody"
    late = debating.debate(of("cy"), debate=opened, choose="1", because="as ann")
    assert {row[0]: row[3] for row in section(late, "Positions").rows} == {
        "ann": "blind", "bo": "blind", "cy": "after others could be read",
    }  # fmt: skip


def test_what_was_changed_between_seal_and_reveal_does_not_count(of: As, opened: str, tmp_path: Path) -> None:
    debating.debate(of("ann"), debate=opened, choose="1", because="stable in every block")
    debating.debate(of("bo"), debate=opened, choose="2", because="it learns faster")
    for path in (tmp_path / ".coimprove" / "debates").glob("*.json"):
        path.write_text(
            path.read_text(encoding="utf-8").replace("it learns faster", "it is cheaper"), encoding="utf-8"
        )
    view = debating.debate(of("ann"), debate=opened)
    assert any(
        "of bo is not counted: what was revealed is not what was sealed" in one for one in view.warnings
    )
    assert view.summary.endswith("a debate of one: a second view is missing")
    with pytest.raises(DecisionError, match="a second first word is not taken"):
        debating.debate(of("bo"), debate=opened, choose="1", because="having seen the others")


def test_a_position_is_to_the_words_of_the_question_as_they_were(of: As, opened: str) -> None:
    debating.debate(of("ann"), debate=opened, choose="1", because="stable in every block")
    debating.debate(of("bo"), debate=opened, choose="1", because="cheap enough")
    other = {"options": ["lr=0.1", "no lr at all"], "claims": ["it overfits"]}
    of("ann").record().append(
        [Draft(id=opened, kind="card", event="opened", data={"more": other}, actor=of("ann").actor)]
    )
    view = debating.debate(of("ann"), debate=opened)
    assert sum("it answers other words than the question has now" in one for one in view.warnings) == 2
    assert "nobody has taken a position" in view.summary or "nobody wrote blind" in view.summary


def test_rounds_are_revised_or_held_for_a_reason_and_only_in_answer_to_something(
    ended: str, of: As, opened: str
) -> None:
    finding = shelf.finding_of(of("ann").record(), ended).id
    debating.debate(of("ann"), debate=opened, choose="1", because="stable in every block")
    debating.debate(of("bo"), debate=opened, choose="2", because="it learns faster")
    debating.debate(of("bo"), debate=opened, reveal=True)
    held = debating.debate(of("ann"), debate=opened, hold=True, because="nothing new was shown")
    with pytest.raises(DecisionError, match="you have spoken in round 2, and nobody has said anything since"):
        debating.debate(of("ann"), debate=opened, hold=True, because="and again")
    assert section(held, "Who changed").rows == (("ann", 2, "held", "lr=0.1", "lr=0.1", "nothing cited"),)
    with pytest.raises(UsageError, match="a position has a reason"):
        debating.debate(of("bo"), debate=opened, choose="1")
    view = debating.debate(
        of("bo"), debate=opened, choose="1", because="the finding convinces me", cite=[finding[:12]]
    )
    assert section(view, "Who changed").rows[-1] == ("bo", 2, "revised", "lr=0.3", "lr=0.1", finding)
    assert section(view, "Evidence").rows == (
        (finding, "finding", section(view, "Evidence").rows[0][2], "pending", "bo"),
    )
    assert (
        view.summary
        == "Which rate do we keep?: consensus on lr=0.1, 100% of the views (2 for it), no dissent"
    )


def test_what_was_measured_of_an_option_is_shown_to_everybody_and_is_nobodys_position(
    ended: str, of: As
) -> None:
    finding = shelf.finding_of(of("ann").record(), ended)
    view = debating.debate(
        of("ann"), open="Which rate?", option=["lr = 0.1", "lr=0.3", "something else"], notebook="train.ipynb"
    )
    base, high = section(view, "What was measured").rows
    assert base[:2] == ("lr = 0.1", "the baseline")
    assert high[0] == "lr=0.3"
    assert high[1] == dict(finding.data["verdicts"])["lr=0.3"]
    assert high[3] < high[2] < high[4]
    assert high[5:] == (2, finding.id, "pending")
    assert view.summary == "Which rate?: nobody wrote blind; write yours to see what others say"


def test_a_key_that_slipped_into_a_position_is_not_shared(
    of: As, opened: str, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setenv("SERVICE_API_KEY", "sk-ant-canary-9876543210")
    debating.debate(of("ann"), debate=opened, choose="1", because="it runs with sk-ant-canary-9876543210")
    debating.debate(of("bo"), debate=opened, choose="2", because="it learns faster")
    view = debating.debate(of("ann"), debate=opened, reveal=True)
    assert "it runs with" in words(view)
    assert "canary-9876543210" not in words(view) + journal(tmp_path)


def test_evidence_that_does_not_resolve_is_kept_and_flagged(of: As, opened: str) -> None:
    view = debating.debate(of("ann"), debate=opened, choose="1", because="see the run", cite=["run_01JUNK"])
    assert "ann cites run_01JUNK, which does not resolve here" in view.warnings
    assert section(view, "Evidence").rows == (("run_01JUNK", "", "", "does not resolve here", "ann"),)


def test_closed_it_brings_out_a_consensus_with_dissent_and_actions_that_wait(
    of: As, train: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(train.parent)
    made = debating.debate(of("ann"), open="Which rate?", option=["lr=0.1", "lr=0.3"], notebook=str(train))
    id_ = dict(made.sections[0].facts)["id"]
    debating.debate(
        of("ann"), debate=id_, choose="1", because="stable in every block", action="run ten more blocks"
    )
    debating.debate(of("bo"), debate=id_, choose="1", because="cheap enough")
    debating.debate(of("cy"), debate=id_, choose="2", because="it learns faster")
    view = debating.debate(of("ann"), debate=id_, close=True)
    assert view.summary == "Which rate?: closed; consensus on lr=0.1, 67% of the views (2 for it), 1 dissent"
    kinds = [(card.kind, card.state, card.author_kind) for card in view.cards]
    assert kinds == [
        ("consensus", "pending", "tool"),
        ("action", "pending", "tool"),
        ("action", "pending", "tool"),
    ]
    consensus, wanted, test = view.cards
    assert consensus.known == ("dissent, cy (lr=0.3): it learns faster",)
    assert wanted.evidence == ("wanted by ann",)
    assert test.next == (f"plan train.ipynb -f lr=0.3 --question 'Which rate?' --because {test.id}",)
    assert view.next[0] == f"coimprove accept {consensus.id}"
    with pytest.raises(DecisionError, match="is closed"):
        debating.debate(of("di"), debate=id_, choose="1", because="me too")
    decided = deciding.accept(of("bo"), id=consensus.id)
    assert decided.state == "accepted"
    assert of("bo").record().get(decided.id).actor["id"] == "bo"
    assert main([*_words(test.next[0]), "--root", str(train.parent), "--json"]) == 0
    way = trailing.trail(of("ann"), subject=id_).way
    assert {"question", "consensus", "action", "experiment"} <= {step.kind for step in way}


def _words(command: str) -> list[str]:
    import shlex

    return shlex.split(command)


def test_a_debate_of_one_is_closed_without_a_consensus(of: As, opened: str) -> None:
    debating.debate(of("ann"), debate=opened, choose="1", because="stable")
    view = debating.debate(of("ann"), debate=opened, close=True)
    assert (
        view.summary
        == "Which rate do we keep?: closed; no consensus is claimed: a debate of one: a second view is missing"
    )
    assert not [card for card in view.cards if card.kind == "consensus"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"open": "q"}, "0 options are no choice"), ({"open": " ", "option": ["a", "b"]}, "no question"),
        ({"open": "q", "option": ["a", "A"]}, "said twice"), ({"open": "q", "option": ["a", "unsure"]}, "can always be said"),
        ({"open": "q", "option": ["a", "b"], "claim": ["A"]}, "also an option"), ({"option": ["a"]}, "where a question is opened"),
        ({"reveal": True}, "which debate"), ({"debate": "last", "choose": "lr=9", "because": "x"}, "is no option"),
        ({"debate": "last", "choose": "1"}, "has a reason"), ({"debate": "last", "hold": True, "because": "x"}, "have not chosen yet"),
        ({"debate": "last", "choose": "1", "because": "x", "close": True}, "two things"), ({"debate": "last", "cite": ["fnd_1"]}, "belong to a position"),
        ({"debate": "last", "choose": "1", "because": "x", "stand": ["it overfits=for", "1=against"]}, "voted on twice"),
        ({"debate": "last", "role": ["wizard"]}, "role"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_nothing_is_recorded(
    of: As, opened: str, given: dict, said: str
) -> None:
    before = len(list(of("ann").record().follow()))
    with pytest.raises(UsageError, match=said):
        debating.debate(of("ann"), **given)
    assert len(list(of("ann").record().follow())) == before


def test_without_a_model_no_role_speaks(of: As, opened: str) -> None:
    with pytest.raises(NeedsModel, match="no position is made up"):
        debating.debate(of("ann"), debate=opened, role=["sceptic"])
    assert not of("ann").record().find("position")


def test_a_program_takes_no_position(of: As, opened: str, tmp_path: Path) -> None:
    program = Bench(
        where=Where(cwd=tmp_path, at_prompt=False), root_override=tmp_path, actor=Actor(kind="person", id="ann", display="ann", auth="kernel")
    )  # fmt: skip
    for given in ({"choose": "1", "because": "x"}, {"close": True}, {"reveal": True}, {"role": ["sceptic"]}):
        with pytest.raises(DecisionError, match="needs a person"):
            debating.debate(program, debate=opened, **given)
    program.close()


def test_the_command_line_tells_it_as_json_and_fails_as_it_should(
    of: As, opened: str, tmp_path: Path, capsys
) -> None:
    root = ["--root", str(tmp_path), "--json"]
    assert main(["debate", opened, "--choose", "1", "--because", "stable", *root]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["activity"], told["number"]) == ("debate", 11)
    assert main(["debate", opened, "--choose", "1", "--because", "again", *root]) != 0
    assert "you have written in this round" in capsys.readouterr().out
    assert main(["debate", "crd_nothing", *root]) == 2


def scripted(*calls: object):
    said = [Answer(content=(one,)) for one in calls]
    bodies: list[str] = []

    def answers(body: object) -> Answer:
        bodies.append(json.dumps(body))
        return said[len(bodies) - 1]

    return answers, bodies


def position(choice: str, because: str, **more: object) -> UseTool:
    return UseTool("take_position", {"choice": choice, "because": because, **more})


def test_roles_answer_blind_are_corrected_and_count_as_one_view(ended: str, of: As, monkeypatch) -> None:
    bench = of("ann")
    finding = shelf.finding_of(bench.record(), ended)
    decided = len(bench.record().find("decision"))
    made = debating.debate(
        bench, open="Which rate?", option=["lr=0.1", "lr=0.3"], notebook="train.ipynb", about=[finding.id]
    )
    id_ = dict(made.sections[0].facts)["id"]
    debating.debate(bench, debate=id_, choose="1", because="my own blind reason")
    answers, bodies = scripted(
        position("lr=0.3", "It gained 37.25 points elsewhere."), position("lr=0.3", "It looks better.", cites=["fnd_made_up"]),
        position("lr=0.3", "The finding speaks for it.", cites=[finding.id], action="run more blocks"), position("unsure", "Too few blocks to say."),
        position("lr=0.1", "What ann says about blocks is the point.", cites=[finding.id]), Text("Nothing more."),
    )  # fmt: skip
    with MessagesServer(answers) as service:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-canary-0123456789")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", service.url)
        view = debating.debate(bench, debate=id_, role=["advocate", "sceptic"], provider="anthropic")
        assert not any("my own blind reason" in body for body in bodies), "a role writes blind as well"
        assert "the baseline" in bodies[0], "what was measured goes along"
        assert "backed by nothing here: 37.25" in bodies[1]
        assert "fnd_made_up is no evidence here" in bodies[2]
        rows = {row[0].split(" ")[0]: row for row in section(view, "Positions").rows}
        assert (rows["advocate"][2], rows["sceptic"][2], rows["ann"][2]) == ("lr=0.3", "unsure", "lr=0.1")
        assert rows["sceptic"][5].startswith("a model in a role (")
        assert any("are one model: one view" in line for line in section(view, "Views").lines)
        assert "The finding speaks for it." not in words(
            debating.debate(of("bo"), debate=id_, provider="builtin")
        )
        debating.debate(bench, debate=id_, reveal=True, provider="builtin")
        again = debating.debate(bench, debate=id_, role=["sceptic"], provider="anthropic")
        assert "my own blind reason" in bodies[4]
        assert section(again, "Who changed").rows[-1][2:5] == ("revised", "unsure", "lr=0.1")
        with pytest.raises(DecisionError, match="the sceptic has spoken in round 2"):
            debating.debate(bench, debate=id_, role=["sceptic"], provider="anthropic")
    kept = bench.record().find("message")
    assert len(kept) == 3, "what each answer used is counted"
    positions = bench.record().find("position")
    assert {item.actor["kind"] for item in positions if item.data.get("role")} == {"ai"}
    assert len(bench.record().find("decision")) == decided, "nothing is decided by any of it"
