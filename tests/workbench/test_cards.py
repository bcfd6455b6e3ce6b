"""Cards of activities: found once, decided by a person, let go of when they are no longer found."""

from __future__ import annotations

import dataclasses
import json

import pytest

from jupyter_coimprove.activities.activity import Card, Section, Study, ranked
from jupyter_coimprove.activities.table import PROBLEM
from jupyter_coimprove.errors import DecisionError, UsageError
from jupyter_coimprove.interfaces.cli import main
from jupyter_coimprove.interfaces.display.text import render
from jupyter_coimprove.workbench import acting, cards, deciding, showing

FLAT = Card(
    kind="problem", title="the loss is flat", key="flat:loss", goal="the loss falls", evidence=("`loss` moves by 0.001 over 20 epochs",),
    untried=("lr = 0.3",), weight=0.8, cells=(3,), next=("plan train.ipynb -f lr=0.3",),
)  # fmt: skip
WARNED = Card(kind="problem", title="cell 2 warns", key="warns:2", weight=0.3, cells=(2,))
ALL = frozenset({"problem"})


def study(*found: Card) -> Study:
    table = Section(title="curves", columns=("name", "first", "last"), rows=(("loss", 0.7, 0.699),))
    return Study(
        headline=f"{len(found)} problems", sections=(table,), cards=ranked(found), unseen=("slices: no data",)
    )


def answer(bench, train, *found, looked=ALL):
    return acting.answer(bench, PROBLEM, train, study(*found), looked=looked)


def test_a_card_waits_once_and_is_shown_with_what_a_model_would_add(bench, train):
    first, again = (answer(bench, train, WARNED, FLAT) for _ in range(2))
    assert [card.title for card in first.cards] == ["the loss is flat", "cell 2 warns"]
    assert [card.id for card in first.cards] == [card.id for card in again.cards]
    assert {row.id for row in deciding.review(bench).items} == {card.id for card in first.cards}
    shown = render(first)
    for words in (
        "`loss` moves by 0.001 over 20 epochs",
        "slices: no data",
        "lr = 0.3",
        "Without a model",
        first.cards[0].id,
    ):
        assert words in shown


def test_a_rejected_card_stays_away_and_comes_back_by_undo(bench, train):
    (card,) = answer(bench, train, FLAT).cards
    deciding.reject(bench, id=card.id, reason="known")
    view = answer(bench, train, FLAT)
    assert view.cards == ()
    assert view.warnings == ("1 judged away before is not shown",)
    deciding.undo(bench, id=card.id)
    assert [one.state for one in answer(bench, train, FLAT).cards] == ["pending"]


def test_what_is_no_longer_found_goes_unless_a_person_has_decided_or_it_was_not_looked_for(bench, train):
    flat, warned = answer(bench, train, FLAT, WARNED).cards
    deciding.accept(bench, id=flat.id)
    answer(bench, train, looked=frozenset({"speed-up"}))
    assert [item.state for item in cards.of(bench, "train.ipynb")] == ["accepted", "pending"]
    answer(bench, train)
    assert {item.id: item.state for item in cards.of(bench, "train.ipynb")} == {
        flat.id: "accepted",
        warned.id: "superseded",
    }
    assert [card.state for card in answer(bench, train, WARNED).cards] == ["pending"]


def test_new_numbers_refresh_a_card_that_waits_and_never_one_that_is_decided(bench, train):
    (card,) = answer(bench, train, FLAT).cards
    moved = dataclasses.replace(FLAT, evidence=("`loss` moves by 0.002 over 20 epochs",))
    assert answer(bench, train, moved).cards[0].id == card.id
    assert "0.002" in bench.record().get(card.id).data["evidence"][0]
    deciding.accept(bench, id=card.id)
    answer(bench, train, FLAT)
    assert "0.002" in bench.record().get(card.id).data["evidence"][0]


def test_a_card_is_shown_by_its_id_and_has_nothing_to_run_or_reword(bench, train, capsys):
    (card,) = answer(bench, train, FLAT).cards
    assert showing.show(bench, id=card.id).cards[0].evidence == FLAT.evidence
    with pytest.raises(UsageError, match="nothing in it to run"):
        deciding.accept(bench, id=card.id, run=True)
    with pytest.raises(UsageError, match="its words are not edited"):
        deciding.edit(bench, id=card.id, text="other")
    assert main(["show", card.id, "--root", str(train.parent), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cards"][0]["title"] == FLAT.title


def test_only_a_person_decides_on_a_card(bench, train):
    from jupyter_coimprove.registry import TOOL

    (card,) = answer(bench, train, FLAT).cards
    bench.actor = TOOL
    with pytest.raises(DecisionError):
        deciding.accept(bench, id=card.id)


def test_a_row_that_does_not_fit_its_columns_is_refused(bench, train):
    bad = Study(headline="x", sections=(Section(title="t", columns=("a", "b"), rows=((1,),)),))
    with pytest.raises(UsageError, match="a row of 1 under 2 columns"):
        acting.answer(bench, PROBLEM, train, bad)
