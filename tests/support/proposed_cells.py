"""Proposals of cells for tests: a notebook with outputs, what is proposed, and the bench that is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_coimprove.registry import Actor
from jupyter_coimprove.workbench import proposing
from jupyter_coimprove.workbench.bench import Bench

CLAUDE = Actor(kind="ai", id="claude", display="Claude", auth="os")
ADD: dict[str, Any] = {"kind": "insert", "cell": 1, "source": "import math\nz = math.sqrt(x)"}
CHANGE: dict[str, Any] = {"kind": "replace", "cell": 2, "source": "y = x + 2"}
TAKE_OUT: dict[str, Any] = {"kind": "delete", "cell": 3}
SOURCES = ("x = 1", "y = x + 1", "print(y)")


def write(folder: Path, *sources: str, name: str = "train.ipynb", minor: int = 5) -> Path:
    """A notebook as JupyterLab saves it, whose last cell has put something out."""
    cells = [
        {
            "cell_type": "code", "execution_count": number + 1, **({"id": f"c{number}"} if minor >= 5 else {}), "metadata": {},
            "outputs": [], "source": source.splitlines(keepends=True),
        }
        for number, source in enumerate(sources or SOURCES)
    ]  # fmt: skip
    cells[-1]["outputs"] = [{"name": "stdout", "output_type": "stream", "text": ["2\n"]}]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    node = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": minor}
    path = folder / name
    path.write_text(json.dumps(node, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def proposed(bench: Bench, path: Path, *edits: Mapping[str, Any], **more: Any) -> str:
    """The id of a proposal of these edits, by an AI unless ``author`` says who."""
    told = {"why": "it is faster", "expected": "half the time", "author": CLAUDE, **more}
    return proposing.propose(bench, path, list(edits), **told).id


def sources(path: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(path.read_bytes())["cells"]]
