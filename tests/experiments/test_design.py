"""From a question and a notebook to factors and arms."""

from __future__ import annotations

import pytest
from design_plans import names, plan

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.experiments.design import FactorRequest, PlanRequest, build


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
