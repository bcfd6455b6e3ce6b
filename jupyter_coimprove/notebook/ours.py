"""Cells that ask `%coai`: part of the conversation about a notebook, not of what it computes."""

from __future__ import annotations

import re

from jupyter_coimprove.notebook.cells import Cell

_CELL = re.compile(r"\s*%%coai\b")
_LINE = re.compile(r"(?:\w+\s*=\s*)?%?coai\b(?!\s*[=.(\[])|%(?:re)?load_ext\s+jupyter_coimprove\b")


def asks_us(cell: Cell) -> bool:
    """Whether all that a code cell does is to ask `%coai` or `%%coai`, or to load them."""
    if cell.kind != "code":
        return False
    if _CELL.match(cell.source):
        return True
    text = re.sub(r"\\\n", " ", cell.source)
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    return bool(lines) and all(_LINE.match(line) for line in lines)
