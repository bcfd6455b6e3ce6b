"""A name that is not defined: misspelt, not imported, of another language, or of a cell that was not run."""

from __future__ import annotations

import ast
import builtins
import re

from jupyter_coimprove.notebook.dataflow import AMBIENT
from jupyter_coimprove.notebook.failures import known, order
from jupyter_coimprove.notebook.failures.near import nearest, ranked
from jupyter_coimprove.notebook.failures.situation import Diagnosis, Situation

_NAME = re.compile(r"name '(\w+)' is not defined")
_LOCAL = re.compile(r"(?:cannot access local variable|local variable) '(\w+)'")
_BUILTINS = tuple(name for name in dir(builtins) if not name.startswith("_"))


def undefined(s: Situation) -> Diagnosis | None:
    """NameError. Defined elsewhere comes before an import that everybody knows, that before a near name."""
    found = _NAME.search(s.said)
    if s.failure.ename != "NameError" or found is None:
        return None
    name = found[1]
    return (
        order.elsewhere(s, name)
        or _foreign(s, name)
        or _import(s, name)
        or _misspelt(s, name)
        or _nowhere(s, name)
    )


def uses(s: Situation, name: str) -> list[ast.Name]:
    """Where the cell reads this name."""
    return [
        n
        for n in ast.walk(s.tree)
        if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)
    ]


def _foreign(s: Situation, name: str) -> Diagnosis | None:
    meant = known.FOREIGN.get(name)
    if meant is None:
        return None
    source = s.swapped(*((node, meant) for node in uses(s, name)))
    return Diagnosis(
        rule="foreign name", cause=f"`{name}` is not a name of Python 3; `{meant}` is.", edits=s.replaced(source),
        repair=f"`{meant}` instead of `{name}`",
    )  # fmt: skip


def _import(s: Situation, name: str) -> Diagnosis | None:
    places = uses(s, name)
    called = any(isinstance(n, ast.Call) and n.func in places for n in ast.walk(s.tree))
    attributes = [n for n in ast.walk(s.tree) if isinstance(n, ast.Attribute) and n.value in places]
    line = known.line_for(name, called=called, attribute=bool(attributes))
    if name == "datetime" and any(
        a.attr in ("datetime", "timedelta", "date", "timezone", "time") for a in attributes
    ):
        line = "import datetime"
    elif name == "datetime" and attributes:
        line = "from datetime import datetime"
    elif name in ("tqdm", "glob", "pprint", "copy") and any(
        a.attr in (name, "deepcopy", "iglob") for a in attributes
    ):
        line = f"import {name}"
    if line is None:
        return None
    library = line.split()[1].partition(".")[0]
    missing = bool(s.facts.modules) and library not in s.facts.modules
    if missing:
        package = known_package(library)
        return Diagnosis(
            rule="missing import",
            cause=f"`{name}` is usually brought in by `{line}`, but {library} is not installed in this kernel "
            f"(`%pip install {package}` would fetch it).",
        )  # fmt: skip
    lines = [line, *(more for more in _others(s, name) if more != line)]
    source = s.cell.source
    for one in reversed(lines):
        source = s.with_import(source, one)
    return Diagnosis(
        rule="missing import", cause=f"`{name}` is used, and no cell that was run imports it.",
        repair=f"`{'; '.join(lines)}` at the top of cell {s.failure.inner + 1}", edits=s.replaced(source),
    )  # fmt: skip


def _others(s: Situation, name: str) -> list[str]:
    """Imports that the same cell lacks for what it calls further down."""
    defined = (
        visible(s)
        | AMBIENT
        | {n.id for n in ast.walk(s.tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    )
    defined |= {
        a.arg for n in ast.walk(s.tree) if isinstance(n, ast.arguments) for a in [*n.args, *n.kwonlyargs]
    }
    called = [c.func.id for c in ast.walk(s.tree) if isinstance(c, ast.Call) and isinstance(c.func, ast.Name)]
    found = [
        known.line_for(n, called=True, attribute=False) for n in called if n not in defined and n != name
    ]
    return [line for line in dict.fromkeys(found) if line is not None]


def known_package(module: str) -> str:
    from jupyter_coimprove.notebook.failures.moved import PACKAGES

    return PACKAGES.get(module, module)


def _misspelt(s: Situation, name: str) -> Diagnosis | None:
    names = visible(s) - {name}
    meant = nearest(name, names)
    if meant is None:
        meant = nearest(name, _BUILTINS) if not ranked(name, names) else None
    if meant is None:
        near = [other for _, other in ranked(name, names)][:4]
        if not near:
            return None
        listed = ", ".join(f"`{other}`" for other in near)
        return Diagnosis(
            rule="misspelt name",
            cause=f"`{name}` is not defined; {listed} are equally near, so that none is chosen.",
        )
    where = s.binders(meant)
    at = f" (cell {where[-1] + 1} defines it)" if where else ""
    source = s.swapped(*((node, meant) for node in uses(s, name)))
    return Diagnosis(
        rule="misspelt name", cause=f"`{name}` is not defined anywhere; the nearest name that is, is `{meant}`{at}.",
        repair=f"`{meant}` instead of `{name}`", edits=s.replaced(source),
    )  # fmt: skip


def visible(s: Situation) -> set[str]:
    """Names that the failing line can read: of cells above, of its own cell and function, of the kernel."""
    names = set(s.facts.values)
    for statement in s.flow.statements:
        if statement.cell <= max(s.failure.cell, s.failure.inner):
            names |= statement.names.binds | statement.names.changes
    names |= {a.arg for n in s.of(ast.FunctionDef) + s.of(ast.Lambda) for a in n.args.args}
    line = s.failure.line
    for node in ast.walk(s.tree):
        if isinstance(node, ast.FunctionDef) and line and node.lineno <= line <= (node.end_lineno or 0):
            names |= {a.arg for a in [*node.args.args, *node.args.kwonlyargs]}
            names |= {
                n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
    for comprehension in s.of(ast.comprehension):
        names |= {n.id for n in ast.walk(comprehension.target) if isinstance(n, ast.Name)}
    return {n for n in names if not n.startswith("__")} - AMBIENT


def _nowhere(s: Situation, name: str) -> Diagnosis:
    return Diagnosis(
        rule="unknown name",
        cause=f"`{name}` is not defined: no cell of this notebook defines it, and no name near to it is known. "
        "It may come from a cell that was deleted, or from another notebook.",
    )  # fmt: skip


def unbound(s: Situation) -> Diagnosis | None:
    """UnboundLocalError: a function changes a name of the notebook without saying that it is not its own."""
    found = _LOCAL.search(s.said)
    if s.failure.ename != "UnboundLocalError" or found is None:
        return None
    name, line = found[1], s.failure.line
    functions = [
        n for n in ast.walk(s.tree)
        if isinstance(n, ast.FunctionDef) and n.lineno <= line <= (n.end_lineno or 0)
    ]  # fmt: skip
    if not functions or not s.binders(name):
        return Diagnosis(
            rule="local name",
            cause=f"`{name}` is read in the function before anything is assigned to it there.",
        )
    first = functions[-1].body[0]
    span = s.span(first)
    source = None
    if span is not None:
        text = s.cell.source
        source = f"{text[: span[0]]}global {name}\n{' ' * first.col_offset}{text[span[0] :]}"
    return Diagnosis(
        rule="local name",
        cause=f"The function assigns to `{name}`, which makes it a name of its own; that it is the `{name}` of cell "
        f"{s.binders(name)[-1] + 1} must be said by `global`.",
        repair=f"`global {name}` in `{functions[-1].name}`", edits=s.replaced(source),
    )  # fmt: skip
