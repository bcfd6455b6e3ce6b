"""Your view first: on a share of what a model proposes the person speaks before they see its words."""

from __future__ import annotations

from pathlib import Path

import pytest
from lessons_learnt import AI, propose

from jupyter_coimprove.errors import DecisionError, NothingToDo, UsageError
from jupyter_coimprove.record.base import Draft
from jupyter_coimprove.workbench import (
    decided,
    deciding,
    first_views,
    forecasting,
    foretold,
    learning,
    planning,
    predicting,
    proposed,
    showing,
)
from jupyter_coimprove.workbench.bench import Bench


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COIMPROVE_FIRST_VIEW", "1")


def test_the_code_is_shown_and_the_models_words_are_not_before_a_view_is_given(
    bench: Bench, train: Path, always: None
) -> None:
    id_ = propose(bench, train, "print(score)")
    seen = showing.show(bench, id=id_)
    assert seen.changes[0].source == "print(score)"  # type: ignore[attr-defined]
    assert (seen.why, seen.warnings) == ("", (first_views.WITHHELD,))  # type: ignore[attr-defined]
    (row,) = deciding.review(bench).items
    assert row.title.startswith("your view first: ")
    assert row.why == ""
    for decide in (deciding.accept, deciding.reject):
        with pytest.raises(DecisionError, match="your view first") as caught:
            decide(bench, id=id_)
        assert f"coimprove view {id_} yes" in caught.value.remedy
    with pytest.raises(DecisionError, match="your view first"):
        deciding.edit(bench, id=id_, text="print(score, 2)")
    said = first_views.view(bench, id=id_, said="no")
    assert said.next == (f"coimprove show {id_}",)
    assert showing.show(bench, id=id_).why == "to see"  # type: ignore[attr-defined]
    deciding.accept(bench, id=id_, reason="it is right after all")
    (one,) = decided.of(bench)
    assert (one.view, one.verdict) == ("no", "accepted")
    told = {part.title: part for part in learning.learn(bench).sections}["Your view first"]
    assert ("changed to accepting", "1") in told.facts


def test_it_is_asked_once_of_a_person_for_what_a_model_made(bench: Bench, train: Path, always: None) -> None:
    mine = proposing_own(bench, train)
    with pytest.raises(NothingToDo, match="no view"):
        first_views.view(bench, id=mine, said="yes")
    id_ = propose(bench, train, "print(score)")
    first_views.view(bench, id=id_, said="yes")
    with pytest.raises(NothingToDo):
        first_views.view(bench, id=id_, said="no")
    with pytest.raises(UsageError, match="no view"):
        first_views.view(bench, id=id_, said="perhaps")
    other = propose(bench, train, "print(score, 1)")
    person, bench.actor = bench.actor, AI
    with pytest.raises(DecisionError):
        first_views.view(bench, id=other, said="yes")
    bench.actor = person
    assert first_views.due(bench, bench.record().get(other))


def proposing_own(bench: Bench, train: Path) -> str:
    from jupyter_coimprove.workbench import proposing

    edits = [{"kind": "insert", "cell": 4, "source": "print('mine')"}]
    return proposing.propose(bench, train, edits, why="mine").id


def test_the_share_is_drawn_by_the_users_key_the_same_each_time(
    bench: Bench, train: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [propose(bench, train, f"print({n})") for n in range(60)]
    items = [bench.record().get(id_) for id_ in ids]

    def due(share: str) -> set[str]:
        monkeypatch.setenv("COIMPROVE_FIRST_VIEW", share)
        return {item.id for item in items if first_views.due(bench, item)}

    assert due("0") == set()
    assert due("0.3") == due("0.3")
    assert due("0.1") <= due("0.3") <= due("1") == set(ids)
    assert 5 <= len(due("0.3")) <= 32
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(train.parent / "another"))
    from jupyter_coimprove.clock import SystemClock
    from jupyter_coimprove.record.key import load_key

    load_key(SystemClock())
    before = due("0.3")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(train.parent / ".jupyter-data"))
    assert before != due("0.3")


@pytest.mark.parametrize("said", ["2", "often", "-1", "nan"])
def test_a_share_that_is_none_is_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("COIMPROVE_FIRST_VIEW", said)
    with pytest.raises(UsageError, match="COIMPROVE_FIRST_VIEW"):
        first_views.share(bench)


def test_a_models_prediction_is_kept_back_on_the_share_until_there_are_results(
    bench: Bench, train: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planning.plan(
        bench, notebook=str(train), factor=["lr=0.3"], response="score", direction="max", blocks=2
    )
    data = {"experiment": plan.id, "ranking": ["lr=0.3", "baseline"], "p_better": []}
    from jupyter_coimprove.proposals.provider import Block

    proposed.keep(bench, train, [Block(kind="prediction", v=1, data=data)], AI, cell=None, prompt="")
    predicting.predict(bench, experiment=plan.id, ranking="lr=0.3 > baseline")
    assert [row.kind for row in forecasting.side_by_side(bench, plan.id)] == ["person", "ai"]
    monkeypatch.setenv("COIMPROVE_FIRST_VIEW", "1")
    assert [row.kind for row in forecasting.side_by_side(bench, plan.id)] == ["person"]


def test_people_alone_together_and_the_model_are_scored_on_what_ended(
    ended: str, bench: Bench, train: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the runs the person said 0.5; then they saw the model's 0.9, and said 0.8. (Lines as doors keep them.)"""
    from jupyter_coimprove.ids import new_id

    def predicted(actor: object, p: float) -> None:
        data = {
            "experiment": ended,
            "ranking": ["lr=0.3", "baseline"],
            "p_better": {"lr=0.3": p},
            "quantiles": {},
        }
        line = Draft(
            id=new_id("prediction", bench.clock), kind="prediction", event="predicted", data=data, actor=actor
        )  # type: ignore[arg-type]
        bench.record().append([line])

    predicted(bench.actor, 0.5)
    predicted(AI, 0.9)
    predicted(bench.actor, 0.8)
    assert [(one.kind, one.p, one.aided) for one in foretold.said(bench)] == [
        ("person", 0.5, False), ("ai", 0.9, False), ("person", 0.8, True),
    ]  # fmt: skip
    told = {part.title: part for part in learning.learn(bench, notebook=str(train)).sections}
    said = " ".join(told["Predictions"].lines)
    assert (
        "person 0.250, AI 0.010, together 0.040 (Brier) on 1 shared items; under 50 items it ranks nobody"
        in said
    )
    assert told["The AI's probabilities against the runs"].rows[0][:2] == (0.9, 1)
    monkeypatch.setenv("COIMPROVE_FIRST_VIEW", "1")
    assert [one.p for one in foretold.said(bench)] == [0.5, 0.9]


def test_a_ranking_without_a_probability_is_scored_by_its_order(
    ended: str, bench: Bench, train: Path
) -> None:
    from jupyter_coimprove.ids import new_id

    told = {part.title: part for part in learning.learn(bench, notebook=str(train)).sections}
    assert "nothing was predicted" in told["Predictions"].lines[0]
    assert "Rankings" not in told
    data = {"experiment": ended, "ranking": ["baseline", "lr=0.3"], "p_better": {}, "quantiles": {}}
    line = Draft(
        id=new_id("prediction", bench.clock),
        kind="prediction",
        event="predicted",
        data=data,
        actor=bench.actor,
    )
    bench.record().append([line])
    told = {part.title: part for part in learning.learn(bench, notebook=str(train)).sections}
    assert told["Predictions"].lines[0].startswith("rankings alone were predicted")
    ((who, experiments, pairs, right),) = told["Rankings"].rows
    assert (who, experiments, pairs, right) == (f"{bench.actor.display} (person)", 1, 1, "0%"), (
        "lr=0.3 is better"
    )
