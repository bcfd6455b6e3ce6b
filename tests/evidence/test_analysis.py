"""From rows to verdicts: pairing, failures, determinism, sequences, splits, equivalence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from analysis_tables import BASE, arms, only, rows, rules
from scipy import stats

from jupyter_coimprove.evidence.analysis import analyse
from jupyter_coimprove.evidence.effects import Row
from jupyter_coimprove.runs.run import Value


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


def test_splits_of_unequal_sizes_are_said_and_corrected_by_the_largest_ratio():
    table = [replace(row, sizes=(80.0, 20.0 if row.block else 40.0)) for row in rows(**arms(1.0))]
    found = analyse(table, rules("t1", block_kind="split"))
    plain = analyse(rows(**arms(1.0)), rules("t1", block_kind="split", split_ratio=0.5))
    assert (only(found).low, only(found).high) == pytest.approx((only(plain).low, only(plain).high))
    assert any("not split alike: n_test/n_train goes from 0.25 to 0.5" in note for note in found.notes)
    alike = [replace(row, sizes=(80.0, 20.0 + row.block / 10)) for row in rows(**arms(1.0))]
    assert not any(
        "not split alike" in note for note in analyse(alike, rules("t1", block_kind="split")).notes
    )
