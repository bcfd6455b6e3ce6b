"""Single contrasts and multiplicity, against scipy and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from jupyter_coimprove.evidence.bootstrap import Bca
from jupyter_coimprove.evidence.decide import decide
from jupyter_coimprove.evidence.flips import sign_flip_interval, sign_flip_p, sign_flip_reachable
from jupyter_coimprove.evidence.multiplicity import adjust
from jupyter_coimprove.evidence.paired import constant, equivalence_p, interval, method_for, p_value

differences = st.lists(st.integers(-1000, 1000), min_size=2, max_size=12).map(lambda xs: np.array(xs) / 8)
p_values = st.lists(st.floats(0, 1), min_size=1, max_size=7).map(np.array)


def draws(*shape, seed=7):
    return np.random.default_rng(seed).normal(0.4, 1, shape)


@pytest.mark.parametrize("blocks", [2, 3, 5, 10, 29])
def test_the_paired_t_is_that_of_scipy(blocks):
    a, b = draws(20, blocks), draws(20, blocks, seed=8)
    oracle = stats.ttest_rel(a, b, axis=-1)
    assert np.allclose(p_value(a - b), oracle.pvalue)
    ends = stats.ttest_rel(a[0], b[0]).confidence_interval(0.95)
    assert np.allclose(interval(a[0] - b[0], 0.05), (ends.low, ends.high))


@pytest.mark.parametrize("blocks", [2, 5, 9, 12])
def test_the_sign_flip_test_is_the_exact_permutation_test_of_scipy(blocks):
    for d in draws(4, blocks):
        oracle = stats.permutation_test((d,), np.mean, permutation_type="samples", n_resamples=np.inf)
        assert sign_flip_p(d) == pytest.approx(oracle.pvalue)


def test_the_bootstrap_is_that_of_scipy_at_the_expanded_level():
    d = np.random.default_rng(3).exponential(size=40)
    expanded = 2 * stats.norm.cdf(-np.sqrt(40 / 39) * stats.t.isf(0.025, 39))
    oracle = stats.bootstrap(
        (d,), np.mean, confidence_level=1 - expanded, n_resamples=20_000, method="BCa",
        rng=np.random.default_rng(0),
    ).confidence_interval  # fmt: skip
    assert np.allclose(interval(d, 0.05, test="bca"), oracle, atol=0.05 * (oracle.high - oracle.low))


@given(p_values)
def test_holm_is_that_of_statsmodels(p):
    rejected, adjusted, *_ = multipletests(p, 0.05, method="holm")
    ours = adjust(p, "holm", 0.05)
    assert np.allclose(ours.p, adjusted)
    assert (ours.rejected == rejected).all()


@given(p_values, st.randoms())
def test_the_order_of_the_arms_does_not_matter_to_holm(p, random):
    order = list(range(len(p)))
    random.shuffle(order)
    one, other = adjust(p, "holm", 0.05), adjust(p[order], "holm", 0.05)
    assert (one.p[order] == other.p).all()
    assert (one.alpha[order] == other.alpha).all()


@given(p_values, st.sampled_from(["holm", "fixed-sequence", "primary"]))
def test_a_treatment_is_rejected_exactly_where_its_own_level_says_so(p, rule):
    found = adjust(p, rule, 0.05)
    assume((np.abs(p[:, None] - 0.05 / np.arange(1, 8)) > 1e-9).all())
    assert (found.rejected == (found.tested & (p <= found.alpha))).all()


def test_a_fixed_sequence_stops_at_the_first_that_fails():
    found = adjust(np.array([0.001, 0.04, 0.2, 0.0001]), "fixed-sequence", 0.05)
    assert list(found.rejected) == [True, True, False, False]
    assert list(found.tested) == [True, True, True, False]
    assert list(found.p) == [0.001, 0.04, 0.2, 0.2]


def test_a_treatment_that_could_not_be_tested_stays_in_the_family():
    p = np.array([0.02, np.nan, 0.5])
    assert adjust(p, "holm", 0.05).p[0] == pytest.approx(0.06)


@pytest.mark.parametrize("test", ["paired t", "sign-flip"])
@given(differences, st.sampled_from([0.2, 0.05, 0.0125]))
def test_the_interval_excludes_zero_exactly_where_the_test_rejects_it(test, d, alpha):
    assume(d.any())
    p, ends = float(p_value(d, test=test)), interval(d, alpha, test=test)
    assume(abs(p - alpha) > 1e-9)
    assert (p <= alpha) == (ends is not None and (ends[0] > 0 or ends[1] < 0))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-50, 60), min_size=30, max_size=40), st.sampled_from([0.05, 0.05 / 64]))
def test_the_bootstrap_interval_inverts_its_test_too(values, alpha):
    d = np.array(values) / 10
    assume(not constant(d))
    p, (low, high) = float(p_value(d, test="bca")), interval(d, alpha, test="bca")
    assume(abs(p - alpha) > 1e-6)
    assert (p <= alpha) == (low > 0 or high < 0)


@given(differences, st.sampled_from([0.05, 0.1]), st.sampled_from(["paired t", "sign-flip"]))
def test_the_ends_of_the_interval_are_where_the_test_turns(d, alpha, test):
    assume(not constant(d))
    ends = interval(d, alpha, test=test)
    step = 1e-6 * np.ptp(d)
    if ends is None:
        assert 2.0 ** (1 - len(d)) > alpha
        return
    for end, outward in ((ends[0], -1), (ends[1], 1)):
        assert p_value(d, shift=end + outward * step, test=test) <= alpha + 1e-9
        assert p_value(d, shift=end - outward * step, test=test) > alpha - 1e-4


@given(differences, st.sampled_from(["paired t", "sign-flip"]))
def test_turning_the_sign_mirrors_and_scaling_scales(d, test):
    assume(d.any())
    assert p_value(-d, test=test) == pytest.approx(float(p_value(d, test=test)))
    assert p_value(4 * d, test=test) == pytest.approx(float(p_value(d, test=test)))
    ends, mirrored, scaled = (interval(x, 0.05, test=test) for x in (d, -d, 4 * d))
    if ends is None:
        assert mirrored is None
        assert scaled is None
        return
    assert np.allclose(mirrored, (-ends[1], -ends[0]))
    assert np.allclose(scaled, (4 * ends[0], 4 * ends[1]))


def test_the_bootstrap_mirrors_and_forgets_the_order_of_blocks():
    d = np.random.default_rng(5).exponential(size=33)
    low, high = Bca(d).interval(0.05)
    assert np.allclose(Bca(-d).interval(0.05), (-high, -low))
    assert np.allclose(Bca(d[::-1]).interval(0.05), (low, high))


def test_the_same_difference_in_all_blocks_leaves_only_its_sign_to_test():
    d = np.full(5, 0.01)
    assert p_value(d) == 0.0625
    assert interval(d, 0.05) is None
    assert interval(np.full(6, 0.01), 0.05) == pytest.approx((0.01, 0.01))
    assert np.isnan(p_value(d, ratio=0.25))


def test_no_difference_at_all_is_not_tested():
    assert np.isnan(p_value(np.zeros(6)))
    assert interval(np.zeros(6), 0.05) == (0, 0)
    assert not decide(np.zeros((2, 6))).any()


def test_one_block_is_not_tested():
    assert np.isnan(p_value(np.array([0.3])))
    assert interval(np.array([0.3]), 0.05) is None
    assert method_for(1) == "none"


def test_methods_follow_the_number_and_kind_of_blocks():
    assert [method_for(n, test="bca") for n in (2, 29, 30)] == ["paired t", "paired t", "bca"]
    assert method_for(30, ratio=0.25) == "nadeau-bengio"
    assert method_for(40, test="paired t") == "paired t"
    assert [method_for(n, test="sign-flip") for n in (6, 16, 17)] == ["sign-flip", "sign-flip", "paired t"]


def test_nadeau_bengio_is_the_published_formula():
    d = draws(10)
    t = d.mean() / (d.std(ddof=1) * np.sqrt(1 / 10 + 20 / 80))
    assert p_value(d, ratio=20 / 80) == pytest.approx(2 * stats.t.sf(abs(t), 9))


@given(differences, st.sampled_from(["paired t", "sign-flip"]))
def test_equivalence_is_the_ninety_percent_interval_within_the_margin(d, test):
    assume(not constant(d))
    ends = interval(d, 0.1, test=test)
    for margin in (0.5, 5.0, 80.0):
        p = equivalence_p(d, margin, test=test)
        assume(abs(p - 0.05) > 1e-9)
        assert (p <= 0.05) == (ends is not None and -margin < ends[0] and ends[1] < margin)


def test_six_seven_eight_nine_blocks_let_the_sign_flip_test_under_holm_decide():
    reached = [min(n for n in range(2, 12) if sign_flip_reachable(n, 0.05 / m)) for m in (1, 2, 4, 8)]
    assert reached == [6, 7, 8, 9]
    assert sign_flip_interval(np.arange(1.0, 6.0), 0.05) is None


def test_many_blocks_are_not_enumerated():
    with pytest.raises(ValueError, match="17 blocks"):
        sign_flip_p(np.ones(17))
