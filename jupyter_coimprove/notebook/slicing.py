"""What becomes of shuffled rows: cut into complementary parts, taken whole, or walked through in batches."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.levels import tokens
from jupyter_coimprove.notebook.literals import literal
from jupyter_coimprove.notebook.scopes import path_of
from jupyter_coimprove.notebook.trees import calls, identifiers, last_name, of_kind, walk

#: ``parts``: cut in two or more; ``rows``: rows are taken by it; ``alone``: shuffled in place; ``none``.
Cut = Literal["parts", "rows", "alone", "none"]
_SPLITS = frozenset({"split", "array_split", "setdiff1d", "isin", "in1d", "difference"})


#: What becomes of shuffled rows shows in the next statements that use them.
_ONWARD = 40


def onward(flow: Flow, index: int) -> tuple[ast.stmt, ...]:
    """A statement and the next that depend on it."""
    mask = flow.after[index]
    later = (i for i in range(index + 1, len(flow.statements)) if mask >> i & 1)
    nodes = (flow.statements[i].node for i in itertools.islice(later, _ONWARD))
    defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return (flow.statements[index].node, *(node for node in nodes if not isinstance(node, defined)))


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The slices ``name[:a]`` and ``name[b:]``, with the names they are assigned to where they are."""

    name: str
    head: ast.Subscript | None
    tail: ast.Subscript | None
    assigned: tuple[tuple[str, ast.Slice], ...]


def cut(call: ast.Call, body: Sequence[ast.stmt]) -> Cut:
    """How the result of ``call`` (or what it shuffles in place) is used in the statements of ``body``."""
    alone = False
    name = ""
    for node in (n for part in body for n in walk(part)):
        if isinstance(node, ast.Assign) and _holds(node.value, call):
            if isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id
            elif isinstance(node.targets[0], (ast.Tuple, ast.List)):
                return "parts"
        elif isinstance(node, ast.Expr) and node.value is call and call.args:
            alone = True
            name = call.args[0].id if isinstance(call.args[0], ast.Name) else ""
        elif isinstance(node, ast.Subscript) and node.slice is call:
            return "rows"
    if not name:
        return "alone" if alone else "none"
    if parts_of(name, body).tail is not None:
        return "parts"
    for node in (call for part in body for call in calls(part)):
        function = last_name(node.func)
        if function in _SPLITS:
            handed = [*node.args, *(k.value for k in node.keywords)]
            if any(isinstance(a, ast.Name) and a.id == name for a in handed):
                return "parts"
    taken = any(
        any(n.id == name for n in identifiers(node.slice))
        for part in body
        for node in of_kind(part, ast.Subscript)
    )
    return "alone" if alone else "rows" if taken else "none"


def _holds(value: ast.expr, call: ast.Call) -> bool:
    """Whether an assigned value is the call, or what methods like ``.tolist()`` make of it."""
    while value is not call:
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            value = value.func.value
        elif isinstance(value, ast.Call) and len(value.args) == 1:
            value = value.args[0]
        else:
            return False
    return True


def parts_of(name: str, body: Sequence[ast.stmt]) -> Parts:
    """The complementary slices of ``name``: one from the start, one to the end (``tail`` None: it is not cut)."""
    head: ast.Subscript | None = None
    tail: ast.Subscript | None = None
    assigned: list[tuple[str, ast.Slice]] = []
    for node in (n for part in body for n in walk(part)):
        if isinstance(node, ast.Assign):
            assigned += _named(node, name)
        if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Slice):
            continue
        if not isinstance(node.value, ast.Name) or node.value.id != name or node.slice.step is not None:
            continue
        if node.slice.lower is None and node.slice.upper is not None:
            head = head or node
        elif node.slice.lower is not None and node.slice.upper is None:
            tail = tail or node
    return Parts(name=name, head=head, tail=tail if head is not None else None, assigned=tuple(assigned))


def _named(node: ast.Assign, name: str) -> list[tuple[str, ast.Slice]]:
    """``tr, te = idx[:n], idx[n:]`` and ``X_tr = X[idx[:n]]``: names that hold as many rows as a slice."""
    target, value = node.targets[0], node.value
    pairs = (
        list(zip(target.elts, value.elts, strict=True))
        if isinstance(target, ast.Tuple)
        and isinstance(value, ast.Tuple)
        and len(target.elts) == len(value.elts)
        else [(target, value)]
    )
    out = []
    for one, given in pairs:
        inner: ast.expr = given
        if isinstance(inner, ast.Subscript) and isinstance(inner.slice, ast.Subscript):
            inner = inner.slice
        if (
            isinstance(one, ast.Name) and isinstance(inner, ast.Subscript) and isinstance(inner.slice, ast.Slice)
            and isinstance(inner.value, ast.Name) and inner.value.id == name
        ):  # fmt: skip
            out.append((one.id, inner.slice))
    return out


def role(name: str) -> Literal["train", "test", ""]:
    """Which part of the data a variable of this name holds."""
    words = tokens(name) | set(re.findall(r"(?:^|(?<=[Xxy]))(tr|te|train|test)$", name))
    if words & {"train", "tr", "training", "trn", "fit", "labeled", "labelled"}:
        return "train"
    return "test" if words & {"test", "te", "tst", "testing", "holdout", "heldout", "eval", "oob"} else ""


def by_slices(
    call: ast.Call,
    targets: ast.expr | None,
    body: Sequence[ast.stmt],
    values: Mapping[str, object],
    around: Sequence[ast.stmt],
) -> tuple[str | None, str | None, float | None]:
    """(train size, test size, ratio) of rows that are shuffled and then cut by slices.

    The sizes are expressions of the names that hold the parts, told apart by what they are called, else the
    first is taken to be trained on. ``around`` is where their bounds are computed. The ratio is read from a share (``int(0.8 * len(rows))``).
    """
    if isinstance(targets, ast.Name):
        name = targets.id
    elif call.args and isinstance(call.args[0], ast.Name):
        name = call.args[0].id
    else:
        name = ""
    if (frac := _share_of_sample(call)) is not None and isinstance(targets, ast.Name) and frac < 1:
        rest = _dropped(targets.id, body)
        sizes = (f"len({targets.id})", f"len({rest})") if rest else (None, None)
        return *sizes, (1 - frac) / frac
    parts = [parts_of(held, body) for held in (name, *_taken_by(name, body))] if name else []
    found = next((p for p in parts if p.tail is not None), None)
    if found is None:
        return None, None, None
    heads = [n for n, s in found.assigned if s.lower is None]
    tails = [n for n, s in found.assigned if s.upper is None and s.lower is not None]
    both = [n for n, _ in found.assigned]
    train = next((n for n in both if role(n) == "train"), None)
    test = next((n for n in both if role(n) == "test"), None)
    others = [
        n for n in [*tails, *heads] if n not in (train, test) and not tokens(n) & {"val", "valid", "dev"}
    ]
    if train is None and test is None:
        train, test = next(iter(heads), None), next(iter(tails), None)
    else:
        train, test = train or next(iter(others), None), test or next(iter(others), None)
    ratio = _ratio_of(found, heads, around, values)
    if train is None or test is None:
        return None, None, ratio
    return f"len({train})", f"len({test})", ratio


def _ratio_of(
    found: Parts, heads: Sequence[str], body: Sequence[ast.stmt], values: Mapping[str, object]
) -> float | None:
    """n_test / n_train of two parts that meet at one bound, where that is a share of the rows."""
    first = found.head.slice if found.head is not None else None
    last = found.tail.slice if found.tail is not None else None
    if not isinstance(first, ast.Slice) or not isinstance(last, ast.Slice):
        return None
    if first.upper is None or last.lower is None or ast.dump(first.upper) != ast.dump(last.lower):
        return None
    share = _share(first.upper, body, values, 0)
    if share is None or not 0 < share < 1:
        return None
    train = share if not heads or role(heads[0]) != "test" else 1 - share
    return (1 - train) / train


def _share_of_sample(call: ast.Call) -> float | None:
    frac = next((k.value for k in call.keywords if k.arg == "frac"), None)
    value = literal(frac) if frac is not None else None
    return float(value) if isinstance(value, (int, float)) and 0 < value <= 1 else None


def _dropped(name: str, body: Sequence[ast.stmt]) -> str | None:
    """``test`` of ``test = df.drop(train.index)``."""
    for node in (n for part in body for n in walk(part)):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            reads = {path_of(n) for n in walk(node.value) if isinstance(n, ast.Attribute)}
            if f"{name}.index" in reads:
                return node.targets[0].id
    return None


def _taken_by(name: str, body: Sequence[ast.stmt]) -> list[str]:
    """Names of what is put in the shuffled order: ``X = X[perm]``."""
    out = []
    for node in (n for part in body for n in walk(part)):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            for inner in walk(node.value):
                if isinstance(inner, ast.Subscript) and any(
                    isinstance(n, ast.Name) and n.id == name for n in walk(inner.slice)
                ):
                    out.append(node.targets[0].id)
        elif (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Tuple)
            and isinstance(node.value, ast.Tuple)
        ):
            for target, value in zip(node.targets[0].elts, node.value.elts, strict=False):
                if (
                    isinstance(target, ast.Name)
                    and isinstance(value, ast.Subscript)
                    and path_of(value.slice) == name
                ):
                    out.append(target.id)
    return [n for n in dict.fromkeys(out) if n != name]


def _share(node: ast.expr, body: Sequence[ast.stmt], values: Mapping[str, object], deep: int) -> float | None:
    """The share that a bound stands for; a name nobody knows the number of is taken as the whole (1)."""
    value = literal(node)
    if isinstance(value, (int, float)):
        return float(value)
    path = path_of(node)
    if path is not None:
        known = values.get(path)
        if isinstance(known, (int, float)) and not isinstance(known, bool):
            return float(known)
        for part in (n for p in body for n in walk(p)):
            if isinstance(part, ast.Assign) and path_of(part.targets[0]) == path and deep < 4:
                return _share(part.value, body, values, deep + 1)
        return 1.0
    if isinstance(node, ast.Call):
        function = getattr(node.func, "id", "")
        return (
            _share(node.args[0], body, values, deep + 1)
            if function in ("int", "round", "floor") and node.args
            else 1.0
        )
    if isinstance(node, ast.Subscript):
        return 1.0
    if isinstance(node, ast.BinOp):
        left, right = _share(node.left, body, values, deep + 1), _share(node.right, body, values, deep + 1)
        if left is None or right is None:
            return None
        if isinstance(node.op, ast.Mult):
            return left * right
        if isinstance(node.op, (ast.Div, ast.FloorDiv)) and right:
            return left / right
        return (
            left - right
            if isinstance(node.op, ast.Sub)
            else left + right
            if isinstance(node.op, ast.Add)
            else None
        )
    return None
