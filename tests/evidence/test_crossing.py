"""Main effects as tested treatments, and what a factor does alone and with the others."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from crossed_rows import crossed
from statsmodels.formula.api import ols

from jupyter_coimprove.evidence.analysis import analyse
from jupyter_coimprove.evidence.effects import Row, Rules
from jupyter_coimprove.experiments.aliasing import aliases
from jupyter_coimprove.runs.run import Value


def frame(rows, rules):
    import pandas as pd

    levels = {arm: {n: int(x == "on") for n, x in settings} for arm, settings in rules.factors}
    return pd.DataFrame([{"y": r.value.number, "block": r.block, **levels[r.arm]} for r in rows])


def test_main_effects_are_those_of_least_squares_with_a_fixed_effect_of_each_block():
    rows, rules = crossed("abc", lambda x: x["a"] - 2 * x["b"] + x["a"] * x["c"])
    found = analyse(rows, rules)
    fitted = ols("y ~ C(block) + a + b + c", frame(rows, rules)).fit()
    for effect in found.effects:
        assert effect.estimate == pytest.approx(fitted.params[effect.arm])
    assert [effect.verdict for effect in found.effects] == ["better", "worse", "better"]


def test_the_test_of_a_main_effect_is_a_paired_t_over_its_contrasts_by_block():
    rows, rules = crossed("ab", lambda x: 0.2 * x["a"], noise=0.3)
    (effect, _) = analyse(rows, replace(rules, multiplicity="primary", sequence=("a",))).effects
    table = frame(rows, rules)
    contrasts = [g[g.a == 1].y.mean() - g[g.a == 0].y.mean() for _, g in table.groupby("block")]
    from scipy import stats

    assert effect.p == pytest.approx(stats.ttest_1samp(contrasts, 0).pvalue)
    assert [d for _, d in effect.points] == pytest.approx(contrasts)


def test_arms_keep_their_own_means_though_an_effect_has_the_name_of_one():
    rows, rules = crossed("ab", lambda x: x["a"] + x["b"], noise=0.0)
    arms = {arm.arm: arm for arm in analyse(rows, rules).arms}
    assert set(arms) == {"base", "a", "b", "a+b"}
    assert arms["a"].mean == pytest.approx(arms["base"].mean + 1)


def test_a_block_with_a_failed_run_leaves_the_estimate_and_stays_in_the_count():
    rows, rules = crossed("ab", lambda x: x["a"])
    rows = [
        replace(r, failed="error", value=Value.missing()) if (r.arm, r.block) == ("a", 0) else r for r in rows
    ]
    effect = analyse(rows, rules).effects[0]
    assert (effect.n, effect.planned, effect.verdict) == (5, 6, "undecided")


def test_a_fraction_gives_all_main_effects_and_only_its_clear_interactions():
    half = [(*c, sum(c) % 2) for c in itertools.product((0, 1), repeat=4)]
    rows, rules = crossed("abcde", lambda x: x["a"] + 0.5 * x["e"] + x["a"] * x["b"], rows=half)
    found = analyse(rows, rules)
    assert [e.arm for e in found.effects] == list("abcde")
    assert found.effects[4].estimate == pytest.approx(0.5, abs=0.15)
    assert {i.factors for i in found.interactions if i.p_adjusted < 0.05} == {("a", "b")}


def opposing(alone, last, *, blocks=6, noise=0.02):
    """A factor that gains ``alone`` by itself and ``last`` with the others, beside one that adds up."""
    rng = np.random.default_rng(5)
    level = {
        "base": 0.0,
        "without a": -last,
        "without b": -0.4,
        "stripped": -1.0,
        "with a": -1.0 + alone,
        "with b": -0.6,
    }
    rows = [
        Row(arm=arm, block=b, value=Value.of(float(x + b + noise * rng.normal())))
        for arm, x in level.items()
        for b in range(blocks)
    ]
    rules = Rules(
        baseline="base", treatments=("without a", "without b", "with a", "with b"), blocks=tuple(range(blocks)),
        direction="max", block_kind="init", arms=tuple(level), controls=(("stripped", "reference"),),
        references=(("with a", "stripped"), ("with b", "stripped")),
        opposed=(("a", "without a", "with a"), ("b", "without b", "with b")),
    )  # fmt: skip
    return rows, rules


def test_what_is_added_in_is_compared_with_the_stripped_notebook():
    found = analyse(*opposing(0.3, -0.2))
    effects = {e.arm: e for e in found.effects}
    assert effects["with a"].estimate == pytest.approx(0.3, abs=0.03)
    assert effects["without a"].estimate == pytest.approx(0.2, abs=0.03)
    assert found.controls[0].effect.estimate == pytest.approx(-1.0, abs=0.03)
    assert not found.controls[0].alarm


def test_a_disagreement_in_sign_is_an_interaction():
    a, b = analyse(*opposing(0.3, -0.2)).interactions
    assert (a.factors, a.opposed) == (("a", "the others"), True)
    assert a.estimate == pytest.approx(0.5, abs=0.05)
    assert a.p_adjusted < 0.05
    assert not b.opposed
    assert b.p_adjusted > 0.05
    assert b.low < 0 < b.high


def test_the_aliases_of_a_fraction_are_those_of_its_defining_words():
    # d = abc: the defining word is abcd, of length four.
    found = aliases([(*c, sum(c) % 2) for c in itertools.product((0, 1), repeat=3)], "abcd")
    assert found.resolution == 4
    assert found.mains["a"] == (("b", "c", "d"),)
    assert found.pairs == ((("a", "b"), ("c", "d")), (("a", "c"), ("b", "d")), (("a", "d"), ("b", "c")))
    assert found.clear == ()
    assert "a = b×c×d (three-factor interaction)" in found.lines
    assert "a×b = c×d" in found.lines


def test_a_full_factorial_has_no_aliases_and_lost_rows_no_balance():
    whole = list(itertools.product((0, 1), repeat=3))
    found = aliases(whole, "abc")
    assert (found.resolution, found.lines, found.balanced) == (None, (), True)
    assert len(found.clear) == 3
    assert not aliases(whole[1:], "abc").balanced
    assert not aliases([*whole, *whole], "abc").balanced
