"""Series left in the namespace: lists that loops fill, by position, key or column, and who returns them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from jupyter_coimprove.notebook.bodies import OwnFunction, own_nodes
from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.literals import MISSING, literal
from jupyter_coimprove.notebook.metrics import direction
from jupyter_coimprove.notebook.trees import busy, last_name, walk

Form = Literal["list", "tuples", "dicts", "mapping", "frame", "array", "keras", "values"]
Over = Literal["epochs", "folds", "unknown"]
_FOLD_WORDS = ("fold", "split", "kf.", "skf", "cv.", "seed", "rep", "run", "trial", "boot")
_EPOCH_WORDS = ("epoch", "step", "iter", "it", "ep", "e", "t", "episode", "round")


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What a name holds: ``fields`` its entries (tuples), keys or columns, by what was put there.

    A field is (key or position, words that tell what it is). ``over`` is what the loop ran over.
    """

    form: Form
    fields: tuple[tuple[str, str], ...] = ()
    over: Over = "unknown"


@dataclass(frozen=True, kw_only=True)
class Series:
    """A series as an expression over the names after the last cell; ``words`` tell what it measures."""

    name: str
    expr: str
    words: str
    over: Over
    owner: str
    statement: int


def series_of(flow: Flow, functions: Mapping[str, OwnFunction]) -> list[Series]:
    """The series that top-level names hold in the end."""
    returned = {name: _returned(function) for name, function in functions.items()}
    nodes = [s.node for s in flow.statements]
    shapes = _shapes(nodes, returned)
    out: dict[str, Series] = {}
    last = {n: i for i, s in enumerate(flow.statements) for n in s.names.binds | s.changes}
    for name, shape in shapes.items():
        if not name.isidentifier() or name not in last:
            continue
        for one in _members(name, shape):
            out[one.expr] = replace(one, statement=last[name])
    for index, node in enumerate(nodes):
        for part in _outside(node):
            if (keras := _history(part)) is not None and keras[0] in last:
                expr = f"{keras[0]}.history[{keras[1]!r}]"
                out.setdefault(
                    expr,
                    Series(
                        name=expr, expr=expr, words=keras[1], over="epochs", owner=keras[0], statement=index
                    ),
                )
    return list(out.values())


def filled_in_order(flow: Flow) -> dict[str, str]:
    """Arrays that a loop over epochs (or stages of boosting) fills by index: their last entry counts."""
    out: dict[str, str] = {}
    for statement in flow.statements:
        if not isinstance(statement.node, (ast.For, ast.AsyncFor, ast.With, ast.If, ast.Try)):
            continue
        for node in (statement.node, *own_nodes(statement.node)):
            if not isinstance(node, (ast.For, ast.AsyncFor)):
                continue
            if loop_over(node) == "epochs" or "stage" in ast.unparse(node.iter):
                for part in own_nodes(node):
                    if isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Subscript):
                        owner = part.targets[0].value
                        if isinstance(owner, ast.Name):
                            out[owner.id] = "last"
    return out


def _outside(node: ast.stmt) -> Iterable[ast.AST]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return ()
    return own_nodes(node)


def _history(node: ast.AST) -> tuple[str, str] | None:
    """``h.history["val_acc"]``, as Keras keeps what ``fit`` saw."""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute):
        key = literal(node.slice)
        if node.value.attr == "history" and isinstance(node.value.value, ast.Name) and isinstance(key, str):
            return node.value.value.id, key
    return None


def _members(name: str, shape: Shape) -> Iterator[Series]:
    def one(label: str, expr: str, words: str) -> Series:
        return Series(name=label, expr=expr, words=words, over=shape.over, owner=name, statement=0)

    if shape.form in ("list", "values"):
        # The name of the list speaks first: what was put in may be called anything.
        said = [name, *(w for _, w in shape.fields)]
        yield one(name, name, next((w for w in said if direction(w) != "unknown"), name))
    for key, words in shape.fields:
        if shape.form == "tuples":
            yield one(f"{name}[*][{key}]", f"[row[{key}] for row in {name}]", words)
        elif shape.form == "array":
            yield one(f"{name}[:, {key}]", f"{name}[:, {key}]", words)
        elif shape.form == "dicts":
            yield one(f"{name}[*][{key!r}]", f"[row[{key!r}] for row in {name}]", key)
        elif shape.form in ("mapping", "frame"):
            yield one(f"{name}[{key!r}]", f"{name}[{key!r}]", key)


def _returned(function: OwnFunction) -> list[Shape | None] | None:
    """The shapes of what a function returns: one, or one a member of the tuple."""
    values = function.returned()
    if not values:
        return None
    shapes = _shapes(function.node.body, {})
    last = values[-1]
    members = list(last.elts) if isinstance(last, ast.Tuple) else [last]
    return [_shape_of(member, shapes, {}) for member in members]


def _shapes(body: Iterable[ast.stmt], returned: Mapping[str, list[Shape | None] | None]) -> dict[str, Shape]:
    """What the names of one scope hold, statement by statement."""
    shapes: dict[str, Shape] = {}
    empty: set[str] = set()
    for node, over in _in_order(body, "unknown"):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                _assign(target, node.value, shapes, empty, returned, over)
        elif isinstance(node, ast.Call):
            _append(node, shapes, empty, over)
    return shapes


def _in_order(body: Iterable[ast.AST], over: Over) -> Iterator[tuple[ast.AST, Over]]:
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        inner = over
        if isinstance(node, (ast.For, ast.AsyncFor)):
            inner = loop_over(node) if over == "unknown" else over
        elif isinstance(node, ast.While) and over == "unknown":
            inner = "epochs"
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.Call)):
            yield node, inner
        yield from _in_order(busy(node), inner)


def loop_over(node: ast.For | ast.AsyncFor) -> Over:
    """Whether a loop runs over folds (or seeds) or over epochs, by the words in its head."""
    target, source = ast.unparse(node.target).lower(), ast.unparse(node.iter).lower()
    if any(word in target or word in source for word in _FOLD_WORDS):
        return "folds"
    names = {n.id.lower() for n in walk(node.target) if isinstance(n, ast.Name)}
    counted = isinstance(node.iter, ast.Call) and last_name(node.iter.func) in ("range", "trange", "count")
    told = names & set(_EPOCH_WORDS) or "epoch" in source or "step" in source
    return "epochs" if told or counted else "unknown"


def _assign(
    target: ast.expr, value: ast.expr, shapes: dict[str, Shape], empty: set[str],
    returned: Mapping[str, list[Shape | None] | None], over: Over,
) -> None:  # fmt: skip
    if isinstance(target, (ast.Tuple, ast.List)):
        if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
            for one, other in zip(target.elts, value.elts, strict=True):
                _assign(one, other, shapes, empty, returned, over)
        elif isinstance(value, ast.Call):
            found = returned.get(last_name(value.func)) or []
            for one, shape in zip(target.elts, found, strict=False):
                if isinstance(one, ast.Name) and shape is not None:
                    shapes[one.id] = shape
        return
    path = _path(target)
    if path is None:
        return
    empty.discard(path)
    shapes.pop(path, None)
    if _is_empty(value):
        empty.add(path)
    elif (mapping := _empty_mapping(value)) is not None:
        empty.update(f"{path}.{key}" for key in mapping)
        empty.add(f"{path}.*")
    elif (shape := _shape_of(value, shapes, returned)) is not None:
        shapes[path] = shape


def _shape_of(
    value: ast.expr, shapes: Mapping[str, Shape], returned: Mapping[str, list[Shape | None] | None]
) -> Shape | None:
    """What an expression holds, from what is known of the names in it."""
    path = _path(value)
    if path is not None:
        return shapes.get(path)
    if isinstance(value, ast.ListComp):
        over: Over = "folds" if "seed" in ast.unparse(value.generators[0].target) else "unknown"
        words = ast.unparse(value.elt)
        return (
            Shape(form="values", fields=(("", words),), over=over)
            if isinstance(value.elt, ast.Call)
            else None
        )
    if not isinstance(value, ast.Call):
        return None
    name = last_name(value.func)
    if name in returned:
        found = returned[name]
        return found[0] if found and len(found) == 1 else None
    inner = shapes.get(_path(value.args[0]) or "") if value.args else None
    if inner is None:
        return None
    if name in ("DataFrame", "from_records", "from_dict"):
        columns = next((literal(k.value) for k in value.keywords if k.arg == "columns"), None)
        if inner.form == "tuples" and isinstance(columns, list) and len(columns) == len(inner.fields):
            return Shape(form="frame", fields=tuple((str(c), str(c)) for c in columns), over=inner.over)
        return replace(inner, form="frame") if inner.form in ("dicts", "mapping") else None
    if name in ("array", "asarray", "stack", "tensor", "as_tensor"):
        return replace(inner, form="array") if inner.form == "tuples" else inner
    return inner if name in ("list", "Series", "copy", "dict") else None


def _append(node: ast.Call, shapes: dict[str, Shape], empty: set[str], over: Over) -> None:
    """``curve.append(...)``, ``h["acc"].append(...)`` make a series of what started empty."""
    func = node.func
    if not (isinstance(func, ast.Attribute) and func.attr == "append" and len(node.args) == 1):
        return
    path = _path(func.value)
    if path is None:
        return
    owner, _, key = path.rpartition(".")
    entry = node.args[0]
    if path not in empty and not (owner and f"{owner}.*" in empty):
        return
    if owner:
        known = shapes.get(owner)
        fields = known.fields if known is not None and known.form == "mapping" else ()
        if key not in dict(fields):
            fields = (*fields, (key, key))
        shapes[owner] = Shape(form="mapping", fields=fields, over=over)
    elif isinstance(entry, ast.Tuple) or (isinstance(entry, ast.List) and entry.elts):
        fields = tuple((str(i), _words(e)) for i, e in enumerate(entry.elts))
        shapes[path] = Shape(form="tuples", fields=fields, over=over)
    elif (keys := _keys(entry)) is not None:
        shapes[path] = Shape(form="dicts", fields=tuple((k, k) for k in keys), over=over)
    elif not isinstance(entry, (ast.Constant, ast.JoinedStr, ast.Lambda)):
        shapes[path] = Shape(form="list", fields=(("", _words(entry)),), over=over)


def _words(entry: ast.expr) -> str:
    return ast.unparse(entry)


def _keys(entry: ast.expr) -> list[str] | None:
    if isinstance(entry, ast.Dict):
        keys = [literal(k) for k in entry.keys if k is not None]
        return [k for k in keys if isinstance(k, str)]
    if isinstance(entry, ast.Call) and getattr(entry.func, "id", "") == "dict" and not entry.args:
        return [k.arg for k in entry.keywords if k.arg]
    return None


def _is_empty(value: ast.expr) -> bool:
    if isinstance(value, ast.List):
        return not value.elts
    return (
        isinstance(value, ast.Call) and getattr(value.func, "id", "") in ("list", "deque") and not value.args
    )


def _empty_mapping(value: ast.expr) -> list[str] | None:
    """The keys of ``{"loss": [], "acc": []}``; none of ``defaultdict(list)`` and ``{}``."""
    if isinstance(value, ast.Dict):
        keys = [literal(k) for k in value.keys if k is not None]
        if all(_is_empty(v) for v in value.values):
            return [k for k in keys if isinstance(k, str)]
        return None
    if isinstance(value, ast.Call) and last_name(value.func) == "defaultdict":
        return []
    if isinstance(value, ast.DictComp) and _is_empty(value.value):
        return []
    return None


def _path(node: ast.expr) -> str | None:
    """``history.acc`` for ``history["acc"]``; None for what is no name or constant key of one."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        key = literal(node.slice)
        return f"{node.value.id}.{key}" if key is not MISSING and isinstance(key, str) else None
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
        return f"self.{node.attr}"
    return None
