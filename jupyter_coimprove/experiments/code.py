"""What the notebook's code says about names: what is bound, imported, and assigned again."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from jupyter_coimprove.notebook.cells import Cell, Notebook, Place
from jupyter_coimprove.notebook.trees import children, of_kind, parsed, walk

#: Turns a cell's source into plain Python with the same lines (IPython's magics made harmless).
Transform = Callable[[str], str]
Trees = Mapping[int, ast.Module]
_MAGIC = re.compile(r"^(\s*)(?:[%!?]|[\w.\[\]]+\?{1,2}\s*$|[\w, ]+=\s*[%!]).*$", re.MULTILINE)


def blank_magics(source: str) -> str:
    """A stand-in for IPython's transformer: lines that are no Python become ``pass``."""
    return _MAGIC.sub(r"\1pass", source)


def parse(source: str, transform: Transform | None = None) -> ast.Module | None:
    """The tree of a cell, or None where it does not parse."""
    try:
        return parsed((transform or blank_magics)(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def trees(notebook: Notebook, transform: Transform | None = None) -> Trees:
    """The tree of every code cell that parses, by cell index."""
    if notebook.language != "python":
        return {}
    parsed = ((cell.index, parse(cell.source, transform)) for cell in notebook.code_cells)
    return {index: tree for index, tree in parsed if tree is not None}


def parameters_cell(notebook: Notebook) -> Cell | None:
    """The cell tagged ``parameters``: the first, as papermill takes it."""
    return next((cell for cell in notebook.cells if "parameters" in cell.tags), None)


@dataclass(frozen=True, kw_only=True)
class Binding:
    """A name bound at top level: where, on which line, as what; ``derived`` if from itself."""

    name: str
    cell: int
    line: int
    kind: Literal["value", "import", "def"]
    derived: bool = False


def bindings(trees: Trees) -> list[Binding]:
    """All top-level bindings in order. ``cfg["lr"] = …`` and ``cfg.lr = …`` bind ``cfg.lr``."""
    return [b for index in sorted(trees) for stmt in trees[index].body for b in _of(stmt, index)]


def has_star_import(trees: Trees) -> bool:
    """Whether names come in that cannot be read from the code."""
    return any(node.names[0].name == "*" for tree in trees.values() for node in of_kind(tree, ast.ImportFrom))


def imported(trees: Trees) -> frozenset[str]:
    """Top-level names of the modules that the notebook imports anywhere."""
    out = set()
    for tree in trees.values():
        for node in of_kind(tree, ast.Import):
            out |= {alias.name.partition(".")[0] for alias in node.names}
        for inner in of_kind(tree, ast.ImportFrom):
            if inner.module and not inner.level:
                out.add(inner.module.partition(".")[0])
    return frozenset(out)


def reassigned(bound: Sequence[Binding], name: str, place: Place, cell: int, source: str) -> Binding | None:
    """The first later assignment that overrides what stands at ``place``, if there is one."""
    last_line = source.count("\n", 0, place.end) + 1
    owner = name.rpartition(".")[0]
    for one in bound:
        after = one.cell > cell or (one.cell == cell and one.line > last_line)
        if after and one.kind == "value" and not one.derived and one.name in (name, owner):
            return one
    return None


def computed_beside(tree: ast.Module, name: str) -> list[str]:
    """Names that this cell computes from ``name``: set before an injected value arrives."""
    out = []
    for stmt in tree.body:
        if isinstance(stmt, (ast.Assign, ast.AnnAssign)) and stmt.value is not None:
            reads = {n.id for n in of_kind(stmt.value, ast.Name)}
            out += [b.name for b in _of(stmt, 0) if name in reads and b.name != name]
    return out


def _dotted(target: ast.expr) -> str | None:
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Attribute):
        owner = _dotted(target.value)
        return owner and f"{owner}.{target.attr}"
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        key = target.slice.value
        owner = _dotted(target.value)
        return owner and f"{owner}.{key if isinstance(key, str) else repr(key)}"
    return None


def _targets(target: ast.expr) -> Iterator[str]:
    if isinstance(target, (ast.Tuple, ast.List)):
        for element in target.elts:
            yield from _targets(element)
    elif isinstance(target, ast.Starred):
        yield from _targets(target.value)
    elif (name := _dotted(target)) is not None:
        yield name


def _of(stmt: ast.stmt, cell: int) -> Iterator[Binding]:
    """What one statement binds at top level, inner blocks included, bodies of functions not."""

    def bound(name: str, kind: Literal["value", "import", "def"], derived: bool = False) -> Binding:
        return Binding(name=name, cell=cell, line=stmt.lineno, kind=kind, derived=derived)

    if isinstance(stmt, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield bound(stmt.name, "def")
        for declared in of_kind(stmt, ast.Global):
            yield from (bound(name, "value", True) for name in declared.names)
        return
    if isinstance(stmt, (ast.Import, ast.ImportFrom)):
        for alias in stmt.names:
            if alias.name != "*":
                yield bound(alias.asname or alias.name.partition(".")[0], "import")
        return
    targets: list[ast.expr] = []
    value: ast.expr | None = None
    derived = False
    if isinstance(stmt, ast.Assign):
        targets, value = stmt.targets, stmt.value
    elif isinstance(stmt, ast.AnnAssign) and stmt.value is not None:
        targets, value = [stmt.target], stmt.value
    elif isinstance(stmt, ast.AugAssign):
        targets, derived = [stmt.target], True
    elif isinstance(stmt, (ast.For, ast.AsyncFor)):
        targets = [stmt.target]
    elif isinstance(stmt, (ast.With, ast.AsyncWith)):
        targets = [item.optional_vars for item in stmt.items if item.optional_vars is not None]
    reads = {_dotted(n) for n in walk(value) if isinstance(n, ast.expr)} if value is not None else set()
    for target in targets:
        for name in _targets(target):
            yield bound(name, "value", derived or name in reads)
    for node in children(stmt):
        if isinstance(node, ast.stmt):
            yield from _of(node, cell)
        elif isinstance(node, (ast.ExceptHandler, ast.match_case)):
            for inner in node.body:
                yield from _of(inner, cell)
        elif isinstance(node, ast.expr):
            for walrus in of_kind(node, ast.NamedExpr):
                yield bound(walrus.target.id, "value")
