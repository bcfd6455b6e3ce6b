"""From a question and a notebook to response, blocks, seeds and rules."""

from __future__ import annotations

import pytest
from design_plans import names, plan

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.experiments.design import FactorRequest, PlanRequest, build, check_arm
from jupyter_coimprove.notebook.candidates import Split

# Response and direction


def test_a_response_is_a_measured_name_a_variable_or_an_expression(training):
    assert plan(training, "lr=1.0", response="acc").response.how == "variable"
    found = plan(training, "lr=1.0", response="rng", direction="min").response
    assert (found.how, found.expr, found.direction) == ("variable", "rng", "min")
    found = plan(training, "lr=1.0", response="max(acc, w) / math.pi", direction="max").response
    assert found.how == "expression"


def test_the_direction_is_asked_for_where_it_is_open(training):
    with pytest.raises(UsageError, match="more or less of 'w' is better") as caught:
        plan(training, "lr=1.0", response="w")
    assert "--direction" in caught.value.remedy
    with pytest.raises(UsageError, match="is better"):
        plan(training, "lr=1.0", response="1 - acc")
    assert plan(training, "lr=1.0", response="round(acc, 3)").response.direction == "max"


def test_an_unknown_response_is_refused_with_close_names(training):
    with pytest.raises(UnknownName, match="no response named 'accu'") as caught:
        plan(training, "lr=1.0", response="accu")
    assert "acc" in caught.value.close
    with pytest.raises(UnknownName, match="no name for the response named 'accc'"):
        plan(training, "lr=1.0", response="accc * 2")


@pytest.mark.parametrize(
    "response",
    ["", "acc = 1", "import os", "(x := acc)", "acc.__class__", "open('x')", "eval('acc')", "lambda", "acc;w", "random"],
)  # fmt: skip
def test_a_response_only_computes(training, response):
    with pytest.raises(UsageError):
        plan(training, "lr=1.0", response=response)


def test_a_star_import_may_define_anything(make):
    notebook = make.notebook("from math import *\nlr = 0.1\nacc = 1")
    reading = make.reading(make.candidate(notebook, "lr", 1 - 1, "0.1"), measured=(make.measured("acc", 0),))
    found = build(
        notebook, reading, PlanRequest(factors=(FactorRequest.parse("lr=1.0"),), response="sin(acc)")
    )
    assert found.response.expr == "sin(acc)"


def test_a_maximum_over_epochs_is_flagged(training):
    assert any("maximum" in text for text in plan(training, "lr=1.0", reduction="max").extra["warnings"])
    assert any(
        "maximum" in text
        for text in plan(training, "lr=1.0", response="max([acc])", direction="max").extra["warnings"]
    )


# Blocks and seeds


def test_blocks_are_driven_by_all_seeds_by_none_or_by_those_named(training):
    assert [s.varied for s in plan(training, "lr=1.0").seeds] == [True]
    none = plan(training, "lr=1.0", seeds="none")
    assert [s.varied for s in none.seeds] == [False]
    assert none.seeding_cell is None
    assert any("no seed is varied" in text for text in none.extra["warnings"])
    assert plan(training, "lr=1.0", seeds=("seed",)).seeds[0].varied
    with pytest.raises(UnknownName, match="no seed named 'sead'"):
        plan(training, "lr=1.0", seeds=("sead",))


def test_seeds_that_shared_a_value_keep_sharing_one(make):
    notebook = make.notebook(
        "a = f(random_state=42)", "b = g(random_state=42)", "h(seed=0)\nacc = 1\nlr = 0.1"
    )
    reading = make.reading(
        make.candidate(notebook, "h.seed", 2, "0", kind="seed"), make.candidate(notebook, "f.random_state", 0, "42", kind="seed"),
        make.candidate(notebook, "g.random_state", 1, "42", kind="seed"), make.candidate(notebook, "lr", 2, "0.1"),
        measured=(make.measured("acc", 2),),
    )  # fmt: skip
    found = build(notebook, reading, PlanRequest(factors=(FactorRequest.parse("lr=1.0"),)))
    assert [(s.name, s.group) for s in found.seeds] == [
        ("f.random_state", 0),
        ("g.random_state", 0),
        ("h.seed", 1),
    ]


def test_a_notebook_without_a_seed_gets_a_recorded_seeding_cell(make):
    notebook = make.notebook("import numpy as np\nimport torch.nn as nn", "lr = 0.1\nacc = np.random.rand()")
    reading = make.reading(make.candidate(notebook, "lr", 1, "0.1"), measured=(make.measured("acc", 1),))
    found = build(notebook, reading, PlanRequest(factors=(FactorRequest.parse("lr=1.0"),)))
    assert found.seeding_cell is not None
    assert "numpy" in found.seeding_cell
    assert "torch" in found.seeding_cell
    assert '"random"' not in found.seeding_cell
    assert found.block_kind == "unknown"
    assert (
        build(
            notebook, reading, PlanRequest(seeding=False, factors=(FactorRequest.parse("lr=1.0"),))
        ).seeding_cell
        is None
    )


def test_without_seed_and_chance_one_block_will_do(make):
    notebook = make.notebook("lr = 0.1\nacc = lr")
    reading = make.reading(make.candidate(notebook, "lr", 0, "0.1"), measured=(make.measured("acc", 0),))
    found = build(notebook, reading, PlanRequest(factors=(FactorRequest.parse("lr=1.0"),)))
    assert (found.block_kind, found.blocks, found.seeding_cell) == ("none", 1, None)


def test_a_block_that_draws_a_split_anew_is_a_split_with_its_sizes(make):
    notebook = make.notebook("lr = 0.1\ntr, te = train_test_split(X, random_state=1)\nacc = 1")
    split = Split(
        cell=0,
        call="train_test_split",
        train_size="len(tr)",
        test_size="len(te)",
        ratio=0.25,
        seed="random_state",
    )
    reading = make.reading(
        make.candidate(notebook, "lr", 0, "0.1"),
        make.candidate(notebook, "random_state", 0, "1", kind="seed", after="random_state="),
        measured=(make.measured("acc", 0),), splits=(split,),
    )  # fmt: skip
    request = PlanRequest(factors=(FactorRequest.parse("lr=1.0"),))
    found = build(notebook, reading, request)
    assert (found.block_kind, found.split_sizes, found.split_ratio) == ("split", ("len(tr)", "len(te)"), 0.25)


def test_a_seed_as_factor_is_left_alone_by_the_blocks(training):
    found = plan(training, "seed=8")
    assert [s.varied for s in found.seeds] == [False]
    assert any("compare luck" in text for text in found.extra["warnings"])


def test_a_seed_inside_a_replaced_value_is_warned_of(make):
    notebook = make.notebook("kwargs = {'seed': 3}\nacc = 1")
    reading = make.reading(
        make.candidate(notebook, "kwargs", 0, "{'seed': 3}"), make.candidate(notebook, "seed", 0, "3", kind="seed"),
        measured=(make.measured("acc", 0),),
    )  # fmt: skip
    found = build(
        notebook, reading, PlanRequest(factors=(FactorRequest(name="kwargs", levels=("{}",)),), seeds="seed")
    )  # type: ignore[arg-type]
    assert found.seeds[0].varied
    assert any("stands inside kwargs" in text for text in found.extra["warnings"])


def test_hand_picked_blocks_make_it_exploratory(training):
    found = plan(training, "lr=1.0", block_numbers=(1, 2, 3))
    assert (found.status, found.blocks, found.block_numbers) == ("exploratory", 3, (1, 2, 3))
    assert plan(training, "lr=1.0", exploratory=True).status == "exploratory"
    for bad in (
        {"block_numbers": (1, 1)},
        {"block_numbers": (-1,)},
        {"block_numbers": (1, 2), "blocks": 3},
        {"blocks": 0},
    ):
        with pytest.raises(UsageError, match="block"):
            plan(training, "lr=1.0", **bad)


# Rules


def test_the_analysis_is_holm_a_sequence_or_a_primary_contrast(training):
    assert plan(training, "lr=0.01,1.0").multiplicity == "holm"
    found = plan(training, "lr=0.01,1.0", sequence=("lr=1.0", "lr=0.01"))
    assert (found.multiplicity, found.sequence) == ("fixed-sequence", ("lr=1.0", "lr=0.01"))
    found = plan(training, "lr=0.01", "optimizer=adam", primary='optimizer="adam"')
    assert (found.multiplicity, found.sequence) == ("primary", ("optimizer=adam",))
    assert plan(training, "lr=0.01", multiplicity="primary").sequence == ("lr=0.01",)
    with pytest.raises(UnknownName, match="no arm named 'lr=2'"):
        plan(training, "lr=0.01", primary="lr=2")
    with pytest.raises(UsageError, match="leaves out lr=1"):
        plan(training, "lr=0.01,1.0", sequence=("lr=0.01",))
    with pytest.raises(UsageError, match="which treatment"):
        plan(training, "lr=0.01,1.0", multiplicity="primary")
    with pytest.raises(UsageError, match="not tested by holm"):
        plan(training, "lr=0.01,1.0", multiplicity="holm", primary="lr=0.01")


def test_a_hypothesis_names_two_arms(training):
    assert plan(training, "lr=0.01", hypothesis="lr=0.01 > baseline").hypothesis == "lr=0.01 > baseline"
    for text in ("lr helps", "lr=0.01 > lr=0.01", "lr=0.02 > baseline"):
        with pytest.raises(UsageError):
            plan(training, "lr=0.01", hypothesis=text)


@pytest.mark.parametrize(
    "bad",
    [
        {"margin": 0.0},
        {"margin": float("nan")},
        {"smallest_effect": -1.0},
        {"alpha": 0.7},
        {"run_seconds": -1.0},
    ],
)
def test_numbers_that_mean_nothing_are_refused(training, bad):
    with pytest.raises(UsageError):
        plan(training, "lr=1.0", **bad)


# Places


def test_a_parameter_is_set_the_papermill_way_where_json_can_say_it(make):
    notebook = make.notebook("lr = 0.1\nsizes = (64,)\nmax = 3\nhalf = lr / 2", "acc = lr", parameters=0)
    reading = make.reading(
        make.candidate(notebook, "lr", 0, "0.1", kind="parameter"), make.candidate(notebook, "max", 0, "3", kind="parameter"),
        make.candidate(notebook, "sizes", 0, "(64,)", kind="parameter"), measured=(make.measured("acc", 1),),
    )  # fmt: skip
    asked = tuple(FactorRequest.parse(text) for text in ("lr=1.0", "sizes=(8,)", "max=4"))
    found = build(notebook, reading, PlanRequest(factors=asked))
    assert [f.parameter for f in found.factors] == [True, False, False]
    assert any("half is computed from lr" in text for text in found.extra["warnings"])


@pytest.mark.parametrize(
    ("later", "warns"),
    [
        ("lr = 0.5", True), ("lr *= 0.5", False), ("lr = lr / 2", False), ("for lr in (1, 2):\n    pass", True),
        ("if acc:\n    lr = 2", True), ("def f():\n    lr = 2", False), ("print(lr)", False), ("lr, b = 1, 2", True),
    ],
)  # fmt: skip
def test_a_value_assigned_again_later_is_warned_of(make, later, warns):
    notebook = make.notebook("lr = 0.1\nacc = 1", later)
    reading = make.reading(make.candidate(notebook, "lr", 0, "0.1"), measured=(make.measured("acc", 0),))
    found = build(notebook, reading, PlanRequest(factors=(FactorRequest.parse("lr=1.0"),)))
    assert any("assigned again in cell 2" in text for text in found.extra["warnings"]) is warns


def test_a_config_entry_assigned_again_is_warned_of(make):
    notebook = make.notebook("cfg = {\n  'lr': 0.1,\n}\nacc = 1", "cfg['lr'] = 2")
    reading = make.reading(make.candidate(notebook, "cfg.lr", 0, "0.1"), measured=(make.measured("acc", 0),))
    found = build(notebook, reading, PlanRequest(factors=(FactorRequest.parse("cfg.lr=1.0"),)))
    assert any("cfg.lr is assigned again" in text for text in found.extra["warnings"])


def test_in_another_language_only_parameters_can_be_varied(make):
    notebook = make.notebook("lr <- 0.1", "acc <- 1", parameters=0, language="R")
    reading = make.reading(make.candidate(notebook, "lr", 0, "0.1"), measured=(make.measured("acc", 1),))
    with pytest.raises(UsageError, match="cannot be varied in a R notebook"):
        build(notebook, reading, PlanRequest(factors=(FactorRequest.parse("lr=1.0"),)))


def test_a_long_level_is_cut_in_the_name_and_still_told_apart(make):
    notebook = make.notebook("sizes = [1]\nacc = 1")
    reading = make.reading(make.candidate(notebook, "sizes", 0, "[1]"), measured=(make.measured("acc", 0),))
    long = [str([1] * 30 + [n]) for n in (2, 3)]
    found = build(notebook, reading, PlanRequest(factors=(FactorRequest(name="sizes", levels=tuple(long)),)))
    assert len(set(names(found))) == 3
    assert all(len(name) < 60 for name in names(found))


def test_levels_are_split_at_commas_that_separate():
    assert FactorRequest.parse("a=(1, 2),[3, 4],'x,y'").levels == ("(1, 2)", "[3, 4]", "'x,y'")
    assert FactorRequest.parse("-scaler") == FactorRequest(name="scaler", drop=True)
    with pytest.raises(UsageError, match="a level is empty"):
        FactorRequest.parse("a=1,,2")


def test_an_arm_is_found_with_or_without_quotes(training):
    arms = names(plan(training, "optimizer=adam"))
    assert check_arm("arm", "optimizer='adam'", arms) == "optimizer=adam"


def test_folds_of_the_same_rows_are_no_split(make):
    notebook = make.notebook("lr = 0.1\ncv = KFold(5, shuffle=True, random_state=1)\nacc = 1")
    split = Split(cell=0, call="KFold(5, shuffle=True, random_state=1)", train_size=None, test_size=None, ratio=0.25, seed="random_state")  # fmt: skip
    reading = make.reading(
        make.candidate(notebook, "lr", 0, "0.1"),
        make.candidate(notebook, "random_state", 0, "1", kind="seed", after="random_state="),
        measured=(make.measured("acc", 0),), splits=(split,),
    )  # fmt: skip
    found = build(notebook, reading, PlanRequest(factors=(FactorRequest.parse("lr=1.0"),)))
    assert (found.block_kind, found.split_ratio) == ("folds", None)


def test_clusters_of_items_need_items(make):
    notebook = make.notebook("lr = 0.1\nhits = [1]\npatient = ['a']\nacc = lr")
    reading = make.reading(make.candidate(notebook, "lr", 0, "0.1"), measured=(make.measured("acc", 0),))
    factors = (FactorRequest.parse("lr=1.0"),)
    found = build(notebook, reading, PlanRequest(factors=factors, items="hits", clusters="patient"))
    assert (found.response.items, found.response.clusters) == ("hits", "patient")
    with pytest.raises(UsageError, match="no score of the items"):
        build(notebook, reading, PlanRequest(factors=factors, clusters="patient"))
