"""Ideas of a real record: what was tried is none, one contradicts what is believed, each is one command from a plan."""

from __future__ import annotations

import json
import shlex

import pytest

from jupyter_coimprove.errors import DecisionError, UsageError
from jupyter_coimprove.interfaces.cli import main
from jupyter_coimprove.testing.messages import Answer, MessagesServer, Text, UseTool
from jupyter_coimprove.workbench import deciding, ideas, planning, predicting, shelf, trailing


def titles(view):
    return [card.title for card in view.cards]


def test_without_a_record_they_are_recombined_and_said_to_be_that(bench, train) -> None:
    before = train.read_bytes()
    view = ideas.ideas(bench, notebook=str(train))
    section = view.sections[0]
    assert "recombined from untested levels, operators and slices" in section.lines[0]
    assert {row[1] for row in section.rows} <= {
        "against",
        "untested level",
        "operator",
        "untested together",
    }
    (contrary,) = [card for card in view.cards if card.data["against"]]
    assert contrary.evidence[0].startswith("contradicts what is believed: the code keeps ")
    assert any("no finding is accepted" in one for one in view.unseen)
    assert view.adds.startswith("a model would propose ideas from beyond this code")
    assert all(card.kind == "idea" and card.known == ("nothing like it was tried or rejected",) for card in view.cards)  # fmt: skip
    assert train.read_bytes() == before
    assert [card.id for card in ideas.ideas(bench, notebook=str(train)).cards] == [card.id for card in view.cards]  # fmt: skip


def test_each_is_one_command_from_a_plan_that_knows_its_idea(bench, train, monkeypatch) -> None:
    monkeypatch.chdir(train.parent)
    for card in ideas.ideas(bench, notebook=str(train)).cards:
        words = shlex.split(card.next[0])
        assert words[:2] == ["plan", "train.ipynb"], "a card goes into git: no path of one machine"
        assert words[-2:] == ["--because", card.id]
        assert main([*words, "--root", str(train.parent), "--json"]) == 0
    plans = bench.record().find("experiment")
    assert len(plans) >= 4
    way = trailing.trail(bench, subject=plans[0].id).way
    assert any(step.kind == "idea" and step.distance == -1 for step in way)


def test_what_was_tried_is_none_and_an_accepted_finding_is_argued_with(ended, bench, train) -> None:
    finding = shelf.finding_of(bench.record(), ended)
    deciding.accept(bench, id=finding.id)
    verdicts = dict(finding.data["verdicts"])
    view = ideas.ideas(bench, notebook=str(train))
    assert not {"try lr=0.3", "try unused=4"} & set(titles(view))
    assert all(card.data["distance"] > 0 for card in view.cards)
    contrary = [card for card in view.cards if card.data["against"]]
    assert contrary
    assert any(finding.id in card.used and finding.id in card.data["against"] for card in contrary)
    assert all(any(f"is {verdict}" in card.data["against"] for verdict in verdicts.values()) for card in contrary)  # fmt: skip
    assert any(ended in card.known[0] for card in view.cards)


def test_a_prediction_is_a_belief_and_its_opposite_an_idea(bench, train) -> None:
    plan = planning.plan(bench, notebook=str(train), factor=["lr=0.2"], response="score", direction="max", blocks=2)  # fmt: skip
    predicting.predict(bench, experiment=plan.id, ranking="lr=0.2 > baseline")
    view = ideas.ideas(bench, notebook=str(train))
    (opposite,) = [card for card in view.cards if card.title == "try lr=0.05"]
    assert "lr=0.2 will do best" in opposite.data["against"]
    assert "the opposite direction" in opposite.evidence[1]


def test_a_rejected_idea_stays_away_and_is_what_others_are_far_from(bench, train) -> None:
    first = ideas.ideas(bench, notebook=str(train)).cards
    gone = next(card for card in first if list(card.data["settings"]) == ["lr"])
    deciding.reject(bench, id=gone.id, reason="it diverged last year")
    view = ideas.ideas(bench, notebook=str(train))
    assert gone.id not in {card.id for card in view.cards}
    assert any("it diverged last year" in card.known[0] for card in view.cards)
    assert bench.record().get(gone.id).state == "rejected"


def test_a_person_ranks_them_in_pairs_and_may_say_it_anew(bench, train) -> None:
    view = ideas.ideas(bench, notebook=str(train))
    last, first = view.cards[-1], view.cards[0]
    assert any(one.startswith(f"coimprove ideas {train} --prefer crd_") for one in view.next)
    ranked = ideas.ideas(bench, notebook=str(train), prefer=last.id, over=first.id)
    assert ranked.cards[0].id == last.id
    assert ranked.cards[-1].id == first.id
    assert ranked.sections[0].columns[3:] == ("strength", "low", "high", "pairs")
    assert ranked.sections[0].rows[0][6] == 1
    assert "in the order of 1 comparison (" in ranked.sections[0].lines[-1]
    tied = ideas.ideas(bench, notebook=str(train), prefer=first.id, over=last.id, tie=True)
    assert [card.id for card in tied.cards] == [card.id for card in view.cards], "the later word counts"
    (said, again) = [row for row in trailing.trail(bench, last=10).decisions if row.verb in ("preferred", "tied")]  # fmt: skip
    assert said.kind == "person"
    with pytest.raises(DecisionError, match="compares two ideas"):
        deciding.undo(bench, id=again.id)


def test_what_is_no_comparison_is_said_so(bench, train) -> None:
    from jupyter_coimprove.workbench import problems

    first, second = ideas.ideas(bench, notebook=str(train)).cards[:2]
    for words, said in (
        ({"prefer": first.id}, "names two ideas"), ({"tie": True}, "names two ideas"), ({"prefer": first.id, "over": first.id}, "with itself"),
        ({"most": 0}, "are none"), ({"add": " "}, "an empty idea"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=said):
            ideas.ideas(bench, notebook=str(train), **words)
    problem = problems.problem(bench, notebook=str(train)).cards[0]
    with pytest.raises(UsageError, match="is no idea for"):
        ideas.ideas(bench, notebook=str(train), prefer=first.id, over=problem.id)
    deciding.reject(bench, id=second.id)
    with pytest.raises(UsageError, match="is rejected"):
        ideas.ideas(bench, notebook=str(train), prefer=first.id, over=second.id)


def test_the_persons_own_stands_among_them(bench, train) -> None:
    view = ideas.ideas(bench, notebook=str(train), add="Warm the rate up\nover the first epochs")
    (mine,) = [card for card in view.cards if card.author_kind == "person"]
    assert (mine.title, mine.evidence) == ("Warm the rate up", ("over the first epochs",))
    assert mine.id in {card.id for card in ideas.ideas(bench, notebook=str(train)).cards}


def test_as_json_by_the_command_line(train, capsys) -> None:
    assert main(["ideas", str(train), "--root", str(train.parent), "--json", "--most", "3"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["activity"], told["number"], len(told["cards"])) == ("ideas", 3, 3)
    assert any(card["data"]["against"] for card in told["cards"])
    assert (
        main(["ideas", str(train), "--root", str(train.parent), "--json", "--prefer", "crd_01JZZZZZZZ"]) == 2
    )


def scripted(*calls: dict[str, object]):
    """A model that proposes these ideas one after the other, and then speaks."""
    said = [*(Answer(content=(UseTool("propose_idea", one),)) for one in calls), Answer(content=(Text("Try the bias first."),))]  # fmt: skip
    bodies = []

    def answers(body: object) -> Answer:
        bodies.append(json.dumps(body))
        return said[min(len(bodies), len(said)) - 1]

    return answers, bodies


def test_a_models_ideas_are_cards_of_its_own_and_what_it_makes_up_is_refused(bench, train, monkeypatch) -> None:  # fmt: skip
    answers, bodies = scripted(
        {"factors": [{"name": "nope", "levels": ["1"]}], "why": "It may help."},
        {"factors": [{"name": "lr", "levels": ["0.7"]}], "why": "It gained 37.25 points elsewhere."},
        {
            "factors": [{"name": "lr", "levels": ["0.7"]}, {"name": "use_bias", "levels": ["False"]}],
            "why": "Without the bias a higher rate may be stable.",
            "against": "the bias matters",
        },
    )
    with MessagesServer(answers) as service:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-canary-0123456789")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", service.url)
        view = ideas.ideas(bench, notebook=str(train), provider="anthropic")
    assert view.words.strip() == "Try the bias first."
    assert "try lr=" in bodies[0]
    (made,) = [card for card in view.cards if card.author_kind == "ai"]
    assert made.title == "try lr=0.7, use_bias=False"
    assert made.evidence[0] == "contradicts what is believed: the bias matters"
    assert made.state == "pending"
    assert "no candidate named" in bodies[1]
    assert "backed by nothing" in bodies[2]
    assert made.id in {card.id for card in ideas.ideas(bench, notebook=str(train)).cards}
    assert not bench.record().find("experiment"), "nothing is planned before a person does"


@pytest.mark.slow
def test_a_kernel_lists_them_for_anybody_and_compares_for_a_person(bench, train) -> None:
    from kernel_door import Kernel, error_of

    first, second = ideas.ideas(bench, notebook=str(train)).cards[:2]
    bench.close()
    kernel = Kernel(train.parent, COIMPROVE_ROOT=str(train.parent))
    try:
        assert kernel.run("%load_ext jupyter_coimprove") == []
        (shown,) = kernel.run(f"x = 1\n%coai ideas {train.name}", person=False)
        assert first.title in shown["data"]["text/plain"]
        compare = f"%coai ideas {train.name} --prefer {second.id} --over {first.id}"
        assert "nobody is at the prompt" in error_of(kernel.run(compare, person=False))["evalue"]
        shown = [one for one in kernel.run(compare) if one["type"] == "display_data"][-1]
        assert "in the order of 1 comparison" in shown["data"]["text/plain"]
    finally:
        kernel.end()


def test_once_enough_has_run_a_model_of_the_runs_says_what_promises_most(ended, bench, train) -> None:
    """The experiment has lr=0.3 (better) and unused=4 (nothing): with the baseline three runs."""
    view = ideas.ideas(bench, notebook=str(train))
    cards = [card for card in view.cards if card.data["source"] == "model of the runs"]
    assert cards
    assert all("Gaussian process over 3 runs expects" in card.evidence[-1] for card in cards)
    assert all(card.data["distance"] > 0 and card.used == (ended,) for card in cards)
