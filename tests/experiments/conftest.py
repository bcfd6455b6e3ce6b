"""Notebooks and readings made by hand, for the stage that turns them into plans."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jupyter_coimprove.notebook.candidates import Candidate, Measured, Reading, Split
from jupyter_coimprove.notebook.cells import Cell, Notebook, Place


@dataclass(frozen=True)
class Maker:
    """Makes notebooks, places in them, and what was read from them."""

    def notebook(
        self,
        *sources: str,
        parameters: int | None = None,
        minor: int = 5,
        language: str = "python",
        **metadata: Any,
    ) -> Notebook:
        cells, node = [], []
        for index, source in enumerate(sources):
            kind = "markdown" if source.startswith("# ") else "code"
            tags = ["parameters"] if index == parameters else []
            meta = metadata.get(f"cell{index}", {}) | ({"tags": tags} if tags else {})
            id_ = f"cell-{index}" if minor >= 5 else None
            cells.append(
                Cell(index=index, kind=kind, source=source, id=id_, tags=tuple(tags), metadata=meta)  # type: ignore[arg-type]
            )
            entry: dict[str, Any] = {"cell_type": kind, "metadata": meta, "source": source.splitlines(True)}
            if id_:
                entry["id"] = id_
            if kind == "code":
                entry |= {
                    "outputs": [{"output_type": "stream", "name": "stdout", "text": ["old"]}],
                    "execution_count": 7,
                }
            node.append(entry)
        whole = {
            "cells": node,
            "metadata": {"language_info": {"name": language}},
            "nbformat": 4,
            "nbformat_minor": minor,
        }
        return Notebook(
            path=Path("train.ipynb"), raw=json.dumps(whole).encode(), node=whole, nbformat=4, minor=minor,
            cells=tuple(cells), kernel="python3", language=language,
        )  # fmt: skip

    def place(self, notebook: Notebook, cell: int, text: str, *, nth: int = 0, after: str = "") -> Place:
        source = notebook.cells[cell].source
        start = source.index(after) + len(after) if after else 0
        for _ in range(nth + 1):
            start = source.index(text, start) + 1
        start -= 1
        return Place(address=notebook.address(cell), start=start, end=start + len(text), text=text)

    def candidate(
        self, notebook: Notebook, name: str, cell: int, text: str, *, kind: str = "constant", levels: tuple[str, ...] = (),
        reaches: tuple[int, ...] | None = None, after: str = "", **more: Any,
    ) -> Candidate:  # fmt: skip
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            value = None
        return Candidate(
            name=name, kind=kind, source=text, value=value, type=type(value).__name__,  # type: ignore[arg-type]
            places=more.pop("places", (self.place(notebook, cell, text, after=after),)), levels=levels,
            reaches=tuple(range(len(notebook.cells))) if reaches is None else reaches, **more,
        )  # fmt: skip

    def measured(
        self, name: str, cell: int, *, direction: str = "max", how: str = "variable", expr: str = ""
    ) -> Measured:
        return Measured(name=name, how=how, expr=expr or name, cell=cell, direction=direction)  # type: ignore[arg-type]

    def reading(
        self, *candidates: Candidate, measured: tuple[Measured, ...] = (), splits: tuple[Split, ...] = ()
    ) -> Reading:
        return Reading(candidates=candidates, measured=measured, splits=splits)


@pytest.fixture
def make() -> Maker:
    return Maker()


TRAINING = (
    "# Training",
    "import random\nimport math",
    "lr = 0.1\nepochs = 3\noptimizer = 'sgd'\nuse_noise = True\nseed = 7",
    "rng = random.Random(seed)\nsteps = [\n    'center',  # first\n    'scale',\n    'clip'\n]",
    "w = 0.0\nfor step in range(epochs):\n    noise = rng.gauss(0, 1) if use_noise else 0.0\n"
    "    w += lr * (1 - w) + 0.01 * noise + 0.001 * len(steps)\n    w *= 1.0 if optimizer == 'sgd' else 0.9",
    "acc = w",
)


@pytest.fixture
def training(make: Maker) -> tuple[Notebook, Reading]:
    """A notebook that trains something small, with a factor of every kind, and its reading."""
    notebook = make.notebook(*TRAINING)
    reading = make.reading(
        make.candidate(notebook, "lr", 2, "0.1", levels=("0.01", "1.0")),
        make.candidate(notebook, "epochs", 2, "3", levels=("6",)),
        make.candidate(notebook, "optimizer", 2, "'sgd'", levels=("'adam'",)),
        make.candidate(notebook, "use_noise", 2, "True", levels=("False",)),
        make.candidate(notebook, "steps[scale]", 3, "'scale'", kind="item"),
        make.candidate(notebook, "steps[clip]", 3, "'clip'", kind="item"),
        make.candidate(notebook, "seed", 2, "7", kind="seed"),
        measured=(make.measured("acc", 5), make.measured("w", 4, direction="unknown")),
    )
    return notebook, reading
