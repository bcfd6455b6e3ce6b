"""What a rule looks at: the failure, the cell it was raised in as a tree, and what other cells define."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from jupyter_coimprove.notebook.cells import Cell, Notebook, Place
from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.failures.failure import Facts, Failure, Value
from jupyter_coimprove.notebook.literals import Spans
from jupyter_coimprove.notebook.scopes import path_of
from jupyter_coimprove.notebook.splice import apply_splices
from jupyter_coimprove.notebook.trees import walk

#: An edit as ``workbench.proposing`` takes it; cells by number from 1.
Edit = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """Why it failed, in words with the facts, and what would repair it.

    ``edits`` change the notebook, ``run`` are cells (from 1) to run first, in order; both may be empty.
    ``repair`` says in words what they do, ``caution`` what of the meaning may change by it.
    """

    rule: str
    cause: str
    repair: str = ""
    edits: tuple[Edit, ...] = ()
    run: tuple[int, ...] = ()
    caution: str = ""

    @property
    def offers(self) -> bool:
        return bool(self.edits or self.run)


@dataclass(kw_only=True)
class Situation:
    """One failure with all that can be known about it without running anything."""

    notebook: Notebook
    flow: Flow
    failure: Failure
    facts: Facts
    transform: Callable[[str], str]
    _shared: dict[str, Any] = field(default_factory=dict)

    @property
    def cell(self) -> Cell:
        """The cell in which it was raised."""
        return self.notebook.cells[self.failure.inner]

    @property
    def said(self) -> str:
        return self.failure.evalue

    @cached_property
    def tree(self) -> ast.Module:
        return self.tree_of(self.failure.inner)

    def tree_of(self, index: int) -> ast.Module:
        """The tree of a cell; empty where it does not parse."""
        source = self.flow.sources[index]
        try:
            return ast.parse(source or "")
        except SyntaxError:
            return ast.Module(body=[], type_ignores=[])

    @cached_property
    def here(self) -> list[ast.AST]:
        """The nodes on the line that failed, inner ones first; the whole cell where no line is told."""
        line = self.failure.line
        nodes: list[Any] = [
            n for n in walk(self.tree) if isinstance(n, (ast.expr, ast.stmt, ast.keyword, ast.alias))
        ]
        if line:
            nodes = [n for n in nodes if n.lineno <= line <= (n.end_lineno or n.lineno)]
            simple = [n for n in nodes if isinstance(n, ast.stmt) and not hasattr(n, "body")]
            if simple:
                inside = set(map(id, walk(simple[-1])))
                nodes = [n for n in nodes if id(n) in inside]
            else:
                # In the head of a loop or condition: its body is not what failed.
                nodes = [n for n in nodes if isinstance(n, ast.stmt) or n.lineno <= line]
        return nodes[::-1]

    def of(self, kind: type[Any]) -> list[Any]:
        """Those of one kind on the line that failed, inner ones first."""
        return [node for node in self.here if isinstance(node, kind)]

    @property
    def statement(self) -> ast.stmt | None:
        """The innermost statement on the line that failed."""
        return next(iter(self.of(ast.stmt)), None)

    def text(self, node: ast.AST, cell: int | None = None) -> str:
        """What stands in the code there; empty inside a line that is no Python."""
        index = self.failure.inner if cell is None else cell
        place = self._place(node, index)
        return place.text if place else ""

    def swapped(self, *changes: tuple[ast.AST, str], cell: int | None = None) -> str | None:
        """The cell's source with these nodes replaced; None where one does not stand in it as it is."""
        index = self.failure.inner if cell is None else cell
        splices: list[tuple[int, int, str]] = []
        for node, text in changes:
            place = self._place(node, index)
            if place is None:
                return None
            splices.append((place.start, place.end, text))
        # Of one inside another, the outer one counts.
        splices = [
            a
            for a in splices
            if not any(b is not a and b[0] <= a[0] and a[1] <= b[1] and a[:2] != b[:2] for b in splices)
        ]
        splices = list({a[:2]: a for a in splices}.values())
        return apply_splices(self.notebook.cells[index].source, splices) if splices else None

    def span(self, node: ast.AST, cell: int | None = None) -> tuple[int, int] | None:
        place = self._place(node, self.failure.inner if cell is None else cell)
        return (place.start, place.end) if place else None

    def _place(self, node: ast.AST, index: int) -> Place | None:
        if isinstance(node, (ast.keyword, ast.alias)):
            # They stand somewhere like expressions, but are none.
            node = ast.copy_location(ast.Name(id="_", ctx=ast.Load()), node)
        return self._spans(index).place(node)

    def _spans(self, index: int) -> Spans:
        key = f"spans {index}"
        if key not in self._shared:
            source = self.notebook.cells[index].source
            self._shared[key] = Spans.of(self.notebook.address(index), source, self.flow.sources[index] or "")
        found: Spans = self._shared[key]
        return found

    # What is known of names.
    def value(self, node: ast.AST | str) -> Value | None:
        """What the kernel told of the variable that this is."""
        name = node if isinstance(node, str) else getattr(node, "id", "")
        return self.facts.values.get(name)

    def shaped(self, node: ast.AST) -> str:
        """`` of shape (3, 2)``, where that is known."""
        known = self.value(node)
        return f" of shape {known.shape}" if known and known.shape else ""

    def column(self, node: ast.expr) -> bool:
        """Whether this is a column of a frame, as far as is known."""
        known = self.value(node)
        if known is not None:
            return known.kind == "Series"
        if isinstance(node, (ast.Subscript, ast.Attribute)):
            of = self.value(node.value)
            return of is None or of.kind == "DataFrame"
        return False

    @cached_property
    def imported(self) -> dict[str, str]:
        """Name to what it was imported as, over all cells: ``np`` to ``numpy``."""
        out = {}
        for statement in self.flow.statements:
            for node in statement.nodes:
                if isinstance(node, ast.Import):
                    for alias in node.names:
                        out[alias.asname or alias.name.partition(".")[0]] = (
                            alias.name if alias.asname else alias.name.partition(".")[0]
                        )
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    out.update({a.asname or a.name: f"{node.module}.{a.name}" for a in node.names})
        return out

    def dotted(self, node: ast.AST) -> str:
        """The full name of what an expression names: ``numpy.random.rand`` of ``np.random.rand``."""
        path = path_of(node) if isinstance(node, (ast.Name, ast.Attribute)) else None
        if not path:
            return ""
        first, dot, rest = path.partition(".")
        return self.imported.get(first, first) + dot + rest

    def assigned(self, name: str) -> ast.expr | None:
        """What a name was last given before the failure, if that is one plain assignment."""
        found = None
        end = (self.failure.inner, self.failure.line or 10**9)
        for statement in self.flow.statements:
            if (statement.cell, statement.node.lineno) >= end:
                break
            if isinstance(statement.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                continue
            # In the body of a loop too: it ran before the line that failed.
            given = [
                n for n in statement.nodes if isinstance(n, ast.Assign) and (statement.cell, n.lineno) < end
            ]
            for node in sorted(given, key=lambda n: n.lineno):
                if any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
                    found = node.value
        return found

    def binders(self, name: str) -> list[int]:
        """Cells that bind the name at their top, in order."""
        found = [
            s.cell for s in self.flow.statements if name in s.names.binds and name not in s.names.deletes
        ]
        return list(dict.fromkeys(found))

    def before(self, cell: int, other: int) -> bool:
        """Whether ``cell`` was certainly run before ``other``, by the numbers of their last runs."""
        mine, theirs = (self.notebook.cells[i].execution_count for i in (cell, other))
        return mine is not None and theirs is not None and mine < theirs

    def calls(self, cell: int | None = None) -> Iterator[ast.Call]:
        for node in walk(self.tree if cell is None else self.tree_of(cell)):
            if isinstance(node, ast.Call):
                yield node

    # What rules give.
    def replaced(self, source: str | None, cell: int | None = None) -> tuple[Edit, ...]:
        """The edit that gives a cell this source; none where nothing changes or it does not parse."""
        index = self.failure.inner if cell is None else cell
        if source is None or source == self.notebook.cells[index].source or not self._parses(source):
            return ()
        return ({"kind": "replace", "cell": index + 1, "cell_kind": "code", "source": source},)

    def _parses(self, source: str) -> bool:
        try:
            ast.parse(self.transform(source))
        except (SyntaxError, ValueError):
            return False
        return True

    def with_import(self, source: str, line: str) -> str:
        """The source with an import at its top, below cell magics, comments and ``__future__``."""
        if re.search(rf"^{re.escape(line)}\s*$", source, re.MULTILINE):
            return source
        lines = source.split("\n")
        at = 0
        for number, text in enumerate(lines):
            if text.startswith(("%%", "from __future__")) or (number == at and text.lstrip().startswith("#")):
                at = number + 1
            elif text.strip():
                break
        return "\n".join([*lines[:at], line, *lines[at:]])
