"""Runs statements over what is known of values: assignments, loops, branches, functions, classes."""

from __future__ import annotations

import ast
from dataclasses import replace

from jupyter_coimprove.evidence.checks.calls import Calls
from jupyter_coimprove.evidence.checks.containers import words
from jupyter_coimprove.evidence.checks.state import DEPTH
from jupyter_coimprove.evidence.checks.values import (
    MISSING,
    NOTHING,
    Class,
    Function,
    Model,
    Scope,
    Val,
    join,
)  # fmt: skip

_NETWORKS = ("Module", "LightningModule", "Sequential", "Model", "Layer")


class Machine(Calls):
    """The reader itself; ``run`` takes one cell's statements."""

    def run(self, tree: ast.Module, cell: int) -> None:
        """Read one cell; its last expression is what the notebook shows."""
        self.cell, self.file, self.scope = cell, "", self.top
        for number, node in enumerate(tree.body):
            if number == len(tree.body) - 1 and isinstance(node, ast.Expr):
                self.node = node
                self.report(self.ev(node.value), words(node.value), node)
            else:
                self.do(node)

    def block(self, body: list[ast.stmt]) -> None:
        for node in body:
            self.do(node)

    def do(self, node: ast.stmt) -> None:
        self.tick()
        self.node = node
        method = getattr(self, f"do_{type(node).__name__}", None)
        if method is not None:
            method(node)

    def do_Expr(self, node: ast.Expr) -> None:
        self.ev(node.value)

    def do_Assign(self, node: ast.Assign) -> None:
        value = self.ev(node.value)
        for target in node.targets:
            self.store(target, value)

    def do_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.store(node.target, self.ev(node.value))

    def do_AugAssign(self, node: ast.AugAssign) -> None:
        load = ast.copy_location(ast.BinOp(left=_load(node.target), op=node.op, right=node.value), node)
        self.store(node.target, self.ev(load))

    def do_Return(self, node: ast.Return) -> None:
        value = self.ev(node.value)
        if self.returns:
            self.returns[-1].append(value)

    def do_For(self, node: ast.For) -> None:
        over = self.ev(node.iter)
        loop = self.site(node, "loop")
        self.loops.append(loop)
        item = self.iterate(over)
        self.store(node.target, self._looped(item, loop))
        self.block(node.body)
        # Once more: what an iteration leaves is what the next one finds. Events would come twice.
        self.loops.pop()
        self.block(node.orelse)

    def _looped(self, item: Val, loop: str) -> Val:
        if item.items is not None and not item.rows:
            return replace(item, items=tuple(self._looped(i, loop) for i in item.items))
        return item.marked(f"loop:{loop}") if not item.rows and item.index is None else item

    do_AsyncFor = do_For

    def do_While(self, node: ast.While) -> None:
        self.ev(node.test)
        self.loops.append(self.site(node, "while"))
        self.block(node.body)
        self.loops.pop()
        self.block(node.orelse)

    def do_If(self, node: ast.If) -> None:
        test = self.ev(node.test)
        before = dict(self.scope.names)
        taken = self._choice(node, test)
        self.block(node.body)
        after_body = dict(self.scope.names)
        if taken:
            for name, value in after_body.items():
                if before.get(name) is not value:
                    self.scope.names[name] = replace(value, chosen=value.chosen | taken)
                    after_body[name] = self.scope.names[name]
        if not node.orelse:
            self._merge(before, after_body)
            return
        self.scope.names = dict(before)
        self.block(node.orelse)
        self._merge(after_body, self.scope.names)

    def _merge(self, one: dict[str, Val], two: dict[str, Val]) -> None:
        """What is known after a branch: what either way left."""
        out = dict(one)
        for name, value in two.items():
            old = one.get(name)
            if old is None or old is value:
                out[name] = value
            elif old.obj is not None or value.obj is not None:
                out[name] = value if value.obj is not None else old
            else:
                out[name] = join([old, value], keep_members=True)
        self.scope.names = out

    def _choice(self, node: ast.If, test: Val) -> frozenset[int]:
        """``if score > best: best = score``: something is kept because of its score."""
        compare = next((n for n in ast.walk(node.test) if isinstance(n, ast.Compare)), None)
        if compare is None or not self.loops or not test.scores:
            return frozenset()
        if not isinstance(compare.ops[0], (ast.Gt, ast.Lt, ast.GtE, ast.LtE)):
            return frozenset()
        sides = [compare.left, *compare.comparators]
        bound = {
            n.id
            for s in node.body
            for n in ast.walk(s)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
        bound |= {
            ast.unparse(n) for s in node.body for n in ast.walk(s)
            if isinstance(n, (ast.Attribute, ast.Subscript)) and isinstance(n.ctx, ast.Store)
        }  # fmt: skip
        kept = [s for s in sides if _names(s) & bound or ast.unparse(s) in bound]
        if not kept:
            return frozenset()
        fresh = [self.ev(s) for s in sides if s not in kept]
        value = join(fresh) if fresh and join(fresh).scores else test
        return self.select(value, compare)

    def do_With(self, node: ast.With) -> None:
        for item in node.items:
            value = self.ev(item.context_expr)
            if item.optional_vars is not None:
                self.store(item.optional_vars, value)
        self.block(node.body)

    do_AsyncWith = do_With

    def do_Try(self, node: ast.Try) -> None:
        self.block(node.body)
        self.block(node.orelse)
        self.block(node.finalbody)

    def do_FunctionDef(self, node: ast.FunctionDef) -> None:
        function = Function(node=node, scope=self.scope, cell=self.cell, file=self.file)
        self.scope.names[node.name] = Val(obj=function, text=node.name)

    def do_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.scope.names[node.name] = Val(
            obj=Function(node=node, scope=self.scope, cell=self.cell, file=self.file), text=node.name
        )

    def do_ClassDef(self, node: ast.ClassDef) -> None:
        bases = tuple(ast.unparse(b).rpartition(".")[2] for b in node.bases)
        inherited = [v.obj.bases for b in node.bases if (v := self.ev(b)) and isinstance(v.obj, Class)]
        every = bases + tuple(b for i in inherited for b in i)
        made = Class(node=node, scope=self.scope, bases=every, cell=self.cell, file=self.file)
        keys = {}
        for part in node.body:
            if isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name):
                keys[part.targets[0].id] = self.ev(part.value)
            elif isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                keys[part.target.id] = self.ev(part.value)
        self.scope.names[node.name] = Val(obj=made, keys=keys, text=node.name)

    def do_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            module = self._local(alias.name)
            name = alias.asname or alias.name.partition(".")[0]
            self.scope.names[name] = (
                Val(obj=module) if module else Val(text=alias.name, marks=frozenset({"module"}))
            )

    def do_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = self._local(node.module or "")
        for alias in node.names:
            name = alias.asname or alias.name
            if module is not None and alias.name == "*":
                self.scope.names.update(module.names)
            elif module is not None and alias.name in module.names:
                self.scope.names[name] = module.names[alias.name]
            else:
                self.aliases[name] = alias.name
                self.scope.names[name] = Val(text=alias.name, marks=frozenset({"module"}))

    def _local(self, name: str) -> Scope | None:
        """The names of a module beside the notebook, read when it is first imported."""
        path = name.replace(".", "/")
        found = next((p for p in (f"{path}.py", f"{path}/__init__.py") if p in self.modules), None)
        if found is None:
            found = next((p for p in self.modules if p.endswith(f"/{path}.py")), None)
        if found is None:
            return None
        if found not in self.imported:
            scope = self.imported[found] = Scope()
            outer, file, cell = self.scope, self.file, self.cell
            self.scope, self.file, self.cell = scope, found, -1
            self.block(self.modules[found][1].body)
            self.scope, self.file, self.cell = outer, file, cell
        return self.imported[found]

    def call_function(self, function: Function, args: list[Val], keywords: dict[str, Val]) -> Val:
        """Follow into a function of the notebook with these arguments; what it gives back."""
        if self.depth >= DEPTH:
            return join([*args, *keywords.values()])
        node = function.node
        scope = Scope(outer=function.scope)
        given = [function.owner, *args] if function.owner is not None else list(args)
        names = [a.arg for a in [*node.args.posonlyargs, *node.args.args]]
        defaults = node.args.defaults
        for name, default in zip(names[len(names) - len(defaults) :], defaults, strict=True):
            scope.names[name] = self.ev(default)
        for a, given_default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
            scope.names[a.arg] = self.ev(given_default)
        scope.names.update(zip(names, given, strict=False))
        if node.args.vararg:
            scope.names[node.args.vararg.arg] = Val(items=tuple(given[len(names) :]))
        known = {*names, *(a.arg for a in node.args.kwonlyargs)}
        scope.names.update({k: v for k, v in keywords.items() if k in known})
        if node.args.kwarg:
            scope.names[node.args.kwarg.arg] = Val(keys={k: v for k, v in keywords.items() if k not in known})
        outer, file, at, cell = self.scope, self.file, self.node, self.cell
        self.scope, self.depth = scope, self.depth + 1
        self.file, self.cell = function.file, function.cell
        self.returns.append([])
        try:
            if isinstance(node, ast.Lambda):
                return self.ev(node.body)
            self.block(node.body)
            found = self.returns[-1]
            return found[0] if len(found) == 1 else join(found, keep_members=True)
        finally:
            self.returns.pop()
            self.scope, self.depth, self.file, self.node, self.cell = outer, self.depth - 1, file, at, cell

    def construct(self, made: Class, args: list[Val], keywords: dict[str, Val]) -> Val:
        """An instance: a network, or a bundle of attributes that its ``__init__`` sets."""
        methods = {p.name: p for p in made.node.body if isinstance(p, ast.FunctionDef)}
        role = "network" if any(b in _NETWORKS for b in made.bases) else "instance"
        value = self.model(self.node or made.node, made.node.name, role)
        held = join([*args, *keywords.values()])
        value = replace(value, keys={}, marks=frozenset({"instance"}))
        self.models[-1].keywords = {"": Val(obj=made)}
        if role == "network":
            return value
        if "__init__" in methods:
            init = Function(
                node=methods["__init__"], scope=made.scope, owner=value, cell=made.cell, file=made.file
            )
            self.call_function(init, args, keywords)
        if "__getitem__" in methods:
            # What it gives for one row, it gives for all of its rows.
            get = Function(
                node=methods["__getitem__"], scope=made.scope, owner=value, cell=made.cell, file=made.file
            )
            rows = self.call_function(get, [NOTHING], {})
            whole = rows.deep()
            if whole.rows:
                return replace(whole, items=rows.items, keys=value.keys)
            return replace(held, obj=None, items=None, keys=None)
        if "Dataset" in made.bases:
            return replace(held, obj=None, items=None, keys=None)
        return value


def _load(target: ast.expr) -> ast.expr:
    """The same place, read instead of written."""
    copy = ast.parse(ast.unparse(target), mode="eval").body
    for n in ast.walk(copy):
        ast.copy_location(n, target)
    return copy


def _names(node: ast.expr) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


__all__ = ["MISSING", "NOTHING", "Machine", "Model"]
