"""What is not in the notebook's file yet, and so is told to no model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_coimprove.notebook.cells import Notebook

SAVE = "cells ran since this notebook was saved, and what they showed was not sent: save it, and ask with --fresh"


def words(notebook: Notebook, live: Mapping[str, Any]) -> str:
    """Words where the kernel that asks ran a cell which the file does not show as run; else empty.

    ``live["ran"]`` is that kernel's own number of it. After a restart the file's numbers are those of another
    kernel: then nothing can be told by them, and nothing is said until this one has come further.
    """
    ran = live.get("ran")
    if not isinstance(ran, int) or isinstance(ran, bool):
        return ""
    saved = max((cell.execution_count or 0 for cell in notebook.cells), default=0)
    return SAVE if ran > saved else ""
