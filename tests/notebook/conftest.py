"""Notebooks made from sources."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.candidates import Reading
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.io import parse
from jupyter_coimprove.notebook.reading import read_candidates

Make = Callable[..., Notebook]


def make(*sources: Any, tags: dict[int, list[str]] | None = None) -> Notebook:
    """A source, or (source, printed text, result text)."""
    cells = []
    for i, source in enumerate(sources):
        text, *shown = source if isinstance(source, tuple) else (source,)
        outputs: list[dict[str, Any]] = []
        if shown and shown[0]:
            outputs.append({"output_type": "stream", "name": "stdout", "text": shown[0]})
        if len(shown) > 1:
            outputs.append(
                {"output_type": "execute_result", "data": {"text/plain": shown[1]}, "metadata": {}}
            )
        meta = {"tags": tags[i]} if tags and i in tags else {}
        cells.append(
            {
                "cell_type": "code",
                "metadata": meta,
                "source": text,
                "outputs": outputs,
                "execution_count": None,
            }
        )
    raw = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    return parse(json.dumps(raw).encode(), Path("n.ipynb"))


@pytest.fixture
def notebook() -> Make:
    return make


@pytest.fixture
def reading() -> Callable[..., Reading]:
    return lambda *sources, **more: read_candidates(make(*sources, **more), python_source)
