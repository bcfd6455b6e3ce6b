"""Top-level statements of cells and of local modules, as the readers of candidates walk them."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.modules import Modules
from jupyter_coimprove.notebook.trees import walk


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One top-level statement of a cell (``file`` empty) or of a module that cells use.

    ``statement`` is its index in the flow, or that of the first statement that uses it, and
    ``through`` all (statement, path) by which the notebook gets at what it defines. ``nodes``
    are all nodes of the statement, itself first.
    """

    node: ast.stmt
    nodes: tuple[ast.AST, ...]
    statement: int
    file: str = ""
    through: tuple[tuple[int, str], ...] = ()


def units_of(flow: Flow, modules: Modules) -> list[Unit]:
    """All statements in order; those of a module where the notebook first uses it. Unused ones are left out."""
    out = [Unit(node=s.node, nodes=s.nodes, statement=i) for i, s in enumerate(flow.statements)]
    for module in modules.modules:
        for node, names in zip(module.tree.body, module.defines, strict=True):
            through = modules.through(module.file, names)
            if through and not isinstance(node, (ast.Import, ast.ImportFrom)):
                out.append(
                    Unit(
                        node=node,
                        nodes=tuple(walk(node)),
                        statement=through[0][0],
                        file=module.file,
                        through=through,
                    )
                )
    return out
