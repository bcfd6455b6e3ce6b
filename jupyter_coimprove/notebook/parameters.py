"""The cell tagged ``parameters``: names, values, types, and what becomes of them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.literals import MISSING, as_json, literal, type_name

TAG = "parameters"


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A name of the parameters cell: ``source`` as it stands there, ``value`` as JSON (None with
    another source: JSON cannot say it), ``type`` as in ``literals.type_name``."""

    name: str
    source: str
    value: Any
    type: str


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """``cell`` is None when no cell has the tag; papermill injects after the first that has."""

    cell: int | None
    items: tuple[Parameter, ...] = ()
    warnings: tuple[str, ...] = ()


def parameters_cell(notebook: Notebook) -> int | None:
    """The index of the first code cell tagged ``parameters``."""
    return next((c.index for c in notebook.code_cells if TAG in c.tags), None)


def parameters(notebook: Notebook, flow: Flow) -> Parameters:
    """The notebook's parameters, and a warning for each that a later cell sets again."""
    index = parameters_cell(notebook)
    if index is None:
        return Parameters(cell=None)
    source = flow.sources[index]
    if source is None:
        return Parameters(cell=index, warnings=(f"the parameters cell {index + 1} does not parse",))
    items: dict[str, Parameter] = {}
    for statement in flow.statements:
        if statement.cell != index:
            continue
        node = statement.node
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name):
                value = literal(node.value)
                text = ast.get_source_segment(source, node.value) or ast.unparse(node.value)
                items[target.id] = Parameter(
                    name=target.id, source=text, type=type_name(value),
                    value=None if value is MISSING else as_json(value),
                )  # fmt: skip
    warnings = []
    for name in items:
        again = [
            s.cell
            for s in flow.statements
            if s.cell != index and name in s.names.binds and name not in s.names.imports
        ]
        if again:
            warnings.append(
                f"parameter {name} is set again in cell {again[0] + 1}: what is set from outside has no effect after it"
            )
    return Parameters(cell=index, items=tuple(items.values()), warnings=tuple(warnings))
