"""What a statement binds, changes and reads of the notebook's names: scopes respected, nothing run.

A read is a path: ``cfg`` (all of it), ``cfg.lr`` for both ``cfg["lr"]`` and ``cfg.lr``.
What a function's body reads is read when the function is named, so it is kept apart.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_coimprove.notebook.scopes import HARMLESS, PURE, arguments, base, bound_in, held, path_of
from jupyter_coimprove.notebook.trees import children, last_name, walk


@dataclass(frozen=True, kw_only=True)
class Body:
    """What running a function or class body reads and changes of the notebook's names.

    ``parameters`` says that it changes an object it is given.
    """

    reads: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    parameters: bool = False


@dataclass(frozen=True, kw_only=True)
class Names:
    """One top-level statement.

    ``binds`` certainly (assignment, def, import), ``changes`` perhaps or in part (under ``if``,
    ``x[0] = …``, ``x.append(…)``), ``reads`` paths that come from before it, ``bodies`` what
    the functions and classes it defines would do, ``calls`` plain names passed to functions.
    """

    binds: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()
    deletes: frozenset[str] = frozenset()
    bodies: Mapping[str, Body] = field(default_factory=dict)
    calls: Mapping[str, frozenset[str]] = field(default_factory=dict)
    stars: tuple[str, ...] = ()


def names_of(statement: ast.stmt) -> Names:
    """What this top-level statement binds, changes and reads."""
    visitor = _Visitor()
    visitor.visit(statement)
    return Names(
        binds=frozenset(visitor.binds), changes=frozenset(visitor.changes - visitor.binds),
        reads=frozenset(visitor.reads), imports=frozenset(visitor.imports), deletes=frozenset(visitor.deletes),
        bodies=visitor.bodies, calls={k: frozenset(v) for k, v in visitor.calls.items()},
        stars=tuple(visitor.stars),
    )  # fmt: skip


class _Visitor:
    """Walks one statement in the order it runs, with the scopes it is in."""

    def __init__(self) -> None:
        self.binds: set[str] = set()
        self.changes: set[str] = set()
        self.reads: set[str] = set()
        self.imports: set[str] = set()
        self.deletes: set[str] = set()
        self.bodies: dict[str, Body] = {}
        self.calls: dict[str, set[str]] = {}
        self.stars: list[str] = []
        #: Names already bound inside this statement: reading them reads nothing from before.
        self.bound: set[str] = set()
        self.sure = True
        #: Locals of the functions and comprehensions we are in, innermost last.
        self.scopes: list[set[str]] = []
        self.globals: list[set[str]] = []
        self.given: set[str] = set()
        self.given_changed = False

    def visit(self, node: ast.AST) -> None:
        known = _VISITS.get(type(node))
        if known is not None:
            known(self, node)
        else:
            self.inside(node)

    def inside(self, node: ast.AST) -> None:
        for child in children(node):
            self.visit(child)

    # Names, one at a time.
    def _local(self, name: str) -> bool:
        if self.globals and name in self.globals[-1]:
            return False
        return any(name in scope for scope in self.scopes)

    def _read(self, path: str) -> None:
        name = base(path)
        if not self._local(name) and (self.scopes or name not in self.bound):
            self.reads.add(path)

    def _bind(self, name: str) -> None:
        if self._local(name):
            return
        if self.scopes or not self.sure:
            self.changes.add(name)
        else:
            self.binds.add(name)
        if not self.scopes:
            self.bound.add(name)

    def _change(self, name: str) -> None:
        if not self._local(name):
            self.changes.add(name)
        elif name in self.given:
            self.given_changed = True

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._read(node.id)
        elif isinstance(node.ctx, ast.Store):
            self._bind(node.id)
        else:
            self._bind(node.id)
            self.deletes.add(node.id)

    def _chain(self, node: ast.Attribute | ast.Subscript) -> None:
        path = path_of(node)
        if not isinstance(node.ctx, ast.Load):
            root: ast.expr = node
            while isinstance(root, (ast.Attribute, ast.Subscript)):
                if isinstance(root, ast.Subscript):
                    self.visit(root.slice)
                root = root.value
            if isinstance(root, ast.Name):
                self._change(root.id)
                if path is None:
                    self._read(root.id)
            else:
                self.visit(root)
        elif path is not None:
            self._read(path)
        else:
            self.inside(node)

    visit_Attribute = _chain
    visit_Subscript = _chain

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        plain = [a.id for a in [*node.args, *(k.value for k in node.keywords)] if isinstance(a, ast.Name)]
        if isinstance(function, ast.Attribute):
            path = path_of(function.value)
            first = node.args[0] if node.args else None
            key = first.value if isinstance(first, ast.Constant) else None
            if path and function.attr in ("get", "pop") and isinstance(key, str):
                self._read(f"{path}.{key}")
            elif path is not None:
                # A method sees all of its object.
                self._read(path)
                if function.attr not in PURE:
                    self._change(base(path))
            else:
                self.visit(function.value)
            if function.attr == "shuffle" and plain:
                self._change(plain[0])
        else:
            self.visit(function)
            if isinstance(function, ast.Name) and function.id not in HARMLESS:
                for name in plain:
                    if self._local(name):
                        continue
                    self.calls.setdefault(function.id, set()).add(name)
        if self.scopes and last_name(function)[:1].isupper():
            # ``opt = Adam(net.parameters())`` in a function: it is there to change ``net``.
            for name in held(node):
                self._change(name)
        for arg in [*node.args, *(k.value for k in node.keywords)]:
            self.visit(arg)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._read(node.target.id)
        self.visit(node.value)
        self.visit(node.target)

    def visit_Assign(self, node: ast.Assign) -> None:
        if (
            isinstance(node.value, ast.Lambda)
            and len(node.targets) == 1
            and isinstance(node.targets[0], ast.Name)
        ):
            self._function(node.targets[0].id, node.value)
            return
        self.visit(node.value)
        for target in node.targets:
            self.visit(target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
            self.visit(node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self._bind(node.target.id)

    # Control flow: what may not run.
    def _maybe(self, *bodies: Iterable[ast.AST]) -> None:
        """Bodies of which perhaps none runs."""
        before, sure, self.sure = set(self.bound), self.sure, False
        ends = []
        for body in bodies:
            self.bound = set(before)
            for node in body:
                self.visit(node)
            ends.append(self.bound)
        self.bound = set.intersection(*ends, *([] if len(bodies) > 1 else [before]))
        self.sure = sure

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        self._maybe(node.body, node.orelse)

    def visit_While(self, node: ast.While) -> None:
        self.visit(node.test)
        self._maybe(node.body)
        self._maybe(node.orelse)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self._maybe([node.target, *node.body])
        self._maybe(node.orelse)

    visit_AsyncFor = visit_For

    def visit_Try(self, node: ast.Try | ast.TryStar) -> None:
        self._maybe([*node.body, *node.orelse])
        for handler in node.handlers:
            self._maybe([handler])
        for part in node.finalbody:
            self.visit(part)

    visit_TryStar = visit_Try

    def visit_Match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        for case in node.cases:
            self._maybe([case])

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.type:
            self.visit(node.type)
        if node.name:
            self._bind(node.name)
        for part in node.body:
            self.visit(part)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        if node.name:
            self._bind(node.name)
        self.inside(node)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest:
            self._bind(node.rest)
        self.inside(node)

    # What it brings in from elsewhere.
    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                self.stars.append(getattr(node, "module", None) or ".")
                continue
            name = (alias.asname or alias.name).partition(".")[0]
            self._bind(name)
            if not self.scopes:
                self.imports.add(name)

    visit_Import = _import
    visit_ImportFrom = _import

    # Scopes of their own.
    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        self.visit(node.generators[0].iter)
        own = {n.id for g in node.generators for n in walk(g.target) if isinstance(n, ast.Name)}
        walrus = {n.target.id for n in walk(node) if isinstance(n, ast.NamedExpr)}
        for name in walrus:
            self._bind(name)
        self.scopes.append(own | walrus)
        self.globals.append(set())
        for i, generator in enumerate(node.generators):
            if i:
                self.visit(generator.iter)
            for test in generator.ifs:
                self.visit(test)
        for part in [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]:
            self.visit(part)
        self.scopes.pop()
        self.globals.pop()

    visit_ListComp = _comprehension
    visit_SetComp = _comprehension
    visit_DictComp = _comprehension
    visit_GeneratorExp = _comprehension

    def _defaults(self, args: ast.arguments) -> None:
        for value in [*args.defaults, *args.kw_defaults]:
            if value is not None:
                self.visit(value)

    def _function(self, name: str | None, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        self._defaults(node.args)
        body = node.body if isinstance(node.body, list) else [node.body]
        own, declared = bound_in(body)
        given = {a.arg for a in arguments(node.args)}
        # A method that sets attributes of its own object changes nothing that it is given.
        foreign = given - {"self", "cls"}
        keep = (self.reads, self.changes, self.given, self.given_changed, self.calls)
        if not self.scopes and name is not None:
            self.reads, self.changes, self.calls = set(), set(), {}
        self.given, self.given_changed = foreign, False
        self.scopes.append(own | given)
        self.globals.append(declared)
        for part in body:
            self.visit(part)
        self.scopes.pop()
        self.globals.pop()
        done = Body(
            reads=frozenset(self.reads), changes=frozenset(self.changes), parameters=self.given_changed
        )
        if not self.scopes and name is not None:
            self.reads, self.changes, self.given, self.given_changed, self.calls = keep
            self._body(name, done)
            self._bind(name)
        else:
            self.given, self.given_changed = keep[2], keep[3]
            if name is not None:
                self._bind(name)

    def _body(self, name: str, body: Body) -> None:
        known = self.bodies.get(name, Body())
        self.bodies[name] = Body(
            reads=known.reads | body.reads, changes=known.changes | body.changes,
            parameters=known.parameters or body.parameters,
        )  # fmt: skip

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator)
        self._function(node.name, node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._function(None, node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in [*node.decorator_list, *node.bases, *(k.value for k in node.keywords)]:
            self.visit(part)
        if self.scopes:
            for inner in node.body:
                self.visit(inner)
            self._bind(node.name)
            return
        inside = _Visitor()
        own: set[str] = set()
        for member in node.body:
            if isinstance(member, (ast.FunctionDef, ast.AsyncFunctionDef)):
                method = _Visitor()
                method.visit(member)
                for body in method.bodies.values():
                    self._body(node.name, body)
                self._class_reads(method.reads - own, own)
                own.add(member.name)
                continue
            inside.visit(member)
            own |= inside.binds | inside.changes
        self._class_reads({r for r in inside.reads if base(r) not in own}, own)
        self._body(node.name, Body())
        self._bind(node.name)

    def _class_reads(self, reads: set[str], own: set[str]) -> None:
        for path in reads:
            if base(path) not in own:
                self._read(path)


#: Kind of node -> what visits it.
_VISITS: dict[type[ast.AST], Callable[[_Visitor, Any], None]] = {
    getattr(ast, name.removeprefix("visit_")): visit
    for name, visit in vars(_Visitor).items()
    if name.startswith("visit_")
}
