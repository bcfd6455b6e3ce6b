"""What is computed goes by accepted lessons: factors and cards that people keep rejecting are no longer brought."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_coimprove.activities.activity import Card, Study
from jupyter_coimprove.activities.table import PROBLEM
from jupyter_coimprove.lessons.lesson import Lesson, Scope
from jupyter_coimprove.registry import TOOL
from jupyter_coimprove.workbench import acting, deciding, learning, planning, remembering
from jupyter_coimprove.workbench.bench import Bench


def lesson(bench: Bench, **said: str) -> str:
    """An accepted lesson."""
    kind = said.pop("kind")
    id_ = remembering.keep(bench, Lesson(scope=Scope(kind=kind, notebook="train.ipynb"), **said), TOOL)  # type: ignore[arg-type]
    deciding.accept(bench, id=id_)
    return id_


def plan(bench: Bench, train: Path, **more: object):  # type: ignore[no-untyped-def]
    return planning.plan(bench, notebook=str(train), response="score", direction="max", **more)


def test_plans_that_are_rejected_for_a_factor_teach_to_leave_it_out(bench: Bench, train: Path) -> None:
    for _ in range(3):
        made = plan(bench, train)
        assert any("use_bias" in arm.name for arm in made.arms)
        deciding.reject(bench, id=made.id, reason="the bias stays")
    (card,) = learning.learn(bench).cards
    assert card.title == "plans of train.ipynb: no use_bias=False (the bias stays)"
    id_ = card.id
    deciding.accept(bench, id=id_)
    made = plan(bench, train)
    assert not any("use_bias" in arm.name for arm in made.arms)
    assert f"use_bias=False is left out by {id_}" in made.rationale
    named = plan(bench, train, factor=["use_bias=False"])
    assert any("use_bias" in arm.name for arm in named.arms), "what a person names is theirs"


def test_a_level_is_left_out(bench: Bench, train: Path) -> None:
    first = {arm.name for arm in plan(bench, train).arms}
    arm = next(name for name in first if name.startswith("lr="))
    lesson(bench, kind="plan", avoid=arm)
    assert arm not in {one.name for one in plan(bench, train).arms}


def test_number_of_blocks_is_taken_from_a_lesson_where_the_person_says_nothing(
    bench: Bench, train: Path
) -> None:
    id_ = lesson(bench, kind="plan", avoid="blocks=5", prefer="blocks=7")
    made = plan(bench, train)
    assert len(made.blocks) == 7 if isinstance(made.blocks, tuple) else made.blocks == 7
    assert id_ in made.rationale


def test_cards_are_held_back_and_it_is_said_by_which_lesson(bench: Bench, train: Path) -> None:
    flat = Card(kind="problem", title="the loss is flat", key="flat", data={"source": "curve"})
    own = Card(kind="problem", title="mine", key="own:mine", data={"source": "own"})
    study = Study(headline="2 problems", cards=(flat, own))
    id_ = lesson(bench, kind="card", avoid="source curve")
    view = acting.answer(bench, PROBLEM, train, study)
    assert [card.title for card in view.cards] == ["mine"]
    assert view.warnings[0].startswith(f"1 held back by {id_}: ")
    deciding.reject(bench, id=id_, reason="curves matter")
    assert len(acting.answer(bench, PROBLEM, train, study).cards) == 2


@pytest.mark.parametrize("state", ["pending", "rejected"])
def test_a_lesson_that_nobody_accepted_changes_nothing(bench: Bench, train: Path, state: str) -> None:
    id_ = remembering.keep(bench, Lesson(scope=Scope(kind="plan"), avoid="vary lr"), TOOL)
    if state == "rejected":
        deciding.reject(bench, id=id_)
    assert any(arm.name.startswith("lr=") for arm in plan(bench, train).arms)


def test_a_proposal_that_goes_against_a_lesson_says_so(bench: Bench, train: Path) -> None:
    from lessons_learnt import AFTER, BEFORE, edits, propose

    edits(bench, train)
    (card,) = learning.learn(bench).cards
    deciding.accept(bench, id=card.id)
    notes = bench.record().get(propose(bench, train, BEFORE.format(n=9))).data["notes"]
    assert notes == [f"it goes against {card.id}: {card.title}"]
    assert bench.record().get(propose(bench, train, AFTER.format(n=9))).data["notes"] == []


def test_checks_that_are_judged_no_problem_three_times_are_held_back_and_said(bench: Bench, write) -> None:  # type: ignore[no-untyped-def]
    from jupyter_coimprove.workbench import checking

    def flawed(number: int) -> str:
        return str(
            write(
                "import pandas as pd\nfrom sklearn.preprocessing import StandardScaler\n"
                "from sklearn.model_selection import train_test_split\n"
                f"df = pd.read_csv('data{number}.csv')\nX, y = df.drop(columns='y'), df['y']",
                "scaler = StandardScaler()\nX = scaler.fit_transform(X)",
                "a, b, c, d = train_test_split(X, y)",
                "from sklearn.linear_model import LogisticRegression\n"
                "score = LogisticRegression().fit(a, c).score(b, d)\nprint('accuracy', score)",
                name=f"n{number}.ipynb",
            )
        )

    for number in range(10, 14):
        (row, *_) = checking.check(bench, notebook=flawed(number)).findings
        deciding.reject(bench, id=row.id, reason="scaled on purpose")
    (card,) = [one for one in learning.learn(bench).cards if one.data["scope"].startswith("checks")]
    fresh = flawed(30)
    before = checking.check(bench, notebook=fresh)
    assert len(before.findings) == 1
    deciding.accept(bench, id=card.id)
    after = checking.check(bench, notebook=fresh)
    assert after.findings == ()
    assert after.warnings[0].startswith(f"1 held back by {card.id}: checks: no rule preprocessing")
    assert len(checking.check(bench, notebook=fresh, all=True).findings) == 1
