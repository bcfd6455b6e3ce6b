"""The score that ranks systems as their use does: what the item shows is all that the truth rests on."""

from __future__ import annotations

import random
import statistics

import pytest
from scipy import stats

from jupyter_coimprove.bench.families import metric_choice as choice
from jupyter_coimprove.bench.family import Ran
from jupyter_coimprove.bench.item import Answer

FAMILY = choice.METRIC_CHOICE


def nothing(*given: object, **more: object) -> Ran:
    raise AssertionError("scores are compared as they are shown")


@pytest.mark.parametrize("template", FAMILY.templates)
def test_the_truth_is_the_rank_agreement_of_what_is_shown(template: str) -> None:
    (sample,) = FAMILY.make(template, 3)
    systems = sample.item.material["systems"].values()
    costs = sample.item.material.get("cost_of_each")
    if costs is not None:
        use = [-sum(costs[kind] * one["outcomes"][kind] for kind in costs) for one in systems]
        for name, agrees in sample.truth.data["agrees"].items():
            ranked = [one["scores"][name] for one in systems]
            assert agrees == pytest.approx(stats.kendalltau(ranked, use).statistic)
    agrees = sample.truth.data["agrees"]
    assert max(agrees.values()) - min(agrees.values()) >= 0.4
    assert len(systems) == choice.SYSTEMS


def test_where_costs_stand_in_words_alone_the_outcomes_do_not_say_them() -> None:
    for template, use in choice._USES.items():
        (sample,) = FAMILY.make(template, 1)
        assert ("cost_of_each" in sample.item.material) is use.told


def test_no_one_score_is_right_for_every_use() -> None:
    best = set()
    for template in FAMILY.templates:
        for seed in range(2):
            agrees = FAMILY.make(template, seed)[0].truth.data["agrees"]
            best.add(max(agrees, key=agrees.__getitem__))
    assert len(best) >= 6


def test_an_order_by_lot_agrees_as_often_as_not() -> None:
    chance, (sample,) = random.Random(0), FAMILY.make("screening", 2)
    worths = [
        FAMILY.mark(sample, FAMILY.simple(sample.item, "random", chance), nothing).value for _ in range(2000)
    ]
    assert statistics.fmean(worths) == pytest.approx(0, abs=0.04)
    assert FAMILY.mark(sample, Answer(), nothing).value == 0
    right = FAMILY.perfect(sample).value
    assert FAMILY.mark(sample, Answer(value=right[::-1]), nothing).value == -1
    assert 0 < FAMILY.mark(sample, Answer(value=right[:1]), nothing).value < 1
    assert FAMILY.mark(sample, Answer(value=["?", *right]), nothing).value == 1


def test_tau_is_kendalls() -> None:
    chance = random.Random(3)
    for _ in range(50):
        one, other = ([chance.randrange(5) for _ in range(8)] for _ in range(2))
        if len(set(one)) > 1 and len(set(other)) > 1:
            assert choice.tau(one, other) == pytest.approx(stats.kendalltau(one, other).statistic)
    assert choice.tau([1, 1], [1, 2]) == 0


def test_an_item_is_the_same_when_its_models_are_fitted_again() -> None:
    (before,) = FAMILY.make("stock", 5)
    choice._predicted.cache_clear()
    (after,) = FAMILY.make("stock", 5)
    assert before == after
