"""What the arms beside the comparison say, and what a reseed arm with an effect does to it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from analysis_tables import arms, rows, rules

from jupyter_coimprove.evidence.analysis import analyse

QUIET = np.random.default_rng(8).normal(0, 0.3, 8)


def beside(role, values, **changes):
    made = arms(2.0)
    table = rows(**made, beside=made["base"] + values)
    return analyse(table, rules("t1", arms=("base", "t1", "beside"), controls=(("beside", role),), **changes))


def test_a_control_is_in_no_family_and_changes_no_verdict():
    alone = analyse(rows(**arms(2.0)), rules("t1"))
    found = beside("reseed", QUIET - QUIET.mean() + 0.01)
    assert found.effects == alone.effects
    assert [one.arm for one in found.controls] == ["beside"]
    assert not found.controls[0].alarm
    assert "as it must be" in found.controls[0].sentence


def test_a_repeat_that_gives_the_same_says_that_seeds_determine_the_runs():
    assert "seeds determine" in beside("repeat", 0.0).controls[0].sentence
    found = beside("repeat", QUIET)
    assert "do not determine" in found.controls[0].sentence
    assert found.residual == np.abs(QUIET).max().round(15) or abs(found.residual - np.abs(QUIET).max()) < 1e-9


def test_a_reseed_arm_with_an_effect_alarms_and_twice_in_a_row_decides_nothing():
    once = beside("reseed", 3 + QUIET)
    assert once.controls[0].alarm
    assert once.effects[0].verdict == "better"
    twice = beside("reseed", 3 + QUIET, reseed_before=True)
    assert twice.effects[0].verdict == "undecided"
    assert any("analysis stops" in note for note in twice.effects[0].notes)
    assert beside("reseed", QUIET - QUIET.mean() + 0.01, reseed_before=True).effects[0].verdict == "better"


def test_a_baseline_no_better_than_a_dummy_alarms():
    assert not beside("dummy", -5 + QUIET).controls[0].alarm
    assert "has learnt something" in beside("dummy", -5 + QUIET).controls[0].sentence
    assert beside("dummy", QUIET - QUIET.mean() + 0.01).controls[0].alarm
    assert beside("dummy", 5 + QUIET).controls[0].alarm


def test_the_false_alarms_of_a_reseed_arm_are_those_of_its_test():
    rng = np.random.default_rng(41)
    made = rules("t1", blocks=6, arms=("base", "t1", "again"), controls=(("again", "reseed"),))
    alarms = 0
    for _ in range(400):
        base, t, again = rng.normal(size=(3, 6))
        alarms += analyse(rows(base=base, t1=t, again=again), replace(made)).controls[0].alarm
    assert 0.02 < alarms / 400 < 0.09


def test_a_difference_below_the_smallest_effect_of_interest_says_so():
    made = arms(0.5)
    small = analyse(rows(**made), rules("t1", smallest_effect=2.0)).effects[0]
    assert small.verdict == "better"
    assert any("below the smallest effect of interest, 2" in note for note in small.notes)
    large = analyse(rows(**made), rules("t1", smallest_effect=0.1)).effects[0]
    assert not any("below the smallest" in note for note in large.notes)
