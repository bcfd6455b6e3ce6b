"""What a node of a syntax tree is made into by one change; each is given a node of a copy and may change it in place."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable

#: Makes the changed node of a copy; None where it does not apply after all.
Made = Callable[[ast.AST], ast.AST | None]


def compared(place: int, op: type[ast.cmpop]) -> Made:
    def made(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Compare)
        node.ops[place] = op()
        return node

    return made


def operator(op: ast.operator) -> Made:
    def made(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.BinOp | ast.AugAssign)
        node.op = op
        return node

    return made


def turned(node: ast.AST) -> ast.AST:
    assert isinstance(node, ast.BinOp)
    node.left, node.right = node.right, node.left
    return node


def constant(value: float) -> Made:
    return lambda node: ast.Constant(value)


def keyword(value: int) -> Made:
    def made(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.keyword)
        node.value = ast.Constant(value)
        return node

    return made


def with_keyword(name: str, value: int) -> Made:
    def made(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Call)
        node.keywords.append(ast.keyword(arg=name, value=ast.Constant(value)))
        return node

    return made


def more(argument: ast.expr, *, first: bool) -> Made:
    def made(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Call)
        node.args.insert(0 if first else 1, argument)
        return node

    return made


def called(name: str) -> Made:
    def made(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Attribute)
        node.func.attr = name
        return node

    return made


def bound(part: str, op: ast.operator) -> Made:
    def made(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Subscript)
        setattr(node.slice, part, ast.BinOp(left=getattr(node.slice, part), op=op, right=ast.Constant(1)))
        return node

    return made


def named(name: str) -> Made:
    def made(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Name)
        node.id = name
        return node

    return made


def renamed(names: dict[str, str]) -> Made:
    def made(node: ast.AST) -> ast.AST:
        for one in ast.walk(node):
            if isinstance(one, ast.Name) and one.id in names:
                one.id = names[one.id]
        return node

    return made


def both_sums(node: ast.BinOp) -> tuple[ast.expr, ast.expr] | None:
    """The two that ``np.sum(a) / np.sum(b)`` adds up."""
    parts = []
    for side in (node.left, node.right):
        if (
            isinstance(side, ast.Call)
            and isinstance(side.func, ast.Attribute)
            and side.func.attr == "sum"
            and len(side.args) == 1
        ):
            parts.append(side.args[0])
    return (parts[0], parts[1]) if len(parts) == 2 else None


def mean_of_ratios(node: ast.AST) -> ast.AST | None:
    """``np.mean(np.divide(a, b))``, with the same module."""
    assert isinstance(node, ast.BinOp)
    parts = both_sums(node)
    if parts is None or not isinstance(node.left, ast.Call) or not isinstance(node.left.func, ast.Attribute):
        return None
    module = node.left.func.value
    ratio = ast.Call(
        func=ast.Attribute(value=copy.deepcopy(module), attr="divide", ctx=ast.Load()),
        args=list(parts),
        keywords=[],
    )
    return ast.Call(
        func=ast.Attribute(value=copy.deepcopy(module), attr="mean", ctx=ast.Load()),
        args=[ratio],
        keywords=[],
    )


def items_counted(node: ast.AST) -> ast.AST | None:
    assert isinstance(node, ast.Assign)
    calls = [
        n
        for n in ast.walk(node.value)
        if isinstance(n, ast.Call)
        and isinstance(n.func, ast.Attribute)
        and n.func.attr == "mean"
        and len(n.args) == 1
    ]
    ones = [
        n
        for n in ast.walk(node.value)
        if isinstance(n, ast.BinOp)
        and isinstance(n.op, ast.Add)
        and isinstance(n.right, ast.Constant)
        and n.right.value == 1
    ]
    if len(calls) != 1 or len(ones) != 1:
        return None
    calls[0].func.attr = "sum"  # type: ignore[attr-defined]
    ones[0].right = ast.Call(
        func=ast.Name(id="len", ctx=ast.Load()), args=[copy.deepcopy(calls[0].args[0])], keywords=[]
    )
    return node


def left(node: ast.AST) -> ast.AST:
    """What stands left of an operator, alone."""
    assert isinstance(node, ast.BinOp)
    return node.left


def negated(node: ast.AST) -> ast.AST:
    assert isinstance(node, ast.expr)
    return ast.UnaryOp(op=ast.USub(), operand=node)


def halved(node: ast.AST) -> ast.AST:
    assert isinstance(node, ast.expr)
    return ast.BinOp(left=ast.Constant(0.5), op=ast.Mult(), right=node)
