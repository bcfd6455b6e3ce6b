"""A project whose notebook holds planted orders, a secret and an excluded cell."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp_door import PLANTED, files, kinds, running
from mcp_types import CallToolResult

CODE = (
    ("parameters", "rate = 0.5\nseed = 1"),
    ("", "import random\nrandom.seed(seed)\nscore = rate * 10 + random.random()"),
    ("", "print(f'score {score:.3f}')"),
    ("coimprove-exclude", "hidden_number = 8128"),
    ("", "db_password = 'correct-horse-battery'\nprint(db_password)"),
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return made_in(tmp_path)


def made_in(home: Path) -> Path:
    made = home / "work of Zoë"
    (made / "deep").mkdir(parents=True)
    cells = [
        {
            "cell_type": "code", "id": f"c{n}", "metadata": {"tags": [tag] if tag else []}, "source": source,
            "execution_count": n, "outputs": [],
        }
        for n, (tag, source) in enumerate(CODE)
    ]  # fmt: skip
    said = "score 5.134\n" + "\n".join(PLANTED)
    cells[2]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": said}]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    node = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    (made / "train.ipynb").write_text(json.dumps(node), encoding="utf-8")
    (made / "deep" / "other.ipynb").write_text(json.dumps({**node, "cells": cells[:1]}), encoding="utf-8")
    (home / "secret.ipynb").write_text(json.dumps(node), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[str, dict[str, Any]], CallToolResult]]:
    """One process for many calls of a module: ``served(tool, arguments)``."""
    folder = made_in(tmp_path_factory.mktemp("served"))
    (folder / "link").symlink_to(folder.parent)
    before = files(folder)
    with running(folder) as call:
        yield call
    assert files(folder) == before
    assert kinds(folder) == []
