"""The acceptance of the statistical rules: false alarms, power and coverage, by simulation.

Seeds were fixed before the first look. Every figure is printed (``pytest -rP``). The limits:
type-I error (family-wise where there are several treatments) with a 99 % upper bound of at most
6.5 % over at least 4,000 null experiments; power within 5 points of the oracle; coverage 93 to
97 %. There are some 30 null settings: with 4,000 experiments each, a test at exactly 5 % crosses
the bound in one of 40 by chance (the paired t did, at 12 blocks), so each has 12,000.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from jupyter_coimprove.evidence.analysis import analyse
from jupyter_coimprove.evidence.decide import decide
from jupyter_coimprove.evidence.effects import Row, Rules
from jupyter_coimprove.evidence.paired import interval, standard_error
from jupyter_coimprove.runs.run import Value

EXPERIMENTS = 12_000
SEED = 20261101
RULES = {
    "paired t": {"treatments": 1, "multiplicity": "holm", "test": "paired t"},
    "sign-flip": {"treatments": 1, "multiplicity": "holm", "test": "sign-flip"},
    "fixed sequence": {"treatments": 4, "multiplicity": "fixed-sequence", "test": "paired t"},
    "holm": {"treatments": 4, "multiplicity": "holm", "test": "paired t"},
    "holm, sign-flip": {"treatments": 4, "multiplicity": "holm", "test": "sign-flip"},
}


def responses(rng, treatments, blocks, noise="normal", experiments=EXPERIMENTS):
    """Baseline and treatments over blocks: a block effect all arms share, and noise of their own."""
    shape = (experiments, treatments + 1, blocks)
    own = rng.standard_t(3, shape) / np.sqrt(3) if noise == "t3" else rng.standard_normal(shape)
    return own + 2 * rng.standard_normal((experiments, 1, blocks))


def upper(k, n, level=0.99):
    """One-sided Clopper-Pearson bound."""
    return float(special.betaincinv(k + 1, n - k, level))


def rows(values):
    """Responses (arms × blocks) as rows; arm 0 is the baseline."""
    return [
        Row(arm=f"a{a}", block=b, value=Value.of(values[a, b]))
        for a in range(values.shape[0])
        for b in range(values.shape[1])
    ]


@pytest.mark.parametrize("noise", ["normal", "t3"])
@pytest.mark.parametrize("blocks", [6, 8, 12])
@pytest.mark.parametrize("name", RULES)
def test_no_effect_is_seldom_taken_for_one(name, blocks, noise):
    rule = RULES[name]
    rng = np.random.default_rng([SEED, 1, list(RULES).index(name), blocks, noise == "t3"])
    y = responses(rng, rule["treatments"], blocks, noise)
    alarms = decide(y[:, 1:] - y[:, :1], multiplicity=rule["multiplicity"], test=rule["test"]).any(axis=1)
    rate, bound = alarms.mean(), upper(int(alarms.sum()), EXPERIMENTS)
    print(f"type I | {name:15} | {blocks:2} blocks | {noise:6} | {rate:.2%} | 99% bound {bound:.2%}")
    assert bound <= 0.065


@pytest.mark.parametrize("name", ["fixed sequence", "holm"])
def test_a_real_effect_beside_the_null_ones_does_not_raise_false_alarms(name):
    rule = RULES[name]
    rng = np.random.default_rng([SEED, 2, list(RULES).index(name)])
    y = responses(rng, 4, 8)
    y[:, 1] += 5
    found = decide(y[:, 1:] - y[:, :1], multiplicity=rule["multiplicity"], test=rule["test"])
    alarms = found[:, 1:].any(axis=1)
    bound = upper(int(alarms.sum()), EXPERIMENTS)
    print(f"type I | {name:15} |  8 blocks | one real effect | {alarms.mean():.2%} | 99% bound {bound:.2%}")
    assert found[:, 0].mean() > 0.9
    assert bound <= 0.065


def thirty_blocks(noise):
    """Share of false alarms and its 99 % bound, by test, at the blocks where the bootstrap begins."""
    rng = np.random.default_rng([SEED, 3, noise == "t3"])
    y = responses(rng, 1, 30, noise, experiments=6000)
    out = {}
    for test in ("bca", "paired t"):
        alarms = decide(y[:, 1:] - y[:, :1], test=test)
        out[test] = alarms.mean(), upper(int(alarms.sum()), len(y))
        print(
            f"type I | {test:15} | 30 blocks | {noise:6} | {out[test][0]:.2%} | 99% bound {out[test][1]:.2%}"
        )
    return out


def test_the_bootstrap_keeps_the_level_for_normal_noise():
    assert all(bound <= 0.065 for _, bound in thirty_blocks("normal").values())


def test_the_bootstrap_does_not_keep_the_level_for_heavy_tails_and_the_paired_t_does():
    """A known limit, not an acceptance: BCa of a mean alarms too often where single blocks lie far
    out (scipy's does likewise), so the analysis names the paired t beside it where they disagree."""
    found = thirty_blocks("t3")
    assert found["paired t"][1] <= 0.065 < found["bca"][0]


SETTINGS = [(5, 1, 2.5), (8, 2, 1.8), (12, 4, 1.6)]


def oracle_power(blocks, effect, alpha):
    """Power of the paired t with normal noise; the difference of two unit noises spreads √2."""
    free, centre = blocks - 1, effect / np.sqrt(2) * np.sqrt(blocks)
    critical = stats.t.isf(alpha / 2, free)
    return float(stats.nct.sf(critical, free, centre) + stats.nct.cdf(-critical, free, centre))


@pytest.mark.parametrize(("blocks", "treatments", "effect"), SETTINGS)
def test_power_comes_within_five_points_of_the_oracle(blocks, treatments, effect):
    """The oracle is the paired t at the level that the rule gives the contrast looked at.

    Holm: one treatment has the effect and the others none, so it meets the first step,
    alpha/treatments. Fixed sequence and primary: it is the first, at alpha. The sign-flip test
    is compared where its blocks can reach the level at all, as a single contrast.
    """
    rng = np.random.default_rng([SEED, 4, blocks, treatments])
    y = responses(rng, treatments, blocks)
    y[:, 1] += effect
    d = y[:, 1:] - y[:, :1]
    levels = {"holm": 0.05 / treatments, "fixed-sequence": 0.05, "primary": 0.05}
    for rule, alpha in levels.items():
        oracle, power = oracle_power(blocks, effect, alpha), decide(d, multiplicity=rule)[:, 0].mean()
        print(
            f"power | {rule:14} | {blocks:2} blocks, {treatments} treatments, effect {effect} | "
            f"{power:.1%} | oracle {oracle:.1%}"
        )
        assert abs(power - oracle) <= 0.05
    if 2.0 ** (1 - blocks) <= 0.025:
        oracle, power = oracle_power(blocks, effect, 0.05), decide(d[:, :1], test="sign-flip").mean()
        print(
            f"power | {'sign-flip':14} | {blocks:2} blocks, effect {effect} | {power:.1%} | oracle {oracle:.1%}"
        )
        assert abs(power - oracle) <= 0.05


@pytest.mark.parametrize("noise", ["normal", "t3"])
@pytest.mark.parametrize("blocks", [5, 10, 20])
def test_intervals_cover_the_true_difference(blocks, noise):
    rng = np.random.default_rng([SEED, 5, blocks, noise == "t3"])
    y = responses(rng, 1, blocks, noise) + np.array([0.0, 0.7])[None, :, None]
    d = y[:, 1] - y[:, 0]
    half = special.stdtrit(blocks - 1, 0.975) * standard_error(d)
    covered = np.abs(d.mean(axis=1) - 0.7) <= half
    print(f"coverage | {blocks:2} blocks | {noise:6} | {covered.mean():.2%}")
    assert 0.93 <= covered.mean() <= 0.97
    for i in range(0, EXPERIMENTS, 200):
        low, high = interval(d[i], 0.05)
        assert (low <= 0.7 <= high) == covered[i]


@pytest.mark.parametrize("name", RULES)
def test_the_real_analysis_decides_as_its_fast_form_does(name):
    rule = RULES[name]
    rng = np.random.default_rng([SEED, 6, list(RULES).index(name)])
    for blocks in (2, 6, 9, 31):
        y = responses(rng, rule["treatments"], blocks, experiments=20)
        y[:, 1:] += rng.choice([0.0, 1.5, 4.0], size=(20, rule["treatments"], 1))
        fast = decide(y[:, 1:] - y[:, :1], multiplicity=rule["multiplicity"], test=rule["test"])
        names = tuple(f"a{i + 1}" for i in range(rule["treatments"]))
        for experiment, expected in zip(y, fast, strict=True):
            rules = Rules(
                baseline="a0", treatments=names, blocks=tuple(range(blocks)), direction="max",
                multiplicity=rule["multiplicity"], test=rule["test"], sequence=names,
            )  # fmt: skip
            found = analyse(rows(experiment), rules).effects
            assert [e.verdict != "undecided" for e in found] == list(expected)


def test_repeated_splits_are_corrected_for_the_data_they_share():
    """Blocks that share data: the naive t is wrong most of the time, the corrected one is not."""
    rng = np.random.default_rng([SEED, 7])
    ratio, blocks = 0.25, 30
    shared = np.sqrt(ratio) * rng.standard_normal((EXPERIMENTS, 1, 1))
    d = rng.standard_normal((EXPERIMENTS, 1, blocks)) + shared
    naive, corrected = decide(d).mean(), decide(d, split_ratio=ratio)
    bound = upper(int(corrected.sum()), EXPERIMENTS)
    print(
        f"type I | splits | naive {naive:.1%} | Nadeau-Bengio {corrected.mean():.2%} | 99% bound {bound:.2%}"
    )
    assert naive > 0.2
    assert bound <= 0.065


def test_equivalence_is_seldom_claimed_of_a_difference_as_large_as_the_margin():
    rng = np.random.default_rng([SEED, 8])
    claimed = 0
    for _ in range(300):
        y = responses(rng, 1, 10, experiments=1)[0] * 0.3
        y[1] += 0.5
        rules = Rules(baseline="a0", treatments=("a1",), blocks=tuple(range(10)), direction="max", margin=0.5)
        claimed += analyse(rows(y), rules).effects[0].verdict == "equivalent"
    bound = upper(claimed, 300, 0.95)
    print(f"type I | equivalence | {claimed / 300:.1%} of 300 at the margin")
    assert claimed / 300 <= 0.05 + 2.6 * np.sqrt(0.05 * 0.95 / 300), bound
