"""A score of each test item is offered where truth and prediction are left in the end."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from jupyter_coimprove.notebook.candidates import Reading

Read = Callable[..., Reading]


@pytest.mark.parametrize(
    ("cells", "scores", "way"),
    [
        (["y_te = f()", "guess = m.predict(x)\nprint(accuracy_score(y_te, guess))"], [1.0, 0.0, 1.0], "max"),
        (["y_te, guess = f()\nacc = (guess == y_te).float().mean().item()"], [1.0, 0.0, 1.0], "max"),
        (["y_te, guess = f()\nacc = np.mean(guess == y_te)"], [1.0, 0.0, 1.0], "max"),
        (["y_te, guess = f()\nmae = mean_absolute_error(y_te, guess)"], [0.0, 2.0, 0.0], "min"),
        (["y_te, guess = f()\nrmse = mean_squared_error(y_te, guess) ** 0.5"], [0.0, 4.0, 0.0], "min"),
        (["y_te, guess = f()\nr2 = metrics.r2_score(y_te, guess)"], [0.0, -4.0, 0.0], "max"),
    ],
)  # fmt: skip
def test_what_a_metric_averages_is_a_score_of_each_item(
    reading: Read, cells: list[str], scores: list[float], way: str
) -> None:
    found = reading(*cells).items
    assert found is not None
    expr, direction = found
    assert direction == way
    for truth, guess in (([1, 0, 2], [1, 2, 2]), (np.array([1, 0, 2]), np.array([1, 2, 2]))):
        assert eval(expr, {"y_te": truth, "guess": guess}) == scores


@pytest.mark.parametrize(
    "source",
    [
        "y, p = f()\nacc = accuracy_score(y, p)\ny = 0", "def f(y, p):\n    return accuracy_score(y, p)\nacc = f(a, b)",
        "acc = accuracy_score(data.y, g())", "same = y == p", "m = (a == b).mean(axis=0)",
    ],
)  # fmt: skip
def test_none_is_offered_where_nothing_is_left_to_score(reading: Read, source: str) -> None:
    assert reading(source).items is None


def test_the_test_part_is_preferred_to_what_came_last(reading: Read) -> None:
    source = (
        "y_test, p = f()\nprint(accuracy_score(y_test, p))\ny_tr, q = f()\nprint(accuracy_score(y_tr, q))"
    )
    found = reading(source).items
    assert found is not None
    assert "y_test, p" in found[0]
