"""Interactions of a balanced factorial, against the OLS of statsmodels."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from statsmodels.formula.api import ols

from jupyter_coimprove.evidence.analysis import analyse
from jupyter_coimprove.evidence.effects import Row, Rules
from jupyter_coimprove.runs.run import Value


def factorial(k, blocks=6, seed=4, together=2.0):
    """A 2^k experiment in which the first two factors interact."""
    rng = np.random.default_rng(seed)
    names = "abc"[:k]
    cells = list(itertools.product((0, 1), repeat=k))
    shift = rng.normal(0, 3, blocks)
    frame = pd.DataFrame(
        [
            {"block": b, "y": shift[b] + sum(cell) + together * cell[0] * cell[1] + rng.normal(0, 0.5)}
            | dict(zip(names, cell, strict=True))
            for b in range(blocks)
            for cell in cells
        ]
    )
    label = {cell: "+".join(n for n, x in zip(names, cell, strict=True) if x) or "base" for cell in cells}
    frame["arm"] = [label[tuple(row)] for row in frame[list(names)].to_numpy()]
    levels = tuple(
        (label[cell], tuple((n, "on" if x else "off") for n, x in zip(names, cell, strict=True)))
        for cell in cells
    )
    rules = Rules(
        baseline="base", treatments=tuple(x for x in label.values() if x != "base"), blocks=tuple(range(blocks)),
        direction="max", block_kind="init", factors=levels,
    )  # fmt: skip
    rows = [Row(arm=r.arm, block=r.block, value=Value.of(r.y)) for r in frame.itertuples()]
    return frame, rows, rules


def test_two_factors_give_the_difference_of_differences():
    frame, rows, rules = factorial(2)
    (found,) = analyse(rows, rules).interactions
    mean = frame.groupby("arm")["y"].mean()
    assert found.factors == ("a", "b")
    assert found.estimate == pytest.approx(mean["a+b"] - mean["a"] - mean["b"] + mean["base"])
    oracle = ols("y ~ C(block) + a * b", frame).fit()
    assert found.p == pytest.approx(oracle.pvalues["a:b"])
    assert (found.low, found.high) == pytest.approx(tuple(oracle.conf_int().loc["a:b"]))


def test_three_factors_have_three_interactions_adjusted_by_holm():
    frame, rows, rules = factorial(3)
    found = analyse(rows, rules).interactions
    centred = frame.assign(**{n: frame[n] - 0.5 for n in "abc"})
    oracle = ols("y ~ C(block) + a + b + c + a:b + a:c + b:c", centred).fit()
    assert [x.factors for x in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    for one in found:
        assert one.p == pytest.approx(oracle.pvalues[":".join(one.factors)])
        assert (one.low > 0 or one.high < 0) == (one.p_adjusted <= 0.05)
    assert found[0].p_adjusted == pytest.approx(3 * found[0].p)


def test_a_block_with_a_missing_cell_is_left_out_of_the_interactions_only():
    _, rows, rules = factorial(2)
    found = analyse([r for r in rows if (r.arm, r.block) != ("a", 0)], rules)
    whole = analyse([r for r in rows if r.block != 0], rules)
    assert found.interactions[0].estimate == pytest.approx(whole.interactions[0].estimate)
    assert any("1 block" in note and "interactions" in note for note in found.notes)
    assert next(e for e in found.effects if e.arm == "b").n == 6


def test_repeated_splits_widen_the_intervals():
    _, rows, rules = factorial(2)
    split = Rules(**{**rules.__dict__, "block_kind": "split", "split_ratio": 0.25})
    (narrow,), (wide,) = analyse(rows, rules).interactions, analyse(rows, split).interactions
    assert wide.high - wide.low == pytest.approx(np.sqrt(1 + 6 * 0.25) * (narrow.high - narrow.low))


def test_what_is_no_full_factorial_has_no_interactions_and_says_why():
    _, rows, rules = factorial(2)
    short = Rules(**{**rules.__dict__, "treatments": ("a", "b"), "factors": rules.factors[:3]})
    found = analyse([r for r in rows if r.arm != "a+b"], short)
    assert found.interactions == ()
    assert any("every combination" in note for note in found.notes)
    three = Rules(
        **{**rules.__dict__, "factors": (*rules.factors[:3], ("a+b", (("a", "third"), ("b", "on"))))}
    )
    assert any("two-level factors" in note for note in analyse(rows, three).notes)
    assert analyse(rows, Rules(**{**rules.__dict__, "factors": ()})).interactions == ()


def test_exactly_additive_responses_have_nothing_to_test_by():
    _, rows, rules = factorial(2)
    exact = [Row(arm=r.arm, block=r.block, value=Value.of(r.block + r.arm.count("a"))) for r in rows]
    found = analyse(exact, rules)
    assert found.interactions == ()
    assert any("exactly additive" in note for note in found.notes)


def fraction(blocks=5):
    """A half of 2⁴ with d = abc (resolution IV): pairs of interactions share a column."""
    rng = np.random.default_rng(12)
    cells = [(a, b, c, (a + b + c) % 2) for a, b, c in itertools.product((0, 1), repeat=3)]
    label = {cell: "".join(n for n, x in zip("abcd", cell, strict=True) if x) or "base" for cell in cells}
    rows = [
        Row(
            arm=label[cell],
            block=b,
            value=Value.of(b + 2 * cell[0] + 4 * cell[0] * cell[1] + rng.normal(0, 0.3)),
        )
        for b in range(blocks)
        for cell in cells
    ]
    levels = tuple(
        (label[cell], tuple((n, "on" if x else "off") for n, x in zip("abcd", cell, strict=True)))
        for cell in cells
    )
    rules = Rules(
        baseline="base", treatments=tuple(x for x in label.values() if x != "base"), blocks=tuple(range(blocks)),
        direction="max", block_kind="init", factors=levels,
    )  # fmt: skip
    return rows, rules


def test_a_fraction_names_the_aliases_of_interactions():
    found = analyse(*fraction())
    assert [(x.factors, x.aliases) for x in found.interactions] == [
        (("a", "b"), ("c×d",)), (("a", "c"), ("b×d",)), (("a", "d"), ("b×c",)),
    ]  # fmt: skip
    assert found.interactions[0].estimate == pytest.approx(4, abs=0.6)
    assert found.interactions[0].p_adjusted < 1e-6


def test_runs_that_fail_in_some_cells_only_leave_no_interactions_to_tell():
    _, rows, rules = factorial(2)
    broken = [
        Row(arm=r.arm, block=r.block, value=Value.missing(), failed="error") if (r.arm, r.block) == ("a", 0) else r
        for r in rows
    ]  # fmt: skip
    found = analyse(broken, rules)
    assert found.interactions == ()
    assert any("failed in some cells more often" in note for note in found.notes)
