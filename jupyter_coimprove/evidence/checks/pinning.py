"""What code a finding is about, so that a person's decision on it holds until that code changes."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from jupyter_coimprove.digests import digest_json
from jupyter_coimprove.evidence.checks.finding import CheckFinding
from jupyter_coimprove.evidence.checks.values import Where
from jupyter_coimprove.notebook.cells import Notebook


def pin(notebook: Notebook, found: CheckFinding, transform: Callable[[str], str], *, by: str = "") -> str:
    """The digest of the kind and of the statements that the evidence rests on.

    Statements are compared as code: comments, spaces, other cells and line numbers do not count.
    """
    code = [statement(notebook, where, transform) for where in (found.where, *found.trail)]
    return digest_json({"kind": found.kind, "code": code, **({"by": by} if by else {})})


def found_again(
    notebook: Notebook, data: Mapping[str, Any], transform: Callable[[str], str]
) -> Mapping[str, object] | None:
    """Where the statements of a recorded finding stand now (cell and line, of its trail too); None: one is gone."""
    texts: dict[str, tuple[int, int]] = {}
    for cell in notebook.code_cells:
        try:
            tree = ast.parse(transform(cell.source))
        except SyntaxError:
            continue
        for node in tree.body:
            texts.setdefault(ast.unparse(node), (cell.index + 1, node.lineno))
    for text in notebook.beside.values():
        try:
            texts.update((ast.unparse(node), (0, node.lineno)) for node in ast.parse(text).body)
        except SyntaxError:
            continue
    places = [texts.get(str(code)) for code in data["code"]]
    if any(place is None for place in places):
        return None
    moved = [{"cell": place[0], "line": place[1]} for place in places if place is not None]
    # Within a statement of several lines the place was told more closely: kept where nothing moved.
    kept = [data, *data["trail"]]
    now = [
        m if m["cell"] != k["cell"] else {"cell": k["cell"], "line": max(k["line"], m["line"])}
        for m, k in zip(moved, kept, strict=True)
    ]
    return {**now[0], "trail": [{**old, **new} for old, new in zip(data["trail"], now[1:], strict=True)]}


def statement(notebook: Notebook, where: Where, transform: Callable[[str], str]) -> str:
    """The top-level statement at a place, as plain code; the place's own text where it is none."""
    text = notebook.beside.get(where.file, "") if where.file else notebook.cells[where.cell].source
    try:
        tree = ast.parse(text if where.file else transform(text))
    except SyntaxError:
        return where.text
    for node in tree.body:
        if node.lineno <= where.line <= (node.end_lineno or node.lineno):
            return ast.unparse(node)
    return where.text


def place_names(where: Where) -> Mapping[str, object]:
    """A place as plain data; cells counted from 1, 0 for a file."""
    return {"cell": where.cell + 1, "line": where.line, "file": where.file, "text": where.text}
