"""What is offered can be carried out: every candidate of notebooks of several domains is bound in every level."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from invented_notebooks import ALL, Invented

from jupyter_coimprove.experiments.binding import bind
from jupyter_coimprove.experiments.design import FactorRequest, PlanRequest, build
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.cells import Cell, Notebook
from jupyter_coimprove.notebook.operators import configs
from jupyter_coimprove.notebook.reading import read_candidates


def made(invented: Invented) -> Notebook:
    cells = tuple(
        Cell(index=n, kind="code", source=c if isinstance(c, str) else c[1], id=f"c{n}")
        for n, c in enumerate(invented.cells)
    )
    node: dict[str, Any] = {
        "cells": [
            {"cell_type": "code", "id": c.id, "metadata": {}, "source": c.source, "outputs": [], "execution_count": None}
            for c in cells
        ],
        "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip
    return Notebook(
        path=Path("nb.ipynb"), raw=b"", node=node, nbformat=4, minor=5, cells=cells, kernel=None,
        language="python", beside=invented.beside,
    )  # fmt: skip


@pytest.mark.parametrize("invented", ALL, ids=lambda i: i.name)
def test_every_candidate_is_carried_out_in_every_level(invented: Invented) -> None:
    notebook = made(invented)
    reading = read_candidates(notebook, python_source)
    bound = 0
    for candidate in reading.candidates:
        taken_away = candidate.operator != "set" or candidate.kind == "item"
        if candidate.kind == "seed" or not (candidate.levels or taken_away):
            continue
        request = PlanRequest(
            factors=(FactorRequest(name=candidate.name),), response="1.0", direction="max", seeds="none"
        )
        plan = build(notebook, reading, request, transform=python_source)
        for arm in plan.treatments:
            run = bind(notebook, plan, arm, 1, transform=python_source)
            assert run.parameters or run.edits or run.files, candidate.name
            for _, _, new in run.edits:
                ast.parse(python_source(new))
            for file, new in run.files.items():
                language = configs.language_of(file)
                ast.parse(new) if language is None else configs.read(new, language)
            bound += 1
    assert bound >= 10
