"""The notebook's own functions, also those of modules beside it: which cells run them, what they return."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.scopes import arguments, bound_in
from jupyter_coimprove.notebook.trees import children, last_name

Function = ast.FunctionDef | ast.AsyncFunctionDef
_DEFS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


_OWN = "_own_nodes"


@dataclass(frozen=True, kw_only=True)
class OwnFunction:
    """One function or method: ``file`` is empty where a cell defines it.

    ``runs`` are the indices of top-level statements that run it, at any remove, by the names
    they call: a method counts for every call of that name.
    """

    name: str
    node: Function
    file: str = ""
    method: bool = False
    runs: tuple[int, ...] = ()
    local: frozenset[str] = field(default_factory=frozenset)

    def returned(self) -> list[ast.expr]:
        """What it returns, one expression a ``return``."""
        return [n.value for n in own_nodes(self.node) if isinstance(n, ast.Return) and n.value is not None]


def own_nodes(node: ast.AST) -> tuple[ast.AST, ...]:
    """Everything in a function body or statement that is not in a function of its own, outer before inner."""
    known = node.__dict__.get(_OWN)
    if known is None:
        out: list[ast.AST] = []
        todo = list(reversed(children(node)))
        while todo:
            child = todo.pop()
            if not isinstance(child, _DEFS):
                out.append(child)
                todo.extend(reversed(children(child)))
        # Kept on the node, as its children are: several readers ask for it.
        known = node.__dict__[_OWN] = tuple(out)
    found: tuple[ast.AST, ...] = known
    return found


def own_functions(notebook: Notebook, flow: Flow) -> Mapping[str, OwnFunction]:
    """The functions and methods that some cell runs, by name (the last of equal ones)."""
    found: dict[str, tuple[Function, str, bool]] = {}
    for file, text in sorted(notebook.beside.items()):
        if file.endswith(".py"):
            try:
                body = ast.parse(text).body
            except (SyntaxError, ValueError, RecursionError):
                continue  # running the notebook will say so
            for node in body:
                found.update(_defined(node, file))
    for statement in flow.statements:
        found.update(_defined(statement.node, ""))
    if not found:
        return {}
    calls = {name: _called(node, found) for name, (node, _, _) in found.items()}
    runs: dict[str, list[int]] = {name: [] for name in found}
    for index, statement in enumerate(flow.statements):
        if isinstance(statement.node, _DEFS):
            continue
        todo, seen = list(_called(statement.node, found)), set[str]()
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                runs[name].append(index)
                todo += calls[name]
    return {
        name: OwnFunction(
            name=name, node=node, file=file, method=method, runs=tuple(runs[name]),
            local=frozenset(bound_in(node.body)[0] | {a.arg for a in arguments(node.args)}),
        )
        for name, (node, file, method) in found.items()
        if runs[name]
    }  # fmt: skip


def _defined(node: ast.stmt, file: str) -> Iterator[tuple[str, tuple[Function, str, bool]]]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        yield node.name, (node, file, False)
    elif isinstance(node, ast.ClassDef):
        for part in node.body:
            if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
                # Making an instance runs __init__.
                name = node.name if part.name == "__init__" else part.name
                yield name, (part, file, True)


def _called(node: ast.AST, known: Mapping[str, object]) -> set[str]:
    names = set()
    for part in own_nodes(node):
        if isinstance(part, ast.Call):
            name = last_name(part.func)
            if name in known:
                names.add(name)
            # Given to be called: ``pool.map(train, seeds)``, ``Trainer(compute_metrics=scores)``.
            given = [*part.args, *(keyword.value for keyword in part.keywords)]
            names |= {a.id for a in given if isinstance(a, ast.Name) and a.id in known}
    return names
