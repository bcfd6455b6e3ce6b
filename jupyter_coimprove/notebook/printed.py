"""What a print shows: each expression with the words before it, and a pattern to find it in the output.

The syntax tree of the f-string (or ``%``, ``format``, or arguments with commas) is turned round into
a regular expression: its text as it stands, blanks as wide as paddings make them, and in place
of the wanted expression one group for its number.
"""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jupyter_coimprove.notebook.literals import literal
from jupyter_coimprove.notebook.trees import last_name

NUMBER = r"([-+]?(?:\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d[\d_]*\.?\d*(?:[eE][-+]?\d+)?|\.\d+|nan|inf))"
_PERCENT = re.compile(r"%(?:\((\w+)\))?([-+ #0]*(?:\d+|\*)?(?:\.\d+)?)[hlL]?([diouxXeEfFgGcrsa%])")
_DECIMALS = re.compile(r"\.(\d+)([fF%])\Z")
#: A number that has no format of its own may come as ``tensor(0.9, device='cuda:0')``.
_WRAPPED = r"(?:tensor\(|np\.\w+\()?", r"(?:,[^)\n]*\)|\))?"
LOGGERS = frozenset("info debug warning warn error critical log".split())  # noqa: SIM905


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One expression in a print: ``label`` the words before it, ``pattern`` finds its number.

    ``decimals`` is how exactly it is printed, None for in full (or by significant digits).
    """

    expr: ast.expr
    label: str
    pattern: str
    decimals: int | None = None


@dataclass(frozen=True)
class _Field:
    expr: ast.expr
    spec: str = ""


_Piece = str | _Field


def printing(call: ast.Call) -> str:
    """How a call shows text: ``print``, ``write``, ``log`` or ``postfix``; empty when it does not."""
    func = call.func
    name = last_name(func)
    if name in ("print", "display", "echo", "secho", "pprint"):
        return "print"
    if name in ("set_postfix", "set_postfix_str", "set_description"):
        return "postfix"
    if name != "write" and name not in LOGGERS:
        return ""
    owner = ast.unparse(func.value) if isinstance(func, ast.Attribute) else ""
    if name == "write" and (
        owner.endswith(("tqdm", "stdout", "stderr")) or owner in ("bar", "pbar", "progress")
    ):
        return "write"
    return "log" if name in LOGGERS and re.search(r"(?i)log", owner) else ""


def shown_in(call: ast.Call) -> Iterator[Shown]:
    """The expressions that a call which shows text shows; none for any other call."""
    how = printing(call)
    if not how or any(k.arg == "file" and "std" not in ast.unparse(k.value) for k in call.keywords):
        return
    if how == "postfix" and call.keywords:
        for keyword in call.keywords:
            if keyword.arg not in (None, "refresh"):
                pattern = rf"(?<!\w){re.escape(str(keyword.arg))}=\s*{NUMBER}(?![\w.])"
                yield Shown(expr=keyword.value, label=str(keyword.arg), pattern=pattern)
        return
    pieces: list[_Piece] = []
    arguments = list(call.args)
    if how == "log":
        # ``log.info("acc %s", acc)``: the text is filled in by the logger.
        if arguments and isinstance(literal(arguments[0]), str) and len(arguments) > 1:
            values = ast.Tuple(elts=arguments[1:], ctx=ast.Load())
            pieces, arguments = _percent(str(literal(arguments[0])), values), []
        elif call.func and isinstance(call.func, ast.Attribute) and call.func.attr == "log":
            arguments = arguments[1:]
    glue = _text_of(call, "sep", " ")
    for number, argument in enumerate(arguments):
        pieces += [glue] if number else []
        pieces += _pieces(argument)
    whole = how == "print" and _text_of(call, "end", "\n").startswith("\n")
    yield from _fields(pieces, start=how in ("print", "write") and whole, end=whole)


def _text_of(call: ast.Call, name: str, default: str) -> str:
    value = next((k.value for k in call.keywords if k.arg == name), None)
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else default


def _pieces(node: ast.expr) -> list[_Piece]:
    """Text and expressions in the order they appear."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        out: list[_Piece] = []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                spec = part.format_spec
                known = isinstance(spec, ast.JoinedStr) and all(
                    isinstance(v, ast.Constant) for v in spec.values
                )
                text = "".join(str(v.value) for v in spec.values if isinstance(v, ast.Constant)) if known and isinstance(spec, ast.JoinedStr) else ""  # fmt: skip
                out.append(_Field(part.value, text))
            else:
                out += _pieces(part)
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
        given = literal(node.args[1]) if node.func.id == "format" and len(node.args) > 1 else ""
        return [_Field(node.args[0], given if isinstance(given, str) else "")]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and _is_text(node.left):
        text = literal(node.left)
        if isinstance(text, str):
            return _percent(text, node.right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        text = literal(node.func.value)
        if isinstance(text, str):
            return _format(text, node)
    return [_Field(node)]


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod)):
        return _is_text(node.left) or (isinstance(node.op, ast.Add) and _is_text(node.right))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in ("str", "repr", "format")
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _percent(text: str, right: ast.expr) -> list[_Piece]:
    values = list(right.elts) if isinstance(right, ast.Tuple) else [right]
    named = (
        {k.value: v for k, v in zip(right.keys, right.values, strict=True) if isinstance(k, ast.Constant)}
        if isinstance(right, ast.Dict)
        else {}
    )
    out: list[_Piece] = []
    position = 0
    for match in _PERCENT.finditer(text):
        out.append(text[position : match.start()])
        position = match.end()
        spec = match[2] + match[3] if match[3] in "eEfFgGdi" else ""
        if match[3] == "%":
            out.append("%")
        elif match[1] in named:
            out.append(_Field(named[match[1]], spec))
        elif values:
            out.append(_Field(values.pop(0), spec))
    return [*out, text[position:]]


def _format(text: str, call: ast.Call) -> list[_Piece]:
    named = {k.arg: k.value for k in call.keywords}
    out: list[_Piece] = []
    count = 0
    try:
        fields = list(string.Formatter().parse(text))
    except ValueError:
        return [text]
    for before, field, spec, _conversion in fields:
        out.append(before)
        if field is None:
            continue
        key = re.split(r"[.\[]", field)[0]
        if key == "" or key.isdigit():
            index = int(key) if key else count
            count += 1
            if index < len(call.args):
                out.append(_Field(call.args[index], spec or ""))
        elif key in named:
            out.append(_Field(named[key], spec or ""))
    return out


def _fields(pieces: Sequence[_Piece], *, start: bool, end: bool) -> Iterator[Shown]:
    for number, piece in enumerate(pieces):
        if isinstance(piece, str):
            continue
        before = "".join(p if isinstance(p, str) else "\0" for p in pieces[:number])
        label = before.rpartition("\0")[2].rpartition("\n")[2]
        pattern = "".join(_part(p, p is piece) for p in pieces)
        pattern = (r"^\s*" if start else r"(?<![\w.])") + pattern + (r"[ \t]*$" if end else "")
        yield Shown(
            expr=piece.expr, label=label.strip(" \t:=|,;-([>])"), pattern=pattern, decimals=_decimals(piece)
        )


def _decimals(field: _Field) -> int | None:
    match = _DECIMALS.search(field.spec)
    if match:
        return int(match[1])
    expr = field.expr
    if isinstance(expr, ast.Call) and getattr(expr.func, "id", "") == "round" and len(expr.args) == 2:
        digits = literal(expr.args[1])
        return digits if type(digits) is int and digits >= 0 else None
    return None


def _part(piece: _Piece, wanted: bool) -> str:
    """This piece of a print as a pattern; spaces may be wider, as padded numbers make them."""
    if isinstance(piece, str):
        return r"\s*".join(re.escape(word) for word in re.split(r"\s+", piece))
    if not wanted:
        return r".*?"
    opening, closing = ("", "") if piece.spec else _WRAPPED
    percent = "%" if piece.spec.endswith("%") else ""
    return r"\s*" + opening + NUMBER + r"(?![\w.])" + percent + closing
