"""Add-one-in, both, fractions: arms, names, the way through ``plan.toml``, and what cannot be meant."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from design_plans import names, plan

from jupyter_coimprove.errors import CoimproveError, PlanError, UsageError
from jupyter_coimprove.experiments.arms import contrasts
from jupyter_coimprove.experiments.binding import arm_diff
from jupyter_coimprove.experiments.factorial import structure
from jupyter_coimprove.experiments.planfile import changed, dump, load
from jupyter_coimprove.experiments.registration import check
from jupyter_coimprove.workbench import concluding

SWITCHES = [f"s{i}" for i in range(9)]


@pytest.fixture
def switches(make):
    """A notebook with nine switches, all on, and its reading."""
    notebook = make.notebook("\n".join(f"{s} = True" for s in SWITCHES), "acc = " + " + ".join(SWITCHES))
    reading = make.reading(
        *(make.candidate(notebook, s, 0, "True", after=f"{s} = ", levels=("False",)) for s in SWITCHES),
        measured=(make.measured("acc", 1),),
    )
    return notebook, reading


def test_add_one_in_starts_from_the_stripped_notebook_and_shows_the_whole(switches):
    found = plan(switches, "s0", "s1", "s2", design="add-one-in")
    assert names(found) == ["stripped", "with s0", "with s1", "with s2", "whole notebook"]
    assert found.baseline.name == "stripped"
    assert dict(found.baseline.settings) == {"s0": "False", "s1": "False", "s2": "False"}
    assert dict(found.treatments[0].settings) == {"s1": "False", "s2": "False"}
    assert [arm.role for arm in found.controls] == ["whole"]
    assert contrasts(found) == ("with s0", "with s1", "with s2")
    check(found)


def test_what_is_added_in_shows_as_a_difference_to_the_stripped_notebook(switches):
    found = plan(switches, "s0", "s1", "s2", design="add-one-in")
    diff = arm_diff(switches[0], found, found.treatments[1])
    assert "-s1 = False" in diff
    assert "+s1 = True" in diff
    assert "-s0" not in diff
    assert arm_diff(switches[0], found, found.baseline).count("+s") == 3
    assert arm_diff(switches[0], found, found.controls[0]) == ""


def test_both_leaves_out_of_the_whole_and_adds_to_the_stripped(switches):
    found = plan(switches, "s0", "s1", "s2", design="both")
    assert names(found) == [
        "baseline", "without s0", "without s1", "without s2", "stripped", "with s0", "with s1", "with s2",
    ]  # fmt: skip
    assert [found.reference(arm).name for arm in found.treatments] == ["baseline"] * 3 + ["stripped"] * 3
    assert len(contrasts(found)) == 6
    check(found)


@pytest.mark.parametrize(("count", "resolution", "runs", "found_resolution"), [
    (5, None, 16, 5), (6, "IV", 16, 4), (6, "V", 32, 6), (7, "IV", 16, 4), (7, "V", 64, 7), (8, "IV", 16, 4), (8, "V", 64, 5),
])  # fmt: skip
def test_a_fraction_has_the_baseline_its_resolution_and_its_aliases(
    switches, count, resolution, runs, found_resolution
):
    found = plan(switches, *SWITCHES[:count], design="fractional-factorial", resolution=resolution)
    assert len(found.arms) == runs
    assert found.arms[0].is_baseline
    assert structure(found).resolution == found_resolution
    assert structure(found).balanced
    assert contrasts(found) == tuple(f"{s}=False" for s in SWITCHES[:count])
    check(found)


def test_at_resolution_four_pairs_are_aliased_and_main_effects_with_three_factors(switches):
    found = structure(plan(switches, *SWITCHES[:6], design="fractional-factorial"))
    assert all(len(one) == 3 for others in found.mains.values() for one in others)
    assert any(len(group) > 1 for group in found.pairs)
    clear = structure(plan(switches, *SWITCHES[:5], design="fractional-factorial"))
    assert len(clear.clear) == 10


@pytest.mark.parametrize(("design", "count"), [("add-one-in", 3), ("both", 3), ("fractional-factorial", 5)])
def test_every_kind_reads_back_and_a_lost_arm_is_refused(switches, design, count):
    found = plan(switches, *SWITCHES[:count], design=design)
    text = dump(found)
    assert load(text) == found
    assert changed(found, load(text)) == []
    head, *tables = text.split("[[arms]]\n")
    lost = load("[[arms]]\n".join([head, *tables[:1], *tables[2:]]))
    if design == "add-one-in":
        check(lost)  # a factor that is not put back stays out of all arms
    else:
        with pytest.raises(PlanError):
            check(lost)


def test_an_arm_that_puts_back_two_things_is_refused(switches):
    text = dump(plan(switches, "s0", "s1", "s2", design="add-one-in"))
    with pytest.raises(PlanError, match="does not put one factor back"):
        check(load(text.replace('set = { s1 = "False", s2 = "False" }', 'set = { s1 = "False" }')))


def test_a_role_that_its_design_has_not_is_refused(switches):
    text = dump(plan(switches, "s0", "s1", design="leave-one-out"))
    wrong = text.replace('set = { s0 = "False" }', 'role = "added"\nset = { s0 = "False" }')
    with pytest.raises(PlanError, match="which a leave-one-out design has not"):
        check(load(wrong))
    with pytest.raises(PlanError, match="role is 'sham'"):
        load(wrong.replace('"added"', '"sham"'))


@pytest.mark.parametrize(
    ("design", "asked", "says", "remedy"),
    [
        ("add-one-in", ["s0"], "at least 2 factors", "leave-one-out"),
        ("both", ["s0", "s1"], "leaving one of two out is adding the other", "full-factorial"),
        ("fractional-factorial", SWITCHES[:3], "takes 5 to 8 factors, not 3", "full-factorial"),
        ("fractional-factorial", SWITCHES[:9], "takes 5 to 8 factors, not 9", "fewer"),
        ("full-factorial", SWITCHES[:5], "32 arms", "fractional-factorial"),
        ("full-factorial", SWITCHES[:9], "512 arms", "fewer"),
    ],
)
def test_a_number_of_factors_that_a_design_cannot_have_says_what_could(switches, design, asked, says, remedy):
    with pytest.raises(UsageError, match=says) as caught:
        plan(switches, *asked, design=design)
    assert remedy in caught.value.remedy


def test_what_has_several_levels_or_is_off_already_cannot_be_added_in(training, make):
    with pytest.raises(UsageError, match="in one way, not 2"):
        plan(training, "epochs=1,2", "lr", design="add-one-in")
    notebook = make.notebook("augment = False\nscale = True\nacc = 1")
    reading = make.reading(
        make.candidate(notebook, "augment", 0, "False"), make.candidate(notebook, "scale", 0, "True"),
        measured=(make.measured("acc", 0),),
    )  # fmt: skip
    for design in ("add-one-in", "both"):
        with pytest.raises(UsageError, match="augment is False already"):
            plan((notebook, reading), "augment", "scale", design=design)


def test_a_fraction_takes_two_levels_a_known_resolution_and_no_other_design_has_one(switches, training):
    with pytest.raises(UsageError, match="resolution is IV or V"):
        plan(switches, *SWITCHES[:5], design="fractional-factorial", resolution="III")
    with pytest.raises(UsageError, match="has no resolution"):
        plan(switches, "s0", "s1", design="full-factorial", resolution="V")
    with pytest.raises(UsageError, match="lr has 3"):
        plan(
            training, "lr=0.2,0.3", "epochs=6", "optimizer=adam", "use_noise=False", "steps[clip]",
            design="fractional-factorial",
        )  # fmt: skip


def test_without_the_library_the_extra_is_named(switches, monkeypatch):
    monkeypatch.setitem(sys.modules, "pydoe", None)
    with pytest.raises(CoimproveError, match="needs pyDOE") as caught:
        plan(switches, *SWITCHES[:5], design="fractional-factorial")
    assert "jupyter-coimprove[designs]" in caught.value.remedy


def test_what_can_be_off_is_suggested_where_nothing_is_named(switches, training):
    assert len(plan(switches, design="both").varied) == 4
    assert len(plan(switches, design="fractional-factorial").varied) == 5
    found = [f.name for f in plan(training, design="add-one-in").varied]
    assert {f.name for f in plan(training, design="add-one-in").varied} == {
        "use_noise",
        "steps[scale]",
        "steps[clip]",
        "lr",
    }
    assert found[-1] == "lr"  # parts and switches come first, amounts fill up


def test_the_sequence_of_a_factorial_names_main_effects(switches):
    found = plan(switches, "s0", "s1", design="full-factorial", multiplicity="fixed-sequence")
    assert found.sequence == ("s0=False", "s1=False")
    check(found)
    with pytest.raises(UsageError, match="no arm named"):
        plan(switches, "s0", "s1", design="full-factorial", primary="s0=False, s1=False")


def test_a_factor_that_is_left_out_of_a_factorial_leaves_the_others_to_be_analysed(switches):
    whole = plan(switches, "s0", "s1", "s2", design="full-factorial")
    found = replace(whole, arms=tuple(arm for arm in whole.arms if "s2" not in arm.settings))
    check(found)
    rules = concluding.rules(found)
    assert rules.mains == (("s0=False", "s0"), ("s1=False", "s1"))
    assert {name for _, levels in rules.factors for name, _ in levels} == {"s0", "s1"}
