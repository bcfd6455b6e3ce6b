"""Unequal budgets of tuning are said where the plan shows them."""

from __future__ import annotations

import pytest

from jupyter_coimprove.experiments.experiment import Factor
from jupyter_coimprove.experiments.tuning import unequal


def factor(name: str, *levels: str) -> Factor:
    return Factor(name=name, operator="set", places=(), levels=levels, kind="parameter")


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (factor("model", "Ridge()", "GridSearchCV(Ridge(), grid)"), "confounded"),
        (factor("model", "RidgeCV()", "Lasso()"), "confounded"),
        (factor("search.n_iter", "10", "100"), "budget of tuning"),
        (factor("N_TRIALS", "5", "50"), "budget of tuning"),
    ],
)
def test_a_factor_that_searches_at_one_level_only_is_said(made: Factor, said: str) -> None:
    (text,) = unequal([made])
    assert said in text


@pytest.mark.parametrize(
    "made",
    [factor("model", "Ridge()", "Lasso()"), factor("model", "RidgeCV()", "LassoCV()"), factor("lr", "0.1", "1.0"),
     factor("x", "a b", "1")],
)  # fmt: skip
def test_equal_budgets_are_not(made: Factor) -> None:
    assert unequal([made]) == []
