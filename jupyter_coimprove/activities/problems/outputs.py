"""Errors and warnings that a notebook's cells have shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jupyter_coimprove.activities.activity import Card
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.ours import asks_us
from jupyter_coimprove.notebook.outputs import outputs_text

_WARNING = re.compile(r"\b([A-Z]\w*Warning):\s*(.{0,160})")
#: Warnings that say that a fit is not what it should be; others are about the code.
_GRAVE = frozenset(
    {
        "ConvergenceWarning",
        "UndefinedMetricWarning",
        "RuntimeWarning",
        "DataConversionWarning",
        "InconsistentVersionWarning",
    }
)


def complaints(notebook: Notebook) -> Iterator[Card]:
    """A card a cell that failed, and one a kind of warning in a cell."""
    for cell in notebook.code_cells:
        if asks_us(cell):
            continue
        number = cell.index + 1
        for output in cell.outputs:
            if output.get("output_type") not in ("error", "pyerr"):
                continue
            name, value = str(output.get("ename", "")), str(output.get("evalue", ""))[:200]
            yield Card(
                kind="problem", title=f"cell {number} fails: {name}", key=f"fails:{cell.id or cell.digest}:{name}",
                goal="it runs to its end", evidence=(f"{name}: {value}",), weight=0.95, cells=(number,),
                next=(f"fix {notebook.path.name} --cell {number}",), data={"source": "error"},
            )  # fmt: skip
        seen = set()
        for name, text in _WARNING.findall(outputs_text(cell)):
            if name in seen:
                continue
            seen.add(name)
            yield Card(
                kind="problem", title=f"cell {number} warns: {name}", key=f"warns:{cell.id or cell.digest}:{name}",
                goal="it says nothing of the kind, or it is known why it may", evidence=(f"{name}: {text.strip()}",),
                weight=0.6 if name in _GRAVE else 0.25, cells=(number,), data={"source": "warning"},
            )  # fmt: skip
