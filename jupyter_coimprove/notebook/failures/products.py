"""Arrays that are multiplied, added, joined, indexed or drawn, and whose shapes do not go together."""

from __future__ import annotations

import ast
import re

from jupyter_coimprove.notebook.failures.situation import Diagnosis, Situation
from jupyter_coimprove.notebook.trees import last_name

_MATMUL = re.compile(
    r"shapes \(([\d,]*)\) and \(([\d,]*)\) not aligned|matmul: Input operand 1 has a mismatch"
)


_BROADCAST = re.compile(r"operands could not be broadcast together with shapes \(([\d,]*)\) ?\(([\d,]*)\)")


_DIMS = re.compile(
    r"at index (\d+) has (\d+) dimension\(s\) and the array at index (\d+) has (\d+) dimension"
)


_ALONG = re.compile(
    r"along dimension (\d+), the array at index (\d+) has size (\d+) and the array at index (\d+) has size (\d+)"
)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(n) for n in text.split(",") if n.strip())


def product(s: Situation) -> Diagnosis | None:
    """A matrix product whose inner sides differ: one transposed or both exchanged, if exactly one of that fits."""
    found = _MATMUL.search(s.said)
    if found is None:
        return None
    pair = _factors(s)
    if pair is None:
        return Diagnosis(rule="product", cause=f"The inner sides of a matrix product differ: {s.said}.")
    whole, left, right, write = pair
    if found[1] is not None:
        a, b = _numbers(found[1]), _numbers(found[2])
    else:
        known = s.value(left), s.value(right)
        a, b = (v.shape if v else () for v in known)
        if not a or not b:
            core = re.search(r"size (\d+) is different from (\d+)", s.said)
            return Diagnosis(
                rule="product",
                cause=f"The inner sides of `{s.text(whole)}` differ: {core[2] if core else '?'} and {core[1] if core else '?'}.",
            )
    one, two = s.text(left), s.text(right)
    options = []
    if len(b) == 2 and a[-1] == b[1]:
        options.append(write(one, f"{two}.T"))
    if len(a) == 2 and a[0] == b[0] and len(a) <= 2:
        options.append(write(f"{one}.T", two))
    if len(a) != len(b) and b[-1] == a[0]:
        options.append(write(two, one))
    # ``w @ X.T`` and ``X @ w`` are the same numbers.
    if len(options) == 2 and len(a) == 1:
        options = options[1:]
    elif len(options) == 2 and len(b) == 1:
        options = options[:1]
    cause = f"`{one}` has shape {a}, `{two}` {b}: {a[-1]} and {b[-2] if len(b) > 1 else b[-1]} do not go together in a matrix product."
    if len(options) != 1:
        near = " or ".join(f"`{o}`" for o in options)
        return Diagnosis(
            rule="product",
            cause=cause + (f" Possible are {near}; which is meant, the code does not tell." if near else ""),
        )
    return Diagnosis(
        rule="product",
        cause=cause,
        repair=f"`{options[0]}`",
        edits=s.replaced(s.swapped((whole, options[0]))),
    )


def _factors(s: Situation):  # type: ignore[no-untyped-def]
    """(the product, its factors, how it is written)."""
    for node in s.here:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            return node, node.left, node.right, lambda a, b: f"{a} @ {b}"
        if isinstance(node, ast.Call) and last_name(node.func) in ("dot", "matmul"):
            name = s.text(node.func)
            if len(node.args) == 2:
                return node, node.args[0], node.args[1], lambda a, b, name=name: f"{name}({a}, {b})"
            if len(node.args) == 1 and isinstance(node.func, ast.Attribute):
                return node, node.func.value, node.args[0], lambda a, b: f"{a}.dot({b})"
    return None


def broadcast(s: Situation) -> Diagnosis | None:
    """``X - X.mean(axis=1)``: a vector with one number a row has to be a column."""
    found = _BROADCAST.search(s.said)
    if found is None:
        return None
    a, b = _numbers(found[1]), _numbers(found[2])
    cause = f"Shapes {a} and {b} do not go together: from the right, sides must be equal or 1."
    node = next((n for n in s.of(ast.BinOp) if not isinstance(n.op, ast.MatMult)), None)
    if node is None:
        return Diagnosis(rule="broadcast", cause=cause)
    table, vector, other = (a, b, node.right) if len(a) == 2 else (b, a, node.left)
    if len(table) == 2 and len(vector) == 1 and table[0] == vector[0] and table[1] != vector[0]:
        known = s.value(other)
        text = s.text(other)
        text = text if isinstance(other, (ast.Name, ast.Attribute, ast.Call, ast.Subscript)) else f"({text})"
        new = f"{text}.to_numpy()[:, None]" if known and known.kind == "Series" else f"{text}[:, None]"
        return Diagnosis(
            rule="broadcast", cause=f"{cause} `{s.text(other)}` has one number for each of the {vector[0]} rows, so it has to be a column.",
            repair=f"`{new}`", edits=s.replaced(s.swapped((other, new))),
        )  # fmt: skip
    return Diagnosis(rule="broadcast", cause=cause)


def joined(s: Situation) -> Diagnosis | None:
    """Arrays put together along the wrong side, or a vector beside a table."""
    dims, along = _DIMS.search(s.said), _ALONG.search(s.said)
    call = next(
        (
            c
            for c in s.of(ast.Call)
            if last_name(c.func) in ("concatenate", "hstack", "vstack", "column_stack") and c.args
        ),
        None,
    )
    if call is None or (dims is None and along is None):
        return None
    name = last_name(call.func)
    parts = call.args[0].elts if isinstance(call.args[0], (ast.Tuple, ast.List)) else []
    axis = next(
        (k.value.value for k in call.keywords if k.arg == "axis" and isinstance(k.value, ast.Constant)), 0
    )
    if dims is not None and parts:
        small = int(dims[1]) if int(dims[2]) < int(dims[4]) else int(dims[3])
        if small >= len(parts) or abs(int(dims[2]) - int(dims[4])) != 1:
            return None
        node = parts[small]
        new = f"{s.text(node)}.reshape({'-1, 1' if name == 'hstack' or axis == 1 else '1, -1'})"
        return Diagnosis(
            rule="vector beside a table", cause=f"`{s.text(node)}`{s.shaped(node)} is a vector, the others are tables.", repair=f"`{new}`",
            edits=s.replaced(s.swapped((node, new))),
        )  # fmt: skip
    if along is not None:
        values = [s.value(p) for p in parts]
        tables = [v.shape for v in values if v is not None and len(v.shape) == 2]
        cause = f"Along dimension {along[1]} one has {along[3]}, the other {along[5]}."
        if (
            len(tables) == len(parts)
            and len({t[0] for t in tables}) == 1
            and name in ("concatenate", "vstack")
            and axis == 0
        ):
            source: str | None = None
            if name == "vstack":
                source = s.swapped((call.func, s.text(call.func).replace("vstack", "hstack")))
            elif not call.keywords:
                source = s.swapped((call.args[0], f"{s.text(call.args[0])}, axis=1"))
            return Diagnosis(
                rule="joined along the wrong side",
                cause=f"{cause} All have {tables[0][0]} rows, so they fit side by side.",
                repair="side by side",
                edits=s.replaced(source),
            )
        if (
            len(tables) == len(parts)
            and len({t[1] for t in tables}) == 1
            and name in ("hstack", "concatenate")
            and (axis == 1 or name == "hstack")
        ):
            source = (
                s.swapped((call.func, s.text(call.func).replace("hstack", "vstack")))
                if name == "hstack"
                else None
            )
            return Diagnosis(
                rule="joined along the wrong side",
                cause=f"{cause} All have {tables[0][1]} columns, so they fit below each other.",
                repair="below each other",
                edits=s.replaced(source),
            )
        return Diagnosis(rule="joined along the wrong side", cause=cause)
    return None


def indices(s: Situation) -> Diagnosis | None:
    """``y[:, 0]`` of a vector."""
    found = re.search(
        r"too many indices for array: array is (\d+)-dimensional, but (\d+) were indexed", s.said
    )
    if found is None:
        return None
    for node in s.of(ast.Subscript):
        known = s.value(node.value)
        if (
            isinstance(node.slice, ast.Tuple)
            and len(node.slice.elts) == int(found[2])
            and (known is None or len(known.shape) == int(found[1]))
        ):
            elements = node.slice.elts
            whole = [
                e
                for e in elements
                if isinstance(e, ast.Slice) and e.lower is None and e.upper is None and e.step is None
            ]
            if found[1] == "1" and len(elements) == 2:
                if len(whole) == 1 and isinstance(elements[1], ast.Constant) and elements[1].value == 0:
                    new = s.text(node.value)
                elif (
                    not whole
                    and isinstance(elements[1], ast.Constant)
                    and elements[1].value == 0
                    and not isinstance(elements[0], ast.Slice)
                ):
                    new = f"{s.text(node.value)}[{s.text(elements[0])}]"
                else:
                    continue
                return Diagnosis(
                    rule="indices", cause=f"`{s.text(node.value)}`{s.shaped(node.value)} has one axis; `{s.text(node)}` asks for two.",
                    repair=f"`{new}`", edits=s.replaced(s.swapped((node, new))),
                )  # fmt: skip
    return Diagnosis(rule="indices", cause=f"The array has {found[1]} axes; {found[2]} were asked for.")


def first_dimension(s: Situation) -> Diagnosis | None:
    """A plot of a vector over a row: the row is made a vector."""
    found = re.search(
        r"must have same first dimension, but have shapes \(([\d, ]*)\) and \(([\d, ]*)\)|x and y must be the same size",
        s.said,
    )
    if found is None:
        return None
    call = next(
        (
            c
            for c in s.of(ast.Call)
            if last_name(c.func) in ("plot", "scatter", "step", "errorbar", "fill_between")
            and len(c.args) >= 2
        ),
        None,
    )
    if call is None or found[1] is None:
        return Diagnosis(rule="lengths differ", cause="What is drawn over each other has different lengths.")
    a, b = _numbers(found[1]), _numbers(found[2])
    for node, mine, other in ((call.args[1], b, a), (call.args[0], a, b)):
        if len(mine) == 2 and mine[0] == 1 and mine[1] == other[0]:
            return Diagnosis(
                rule="row for vector", cause=f"`{s.text(node)}` of shape {mine} is one row of {mine[1]}; a vector is expected.",
                repair=f"`{s.text(node)}.ravel()`", edits=s.replaced(s.swapped((node, f"{s.text(node)}.ravel()"))),
            )  # fmt: skip
    return Diagnosis(
        rule="lengths differ",
        cause=f"x has {a[0] if a else '?'} values, y has {b[0] if b else '?'}: one was cut or made otherwise.",
    )
