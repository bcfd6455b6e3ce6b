"""Off by one: folds that a loop never comes to, and windows that already hold the value they are to predict.

Read from the code alone: bounds are compared as sums of names and numbers (``w - 1`` against ``w``).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from jupyter_coimprove.evidence.checks.finding import CheckFinding
from jupyter_coimprove.evidence.checks.values import Where
from jupyter_coimprove.notebook.trees import last_name

#: A sum: how often each name is in it; "" is the number.
Sum = Mapping[str, int]
Trees = Sequence[tuple[int, ast.Module]]

_PARTS = frozenset({"array_split", "split"})


def off_by_one(trees: Trees) -> Iterator[CheckFinding]:
    """``trees`` are the code cells as plain Python, with their indices."""
    yield from _skipped(trees)
    yield from _held(trees)


def summed(node: ast.expr) -> Sum | None:
    """``i + w - 1`` as a sum; None where it is something else."""
    if isinstance(node, ast.Constant):
        return {"": node.value} if type(node.value) is int else None
    if isinstance(node, (ast.Name, ast.Attribute)):
        return {ast.unparse(node): 1}
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _plus({}, summed(node.operand), -1)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        return _plus(summed(node.left), summed(node.right), 1 if isinstance(node.op, ast.Add) else -1)
    return None


def _plus(left: Sum | None, right: Sum | None, sign: int = 1) -> Sum | None:
    if left is None or right is None:
        return None
    keys = {*left, *right}
    return {k: n for k in keys if (n := left.get(k, 0) + sign * right.get(k, 0))}


def _at(found: Sum | None, name: str, first: Sum | None) -> Sum | None:
    """The sum where ``name`` has its first value."""
    if found is None or name not in found:
        return found
    rest: Sum | None = {k: n for k, n in found.items() if k != name}
    for _ in range(abs(found[name])):
        rest = _plus(rest, first, 1 if found[name] > 0 else -1)
    return rest


def _behind(value: Sum | None, end: Sum | None) -> int | None:
    """By how many places a value lies before a window's end; None where the names do not cancel, or it does not."""
    apart = _plus(value, end, -1)
    return -apart[""] if apart is not None and set(apart) == {""} and apart[""] < 0 else None


# -- folds


def _skipped(trees: Trees) -> Iterator[CheckFinding]:
    many: dict[str, str] = {}
    for _, tree in trees:
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Assign)
                and len(node.targets) == 1
                and isinstance(node.targets[0], ast.Name)
            ):
                if (count := _folds(node.value)) is not None:
                    many[node.targets[0].id] = count
                else:
                    many.pop(node.targets[0].id, None)
    for cell, tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.For) and isinstance(node.target, ast.Name):
                for name in sorted(_taken(node, node.target.id) & set(many)):
                    left = _left_out(node.iter, name, many[name])
                    if left and not _named(trees, name, 0 if left == "first" else -1):
                        yield CheckFinding(
                            kind="offbyone", where=Where(cell, node.lineno), confidence="medium", trail=(),
                            evidence=f"`for {node.target.id} in {ast.unparse(node.iter)}` never comes to the {left} of `{name}`",
                            fix=f"go over all of them: range(len({name}))",
                        )  # fmt: skip


def _folds(node: ast.expr) -> str | None:
    """How many parts a cut makes, as code ("" where it does not say); None where it is no cut into parts."""
    if isinstance(node, ast.Call) and last_name(node.func) == "list" and len(node.args) == 1:
        inner = node.args[0]
        is_split = (
            isinstance(inner, ast.Call)
            and isinstance(inner.func, ast.Attribute)
            and inner.func.attr == "split"
        )
        return "" if is_split and isinstance(inner, ast.Call) and inner.args else None
    if not isinstance(node, ast.Call) or last_name(node.func) not in _PARTS or len(node.args) < 2:
        return None
    # A text's `split` is of one argument, or of two on the text itself.
    if last_name(node.func) == "split" and not ast.unparse(node.func).startswith(("np.", "numpy.", "torch.")):
        return None
    return ast.unparse(node.args[1])


def _taken(loop: ast.For, name: str) -> set[str]:
    """What the body takes by ``name`` alone; empty where it looks at neighbours, whose ends have none."""
    told = {
        id(n)
        for node in ast.walk(loop)
        if isinstance(node, ast.FormattedValue)
        or (isinstance(node, ast.Call) and last_name(node.func) == "print")
        for n in ast.walk(node)
    }
    taken = set[str]()
    for node in (n for s in loop.body for n in ast.walk(s) if id(n) not in told):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Name) and node.slice.id == name:
            taken |= {node.value.id} if isinstance(node.value, ast.Name) else set()
            continue
        later = isinstance(node, ast.Compare) and not all(
            isinstance(op, (ast.Eq, ast.NotEq)) for op in node.ops
        )
        # Sums, stretches and earlier or later look at the item beside it; `w * parts[k]` is no such sum.
        beside = later or isinstance(node, (ast.BinOp, ast.Slice))
        if beside and any(isinstance(n, ast.Name) and n.id == name for n in _by_itself(node)):
            return set()
    return taken


def _by_itself(node: ast.AST) -> Iterator[ast.AST]:
    """What an expression is made of, without what is taken by a plain name."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.Subscript) and isinstance(child.slice, ast.Name)):
            yield from _by_itself(child)


def _left_out(over: ast.expr, name: str, count: str) -> str:
    if not isinstance(over, ast.Call) or last_name(over.func) != "range" or not 1 <= len(over.args) <= 2:
        return ""
    first = summed(over.args[0]) if len(over.args) == 2 else {}
    last = over.args[-1]
    whole = {f"len({name})", *([count] if count else [])}
    if first == {"": 1} and ast.unparse(last) in whole:
        return "first"
    short = isinstance(last, ast.BinOp) and isinstance(last.op, ast.Sub) and summed(last.right) == {"": 1}
    if first in ({}, {"": 0}) and short and isinstance(last, ast.BinOp) and ast.unparse(last.left) in whole:
        return "last"
    return ""


def _named(trees: Trees, name: str, number: int) -> bool:
    """Whether a part is asked for by its number: then it is kept for something."""
    texts = {f"{name}[{number}]", *([f"{name}[len({name}) - 1]"] if number < 0 else [])}
    return any(
        isinstance(n, ast.Subscript) and ast.unparse(n) in texts for _, t in trees for n in ast.walk(t)
    )


# -- windows


@dataclass(frozen=True)
class _Piece:
    """What a list is made of at its first item: a stretch of ``of`` up to ``end``, or its one value at ``at``."""

    of: str
    where: Where
    text: str
    end: Sum | None = None
    at: Sum | None = None


def _held(trees: Trees) -> Iterator[CheckFinding]:
    pieces: dict[str, _Piece] = {}
    pairs: list[tuple[ast.expr, ast.expr]] = []
    for cell, tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                for target, value in _assigned(node.targets[0], node.value):
                    if (piece := _of_list(value, cell)) is not None:
                        pieces[target] = piece
            elif isinstance(node, ast.For) and isinstance(node.target, ast.Name):
                pieces |= _of_loop(node, cell)
            elif isinstance(node, ast.Call) and last_name(node.func) in (
                "fit",
                "train_test_split",
                "cross_val_score",
            ):
                given = [a for a in node.args if not isinstance(a, ast.Starred)]
                pairs += list(pairwise(given))
    done = set[Where]()
    for x, y in pairs:
        for window, told in product(_names(x, pieces), _names(y, pieces)):
            behind = _behind(told.at, window.end) if window.of == told.of else None
            if behind is not None and told.where not in done:
                done.add(told.where)
                places = "place" if behind == 1 else "places"
                yield CheckFinding(
                    kind="offbyone", where=told.where, confidence="high", trail=(window.where, told.where),
                    evidence=f"`{told.text}` lies {behind} {places} before the end of the window `{window.text}`, which holds it already",
                    fix="predict what comes after the window: begin the targets where it ends",
                )  # fmt: skip


def _names(node: ast.expr, pieces: Mapping[str, _Piece]) -> list[_Piece]:
    return [pieces[n.id] for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in pieces]


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif (
        isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts)
    ):
        for one, part in zip(target.elts, value.elts, strict=True):
            yield from _assigned(one, part)


def _of_list(node: ast.expr, cell: int) -> _Piece | None:
    """A list by comprehension (stacked, or made an array), or a stretch that is the values one after another."""
    while isinstance(node, ast.Call) and node.args and last_name(node.func) in ("stack", "array", "asarray", "vstack", "list", "Series", "DataFrame"):  # fmt: skip
        node = node.args[0]
    if isinstance(node, ast.Call) and last_name(node.func) == "sliding_window_view" and len(node.args) == 2:
        return _Piece(
            of=ast.unparse(node.args[0]),
            where=Where(cell, node.lineno),
            text=ast.unparse(node),
            end=summed(node.args[1]),
        )
    if (
        isinstance(node, (ast.ListComp, ast.GeneratorExp))
        and len(node.generators) == 1
        and not node.generators[0].ifs
    ):
        one = node.generators[0]
        return _of_item(node.elt, one.target, one.iter, cell)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice) and node.slice.step is None:
        low = summed(node.slice.lower) if node.slice.lower is not None else {}
        negative = low is not None and set(low) <= {""} and low.get("", 0) < 0
        return (
            None
            if negative
            else _Piece(
                of=ast.unparse(node.value), where=Where(cell, node.lineno), text=ast.unparse(node), at=low
            )
        )
    return None


def _of_item(item: ast.expr, target: ast.expr, over: ast.expr, cell: int) -> _Piece | None:
    if not isinstance(target, ast.Name) or not isinstance(over, ast.Call) or last_name(over.func) != "range":
        return None
    if not over.args or not isinstance(item, ast.Subscript):
        return None
    first: Sum | None = summed(over.args[0]) if len(over.args) > 1 else {}
    of, where, text = ast.unparse(item.value), Where(cell, item.lineno), ast.unparse(item)
    if isinstance(item.slice, ast.Slice):
        if item.slice.step is not None or item.slice.upper is None:
            return None
        return _Piece(of=of, where=where, text=text, end=_at(summed(item.slice.upper), target.id, first))
    found = summed(item.slice)
    if found is None or target.id not in found:
        return None
    return _Piece(of=of, where=where, text=text, at=_at(found, target.id, first))


def _of_loop(loop: ast.For, cell: int) -> dict[str, _Piece]:
    """Lists that a loop appends to."""
    out: dict[str, _Piece] = {}
    for node in (n for s in loop.body for n in ast.walk(s)):
        func = node.func if isinstance(node, ast.Call) and len(node.args) == 1 else None
        if not (
            isinstance(func, ast.Attribute) and func.attr == "append" and isinstance(func.value, ast.Name)
        ):
            continue
        piece = _of_item(node.args[0], loop.target, loop.iter, cell) if isinstance(node, ast.Call) else None
        if piece is not None:
            out[func.value.id] = piece
    return out
