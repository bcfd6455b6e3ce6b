"""What a print shows: each expression with the words before it, and a pattern to find it in the output."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jupyter_coimprove.notebook.literals import literal

NUMBER = r"([-+]?(?:\d[\d_,]*\.?\d*(?:[eE][-+]?\d+)?|\.\d+|nan|inf))"
_PERCENT = re.compile(r"%(?:\((\w+)\))?[-+ #0]*(?:\d+|\*)?(?:\.\d+)?[hlL]?([diouxXeEfFgGcrsa%])")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One expression in a print: ``label`` the words before it, ``pattern`` finds its number."""

    expr: ast.expr
    label: str
    pattern: str


def shown_in(call: ast.Call) -> Iterator[Shown]:
    """The expressions a ``print`` or ``display`` call shows."""
    separator = next((k.value for k in call.keywords if k.arg == "sep"), None)
    glue = (
        separator.value if isinstance(separator, ast.Constant) and isinstance(separator.value, str) else " "
    )
    pieces: list[str | ast.expr] = []
    for number, argument in enumerate(call.args):
        pieces += [glue] if number else []
        pieces += _pieces(argument)
    yield from _fields(pieces)


def _pieces(node: ast.expr) -> list[str | ast.expr]:
    """Text and expressions in the order they appear."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        out: list[str | ast.expr] = []
        for part in node.values:
            out += [part.value] if isinstance(part, ast.FormattedValue) else _pieces(part)
        return out
    if (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Add)
        and (_is_text(node.left) or _is_text(node.right))
    ):
        return _pieces(node.left) + _pieces(node.right)
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("str", "repr", "format")
        and node.args
    ):
        return [node.args[0]]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and _is_text(node.left):
        text = literal(node.left)
        if isinstance(text, str):
            return _percent(text, node.right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        text = literal(node.func.value)
        if isinstance(text, str):
            return _format(text, node)
    return [node]


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod)):
        return _is_text(node.left) or (isinstance(node.op, ast.Add) and _is_text(node.right))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in ("str", "repr", "format")
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _percent(text: str, right: ast.expr) -> list[str | ast.expr]:
    values = list(right.elts) if isinstance(right, ast.Tuple) else [right]
    named = (
        {k.value: v for k, v in zip(right.keys, right.values, strict=True) if isinstance(k, ast.Constant)}
        if isinstance(right, ast.Dict)
        else {}
    )
    out: list[str | ast.expr] = []
    position = 0
    for match in _PERCENT.finditer(text):
        out.append(text[position : match.start()])
        position = match.end()
        if match[2] == "%":
            out.append("%")
        elif match[1] in named:
            out.append(named[match[1]])
        elif values:
            out.append(values.pop(0))
    return [*out, text[position:]]


def _format(text: str, call: ast.Call) -> list[str | ast.expr]:
    named = {k.arg: k.value for k in call.keywords}
    out: list[str | ast.expr] = []
    count = 0
    try:
        fields = list(string.Formatter().parse(text))
    except ValueError:
        return [text]
    for before, field, _spec, _conversion in fields:
        out.append(before)
        if field is None:
            continue
        key = re.split(r"[.\[]", field)[0]
        if key == "" or key.isdigit():
            index = int(key) if key else count
            count += 1
            if index < len(call.args):
                out.append(call.args[index])
        elif key in named:
            out.append(named[key])
    return out


def _fields(pieces: Sequence[str | ast.expr]) -> Iterator[Shown]:
    for number, piece in enumerate(pieces):
        if isinstance(piece, str):
            continue
        before = "".join(p if isinstance(p, str) else "\0" for p in pieces[:number])
        label = before.rpartition("\0")[2].rpartition("\n")[2]
        pattern = "".join(_part(p, p is piece) for p in pieces)
        yield Shown(expr=piece, label=label.strip(" \t:=|,;-(["), pattern=r"^\s*" + pattern)


def _part(piece: str | ast.expr, wanted: bool) -> str:
    """This piece of a print as a pattern; spaces may be wider, as padded numbers make them."""
    if isinstance(piece, str):
        return r"\s*".join(re.escape(word) for word in re.split(r"\s+", piece))
    return r"\s*" + NUMBER + r"(?![\w.])" if wanted else r".*?"
