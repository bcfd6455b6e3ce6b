"""From rows to verdicts: pairing, failures, determinism, sequences, equivalence, items, hypotheses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from jupyter_coimprove.errors import PlanError, UnknownName, UsageError
from jupyter_coimprove.evidence.analysis import analyse
from jupyter_coimprove.evidence.effects import Row, Rules
from jupyter_coimprove.evidence.hypotheses import directions
from jupyter_coimprove.runs.run import Value

NOISE = np.random.default_rng(11).normal(0, 1, (4, 12))
#: The blocks move all arms together; each arm has a little noise of its own.
BASE = 90 + 3 * NOISE[0]


def rules(*treatments, blocks=8, **changes):
    chosen = {
        "baseline": "base", "treatments": treatments, "blocks": tuple(range(blocks)), "direction": "max",
        "block_kind": "init", **changes,
    }  # fmt: skip
    return Rules(**chosen)


def value(x):
    return Value.missing() if x is None else Value.of(x)


def rows(**arms):
    return [
        Row(arm=arm, block=block, value=value(x)) for arm, xs in arms.items() for block, x in enumerate(xs)
    ]


def arms(*shifts, blocks=8):
    made = {f"t{i}": BASE[:blocks] + shift + 0.3 * NOISE[i, :blocks] for i, shift in enumerate(shifts, 1)}
    return {"base": BASE[:blocks], **made}


def only(found):
    (effect,) = found.effects
    return effect


# -- pairing -------------------------------------------------------------------------------------
def test_a_treatment_is_compared_block_by_block():
    data = arms(1.0)
    effect = only(analyse(rows(**data), rules("t1")))
    oracle = stats.ttest_rel(data["t1"], data["base"])
    assert effect.p == pytest.approx(oracle.pvalue)
    assert (effect.verdict, effect.method, effect.n, effect.planned) == ("better", "paired t", 8, 8)
    assert effect.estimate == pytest.approx((data["t1"] - data["base"]).mean())
    assert effect.correlation == pytest.approx(np.corrcoef(data["t1"], data["base"])[0, 1])
    assert effect.points[3] == (3, pytest.approx(data["t1"][3] - data["base"][3]))
    assert effect.better == (8, 8)
    assert effect.p_better == pytest.approx(stats.binomtest(8, 8).proportion_ci(0.95, "exact"))


def test_a_lower_response_is_better_where_the_plan_says_so():
    assert only(analyse(rows(**arms(1.0)), rules("t1", direction="min"))).verdict == "worse"
    assert only(analyse(rows(**arms(-1.0)), rules("t1", direction="min"))).verdict == "better"


def test_a_block_that_lacks_a_run_leaves_the_estimate_and_stays_planned():
    table = [row for row in rows(**arms(1.0)) if (row.arm, row.block) != ("t1", 3)]
    effect = only(analyse(table, rules("t1")))
    assert (effect.n, effect.planned, effect.verdict) == (7, 8, "better")
    assert 3 not in dict(effect.points)
    assert any("1 of 8 planned blocks" in note for note in effect.notes)


def test_the_baseline_repeated_in_its_block_shows_what_seeds_do_not_determine():
    again = Row(arm="base", block=0, replicate=1, value=Value.of(BASE[0] + 0.25))
    found = analyse([*rows(**arms(1.0)), again], rules("t1"))
    assert found.residual == pytest.approx(0.25)
    assert only(found).points == only(analyse(rows(**arms(1.0)), rules("t1"))).points
    assert any("differs by up to 0.25" in note for note in found.notes)


def test_two_responses_of_one_run_are_kept_averaged_and_flagged():
    twice = [*rows(**arms(1.0)), Row(arm="t1", block=2, value=Value.of(arms(1.0)["t1"][2] + 2))]
    found = analyse(twice, rules("t1"))
    once = dict(only(analyse(rows(**arms(1.0)), rules("t1"))).points)
    assert dict(only(found).points)[2] == pytest.approx(once[2] + 1)
    assert any("more than one response for t1 in block 2" in note for note in found.notes)


def test_rows_that_were_not_registered_are_left_out_and_said():
    extra = [Row(arm="stranger", block=0, value=Value.of(1)), Row(arm="t1", block=77, value=Value.of(1))]
    found = analyse([*rows(**arms(1.0)), *extra], rules("t1"))
    assert only(found).points == only(analyse(rows(**arms(1.0)), rules("t1"))).points
    assert any("stranger" in note for note in found.notes)
    assert any("77" in note for note in found.notes)


# -- failures ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("bad", "kind"),
    [(float("nan"), "nan"), (float("inf"), "inf"), (float("-inf"), "-inf"), (None, "missing")],
)
def test_nan_infinite_and_missing_are_failures_of_different_kinds(bad, kind):
    data = arms(1.0)
    data["t1"] = [*data["t1"][:7], bad]
    found = analyse(rows(**data), rules("t1"))
    assert found.arms[1].failures == ((kind, 1),)
    assert found.arms[1].completed == 7


def test_unequal_failures_leave_it_undecided_whatever_the_completed_runs_show():
    data = arms(5.0)
    data["t1"] = [*data["t1"][:6], None, None]
    effect = only(analyse(rows(**data), rules("t1")))
    assert (effect.verdict, effect.n, effect.planned) == ("undecided", 6, 8)
    assert effect.low > 0
    (note,) = effect.notes
    assert "unequal failures" in note
    assert "ranked worst" in note


def test_failures_ranked_worst_are_the_signed_rank_test_with_the_largest_ranks():
    data = arms(5.0)
    data["t1"] = [*data["t1"][:6], None, None]
    (note,) = only(analyse(rows(**data), rules("t1"))).notes
    ranks = [*range(1, 7), -7.5, -7.5]
    oracle = stats.permutation_test((ranks,), np.sum, permutation_type="samples", n_resamples=np.inf)
    assert f"p = {oracle.pvalue:.2g}" in note


def test_as_many_failures_on_both_sides_do_not_force_it():
    data = arms(5.0)
    data["t1"] = [None, *data["t1"][1:]]
    data["base"] = [*data["base"][:7], None]
    effect = only(analyse(rows(**data), rules("t1")))
    assert (effect.verdict, effect.n) == ("better", 6)


@pytest.mark.parametrize("reason", ["oom", "disk_full", "runner_lost", "cancelled"])
def test_failures_of_the_machine_are_not_counted_against_an_arm(reason):
    lost = Row(arm="t1", block=7, value=Value.missing(), failed=reason, infrastructure=reason != "cancelled")
    found = analyse(
        [row for row in rows(**arms(1.0)) if (row.arm, row.block) != ("t1", 7)] + [lost], rules("t1")
    )
    assert only(found).verdict == "better"
    assert found.arms[1].failures == ()
    assert any("deviation" in note for note in found.notes) == (reason == "cancelled")


def test_a_repeated_run_replaces_the_one_the_machine_lost():
    lost = Row(arm="t1", block=7, value=Value.missing(), failed="oom", infrastructure=True)
    assert only(analyse([lost, *rows(**arms(1.0))], rules("t1"))).n == 8


def test_no_failure_in_n_runs_bounds_the_rate():
    found = analyse(rows(**arms(1.0)), rules("t1"))
    assert found.arms[0].failure_bound == pytest.approx(1 - 0.05 ** (1 / 8))


def test_an_arm_without_any_response_is_undecided_without_numbers():
    effect = only(analyse(rows(base=BASE[:4], t1=[None] * 4), rules("t1", blocks=4)))
    assert (effect.n, effect.estimate, effect.low, effect.p) == (0, None, None, None)
    assert effect.verdict == "undecided"


def test_nothing_from_the_baseline_is_said():
    found = analyse(rows(base=[None] * 4, t1=BASE[:4]), rules("t1", blocks=4))
    assert any("baseline" in note and "nothing can be compared" in note for note in found.notes)


# -- determinism and no change ---------------------------------------------------------------------
def test_equal_responses_in_all_blocks_are_deterministic_and_exact():
    found = analyse(rows(base=[0.9] * 4, t1=[0.8] * 4, t2=[0.9] * 4), rules("t1", "t2", blocks=4))
    assert found.deterministic
    one, other = found.effects
    assert (one.method, one.n, one.p, one.verdict) == ("exact difference", 1, None, "worse")
    assert one.low == one.high == one.estimate == pytest.approx(-0.1)
    assert (other.estimate, other.verdict) == (0, "undecided")


def test_one_block_is_exact_only_where_nothing_varies_by_block():
    table = rows(base=[0.9], t1=[0.8])
    assert only(analyse(table, rules("t1", blocks=1, block_kind="none"))).verdict == "worse"
    assert only(analyse(table, rules("t1", blocks=1))).verdict == "undecided"
    again = Row(arm="base", block=0, replicate=1, value=Value.of(0.91))
    assert only(analyse([*table, again], rules("t1", blocks=1, block_kind="none"))).verdict == "undecided"


def test_all_differences_zero_is_no_change_observed_and_not_tested():
    found = analyse(rows(base=BASE[:5], t1=BASE[:5]), rules("t1", blocks=5))
    effect = only(found)
    assert not found.deterministic
    assert (effect.low, effect.high, effect.p, effect.method, effect.verdict) == (
        0,
        0,
        None,
        "none",
        "undecided",
    )
    assert any("no change observed" in note for note in effect.notes)


def test_differences_of_rounding_alone_are_zero():
    wobble = BASE[:5] * (1 + 2e-16)
    assert only(analyse(rows(base=BASE[:5], t1=wobble), rules("t1", blocks=5))).estimate == 0


def test_a_response_that_no_block_changes_is_warned_of():
    found = analyse(rows(base=[0.9] * 6, t1=BASE[:6]), rules("t1", blocks=6))
    assert any("the same in all 6 blocks" in note for note in found.notes)


# -- several treatments ----------------------------------------------------------------------------
def test_a_fixed_sequence_leaves_what_comes_after_the_first_failure_untested():
    data = arms(3.0, 0.0, 3.0)
    found = analyse(
        rows(**data), rules("t1", "t2", "t3", multiplicity="fixed-sequence", sequence=("t1", "t2", "t3"))
    )
    assert [e.verdict for e in found.effects] == ["better", "undecided", "undecided"]
    last = found.effects[2]
    assert (last.tested, last.p, last.p_adjusted, last.level) == (False, None, None, 0.95)
    assert last.low > 0
    assert any("stopped at t2" in note and "descriptive" in note for note in last.notes)


def test_the_registered_sequence_counts_and_not_the_order_of_the_arms():
    data = arms(3.0, 0.0, 3.0)
    found = analyse(
        rows(**data), rules("t1", "t2", "t3", multiplicity="fixed-sequence", sequence=("t3", "t1", "t2"))
    )
    assert [e.verdict for e in found.effects] == ["better", "undecided", "better"]


def test_a_sequence_stops_where_failures_leave_it_undecided():
    data = arms(3.0, 3.0)
    data["t1"] = [*data["t1"][:7], None]
    found = analyse(rows(**data), rules("t1", "t2", multiplicity="fixed-sequence"))
    assert [e.tested for e in found.effects] == [True, False]


def test_only_the_primary_contrast_is_tested():
    found = analyse(rows(**arms(3.0, 3.0)), rules("t1", "t2", multiplicity="primary", sequence=("t2",)))
    assert [(e.tested, e.verdict) for e in found.effects] == [(False, "undecided"), (True, "better")]


def test_holm_intervals_are_as_wide_as_their_step():
    found = analyse(rows(**arms(3.0, 2.0, 0.0)), rules("t1", "t2", "t3"))
    by_p = sorted(found.effects, key=lambda e: e.p)
    assert [round(1 - e.level, 6) for e in by_p] == [round(0.05 / 3, 6), 0.025, 0.05]


# -- splits ----------------------------------------------------------------------------------------
def with_sizes(table, train=80, test=20):
    return [replace(row, sizes=(train, test)) for row in table]


def test_repeated_splits_are_corrected_with_the_sizes_the_runs_report():
    found = analyse(with_sizes(rows(**arms(1.0))), rules("t1", block_kind="split", split_ratio=9.0))
    effect, d = only(found), np.array([x for _, x in only(found).points])
    t = d.mean() / (d.std(ddof=1) * np.sqrt(1 / 8 + 0.25))
    assert effect.method == "nadeau-bengio"
    assert effect.p == pytest.approx(2 * stats.t.sf(abs(t), 7))
    assert effect.sign_flip_p is None


def test_without_sizes_the_registered_ratio_is_used_and_without_it_the_most_cautious():
    table = rows(**arms(1.0))
    registered = only(analyse(table, rules("t1", block_kind="split", split_ratio=0.25)))
    unknown = analyse(table, rules("t1", block_kind="split"))
    assert registered.p == pytest.approx(only(analyse(with_sizes(table), rules("t1", block_kind="split"))).p)
    assert only(unknown).p > registered.p
    assert any("sizes of the splits are not known" in note for note in unknown.notes)


def test_a_smallest_effect_under_the_floor_of_the_splits_takes_more_data():
    table = with_sizes(rows(**arms(0.1)))
    effect = only(analyse(table, rules("t1", block_kind="split", smallest_effect=0.05)))
    assert effect.needed == 0
    assert any("no number of splits" in note and "more data" in note for note in effect.notes)


# -- needed blocks -----------------------------------------------------------------------------------
def test_needed_blocks_are_for_the_registered_smallest_effect_and_never_for_the_observed():
    table, small = rows(**arms(0.05)), rules("t1", smallest_effect=0.3)
    assert only(analyse(table, rules("t1"))).needed is None
    needed = only(analyse(table, small)).needed
    moved = rows(**arms(2.0))
    assert only(analyse(moved, small)).needed == needed
    assert only(analyse(table, rules("t1", smallest_effect=0.1))).needed > needed > 2


# -- equivalence -------------------------------------------------------------------------------------
def test_equivalence_needs_a_margin_registered():
    table = rows(**arms(0.0))
    assert only(analyse(table, rules("t1"))).verdict == "undecided"
    effect = only(analyse(table, rules("t1", margin=1.0)))
    assert effect.verdict == "equivalent"
    assert -1 < effect.equivalence[0] < effect.equivalence[1] < 1


def test_a_difference_below_the_margin_is_both():
    effect = only(analyse(rows(**arms(0.5)), rules("t1", margin=2.0)))
    assert effect.verdict == "equivalent"
    assert effect.low > 0
    assert "different, but below the margin" in effect.notes


def test_equivalence_claims_are_adjusted_for_how_many_there_are():
    table = rows(**arms(0.0, 0.0, 0.0))
    alone = only(analyse(table, rules("t1", margin=1.0)))
    among = analyse(table, rules("t1", "t2", "t3", margin=1.0)).effects[0]
    assert among.p_equivalence >= alone.p_equivalence
    assert among.equivalence[0] <= alone.equivalence[0]


def test_no_change_is_equivalent_only_with_blocks_enough_to_say_so():
    few = analyse(rows(base=BASE[:3], t1=BASE[:3]), rules("t1", blocks=3, margin=0.5))
    many = analyse(rows(base=BASE[:6], t1=BASE[:6]), rules("t1", blocks=6, margin=0.5))
    assert [only(few).verdict, only(many).verdict] == ["undecided", "equivalent"]


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
