"""Small notebooks as JupyterLab writes them, for tests that run the main job."""

from __future__ import annotations

import json
from collections.abc import Sequence


def lab_notebook(cells: Sequence[tuple[str, str]]) -> str:
    """The text of a notebook with these code cells, each (tag or nothing, source)."""
    made = [
        {
            "cell_type": "code", "execution_count": None, "id": f"cell-{index}",
            "metadata": {"tags": [tag]} if tag else {}, "outputs": [], "source": source.splitlines(keepends=True),
        }
        for index, (tag, source) in enumerate(cells)
    ]  # fmt: skip
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    node = {"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(node, indent=1, ensure_ascii=False) + "\n"
