"""Finds what can be taken out of the code: terms of sums, steps, statements."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from jupyter_coimprove.notebook.calls import DRAWING
from jupyter_coimprove.notebook.found import Found
from jupyter_coimprove.notebook.parts import Code, Part, Scope, simple_statements
from jupyter_coimprove.notebook.scopes import path_of
from jupyter_coimprove.notebook.statements import statements
from jupyter_coimprove.notebook.steps import steps
from jupyter_coimprove.notebook.terms import terms
from jupyter_coimprove.notebook.trees import last_name, of_kind
from jupyter_coimprove.notebook.units import Unit


def removable(units: Iterable[Unit], functions: Iterable[str], drawing: Iterable[str]) -> list[Found]:
    """All of it, in order; calls of one layer in one class go together."""
    units = list(units)
    code = _code(units, functions, drawing)
    schedules = _schedules(units)
    out: list[Found] = []
    for unit in units:
        parts = _together(list(_parts(unit.node, code, schedules)))
        out += [
            Found(
                name=part.name, kind=part.kind, node=part.node, statement=unit.statement, path=scope.top or None,
                function=scope.top, operator=part.operator, weight=part.weight, argument=part.off, also=part.also,
                file=unit.file, through=unit.through,
            )
            for part, scope in parts
        ]  # fmt: skip
    return out


def _parts(node: ast.stmt, code: Code, schedules: frozenset[str]) -> Iterator[tuple[Part, Scope]]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return
    for statement, scope in simple_statements(node, Scope()):
        if _draws(statement, code):
            continue
        found = [*terms(statement, scope), *steps(statement, scope, code)]
        whole = list(statements(statement, scope, code, {id(part.node) for part in found}, schedules))
        if whole and isinstance(statement, ast.Assign):
            # ``X[:, 7] = np.log1p(X[:, 7])``: without the statement is without the step.
            found = [part for part in found if part.node is not statement.value]
        found += whole
        for part in found:
            yield part, scope


def _draws(node: ast.stmt, code: Code) -> bool:
    call = node.value if isinstance(node, (ast.Expr, ast.Assign)) else None
    if not isinstance(call, ast.Call):
        return False
    # ``df.T.plot(…)`` draws whatever it is called on.
    root, last = (path_of(call.func) or "").partition(".")[0], last_name(call.func)
    return root in code.drawing or (last in DRAWING and last not in code.functions)


def _together(parts: list[tuple[Part, Scope]]) -> list[tuple[Part, Scope]]:
    """Steps of one name in one statement become one candidate, unless one stands inside another."""
    first: dict[str, int] = {}
    out: list[tuple[Part, Scope]] = []
    for part, scope in parts:
        at = first.get(part.name) if part.kind == "step" else None
        if at is not None:
            known = out[at][0]
            if not any(_inside(part.node, n) or _inside(n, part.node) for n in (known.node, *known.also)):
                out[at] = (replace(known, also=(*known.also, part.node)), scope)
                continue
        elif part.kind == "step":
            first[part.name] = len(out)
        out.append((part, scope))
    return out


def _inside(inner: ast.expr | ast.stmt, outer: ast.expr | ast.stmt) -> bool:
    return (outer.lineno, outer.col_offset) <= (inner.lineno, inner.col_offset) and (
        (inner.end_lineno or 0, inner.end_col_offset or 0)
        <= (outer.end_lineno or 0, outer.end_col_offset or 0)
    )


def _code(units: Iterable[Unit], functions: Iterable[str], drawing: Iterable[str]) -> Code:
    keys: Counter[str] = Counter()
    imports: set[str] = set()
    tuples: set[str] = set()
    for unit in units:
        keys.update([n.value for n in of_kind(unit.node, ast.Constant) if isinstance(n.value, str)])
        keys.update([n.attr for n in of_kind(unit.node, ast.Attribute)])
        # Aliases stand in imports only.
        imports |= {(a.asname or a.name).partition(".")[0] for a in of_kind(unit.node, ast.alias)}
        made: list[ast.FunctionDef | ast.AsyncFunctionDef] = [*of_kind(unit.node, ast.FunctionDef)]
        made += of_kind(unit.node, ast.AsyncFunctionDef)
        for function in made:
            if any(isinstance(n.value, ast.Tuple) for n in of_kind(function, ast.Return)):
                tuples.add(function.name)
    return Code(
        functions=frozenset(functions), tuples=frozenset(tuples), imports=frozenset(imports), keys=keys,
        drawing=frozenset(drawing),
    )  # fmt: skip


def _schedules(units: Iterable[Unit]) -> frozenset[str]:
    """Names that hold a schedule of the learning rate."""
    out = set()
    for unit in units:
        for node in of_kind(unit.node, ast.Assign):
            if isinstance(node.value, ast.Call):
                maker = last_name(node.value.func)
                if maker.endswith(("LR", "Scheduler", "Plateau", "_with_warmup", "WarmRestarts")):
                    out |= {p for t in node.targets if (p := path_of(t))}
    return frozenset(out)
