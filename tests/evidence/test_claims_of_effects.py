"""What may be said of an effect: items, hypotheses, contradictions, and properties of all verdicts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from analysis_tables import BASE, arms, only, rows, rules
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from jupyter_coimprove.errors import PlanError, UnknownName, UsageError
from jupyter_coimprove.evidence.analysis import analyse
from jupyter_coimprove.evidence.hypotheses import directions


# -- items -----------------------------------------------------------------------------------------
def with_items(table, shift, count=40, spread=1.0):
    rng = np.random.default_rng(2)
    easy, own = rng.normal(0, 3, count), rng.normal(shift, spread, count)
    return [replace(row, items=tuple(easy + own * (row.arm == "t1"))) for row in table]


def test_item_sampling_is_told_beside_the_blocks():
    table = with_items(rows(**arms(1.0)), 1.0)
    effect = only(analyse(table, rules("t1")))
    own = np.array(table[-1].items) - np.array(table[0].items)
    assert effect.item_interval == pytest.approx(stats.ttest_1samp(own, 0).confidence_interval(0.95))
    assert not any("not in general" in note for note in effect.notes)


def test_better_is_not_said_in_general_where_the_items_do_not_carry_it():
    effect = only(analyse(with_items(rows(**arms(1.0)), 0.1, spread=3.0), rules("t1")))
    assert effect.verdict == "better"
    assert any("not in general" in note for note in effect.notes)


def test_items_that_cannot_be_paired_are_said_and_split_blocks_have_none():
    table = with_items(rows(**arms(1.0)), 1.0)
    uneven = [replace(table[0], items=table[0].items[:5]), *table[1:]]
    effect = only(analyse(uneven, rules("t1")))
    assert effect.item_interval is None
    assert any("different numbers of items" in note for note in effect.notes)
    assert only(analyse(table, rules("t1", block_kind="split", split_ratio=0.25))).item_interval is None


# -- hypotheses ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "direction", "expected"),
    [
        ("t1 > base", "max", "supported"), ("t1 < base", "max", "refuted"),
        ("t1 > baseline", "min", "supported"), ("t1 better", "min", "refuted"),
        ("t1 worse", "min", "supported"), ("t1 better", "max", "supported"),
    ],
)  # fmt: skip
def test_a_directional_hypothesis_gets_its_verdict(text, direction, expected):
    found = analyse(rows(**arms(1.0)), rules("t1", hypothesis=text, direction=direction))
    assert only(found).hypothesis == expected


def test_an_undecided_effect_leaves_the_hypothesis_undecided_and_equivalence_refutes_it():
    assert only(analyse(rows(**arms(0.0)), rules("t1", hypothesis="t1 better"))).hypothesis == "undecided"
    same = only(analyse(rows(**arms(0.0)), rules("t1", hypothesis="t1 better", margin=1.0)))
    assert same.hypothesis == "refuted"


def test_each_arm_is_judged_by_its_own_part():
    found = analyse(rows(**arms(3.0, 3.0)), rules("t1", "t2", hypothesis="t1 better; t2 < base"))
    assert [e.hypothesis for e in found.effects] == ["supported", "refuted"]


def test_names_with_signs_in_them_are_read():
    chosen = rules("lr>0.1", "lr", hypothesis="lr>0.1 < base")
    assert directions(chosen) == {"lr>0.1": "lower"}


def test_a_hypothesis_of_another_form_is_left_to_the_reader():
    found = analyse(rows(**arms(1.0)), rules("t1", hypothesis="something will happen"))
    assert only(found).hypothesis == ""
    assert any("no direction" in note for note in found.notes)
    with pytest.raises(UsageError, match="no direction"):
        directions(rules("t1", hypothesis="something will happen"))
    with pytest.raises(UnknownName, match="t11"):
        directions(rules("t1", hypothesis="t11 > base"))


# -- rules that contradict themselves --------------------------------------------------------------
def test_rules_that_cannot_be_followed_are_refused():
    table = rows(**arms(1.0))
    with pytest.raises(UnknownName, match="t9"):
        analyse(table, rules("t1", sequence=("t9",)))
    with pytest.raises(PlanError, match="twice"):
        analyse(table, rules("t1", "t1"))
    for wrong in ({"alpha": 0.0}, {"margin": -1.0}):
        with pytest.raises(PlanError, match="rule of decision"):
            analyse(table, rules("t1", **wrong))


def test_a_baseline_alone_shows_its_spread():
    found = analyse(rows(base=BASE[:5]), rules(blocks=5))
    assert found.effects == ()
    assert found.arms[0].sd == pytest.approx(BASE[:5].std(ddof=1))
    assert any("invisible" in note for note in found.notes)


# -- properties ------------------------------------------------------------------------------------
tables = st.integers(2, 9).flatmap(
    lambda n: st.lists(st.lists(st.integers(-400, 400), min_size=n, max_size=n), min_size=2, max_size=4)
)
kinds = st.sampled_from(["holm", "fixed-sequence", "primary"])


def judge(table, *, order=None, **changes):
    names = [f"t{i}" for i in range(1, len(table))]
    data = {"base": table[0], **dict(zip(names, table[1:], strict=True))}
    chosen = rules(*(order or names), blocks=len(table[0]), **changes)
    return {
        e.arm: e for e in analyse(rows(**{k: [x / 4 for x in xs] for k, xs in data.items()}), chosen).effects
    }


@settings(max_examples=60, deadline=None)
@given(tables, kinds)
def test_interval_p_and_verdict_never_contradict(table, kind):
    for effect in judge(table, multiplicity=kind).values():
        if effect.p is None:
            continue
        assume(abs(effect.p_adjusted - 0.05) > 1e-9)
        outside = effect.low is not None and (effect.low > 0 or effect.high < 0)
        assert outside == (effect.p_adjusted < 0.05) == (effect.verdict in ("better", "worse"))


@settings(max_examples=40, deadline=None)
@given(tables, kinds)
def test_turning_the_responses_round_turns_the_verdicts_round(table, kind):
    one, other = judge(table, multiplicity=kind), judge([[-x for x in xs] for xs in table], multiplicity=kind)
    swapped = {"better": "worse", "worse": "better"}
    assert {a: swapped.get(e.verdict, e.verdict) for a, e in one.items()} == {
        a: e.verdict for a, e in other.items()
    }


@settings(max_examples=40, deadline=None)
@given(tables, kinds, st.integers(-1000, 1000))
def test_adding_a_constant_to_all_responses_changes_nothing(table, kind, constant):
    moved = [[x + constant for x in xs] for xs in table]
    one, other = judge(table, multiplicity=kind), judge(moved, multiplicity=kind)
    assert [replace(e, correlation=None) for e in one.values()] == [
        replace(e, correlation=None) for e in other.values()
    ]
    assert all(e.correlation == pytest.approx(other[arm].correlation) for arm, e in one.items())


@settings(max_examples=40, deadline=None)
@given(tables, kinds)
def test_scaling_the_responses_scales_the_effects(table, kind):
    one, other = (
        judge(table, multiplicity=kind),
        judge([[8 * x for x in xs] for xs in table], multiplicity=kind),
    )
    for arm, effect in one.items():
        assert other[arm].verdict == effect.verdict
        assert other[arm].estimate == pytest.approx(8 * effect.estimate)
        assert (other[arm].low is None) == (effect.low is None)
        if effect.low is not None:
            assert other[arm].high == pytest.approx(8 * effect.high)


@settings(max_examples=40, deadline=None)
@given(tables, st.randoms())
def test_the_order_of_the_arms_does_not_matter_to_holm(table, random):
    names = [f"t{i}" for i in range(1, len(table))]
    random.shuffle(names)
    assert judge(table) == judge(table, order=names)
