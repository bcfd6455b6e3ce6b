"""``plan.toml``: what a person reads, edits, and gets complaints about."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_coimprove.errors import PlanError, UnknownName
from jupyter_coimprove.experiments.arms import arms_of
from jupyter_coimprove.experiments.design import FactorRequest, PlanRequest, build
from jupyter_coimprove.experiments.experiment import Budget, Factor, Plan, Response, Seed
from jupyter_coimprove.experiments.planfile import changed, dump, load
from jupyter_coimprove.experiments.registration import digest
from jupyter_coimprove.notebook.cells import Address, Place


@pytest.fixture
def plan(training: Any) -> Plan:
    factors = tuple(FactorRequest.parse(text) for text in ("lr=0.01,1.0", "optimizer=adam", "steps[scale]"))
    return build(*training, PlanRequest(factors=factors, margin=0.01, question='Which of "these" matter?'))


def edited(plan: Plan, old: str, new: str) -> str:
    text = dump(plan)
    assert text.count(old) >= 1, text
    return text.replace(old, new, 1)


# Reading and writing


def test_a_plan_reads_back_as_it_was(plan):
    assert load(dump(plan)) == plan


def test_every_design_reads_back(training):
    for design, asked in [
        ("full-factorial", ("lr=1.0", "optimizer=adam")), ("leave-one-out", ("use_noise", "lr")), ("baseline-only", ()),
    ]:  # fmt: skip
        factors = tuple(FactorRequest.parse(text) for text in asked)
        found = build(*training, PlanRequest(factors=factors, design=design))
        assert load(dump(found)) == found


def test_the_file_explains_itself_and_keeps_places_apart(plan):
    text = dump(plan)
    editable, _, internal = text.partition("[internal]")
    assert "# smallest_effect = 0.01  # the smallest difference that matters" in editable
    assert 'set = { lr = "0.01" }' in editable
    assert "start" not in editable
    assert "start" in internal
    assert "#   lr = 0.1\n" in editable


def test_warnings_stand_at_the_top_in_words(plan):
    warned = dataclasses.replace(plan, extra={"warnings": ["mind the gap"]})
    assert "# Keep in mind: mind the gap" in dump(warned)
    assert load(dump(warned)) == warned


# Editing


def test_an_arm_is_taken_out_by_deleting_its_lines(plan):
    found = load(edited(plan, '[[arms]]\nset = { optimizer = "\\"adam\\"" }\n', ""))
    assert [arm.name for arm in found.treatments] == ["lr=0.01", "lr=1.0", "without steps[scale]"]
    assert found.factors[1].levels == ("'sgd'",)


@pytest.mark.parametrize("written", ['"0.02"', "0.02", '".02"', '" 0.02 "'])
def test_a_level_is_changed_in_place_and_the_arm_is_renamed_with_it(plan, written):
    found = load(edited(plan, '{ lr = "0.01" }', "{ lr = " + written + " }"))
    assert found.treatments[0].name in ("lr=0.02", "lr=.02")
    assert float(found.treatments[0].settings["lr"]) == 0.02
    assert found.factors[0].levels[0] == "0.1"


def test_an_arm_is_added_with_a_bare_word_for_a_text(plan):
    found = load(edited(plan, "[[arms]]", '[[arms]]\nset = { optimizer = "rmsprop" }\n[[arms]]'))
    assert found.treatments[0].name == "optimizer=rmsprop"
    assert found.factors[1].levels == ("'sgd'", '"adam"', '"rmsprop"')


def test_an_arm_may_have_a_name_of_its_own(plan):
    found = load(edited(plan, 'set = { lr = "0.01" }', 'name = "slow"\nset = { lr = "0.01" }'))
    assert found.treatments[0].name == "slow"
    assert load(dump(found)) == found


def test_scalars_are_edited_in_place(plan):
    text = edited(plan, "blocks = 5", "blocks = 8")
    text = text.replace("margin = 0.01", "margin = 1").replace('direction = "max"', 'direction = "min"')
    text = text.replace("# smallest_effect = 0.01", "smallest_effect = 0.5").replace(
        "seed = true", "seed = false"
    )
    text = text.replace("run_seconds = 3600.0", 'run_seconds = "none"')
    found = load(text)
    assert (found.blocks, found.margin, found.response.direction, found.smallest_effect) == (
        8,
        1.0,
        "min",
        0.5,
    )
    assert not found.seeds[0].varied
    assert found.budget.run_seconds is None
    assert load(dump(found)) == found


# Complaints


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("blocks = 5", "blocks = 0", r"line \d+: blocks is 0"),
        ("blocks = 5", 'blocks = "many"', r"line \d+: blocks is 'many', not a whole number"),
        ("blocks = 5", "blocks = true", "not a whole number"),
        ("blocks = 5", "blocks = 5\nblock_numbers = [1, 2]", "block_numbers names 2"),
        ("blocks = 5", "blocks = 2\nblock_numbers = [1, 1]", "names a block twice"),
        ("blocks = 5", "blocks = 2\nblock_numbers = [1, -2]", "block_numbers has -2"),
        ("margin = 0.01", "margin = -1.0", r"margin is -1\.0"),
        ("margin = 0.01", "margin = nan", "not a finite number"),
        ('direction = "max"', 'direction = "up"', r"line \d+: response\.direction is 'up'"),
        ('direction = "max"', "", r"response\.direction is missing"),
        ('expr = "acc"', "expr = 3", r"response\.expr is 3, not text in quotes"),
        ('design = "one-at-a-time"', 'design = "grid"', "design is 'grid'"),
        ("[response]", "[response", "cannot be read"),
        ("version = 1", "version = 2", "newer coimprove"),
        (
            '{ lr = "0.01" }',
            '{ lr = "fast" }',
            r"line \d+: level fast of lr is of type str, but lr is of type float",
        ),
        ('{ lr = "0.01" }', "{ lr = \"__import__('os')\" }", "code or unfinished"),
        ('{ lr = "0.01" }', '{ lr = "0.10" }', "is equal to the notebook's own value"),
        ('{ lr = "0.01" }', '{ lr = "1." }', "two arms are called 'lr=1.0'"),
        ('{ lr = "0.01" }', "{}", "changes nothing"),
        ('{ lr = "0.01" }', "3", r"arms\[1\]\.set is 3, not a table"),
        ('"steps[scale]" = "dropped"', '"steps[scale]" = "gone"', "can only be set to"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(plan, old, new, says):
    with pytest.raises(PlanError, match=says):
        load(edited(plan, old, new))


@pytest.mark.parametrize(
    ("old", "new", "name", "close"),
    [
        ("blocks = 5", "block = 5", "block", "blocks"),
        ('direction = "max"', 'directoin = "max"', "directoin", "direction"),
        ("run_seconds", "run_second", "run_second", "run_seconds"),
        ('{ lr = "0.01" }', '{ lrr = "0.01" }', "lrr", "lr"),
        ("seed = true", "sead = true", "sead", "seed"),
        ("# sequence = [", 'sequence = ["lr=0.001"] # [', "lr=0.001", "lr=0.01"),
    ],
)
def test_an_unknown_name_is_named_with_close_ones(plan, old, new, name, close):
    with pytest.raises(UnknownName, match=f"named '{name}'") as caught:
        load(edited(plan, old, new))
    assert close in caught.value.close


def test_the_line_is_the_line(plan):
    text = edited(plan, 'set = { lr = "1.0" }', 'set = { lr = "?" }')
    number = next(n for n, line in enumerate(text.splitlines(), 1) if '"?"' in line)
    with pytest.raises(PlanError, match=rf"line {number}:"):
        load(text)


# Differences


def test_no_difference_is_no_sentence(plan):
    assert changed(plan, load(dump(plan))) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("blocks = 5", "blocks = 8", ["blocks: 5 → 8"]),
        ("# smallest_effect", "smallest_effect", ["smallest effect: not given → 0.01"]),
        ('direction = "max"', 'direction = "min"', ["response direction: max → min"]),
        ("output_mb = 64.0", "output_mb = 1.0", ["budget output mb: 64.0 → 1.0"]),
        ("seed = true", "seed = false", ["seed seed is left out of the blocks"]),
        ('{ lr = "0.01" }', '{ lr = "0.02" }', ["arm lr=0.01 is left out", "arm lr=0.02 is new"]),
        ('set = { lr = "0.01" }', 'name = "lr=1.0"\nset = { lr = "0.5" }\n[[arms]]\nname = "z"\nset = { lr = "0.01" }', None),
    ],
)  # fmt: skip
def test_differences_are_told_in_sentences(plan, old, new, says):
    if says is None:
        with pytest.raises(PlanError, match="two arms are called"):
            load(edited(plan, old, new))
    else:
        assert changed(plan, load(edited(plan, old, new))) == says


def test_places_notes_order_and_settings_are_told_too(plan):
    other = dataclasses.replace(plan, seeds=(dataclasses.replace(plan.seeds[0], group=3),))
    assert changed(plan, other) == ["the places in the code that the plan binds to"]
    assert changed(plan, dataclasses.replace(plan, extra={"pilot": "x"})) == ["the notes kept with the plan"]
    reordered = dataclasses.replace(plan, arms=(plan.arms[0], *reversed(plan.treatments)))
    assert changed(plan, reordered) == ["the order of the arms"]
    renamed = dataclasses.replace(plan.arms[1], settings={"lr": "1.0"})
    assert changed(plan, dataclasses.replace(plan, arms=(plan.arms[0], renamed, *plan.arms[2:]))) == [
        "arm lr=0.01 sets {'lr': '1.0'} instead of {'lr': '0.01'}"
    ]


# For any plan

TEXT = st.text(max_size=30)
NAMES = st.text(min_size=1, max_size=12)
PLACES = st.builds(
    Place,
    address=st.builds(Address, id=st.none() | NAMES, ordinal=st.integers(0, 99), digest=TEXT, before=TEXT, after=TEXT),
    start=st.integers(0, 10**6), end=st.integers(0, 10**6), text=TEXT,
)  # fmt: skip
LEVELS = st.one_of(
    st.integers(-(10**9), 10**9).map(repr),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    TEXT.map(repr),
    st.lists(st.integers(), max_size=3).map(repr),
    st.just("None"),
)
POSITIVE = st.none() | st.floats(min_value=1e-300, max_value=1e300)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    factors = []
    for name in draw(st.lists(NAMES, min_size=1, max_size=3, unique=True)):
        if draw(st.booleans()):
            levels: tuple[str, ...] = tuple(draw(st.lists(LEVELS, min_size=2, max_size=3, unique=True)))
            operator = "set"
        else:
            levels, operator = ("kept", "dropped"), "drop-item"
        places = tuple(draw(st.lists(PLACES, max_size=2)))
        factors.append(Factor(name=name, operator=operator, places=places, levels=levels, kind=draw(TEXT)))
    arms = arms_of("one-at-a-time", factors)
    if len({arm.name for arm in arms}) < len(arms):  # two long levels may happen to be cut alike
        arms = arms[:2]
        factors = [f for f in factors if f.name in arms[1].settings]
        factors = [dataclasses.replace(f, levels=(f.levels[0], arms[1].settings[f.name])) for f in factors]
    seeds = tuple(
        Seed(name=name, places=tuple(draw(st.lists(PLACES, max_size=2))), original=draw(TEXT), group=draw(st.integers(0, 9)),
             varied=draw(st.booleans()), parameter=draw(st.booleans()))
        for name in draw(st.lists(NAMES, max_size=2, unique=True))
    )  # fmt: skip
    numbers = tuple(draw(st.lists(st.integers(0, 2**31 - 2), max_size=4, unique=True)))
    treatments = [arm.name for arm in arms if not arm.is_baseline]
    return Plan(
        question=draw(TEXT), notebook=draw(TEXT), notebook_digest=draw(TEXT), kernel=draw(st.none() | TEXT),
        design="one-at-a-time", factors=tuple(factors), arms=arms, seeds=seeds, seeding_cell=draw(st.none() | TEXT),
        blocks=len(numbers) or draw(st.integers(1, 10**6)), block_kind=draw(st.sampled_from(["split", "init", "order", "unknown", "none"])),
        block_numbers=numbers,
        response=Response(
            name=draw(TEXT), how=draw(st.sampled_from(["variable", "expression", "logged", "scrap"])), expr=draw(TEXT),
            direction=draw(st.sampled_from(["max", "min"])), reduction=draw(st.sampled_from(["last", "mean"])), items=draw(st.none() | TEXT),
        ),
        stopping=draw(st.sampled_from(["fixed", "sequential"])),
        multiplicity=draw(st.sampled_from(["holm", "fixed-sequence", "primary", "bonferroni"])), sequence=tuple(draw(st.permutations(treatments))),
        hypothesis=draw(st.none() | TEXT), smallest_effect=draw(POSITIVE), margin=draw(POSITIVE), alpha=draw(st.floats(0.001, 0.4)),
        repeat_baseline=draw(st.booleans()), split_sizes=draw(st.none() | st.tuples(TEXT, TEXT)),
        split_ratio=draw(st.none() | st.floats(0, 10)),
        budget=Budget(run_seconds=draw(POSITIVE), total_seconds=draw(POSITIVE), output_mb=draw(st.floats(0.1, 1e6)), keep_mb=draw(POSITIVE), disk_mb=draw(POSITIVE)),
        status=draw(st.sampled_from(["confirmatory", "exploratory", "post hoc"])), replicates=draw(st.none() | TEXT),
        extra=draw(st.dictionaries(TEXT.filter(lambda k: k != "warnings"), st.none() | st.integers(-100, 100) | TEXT | st.lists(TEXT, max_size=2), max_size=3)),
    )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(plans())
def test_any_plan_reads_back_with_the_same_digest(plan):
    again = load(dump(plan))
    assert again == plan
    assert digest(again) == digest(plan)
    assert changed(plan, again) == []


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_any_text_is_a_plan_or_a_clear_complaint(text):
    with pytest.raises((PlanError, UnknownName)):
        load(text)
