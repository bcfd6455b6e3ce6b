"""A report as a notebook: one Markdown cell a section, with no code and nothing that could run."""

from __future__ import annotations

import json
import re
from typing import Any


def to_notebook(markdown: str) -> str:
    """The report's Markdown, cut at its headings, as nbformat 4.5 (JSON)."""
    parts = [part.strip() for part in re.split(r"(?m)^(?=#{1,2} )", markdown) if part.strip()]
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "markdown",
            "id": f"report-{number}",
            "metadata": {},
            "source": part.splitlines(keepends=True),
        }
        for number, part in enumerate(parts)
    ]
    return (
        json.dumps(
            {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1, ensure_ascii=False
        )
        + "\n"
    )
