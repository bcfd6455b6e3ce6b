"""How a notebook shows its own items: the calls that draw, print or display one, with the item taken out.

Found by dataflow: an item is ``A[i]``, ``A.iloc[i]``, a loop's variable over ``A``, a batch of a loader, or what a function
of the notebook's was given of these. What is left is an expression over ``_item`` (one item as ``A`` has it), ``_rows``
(one item, kept as a part of ``A``) or ``_at`` (its number), which is evaluated for other items after the last cell.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from jupyter_coimprove.activities.cases.unfolding import stable
from jupyter_coimprove.notebook.generators import dotted, imports
from jupyter_coimprove.notebook.trees import last_name

#: Names that stand for what is shown; ``_ax`` for axes of its own.
ITEM, ROWS, AT, AXES = "_item", "_rows", "_at", "_ax"
#: Functions that call functions are followed so deep; so many ways are tried.
DEPTH, MOST = 3, 12
_DRAWS = frozenset({"imshow", "matshow", "pcolormesh", "plot", "stem", "specgram"})
#: What is asked of all of them has no items.
_ASKED = frozenset({"shape", "columns", "index", "dtypes", "size", "names", "T", "coef_", "classes_"})
#: They say how it looks, not what is shown.
_STYLE = frozenset({"cmap", "figsize", "size", "scale", "dpi", "width", "height", "vmin", "vmax"})
_PARTS = frozenset({"head", "tail", "sample"})
_AROUND = frozenset({"tqdm", "list", "iter", "next"})


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way of showing. ``kind`` is ``draw`` (a figure), ``call`` (a function of the notebook's that shows),
    ``value`` (what is displayed) or ``print``. ``over`` is what the item was taken of (empty: batches of a loader);
    ``cell`` counts from 1."""

    kind: str
    code: str
    over: str
    cell: int

    def as_dict(self) -> dict[str, str]:
        return {"kind": self.kind, "code": self.code, "over": self.over, "cell": str(self.cell)}


@dataclass(frozen=True, kw_only=True)
class _Part:
    """An expression over the markers, and what they were taken of."""

    node: ast.expr
    over: str


#: What names stand for inside; None is what nothing outside gives.
_Env = dict[str, "_Part | ast.expr | None"]


def ways(sources: Mapping[int, str], features: str) -> tuple[Way, ...]:
    """The likeliest first: of the features themselves, then of what they come from, then of anything.

    ``sources`` are the code cells as plain Python, by index; ``features`` is the expression of the test items.
    """
    trees = {cell: tree for cell, source in sorted(sources.items()) if (tree := _parsed(source)) is not None}
    finder = _Finder(trees)
    found = [way for cell, tree in trees.items() for way in finder.cell(tree, cell + 1)]
    kin = _kin(trees, _roots(features))
    kinds = ("call", "draw", "value", "print")

    def near(way: Way) -> int:
        return 0 if way.over == features else 1 if not way.over or _roots(way.over) & kin else 2

    def rank(pair: tuple[int, Way]) -> tuple[int, int, int]:
        return near(pair[1]), kinds.index(pair[1].kind), -pair[0]

    ordered = [way for _, way in sorted(enumerate(found), key=rank)]
    # Another item at the same number is another item: a call by number shows the features alone. What is nothing of the
    # features' is a way for pictures alone, whose shape tells whether it is.
    kept = [
        way for way in ordered
        if (AT not in _roots(way.code) or way.over == features) and (near(way) < 2 or ".imshow(" in way.code)
    ]  # fmt: skip
    return tuple({(way.kind, way.code, way.over): way for way in reversed(kept)}.values())[::-1][:MOST]


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except SyntaxError:
        return None


def _roots(text: str) -> set[str]:
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError:
        return set()
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _kin(trees: Mapping[int, ast.Module], names: set[str]) -> set[str]:
    """The names that these were made of, and those made of the same."""
    made: list[tuple[set[str], set[str]]] = []
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                targets = {n.id for t in node.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
                called = {n.func.id for n in ast.walk(node.value) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}  # fmt: skip
                used = {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)} - called
                made.append((targets, used))
    modules = set(imports(s for tree in trees.values() for s in tree.body))
    above = set(names)
    while more := {u for targets, used in made if targets & above for u in used} - above - modules:
        above |= more
    kin = set(above)
    while more := {t for targets, used in made if used & kin for t in targets} - kin:
        kin |= more
    return kin


class _Finder:
    def __init__(self, trees: Mapping[int, ast.Module]) -> None:
        self.functions = {
            node.name: node for tree in trees.values() for node in tree.body if isinstance(node, ast.FunctionDef)
        }  # fmt: skip
        self.names = imports(s for tree in trees.values() for s in tree.body)

    def cell(self, tree: ast.Module, number: int) -> Iterator[Way]:
        yield from self._body(tree.body, {}, number, DEPTH)
        last = tree.body[-1] if tree.body else None
        if isinstance(last, ast.Expr):
            yield from self._value(last.value, {}, number)

    def _body(self, body: Sequence[ast.stmt], env: _Env, cell: int, depth: int) -> Iterator[Way]:
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                continue
            inner = env
            if isinstance(node, ast.For):
                inner = env | self._looped(node.target, node.iter, env)
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    yield from self._calls(child, inner, cell, depth)
            for field in ("body", "orelse", "finalbody"):
                parts = [one for one in getattr(node, field, ()) if isinstance(one, ast.stmt)]
                yield from self._body(parts, inner, cell, depth)
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                self._bind(node.targets[0], node.value, env, depth < DEPTH)

    def _bind(self, target: ast.expr, value: ast.expr, env: _Env, local: bool) -> None:
        if isinstance(target, ast.Name):
            part = self._part(value, env)
            if part is not None:
                env[target.id] = part
            elif local or target.id in env:
                env[target.id] = value if isinstance(value, ast.Constant) else None
        elif isinstance(target, ast.Tuple) and target.elts and isinstance(target.elts[0], ast.Name):
            first = target.elts[0].id
            if isinstance(value, ast.Call) and last_name(value.func) == "next":
                env[first] = _Part(node=_name(ROWS), over="")
            elif isinstance(value, ast.Subscript) and _listed(value.value) and not isinstance(value.slice, ast.Slice):  # fmt: skip
                env[first] = _Part(node=_name(ITEM), over="")

    def _looped(self, target: ast.expr, over: ast.expr, env: _Env) -> _Env:
        """What a loop's names are: items of what it goes over, by ``zip`` and ``enumerate`` too."""
        out: _Env = {node.id: None for node in ast.walk(target) if isinstance(node, ast.Name)}
        if isinstance(over, ast.Call) and over.args:
            name = last_name(over.func)
            if name == "enumerate" and isinstance(target, ast.Tuple) and len(target.elts) == 2:
                return out | self._looped(target.elts[1], over.args[0], env)
            if name == "zip" and isinstance(target, ast.Tuple) and len(target.elts) == len(over.args):
                for one, part in zip(target.elts, over.args, strict=True):
                    out |= self._looped(one, part, env)
                return out
            if name in _AROUND:
                return out | self._looped(target, over.args[0], env)
            if name == "range":
                return {}
        if isinstance(target, ast.Tuple) and target.elts and isinstance(target.elts[0], ast.Name):
            if _listed(over):
                out[target.elts[0].id] = _Part(node=_name(ROWS), over="")
        elif isinstance(target, ast.Name):
            whole = (
                over.value if isinstance(over, ast.Subscript) and isinstance(over.slice, ast.Slice) else over
            )
            known = env.get(whole.id) if isinstance(whole, ast.Name) else None
            if isinstance(known, _Part):
                out[target.id] = _Part(node=_name(ITEM), over=known.over) if _is(known, ROWS) else None
            elif _listed(whole) and not (isinstance(whole, ast.Name) and whole.id in env):
                out[target.id] = _Part(node=_name(ITEM), over=ast.unparse(whole))
        return out

    def _calls(self, node: ast.expr, env: _Env, cell: int, depth: int) -> Iterator[Way]:
        for call in ast.walk(node):
            if not isinstance(call, ast.Call):
                continue
            name = last_name(call.func)
            if isinstance(call.func, ast.Attribute) and name in _DRAWS and call.args:
                yield from self._drawn(call, env, cell)
            elif isinstance(call.func, ast.Name) and name in ("display", "print") and call.args:
                for argument in call.args:
                    if name == "display":
                        yield from self._value(argument, env, cell)
                    elif (part := self._part(argument, env)) is not None and _is(part, ITEM):
                        yield Way(kind="print", code=ITEM, over=part.over, cell=cell)
            elif isinstance(call.func, ast.Name) and name in self.functions and depth:
                yield from self._called(call, self.functions[name], env, cell, depth)

    def _drawn(self, call: ast.Call, env: _Env, cell: int) -> Iterator[Way]:
        part = self._part(call.args[0], env)
        if part is None or not isinstance(call.func, ast.Attribute) or not _has(part.node, ITEM):
            return
        pyplot = dotted(call.func, self.names).startswith("matplotlib.pyplot")
        keywords = [k for word in call.keywords if word.arg and (k := _keyword(word, env)) is not None]
        rest = [a for a in call.args[1:] if isinstance(a, ast.Constant)]
        made = ast.Call(
            func=call.func if pyplot else ast.Attribute(value=_name(AXES), attr=call.func.attr, ctx=ast.Load()),
            args=[part.node, *rest], keywords=keywords,
        )  # fmt: skip
        yield Way(kind="draw", code=ast.unparse(made), over=part.over, cell=cell)

    def _value(self, node: ast.expr, env: _Env, cell: int) -> Iterator[Way]:
        if isinstance(node, ast.Call):
            name = last_name(node.func)
            if name in _DRAWS or name in ("display", "print") or name in self.functions:
                return
        part = self._part(node, env)
        if part is not None:
            yield Way(kind="value", code=ast.unparse(part.node), over=part.over, cell=cell)

    def _called(self, call: ast.Call, function: ast.FunctionDef, env: _Env, cell: int, depth: int) -> Iterator[Way]:  # fmt: skip
        """What a function of the notebook's draws of what it is given; then the whole call is a way as well."""
        spec = function.args
        names = [one.arg for one in (*spec.posonlyargs, *spec.args)]
        given = dict(zip(names, call.args, strict=False)) | {k.arg: k.value for k in call.keywords if k.arg}
        inner: _Env = dict.fromkeys([*names, *(one.arg for one in spec.kwonlyargs)])
        inner |= dict(zip(reversed(names), reversed(spec.defaults), strict=False))
        for name, value in given.items():
            part = self._part(value, env, whole=True)
            inner[name] = part if part is not None else value if isinstance(value, ast.Constant) else None
        numbers = {name for name, value in given.items() if _number(value)}
        before = {name: inner[name] for name in inner}
        found = [way for way in self._body(function.body, dict(inner), cell, depth - 1) if way.kind != "call"]
        drawn = [way for way in found if way.kind == "draw"]
        for way in drawn[:1]:
            whole = copy.deepcopy(call)
            parts = [before.get(name) for name in names[: len(call.args)]]
            taken = False
            for place, known in enumerate(parts):
                if isinstance(known, _Part) and known.over == way.over:
                    whole.args[place] = known.node
                    taken = True
            by_number = [
                place for place, name in enumerate(names[: len(call.args)])
                if name in numbers and _indexed(function, name, way.over)
            ]  # fmt: skip
            if not taken and by_number:
                whole.args[by_number[0]] = _name(AT)
            # Another argument that is of one item (its label) would be of another one than is shown.
            others = [one for one in whole.args if not _has(one, ITEM, ROWS, AT)]
            words = [
                k for k in whole.keywords if not isinstance(k.value, ast.Constant) or k.arg not in _STYLE
            ]
            if (taken or by_number) and not others and not words:
                yield Way(kind="call", code=ast.unparse(whole), over=way.over, cell=cell)
        yield from found

    def _part(self, node: ast.expr, env: _Env, *, whole: bool = False) -> _Part | None:
        """The expression with its one item taken out; None where it has none, or names that mean nothing outside.

        ``whole``: a name or a slice is the items themselves, of which one is enough.
        """
        if whole and isinstance(node, (ast.Name, ast.Attribute)) and _listed(node):
            known = env.get(node.id) if isinstance(node, ast.Name) else None
            if isinstance(known, _Part):
                return known
            if isinstance(node, ast.Name) and node.id in env:
                return None
            return _Part(node=_name(ROWS), over=ast.unparse(node))
        taking = _Taking(env)
        made: ast.expr = taking.visit(copy.deepcopy(node))
        if len(taking.overs) != 1 or taking.lost or len(ast.unparse(made)) > 300:
            return None
        return _Part(node=made, over=next(iter(taking.overs)))


class _Taking(ast.NodeTransformer):
    """Puts the markers where an expression takes an item."""

    def __init__(self, env: _Env) -> None:
        self.env, self.overs, self.lost = env, set[str](), False
        #: Of which number: what takes two items shows no single one.
        self.taken = set[str]()

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self.env:
            return node
        known = self.env[node.id]
        if isinstance(known, _Part):
            self.overs.add(known.over)
            return copy.deepcopy(known.node)
        self.lost = self.lost or known is None
        return known if known is not None else node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        base, by = node.value, node.slice
        if isinstance(base, ast.Attribute) and base.attr in ("iloc", "loc", "values"):
            base = base.value
        known = self.env.get(base.id) if isinstance(base, ast.Name) else None
        if isinstance(base, ast.Name) and base.id in self.env and not isinstance(known, _Part):
            self.lost = True
            return node
        if isinstance(known, _Part) and not _is(known, ROWS):
            return self.generic_visit(node)  # type: ignore[return-value]
        if not isinstance(known, _Part) and not _listed(base):
            return self.generic_visit(node)  # type: ignore[return-value]
        first = by.elts[0] if isinstance(by, ast.Tuple) and by.elts else by
        if isinstance(first, ast.Constant) and not isinstance(first.value, int):
            return self.generic_visit(node)  # type: ignore[return-value]
        over = known.over if isinstance(known, _Part) else ast.unparse(base)
        self.overs.add(over)
        self.taken.add(ast.dump(first))
        self.lost = self.lost or len(self.taken) > 1
        if isinstance(first, (ast.Slice, ast.List)):
            return _name(ROWS)
        if isinstance(by, ast.Tuple) and len(by.elts) > 1:
            rest = by.elts[1] if len(by.elts) == 2 else ast.Tuple(elts=by.elts[1:], ctx=ast.Load())
            return ast.Subscript(value=_name(ITEM), slice=rest, ctx=ast.Load())
        return _name(ITEM)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        func = node.func
        if isinstance(func, ast.Attribute) and func.attr in _PARTS and _listed(func.value):
            root = next(n for n in ast.walk(func.value) if isinstance(n, (ast.Name, ast.Constant)))
            if isinstance(root, ast.Name) and root.id not in self.env:
                self.overs.add(ast.unparse(func.value))
                return _name(ROWS)
        return self.generic_visit(node)  # type: ignore[return-value]


def _listed(node: ast.expr) -> bool:
    """Whether it may be a collection of items: the same whenever it is asked, and nothing asked of them all."""
    return stable(node) and not (isinstance(node, ast.Attribute) and node.attr in _ASKED)


def _name(word: str) -> ast.Name:
    return ast.Name(id=word, ctx=ast.Load())


def _is(part: _Part, marker: str) -> bool:
    return isinstance(part.node, ast.Name) and part.node.id == marker


def _has(node: ast.expr, *markers: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id in markers for n in ast.walk(node))


def _number(node: ast.expr) -> bool:
    return isinstance(node, (ast.Name, ast.Subscript)) or (
        isinstance(node, ast.Constant) and isinstance(node.value, int)
    )


def _indexed(function: ast.FunctionDef, name: str, over: str) -> bool:
    """Whether the function takes ``over[name]``."""
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript):
            base = node.value
            if isinstance(base, ast.Attribute) and base.attr in ("iloc", "values"):
                base = base.value
            first = (
                node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
            )
            if ast.unparse(base) == over and isinstance(first, ast.Name) and first.id == name:
                return True
    return False


def _keyword(word: ast.keyword, env: _Env) -> ast.keyword | None:
    """A keyword whose value means the same outside; None where it does not."""
    value = env.get(word.value.id) if isinstance(word.value, ast.Name) else word.value
    if isinstance(value, ast.Constant):
        return ast.keyword(arg=word.arg, value=value)
    return None
