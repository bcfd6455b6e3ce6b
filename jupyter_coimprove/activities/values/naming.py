"""What names in code stand for: followed through imports, assignments, loops and functions of the notebook's own."""

from __future__ import annotations

import ast
import builtins
from itertools import islice, product

from jupyter_coimprove.notebook.paths import path_value

#: A name may stand for so many texts (a loop over files), and an expression is read for so many ways to fill it.
MOST = 16
BUILTINS = frozenset(dir(builtins))


class Names(ast.NodeVisitor):
    """Walks statements in their order; ``names`` is what each stands for (dotted), ``paths`` the texts of it."""

    def __init__(self) -> None:
        self.imported: dict[str, int] = {}
        self.names: dict[str, str] = {}
        self.paths: dict[str, tuple[str, ...]] = {}
        self.functions: dict[
            str, tuple[ast.FunctionDef | ast.AsyncFunctionDef, list[tuple[str, ast.Call]]]
        ] = {}
        self.cell = 0
        self.statement = ""
        self.within: list[set[str]] = []
        #: What names stand for in the end: a function that was written before is called with them.
        self.later: dict[str, str] = {}

    # What names stand for.

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            top = alias.name.partition(".")[0]
            self.names[alias.asname or top] = alias.name if alias.asname else top
            self.imported.setdefault(top, self.cell)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if node.level == 0 and module:
            self.imported.setdefault(module.partition(".")[0], self.cell)
        for alias in node.names:
            if alias.name == "*":
                self.names.setdefault("*", "")
                self.names["*"] += f" {module}"
            else:
                self.names[alias.asname or alias.name] = f"{module}.{alias.name}"

    def dotted(self, node: ast.expr) -> str:
        """The whole name of what an expression stands for; ``?`` for what is not known, empty for what is the notebook's own."""
        if isinstance(node, ast.Name):
            if any(node.id in own for own in self.within):
                return "?"
            if node.id in self.names:
                return self.names[node.id]
            if self.within and node.id in self.later:
                return self.later[node.id]
            return node.id if node.id in BUILTINS else "?"
        if isinstance(node, ast.Attribute):
            base = self.dotted(node.value)
            base = base.removeprefix("builtins.") if base == "builtins" else base
            return f"{base}.{node.attr}" if base != "builtins" else node.attr
        if isinstance(node, ast.Call):
            return self._called(node)
        if isinstance(node, ast.Subscript):
            return self._entry(node)
        return "?"

    def _entry(self, node: ast.Subscript) -> str:
        """What stands under a name in a namespace: ``os.__dict__["system"]``, ``vars(os)[...]``, ``sys.modules["os"]``."""
        base = self.dotted(node.value)
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if not isinstance(key, str):
            return f"{base}[]"
        if base == "sys.modules":
            return key
        if base.endswith(".__dict__"):
            return f"{base.removesuffix('.__dict__')}.{key}"
        if base == "vars()" and isinstance(node.value, ast.Call) and node.value.args:
            return f"{self.dotted(node.value.args[0])}.{key}"
        if base in ("globals()", "locals()", "__builtins__") or (
            base == "?" and getattr(node.value, "id", "") == "__builtins__"
        ):
            return self.dotted(ast.Name(id=key, ctx=ast.Load()))
        return f"{base}[]"

    def _called(self, node: ast.Call) -> str:
        """What a call gives: a module by its name, an attribute by its name, else an object of what was called."""
        name = self.dotted(node.func).replace("()", "")
        first = node.args[0] if node.args else None
        if name in ("__import__", "importlib.import_module") and isinstance(first, ast.Constant):
            return str(first.value)
        if name == "getattr" and len(node.args) > 1 and isinstance(given := node.args[1], ast.Constant):
            return f"{self.dotted(node.args[0])}.{given.value!s}"
        if name in ("functools.partial", "partial") and first is not None:
            return self.dotted(first)
        # What it gives is an object, not what was called.
        return f"{name}()"

    def _bind(self, target: ast.expr, value: ast.expr | None) -> None:
        if isinstance(target, ast.Tuple | ast.List):
            values = value.elts if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts) else [None] * len(target.elts)  # fmt: skip
            for one, given in zip(target.elts, values, strict=True):
                self._bind(one, given)
        elif isinstance(target, ast.Name):
            found = (
                self.dotted(value)
                if isinstance(value, ast.Name | ast.Attribute | ast.Call | ast.Subscript)
                else "?"
            )
            self.names[target.id] = found
            texts = tuple(self.texts(value)) if value is not None else ()
            if texts:
                self.paths[target.id] = texts
            else:
                self.paths.pop(target.id, None)

    def visit_Assign(self, node: ast.Assign) -> None:
        named = all(isinstance(target, ast.Name | ast.Tuple | ast.List) for target in node.targets)
        # Put into an attribute or an entry it is out of sight: as good as used there.
        (self._value if named else self.visit)(node.value)
        for target in node.targets:
            if not isinstance(target, ast.Name | ast.Tuple | ast.List):
                self.visit(target)
            self._bind(target, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._value(node.value)
            self._bind(node.target, node.value)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self._value(node.value)
        self._bind(node.target, node.value)

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.visit(item.context_expr)
            if item.optional_vars is not None:
                self._bind(item.optional_vars, item.context_expr)
        for part in node.body:
            self.visit(part)

    visit_AsyncWith = visit_With

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self._bind(node.target, None)
        if isinstance(node.target, ast.Name) and isinstance(node.iter, ast.List | ast.Tuple | ast.Set):
            found = [text for one in node.iter.elts for text in self.texts(one)]
            if found:
                self.paths[node.target.id] = tuple(found[:MOST])
        for part in [*node.body, *node.orelse]:
            self.visit(part)

    visit_AsyncFor = visit_For

    def _value(self, node: ast.expr) -> None:
        """What is only given another name is no use yet; what it is called by then is."""
        if not isinstance(node, ast.Name | ast.Attribute):
            self.visit(node)
        elif isinstance(node, ast.Attribute):
            self.visit(node.value)

    # Functions and classes of the notebook's own.

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for part in [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]:
            self.visit(part)
        self.names[node.name] = ""
        waiting: list[tuple[str, ast.Call]] = []
        self.functions[node.name] = (node, waiting)
        given = {a.arg for a in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, *filter(None, (node.args.vararg, node.args.kwarg))]}  # fmt: skip
        outer, outer_paths = dict(self.names), dict(self.paths)
        for name in given:
            self.paths.pop(name, None)
        self.within.append(given)
        for statement in node.body:
            self.visit(statement)
        self.within.pop()
        self.names, self.paths = outer, outer_paths

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.within.append({a.arg for a in node.args.args})
        self.visit(node.body)
        self.within.pop()

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for outside in [*node.decorator_list, *node.bases]:
            self.visit(outside)
        outer = dict(self.names)
        for part in node.body:
            if isinstance(part, ast.Assign | ast.AnnAssign) and part.value is not None:
                # An attribute of its objects, which are called by other names.
                self.visit(part.value)
            self.visit(part)
        self.names = outer
        self.names[node.name] = ""

    def texts(self, node: ast.expr) -> list[str]:
        """The paths that an expression may give, over all that its names stand for; none where it is not written out."""
        used = list(
            dict.fromkeys(n.id for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in self.paths)
        )
        out: dict[str, None] = {}
        for filled in islice(product(*(self.paths[name] for name in used)), MOST):
            found = path_value(node, dict(zip(used, filled, strict=True)), cwd=".")
            if found is not None:
                out[found] = None
        return list(out)
