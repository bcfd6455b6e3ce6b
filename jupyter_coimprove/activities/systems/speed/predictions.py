"""Rows that a fitted model is asked about one at a time: asked about all at once."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_coimprove.activities.systems.speed.code import Book, Candidate, Code, alike, used

_ASKS = frozenset({"predict", "predict_proba", "decision_function", "predict_log_proba"})
_WHY = "every call of a model checks and prepares its input anew, which takes longer than the answer for one row; one call answers for all."


def row_by_row(book: Book) -> Iterator[Candidate]:
    """``[model.predict([x])[0] for x in X]``, the same by number, and ``out.append(…)`` as all that a loop does."""
    if not any(full.startswith("sklearn") for full in book.names.values()):
        return
    for code, node in book.nodes():
        if isinstance(node, ast.ListComp) and len(node.generators) == 1 and not node.generators[0].ifs:
            one = node.generators[0]
            told = _asked(code, node.elt, one.target, one.iter)
            if told is not None:
                yield _changed(code, node, f"list({told})", told)
        elif isinstance(node, ast.For) and not node.orelse and len(node.body) == 1:
            told, out = _appended(code, node)
            if told:
                yield _changed(code, node, f"{out}.extend({told})", told)


def _changed(code: Code, node: ast.AST, text: str, told: str) -> Candidate:
    return Candidate(
        rule="predictions row by row", title=f"`{told}` for all rows at once", why=_WHY,
        sources={code.index: code.changed((*code.span(node), text))},
    )  # fmt: skip


def _appended(code: Code, loop: ast.For) -> tuple[str, str]:
    """The call for all rows, and the list that a loop appends each answer to."""
    only = loop.body[0]
    call = only.value if isinstance(only, ast.Expr) else None
    if (
        not isinstance(call, ast.Call)
        or not isinstance(call.func, ast.Attribute)
        or call.func.attr != "append"
        or not isinstance(call.func.value, ast.Name)
        or len(call.args) != 1
        or call.keywords
    ):
        return "", ""
    told = _asked(code, call.args[0], loop.target, loop.iter)
    return (
        (told, call.func.value.id)
        if told is not None and used([loop.iter], call.func.value.id) == 0
        else ("", "")
    )


def _asked(code: Code, answer: ast.expr, target: ast.expr, over: ast.expr) -> str | None:
    """``model.predict(X)`` where this is ``model.predict(one row of X)[0]``; None where it is not."""
    if not isinstance(answer, ast.Subscript) or not _is(answer.slice, 0) or not isinstance(target, ast.Name):
        return None
    call = answer.value
    if (
        not isinstance(call, ast.Call)
        or not isinstance(call.func, ast.Attribute)
        or call.func.attr not in _ASKS
        or not isinstance(call.func.value, ast.Name)
        or call.func.value.id == target.id
        or len(call.args) != 1
        or call.keywords
    ):
        return None
    rows = _rows(call.args[0], target.id, over)
    return f"{code.text(call.func)}({code.text(rows)})" if rows is not None else None


def _rows(given: ast.expr, name: str, over: ast.expr) -> ast.expr | None:
    """What all rows are of which one is given: what the loop goes over, or what it counts the rows of."""
    counted = _counted(over)
    one = _one(given, name, by_number=counted is not None)
    if one is None:
        return None
    if counted is None:
        # A table gives its columns, a name its letters: only what is one row a round is taken.
        plain = isinstance(over, ast.Name) or (isinstance(over, ast.Attribute) and over.attr == "values")
        return over if plain and isinstance(one, ast.Name) and one.id == name else None
    return counted if alike(one, counted) else None


def _counted(over: ast.expr) -> ast.expr | None:
    """``X`` of ``range(len(X))`` and ``range(X.shape[0])``."""
    if not (
        isinstance(over, ast.Call)
        and isinstance(over.func, ast.Name)
        and over.func.id == "range"
        and len(over.args) == 1
    ):
        return None
    end = over.args[0]
    if (
        isinstance(end, ast.Call)
        and isinstance(end.func, ast.Name)
        and end.func.id == "len"
        and len(end.args) == 1
    ):
        return end.args[0] if isinstance(end.args[0], ast.Name) else None
    if (
        isinstance(end, ast.Subscript)
        and _is(end.slice, 0)
        and isinstance(end.value, ast.Attribute)
        and end.value.attr == "shape"
    ):
        return end.value.value if isinstance(end.value.value, ast.Name) else None
    return None


def _one(given: ast.expr, name: str, *, by_number: bool) -> ast.expr | None:
    """What one row is taken of: the row's name itself, or by its number ``X`` of ``X[i]``, as a table of one row."""
    if by_number and isinstance(given, ast.Subscript):
        base = (
            given.value.value
            if isinstance(given.value, ast.Attribute) and given.value.attr == "iloc"
            else given.value
        )
        by = given.slice
        ends = (
            isinstance(by, ast.Slice) and by.step is None and _named(by.lower, name) and isinstance(by.upper, ast.BinOp)
            and isinstance(by.upper.op, ast.Add) and _named(by.upper.left, name) and _is(by.upper.right, 1)
        )  # fmt: skip
        listed = isinstance(by, ast.List) and len(by.elts) == 1 and _named(by.elts[0], name)
        if ends or listed:
            return base
    inner = _unwrapped(given)
    if inner is None:
        return None
    if not by_number:
        return inner
    if not isinstance(inner, ast.Subscript) or not _named(inner.slice, name):
        return None
    at = inner.value
    return at.value if isinstance(at, ast.Attribute) and at.attr == "iloc" else at


def _unwrapped(given: ast.expr) -> ast.expr | None:
    """``x`` of ``[x]``, ``x.reshape(1, -1)``, ``x[None]`` and ``x[None, :]``."""
    if isinstance(given, ast.List) and len(given.elts) == 1:
        return given.elts[0]
    if isinstance(given, ast.Call) and isinstance(given.func, ast.Attribute) and given.func.attr == "reshape":
        return given.func.value if ast.unparse(given).endswith(".reshape(1, -1)") else None
    if isinstance(given, ast.Subscript):
        by = given.slice.elts if isinstance(given.slice, ast.Tuple) else [given.slice]
        new, rest = by[0], by[1:]
        plain = all(isinstance(one, ast.Slice) and not (one.lower or one.upper or one.step) for one in rest)
        return given.value if isinstance(new, ast.Constant) and new.value is None and plain else None
    return None


def _named(node: ast.expr | None, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _is(node: ast.expr, number: int) -> bool:
    return isinstance(node, ast.Constant) and node.value == number and type(node.value) is int
