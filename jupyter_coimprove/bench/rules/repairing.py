"""Rules for notebooks that fail: the product's explanation of an error, tried until the notebook runs."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from jupyter_coimprove.activities.systems import defaults
from jupyter_coimprove.bench.item import Answer, Item, Patch, notebook_of, sources
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.dataflow import analyse
from jupyter_coimprove.notebook.failures.explain import explain
from jupyter_coimprove.notebook.failures.failure import Facts, Failure
from jupyter_coimprove.notebook.failures.situation import Diagnosis

if TYPE_CHECKING:
    from jupyter_coimprove.bench.rules import Instruments

_VERSIONS = """
import numpy, pandas, sklearn
versions = {"numpy": numpy.__version__, "pandas": pandas.__version__, "scikit-learn": sklearn.__version__}
"""
#: So many errors one after the other are mended.
_MOST = 6


def repair(item: Item, instruments: Instruments) -> Answer:
    """Run; explain the error that comes; apply the repair where exactly one is offered; run again; say old defaults."""
    notebook = notebook_of(item)
    code = [cell.index for cell in notebook.code_cells]
    patch: dict[int, str] = {}
    told: list[str] = []
    for _ in range(_MOST):
        now = sources(item, [Patch(cell=index + 1, source=text) for index, text in patch.items()])
        ran = instruments.execute([*now, _VERSIONS], ("versions",))
        if not ran.error or not 0 < ran.cell <= len(now):
            break
        name, _, said = ran.error.partition(": ")
        at = code[ran.cell - 1]
        failure = Failure(ename=name.rpartition(".")[2], evalue=said, cell=at, inner=at, line=ran.line)
        current = _with(notebook, dict(zip(code, now, strict=True)))
        found = explain(current, failure, Facts(), instruments.transform)
        told.append(found.cause or ran.error)
        changed = _edited(current, found)
        if not changed:
            break
        patch |= changed
    if not ran.error:
        current = _with(notebook, dict(zip(code, now, strict=True)))
        changes = _said(current, ran.values.get("versions"), instruments)
        patch |= changes
        told += [f"cell {index + 1} takes defaults that have changed" for index in changes]
    if not patch:
        return Answer(evidence=tuple(told))
    return Answer(
        patch=tuple(Patch(cell=index + 1, source=text) for index, text in sorted(patch.items())),
        confidence=0.8 if not ran.error else 0.3, evidence=tuple(told),
    )  # fmt: skip


def _said(notebook: Notebook, now: object, instruments: Instruments) -> dict[int, str]:
    """Cells with the defaults of the versions that the notebook names, where they are others today."""
    flow = analyse(notebook, instruments.transform)
    if not isinstance(now, dict):
        return {}
    changes = defaults.changed(notebook, flow, defaults.named(notebook), now)
    return defaults.stated(notebook, flow, changes, instruments.transform)


def _with(notebook: Notebook, new: dict[int, str]) -> Notebook:
    cells = tuple(dataclasses.replace(c, source=new.get(c.index, c.source)) for c in notebook.cells)
    return dataclasses.replace(notebook, cells=cells)


def _edited(notebook: Notebook, found: Diagnosis) -> dict[int, str]:
    """New sources by cell; a new cell is put before the cell that it precedes. None where a cell would go."""
    out: dict[int, str] = {}
    for edit in found.edits:
        at = int(edit["cell"] or 0)
        if edit["kind"] == "delete":
            return {}
        if edit["kind"] == "insert":
            follows = next((c.index for c in notebook.code_cells if c.index >= at), None)
            if follows is None:
                return {}
            out[follows] = f"{edit['source']}\n{out.get(follows, notebook.cells[follows].source)}"
        else:
            out[at - 1] = str(edit["source"])
    return out


RULES = {"repair": repair}
