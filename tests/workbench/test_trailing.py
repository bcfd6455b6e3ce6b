"""The history of decisions says who decided what, why, and how the record knows them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pending_findings import bench_of, experiment, finding

from jupyter_coimprove.activities.activity import Card
from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.interfaces.display.text import render
from jupyter_coimprove.workbench import cards, deciding, planning, trailing
from jupyter_coimprove.workbench.bench import Bench


def test_decisions_are_told_newest_first_with_who_and_why(tmp_path: Path) -> None:
    plan = experiment(tmp_path)
    bench = bench_of(tmp_path)
    try:
        assert trailing.trail(bench).decisions == ()
        first = finding(tmp_path, plan)
        deciding.defer(bench, id=first, reason="after lunch")
        deciding.reject(bench, id=first, reason="too few blocks")
        found = trailing.trail(bench).decisions
        assert [(row.verb, row.reason) for row in found] == [
            ("rejected", "too few blocks"), ("deferred", "after lunch"),
        ]  # fmt: skip
        assert {row.subject for row in found} == {first}
        assert {(row.kind, row.auth, row.trust) for row in found} == {("person", "os", "own")}
        assert len(trailing.trail(bench, last=1).decisions) == 1
        assert trailing.trail(bench, subject=plan).decisions == ()
        assert "too few blocks" in render(trailing.trail(bench))
    finally:
        bench.close()


def test_the_way_goes_from_the_card_a_plan_was_made_for_to_its_finding_and_back(
    ended: str, bench: Bench, train: Path
) -> None:
    record = bench.record()
    (found,) = record.find("finding")
    deciding.accept(bench, id=found.id)
    problem = Card(kind="problem", title="the score is low", key="low", used=())
    (card,) = cards.keep(bench, "problem", "train.ipynb", [problem])
    plan = planning.plan(
        bench, notebook=str(train), factor=["lr=0.2"], response="score", direction="max", because=card.id
    )
    (next_card,) = cards.keep(
        bench, "ship", "train.ipynb", [Card(kind="module", title="shipped", key="m", used=(found.id,))]
    )
    assert [(s.id, s.distance) for s in trailing.trail(bench, subject=card.id).way] == [
        (card.id, 0),
        (plan.id, 1),
    ]
    way = trailing.trail(bench, subject=next_card.id).way
    assert [(s.id, s.kind, s.distance) for s in way] == [
        (ended, "experiment", -2), (found.id, "finding", -1), (next_card.id, "module", 0),
    ]  # fmt: skip
    assert [(mark.kind, mark.text) for mark in way[0].marks if mark.kind == "runs"] == [
        ("runs", "7 of 7 runs completed")
    ]
    # As a tree: the finding is what came of the experiment, the module of the finding; where each is seen.
    assert [(s.after, s.opens, s.target) for s in way] == [
        ("", "experiment", ended), (ended, "experiment", ended), (found.id, "inbox", next_card.id),
    ]  # fmt: skip
    evidence, decision = way[1].marks
    assert (evidence.kind, evidence.text.partition(":")[0]) == (
        "evidence",
        next(iter(found.data["verdicts"])),
    )
    assert (decision.kind, decision.text.startswith("accepted by "), decision.gone) == (
        "decision",
        True,
        False,
    )
    run = record.find("run", experiment=ended)[0]
    assert trailing.trail(bench, subject=run.id).way == trailing.trail(bench, subject=ended).way
    shown = render(trailing.trail(bench, subject=found.id))
    assert "1 before it, 1 came of it" in shown
    assert shown.index(ended) < shown.index(next_card.id)
    with pytest.raises(UsageError, match="not a card or finding"):
        planning.plan(
            bench, notebook=str(train), factor=["lr=0.2"], response="score", direction="max", because=ended
        )


def test_what_was_taken_back_or_rejected_is_gone_and_stays_on_the_way(ended: str, bench: Bench) -> None:
    (found,) = bench.record().find("finding")
    deciding.accept(bench, id=found.id)
    deciding.undo(bench, id=found.id)
    deciding.reject(bench, id=found.id, reason="one block short")
    way = trailing.trail(bench, subject=ended).way
    assert [(step.id, step.gone) for step in way] == [(ended, False), (found.id, True)]
    told = [(mark.text.split()[0], mark.gone) for mark in way[1].marks if mark.kind == "decision"]
    assert told == [("accepted", True), ("undone", False), ("rejected", False)]
    assert way[1].marks[-1].text.endswith(": one block short")
    shown = render(trailing.trail(bench, subject=ended))
    assert "(taken back)" in shown
    assert "7 of 7 runs completed" in shown


def test_last_is_a_card_where_there_is_no_experiment_yet(tmp_path: Path, bench: Bench) -> None:
    with pytest.raises(UnknownName):
        trailing.trail(bench, subject="last")
    (card,) = cards.keep(bench, "problem", "x.ipynb", [Card(kind="problem", title="low", key="low")])
    assert [(s.id, s.opens) for s in trailing.trail(bench, subject="last").way] == [(card.id, "inbox")]
