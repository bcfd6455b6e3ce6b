"""A small notebook as a module, and what the notebook itself gives: both executed here, without a kernel."""

from __future__ import annotations

import importlib.util
import itertools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from small_notebooks import lab_notebook

from jupyter_coimprove.activities.ship.module import Module, write
from jupyter_coimprove.activities.ship.needed import Needed, check, needed
from jupyter_coimprove.experiments.experiment import Response
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.dataflow import Flow, analyse
from jupyter_coimprove.notebook.io import parse

_COUNT = itertools.count()


def read(cells: Sequence[str]) -> tuple[Any, Flow]:
    """The notebook of these cells; a first one that begins with ``# parameters`` is tagged so."""
    tagged = [("parameters" if text.startswith("# parameters") else "", text) for text in cells]
    notebook = parse(lab_notebook(tuple(tagged)).encode(), Path("nb.ipynb"))
    return notebook, analyse(notebook, python_source)


def slice_of(cells: Sequence[str], response: Response) -> tuple[Flow, Needed]:
    notebook, flow = read(cells)
    printed = response.how == "printed"
    need = needed(flow, () if printed else (response.expr,), response.cells if printed else None)
    check(flow, notebook, need.kept)
    return flow, need


def module_of(cells: Sequence[str], expr: str = "score", /, **more: Any) -> Module:
    """The module of a response, ``expr`` unless more is said of it."""
    said = {
        "name": "score",
        "how": "expression",
        "expr": expr,
        "direction": "max",
        "reduction": "value",
        **more,
    }
    response = Response(**said)
    flow, need = slice_of(cells, response)
    home = [0] if cells[0].startswith("# parameters") else []
    names = dict(line.split(" = ") for line in cells[0].splitlines()[1:]) if home else {}
    return write(
        flow,
        need,
        response,
        name="made",
        about="score of nb.ipynb",
        defaults=names,
        parameter_cells=home,
        folder=".",
    )


def run_module(made: Module, folder: Path, **arguments: Any) -> dict[str, float]:
    """What its ``run`` gives, from a file in this folder."""
    path = folder / f"made_{next(_COUNT)}.py"
    path.write_text(made.text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.run(folder=folder, **arguments)


def run_notebook(cells: Sequence[str], folder: Path, expr: str = "score") -> float:
    """What the expression is after all cells, executed in order in one namespace."""
    namespace: dict[str, Any] = {"__name__": "__main__", "display": lambda *shown: None}
    before = os.getcwd()
    os.chdir(folder)
    try:
        for text in cells:
            exec(python_source(text), namespace)
        return float(eval(expr, namespace))
    finally:
        os.chdir(before)
