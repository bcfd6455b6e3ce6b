"""Chances and quantiles as they are written, and skill against the base rate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.experiments.forecasts import Forecast, chance, quantiles, shared, skills
from jupyter_coimprove.experiments.prediction import Score

ARMS = ("lr=0.3", "a=1, b=2", "without scaler", 'optimizer="adam"')


@pytest.mark.parametrize(
    ("text", "direction", "expected"),
    [
        ("P(lr=0.3>baseline)=0.8", "max", ("lr=0.3", 0.8)),
        ("P(lr=0.3 > baseline) = 80%", "max", ("lr=0.3", 0.8)),
        ("P(lr=0.3>baseline)=0.8", "min", ("lr=0.3", pytest.approx(0.2))),
        ("P(lr=0.3<baseline)=0.8", "min", ("lr=0.3", 0.8)),
        ("P(baseline<lr=0.3)=0.8", "max", ("lr=0.3", 0.8)),
        ("lr=0.3=80%", "min", ("lr=0.3", 0.8)),
        ("a=1, b=2=.25", "max", ("a=1, b=2", 0.25)),
        ("optimizer=adam=1", "max", ('optimizer="adam"', 1.0)),
        ("without scaler=0", "max", ("without scaler", 0.0)),
    ],
)  # fmt: skip
def test_a_chance_is_that_of_being_better(text, direction, expected):
    assert chance(text, ARMS, "baseline", direction) == expected


@pytest.mark.parametrize(
    "text",
    ["lr=0.3", "lr=0.3=120%", "P(lr=0.3>baseline)=1.5", "P(lr=0.3>without scaler)=0.5", "lr=0.3=likely", ""],
)
def test_what_is_no_chance_is_refused(text):
    with pytest.raises((UsageError, UnknownName)):
        chance(text, ARMS, "baseline", "max")


def test_quantiles_are_read_by_level():
    assert quantiles("lr=0.3=10%:-0.01, 50%:0.02,90%:5e-2", ARMS) == (
        "lr=0.3",
        {0.1: -0.01, 0.5: 0.02, 0.9: 0.05},
    )
    assert quantiles("a=1, b=2=50%:0", ARMS) == ("a=1, b=2", {0.5: 0.0})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("lr=0.3=10%", "not understood"), ("lr=0.3=0%:1", "no level"), ("lr=0.3=100%:1", "no level"),
        ("lr=0.3=50%:1,50%:2", "no level"), ("lr=0.3=10%:2,90%:1", "fall with their level"),
        ("lr=0.4=50%:1", "no arm named"),
    ],
)  # fmt: skip
def test_quantiles_that_say_nothing_are_refused(text, says):
    with pytest.raises(UsageError, match=says):
        quantiles(text, ARMS)


@given(st.dictionaries(st.integers(1, 99), st.floats(-10, 10), min_size=1, max_size=5))
def test_sorted_quantiles_come_back_as_they_were_written(levels):
    values = sorted(levels.values())
    written = dict(zip(sorted(levels), values, strict=True))
    text = "lr=0.3=" + ",".join(f"{level}%:{value!r}" for level, value in written.items())
    _, found = quantiles(text, ARMS)
    assert list(found.values()) == values
    assert list(found) == pytest.approx([level / 100 for level in written])


def forecast(by, said, *, kind="person", experiment="exp_1", pairs=3, agreeing=2, pinball=None):
    score = Score(items=3, tau=None, pairs=pairs, agreeing=agreeing, pinball_skill=pinball)
    return Forecast(by=by, kind=kind, experiment=experiment, score=score, said=tuple(said))


def test_skill_is_against_the_base_rate_and_the_order_against_chance():
    said = [("a", 0.9, True), ("b", 0.1, False), ("c", 0.9, True), ("d", 0.9, False)]
    (found,) = skills(
        [forecast("me", said, pinball=0.5), forecast("me", [], experiment="exp_2", pairs=3, agreeing=3)], 0.5
    )
    assert (found.experiments, found.pairs, found.agreeing) == (2, 6, 5)
    assert found.tau == pytest.approx(4 / 6)
    assert found.brier == pytest.approx((3 * 0.01 + 0.81) / 4)
    assert found.brier_skill == pytest.approx(1 - found.brier / 0.25)
    assert found.pinball_skill == 0.5


def test_who_always_says_the_base_rate_has_no_skill():
    said = [(str(i), 0.75, i < 3) for i in range(4)]
    assert skills([forecast("me", said)], 0.75)[0].brier_skill == pytest.approx(0)


def test_a_person_and_the_ai_are_compared_on_shared_items_and_ranked_from_fifty():
    items = [(str(i), i % 2 == 0) for i in range(60)]
    person = forecast("me", [(i, 0.9 if better else 0.1, better) for i, better in items])
    ai = forecast("model", [(i, 0.6 if better else 0.4, better) for i, better in items[5:]], kind="ai")
    (found,) = shared([person, ai])
    assert found.items == 55
    assert found.sentence == "me (person) was closer on 55 shared items"
    (few,) = shared([person, forecast("model", [("0", 0.5, True)], kind="ai")])
    assert few.sentence == "1 shared items; no ranking below 50"
    assert few.briers == (pytest.approx(0.01), pytest.approx(0.25))
    assert shared([person, forecast("model", [("none of them", 0.5, True)], kind="ai")]) == ()
