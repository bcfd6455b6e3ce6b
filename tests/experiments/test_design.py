"""From a question and a notebook to a plan."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.experiments.design import FactorRequest, PlanRequest, build, check_arm
from jupyter_coimprove.experiments.experiment import Plan
from jupyter_coimprove.notebook.candidates import Reading, Split
from jupyter_coimprove.notebook.cells import Notebook


def plan(training: tuple[Notebook, Reading], *factors: str, **more: Any) -> Plan:
    asked = tuple(FactorRequest.parse(text) for text in factors)
    return build(*training, PlanRequest(factors=asked, **more))


def names(plan: Plan) -> list[str]:
    return [arm.name for arm in plan.arms]


def test_without_a_word_it_suggests_the_likeliest_factors_one_level_each(training):
    found = plan(training)
    assert names(found) == ["baseline", "lr=0.01", "epochs=6", "optimizer=adam", "use_noise=False"]
    assert found.design == "one-at-a-time"
    assert found.blocks == 5
    assert found.response.expr == "acc"
    assert found.response.direction == "max"
    assert found.status == "confirmatory"
    assert found.question == "What do lr, epochs, optimizer, use_noise do to acc?"


def test_a_suggestion_must_reach_the_response(make):
    notebook = make.notebook("lr = 0.1\nsize = 4", "acc = lr")
    reading = make.reading(
        make.candidate(notebook, "size", 0, "4", levels=("8",), reaches=(0,)),
        make.candidate(notebook, "lr", 0, "0.1", levels=("0.2",), reaches=(0, 1)),
        measured=(make.measured("acc", 1),),
    )
    assert names(build(notebook, reading, PlanRequest())) == ["baseline", "lr=0.2"]
    warned = build(notebook, reading, PlanRequest(factors=(FactorRequest(name="size"),)))
    assert "does not reach" in warned.extra["warnings"][0]


def test_nothing_to_vary_says_so(make):
    notebook = make.notebook("acc = 1")
    with pytest.raises(UsageError, match="nothing was found that could be varied"):
        build(notebook, make.reading(measured=(make.measured("acc", 0),)), PlanRequest())


def test_one_at_a_time_has_an_arm_for_each_other_level(training):
    found = plan(training, "lr=0.01,1e-3", "optimizer=adam", "steps[scale]")
    assert names(found) == ["baseline", "lr=0.01", "lr=1e-3", "optimizer=adam", "without steps[scale]"]
    assert [len(arm.settings) for arm in found.treatments] == [1, 1, 1, 1]
    assert found.factors[1].levels == ("'sgd'", '"adam"')


def test_leave_one_out_takes_away_items_switches_and_amounts(training):
    found = plan(training, "-use_noise", "steps[clip]", "-lr")
    assert found.design == "one-at-a-time" or found.design == "leave-one-out"
    found = plan(training, "use_noise", "steps[clip]", "lr", design="leave-one-out")
    assert names(found) == ["baseline", "without use_noise", "without steps[clip]", "without lr"]
    assert [dict(arm.settings) for arm in found.treatments] == [
        {"use_noise": "False"}, {"steps[clip]": "dropped"}, {"lr": "0.0"},
    ]  # fmt: skip


def test_only_things_to_drop_make_a_leave_one_out(training):
    assert plan(training, "steps[clip]", "-use_noise").design == "leave-one-out"
    assert plan(training, "steps[clip]", "lr=0.2").design == "one-at-a-time"


def test_leave_one_out_asks_what_without_means(training):
    with pytest.raises(UsageError, match="not clear what epochs = 3 would be without"):
        plan(training, "epochs", design="leave-one-out")
    assert names(plan(training, "epochs=1", design="leave-one-out"))[1] == "without epochs"
    with pytest.raises(UsageError, match="in one way, not 2"):
        plan(training, "epochs=1,2", design="leave-one-out")


def test_what_is_off_cannot_be_left_out(make):
    notebook = make.notebook("augment = False\nacc = 1")
    reading = make.reading(
        make.candidate(notebook, "augment", 0, "False"), measured=(make.measured("acc", 0),)
    )
    with pytest.raises(UsageError, match="False already"):
        build(notebook, reading, PlanRequest(factors=(FactorRequest(name="augment", drop=True),)))


@pytest.mark.parametrize("k", [2, 3, 4])
def test_a_full_factorial_has_every_combination_once(training, k):
    asked = ["lr=0.2", "epochs=6", "optimizer=adam", "use_noise=False"][:k]
    found = plan(training, *asked, design="full-factorial")
    assert len(found.arms) == 2**k
    assert len({frozenset(arm.settings.items()) for arm in found.arms}) == 2**k
    assert found.arms[0].is_baseline
    assert "lr=0.2, epochs=6" in names(found)


def test_a_full_factorial_names_its_limits(training):
    with pytest.raises(UsageError, match="takes 2 to 4 factors, not 5"):
        plan(
            training,
            "lr=1.0",
            "epochs=6",
            "optimizer=adam",
            "use_noise=False",
            "steps[clip]",
            design="full-factorial",
        )
    with pytest.raises(UsageError, match="takes 2 to 4 factors, not 1"):
        plan(training, "lr=1.0", design="full-factorial")
    with pytest.raises(UsageError, match="lr has 3"):
        plan(training, "lr=1.0,2.0", "epochs=6", design="full-factorial")


def test_the_baseline_alone_is_a_plan_too(training):
    found = plan(training, design="baseline-only")
    assert names(found) == ["baseline"]
    assert found.factors == ()
    with pytest.raises(UsageError, match="takes no factors"):
        plan(training, "lr=1.0", design="baseline-only")


# What cannot be meant


def test_an_unknown_factor_is_refused_with_close_names(training):
    with pytest.raises(UnknownName, match="no factor named 'lrr'") as caught:
        plan(training, "lrr=0.1")
    assert "did you mean lr" in caught.value.remedy


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("lambda=1", "keyword"),
        ("lr;import os=1", "not a name"),
        ("lr)+__import__('os').system('x'", "not a name"),
        ("__class__=1", "leading underscores"),
        ("ﬁt=1", "normal form"),
        ("=1", "no factor is named"),
    ],
)
def test_a_name_that_is_no_name_is_refused(training, asked, says):
    with pytest.raises(UsageError, match=says):
        plan(training, asked)


@pytest.mark.parametrize(
    ("asked", "types"),
    [
        ("lr=fast", "of type str, but lr is of type float"),
        ("lr='0.1'", "of type str, but lr is of type float"),
        ("lr=True", "of type bool, but lr is of type float"),
        ("epochs=2.5", "of type float, but epochs is of type int"),
        ("epochs=False", "of type bool, but epochs is of type int"),
        ("use_noise=0", "of type int, but use_noise is of type bool"),
        ("use_noise=None", "of type None, but use_noise is of type bool"),
        ("optimizer=3", "of type int, but optimizer is of type str"),
    ],
)
def test_a_level_of_the_wrong_type_names_both_types(training, asked, types):
    with pytest.raises(UsageError, match=types):
        plan(training, asked)


@pytest.mark.parametrize(
    "level",
    ["1+x", "open('x')", "[1, f()]", "0.1 if x else 2", "(1", "1e999", "x" * 70_000, "[" * 25 + "]" * 25],
)
def test_a_level_that_is_no_literal_is_refused(training, level):
    with pytest.raises(UsageError, match="level"):
        plan(training, f"lr={level}")


def test_code_in_a_text_level_is_refused(training):
    for level in ("a'; import os; 'b", "__import__('os')", "f(x)", "a\nb"):
        with pytest.raises(UsageError, match="code or unfinished"):
            build(*training, PlanRequest(factors=(FactorRequest(name="optimizer", levels=(level,)),)))


@pytest.mark.parametrize(
    "asked", ["lr=0.1", "lr=.1", "lr=1e-1", "lr=0.2,.2", "lr=1,1.0", "lr=0.001,1e-3", "optimizer=sgd"]
)
def test_equal_levels_are_refused_however_they_are_written(training, asked):
    with pytest.raises(UsageError, match="is equal to"):
        plan(training, asked)


def test_a_factor_is_named_once(training):
    with pytest.raises(UsageError, match="named twice"):
        plan(training, "lr=0.2", "lr=0.3")


def test_an_item_has_no_levels(training):
    with pytest.raises(UsageError, match="kept or dropped"):
        plan(training, "steps[clip]=1")


def test_an_int_may_stand_for_a_float_and_a_fraction_for_an_amount(make):
    notebook = make.notebook("alpha = 1\nlr = 0.5\nacc = 0")
    reading = make.reading(
        make.candidate(notebook, "alpha", 0, "1"), make.candidate(notebook, "lr", 0, "0.5"),
        measured=(make.measured("acc", 0),),
    )  # fmt: skip
    found = build(
        notebook,
        reading,
        PlanRequest(factors=(FactorRequest.parse("lr=1"), FactorRequest.parse("alpha=0.5"))),
    )
    assert [f.levels for f in found.factors] == [("0.5", "1"), ("1", "0.5")]
    assert any("alpha is an int" in text for text in found.extra["warnings"])


def test_factors_on_the_same_code_are_refused(make):
    notebook = make.notebook("sizes = (64, 32)\nacc = 0")
    reading = make.reading(
        make.candidate(notebook, "sizes", 0, "(64, 32)"), make.candidate(notebook, "sizes[32]", 0, "32", kind="item"),
        measured=(make.measured("acc", 0),),
    )  # fmt: skip
    with pytest.raises(UsageError, match="same code"):
        build(
            notebook,
            reading,
            PlanRequest(factors=(FactorRequest.parse("sizes=(8,8)"), FactorRequest.parse("sizes[32]"))),
        )


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
    arms = plan(training, "optimizer=adam").arms
    assert check_arm("arm", "optimizer='adam'", arms) == "optimizer=adam"
