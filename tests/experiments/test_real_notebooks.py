"""Plans and bindings on notebooks as they are read from disk, magics and all."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.experiments.binding import arm_diff, bind
from jupyter_coimprove.experiments.design import FactorRequest, PlanRequest, build
from jupyter_coimprove.experiments.experiment import Plan
from jupyter_coimprove.experiments.planfile import dump, load
from jupyter_coimprove.experiments.registration import check, digest
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.candidates import Reading
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.io import parse, read
from jupyter_coimprove.notebook.reading import read_candidates
from jupyter_coimprove.workbench.beside import with_files

CELLS = [
    ("%matplotlib inline\nimport numpy as np\nfrom sklearn.datasets import load_wine\n"
     "from sklearn.linear_model import LogisticRegression\nfrom sklearn.model_selection import train_test_split\n"
     "from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import MinMaxScaler, StandardScaler"),
    "cfg = {'C': 1.0, 'max_iter': 50}\nnp.random.seed(0)",
    ("X, y = load_wine(return_X_y=True)\nX = X + np.random.normal(scale=0.5, size=X.shape)\n"
     "X_tr, X_te, y_tr, y_te = train_test_split(X, y, test_size=0.4, random_state=0)"),
    ("%%time\nmodel = make_pipeline(\n    MinMaxScaler(),  # first\n    StandardScaler(),\n"
     "    LogisticRegression(C=cfg['C'], max_iter=cfg['max_iter'], tol=1e-2),\n)\nmodel.fit(X_tr, y_tr)"),
    "accuracy = model.score(X_te, y_te)\nprint('accuracy', accuracy)",
]  # fmt: skip


@pytest.fixture(scope="module")
def wine() -> tuple[Notebook, Reading]:
    node = {
        "nbformat": 4, "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "cells": [
            {"cell_type": "code", "id": f"c{n}", "metadata": {}, "execution_count": None, "outputs": [], "source": source.splitlines(True)}
            for n, source in enumerate(CELLS)
        ],
    }  # fmt: skip
    notebook = parse(json.dumps(node).encode(), Path("wine.ipynb"))
    return notebook, read_candidates(notebook, python_source)


def execute(notebook: Notebook, plan: Plan, name: str, block: int) -> dict[str, Any]:
    arm = next(arm for arm in plan.arms if arm.name == name)
    space: dict[str, Any] = {}
    for cell in bind(notebook, plan, arm, block, transform=python_source).node["cells"]:
        exec(python_source(cell["source"]), space)
    return space


def test_a_real_notebook_is_planned_bound_and_run(wine):
    notebook, reading = wine
    member = next(c.name for c in reading.candidates if c.kind == "item" and "MinMax" in c.name)
    asked = (FactorRequest.parse("cfg.C=0.001"), FactorRequest(name=member, drop=True))
    plan = build(notebook, reading, PlanRequest(factors=asked, response="accuracy"), transform=python_source)
    check(plan)
    assert load(dump(plan)) == plan
    assert (plan.block_kind, plan.response.direction) == ("split", "max")
    assert len({seed.group for seed in plan.seeds}) == 1
    value = {
        (arm.name, block): execute(notebook, plan, arm.name, block) for arm in plan.arms for block in (11, 12)
    }
    again = execute(notebook, plan, "baseline", 11)
    base = value["baseline", 11]
    assert again["accuracy"] == base["accuracy"]
    assert (again["X"] == base["X"]).all()
    assert not (value["baseline", 12]["X"] == base["X"]).all()
    for block in (11, 12):  # blocks pair the arms: the same data, and only the arm differs
        strong, fewer = value["cfg.C=0.001", block], value[f"without {member}", block]
        assert (strong["X_te"] == value["baseline", block]["X_te"]).all()
        assert strong["model"][-1].C == 0.001
        assert [type(step).__name__ for step in fewer["model"]] == ["StandardScaler", "LogisticRegression"]
    assert "-    MinMaxScaler(),  # first\n+    # first" in arm_diff(notebook, plan, plan.arms[2])


def test_a_seed_in_the_parameters_cell_goes_to_papermill(shared_data):
    path = shared_data / "training" / "12_load_gru" / "train.ipynb"
    notebook = read(path)
    plan = build(notebook, read_candidates(notebook, python_source), PlanRequest(), transform=python_source)
    bound = bind(notebook, plan, plan.arms[1], 77, transform=python_source)
    assert bound.parameters["seed"] == 77
    assert [factor.parameter for factor in plan.factors] == [True] * len(plan.factors)
    assert set(plan.arms[1].settings) <= set(bound.parameters)
    assert bound.edits == ()


@pytest.mark.slow
def test_every_candidate_of_every_public_notebook_binds(shared_data):
    """Each suggested level of each candidate: it stands in the code, nothing else changes."""
    bindings, operators = 0, set()
    for path in sorted(shared_data.rglob("*.ipynb")):
        notebook = with_files(read(path))
        reading = read_candidates(notebook, python_source)
        expr = reading.measured[0].name if reading.measured else "0"
        for candidate in reading.candidates:
            operator = "drop-item" if candidate.kind == "item" else candidate.operator
            if candidate.kind == "seed" or not (candidate.levels or operator != "set"):
                continue
            request = PlanRequest(
                factors=(FactorRequest(name=candidate.name),), response=expr, direction="max", seeds="none"
            )
            plan = build(notebook, reading, request, transform=python_source)
            assert digest(load(dump(plan))) == digest(plan)
            untouched = bind(notebook, plan, plan.baseline, 1, transform=python_source)
            assert (untouched.edits, untouched.files) == ((), {})
            for arm in plan.treatments:
                bound = bind(notebook, plan, arm, 1, transform=python_source)
                bindings += 1
                operators.add(operator)
                factor = plan.factors[0]
                if factor.parameter:
                    assert bound.parameters == {factor.name: ast.literal_eval(arm.settings[factor.name])}
                    continue
                texts = [(index, old, new) for index, old, new in bound.edits]
                texts += [(file, notebook.beside[file], new) for file, new in bound.files.items()]
                for _, old, new in texts:
                    if factor.operator == "set":
                        assert abs(len(new) - len(old)) < 40 * len(factor.places)
                    elif factor.operator != "identity":
                        assert len(new) < len(old)
                    assert new != old
                for index, _, new in bound.edits:
                    assert bound.node["cells"][index]["source"] == new
                    ast.parse(python_source(new))
                for file, new in bound.files.items():
                    if file.endswith(".py"):
                        ast.parse(new)
                assert {key for key, _, _ in texts} == {place.key(notebook) for place in factor.places}
                assert arm_diff(notebook, plan, arm, transform=python_source)
    assert operators == {"set", "drop-item", "drop-term", "identity", "drop-statement"}
    assert bindings > 500


def test_a_plan_needs_no_word_on_most_training_notebooks(shared_data):
    ready = 0
    for path in sorted((shared_data / "training").rglob("*.ipynb")):
        notebook = read(path)
        reading = read_candidates(notebook, python_source)
        if all(measured.direction == "unknown" for measured in reading.measured):
            with pytest.raises(UsageError, match="more or less") as caught:
                build(notebook, reading, PlanRequest(), transform=python_source)
            assert "--direction" in caught.value.remedy  # only a person knows
            continue
        check(build(notebook, reading, PlanRequest(), transform=python_source))
        ready += 1
    assert ready >= 9
