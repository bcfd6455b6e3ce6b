"""Cells as trees whose places can be written over, and changes to them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.generators import dotted, imports
from jupyter_coimprove.notebook.splice import apply_splices

#: Cell magics whose cell is Python as it stands; a cell of any other is left alone.
_PYTHON_MAGIC = re.compile(r"%%(?:time|capture|prun|timeit)\b")
_SHELL = re.compile(r"^(\s*)([%!?].*|.*\?\s*)$")
Loop = ast.For | ast.While | ast.AsyncFor


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A change that may make a notebook faster. ``rule`` names its kind, ``why`` says in a sentence what is slow and
    what is done instead, ``sources`` are the changed cells' new sources by index (0-based).

    ``parallel``: it saves time by the clock, not processor time. ``after`` names a candidate that it is tried
    instead of, when that one is not equal or not faster.
    """

    rule: str
    title: str
    why: str
    sources: Mapping[int, str]
    parallel: bool = False
    after: str = ""


@dataclass(frozen=True, kw_only=True)
class Code:
    """One code cell: its tree (magics read as ``pass``) with parents, and where each node stands in its source."""

    index: int
    source: str
    tree: ast.Module
    parents: Mapping[int, ast.AST]
    starts: tuple[int, ...] = field(repr=False)

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Character offsets of a node in the source."""
        return self._at(node.lineno, node.col_offset), self._at(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def text(self, node: ast.AST) -> str:
        """The node as it is written."""
        start, end = self.span(node)
        return self.source[start:end]

    def line_start(self, node: ast.stmt) -> int:
        """Where the statement's first line begins, its decorators' where it has some."""
        lines = [node.lineno, *(int(one.lineno) for one in getattr(node, "decorator_list", ()))]
        return self.starts[min(lines) - 1]

    def line_end(self, node: ast.stmt) -> int:
        """Behind the line break that ends the statement, or the end of the source."""
        line = node.end_lineno or node.lineno
        return self.starts[line] if line < len(self.starts) else len(self.source)

    def indent(self, node: ast.stmt) -> str:
        start = self.line_start(node)
        line = self.source[start:].partition("\n")[0]
        return line[: len(line) - len(line.lstrip())]

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """What it stands in, from the inside out."""
        while (parent := self.parents.get(id(node))) is not None:
            yield parent
            node = parent

    def changed(self, *splices: tuple[int, int, str]) -> str:
        return apply_splices(self.source, splices)

    def before(self, node: ast.stmt, line: str) -> tuple[int, int, str]:
        """A splice that puts a line of its own before a statement."""
        at = self.line_start(node)
        return at, at, f"{self.indent(node)}{line}\n"

    def behind(self, node: ast.stmt, line: str) -> tuple[int, int, str]:
        """A splice that puts a line of its own behind a statement."""
        at = self.line_end(node)
        lead = "" if at == 0 or self.source[at - 1] == "\n" else "\n"
        return at, at, f"{lead}{self.indent(node)}{line}\n"

    def _at(self, line: int, column: int) -> int:
        start = self.starts[line - 1]
        text = self.source[start:].partition("\n")[0]
        return start + len(text.encode()[:column].decode())


@dataclass(frozen=True, kw_only=True)
class Book:
    """All cells that parse, what imported names stand for, and how often each name is bound in the notebook."""

    cells: tuple[Code, ...]
    names: Mapping[str, str]
    bound: Mapping[str, int]

    def called(self, node: ast.AST) -> str:
        """The full name of what a call calls; empty where it is no call."""
        return dotted(node.func, self.names) if isinstance(node, ast.Call) else ""

    def nodes(self) -> Iterator[tuple[Code, ast.AST]]:
        for code in self.cells:
            for node in ast.walk(code.tree):
                yield code, node

    def free(self, wanted: str) -> str:
        """A name like this that the notebook does not have."""
        text = " ".join(code.source for code in self.cells)
        name = wanted
        while re.search(rf"\b{re.escape(name)}\b", text):
            name += "_"
        return name


def book(notebook: Notebook) -> Book:
    """The notebook's code; cells that do not parse are left out."""
    cells = []
    for cell in notebook.code_cells:
        made = parsed_cell(cell.index, cell.source)
        if made is not None:
            cells.append(made)
    bound: dict[str, int] = {}
    for code in cells:
        for node in ast.walk(code.tree):
            for name in _binds(node):
                bound[name] = bound.get(name, 0) + 1
    return Book(cells=tuple(cells), names=imports(s for code in cells for s in code.tree.body), bound=bound)


def parsed_cell(index: int, source: str) -> Code | None:
    lines = source.split("\n")
    if lines[0].startswith("%%"):
        if not _PYTHON_MAGIC.match(lines[0]):
            return None
        lines[0] = "pass"
    plain = []
    for line in lines:
        shell = _SHELL.match(line)
        plain.append(f"{shell[1]}pass" if shell and not line.lstrip().startswith("#") else line)
    try:
        tree = ast.parse("\n".join(plain))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    starts = [0]
    for line in source.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    parents = {id(child): node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    return Code(index=index, source=source, tree=tree, parents=parents, starts=tuple(starts[:-1]))


def _binds(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return [node.id]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.arg):
        return [node.arg]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [(alias.asname or alias.name).partition(".")[0] for alias in node.names]
    return []


def loops_over(code: Code, node: ast.AST) -> list[Loop]:
    """The loops that a node is repeated by, from the inside out, up to the function it is in."""
    out: list[Loop] = []
    inner: ast.AST = node
    for parent in code.above(node):
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            break
        if isinstance(parent, ast.While) or (
            isinstance(parent, ast.For | ast.AsyncFor) and inner is not parent.iter
        ):
            out.append(parent)
        inner = parent
    return out


def statement_of(code: Code, node: ast.AST) -> ast.stmt:
    """The statement that a node stands in."""
    found = next(one for one in (node, *code.above(node)) if isinstance(one, ast.stmt))
    return found


def used(nodes: Sequence[ast.AST], name: str) -> int:
    """How often a name stands in these trees."""
    return sum(isinstance(n, ast.Name) and n.id == name for tree in nodes for n in ast.walk(tree))


def alike(one: ast.AST, other: ast.AST) -> bool:
    return ast.dump(one) == ast.dump(other)
