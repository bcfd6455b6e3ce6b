"""A plan becomes an experiment, and cannot change after."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from jupyter_coimprove.errors import PlanChanged, PlanError
from jupyter_coimprove.experiments.design import FactorRequest, PlanRequest, build
from jupyter_coimprove.experiments.experiment import Arm, Experiment, Factor, Plan, Seed
from jupyter_coimprove.experiments.planfile import dump, load
from jupyter_coimprove.experiments.registration import digest, register, verify_unchanged

SALT = b"0123456789abcdef"


@pytest.fixture
def plan(training: Any) -> Plan:
    factors = tuple(FactorRequest.parse(text) for text in ("lr=0.01,1.0", "optimizer=adam"))
    return build(*training, PlanRequest(factors=factors))


def registered(plan: Plan, **more: Any) -> Experiment:
    known = {"id": "exp_1", "salt": SALT, "at": "2026-01-01T00:00:00Z", "snapshot": "json:0"} | more
    return register(plan, **known)


def test_a_registered_plan_keeps_its_digest_and_has_its_blocks(plan):
    found = registered(plan)
    assert found.digest == digest(plan) == digest(load(dump(plan)))
    assert len(set(found.blocks)) == 5
    assert registered(plan) == found
    assert registered(plan, salt=b"another").blocks != found.blocks


@pytest.mark.parametrize(
    "change",
    [
        {"question": "else?"}, {"blocks": 6}, {"margin": 0.1}, {"smallest_effect": 0.1}, {"hypothesis": "a > b"}, {"alpha": 0.1},
        {"notebook_digest": "json:1"}, {"kernel": "other"}, {"status": "exploratory"}, {"repeat_baseline": False},
        {"seeding_cell": "pass"}, {"block_kind": "order"}, {"sequence": ("lr=1.0", "lr=0.01", "optimizer=adam")},
        {"multiplicity": "primary"}, {"extra": {"pilot": "exp_0"}}, {"replicates": "exp_0"}, {"split_ratio": 0.5},
    ],
)  # fmt: skip
def test_everything_a_decision_rests_on_is_in_the_digest(plan, change):
    assert digest(dataclasses.replace(plan, **change)) != digest(plan)


def test_nested_parts_are_in_the_digest_and_words_about_the_plan_are_not(plan):
    response = dataclasses.replace(plan.response, direction="min")
    assert digest(dataclasses.replace(plan, response=response)) != digest(plan)
    place = dataclasses.replace(plan.factors[0].places[0], start=1)
    moved = dataclasses.replace(plan.factors[0], places=(place,))
    assert digest(dataclasses.replace(plan, factors=(moved, *plan.factors[1:]))) != digest(plan)
    assert digest(dataclasses.replace(plan, extra={"warnings": ["x"]})) == digest(plan)


def test_a_changed_notebook_is_another_plan(training, make, plan):
    notebook, reading = training
    sources = [cell.source for cell in notebook.cells]
    sources[-1] = "acc = w / 2"
    other = build(
        make.notebook(*sources),
        reading,
        PlanRequest(factors=(FactorRequest.parse("lr=0.01,1.0"), FactorRequest.parse("optimizer=adam"))),
    )
    assert other.notebook_digest != plan.notebook_digest
    sources[-1] = "acc = w"
    sources[0] = "# Other words"
    same = build(make.notebook(*sources), reading, PlanRequest())
    assert same.notebook_digest == plan.notebook_digest


# Blocks


def test_a_replicate_gets_fresh_blocks(plan):
    first = registered(plan)
    again = registered(plan, earlier_blocks=frozenset(first.blocks))
    assert not set(first.blocks) & set(again.blocks)
    assert len(again.blocks) == 5


def test_hand_picked_blocks_are_taken_as_they_are_and_never_confirmatory(plan):
    picked = dataclasses.replace(plan, block_numbers=(1, 2), blocks=2, status="exploratory")
    assert registered(picked).blocks == (1, 2)
    with pytest.raises(PlanError, match="hand-picked blocks cannot be confirmatory"):
        registered(dataclasses.replace(picked, status="confirmatory"))
    with pytest.raises(PlanError, match="3 different blocks"):
        registered(dataclasses.replace(picked, blocks=3))


# What cannot be registered


def test_a_plan_without_a_response_is_refused(plan):
    for response in (
        dataclasses.replace(plan.response, expr=" "), dataclasses.replace(plan.response, name=""),
        dataclasses.replace(plan.response, expr="import os"), dataclasses.replace(plan.response, items="for"),
    ):  # fmt: skip
        with pytest.raises(PlanError, match="response"):
            registered(dataclasses.replace(plan, response=response))


def test_a_plan_without_a_treatment_is_refused_unless_that_is_the_design(plan):
    alone = dataclasses.replace(plan, arms=plan.arms[:1])
    with pytest.raises(PlanError, match="no arm besides the baseline"):
        registered(alone)
    assert registered(dataclasses.replace(alone, design="baseline-only")).blocks
    with pytest.raises(PlanError, match="has no other arms"):
        registered(dataclasses.replace(plan, design="baseline-only"))


@pytest.mark.parametrize(
    ("arms", "says"),
    [
        ((), "0 baselines"),
        ((Arm(name="baseline"), Arm(name="too")), "2 baselines"),
        ((Arm(name="baseline"), Arm(name="baseline", settings={"lr": "1.0"})), "same name"),
        ((Arm(name="baseline"), Arm(name="x", settings={"k": "1"})), "no factor of the plan"),
        ((Arm(name="baseline"), Arm(name="x", settings={"lr": "3.0"})), "none of its levels"),
        ((Arm(name="baseline"), Arm(name="x", settings={"lr": "0.1"})), "none of its levels"),
        ((Arm(name="baseline"), Arm(name="x", settings={"lr": "1.0"}), Arm(name="y", settings={"lr": "1.0"})), "are the same"),
        ((Arm(name="baseline"), Arm(name="x", settings={"lr": "1.0", "optimizer": '"adam"'})), "2 things at once"),
    ],
)  # fmt: skip
def test_arms_that_cannot_be_told_apart_or_run_are_refused(plan, arms, says):
    with pytest.raises(PlanError, match=says):
        registered(dataclasses.replace(plan, arms=arms))


def test_a_full_factorial_is_whole(training):
    factors = tuple(FactorRequest.parse(text) for text in ("lr=1.0", "optimizer=adam"))
    plan = build(*training, PlanRequest(factors=factors, design="full-factorial"))
    registered(plan)
    with pytest.raises(PlanError, match="3 arms besides the baseline, not 2"):
        registered(dataclasses.replace(plan, arms=plan.arms[:3]))
    with pytest.raises(PlanError, match="2 to 4 factors of two levels"):
        registered(dataclasses.replace(plan, arms=plan.arms[:2]))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"blocks": 0}, "no blocks"), ({"alpha": 0.0}, "alpha"), ({"margin": 0.0}, "margin"), ({"smallest_effect": float("inf")}, "smallest_effect"),
        ({"sequence": ("nobody",)}, "not there"), ({"sequence": ("lr=1.0", "lr=1.0")}, "twice"),
        ({"multiplicity": "fixed-sequence"}, "leaves out lr=0.01, lr=1.0, optimizer=adam"), ({"multiplicity": "primary"}, "names one arm"),
    ],
)  # fmt: skip
def test_rules_that_cannot_decide_are_refused(plan, change, says):
    with pytest.raises(PlanError, match=says):
        registered(dataclasses.replace(plan, **change))


def test_names_that_would_run_as_code_are_refused(plan):
    factor = Factor(
        name="lr;x", operator="set", places=(), levels=("1", "2"), kind="parameter", parameter=True
    )
    arms = (plan.arms[0], Arm(name="x", settings={"lr;x": "2"}))
    with pytest.raises(PlanError, match="cannot be a parameter"):
        registered(dataclasses.replace(plan, factors=(factor,), arms=arms))
    seed = Seed(name="import os", places=(), original="1", group=0, parameter=True)
    with pytest.raises(PlanError, match="cannot be a parameter"):
        registered(dataclasses.replace(plan, seeds=(seed,)))


def test_a_factor_that_was_given_levels_beside_kept_and_dropped_is_refused(plan):
    factor = Factor(name="a", operator="drop-item", places=(), levels=("kept", "gone"), kind="item")
    with pytest.raises(PlanError, match="kept or dropped"):
        registered(dataclasses.replace(plan, factors=(*plan.factors, factor)))
    with pytest.raises(PlanError, match="two factors"):
        registered(dataclasses.replace(plan, factors=(*plan.factors, plan.factors[0])))


# After registration


def test_an_unchanged_plan_stays_registered_whatever_its_comments(plan):
    found = registered(plan)
    verify_unchanged(found, dump(plan))
    verify_unchanged(found, "# a note of mine\n" + dump(plan))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("blocks = 5", "blocks = 6", "blocks: 5 → 6"),
        ('{ lr = "0.01" }', '{ lr = "0.02" }', "arm lr=0.02 is new"),
        ("start = 5", "start = 4", "places in the code"),
        ("blocks = 5", "blocks = ", "no longer reads"),
        ("blocks = 5", "blocks = 0", "no longer reads"),
    ],
)
def test_a_plan_changed_after_registration_is_refused_with_what_changed(plan, old, new, says):
    found = registered(plan)
    text = dump(plan)
    assert old in text
    with pytest.raises(PlanChanged, match=says) as caught:
        verify_unchanged(found, text.replace(old, new, 1))
    assert "put back" in caught.value.remedy


def test_a_value_that_json_cannot_keep_is_refused(plan):
    with pytest.raises(PlanError, match="cannot be kept"):
        digest(dataclasses.replace(plan, extra={"big": 2**80}))
