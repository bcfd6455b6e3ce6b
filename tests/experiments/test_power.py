"""Power by simulating the analysis, reachability, and the blocks a single contrast takes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats
from statsmodels.stats.power import TTestPower

from jupyter_coimprove.errors import PlanError
from jupyter_coimprove.experiments.power import (
    blocks_needed,
    blocks_to_reach,
    detectable,
    power,
    reachable,
    spread_upper,
    t_power,
)


def t_test(level=0.05):
    """The registered analysis as a plain function: paired t, each treatment at this level."""

    def analyse(differences):
        n = differences.shape[-1]
        t = differences.mean(axis=-1) / differences.std(axis=-1, ddof=1) * np.sqrt(n)
        return np.abs(t) >= special.stdtrit(n - 1, 1 - level / 2)

    return analyse


def simulate(**changes):
    chosen = {
        "treatments": 1, "blocks": 8, "spread": 2.0, "smallest_effect": 2.0, "analyse": t_test(),
        "rng": np.random.default_rng(1), "simulations": 400, **changes,
    }  # fmt: skip
    return power(**chosen)


def test_simulated_power_is_that_of_the_closed_form():
    found = simulate(simulations=1500)
    assert found.power == pytest.approx(TTestPower().power(1.0, 8, 0.05), abs=0.03)
    assert abs(found.needed - blocks_needed(2.0, 2.0)) <= 1
    assert dict(found.curve)[8] == found.power
    assert list(found.curve) == sorted(found.curve)


def test_the_same_seed_shows_the_same_figure():
    assert simulate() == simulate()


def test_a_plan_that_cannot_decide_says_so_and_how_many_blocks_could():
    def sign_test(differences):
        n = differences.shape[-1]
        return (np.abs(np.sign(differences).sum(axis=-1)) == n) & (2.0 ** (1 - n) <= 0.05)

    found = simulate(blocks=5, analyse=sign_test, smallest_effect=6.0)
    assert not found.reachable
    assert found.power == 0
    assert found.needed == 6
    assert found.reason == "5 blocks cannot reach a verdict, however large the effect; about 6 would with 80%"


def test_treatments_that_are_never_tested_are_left_out_of_the_power():
    def first_only(differences):
        return t_test()(differences) & (np.arange(differences.shape[-2]) == 0)

    found = simulate(treatments=3, analyse=first_only)
    assert len(found.by_treatment) == 1
    assert found.power > 0.5
    assert "1 of 3 treatments" in found.reason


def test_an_effect_that_no_plan_decides_is_told():
    found = simulate(smallest_effect=0.05, simulations=50)
    assert found.needed is None
    assert "not even 200 blocks" in found.reason


def test_splits_of_the_same_data_share_noise():
    def corrected(differences):
        n = differences.shape[-1]
        t = differences.mean(axis=-1) / (differences.std(axis=-1, ddof=1) * np.sqrt(1 / n + 0.25))
        return np.abs(t) >= special.stdtrit(n - 1, 0.975)

    found = simulate(analyse=corrected, split_ratio=0.25, smallest_effect=4.0, simulations=800)
    assert found.power == pytest.approx(t_power(4.0, 2.0, 8, ratio=0.25), abs=0.04)


def test_more_blocks_than_are_searched_can_be_planned():
    found = simulate(blocks=260, smallest_effect=0.5, simulations=100)
    assert found.power > 0.9
    assert found.needed <= 200


@pytest.mark.parametrize(
    "wrong",
    [{"treatments": 0}, {"blocks": 0}, {"spread": 0.0}, {"spread": math.nan}, {"smallest_effect": 0.0}],
)
def test_numbers_no_experiment_can_have_are_refused(wrong):
    with pytest.raises(PlanError):
        simulate(**wrong)


def test_reachability_of_the_sign_flip_test_under_holm():
    assert [blocks_to_reach(m, "sign-flip", "holm") for m in (1, 2, 4, 8)] == [6, 7, 8, 9]
    assert blocks_to_reach(8, "sign-flip", "fixed-sequence") == 6
    assert blocks_to_reach(8, "paired t", "holm") == 2
    assert not reachable(4, 7, "sign-flip", "holm")
    assert not reachable(1, 1, "paired t", "holm")


def test_the_bound_of_a_pilots_spread_is_right_in_four_of_five_pilots():
    assert spread_upper(1.0, 5) == pytest.approx(math.sqrt(4 / stats.chi2.ppf(0.2, 4)))
    pilots = np.random.default_rng(2).normal(size=(4000, 5)).std(axis=1, ddof=1)
    assert np.mean([spread_upper(sd, 5) >= 1 for sd in pilots]) == pytest.approx(0.8, abs=0.02)
    assert spread_upper(1.0, 1) == math.inf


@given(st.floats(0.2, 3), st.integers(2, 60), st.sampled_from([0.05, 0.0125]))
def test_closed_form_power_is_that_of_statsmodels(effect, blocks, alpha):
    found = t_power(effect, 1.0, blocks, alpha)
    oracle = TTestPower().power(effect, blocks, alpha)
    # Its lower tail is NaN for large effects (scipy), where it adds less than 4e-5.
    assert found == pytest.approx(oracle, abs=4e-5, nan_ok=True) or (math.isnan(oracle) and 0 < found <= 1)


@given(st.floats(0.02, 4), st.sampled_from([0.0, 0.0, 0.1, 0.25]), st.sampled_from([0.05, 0.01]))
def test_the_blocks_needed_are_the_fewest_that_suffice(effect, ratio, alpha):
    needed = blocks_needed(effect, 1.0, alpha=alpha, ratio=ratio)
    if needed == 0:
        assert t_power(effect, 1.0, 1_000_000, alpha, ratio) < 0.8 + 1e-3
        return
    assert t_power(effect, 1.0, needed, alpha, ratio) >= 0.8 - 5e-3
    assert needed == 2 or t_power(effect, 1.0, needed - 1, alpha, ratio) < 0.8 + 5e-3
    if 2 <= needed <= 1000:
        assert detectable(needed, 1.0, alpha=alpha, ratio=ratio) <= effect + 1e-6


def test_what_cannot_be_seen_at_all_needs_no_number_of_blocks():
    assert blocks_needed(0.0, 1.0) == 0
    assert blocks_needed(1.0, math.inf) == 0
    assert blocks_needed(1.0, 0.0) == 2
    assert detectable(1, 1.0) == math.inf
    assert detectable(5, 0.0) == 0
    assert t_power(1.0, 1.0, 1) == 0
