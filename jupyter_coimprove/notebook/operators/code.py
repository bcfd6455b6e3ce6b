"""Source text with its syntax tree: which node stands where, and what is around it."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from jupyter_coimprove.errors import PlanError
from jupyter_coimprove.notebook.cells import Address
from jupyter_coimprove.notebook.literals import Spans

_NOWHERE = Address(id=None, ordinal=-1, digest="", before="", after="")
#: A comment, a line's end with its backslash, or spaces: what may stand between two tokens.
_SPACE = re.compile(r"(?:[ \t\f\r\n]|\\\r?\n|#[^\n]*)+")

Span = tuple[int, int]
#: Replace ``source[start:end]`` by the text.
Splice = tuple[int, int, str]


@dataclass(frozen=True, kw_only=True)
class Code:
    """``source`` as it stands, and the tree of ``plain``: the same with magics made harmless."""

    source: str
    tree: ast.Module
    spans: Spans
    parents: dict[ast.AST, ast.AST] = field(repr=False)
    index: dict[Span, list[ast.AST]] = field(repr=False)

    @classmethod
    def read(cls, source: str, plain: str) -> Code:
        """Parse once; PlanError where the text is no Python."""
        return _read(source, plain)

    def span(self, node: ast.AST) -> Span | None:
        """Where a node stands (decorators and grouping brackets left out), None inside a magic."""
        place = self.spans.place(node)
        return None if place is None else (place.start, place.end)

    def sure(self, node: ast.AST) -> Span:
        """As ``span``; PlanError where a magic was rewritten."""
        found = self.span(node)
        if found is None:
            raise PlanError(
                "that code stands in a line with a magic, where it cannot be changed",
                remedy="take the magic away, or leave this factor out",
            )
        return found

    def at(self, start: int, end: int) -> list[ast.AST]:
        """The nodes that stand exactly there, outermost first; brackets around the stretch may be part of it."""
        while True:
            text = self.source[start:end]
            start, end = start + len(text) - len(text.lstrip()), start + len(text.rstrip())
            if found := self.index.get((start, end)):
                return found
            if not (
                self.source[start : start + 1] == "("
                and self.source[end - 1 : end] == ")"
                and end - start > 2
            ):
                return []
            start, end = start + 1, end - 1

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """From the parent outwards."""
        while (above := self.parents.get(node)) is not None:
            yield above
            node = above

    def statement(self, node: ast.AST) -> ast.stmt:
        """The statement that a node is part of."""
        return next(n for n in (node, *self.ancestors(node)) if isinstance(n, ast.stmt))

    def function(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """The function whose body a node is in, if it is in one."""
        for above in self.ancestors(node):
            if isinstance(above, (ast.FunctionDef, ast.AsyncFunctionDef)):
                return above
        return None

    def in_f_string(self, node: ast.AST) -> bool:
        return any(isinstance(above, ast.JoinedStr) for above in (node, *self.ancestors(node)))


@functools.lru_cache(maxsize=64)
def _read(source: str, plain: str) -> Code:
    try:
        tree = ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise PlanError(
            f"that code does not parse: {error}", remedy="leave this factor out of the plan"
        ) from error
    spans = Spans.of(_NOWHERE, source, plain)
    parents: dict[ast.AST, ast.AST] = {}
    index: dict[Span, list[ast.AST]] = {}
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            parents[child] = node
        place = spans.place(node)
        if place is not None:
            index.setdefault((place.start, place.end), []).append(node)
    return Code(source=source, tree=tree, spans=spans, parents=parents, index=index)


def apply(source: str, splices: list[Splice]) -> str:
    """The source with all splices carried out."""
    for start, end, text in sorted(splices, reverse=True):
        source = source[:start] + text + source[end:]
    return source


def operator_at(source: str, start: int, end: int, signs: str) -> int:
    """The offset of the first of ``signs`` between two operands (brackets, spaces, comments around it)."""
    position = start
    while position < end:
        if space := _SPACE.match(source, position, end):
            position = space.end()
        elif source[position] in signs:
            return position
        else:
            position += 1
    raise PlanError("the operator between two terms cannot be found", remedy="leave this factor out")


def has_comment(source: str, start: int, end: int) -> bool:
    """Whether a stretch without strings holds a comment."""
    return "#" in source[start:end]


def breaks_line(text: str) -> bool:
    """Whether an expression runs over a line's end outside of its own brackets and strings."""
    try:
        ast.parse(text.strip(), mode="eval")
        return False
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True
