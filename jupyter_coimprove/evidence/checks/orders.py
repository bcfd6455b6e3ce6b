"""Labels of other rows: inputs and answers that were taken in different orders are put side by side by place.

Only what the code says is compared: the same table sorted or shuffled for one of the two, the same row numbers
sorted, turned or drawn anew for one of them. Where an order is not known, nothing is said.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from jupyter_coimprove.evidence.checks.finding import CheckFinding
from jupyter_coimprove.evidence.checks.library import words
from jupyter_coimprove.evidence.checks.places import Trees
from jupyter_coimprove.evidence.checks.values import Where
from jupyter_coimprove.notebook.trees import last_name

_PAIRED = frozenset({"fit", "fit_transform", "fit_predict", "train_test_split", "cross_val_score", "cross_val_predict", "cross_validate", "partial_fit"})  # fmt: skip
#: They keep rows where they are.
_KEEPS = words(
    """to_numpy copy astype drop filter assign fillna reset_index asarray array as_matrix ravel flatten to_frame squeeze rename
    map apply replace clip round get_dummies select_dtypes set_axis tolist"""
)
_SORTS = frozenset({"sort_values", "sort", "sorted"})
_SHUFFLES = frozenset({"permutation", "permuted", "shuffle", "sample"})


@dataclass(frozen=True)
class _Order:
    """The rows of ``root`` after ``steps``, each as code; ``where`` is the last of them."""

    root: str
    steps: tuple[str, ...] = ()
    where: Where | None = None


def other_rows(trees: Trees) -> Iterator[CheckFinding]:
    """``trees`` are the code cells as plain Python, with their indices, in the order they run."""
    reader = _Reader()
    for cell, tree in trees:
        reader.cell = cell
        for node in tree.body:
            yield from reader.statement(node)


class _Reader:
    def __init__(self) -> None:
        self.known: dict[str, _Order | None] = {}
        self.cell = 0
        self.done = set[Where]()

    def statement(self, node: ast.stmt) -> Iterator[CheckFinding]:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return
        for call in (n for e in ast.iter_child_nodes(node) if isinstance(e, ast.expr) for n in ast.walk(e)):
            if isinstance(call, ast.Call) and last_name(call.func) in _PAIRED:
                yield from self._paired([a for a in call.args if not isinstance(a, ast.Starred)])
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            self._bind(node.targets[0], node.value)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            self._in_place(node.value)
        elif isinstance(node, (ast.For, ast.While, ast.If, ast.With, ast.Try)):
            for field in ("body", "orelse", "finalbody"):
                for one in getattr(node, field, ()):
                    yield from self.statement(one)
            # Whether and how often it ran is not known: what it binds is not, either.
            for name in (
                n for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            ):
                self.known[name.id] = None

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            # What a call gives is rows of its own, in an order of its own.
            made = _Order(f"{target.id} #{self.cell}.{value.lineno}") if isinstance(value, ast.Call) else None
            self.known[target.id] = self.order(value) or made
        elif isinstance(target, (ast.Tuple, ast.List)):
            parts = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
            # All of the right side is read before any name is bound.
            orders = [self.order(part) for part in parts]
            for at, one in enumerate(target.elts):
                if isinstance(one, ast.Name):
                    # What one call gives as several belongs together by place.
                    fresh = (
                        _Order(f"{ast.unparse(target)} #{self.cell}.{value.lineno}") if not parts else None
                    )
                    self.known[one.id] = orders[at] if at < len(orders) == len(target.elts) else fresh

    def _in_place(self, call: ast.Call) -> None:
        """``df.sort_values(…, inplace=True)``, ``rng.shuffle(y)``: the name has another order from here on."""
        func = call.func
        inplace = any(
            k.arg == "inplace" and isinstance(k.value, ast.Constant) and k.value.value is True
            for k in call.keywords
        )
        if (
            isinstance(func, ast.Attribute)
            and isinstance(func.value, ast.Name)
            and func.attr == "sort_values"
            and inplace
        ):
            self.known[func.value.id] = self._stepped(func.value, call)
        elif last_name(func) == "shuffle" and len(call.args) == 1 and isinstance(call.args[0], ast.Name):
            self.known[call.args[0].id] = self._stepped(call.args[0], call)

    def _stepped(self, base: ast.expr, call: ast.Call) -> _Order | None:
        found = self.order(base)
        if found is None:
            return None
        fixed = last_name(call.func) in _SORTS or any(k.arg == "random_state" for k in call.keywords)
        keys = sorted(ast.unparse(k) for k in call.keywords if k.arg not in ("inplace", "ignore_index"))
        # Two draws give two orders, whatever their code; two sorts of one kind the same.
        text = f"{last_name(call.func)}({', '.join([*(ast.unparse(a) for a in call.args if a is not base), *keys])})"
        step = text if fixed else f"{text} #{self.cell}.{call.lineno}.{call.col_offset}"
        return replace(found, steps=(*found.steps, step), where=Where(self.cell, call.lineno))

    def order(self, node: ast.expr) -> _Order | None:
        """The order of an expression's rows; None where it is not known."""
        if isinstance(node, ast.Name):
            return self.known[node.id] if node.id in self.known else _Order(node.id)
        if isinstance(node, ast.Attribute):
            # `df.values`, `df.target`; `module.name` is read like a column, and meets no other order.
            return self.order(node.value) if node.attr != "T" else None
        if isinstance(node, ast.Subscript):
            return self._subscript(node)
        if not isinstance(node, ast.Call):
            return None
        name = last_name(node.func)
        method = isinstance(node.func, ast.Attribute) and name not in (
            "asarray",
            "array",
            "get_dummies",
            "sorted",
        )
        if isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) in (
            "np",
            "numpy",
            "np.random",
            "numpy.random",
            "rng",
        ):
            method = False
        base = (
            node.func.value
            if method and isinstance(node.func, ast.Attribute)
            else node.args[0]
            if node.args
            else None
        )
        if base is None:
            return None
        if name in _KEEPS:
            # `drop` of rows, `reset_index` and the rest keep the order of what stays; which stay is not compared.
            rows = (
                name == "drop"
                and not any(k.arg in ("columns", "axis") for k in node.keywords)
                and len(node.args) < 2
            )
            return None if rows else self.order(base)
        if name == "sort_values" or (name in ("sort", "sorted") and not method):
            return self._stepped(base, node)
        if (
            name == "sample"
            and method
            and any(k.arg == "frac" and ast.unparse(k.value) in ("1", "1.0") for k in node.keywords)
        ):
            return self._stepped(base, node)
        return self._stepped(base, node) if name in ("permutation", "permuted") and not method else None

    def _subscript(self, node: ast.Subscript) -> _Order | None:
        base = node.value
        by = node.slice
        if isinstance(base, ast.Attribute) and base.attr in ("loc", "iloc"):
            base = base.value
            by = by.elts[0] if isinstance(by, ast.Tuple) and by.elts else by
            if isinstance(by, ast.Attribute) and by.attr == "index":
                return self.order(by.value)  # the rows of another table, in its order
        elif isinstance(by, ast.Tuple) and by.elts and isinstance(by.elts[0], ast.Slice):
            return (
                self.order(base)
                if by.elts[0].lower is None and by.elts[0].upper is None and by.elts[0].step is None
                else None
            )
        if isinstance(by, ast.List) or (isinstance(by, ast.Constant) and isinstance(by.value, str)):
            return self.order(base)
        if isinstance(by, ast.Slice):
            whole = by.lower is None and by.upper is None
            turned = whole and by.step is not None and ast.unparse(by.step) == "-1"
            found = self.order(base)
            if found is None or not whole or (by.step is not None and not turned):
                return None
            return (
                replace(found, steps=(*found.steps, "[::-1]"), where=Where(self.cell, node.lineno))
                if turned
                else found
            )
        if not isinstance(by, (ast.Name, ast.Call, ast.Subscript)):
            return None
        found, taken = self.order(base), self.order(by)
        if found is None or taken is None or (isinstance(by, ast.Name) and by.id not in self.known):
            return None
        numbers = f"rows {taken.root}"
        return replace(
            found, steps=(*found.steps, numbers, *taken.steps), where=Where(self.cell, node.lineno)
        )

    def _paired(self, given: list[ast.expr]) -> Iterator[CheckFinding]:
        for x, y in pairwise(given):
            one, other = self.order(x), self.order(y)
            if one is None or other is None or one.steps == other.steps:
                continue
            if not self._same_rows(one, other):
                continue
            where = (
                other.where
                if len(other.steps) >= len(one.steps) and other.where
                else one.where or other.where
            )
            if where is None or where in self.done:
                continue
            self.done.add(where)
            # Answers that are drawn in another order by themselves show what chance gives: that may be meant.
            meant = not any(" #" in step for step in one.steps) and any(" #" in step for step in other.steps)
            yield CheckFinding(
                kind="labelnoise", where=where, confidence="low" if meant else "high", trail=(where,),
                evidence=f"`{ast.unparse(x)}` has its rows {_said(one)}, `{ast.unparse(y)}` {_said(other)}, and they are put side by side",
                fix="take both by the same row numbers, or from one table that is sorted as a whole",
            )  # fmt: skip

    def _same_rows(self, one: _Order, other: _Order) -> bool:
        """Whether both are the same rows, so that another order is another pairing."""
        if one.root == other.root and not any(s.startswith("rows ") for s in (*one.steps, *other.steps)):
            return True
        taken = [tuple(s for s in o.steps if s.startswith("rows ")) for o in (one, other)]
        return bool(taken[0]) and taken[0] == taken[1]


def _said(order: _Order) -> str:
    steps = [step.partition(" #")[0] for step in order.steps if not step.startswith("rows ")]
    taken = [step.partition(" ")[2] for step in order.steps if step.startswith("rows ")]
    base = f"by `{taken[-1]}`" if taken else "as they came"
    return f"{base}, then {', '.join(f'`{step}`' for step in steps)}" if steps else base
