"""Truth values where one is asked for, minus for not, quotients and numbers where counts are expected."""

from __future__ import annotations

import ast
import re

from jupyter_coimprove.notebook.failures.situation import Diagnosis, Situation
from jupyter_coimprove.notebook.trees import last_name


def _simple(node: ast.expr) -> bool:
    return isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Constant, ast.JoinedStr))


def _inside(s: Situation, node: ast.expr) -> str:
    return s.text(node) if _simple(node) else f"({s.text(node)})"


def booleans(s: Situation) -> Diagnosis | None:
    """Minus between truth values, and minus for not."""
    if "numpy boolean negative" in s.said or ("bad operand type for unary" in s.said and "bool" in s.said):
        for node in s.of(ast.UnaryOp):
            if isinstance(node.op, ast.USub):
                new = f"~{_inside(s, node.operand)}"
                return Diagnosis(
                    rule="not",
                    cause="Truth values have no minus; `~` turns them over.",
                    repair=f"`{new}`",
                    edits=s.replaced(s.swapped((node, new))),
                )
    if "numpy boolean subtract" in s.said:
        for node in s.of(ast.BinOp):
            if isinstance(node.op, ast.Sub):
                new = f"{_inside(s, node.left)}.astype(int)"
                return Diagnosis(
                    rule="minus of truths", cause=f"`{s.text(node.left)}` and `{s.text(node.right)}` hold truth values, which have no minus; as 0 and 1 they have.",
                    repair=f"`{new}`", edits=s.replaced(s.swapped((node.left, new))),
                )  # fmt: skip
    return None


def truth(s: Situation) -> Diagnosis | None:
    """``and``, ``or``, ``not`` and chains between columns: they ask for one truth, and there are many."""
    if not re.search(
        r"truth value of (a|an) (Series|DataFrame|array|Index)|The truth value of an array", s.said
    ):
        return None
    for node in s.of(ast.BoolOp):
        sign = " & " if isinstance(node.op, ast.And) else " | "
        new = sign.join(_masked(s, value) for value in node.values)
        return Diagnosis(
            rule="one truth of many", cause="`and` and `or` ask for one truth value; a column has one a row, which `&` and `|` combine.",
            repair=f"`{new}`", edits=s.replaced(s.swapped((node, new))),
        )  # fmt: skip
    for compare in s.of(ast.Compare):
        if len(compare.ops) == 2:
            middle = s.text(compare.comparators[0])
            signs = [_sign(op) for op in compare.ops]
            new = f"({s.text(compare.left)} {signs[0]} {middle}) & ({middle} {signs[1]} {s.text(compare.comparators[1])})"
            return Diagnosis(
                rule="one truth of many", cause="A chain of comparisons asks for one truth value; a column has one a row.", repair=f"`{new}`",
                edits=s.replaced(s.swapped((compare, new))),
            )  # fmt: skip
    for unary in s.of(ast.UnaryOp):
        if isinstance(unary.op, ast.Not) and not isinstance(s.statement, (ast.If, ast.While)):
            new = f"~{_inside(s, unary.operand)}"
            return Diagnosis(
                rule="one truth of many", cause="`not` asks for one truth value; a column has one a row, which `~` turns over.", repair=f"`{new}`",
                edits=s.replaced(s.swapped((unary, new))),
            )  # fmt: skip
    return Diagnosis(
        rule="one truth of many", cause="A condition asks for one truth value, and there is one for each row. Whether `.any()`, `.all()` or a selection of "
        "rows (`df[…]`, `np.where`) is meant, the code does not tell.",
    )  # fmt: skip


def _masked(s: Situation, node: ast.expr) -> str:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return f"~{_masked(s, node.operand)}"
    return f"({s.text(node)})"


_SIGNS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}


def _sign(op: ast.cmpop) -> str:
    return _SIGNS.get(type(op), "==")


def quotient(s: Situation) -> Diagnosis | None:
    """``x[: len(x) / 2]`` and ``range(n / 2)``: a quotient where a count is expected."""
    if not re.search(
        r"slice indices must be integers|indices must be integers or slices, not float|'(?:numpy\.)?float(?:64)?' object cannot be interpreted as an integer",
        s.said,
    ):
        return None
    for node in s.of(ast.BinOp):
        if isinstance(node.op, ast.Div):
            left, right = s.span(node.left), s.span(node.right)
            if left is None or right is None:
                return None
            source = s.cell.source
            between = source[left[1] : right[0]]
            new = f"{source[: left[1]]}{between.replace('/', '//', 1)}{source[right[0] :]}"
            return Diagnosis(
                rule="quotient", cause=f"`{s.text(node)}` is a fraction (`/`); whole numbers are expected, which `//` gives.", repair="`//`",
                edits=s.replaced(new), caution="`//` rounds down",
            )  # fmt: skip
    for call in s.of(ast.Call):
        if last_name(call.func) in ("range", "linspace", "zeros", "ones", "randint") and call.args:
            for argument in call.args:
                known = s.value(argument)
                if (known and known.kind in ("float", "float64")) or (
                    isinstance(argument, ast.Constant)
                    and isinstance(argument.value, float)
                    and argument.value.is_integer()
                ):
                    new = f"int({s.text(argument)})"
                    return Diagnosis(
                        rule="count",
                        cause=f"`{s.text(argument)}` is a fraction; a whole number is expected.",
                        repair=f"`{new}`",
                        edits=s.replaced(s.swapped((argument, new))),
                    )
    return None


def counted(s: Situation) -> Diagnosis | None:
    """``for i in len(x)``."""
    if not re.search(r"'(int|numpy\.int64)' object is not iterable", s.said):
        return None
    for node in [*s.of(ast.For), *s.of(ast.comprehension)]:
        new = f"range({s.text(node.iter)})"
        return Diagnosis(
            rule="over a number", cause=f"`{s.text(node.iter)}` is one number; `range` counts up to it.", repair=f"`{new}`",
            edits=s.replaced(s.swapped((node.iter, new))),
        )  # fmt: skip
    return None
