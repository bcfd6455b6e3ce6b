"""A lesson is drawn from real decisions, accepted, edited and retired by a person, and guides only so long."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from lessons_learnt import AFTER, AI, BEFORE, edit, edits, propose

from jupyter_coimprove.errors import DecisionError, NothingToDo, UsageError
from jupyter_coimprove.interfaces.display.text import render
from jupyter_coimprove.workbench import deciding, learning, remembering, showing, tools, trailing
from jupyter_coimprove.workbench.bench import Bench, Where
from jupyter_coimprove.workbench.knowing.kept import guidance

RULE = "cells of train.ipynb: cv=10 instead of cv=5 (folds as everywhere here)"


@pytest.fixture
def drafted(bench: Bench, train: Path) -> str:
    """A lesson that waits, drawn from three edits."""
    edits(bench, train)
    (card,) = learning.learn(bench).cards
    return card.id


def test_an_empty_record_has_no_lesson_and_says_what_would_make_one(bench: Bench, train: Path) -> None:
    view = learning.learn(bench)
    assert view.summary == "no lesson gone by, 0 wait for you; drawn from 0 decisions"
    assert any("nobody decided on anything yet" in line for line in view.unseen)
    assert bench.record().find("lesson") == []
    assert "Without a model" in render(view)


def test_three_edits_of_one_sort_become_a_lesson_that_waits_once(
    bench: Bench, train: Path, drafted: str
) -> None:
    (row,) = [row for row in deciding.review(bench).items if row.kind == "lesson"]
    assert (row.id, row.title, row.why) == (drafted, RULE, "folds as everywhere here")
    assert [card.id for card in learning.learn(bench).cards] == [drafted]
    shown = showing.show(bench, id=drafted)
    assert shown.cards[0].title == RULE
    assert "drawn from 3 decisions; none against it" in render(shown)
    assert guidance(bench, train) == ()


def test_accepted_it_is_told_to_who_proposes_and_taken_back_it_is_not(
    bench: Bench, train: Path, drafted: str
) -> None:
    assert "is gone by" in deciding.accept(bench, id=drafted).summary
    (block,) = guidance(bench, train)
    assert [row["rule"] for row in block.data["lessons"]] == [RULE]
    (tool,) = [one for one in tools.tools(bench, train) if one.name == "read_lessons"]
    told = tool.call({}).data
    assert told["lessons"][0]["id"] == drafted
    assert [row["of"] for row in told["decisions"]] == ["cells"] * 3
    deciding.undo(bench, id=drafted)
    assert guidance(bench, train) == ()


def test_edited_it_is_in_the_persons_words_and_narrowed_it_holds_there_alone(
    bench: Bench, train: Path, drafted: str
) -> None:
    deciding.edit(bench, id=drafted, text="Ten folds, always.")
    (block,) = guidance(bench, train)
    assert block.data["lessons"][0]["rule"] == "Ten folds, always."
    deciding.edit(bench, id=drafted, set=["given=SVC()"])
    (kept,) = remembering.in_force(bench)
    assert kept.lesson.scope.given == ("SVC()",)
    assert (
        kept.lesson.words
        == "cells of train.ipynb with SVC(): cv=10 instead of cv=5 (folds as everywhere here)"
    )
    with pytest.raises(NothingToDo):
        deciding.edit(bench, id=drafted, set=["given=SVC()"])
    with pytest.raises(UsageError, match="a sentence"):
        deciding.edit(bench, id=drafted, text=" ")


def test_rejected_it_is_not_drafted_again(bench: Bench, train: Path, drafted: str) -> None:
    deciding.reject(bench, id=drafted, reason="by chance")
    edits(bench, train, start=3)
    assert learning.learn(bench).cards == ()
    assert [item.state for item in bench.record().find("lesson")] == ["rejected"]


def test_only_a_person_puts_a_lesson_in_force_and_never_in_bulk(bench: Bench, drafted: str) -> None:
    with pytest.raises(DecisionError, match="by itself"):
        deciding.accept(bench, id=drafted, bulk=True)
    bench.actor = AI
    with pytest.raises(DecisionError, match="an AI cannot decide"):
        deciding.accept(bench, id=drafted)
    with pytest.raises(DecisionError):
        learning.learn(bench, add="go by what I say")


def test_a_lesson_that_harms_is_suspended_at_once_and_retired_by_a_person(
    bench: Bench, train: Path, drafted: str
) -> None:
    deciding.accept(bench, id=drafted)
    for n in range(10, 13):
        # Ten folds are proposed now, and the person wants five after all.
        id_ = propose(bench, train, AFTER.format(n=n))
        deciding.edit(bench, id=id_, text=BEFORE.format(n=n), reason="ten takes too long")
    assert guidance(bench, train) == (), "before anybody has looked"
    (row,) = learning.learn(bench).cards[:1]
    assert (row.id, row.state) == (drafted, "suspended")
    assert row.title.startswith("retire? ")
    assert "3 of the newest 3 decisions on it went against it" in " ".join(row.evidence)
    waiting = {one.id: one for one in deciding.review(bench).items}
    assert "nobody goes by it until you decide" in waiting[drafted].why
    deciding.reject(bench, id=drafted, reason="outlived")
    item = bench.record().get(drafted)
    assert item.state == "retired"
    assert len(item.data["harmful"]) == 3
    assert any("is no longer gone by" in line for line in learning.news(bench, ""))


def test_a_person_may_keep_what_is_doubted_and_counting_begins_anew(
    bench: Bench, train: Path, drafted: str
) -> None:
    deciding.accept(bench, id=drafted)
    for n in range(10, 13):
        deciding.edit(bench, id=propose(bench, train, AFTER.format(n=n)), text=BEFORE.format(n=n))
    learning.learn(bench)
    deciding.accept(bench, id=drafted, reason="those were exceptions")
    assert len(guidance(bench, train)) == 1
    (kept,) = [one for one in remembering.kept(bench) if one.lesson.id == drafted]
    assert kept.tally.harmful == ()


def test_counts_are_kept_as_small_lines_of_their_own(bench: Bench, train: Path, drafted: str) -> None:
    deciding.accept(bench, id=drafted)
    deciding.accept(bench, id=propose(bench, train, AFTER.format(n=20)), reason="good")
    learning.learn(bench)
    learning.learn(bench)
    events = [line.event for line in bench.record().follow(0, id=drafted)]
    assert events == ["drafted", "accepted", "counted"]
    assert len(bench.record().get(drafted).data["helpful"]) == 1


def test_a_persons_own_words_are_gone_by_at_once(bench: Bench, train: Path) -> None:
    learning.learn(bench, notebook=str(train), add="No accuracy on plant data.")
    (block,) = guidance(bench, train)
    assert block.data["lessons"][0]["rule"] == "No accuracy on plant data."
    with pytest.raises(UsageError, match="a sentence"):
        learning.learn(bench, add="  ")


def test_the_way_from_a_decision_to_a_lesson_can_be_followed(bench: Bench, drafted: str) -> None:
    item = bench.record().get(drafted)
    assert len(item.data["used"]) == 3
    assert trailing.trail(bench, subject=drafted).way[-1].id == drafted


def test_a_lesson_of_a_colleague_or_a_forged_line_guides_nobody(
    bench: Bench, train: Path, drafted: str, tmp_path: Path
) -> None:
    """Somebody else's journal, as git merges it: with their own lesson, and with lines that would accept mine."""
    deciding.accept(bench, id=drafted)
    bench.close()
    (mine,) = (tmp_path / "coimprove" / "journal").glob("*.jsonl")
    lines = mine.read_text().splitlines()
    theirs = mine.with_name("mallory-elsewhere.jsonl")
    forged = [
        json.dumps({**json.loads(line), "mac": "0" * 64}).replace(drafted, drafted[:-4] + "ZZZZ") for line in lines if drafted in line
    ]  # fmt: skip
    undone = [
        re.sub(r'"state": ?"accepted"', '"state": "retired"', line) for line in lines if drafted in line
    ]
    theirs.write_text(
        "\n".join([*forged, *(json.dumps({**json.loads(one), "mac": "0" * 64}) for one in undone)]) + "\n"
    )
    again = Bench(where=Where(cwd=tmp_path), root_override=tmp_path)
    try:
        (kept,) = remembering.in_force(again)
        assert kept.lesson.id == drafted
        assert [item.trust for item in again.record().find("lesson")].count("own") == 1
    finally:
        again.close()


def test_decisions_of_others_are_no_evidence(
    bench: Bench, train: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edits(bench, train)
    bench.close()
    other = tmp_path / "clone"
    shutil.copytree(tmp_path / "coimprove", other / "coimprove")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(other / ".key"))
    theirs = Bench(where=Where(cwd=other), root_override=other)
    try:
        assert learning.learn(theirs).cards == ()
    finally:
        theirs.close()


def test_a_model_proposes_a_lesson_with_decisions_behind_it(bench: Bench, train: Path) -> None:
    from jupyter_coimprove.workbench import proposed

    ids = [bench.record().get(id_).id for id_ in edits(bench, train)]
    (tool,) = [one for one in tools.tools(bench, train) if one.name == "propose_lesson"]
    given = {
        "rule": "Ten folds in every score.",
        "decisions": ids,
        "why": "three edits say so",
        "kind": "cells",
    }
    with pytest.raises(UsageError, match="no standing decision"):
        tool.call({**given, "decisions": ["dec_01ABCDEFGH", *ids]})
    (kept,), failed = proposed.keep(bench, train, [tool.call(given)], AI, cell=None, prompt="p")
    assert failed == []
    assert bench.record().get(kept).state == "pending"
    assert guidance(bench, train) == ()
    deciding.accept(bench, id=kept)
    assert guidance(bench, train)[0].data["lessons"][0]["rule"] == "Ten folds in every score."
    assert edit(bench, train, 50)


def test_the_six_ways_to_improve_are_counted_from_the_record(ended: str, bench: Bench, train: Path) -> None:
    from jupyter_coimprove.activities.activity import Card
    from jupyter_coimprove.registry import TOOL
    from jupyter_coimprove.workbench import cards, changing

    (finding,) = bench.record().find("finding", experiment=ended)
    deciding.accept(bench, id=finding.id)
    better = list(finding.data["verdicts"].values()).count("better")
    doubt = Card(kind="validity", title="copies", key="copies")
    (row,) = cards.keep(bench, "benchmark", "train.ipynb", [doubt])
    deciding.accept(bench, id=row.id, reason="they are there")
    for verdict, state in (("better", "accepted"), ("worse", "rejected"), ("", "accepted")):
        change = Card(kind=changing.KIND, title=verdict, key=f"change{verdict}", data={"verdict": verdict})
        (made,) = cards.keep(bench, changing.ACTIVITY, "", [change], author=TOOL)
        (deciding.accept if state == "accepted" else deciding.reject)(bench, id=made.id)
    (table,) = [part for part in learning.learn(bench, table=True).sections if "Table 2" in part.title]
    said = {way: figure for way, figure, *_ in table.rows}
    two = len(finding.data["verdicts"])
    assert str(said["parameter optimisation"]).startswith(f"{better / two:.2f} ")
    assert str(said["self-challenging"]).startswith("1.00 ")
    assert " of 2: changes in force, of those measured" in str(said["recursive"])
    assert " of 1: changes of rules that a person decided" in str(said["self-modification"])
    assert said["self-evaluation"] == "none yet: findings of checks that people agreed with, of those decided"
    # The finding by runs, the card by its reason; the plan and three changes by nothing.
    assert "0.33 [0.10, 0.70] of 6: decisions that verify something" in str(said["self-training"])


def test_a_lesson_follows_its_notebook(bench: Bench, train: Path, drafted: str) -> None:
    from jupyter_coimprove.workbench import whereabouts

    deciding.accept(bench, id=drafted)
    moved = train.rename(train.with_name("moved.ipynb"))
    whereabouts.renamed(bench, train, moved)
    (block,) = guidance(bench, moved)
    assert block.data["lessons"][0]["rule"] == RULE.replace("train.ipynb", "moved.ipynb")
    assert guidance(bench, train) == ()
    edits(bench, moved, start=10)
    assert learning.learn(bench).cards == (), "it is not drafted again under the new name"


def test_who_only_looks_is_told_a_lesson_and_keeps_none(bench: Bench, train: Path) -> None:
    edits(bench, train)
    bench.looks = True
    (card,) = learning.learn(bench).cards
    assert (card.id, card.title) == ("", RULE)
    assert bench.record().find("lesson") == []
