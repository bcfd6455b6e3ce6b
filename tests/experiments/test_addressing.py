"""Code named by where it stands becomes a factor, or is refused with where it is."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.experiments.binding import arm_diff, bind
from jupyter_coimprove.experiments.design import build
from jupyter_coimprove.experiments.experiment import Plan
from jupyter_coimprove.experiments.planfile import dump, load
from jupyter_coimprove.experiments.request import FactorRequest, PlanRequest
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.candidates import Measured, Reading
from jupyter_coimprove.notebook.cells import Cell, Notebook

CELL = "%matplotlib inline\nimport numpy as np\nfrom net import f\nh = f(1) + 2\nh = np.clip(h, 0, 1)\nxs = [h, 2, max(h, 2)]\nscore = h * 0.5"
NET = "def f(x):\n    h = x * 2\n    h = h + x\n    return abs(h)\n"


@pytest.fixture
def notebook() -> Notebook:
    cells = (
        Cell(index=0, kind="markdown", source="# t", id="m"),
        Cell(index=1, kind="code", source=CELL, id="a"),
    )
    node = {
        "cells": [
            {"cell_type": c.kind, "id": c.id, "metadata": {}, "source": c.source, "outputs": [], "execution_count": None}
            for c in cells
        ],
        "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip
    return Notebook(
        path=Path("nb.ipynb"), raw=b"", node=node, nbformat=4, minor=5, cells=cells, kernel=None,
        language="python", beside={"net.py": NET, "c.yaml": "a: 1\nb: on\n"},
    )  # fmt: skip


def planned(notebook: Notebook, *factors: str, drop: str = "") -> Plan:
    asked = [FactorRequest.parse(text) for text in factors]
    asked += [FactorRequest.parse(drop, drop=True)] if drop else []
    measured = Measured(name="score", how="variable", expr="score", cell=1, direction="max", score=1.0)
    return build(
        notebook, Reading(candidates=(), measured=(measured,), splits=()),
        PlanRequest(factors=tuple(asked), response="score", direction="max", seeds="none"),
        transform=python_source,
    )  # fmt: skip


def result(notebook: Notebook, plan: Plan) -> str:
    bound = bind(notebook, load(dump(plan)), plan.treatments[0], 1, transform=python_source)
    return next(iter([*bound.files.values(), *(after for *_, after in bound.edits)]))


@pytest.mark.parametrize(
    ("text", "old", "new", "arm"),
    [
        ('net.py:3:"x" drop-term', "h + x", "h", "without x"),
        ('net.py:3:"h + x"=3', None, None, ""),
        ('net.py:4:"abs(h)" identity', "abs(h)", "h", "without abs(h)"),
        ('net.py:"h = h + x" drop-statement', "    h = h + x\n", "", "without h = h + x"),
        ('net.py:2:"2"=3', "x * 2", "x * 3", "net.py:2=3"),
        ('c.yaml:1:"1"=5', "a: 1", "a: 5", "c.yaml:1=5"),
        ("c.yaml:2:'on'=False", "b: on", "b: off", "c.yaml:2=False"),
        ('2:7:"0.5"=1.5', "h * 0.5", "h * 1.5", "cell 2:7=1.5"),
        ('2:"np.clip(h, 0, 1)" identity', "np.clip(h, 0, 1)", "h", "without np.clip(h, 0, 1)"),
        ('2:6:"2"#2=3', "max(h, 2)", "max(h, 3)", "cell 2:6#2=3"),
        ('2:"max(h, 2)" drop-item', ", max(h, 2)]", "]", "without max(h, 2)"),
    ],
)
def test_a_spot_becomes_a_factor(
    notebook: Notebook, text: str, old: str | None, new: str | None, arm: str
) -> None:
    if old is None or new is None:
        with pytest.raises(UsageError, match="no value"):
            planned(notebook, text)
        return
    plan = planned(notebook, text)
    assert plan.treatments[0].name == arm
    source = CELL if text[0] == "2" else NET if text[0] == "n" else notebook.beside["c.yaml"]
    assert result(notebook, plan) == source.replace(old, new)
    assert arm_diff(notebook, plan, plan.treatments[0])


@pytest.mark.parametrize(
    ("drop", "operator"),
    [
        ('net.py:3:"x"', "drop-term"),
        ('net.py:"h = h + x"', "drop-statement"),
        ('2:"np.clip(h, 0, 1)"', "identity"),
        ('2:"max(h, 2)"', "drop-item"),
    ],
)
def test_what_is_dropped_says_by_itself_how(notebook: Notebook, drop: str, operator: str) -> None:
    plan = planned(notebook, drop=drop)
    assert plan.factors[0].operator == operator
    assert plan.design == "leave-one-out"


@pytest.mark.parametrize(
    ("text", "why", "remedy"),
    [
        ('net.py:9:"x" drop-term', "does not stand in net.py, line 9", "it stands in line 1, 2, 3"),
        ('net.py:"x" drop-term', "stands 3 times in net.py", "which"),
        ('2:6:"2"=3', "stands 2 times in cell 2, line 6", "which"),
        ('7:"x"=1', "cell 7 is no code cell", "FILE"),
        ('1:"t"=1', "cell 1 is no code cell", "FILE"),
        ('c.yaml:1:"1" identity', "is a value in c.yaml", "=LEVEL"),
        ('net.py:1:"def" identity', "", ""),
    ],
)
def test_a_spot_that_is_not_there_is_refused_with_where_it_is(
    notebook: Notebook, text: str, why: str, remedy: str
) -> None:
    if not why:
        plan = planned(notebook, text)
        with pytest.raises(Exception, match="not a call"):
            result(notebook, plan)
        return
    with pytest.raises(UsageError, match=why) as caught:
        planned(notebook, text)
    assert remedy in caught.value.remedy


def test_a_file_or_operator_that_is_not_known_is_named_with_close_ones(notebook: Notebook) -> None:
    with pytest.raises(UnknownName, match=r"nett\.py"):
        planned(notebook, 'nett.py:3:"x" drop-term')
    with pytest.raises(UnknownName, match="drop-trem"):
        planned(notebook, 'net.py:3:"x" drop-trem')
    with pytest.raises(UsageError, match="has no levels"):
        planned(notebook, drop='net.py:3:"x"=1')


def test_code_that_reads_alike_at_two_spots_is_told_apart(notebook: Notebook) -> None:
    alike = dataclasses.replace(notebook, beside={"net.py": NET + NET.replace("def f", "def g")})
    plan = planned(alike, 'net.py:3:"x" drop-term', 'net.py:7:"x" drop-term')
    assert [arm.name for arm in plan.treatments] == ["without x (net.py:3)", "without x (net.py:7)"]
