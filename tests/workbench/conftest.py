"""A small training notebook, and the whole way on it with real kernels."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyter_coimprove.workbench.bench import Bench, Where

CELLS = (
    ("parameters", "SEED = 0\nlr = 0.1\nuse_bias = True\nunused = 3"),
    ("", "import random\nrandom.seed(SEED)\nnoise = random.gauss(0, 0.01)"),
    ("", "gain = 0.5 if use_bias else 0.2\nscore = 0.4 + lr * (1 + noise) + gain * 0.1 + noise"),
    ("", "print(f'score {score:.4f}')"),
)


def notebook(cells: tuple[tuple[str, str], ...], *, minor: int = 5) -> str:
    """A notebook as JupyterLab writes it."""
    made = []
    for index, (tag, source) in enumerate(cells):
        cell: dict[str, object] = {
            "cell_type": "code", "execution_count": None, "metadata": {"tags": [tag]} if tag else {},
            "outputs": [], "source": source.splitlines(keepends=True),
        }  # fmt: skip
        if minor >= 5:
            cell["id"] = f"cell-{index}"
        made.append(cell)
    node = {
        "cells": made,
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
        "nbformat": 4, "nbformat_minor": minor,
    }  # fmt: skip
    return json.dumps(node, indent=1, ensure_ascii=False) + "\n"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a notebook of these cells into an empty project; its path."""

    def make(*cells: str | tuple[str, str], name: str = "train.ipynb") -> Path:
        path = tmp_path / name
        path.write_text(
            notebook(tuple(("", c) if isinstance(c, str) else c for c in cells)), encoding="utf-8"
        )
        return path

    return make


@pytest.fixture
def train(write: Callable[..., Path]) -> Path:
    """The small training notebook."""
    return write(*CELLS)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A bench in the project's folder, with a key of its own."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / ".jupyter-data"))
    made = Bench(where=Where(cwd=tmp_path), root_override=tmp_path, waits=True)
    yield made
    made.close()
