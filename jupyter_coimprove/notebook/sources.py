"""Where a value in the code comes from: followed back through names, arguments, defaults and attributes."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.scopes import arguments, path_of
from jupyter_coimprove.notebook.trees import calls, children, identifiers, kinds, of_kind, walk
from jupyter_coimprove.notebook.units import Unit

Function = ast.FunctionDef | ast.AsyncFunctionDef
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
#: Assignments are followed back this far; longer chains are not what seeds go through.
_DEEP = 12
#: Calls that hand on what they are given.
_THROUGH = frozenset(
    {"int", "str", "float", "abs", "max", "min", "hash", "array", "asarray", "int32", "int64", "uint32"}
)
#: Calls whose last argument is what they give where nothing else is there.
_WITH_DEFAULT = frozenset({"get", "getenv", "getattr", "pop", "setdefault"})


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The body of a function while it runs for one call, with the scope that called it."""

    function: Function
    call: ast.Call | None = None
    outer: Scope | None = None
    owner: str = ""

    @property
    def depth(self) -> int:
        return 1 + (self.outer.depth if self.outer else 0)


@dataclass(frozen=True, kw_only=True)
class Code:
    """The notebook's own functions and classes, and those of the modules beside it."""

    functions: Mapping[str, Function] = field(default_factory=dict)
    classes: Mapping[str, ast.ClassDef] = field(default_factory=dict)
    #: name of a method -> (class, its definition).
    methods: Mapping[str, tuple[str, Function]] = field(default_factory=dict)
    #: name of a function or class -> the first call of it.
    first: Mapping[str, ast.Call] = field(default_factory=dict)
    #: top-level assignments of modules beside the notebook.
    beside: Mapping[str, ast.expr] = field(default_factory=dict)

    def method(self, owner: str, name: str) -> Function | None:
        found = self.classes.get(owner)
        parts = found.body if found else []
        return next((p for p in parts if isinstance(p, Function) and p.name == name), None)


def code_of(units: Sequence[Unit]) -> Code:
    """All definitions of the notebook and of the modules beside it that it uses; its own win."""
    functions: dict[str, Function] = {}
    classes: dict[str, ast.ClassDef] = {}
    methods: dict[str, tuple[str, Function]] = {}
    first: dict[str, ast.Call] = {}
    constants: dict[str, ast.expr] = {}
    for unit in sorted(units, key=lambda u: not u.file):
        if unit.file and isinstance(unit.node, ast.Assign) and isinstance(unit.node.targets[0], ast.Name):
            constants[unit.node.targets[0].id] = unit.node.value
        for call in calls(unit.node):
            if path := path_of(call.func):
                first.setdefault(path.rpartition(".")[2], call)
        if kinds(unit.node).keys().isdisjoint(DEFINITIONS):
            continue
        for inner in unit.nodes:
            if isinstance(inner, Function):
                functions[inner.name] = inner
            elif isinstance(inner, ast.ClassDef):
                classes[inner.name] = inner
    for name, made in classes.items():
        for part in made.body:
            if isinstance(part, Function):
                methods[part.name] = (name, part)
                if functions.get(part.name) is part:
                    del functions[part.name]
    return Code(functions=functions, classes=classes, methods=methods, first=first, beside=constants)


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Follows expressions back to literals and to paths (``cfg.seed``) that stand for values."""

    flow: Flow
    code: Code
    #: The notebook's names that only loops bind: no seed comes from them.
    looped: frozenset[str] = frozenset()
    #: path -> (statement, value) of every assignment to it, in order.
    values: Mapping[str, Sequence[tuple[int, ast.expr]]] = field(default_factory=dict)

    def bound(self, path: str, at: int) -> tuple[int, ast.expr] | None:
        """The last assignment to exactly this path up to statement ``at``."""
        return next((entry for entry in reversed(self.values.get(path, ())) if entry[0] <= at), None)

    def of(self, node: ast.expr, scope: Scope | None, at: int, deep: int = 0) -> Iterator[ast.expr | str]:
        """The literals and paths that ``node``, in ``scope`` of statement ``at``, is made of, nearest first.

        Sums are followed on both sides, other arithmetic on its names only: in ``seed * 1000 + fold`` the
        1000 is no seed. Paths come with every spelling under which the value may be defined.
        """
        if deep > _DEEP:
            return
        if isinstance(node, ast.Constant):
            yield node
        elif isinstance(node, ast.BinOp):
            sides = [list(self.of(side, scope, at, deep + 1)) for side in (node.left, node.right)]
            plain = [isinstance(side, ast.Constant) for side in (node.left, node.right)]
            named = any(s and not p for s, p in zip(sides, plain, strict=True))
            for found, constant in zip(sides, plain, strict=True):
                if not constant or (isinstance(node.op, (ast.Add, ast.BitXor)) and not named):
                    yield from found
        elif isinstance(node, ast.IfExp):
            yield from self.of(node.body, scope, at, deep + 1)
            yield from self.of(node.orelse, scope, at, deep + 1)
        elif isinstance(node, (ast.BoolOp, ast.List, ast.Tuple)):
            for part in node.values if isinstance(node, ast.BoolOp) else node.elts:
                yield from self.of(part, scope, at, deep + 1)
        elif isinstance(node, (ast.UnaryOp, ast.Starred, ast.JoinedStr, ast.FormattedValue)):
            yield from self._inside(node, scope, at, deep)
        elif isinstance(node, ast.Call):
            yield from self._call(node, scope, at, deep)
        elif (path := path_of(node)) is not None:
            yield from self._path(path, scope, at, deep)

    def binding(
        self, path: str, scope: Scope | None, at: int
    ) -> Iterator[tuple[ast.expr, Scope | None, int]]:
        """What a name is bound to: a parameter's argument, else an assignment in the function, else above it."""
        if scope is not None:
            given = given_to(scope, path)
            if given is not None:
                yield given[0], given[1], at
                return
            if path.startswith("self."):
                start = self.code.method(scope.owner, "__init__")
                if start is not None and (own := assigned_in(start.body, path)) is not None:
                    call = self.code.first.get(scope.owner)
                    yield own, Scope(function=start, call=call, owner=scope.owner), at
                return
            inside = assigned_in(scope.function.body, path)
            if inside is not None:
                yield inside, scope, at
                return
        found = self.bound(path, at)
        if found is not None:
            yield found[1], None, found[0]

    def _inside(self, node: ast.AST, scope: Scope | None, at: int, deep: int) -> Iterator[ast.expr | str]:
        for child in children(node):
            if isinstance(child, ast.expr) and not (
                isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant)
            ):
                yield from self.of(child, scope, at, deep + 1)

    def _call(self, node: ast.Call, scope: Scope | None, at: int, deep: int) -> Iterator[ast.expr | str]:
        last = (path_of(node.func) or "").rpartition(".")[2] or getattr(node.func, "attr", "")
        if last in _WITH_DEFAULT and node.args:
            if isinstance(node.func, ast.Attribute) and isinstance(node.args[0], ast.Constant):
                owner = path_of(node.func.value)
                if owner and isinstance(node.args[0].value, str):
                    yield from self._path(f"{owner}.{node.args[0].value}", scope, at, deep)
            if len(node.args) > 1:
                yield from self.of(node.args[-1], scope, at, deep + 1)
        elif last in _THROUGH:
            for part in node.args:
                yield from self.of(part, scope, at, deep + 1)

    def _path(self, path: str, scope: Scope | None, at: int, deep: int) -> Iterator[ast.expr | str]:
        root, _, rest = path.partition(".")
        while scope is not None:
            if root == "self" and rest:
                yield f"{scope.owner}.{rest}"
                yield from self._attribute(scope, rest, at, deep)
                return
            given = given_to(scope, root)
            if given is not None:
                value, where = given
                if rest:
                    inner = path_of(value)
                    if inner is not None:
                        yield from self._path(f"{inner}.{rest}", where, at, deep + 1)
                    return
                yield from self.of(value, where, at, deep + 1)
                return
            if root in {a.arg for a in arguments(scope.function.args)}:
                return
            if root in loop_names(scope.function.body):
                return
            own = assigned_in(scope.function.body, root)
            if own is not None and not rest:
                yield from self.of(own, scope, at, deep + 1)
                return
            if own is not None:
                return
            # A function's body sees the notebook's names, not those of whoever called it.
            scope = None
        if root in self.looped:
            return
        yield path
        aliases = self.flow.instances
        if rest and root in aliases:
            yield f"{aliases[root]}.{rest}"
        yield from self._global(path, at, deep)

    def _attribute(self, scope: Scope, name: str, at: int, deep: int) -> Iterator[ast.expr | str]:
        """``self.seed``: what the class's ``__init__`` puts there, for the first instance that is made."""
        start = self.code.method(scope.owner, "__init__")
        if start is None or (start is scope.function and scope.call is None):
            return
        made = Scope(function=start, call=self.code.first.get(scope.owner), owner=scope.owner)
        for part in walk(start):
            if isinstance(part, ast.Assign) and path_of(part.targets[0]) == f"self.{name}":
                yield from self.of(part.value, made, at, deep + 1)

    def _global(self, path: str, at: int, deep: int) -> Iterator[ast.expr | str]:
        found = self.bound(path, at)
        if found is not None:
            yield from self.of(found[1], None, found[0], deep + 1)
            return
        last = path.rpartition(".")[2]
        if last in self.code.beside:
            yield self.code.beside[last]


def given_to(scope: Scope, name: str) -> tuple[ast.expr, Scope | None] | None:
    """What a parameter is in this call: the argument, else the default; None where it is no parameter."""
    args = scope.function.args
    positional = [a.arg for a in [*args.posonlyargs, *args.args]]
    if scope.owner and positional and not _is_static(scope.function):
        positional = positional[1:]
    if name not in positional and name not in [a.arg for a in args.kwonlyargs]:
        return None
    if scope.call is not None:
        for keyword in scope.call.keywords:
            if keyword.arg == name:
                return keyword.value, scope.outer
        place = positional.index(name) if name in positional else -1
        if 0 <= place < len(scope.call.args):
            return scope.call.args[place], scope.outer
    every = [*args.posonlyargs, *args.args]
    for arg, value in zip(every[len(every) - len(args.defaults) :], args.defaults, strict=True):
        if arg.arg == name:
            return value, None
    for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        if arg.arg == name and default is not None:
            return default, None
    return None


def loop_names(body: Sequence[ast.stmt]) -> frozenset[str]:
    """Names that are the variable of a loop and are bound by nothing else."""
    looped: set[str] = set()
    bound: set[str] = set()
    for part in body:
        targets = [loop.target for loop in of_kind(part, ast.For)]
        targets += [loop.target for loop in of_kind(part, ast.AsyncFor)]
        targets += [loop.target for loop in of_kind(part, ast.comprehension)]
        looped |= {name.id for target in targets for name in identifiers(target)}
        bound |= {n.id for node in of_kind(part, ast.Assign) for t in node.targets for n in identifiers(t)}
        annotated = [node.target for node in of_kind(part, ast.AnnAssign)]
        bound |= {target.id for target in annotated if isinstance(target, ast.Name)}
    return frozenset(looped - bound)


def sources_of(flow: Flow, code: Code) -> Sources:
    """What follows values back through this notebook."""
    values: dict[str, list[tuple[int, ast.expr]]] = {}
    for index, statement in enumerate(flow.statements):
        if isinstance(statement.node, (*DEFINITIONS, ast.Import, ast.ImportFrom, ast.Expr)):
            continue
        if kinds(statement.node).keys().isdisjoint((ast.Assign, ast.AnnAssign)):
            continue
        for node in statement.nodes:
            if isinstance(node, (ast.Assign, ast.AnnAssign)):
                for path, value in _pairs(node):
                    values.setdefault(path, []).append((index, value))
    looped = loop_names([s.node for s in flow.statements])
    return Sources(flow=flow, code=code, looped=looped, values=values)


def _is_static(function: Function) -> bool:
    return any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in function.decorator_list)


def assigned_in(body: Sequence[ast.stmt], path: str) -> ast.expr | None:
    """What the first assignment to exactly this path gives it."""
    for node in (n for part in body for n in walk(part)):
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            for target, value in _pairs(node):
                if target == path:
                    return value
    return None


def _pairs(node: ast.Assign | ast.AnnAssign) -> Iterator[tuple[str, ast.expr]]:
    """The paths that an assignment binds, each with its value; tuples are taken apart."""
    if node.value is None:
        return
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            for one, value in zip(target.elts, node.value.elts, strict=False):
                if (path := path_of(one)) is not None:
                    yield path, value
        elif (path := path_of(target)) is not None:
            yield path, node.value
