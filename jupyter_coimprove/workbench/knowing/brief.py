"""Cells in short: what each brings in, binds and shows, where a notebook is too long to be told whole.

What stands in a line of its own stays as it is: imports, literals, heads of definitions and loops, calls. Long
statements lose their tail, bodies are left out. A model reads the rest with a tool, or the question brings it.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from jupyter_coimprove.notebook.outputs import clip

if TYPE_CHECKING:
    from jupyter_coimprove.notebook.cells import Cell

#: So many characters of a line, lines of a cell, characters of Markdown and of what a cell showed.
LINE, LINES, WORDS, OUTPUT = 110, 16, 100, 200
#: What only draws: it binds nothing that a later cell reads.
_DRAWS = re.compile(r"\s*(?:plt|ax\w*|fig\w*|sns)(?:\[[^\]]*\])*\.\w+.*\(")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s.*$", re.MULTILINE)


def code(cell: Cell, python: str | None) -> str:
    """A code cell in short; ``python`` is its source without magics, None where it does not parse."""
    try:
        body = ast.parse(python).body if python is not None else None
    except (SyntaxError, ValueError, RecursionError):
        body = None
    if body is None:
        return _lines([line for line in cell.source.splitlines() if line.strip()][:4], cell.source)
    source = (python or "").splitlines()
    magics = [line for line in cell.source.splitlines() if line.lstrip().startswith(("%", "!"))]
    kept = [
        node for node in body if not (isinstance(node, ast.Expr) and _DRAWS.match(source[node.lineno - 1]))
    ]
    lines = [*magics, *(line for node in kept for line in _statement(node, source))]
    return _lines(lines, cell.source, drawn=len(body) - len(kept))


def _statement(node: ast.stmt, source: list[str]) -> list[str]:
    """The head of a statement: all of it where it is a line, its beginning where it is longer."""
    first = source[node.lineno - 1]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [ast.unparse(node)]
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        end = node.body[0].lineno - 1 if node.body else node.lineno
        return [" ".join(line.strip() for line in source[node.lineno - 1 : max(end, node.lineno)])]
    if node.end_lineno is not None and node.end_lineno > node.lineno:
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.Expr, ast.AugAssign)):
            return [ast.unparse(node)]
        return [f"{first} …"]
    return [first]


def _lines(lines: list[str], whole: str, *, drawn: int = 0) -> str:
    short = [line if len(line) <= LINE else line[: LINE - 1] + "…" for line in lines[:LINES]]
    left = max(0, len(lines) - LINES)
    told = [*([f"{left} more statements"] if left else []), *([f"{drawn} that draw"] if drawn else [])]
    text = "\n".join([*short, *([f"… {', '.join(told)}"] if told else [])])
    return text if len(text) < 0.9 * len(whole) else whole


def words(source: str) -> str:
    """Markdown in short: how it begins; its headings stand in the outline."""
    return clip(" ".join(_HEADING.sub("", source).split()), WORDS)
