"""What a call of the notebook's own function compares, told in names that hold after the last cell.

A function's parameters are what they were given, its locals what they were made of, as far as that only derives
one thing from another. What it builds or trains itself is known where it is returned to a name, and else not at all.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from jupyter_coimprove.notebook.trees import last_name

#: How deep functions that call functions are followed, and how large an expression may grow.
DEPTH, LONGEST = 3, 400
#: Calls that give another thing each time, or a model that nothing has trained.
_OPAQUE = (
    "rand",
    "perm",
    "shuffle",
    "sample",
    "choice",
    "fit",
    "train",
    "load",
    "open",
    "next",
    "iter",
    "input",
)
#: What goes round an iterable and gives its items as they are.
_AROUND = ("tqdm", "trange", "track", "progress_bar")
_FITS = frozenset({"fit", "fit_transform"})
_TRAINS = frozenset({"partial_fit", "backward", "step", "train_on_batch", "minimize", "apply_gradients"})
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)

Known = Mapping[str, ast.expr | None]


@dataclass(frozen=True, kw_only=True)
class Told:
    """A node as it stands in the notebook's last state; ``batches`` is ``for … in …`` where it holds for each of them,
    ``of`` are the names that it binds."""

    node: ast.expr
    batches: str = ""
    of: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class _Scope:
    """``known`` are names that mean something else outside: None is what nothing outside gives. ``free`` names stay."""

    functions: Mapping[str, ast.FunctionDef]
    depth: int = DEPTH
    batches: str = ""
    of: frozenset[str] = frozenset()


def unfolded(
    call: ast.Call, target: ast.expr | None, functions: Mapping[str, ast.FunctionDef]
) -> Iterator[Told]:
    """Every expression of the function that a top-level ``target = call`` calls, outermost functions last."""
    yield from _call(call, target, {}, _Scope(functions=functions))


def looped(loop: ast.For, functions: Mapping[str, ast.FunctionDef]) -> Iterator[Told]:
    """Every expression of a top-level loop over batches: of each, not of the last one alone."""
    yield from _loop(loop, {}, _Scope(functions=functions))


def batched(told: ast.GeneratorExp | ast.ListComp) -> Iterator[Told]:
    """The same of ``sum(… for x, y in loader)``."""
    yield from _comprehension(told, {}, _Scope(functions={}))


def over_batches(loop: ast.For | ast.comprehension) -> bool:
    """Whether a loop goes over pairs that an iterable of the notebook's gives, as loaders do, and trains nothing."""
    return _pairs(loop) and not _calls(loop, {*_FITS, *_TRAINS})


def trains_on_batches(loop: ast.For | ast.comprehension) -> bool:
    """Whether a network learns from each of its batches: what its names hold afterwards is one of those."""
    return _pairs(loop) and _calls(loop, _TRAINS)


def _pairs(loop: ast.For | ast.comprehension) -> bool:
    target, over = _plain(loop)
    return isinstance(target, ast.Tuple) and stable(over) and not isinstance(over, ast.Constant)


def _calls(node: ast.AST, names: Collection[str]) -> bool:
    return any(isinstance(call, ast.Call) and last_name(call.func) in names for call in ast.walk(node))


def _call(call: ast.Call, target: ast.expr | None, known: Known, scope: _Scope) -> Iterator[Told]:
    function = scope.functions.get(last_name(call.func)) if isinstance(call.func, ast.Name) else None
    if function is None or scope.depth == 0 or any(isinstance(arg, ast.Starred) for arg in call.args):
        return
    inner = _parameters(function, call, known)
    inner.update({name: None for name in _bound(function) if name not in inner})
    for name, outside in _returned(function, target):
        if inner.get(name) is None:
            inner[name] = outside
    fixed = frozenset(name for name, _ in _returned(function, target))
    yield from _body(function.body, inner, replace(scope, depth=scope.depth - 1), fixed)


def _parameters(function: ast.FunctionDef, call: ast.Call, known: Known) -> dict[str, ast.expr | None]:
    spec = function.args
    names = [arg.arg for arg in (*spec.posonlyargs, *spec.args)]
    given: dict[str, ast.expr | None] = dict(zip(reversed(names), reversed(spec.defaults), strict=False))
    given |= {arg.arg: value for arg, value in zip(spec.kwonlyargs, spec.kw_defaults, strict=True)}
    given |= dict(zip(names, call.args, strict=False)) | {
        key.arg: key.value for key in call.keywords if key.arg
    }
    out: dict[str, ast.expr | None] = {}
    for name in [*names, *(arg.arg for arg in spec.kwonlyargs)]:
        value = given.get(name)
        put = _put(value, known) if value is not None else None
        # A model that is built in the call is not there afterwards.
        out[name] = put if put is not None and stable(put) else None
    return out


def _bound(function: ast.FunctionDef) -> set[str]:
    outer = {
        name
        for node in ast.walk(function)
        if isinstance(node, (ast.Global, ast.Nonlocal))
        for name in node.names
    }
    return {
        node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    } - outer  # fmt: skip


def _returned(function: ast.FunctionDef, target: ast.expr | None) -> list[tuple[str, ast.expr]]:
    """Locals that the last ``return`` gives to names outside."""
    ends = [node for node in function.body if isinstance(node, ast.Return) and node.value is not None]
    if not ends or target is None:
        return []
    value = ends[-1].value
    pairs = [(value, target)]
    if isinstance(value, ast.Tuple) and isinstance(target, ast.Tuple) and len(value.elts) == len(target.elts):
        pairs = list(zip(value.elts, target.elts, strict=True))
    return [
        (a.id, ast.Name(id=b.id, ctx=ast.Load()))
        for a, b in pairs
        if isinstance(a, ast.Name) and isinstance(b, ast.Name)
    ]


def _body(body: Sequence[ast.stmt], known: dict[str, ast.expr | None], scope: _Scope, fixed: frozenset[str] = frozenset()) -> Iterator[Told]:  # fmt: skip
    """Statement by statement; ``known`` grows. ``fixed`` names are known by what they are returned to."""
    for node in body:
        if isinstance(node, _SCOPES):
            continue
        if isinstance(node, ast.For):
            yield from _loop(node, known, scope, fixed)
            continue
        parts = [part for field in ("body", "orelse", "finalbody") for part in getattr(node, field, ())]
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.expr):
                yield from _expressions(part, node, known, scope)
        if parts:
            yield from _body(parts, known, scope, fixed)
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            _bind(node.targets[0], node.value, known, fixed)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            known[node.target.id] = None


def _bind(
    target: ast.expr, value: ast.expr, known: dict[str, ast.expr | None], fixed: frozenset[str]
) -> None:
    put = _put(value, known)
    clear = put is not None and not opaque(put)
    if isinstance(target, ast.Name) and target.id not in fixed:
        known[target.id] = put if clear else None
    elif isinstance(target, (ast.Tuple, ast.List)):
        for place, one in enumerate(target.elts):
            if isinstance(one, ast.Name) and one.id not in fixed:
                whole = isinstance(put, ast.Tuple) and len(put.elts) == len(target.elts)
                part = put.elts[place] if whole and isinstance(put, ast.Tuple) else ast.Subscript(
                    value=put or ast.Constant(value=None), slice=ast.Constant(value=place), ctx=ast.Load()
                )  # fmt: skip
                known[one.id] = part if clear else None


def _loop(loop: ast.For, known: dict[str, ast.expr | None], scope: _Scope, fixed: frozenset[str] = frozenset()) -> Iterator[Told]:  # fmt: skip
    inner, here = _within(loop, known, scope)
    yield from _body(loop.body, inner, here, fixed | here.of)
    # What a loop has bound is there after it, of its last round alone.
    known.update({name: None for name in inner if inner[name] is not known.get(name)})


def _within(
    loop: ast.For | ast.comprehension, known: Known, scope: _Scope
) -> tuple[dict[str, ast.expr | None], _Scope]:
    """What is known inside a loop: over batches its own names are, of any other loop they are nothing."""
    names = [node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)]
    inner = dict(known)
    target, iterable = _plain(loop)
    over = _put(iterable, known)
    if over_batches(loop) and over is not None and stable(over) and not scope.batches:
        of = [node.id for node in ast.walk(target) if isinstance(node, ast.Name)]
        inner |= dict.fromkeys(names, None) | {name: ast.Name(id=name, ctx=ast.Load()) for name in of}
        text = f"for {ast.unparse(target)} in {ast.unparse(over)}"
        return inner, replace(scope, batches=text, of=frozenset(of))
    return inner | dict.fromkeys(names, None), scope


def _comprehension(told: ast.GeneratorExp | ast.ListComp, known: Known, scope: _Scope) -> Iterator[Told]:
    if len(told.generators) == 1 and not told.generators[0].ifs:
        inner, here = _within(told.generators[0], known, scope)
        yield from _expressions(told.elt, None, inner, here)


def _expressions(node: ast.expr, statement: ast.stmt | None, known: Known, scope: _Scope) -> Iterator[Told]:
    """Inner ones first: each call and comparison as it is outside, and what a call of ours compares in turn."""
    if isinstance(node, _SCOPES):
        return
    if isinstance(node, (ast.GeneratorExp, ast.ListComp)):
        yield from _comprehension(node, known, scope)
        return
    for part in ast.iter_child_nodes(node):
        if isinstance(part, (ast.expr, ast.keyword)):
            inner = part.value if isinstance(part, ast.keyword) else part
            yield from _expressions(inner, None, known, scope)
    if isinstance(node, ast.Call):
        target = (
            statement.targets[0] if isinstance(statement, ast.Assign) and statement.value is node else None
        )
        yield from _call(node, target, known, scope)
    if isinstance(node, (ast.Call, ast.Compare)):
        put = _put(node, known)
        if put is not None:
            yield Told(node=put, batches=scope.batches, of=scope.of)


class _Putting(ast.NodeTransformer):
    def __init__(self, known: Known) -> None:
        self.known, self.lost = known, False

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self.known:
            return node
        found = self.known[node.id]
        self.lost = self.lost or found is None
        return copy.deepcopy(found) if found is not None else node


def _put(node: ast.expr, known: Known) -> ast.expr | None:
    """The expression with what its names mean outside; None where one of them means nothing there, or it grows too long."""
    putting = _Putting(known)
    made: ast.expr = putting.visit(copy.deepcopy(node))
    return None if putting.lost or len(ast.unparse(made)) > LONGEST else made


def opaque(node: ast.expr) -> bool:
    """Whether it builds or trains something, or draws: asked again it would be another thing."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            name = last_name(call.func)
            if name[:1].isupper() or any(
                name.lower().startswith(word) or name.lower().endswith(word) for word in _OPAQUE
            ):
                return True
    return False


def stable(node: ast.expr) -> bool:
    """A name, a part of one, or a constant: the same thing whenever it is asked."""
    if isinstance(node, ast.Subscript):
        return stable(node.value) and stable(node.slice)
    return (
        stable(node.value) if isinstance(node, ast.Attribute) else isinstance(node, (ast.Name, ast.Constant))
    )


def _plain(loop: ast.For | ast.comprehension) -> tuple[ast.expr, ast.expr]:
    """``x, y`` and ``loader`` of ``for i, (x, y) in enumerate(tqdm(loader))``."""
    target, over = loop.target, loop.iter
    while isinstance(over, ast.Call) and over.args and last_name(over.func) in (*_AROUND, "enumerate"):
        if last_name(over.func) == "enumerate":
            if not isinstance(target, ast.Tuple) or len(target.elts) != 2:
                break
            target = target.elts[1]
        over = over.args[0]
    return target, over
