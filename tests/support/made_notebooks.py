"""A notebook from the text of its cells."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.io import parse


def made(*cells: str, beside: Mapping[str, str] | None = None) -> Notebook:
    body = {
        "cells": [
            {
                "cell_type": "code", "id": f"c{n}", "metadata": {}, "source": textwrap.dedent(text).strip(),
                "execution_count": None, "outputs": [],
            }
            for n, text in enumerate(cells)
        ],
        "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip
    notebook = parse(json.dumps(body).encode(), Path("made.ipynb"))
    return replace(notebook, beside=beside or {})
