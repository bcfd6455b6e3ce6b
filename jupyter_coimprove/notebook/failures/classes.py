"""Values of the wrong kind: text for numbers, lists for arrays, columns in conditions, quotients for counts."""

from __future__ import annotations

import ast
import re

from jupyter_coimprove.notebook.failures import columns
from jupyter_coimprove.notebook.failures.nothing import made_none
from jupyter_coimprove.notebook.failures.situation import Diagnosis, Situation
from jupyter_coimprove.notebook.failures.spelling import spelled
from jupyter_coimprove.notebook.failures.truths import booleans, counted, quotient, truth
from jupyter_coimprove.notebook.trees import last_name


def classes(s: Situation) -> Diagnosis | None:
    """TypeError, and what ValueError and AttributeError say of kinds of values."""
    for rule in (
        _text_and_number, _compared, booleans, truth, quotient, counted, _list_arithmetic, _views, _brackets, columns.to_number,
        columns.accessors, columns.reduced, columns.array_of_text, _nothing,
    ):  # fmt: skip
        found = rule(s)
        if found is not None:
            return found
    return None


def _array(s: Situation, source: str | None) -> tuple[str, str | None]:
    text, line = spelled(s, "numpy.array")
    return text, s.with_import(source, line) if source and line else source


def _text_and_number(s: Situation) -> Diagnosis | None:
    """``"rows: " + 3``."""
    if not re.search(
        r'can only concatenate str \(not "(int|float|numpy\.\w+)"\)|must be str, not (int|float)', s.said
    ) and not re.search(r"unsupported operand type\(s\) for \+: '(int|float)' and 'str'", s.said):
        return None
    for node in s.of(ast.BinOp):
        if not isinstance(node.op, ast.Add):
            continue
        for text, other in ((node.left, node.right), (node.right, node.left)):
            if _is_text(s, text) and not _is_text(s, other):
                return Diagnosis(
                    rule="text and number", cause=f"`{s.text(other)}` is a number; to text only text can be added.",
                    repair=f"`str({s.text(other)})`", edits=s.replaced(s.swapped((other, f"str({s.text(other)})"))),
                )  # fmt: skip
    return None


def _is_text(s: Situation, node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _is_text(s, node.left) or _is_text(s, node.right)
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    known = s.value(node)
    if known is not None:
        return known.kind == "str"
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Call)
        and last_name(node.func) in ("str", "join", "format", "strip", "upper", "lower")
    )


def _compared(s: Situation) -> Diagnosis | None:
    """A column of text compared with a number."""
    found = re.search(
        r"'[<>]=?' not supported between instances of '(str|int|float)' and '(str|int|float)'|Invalid comparison between dtype=(\w+) and (\w+)",
        s.said,
    )
    if found is None:
        return None
    for node in s.of(ast.Compare):
        number = node.comparators[0]
        if (
            len(node.comparators) == 1
            and isinstance(number, (ast.Constant, ast.UnaryOp, ast.Name))
            and not _is_text(s, number)
        ):
            if isinstance(node.left, ast.Constant):
                continue
            pandas = s.column(node.left)
            if pandas:
                text, line = spelled(s, "pandas.to_numeric")
                new = f"{text}({s.text(node.left)})"
                source = s.swapped((node.left, new))
                source = s.with_import(source, line) if source and line else source
            else:
                new = f"float({s.text(node.left)})"
                source = s.swapped((node.left, new))
            return Diagnosis(
                rule="text for numbers", cause=f"`{s.text(node.left)}` holds text, which is compared with a number.", repair=f"`{new}`",
                edits=s.replaced(source), caution="values that are no numbers raise an error there",
            )  # fmt: skip
    return None


def _list_arithmetic(s: Situation) -> Diagnosis | None:
    """Arithmetic on lists, which arrays have."""
    two = re.search(
        r"unsupported operand type\(s\) for (?:\*\*|[-*/%]|//)(?: or pow\(\))?=?: '(\w+)' and '(\w+)'", s.said
    )
    times = re.search(r"can't multiply sequence by non-int of type '(float|numpy\.float64)'", s.said)
    if not times and not (two and "list" in (two[1], two[2])):
        return None
    for node in s.of(ast.BinOp):
        sides = []
        for side, kind in ((node.left, two[1] if two else ""), (node.right, two[2] if two else "")):
            known = s.value(side)
            if kind == "list" or (
                times
                and (
                    (known and known.kind in ("list", "tuple"))
                    or isinstance(side, ast.List)
                    or (isinstance(side, ast.Name) and isinstance(s.assigned(side.id), ast.List))
                )
            ):
                sides.append(side)
        if sides:
            text, _ = _array(s, None)
            source = s.swapped(*((side, f"{text}({s.text(side)})") for side in sides))
            _, source = _array(s, source)
            return Diagnosis(
                rule="list for array", cause=f"{', '.join(f'`{s.text(side)}`' for side in sides)} {'is a list' if len(sides) == 1 else 'are lists'}, which do not calculate; arrays do.",
                repair=f"`{text}(…)`", edits=s.replaced(source),
            )  # fmt: skip
    return None


def _views(s: Situation) -> Diagnosis | None:
    """``d.keys()[0]``: views and iterators have no places; a list of them has."""
    found = re.search(
        r"'(dict_keys|dict_values|dict_items|map|zip|filter|set|reversed|generator|range_iterator)' object is not subscriptable|object of type '(map|zip|filter|generator)' has no len",
        s.said,
    )
    if found is None:
        return None
    kind = found[1] or found[2]
    for node in s.of(ast.Subscript) if found[1] else s.of(ast.Call):
        inner = (
            node.value
            if isinstance(node, ast.Subscript)
            else (
                node.args[0]
                if isinstance(node, ast.Call) and last_name(node.func) == "len" and node.args
                else None
            )
        )
        if inner is None or (
            isinstance(inner, ast.Call) and kind.startswith("dict_") and last_name(inner.func) != kind[5:]
        ):
            continue
        new = f"list({s.text(inner)})"
        return Diagnosis(
            rule="view",
            cause=f"`{s.text(inner)}` is no list ({kind}): it has no places.",
            repair=f"`{new}`",
            edits=s.replaced(s.swapped((inner, new))),
        )
    return None


def _brackets(s: Situation) -> Diagnosis | None:
    """``df.head[5]``: a method is called by parentheses."""
    if not re.search(r"'(method|function|builtin_function_or_method)' object is not subscriptable", s.said):
        return None
    for node in s.of(ast.Subscript):
        if isinstance(node.value, (ast.Attribute, ast.Name)) and not isinstance(node.slice, ast.Slice):
            indexers = (
                "groupby",
                "head",
                "tail",
                "sum",
                "mean",
                "sample",
                "array",
                "zeros",
                "range",
                "len",
                "print",
                "nlargest",
                "nsmallest",
                "append",
                "unique",
            )
            if (
                last_name(node.value) not in indexers
                and isinstance(node.value, ast.Name)
                and s.value(node.value) is None
            ):
                continue
            new = f"{s.text(node.value)}({s.text(node.slice)})"
            return Diagnosis(
                rule="parentheses",
                cause=f"`{s.text(node.value)}` is a method: it is called by parentheses.",
                repair=f"`{new}`",
                edits=s.replaced(s.swapped((node, new))),
            )
    return None


def _nothing(s: Situation) -> Diagnosis | None:
    """None where something is expected: which statement made it None."""
    if "NoneType" not in s.said:
        return None
    for node in s.of(ast.Name):
        known = s.value(node)
        if isinstance(node.ctx, ast.Load) and (known is None or known.kind == "NoneType"):
            found = made_none(s, node.id)
            if found:
                return found
    return None
