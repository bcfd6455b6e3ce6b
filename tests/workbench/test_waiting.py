"""What waits says who made it, why, and where it stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from jupyter_coimprove.workbench import checking, deciding, planning, showing
from jupyter_coimprove.workbench.bench import Bench


def test_a_plan_stands_at_the_cell_of_its_first_factor(train: Path, bench: Bench) -> None:
    planning.plan(bench, notebook=str(train), factor=["use_bias=False"], response="score", direction="max")
    (row,) = deciding.review(bench).items
    assert (row.author, row.author_kind) == (bench.actor.display, "person")
    assert row.cell == 1


def test_a_finding_of_a_check_stands_at_its_cell_with_its_reason(
    bench: Bench, write: Callable[..., Path]
) -> None:
    notebook = write(
        "from sklearn.preprocessing import StandardScaler\nfrom sklearn.model_selection import train_test_split\n"
        "from sklearn.datasets import load_digits\nX, y = load_digits(return_X_y=True)",
        "X = StandardScaler().fit_transform(X)",
        "a, b, c, d = train_test_split(X, y)",
        "from sklearn.linear_model import LogisticRegression\nprint(LogisticRegression().fit(a, c).score(b, d))",
    )
    found = {row.id: row for row in checking.check(bench, notebook=str(notebook)).findings}
    rows = [row for row in deciding.review(bench).items if row.kind == "check"]
    assert rows
    assert [(row.cell, row.why) for row in rows] == [(found[row.id].cell, found[row.id].why) for row in rows]


def test_a_plan_that_was_rejected_can_still_be_looked_at(train: Path, bench: Bench) -> None:
    plan = planning.plan(
        bench, notebook=str(train), factor=["use_bias=False"], response="score", direction="max"
    )
    deciding.reject(bench, id=plan.id, reason="not now")
    shown = showing.show(bench, id=plan.id)
    assert (shown.id, shown.state) == (plan.id, "abandoned")  # type: ignore[attr-defined]
    assert not deciding.review(bench).items
    assert deciding.undo(bench, id=plan.id).state == "draft"
