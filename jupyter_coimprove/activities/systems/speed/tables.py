"""Tables that are worked through row by row."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_coimprove.activities.systems.speed.code import Book, Candidate, Code

_FUNCTIONS = frozenset({"abs", "numpy.log", "numpy.log1p", "numpy.exp", "numpy.expm1", "numpy.sqrt", "numpy.sin", "numpy.cos",
                        "numpy.abs", "numpy.power", "numpy.maximum", "numpy.minimum", "numpy.hypot", "numpy.arctan2"})  # fmt: skip


def iterrows(book: Book) -> Iterator[Candidate]:
    """``for i, row in df.iterrows()`` where ``row`` is only read by column: rows as dictionaries."""
    for code, node in book.nodes():
        if not (
            isinstance(node, ast.For | ast.comprehension)
            and isinstance(node.target, ast.Tuple)
            and len(node.target.elts) == 2
        ):
            continue
        call = node.iter
        if not (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "iterrows"
            and not call.args
        ):
            continue
        row, table = node.target.elts[1], call.func.value
        home = node if isinstance(node, ast.For) else code.parents[id(node)]
        if (
            not isinstance(row, ast.Name)
            or not isinstance(table, ast.Name)
            or not _by_column(code, home, row.id)
        ):
            continue
        text = f'zip({table.id}.index, {table.id}.to_dict("records"))'
        yield Candidate(
            rule="iterrows", title=f"rows of `{table.id}` as dictionaries", sources={code.index: code.changed((*code.span(call), text))},
            why=f"`{table.id}.iterrows()` makes a Series of every row; its columns are only read, which a dictionary does faster.",
        )  # fmt: skip


def rowwise(book: Book) -> Iterator[Candidate]:
    """``df.apply(lambda r: r["a"] * r["b"], axis=1)``: the same arithmetic over whole columns."""
    for code, node in book.nodes():
        if not (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "apply"
        ):
            continue
        axis = next((k.value for k in node.keywords if k.arg == "axis"), None)
        if not (
            isinstance(axis, ast.Constant)
            and axis.value in (1, "columns")
            and len(node.args) == 1
            and len(node.keywords) == 1
        ):
            continue
        given = node.args[0]
        if not (
            isinstance(given, ast.Lambda)
            and len(given.args.args) == 1
            and isinstance(node.func.value, ast.Name)
        ):
            continue
        row, table = given.args.args[0].arg, node.func.value.id
        if not _arithmetic(book, given.body, row):
            continue
        start, _ = code.span(given.body)
        body = code.text(given.body)
        splices = [
            (code.span(n)[0] - start, code.span(n)[1] - start, table)
            for n in ast.walk(given.body)
            if isinstance(n, ast.Name) and n.id == row
        ]
        for low, high, text in sorted(splices, reverse=True):
            body = body[:low] + text + body[high:]
        yield Candidate(
            rule="apply by row", title=f"columns of `{table}` at once", sources={code.index: code.changed((*code.span(node), f"({body})"))},
            why="`apply(…, axis=1)` calls Python for every row; the same arithmetic works on whole columns.",
        )  # fmt: skip


def _by_column(code: Code, home: ast.AST, row: str) -> bool:
    """Whether the row is only read as ``row["name"]``."""
    found = False
    for node in ast.walk(home):
        if isinstance(node, ast.Name) and node.id == row and isinstance(node.ctx, ast.Load):
            parent = code.parents[id(node)]
            found = True
            if not (isinstance(parent, ast.Subscript) and parent.value is node and isinstance(parent.ctx, ast.Load)
                    and isinstance(parent.slice, ast.Constant) and isinstance(parent.slice.value, str)):  # fmt: skip
                return False
    return found


def _arithmetic(book: Book, node: ast.expr, row: str) -> bool:
    """Whether an expression is plain arithmetic over columns of the row, numbers and names."""
    match node:
        case ast.BinOp(left=left, right=right):
            return _arithmetic(book, left, row) and _arithmetic(book, right, row)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            return _arithmetic(book, operand, row)
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str())):
            return name == row
        case ast.Attribute(value=ast.Name(id=name)):
            return name == row
        case ast.Constant(value=int() | float()):
            return True
        case ast.Name(id=name):
            return name != row
        case ast.Call(args=args, keywords=[]):
            return book.called(node) in _FUNCTIONS and all(_arithmetic(book, one, row) for one in args)
    return False
