"""What one top-level statement does to the notebook's names when it runs, and what its functions would do.

As careful as sharing needs: whatever is named is taken to be read, unless it is a constant key of a chain.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Any

from jupyter_coimprove.engines.shared_prefix.sharing import words
from jupyter_coimprove.engines.shared_prefix.sharing.doings import (
    Act,
    Doing,
    Takes,
    harmless,
    kept_only,
    tokens,
)
from jupyter_coimprove.engines.shared_prefix.sharing.naming import Naming
from jupyter_coimprove.engines.shared_prefix.sharing.paths import CALLED, NAMED, SET, chain
from jupyter_coimprove.notebook.scopes import arguments, bound_in
from jupyter_coimprove.notebook.trees import last_name, walk


def acts(tree: ast.Module) -> Iterator[Act]:
    for node in tree.body:
        reader = _Reader()
        reader.statement(node)
        yield Act(
            node=node, now=reader.doing, bodies=reader.bodies, takes=reader.takes,
            inert=isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Pass))
            or (isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)),
        )  # fmt: skip


class _Reader(Naming):
    """One statement of the top level."""

    # Statements.
    def statement(self, node: ast.stmt) -> None:
        if (
            isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda)
            and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
        ):  # fmt: skip
            self.function(node.targets[0].id, node.value)
            self.name(node.targets[0].id, load=False)
        else:
            self.visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        self.name(node.id, load=isinstance(node.ctx, ast.Load))

    def visit_Constant(self, node: ast.Constant) -> None:
        text = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
        if isinstance(text, str):
            self.doing.texts.add(text)
            if "_" in text and ("__main__" in text or not words.ATTRIBUTES.isdisjoint(tokens(text))):
                self.doing.hide("a text in it names a way to the notebook's namespace")

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            self.visit(node.value)

    def visit_Compare(self, node: ast.Compare) -> None:
        if (
            isinstance(node.left, ast.Name) and node.left.id == "__name__"
            and all(isinstance(c, ast.Constant) for c in node.comparators)
        ):  # fmt: skip
            return
        self.inside(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.name(node.target.id, load=True)
        self.inside(node)

    def visit_Assign(self, node: ast.Assign | ast.AnnAssign) -> None:
        literal = isinstance(node.value, ast.Constant)
        kept, self._literal = self._literal, literal
        self.all(node.targets if isinstance(node, ast.Assign) else [node.target, node.annotation])
        self._literal = kept
        if node.value is not None:
            self.visit(node.value)

    visit_AnnAssign = visit_Assign

    def _chain(self, node: ast.Attribute | ast.Subscript) -> None:
        path = chain(node)
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load) and not self._literal:
            holder = chain(node.value)
            if holder is not None:
                self.path((*holder, SET), node)
        if path is not None:
            self.path(path, node)
            return
        if isinstance(node, ast.Attribute):
            self._attribute(node.attr)
        self.visit(node.value)
        if isinstance(node, ast.Subscript):
            self.visit(node.slice)

    visit_Attribute = _chain
    visit_Subscript = _chain

    # Calls.
    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        called = function.id if isinstance(function, ast.Name) and not self._local(function.id) else ""
        given = node.args
        if called in ("getattr", "hasattr", "vars", "dir"):
            self.doing.names.add((called,))
            self._looking(called, node)
            return
        if called == "__import__" and len(given) == 1 and not node.keywords and words.drawing(given[0]):
            return
        if isinstance(function, ast.Attribute):
            path = chain(function.value)
            if function.attr == "get" and path and given and isinstance(given[0], ast.Constant):
                # ``cfg.get("lr", 1)`` of a dict; of anything else the step fits nothing, and counts as all.
                self.path((*path, f"[{given[0].value!r}]"), function)
                self.all(given[1:])
                self.all(k.value for k in node.keywords)
                return
            if function.attr != "modules":
                self._attribute(function.attr)
            # A method sees all of its object.
            self.path(path, function.value)
        elif called:
            self.path((called, CALLED), function)
        else:
            self.visit(function)
        if last_name(function) in ("load", "loads", "open") and (
            called != "open" and (bool(called) or (chain(function) or ("",))[0] in words.LOADING)
        ):
            self.doing.loads = True
        if last_name(function) == "suppress":
            self._caught(node.args or [ast.Name(id="Exception", ctx=ast.Load())])
        if last_name(function) == "import_module" and not (given and isinstance(given[0], ast.Constant)):
            self.doing.hide("it imports a module by a name that is worked out")
        if called and not any(isinstance(a, ast.Starred) for a in given):
            given = [a for i, a in enumerate(given) if not self._handed(called, i, a)]
        labels = called in words.SHOWS or (
            isinstance(function, ast.Attribute) and function.attr in words.LABELS
        )
        self.all(a for a in given if not (labels and isinstance(a, ast.Constant)))
        self.all(
            k.value for k in node.keywords if not (called and k.arg and self._handed(called, k.arg, k.value))
        )

    def _handed(self, function: str, where: int | str, value: ast.expr) -> bool:
        """Note a container, or a part of one, that a plain call hands to a function."""
        path = chain(value)
        if path is None or self._local(path[0]):
            return False
        self.doing.given.add((function, where, path))
        self.path((*path, NAMED), value)
        return True

    def _looking(self, called: str, node: ast.Call) -> None:
        given = node.args
        plain = not node.keywords and not any(isinstance(a, ast.Starred) for a in given)
        if called in ("vars", "dir") and not (plain and len(given) == 1):
            self.doing.hide(f"it uses {called}(), which shows all names")
        constant = len(given) > 1 and isinstance(given[1], ast.Constant)
        if called == "getattr" and not constant and (len(given) != 2 or not plain):
            self.doing.hide("it uses getattr with a default, which hides that a name is missing")
        path = chain(given[0]) if constant and called == "getattr" else None
        if path is not None and isinstance(given[1], ast.Constant):
            self.path((*path, f".{given[1].value!s}"), given[0])
            given = given[1:]
        self.all(given)
        self.all(k.value for k in node.keywords)

    # Control that hides errors.
    def visit_Try(self, node: ast.Try | ast.TryStar) -> None:
        if not all(harmless(part) for part in node.body):
            for handler in node.handlers:
                last = handler.body[-1]
                if isinstance(last, ast.Raise) and last.exc is None:
                    continue
                if handler.type is None:
                    self.doing.hide("a bare except would hide that a name is missing")
                else:
                    self._caught([handler.type])
        self.inside(node)

    visit_TryStar = visit_Try

    def _caught(self, kinds: Iterable[ast.expr]) -> None:
        for kind in kinds:
            for part in kind.elts if isinstance(kind, ast.Tuple) else [kind]:
                name = last_name(part)
                if name in words.HIDING or not name or not name[:1].isupper():
                    self.doing.hide(f"a handler of {name or 'errors'} would hide that a name is missing")

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self.name(node.name, load=False)
        self.inside(node)

    def _matched(self, node: ast.MatchAs | ast.MatchStar | ast.MatchMapping) -> None:
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        if name:
            self.name(name, load=False)
        self.inside(node)

    visit_MatchAs = _matched
    visit_MatchStar = _matched
    visit_MatchMapping = _matched

    # Scopes.
    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        self.visit(node.generators[0].iter)
        for n in walk(node):
            if isinstance(n, ast.NamedExpr):
                self.name(n.target.id, load=False)
        own = {n.id for g in node.generators for n in walk(g.target) if isinstance(n, ast.Name)}
        self.scopes.append(own)
        self.declared.append(set())
        for i, generator in enumerate(node.generators):
            self.visit(generator.target)
            if i:
                self.visit(generator.iter)
            self.all(generator.ifs)
        self.all([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
        self.scopes.pop()
        self.declared.pop()

    visit_ListComp = _comprehension
    visit_SetComp = _comprehension
    visit_DictComp = _comprehension
    visit_GeneratorExp = _comprehension

    def function(self, name: str, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        """Defaults and annotations now; the body too, unless it goes under a name of the top level."""
        self.all(d for d in [*node.args.defaults, *node.args.kw_defaults] if d is not None)
        self.all(a.annotation for a in arguments(node.args) if a.annotation is not None)
        body: list[Any] = node.body if isinstance(node.body, list) else [node.body]
        if not isinstance(node, ast.Lambda) and node.returns is not None:
            self.visit(node.returns)
        own, declared = bound_in(body)
        kept = self.doing
        if name:
            self.doing = Doing()
            self._reads = {
                a.arg: set() for a in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            }
            self._reads |= {a.arg: None for a in (node.args.vararg, node.args.kwarg) if a}
        self.scopes.append(own | {a.arg for a in arguments(node.args)})
        self.declared.append(declared)
        self.all(body)
        self.scopes.pop()
        self.declared.pop()
        if name:
            self.bodies.append((name, self.doing))
            self.doing = kept
            self._take(name, node)

    def _take(self, name: str, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        reads = {k: None if v is None else frozenset(v) for k, v in self._reads.items()}
        order = [a.arg for a in [*node.args.posonlyargs, *node.args.args]]
        self._reads = {}
        if isinstance(node, ast.Lambda) or node.decorator_list:
            reads = dict.fromkeys(reads)
        elif self._class:
            if node.name != "__init__":
                return
            order = order[1:]
        self.takes.append((name, Takes(order=tuple(order), reads=reads)))

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.all(node.decorator_list)
        # A method's body goes under its class, that of a class in a class under the outermost.
        home = "" if self._inside() else self._class or node.name
        self.function(home, node)
        if home and not kept_only(node.decorator_list):
            self.doing.names.add((home,))
        if node.name != "__init__" or self.scopes[-1:] != [None]:
            self.name(node.name, load=False)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.function("", node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.all([*node.decorator_list, *node.bases, *(k.value for k in node.keywords)])
        kept = self._class
        if not self._inside():
            self._class = self._class or node.name
            self.bodies.append((self._class, Doing()))
            if not kept_only(node.decorator_list):
                self.doing.names.add((self._class,))
            if node.bases or node.keywords or node.decorator_list or kept:
                # Its constructor is not only what stands here.
                self.takes.append((self._class, Takes(order=(), reads={})))
        self.scopes.append(None)
        self.declared.append({n for s in node.body if isinstance(s, ast.Global) for n in s.names})
        self.all(node.body)
        self.scopes.pop()
        self.declared.pop()
        self._class = kept
        self.name(node.name, load=False)

    def _inside(self) -> bool:
        """Whether we are in a function."""
        return any(scope is not None for scope in self.scopes)


_Reader.visits = {
    getattr(ast, name.removeprefix("visit_")): getattr(_Reader, name)
    for name in dir(_Reader)
    if name.startswith("visit_")
}
