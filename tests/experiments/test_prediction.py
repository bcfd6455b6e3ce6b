"""What was expected, and how it did."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.experiments.prediction import Prediction, brier_skill, comparable, parse_ranking, score

ARMS = ["baseline", "lr=0.01", "optimizer=adam", "a=1, b=2", "without steps[scale]"]


def predicted(*ranking: str, **more: object) -> Prediction:
    return Prediction(experiment="exp_1", ranking=ranking, by={"id": "me"}, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "ranking"),
    [
        ("lr=0.01 > baseline", ("lr=0.01", "baseline")),
        ("lr=0.01>baseline>without steps[scale]", ("lr=0.01", "baseline", "without steps[scale]")),
        ("optimizer='adam' > baseline", ("optimizer=adam", "baseline")),
        ("lr=0.01, a=1, b=2, baseline", ("lr=0.01", "a=1, b=2", "baseline")),
        (["baseline", "lr=0.01"], ("baseline", "lr=0.01")),
    ],
)
def test_a_ranking_is_read_from_best_to_worst(text, ranking):
    assert parse_ranking(text, ARMS) == ranking


def test_an_unknown_arm_is_refused_with_close_names():
    with pytest.raises(UnknownName, match="no arm named") as caught:
        parse_ranking("lr=0.02 > baseline", ARMS)
    assert "lr=0.01" in caught.value.close


@pytest.mark.parametrize("text", ["", "baseline", "baseline > baseline", [], ["lr=0.01"]])
def test_a_ranking_orders_at_least_two_different_arms(text):
    with pytest.raises(UsageError):
        parse_ranking(text, ARMS)


def test_the_order_is_scored_in_the_direction_of_the_response():
    effects = {"baseline": 0.0, "a": 0.2, "b": -0.1}
    assert score(predicted("a", "baseline", "b"), effects, "max").tau == 1
    assert score(predicted("a", "baseline", "b"), effects, "min").tau == -1
    found = score(predicted("a", "b", "baseline"), effects, "max")
    assert (found.pairs, found.agreeing, found.skill) == (3, 2, pytest.approx(1 / 3))
    assert found.sentence == "2 of 3 pairs in the predicted order (tau 0.33)"


def test_arms_without_an_effect_are_left_out_and_said():
    found = score(predicted("a", "b", "c"), {"a": 1.0, "b": 0.5, "c": math.nan}, "max")
    assert found.items == 2
    assert "without an observed effect: c" in found.notes
    assert any("below 50" in note for note in found.notes)


def test_with_nothing_that_differs_there_is_nothing_to_score():
    found = score(predicted("a", "b"), {"a": 0.0, "b": 0.0}, "max")
    assert found.tau is None
    assert found.sentence.startswith("nothing to score")
    assert score(predicted("a", "b"), {}, "max").tau is None


@given(st.lists(st.integers(-3, 3), min_size=2, max_size=12))
def test_tau_is_kendalls_tau_b(gains):
    arms = [f"a{n}" for n in range(len(gains))]
    found = score(predicted(*arms), {arm: float(g) for arm, g in zip(arms, gains, strict=True)}, "max")
    if len(set(gains)) == 1:
        assert found.tau is None
    else:
        assert found.tau == pytest.approx(kendalltau(range(len(gains), 0, -1), gains).statistic)


def test_probabilities_are_scored_by_brier_against_one_half():
    effects = {"a": 0.3, "b": -0.1}
    found = score(predicted("a", "b", p_better={"a": 0.9, "b": 0.2, "gone": 0.5}), effects, "max")
    assert found.brier == pytest.approx((0.01 + 0.04) / 2)
    assert found.brier_skill == pytest.approx(1 - 0.025 / 0.25)
    assert "Brier 0.025" in found.sentence
    assert score(predicted("a", "b", p_better={"a": 0.5}), effects, "min").brier_skill == 0
    assert score(predicted("a", "b"), effects, "max").brier is None


def test_quantiles_are_scored_by_pinball_against_no_effect():
    found = score(predicted("a", "b", quantiles={"a": {0.5: 0.2, 0.9: 0.5}}), {"a": 0.3, "b": 0.0}, "max")
    assert found.pinball == pytest.approx((0.5 * 0.1 + 0.1 * 0.2) / 2)
    assert found.pinball_skill == pytest.approx(1 - 0.035 / ((0.5 * 0.3 + 0.9 * 0.3) / 2))


def test_skill_over_many_items_is_against_the_base_rate():
    happened = [True, True, True, False]
    assert brier_skill([0.75] * 4, happened, 0.75) == pytest.approx(0)
    assert brier_skill([1, 1, 1, 0], happened, 0.75) == 1
    assert brier_skill([1.0], [True], 1.0) is None
    with pytest.raises(UsageError):
        brier_skill([0.5], [], 0.5)


def test_people_are_compared_on_enough_shared_items_only():
    shared, why = comparable([str(n) for n in range(60)], [str(n) for n in range(20, 80)])
    assert len(shared) == 40
    assert why == "40 shared items; no ranking below 50"
    assert comparable([str(n) for n in range(60)], [str(n) for n in range(60)])[1] == ""
