"""One change of a function at a time: what it would be if one index, side, sign, axis or divisor were another.

Mutation analysis turned round (DeMillo et al. 1978; Debroy and Wong 2010): where the function is wrong by one of the
mistakes that people make, one of these changes makes it right, and says by its kind what the mistake was.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

from jupyter_coimprove.evidence.metrics import making
from jupyter_coimprove.evidence.metrics.making import Made

#: What a change is called: an index or count off by one; a mean over the wrong things; one name in place of another; an axis; a sign; a divisor; a limit or tie.
KINDS = ("offbyone", "average", "swapped", "axis", "sign", "divisor", "comparison")
#: More changes than this are not tried.
MOST = 400

_FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
_BACK: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
}
_MEANS = {"mean": "sum", "sum": "mean", "average": "sum", "nanmean": "nansum", "nansum": "nanmean"}


@dataclass(frozen=True, kw_only=True)
class Change:
    """``source`` is the whole function with one change; ``line`` counts from 1 within it."""

    kind: str
    line: int
    source: str
    before: str
    after: str


def changes(function: ast.FunctionDef) -> list[Change]:
    """All single changes, each once, in the order in which they are likely."""
    out: list[Change] = []
    seen = {ast.unparse(function)}
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    for kind, node, made in _ordered(function, body):
        changed, before, after = _with(function, node, made)
        text = ast.unparse(changed)
        if text in seen or len(out) >= MOST:
            continue
        seen.add(text)
        line = getattr(node, "lineno", function.lineno) - function.lineno + 1
        out.append(Change(kind=kind, line=line, source=text, before=before, after=after))
    return out


def _ordered(function: ast.FunctionDef, body: list[ast.stmt]) -> Iterator[tuple[str, ast.AST, Made]]:
    found = [one for statement in body for one in _of(statement, statement, False)]
    names = [arg.arg for arg in function.args.args]
    found += [one for statement in body for one in _swaps(statement, names, body)]
    rank = {
        kind: place
        for place, kind in enumerate(
            ("axis", "comparison", "offbyone", "divisor", "average", "sign", "swapped")
        )
    }
    yield from sorted(found, key=lambda one: rank[one[0]])


def _of(node: ast.AST, statement: ast.stmt, below: bool) -> Iterator[tuple[str, ast.AST, Made]]:
    """Changes at this node and under it; ``below`` says that it stands under a division."""
    if isinstance(node, ast.Compare):
        for place, op in enumerate(node.ops):
            for table in (_FLIPPED, _BACK):
                if type(op) in table:
                    kind = "comparison" if table is _FLIPPED else "sign"
                    yield kind, node, making.compared(place, table[type(op)])
    elif isinstance(node, ast.BinOp):
        yield from _of_operation(node, below)
    elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add | ast.Sub):
        yield "sign", node, making.operator(ast.Sub() if isinstance(node.op, ast.Add) else ast.Add())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "sign", node, lambda n: n.operand if isinstance(n, ast.UnaryOp) else None
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        for step in (-1, 1):
            yield "offbyone", node, making.constant(node.value + step)
    elif (
        isinstance(node, ast.keyword)
        and node.arg in ("axis", "ddof")
        and isinstance(node.value, ast.Constant)
    ):
        old = node.value.value
        if old in (0, 1, -1):
            yield "axis" if node.arg == "axis" else "divisor", node, making.keyword(0 if old else 1)
        return
    elif isinstance(node, ast.Call):
        yield from _of_call(node)
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        for part in ("lower", "upper"):
            if getattr(node.slice, part) is not None:
                yield "offbyone", node, making.bound(part, ast.Add())
                yield "offbyone", node, making.bound(part, ast.Sub())
    elif isinstance(node, ast.Return) and node.value is not None:
        yield "sign", node.value, making.negated
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 2:
        # ``total, count = total + mean(part), count + 1`` counts parts; with sum and len what is in them.
        yield "average", node, making.items_counted
    for child in ast.iter_child_nodes(node):
        under = below or (
            isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and child is node.right
        )
        yield from _of(child, statement, under)


def _of_operation(node: ast.BinOp, below: bool) -> Iterator[tuple[str, ast.AST, Made]]:
    left, right = node.left, node.right
    if isinstance(node.op, ast.Add | ast.Sub):
        whole = isinstance(right, ast.Constant) and type(right.value) is int and right.value == 1
        if whole:
            yield "offbyone", node, making.left
        other = making.operator(ast.Sub() if isinstance(node.op, ast.Add) else ast.Add())
        yield "divisor" if below and not whole else "sign", node, other
        if isinstance(node.op, ast.Sub):
            yield "sign", node, making.turned
    elif isinstance(node.op, ast.Div):
        yield "divisor", node, making.turned
        yield "divisor", node, making.left
        yield "divisor", node, making.operator(ast.Mult())
        if making.both_sums(node) is not None:
            yield "average", node, making.mean_of_ratios
    elif isinstance(node.op, ast.Mult):
        yield "divisor", node, making.operator(ast.Div())
        for one, other_side in ((left, right), (right, left)):
            # A weight of ties: 1.0 * (a == b).
            if (
                isinstance(one, ast.Constant)
                and isinstance(other_side, ast.Compare)
                and isinstance(one.value, float)
            ):
                for weight in (0.5, 1.0, 0.0):
                    yield "comparison", one, making.constant(weight)
    if (
        isinstance(node.op, ast.Add)
        and isinstance(right, ast.Compare)
        and all(isinstance(op, ast.Eq) for op in right.ops)
    ):
        yield "comparison", right, making.halved


def _of_call(node: ast.Call) -> Iterator[tuple[str, ast.AST, Made]]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if name in _MEANS:
        yield "average", node, making.called(_MEANS[name])
    if name in ("std", "var") and not any(one.arg == "ddof" for one in node.keywords):
        yield "divisor", node, making.with_keyword("ddof", 1)
    plain = isinstance(node.func, ast.Name) and len(node.args) == 1 and not node.keywords
    if plain and isinstance(node.func, ast.Name) and node.func.id in ("range", "enumerate"):
        yield "offbyone", node, making.more(ast.Constant(1), first=node.func.id == "range")


def _swaps(
    statement: ast.stmt, names: list[str], body: list[ast.stmt]
) -> Iterator[tuple[str, ast.AST, Made]]:
    """One argument in place of another: at one place, in all of an expression, or both exchanged there; then other names."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and node.id in names and isinstance(node.ctx, ast.Load):
            yield from (("swapped", node, making.named(other)) for other in names if other != node.id)
    for node in ast.walk(statement):
        if not isinstance(
            node,
            ast.BinOp
            | ast.Call
            | ast.comprehension
            | ast.ListComp
            | ast.GeneratorExp
            | ast.Compare
            | ast.Subscript,
        ):
            continue
        used = [
            name for name in names if any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(node))
        ]
        for one in used:
            for other in names:
                if other != one:
                    yield "swapped", node, making.renamed({one: other})
                    if other in used and one < other:
                        yield "swapped", node, making.renamed({one: other, other: one})
    # What the function itself has named; what it calls is none of that.
    own = {
        n.id
        for part in body
        for n in ast.walk(part)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and node.id in own and isinstance(node.ctx, ast.Load):
            yield from (("swapped", node, making.named(other)) for other in sorted(own - {node.id}))


def _with(function: ast.FunctionDef, node: ast.AST, made: Made) -> tuple[ast.FunctionDef, str, str]:
    """A copy of the function with that node changed; what stood there and what stands there now."""
    memo: dict[int, object] = {}
    copied = copy.deepcopy(function, memo)
    twin = memo[id(node)]
    assert isinstance(twin, ast.AST)  # deepcopy keeps the class
    new = made(twin)
    if new is None:
        return copied, "", ""
    if new is not twin:
        put = _Put(twin, new).visit(copied)
        assert isinstance(put, ast.FunctionDef)  # what is changed stands within it
        copied = put
    ast.fix_missing_locations(copied)
    return copied, ast.unparse(node), ast.unparse(new)


class _Put(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self._new if node is self._old else self.generic_visit(node)
