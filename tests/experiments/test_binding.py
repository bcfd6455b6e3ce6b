"""From a plan to the notebook of one run, and what it then does."""

from __future__ import annotations

import ast
import copy
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_coimprove.errors import NotebookError, PlanError, UnknownName
from jupyter_coimprove.experiments.binding import Bound, arm_diff, bind
from jupyter_coimprove.experiments.design import FactorRequest, PlanRequest, build
from jupyter_coimprove.experiments.experiment import Arm, Factor, Plan
from jupyter_coimprove.notebook.candidates import Reading
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.io import parse


def planned(training: tuple[Notebook, Reading], *factors: str, **more: Any) -> Plan:
    return build(*training, PlanRequest(factors=tuple(FactorRequest.parse(text) for text in factors), **more))


def arm(plan: Plan, name: str) -> Arm:
    return next(arm for arm in plan.arms if arm.name == name)


def execute(bound: Bound) -> dict[str, Any]:
    """Run a bound notebook in a plain namespace, parameters injected as papermill does."""
    space: dict[str, Any] = {}
    cells = [cell for cell in bound.node["cells"] if cell["cell_type"] == "code"]
    tagged = any("parameters" in cell["metadata"].get("tags", ()) for cell in cells)
    if not tagged:
        space.update(bound.parameters)
    for cell in cells:
        exec(cell["source"], space)
        if "parameters" in cell["metadata"].get("tags", ()):
            space.update(bound.parameters)
    return space


# What it leaves alone


def test_the_baseline_without_seeds_is_the_notebook_as_it_is(training):
    notebook, _ = training
    plan = planned(training, "lr=1.0", seeds="none")
    bound = bind(notebook, plan, plan.baseline, 5)
    assert bound.edits == ()
    assert bound.parameters == {}
    assert [cell["source"] for cell in bound.node["cells"]] == [cell.source for cell in notebook.cells]


def test_the_notebook_that_was_read_is_not_touched(training):
    notebook, _ = training
    before = copy.deepcopy(notebook.node)
    plan = planned(training, "lr=1.0")
    bind(notebook, plan, plan.arms[1], 5)
    assert notebook.node == before


def test_outputs_are_cleared_and_everything_else_is_kept(training):
    notebook, _ = training
    plan = planned(training, "lr=1.0")
    node = bind(notebook, plan, plan.baseline, 5).node
    for cell, old in zip(node["cells"], notebook.node["cells"], strict=True):
        assert cell.get("id") == old.get("id")
        assert cell["metadata"] == old["metadata"]
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None)
    assert node["nbformat_minor"] == 5


# What it changes


def test_only_the_arms_factors_change(training):
    notebook, _ = training
    plan = planned(
        training, "lr=0.01", "optimizer=adam", "use_noise=False", design="full-factorial", seeds="none"
    )
    bound = bind(notebook, plan, arm(plan, "lr=0.01, optimizer=adam"), 5)
    assert bound.edits == (
        (2, "lr = 0.1\nepochs = 3\noptimizer = 'sgd'\nuse_noise = True\nseed = 7",
         "lr = 0.01\nepochs = 3\noptimizer = \"adam\"\nuse_noise = True\nseed = 7"),
    )  # fmt: skip


def test_several_members_of_one_list_are_dropped_together(training):
    notebook, _ = training
    plan = planned(training, "steps[scale]", "steps[clip]", design="full-factorial", seeds="none")
    both = next(a for a in plan.arms if len(a.settings) == 2)
    bound = bind(notebook, plan, both, 5)
    assert bound.node["cells"][3]["source"].endswith("steps = [\n    'center',  # first\n]")


def test_a_seed_inside_a_dropped_member_goes_with_it(make):
    source = "models = [\n    Forest(random_state=0),\n    Ridge(),\n]\nacc = 1"
    notebook = make.notebook(source)
    item = "Forest(random_state=0)"
    reading = make.reading(
        make.candidate(notebook, "models[Forest]", 0, item, kind="item"), make.candidate(notebook, "seed", 0, "0", kind="seed"),
        measured=(make.measured("acc", 0),),
    )  # fmt: skip
    plan = build(notebook, reading, PlanRequest(factors=(FactorRequest(name="models[Forest]"),)))
    assert "random_state=9" in bind(notebook, plan, plan.baseline, 9).node["cells"][0]["source"]
    assert (
        bind(notebook, plan, plan.arms[1], 9).node["cells"][0]["source"]
        == "models = [\n    Ridge(),\n]\nacc = 1"
    )


def test_one_factor_binds_to_all_its_places(make):
    notebook = make.notebook("a = f(c=1.0)", "b = g(c=1.0)\nacc = 1")
    places = (make.place(notebook, 0, "1.0"), make.place(notebook, 1, "1.0"))
    reading = make.reading(
        make.candidate(notebook, "c", 0, "1.0", places=places), measured=(make.measured("acc", 1),)
    )
    plan = build(notebook, reading, PlanRequest(factors=(FactorRequest.parse("c=2.0"),)))
    assert [new for _, _, new in bind(notebook, plan, plan.arms[1], 1).edits] == [
        "a = f(c=2.0)",
        "b = g(c=2.0)\nacc = 1",
    ]


@pytest.mark.parametrize(
    ("source", "text", "level", "becomes"),
    [
        ("x = 2 ** 3", "2", "-2", "x = (-2) ** 3"),
        ("x = 1 if y else 2", "2", "(1, 2)", "x = 1 if y else (1, 2)"),
        ("x = f(1)", "1", "1, 2", "x = f((1, 2))"),
        ("x = 3 * 4", "4", "1+2j", "x = 3 * (1+2j)"),
        ("x = [0.5]", "0.5", "0.25 # half", "x = [0.25]"),
        ("x = 0or 1", "0", "5", "x = (5)or 1"),
    ],
)
def test_a_level_reads_as_one_value_wherever_it_stands(make, source, text, level, becomes):
    notebook = make.notebook(source + "\nacc = 1")
    candidate = make.candidate(notebook, "x", 0, text)
    candidate = dataclasses.replace(candidate, source="unknown()", type="expression", value=None)
    reading = make.reading(candidate, measured=(make.measured("acc", 0),))
    plan = build(notebook, reading, PlanRequest(factors=(FactorRequest(name="x", levels=(level,)),)))
    assert bind(notebook, plan, plan.arms[1], 1).node["cells"][0]["source"] == becomes + "\nacc = 1"


def test_parameters_go_to_papermill_and_not_into_the_source(make):
    notebook = make.notebook("lr = 0.1\nname: str = 'a'\nseed = 3", "acc = lr\nimport random", parameters=0)
    reading = make.reading(
        make.candidate(notebook, "lr", 0, "0.1", kind="parameter"), make.candidate(notebook, "name", 0, "'a'", kind="parameter"),
        make.candidate(notebook, "seed", 0, "3", kind="seed"), measured=(make.measured("acc", 1),),
    )  # fmt: skip
    asked = (FactorRequest.parse("lr=0.2"), FactorRequest.parse("name=b"))
    plan = build(notebook, reading, PlanRequest(factors=asked))
    bound = bind(notebook, plan, arm(plan, "name=b"), 11)
    assert bound.parameters == {"name": "b", "seed": 11}
    assert bound.edits == ()
    assert bind(notebook, plan, plan.baseline, 11).parameters == {"seed": 11}
    assert '+name: str = "b"' in arm_diff(notebook, plan, arm(plan, "name=b"))


def test_what_papermill_had_injected_stays_injected(make):
    notebook = make.notebook("lr = 0.1\nepochs = 2", "lr = 0.3\nepochs = 4", "acc = lr", parameters=0)
    cells = list(notebook.cells)
    cells[1] = dataclasses.replace(cells[1], tags=("injected-parameters",))
    notebook = dataclasses.replace(notebook, cells=tuple(cells))
    reading = make.reading(
        make.candidate(notebook, "lr", 0, "0.1", kind="parameter"), measured=(make.measured("acc", 2),)
    )
    plan = build(notebook, reading, PlanRequest(factors=(FactorRequest.parse("lr=0.2"),)))
    assert bind(notebook, plan, plan.arms[1], 1).parameters == {"lr": 0.2, "epochs": 4}
    assert bind(notebook, plan, plan.baseline, 1).parameters == {}


@pytest.mark.parametrize("parameters", [None, 1])
@pytest.mark.parametrize("minor", [2, 5])
def test_the_seeding_cell_comes_after_the_parameters_or_first(make, parameters, minor):
    notebook = make.notebook(
        "# Title", "lr = 0.1", "import random\nacc = random.random()", parameters=parameters, minor=minor
    )
    reading = make.reading(make.candidate(notebook, "lr", 1, "0.1"), measured=(make.measured("acc", 2),))
    plan = build(notebook, reading, PlanRequest(factors=(FactorRequest.parse("lr=0.2"),)))
    bound = bind(notebook, plan, plan.baseline, 21)
    assert bound.seeding == (0 if parameters is None else 2)
    cell = bound.node["cells"][bound.seeding]
    assert cell["metadata"]["tags"] == ["coimprove-seeding"]
    assert ".seed(21)" in cell["source"]
    assert ("id" in cell) == (minor >= 5)
    first, again, other = (execute(bind(notebook, plan, plan.baseline, block)) for block in (21, 21, 22))
    assert first["acc"] == again["acc"] != other["acc"]
    assert set(first) - {"__builtins__"} == {"lr", "random", "acc"}


def test_a_bound_notebook_is_valid(make, training):
    import nbformat

    notebook = make.notebook("# Title", "import random\nacc = random.random()\nlr = 1")
    reading = make.reading(make.candidate(notebook, "lr", 1, "1"), measured=(make.measured("acc", 1),))
    plan = build(notebook, reading, PlanRequest(factors=(FactorRequest.parse("lr=2"),)))
    nbformat.validate(nbformat.from_dict(bind(notebook, plan, plan.arms[1], 3).node))
    plan = planned(training, "lr=1.0")
    nbformat.validate(nbformat.from_dict(bind(training[0], plan, plan.arms[1], 3).node))


def test_a_notebook_of_nbformat_3_is_bound_as_nbformat_4(make):
    old = {
        "nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""},
        "worksheets": [{"metadata": {}, "cells": [
            {"cell_type": "heading", "level": 1, "metadata": {}, "source": ["Title"]},
            {"cell_type": "code", "collapsed": False, "input": ["lr = 0.1\n", "acc = lr"], "language": "python",
             "metadata": {}, "outputs": [], "prompt_number": 1},
        ]}],
    }  # fmt: skip
    notebook = parse(json.dumps(old).encode(), Path("old.ipynb"))
    reading = make.reading(make.candidate(notebook, "lr", 1, "0.1"), measured=(make.measured("acc", 1),))
    plan = build(notebook, reading, PlanRequest(factors=(FactorRequest.parse("lr=0.2"),)))
    before = copy.deepcopy(old)
    node = bind(notebook, plan, plan.arms[1], 1).node
    assert (node["nbformat"], node["cells"][1]["source"]) == (4, "lr = 0.2\nacc = lr")
    assert old == before


# What it refuses


def test_code_that_has_changed_is_refused(training, make):
    notebook, _ = training
    plan = planned(training, "lr=1.0")
    sources = [cell.source for cell in notebook.cells]
    sources[2] = "learning = 0.1\n" + sources[2]
    with pytest.raises(NotebookError, match="no longer reads"):
        bind(make.notebook(*sources), plan, plan.arms[1], 1)


def test_an_arm_of_another_plan_is_refused(training):
    plan = planned(training, "lr=1.0")
    with pytest.raises(UnknownName, match="no factor named 'epochs'"):
        bind(training[0], plan, Arm(name="x", settings={"epochs": "4"}), 1)


def test_code_instead_of_a_level_is_refused(training):
    plan = planned(training, "lr=1.0")
    with pytest.raises(PlanError, match="not a literal"):
        bind(training[0], plan, Arm(name="x", settings={"lr": "__import__('os').getpid()"}), 1)


def test_a_parameter_with_code_in_its_name_is_refused(training):
    notebook, _ = training
    plan = planned(training, "lr=1.0")
    for name in ("lr=1;open('x')", "lambda", "__name__", "print"):
        factor = Factor(
            name=name, operator="set", places=(), levels=("1", "2"), kind="parameter", parameter=True
        )
        bad = dataclasses.replace(plan, factors=(factor,))
        with pytest.raises(PlanError, match="cannot be a parameter"):
            bind(notebook, bad, Arm(name="x", settings={name: "2"}), 1)


def test_an_edit_that_no_longer_parses_is_refused(make):
    broken = make.notebook("def f(x): pass\nacc = 1")
    candidate = dataclasses.replace(
        make.candidate(broken, "x", 0, "x"), places=(make.place(broken, 0, "x"),), source="1"
    )
    plan = build(
        broken,
        make.reading(candidate, measured=(make.measured("acc", 0),)),
        PlanRequest(factors=(FactorRequest.parse("x=2"),)),
    )
    with pytest.raises(PlanError, match="no longer parses with x changed"):
        bind(broken, plan, plan.arms[1], 1)


def test_the_diff_shows_what_an_arm_changes_and_no_seed(training):
    notebook, _ = training
    plan = planned(training, "lr=0.01", "steps[scale]")
    assert arm_diff(notebook, plan, plan.baseline) == ""
    diff = arm_diff(notebook, plan, arm(plan, "lr=0.01"))
    assert "-lr = 0.1\n+lr = 0.01" in diff
    assert "--- cell 3 (baseline)" in diff
    assert "seed" not in diff
    assert "-    'scale'," in arm_diff(notebook, plan, arm(plan, "without steps[scale]"))


# What it does


def test_levels_take_effect_and_blocks_drive_the_chance(training):
    notebook, _ = training
    plan = planned(training, "lr=0.01", "optimizer=adam", "use_noise=False", "steps[clip]")
    value = {
        (a.name, block): execute(bind(notebook, plan, a, block))["acc"] for a in plan.arms for block in (101, 202)
    }  # fmt: skip
    again = {key: execute(bind(notebook, plan, arm(plan, key[0]), key[1]))["acc"] for key in value}
    assert value == again
    base = value["baseline", 101]
    assert base != value["baseline", 202]
    assert value["use_noise=False", 101] == value["use_noise=False", 202]
    assert len({value[a.name, 101] for a in plan.arms}) == len(plan.arms)
    assert execute(bind(notebook, plan, arm(plan, "lr=0.01"), 101))["lr"] == 0.01
    assert execute(bind(notebook, plan, arm(plan, "without steps[clip]"), 101))["steps"] == [
        "center",
        "scale",
    ]


def test_an_unvaried_seed_keeps_the_notebooks_own_number(training):
    notebook, _ = training
    plan = planned(training, "lr=0.01", seeds="none")
    assert execute(bind(notebook, plan, plan.baseline, 1))["seed"] == 7
    plan = planned(training, "lr=0.01")
    assert execute(bind(notebook, plan, plan.baseline, 1))["seed"] == 1


@pytest.mark.parametrize(("original", "kind"), [("7", int), ("7.0", float), ("'7'", str), ("None", int)])
def test_a_seed_keeps_the_type_it_had(make, original, kind):
    notebook = make.notebook(f"seed = {original}\nlr = 1\nacc = 1")
    reading = make.reading(
        make.candidate(notebook, "seed", 0, original, kind="seed"), make.candidate(notebook, "lr", 0, "1"),
        measured=(make.measured("acc", 0),),
    )  # fmt: skip
    plan = build(notebook, reading, PlanRequest(factors=(FactorRequest.parse("lr=2"),)))
    assert type(execute(bind(notebook, plan, plan.baseline, 4))["seed"]) is kind


# For any value

LITERALS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(value=LITERALS, level=LITERALS)
def test_any_level_reads_back_from_the_bound_source_and_the_baseline_is_identical(make, value, level):
    source = f"%matplotlib inline\ncfg = {{'x': {value!r}, 'é': 1}}  # é\nacc = 1"
    notebook = make.notebook(source)
    start = source.index("{'x': ") + 6
    place = dataclasses.replace(
        make.place(notebook, 0, "cfg"), start=start, end=start + len(repr(value)), text=repr(value)
    )
    factor = Factor(
        name="cfg.x", operator="set", places=(place,), levels=(repr(value), repr(level)), kind="config"
    )
    base = build(
        notebook, make.reading(make.candidate(notebook, "acc", 0, "1", after="acc = "), measured=(make.measured("acc", 0),)),
        PlanRequest(design="baseline-only"),
    )  # fmt: skip
    changed = Arm(name="x", settings={"cfg.x": repr(level)})
    plan = dataclasses.replace(base, design="one-at-a-time", factors=(factor,), arms=(*base.arms, changed))
    assert bind(notebook, plan, plan.baseline, 1).node["cells"][0]["source"] == source
    same = Arm(name="same", settings={"cfg.x": repr(value)})
    assert bind(notebook, plan, same, 1).node["cells"][0]["source"] == source
    bound = bind(notebook, plan, changed, 1).node["cells"][0]["source"]
    assign = ast.parse(bound.partition("\n")[2]).body[0]
    assert isinstance(assign, ast.Assign)
    assert ast.literal_eval(assign.value) == {"x": level, "é": 1}
