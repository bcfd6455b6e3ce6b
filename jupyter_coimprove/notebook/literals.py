"""Values that stand in the code as they are, where exactly, and of what type."""

from __future__ import annotations

import ast
import itertools
import json
import math
from dataclasses import dataclass
from typing import Any

from jupyter_coimprove.notebook.cells import Address, Place

_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Pow)
MISSING = object()


def literal(node: ast.AST) -> Any:
    """The value of a literal (numbers and arithmetic of them, strings, displays), else MISSING."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, (int, float, str, bool, type(None))) else MISSING
    if isinstance(node, (ast.UnaryOp, ast.BinOp)):
        return _arithmetic(node)
    if isinstance(node, (ast.List, ast.Tuple)):
        items = [literal(e) for e in node.elts]
        if any(i is MISSING for i in items):
            return MISSING
        return items if isinstance(node, ast.List) else tuple(items)
    return MISSING


def _arithmetic(node: ast.AST) -> Any:
    """``-1``, ``1 / 3``, ``10 ** -3``: small arithmetic of numbers; MISSING for anything else."""
    if isinstance(node, ast.Constant):
        number = node.value
        return number if isinstance(number, (int, float)) and not isinstance(number, bool) else MISSING
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        value = _arithmetic(node.operand)
        return MISSING if value is MISSING else -value if isinstance(node.op, ast.USub) else value
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, _ARITHMETIC):
        return MISSING
    a, b = _arithmetic(node.left), _arithmetic(node.right)
    if a is MISSING or b is MISSING:
        return MISSING
    try:
        if isinstance(node.op, ast.Pow):
            # Bounded: a notebook must not make its reader compute 9**9**9.
            result = a**b if abs(a) <= 1e6 and abs(b) <= 64 else MISSING
            return MISSING if isinstance(result, complex) else result
        if isinstance(node.op, ast.Div):
            return a / b
        if isinstance(node.op, ast.FloorDiv):
            return a // b
        return a + b if isinstance(node.op, ast.Add) else a - b if isinstance(node.op, ast.Sub) else a * b
    except (ZeroDivisionError, OverflowError):
        return MISSING


def as_json(value: Any) -> Any:
    """The value as JSON, or None where JSON cannot say it (tuples become lists)."""
    if isinstance(value, (list, tuple)):
        items = [as_json(v) for v in value]
        lost = any(i is None and v is not None for i, v in zip(items, value, strict=True))
        return None if lost else items
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if (
        isinstance(value, str)
        and not value.isascii()
        and value != value.encode("utf-8", "replace").decode("utf-8")
    ):
        # A lone surrogate, written as an escape.
        return None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        return None
    return value if isinstance(value, (int, float, str, bool, type(None))) else None


def type_name(value: Any) -> str:
    """``int``, ``float``, ``bool``, ``str``, ``list``, ``tuple``, ``dict``, ``None``, or ``expression``."""
    if value is MISSING:
        return "expression"
    return "None" if value is None else type(value).__name__


def to_source(value: Any) -> str:
    """JSON text for strings (double quotes), else Python's own."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


@dataclass(frozen=True, kw_only=True)
class Spans:
    """Turns positions of the syntax tree into offsets in a cell's source.

    Only where the lines are the same in both, or the same from there on (``%time x = f(1)``).
    """

    address: Address
    source: str
    lines: tuple[str, ...]
    plain: tuple[str, ...]
    starts: tuple[int, ...]

    @classmethod
    def of(cls, address: Address, source: str, plain: str) -> Spans:
        lines = tuple(source.split("\n"))
        starts = tuple(itertools.accumulate((len(line) + 1 for line in lines), initial=0))
        return cls(address=address, source=source, lines=lines, plain=tuple(plain.split("\n")), starts=starts)

    def place(self, node: ast.AST) -> Place | None:
        """Where this expression stands, or None inside a line that was transformed."""
        if (
            not isinstance(node, (ast.expr, ast.stmt))
            or node.end_lineno is None
            or node.end_col_offset is None
        ):
            return None
        first, last = node.lineno - 1, node.end_lineno - 1
        if last >= len(self.lines) or not self._same(first, last, node.col_offset):
            return None
        start = self.starts[first] + _characters(self.lines[first], node.col_offset)
        end = self.starts[last] + _characters(self.lines[last], node.end_col_offset)
        return Place(address=self.address, start=start, end=end, text=self.source[start:end])

    def _same(self, first: int, last: int, column: int) -> bool:
        if self.lines[first : last + 1] == self.plain[first : last + 1]:
            return True
        rest, plain = (line.encode("utf-8")[column:] for line in (self.lines[first], self.plain[first]))
        return (
            bool(rest)
            and rest == plain
            and self.lines[first + 1 : last + 1] == self.plain[first + 1 : last + 1]
        )


def _characters(line: str, column: int) -> int:
    """Columns of the syntax tree count UTF-8 bytes; ours count characters."""
    return (
        column
        if line.isascii()
        else len(line.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "ignore"))
    )
