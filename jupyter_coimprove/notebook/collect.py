"""Finds every literal that a person could vary: constants, config, defaults, arguments of calls."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_coimprove.notebook.calls import (
    DRAWING,
    DRAWING_ROOTS,
    NAMESPACES,
    PLUMBING,
    STEPPED,
    bodies,
    drawing_names,
    field_default,
    is_number,
    is_start,
    pairs,
)
from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.found import POSITIONAL, Found
from jupyter_coimprove.notebook.given import Given
from jupyter_coimprove.notebook.items import members_of
from jupyter_coimprove.notebook.literals import MISSING, literal
from jupyter_coimprove.notebook.overwritten import REPLACING
from jupyter_coimprove.notebook.scopes import path_of
from jupyter_coimprove.notebook.trees import calls, children, last_name, walk
from jupyter_coimprove.notebook.units import Unit

#: Calls so named fit or score something, wherever they stand.
_WORK = ("fit", "score", "cross_val", "train", "predict", "evaluate", "run", "backward")


def collect(
    flow: Flow, units: Sequence[Unit], functions: Mapping[str, tuple[str, ...]], drawing: frozenset[str],
    given: Given, parameters_cell: int | None,
) -> list[Found]:  # fmt: skip
    """Every value found, in the order of the notebook, and after that in local modules."""
    out: list[Found] = []
    for unit in units:
        parameters = not unit.file and flow.statements[unit.statement].cell == parameters_cell
        reader = _Collector(unit, parameters, functions, drawing, given)
        reader.statement(unit.node)
        out += reader.out
    return out


def drawing_roots(units: Sequence[Unit]) -> frozenset[str]:
    """Names that draw: those of every plotting library, and what the code imports from one."""
    out = set(DRAWING_ROOTS)
    for unit in units:
        out |= drawing_names(unit.node)
    return frozenset(out)


class _Collector:
    """Walks one top-level statement."""

    def __init__(
        self, unit: Unit, parameters: bool, functions: Mapping[str, tuple[str, ...]], drawing: frozenset[str],
        given: Given,
    ) -> None:  # fmt: skip
        self.unit, self.parameters, self.functions = unit, parameters, functions
        self.drawing_roots, self.given = drawing, given
        self.out: list[Found] = []
        self.function = ""

    def add(self, name: str, kind: Any, node: ast.expr, **more: Any) -> None:
        more.setdefault("value", literal(node))
        more.setdefault("path", self.function.partition(".")[0] or None)
        self.out.append(
            Found(
                name=name, kind=kind, node=node, statement=self.unit.statement, function=self.function,
                operator="drop-item" if kind == "item" else "set", file=self.unit.file, through=self.unit.through,
                **more,
            )
        )  # fmt: skip

    def statement(self, node: ast.stmt) -> None:
        """A statement at the top level, or directly under a top-level ``if``, ``with`` or ``try``."""
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target, value in pairs(targets, node.value):
                self.assigned(target, value)
        elif isinstance(node, ast.ClassDef):
            self.klass(node)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self.define(node, "")
        elif isinstance(node, (ast.If, ast.With, ast.Try)):
            if isinstance(node, ast.If):
                self.expression(node.test)
            elif isinstance(node, ast.With):
                for item in node.items:
                    self.expression(item.context_expr)
            for part in bodies(node):
                self.statement(part)
        else:
            self.inner(node)

    def assigned(self, target: ast.expr, value: ast.expr) -> None:
        kind = "parameter" if self.parameters else "constant"
        path = path_of(target)
        if path is None:
            self.expression(value)
        elif isinstance(target, ast.Name):
            if literal(value) is not MISSING and not is_start(value):
                self.add(target.id, kind, value, path=target.id)
            self.display(target.id, value, target.id)
            if not isinstance(value, (ast.Dict, ast.List, ast.Tuple)):
                self.config_call(target.id, value)
        elif literal(value) is not MISSING and not is_start(value):
            # ``cfg["lr"] = 0.1`` and ``CFG.lr = 0.1``
            self.add(path, "config", value, path=path)
        else:
            self.expression(value)

    def config_call(self, name: str, value: ast.expr) -> None:
        if isinstance(value, ast.Call) and last_name(value.func) in NAMESPACES and value.keywords:
            for keyword in value.keywords:
                if keyword.arg:
                    self.config(f"{name}.{keyword.arg}", keyword.value)
            return
        if isinstance(value, ast.Call) and value.args and isinstance(value.args[0], ast.Dict):
            last = last_name(value.func)
            if last in NAMESPACES or last == "create":
                self.display(name, value.args[0], name)
                return
        self.expression(value)

    def display(self, name: str, value: ast.expr, path: str | None) -> None:
        """Members of a dict, list or tuple display that has a name."""
        if isinstance(value, ast.Dict):
            for key, inner in zip(value.keys, value.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    if key.value.replace("-", "_").isidentifier():
                        self.config(f"{name}.{key.value}", inner, path and f"{path}.{key.value}")
                    else:
                        self.expression(inner)
                elif not isinstance(key, ast.Constant):
                    self.expression(inner)
        elif isinstance(value, (ast.List, ast.Tuple)):
            for label, member in members_of(value):
                self.add(f"{name}[{label}]", "item", member, path=path, argument=name)
            for member in value.elts:
                self.expression(member)

    def config(self, name: str, value: ast.expr, path: str | None = "") -> None:
        path = name if path == "" else path
        if literal(value) is not MISSING and not is_start(value):
            self.add(name, "config", value, path=path)
        if isinstance(value, (ast.Dict, ast.List, ast.Tuple)):
            self.display(name, value, path)
        elif literal(value) is MISSING:
            self.config_call(name, value)

    def klass(self, node: ast.ClassDef) -> None:
        outer, self.function = self.function, node.name
        for part in node.body:
            if isinstance(part, (ast.Assign, ast.AnnAssign)) and part.value is not None:
                targets = part.targets if isinstance(part, ast.Assign) else [part.target]
                for target, value in pairs(targets, part.value):
                    if isinstance(target, ast.Name):
                        self.config(f"{node.name}.{target.id}", field_default(value))
            elif isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.define(part, node.name)
            elif isinstance(part, ast.ClassDef):
                self.klass(part)
        self.function = outer

    def define(self, node: ast.FunctionDef | ast.AsyncFunctionDef, owner: str) -> None:
        outer = self.function
        own = owner if node.name == "__init__" and owner else f"{owner}.{node.name}" if owner else node.name
        self.function = f"{outer}.{node.name}" if outer and not owner else own
        args = node.args
        positional = [*args.posonlyargs, *args.args]
        given = [*zip(positional[len(positional) - len(args.defaults) :], args.defaults, strict=True)]
        given += [(a, d) for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True) if d is not None]
        for arg, value in given:
            if literal(value) is not MISSING and (not is_start(value) or isinstance(value, ast.Tuple)):
                self.add(f"{own}.{arg.arg}", "default", value, argument=arg.arg, callee=own)
            self.display(f"{own}.{arg.arg}", value, self.function.partition(".")[0])
            if not isinstance(value, (ast.Dict, ast.List, ast.Tuple)):
                self.expression(value)
        stored = [n for n in walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        counts: dict[str, int] = {}
        for n in stored:
            counts[n.id] = counts.get(n.id, 0) + 1
        for part in node.body:
            if isinstance(part, ast.Assign) and len(part.targets) == 1:
                self.local(own, part.targets[0], part.value, counts)
            self.inner(part)
        self.function = outer

    def local(self, own: str, target: ast.expr, value: ast.expr, counts: dict[str, int]) -> None:
        """``lr = 0.1`` once in a function body, ``self.rate = 0.1`` in a class."""
        scalar = literal(value)
        if not isinstance(scalar, (int, float)) or scalar in (0, -1):
            return
        if isinstance(target, ast.Name) and counts.get(target.id) == 1:
            self.add(f"{own}.{target.id}", "constant", value)
        elif isinstance(target, ast.Attribute) and path_of(target) == f"self.{target.attr}":
            self.add(f"{own}.{target.attr}", "constant", value)

    def inner(self, node: ast.AST) -> None:
        """Everything below that is a call, a definition or a display."""
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self.define(node, "")
            return
        if isinstance(node, ast.ClassDef):
            self.klass(node)
            return
        if isinstance(node, ast.expr):
            self.expression(node)
            return
        if isinstance(node, (ast.For, ast.AsyncFor)) and isinstance(node.iter, (ast.List, ast.Tuple)):
            target = node.target.id if isinstance(node.target, ast.Name) else "loop"
            drawn = self.draws(node)
            for label, member in members_of(node.iter):
                self.add(f"{target}[{label}]", "item", member, argument=target, weight=-0.2, drawing=drawn)
        for child in children(node):
            self.inner(child)

    def draws(self, node: ast.For | ast.AsyncFor) -> bool:
        """Whether a loop puts lines into a figure and neither fits nor scores anything."""
        made = [call for statement in node.body for call in calls(statement)]
        return any(self.drawing(call) for call in made) and not any(
            last_name(call.func).startswith(_WORK) for call in made
        )

    def drawing(self, call: ast.Call) -> bool:
        last = last_name(call.func)
        return (path_of(call.func) or last).partition(".")[0] in self.drawing_roots or last in DRAWING

    def expression(self, node: ast.AST) -> None:
        if isinstance(node, ast.JoinedStr):
            # Before Python 3.12 positions inside an f-string are not those in the file.
            return
        if isinstance(node, ast.Call):
            self.call(node)
            return
        if isinstance(node, ast.List) and not isinstance(node.ctx, ast.Store):
            for label, member in members_of(node, layers_only=True):
                self.add(f"{self.function or 'list'}[{label}]", "item", member)
        for child in children(node):
            self.inner(child)

    def call(self, node: ast.Call) -> None:
        callee = path_of(node.func) or last_name(node.func)
        last = last_name(node.func) or "call"
        if last == "partial" and node.args and (path := path_of(node.args[0])):
            # ``partial(train, lr=0.1)`` gives arguments to ``train``.
            callee, last = path, path.rpartition(".")[2]
        drawing = callee.partition(".")[0] in self.drawing_roots or last in DRAWING
        self.expression(node.func) if not isinstance(node.func, ast.Name) else None
        if last == "add_argument" and self.option(node):
            return
        names = self.functions.get(last) or POSITIONAL.get(last, ())
        own = last in self.functions
        plumbing = last in PLUMBING and not own
        if last in STEPPED:
            for label, member in members_of(node):
                self.add(f"{last}[{label}]", "item", member, callee=callee, weight=0.2)
        if last in REPLACING and self.replaced(node):
            return
        for place, value in enumerate(node.args):
            name = names[place] if place < len(names) else f"arg{place + 1}"
            said = place < len(names) or is_number(value) or isinstance(value, ast.Dict)
            if not said and not drawing and last[:1].isupper() and isinstance(value, ast.List):
                # ``VotingClassifier([("a", …), …])``
                for label, member in members_of(value) if last not in STEPPED else []:
                    self.add(f"{last}[{label}]", "item", member, callee=callee, argument=last)
            self.argument(callee, last, name, value, drawing, plumbing or not said, True)
        for keyword in node.keywords:
            if keyword.arg is None:
                self.expression(keyword.value)
            else:
                quiet = last in ("print", "display", "open", "add_argument", "dict") and not own
                self.argument(callee, last, keyword.arg, keyword.value, drawing, quiet, False)

    def replaced(self, node: ast.Call) -> bool:
        """``replace(cfg, lr=0.1)`` and ``cfg._replace(lr=0.1)`` set ``cfg.lr``."""
        old = node.args[0] if node.args else getattr(node.func, "value", None)
        path = path_of(old) if isinstance(old, ast.expr) else None
        if path is None or not node.keywords:
            return False
        for keyword in node.keywords:
            if keyword.arg is None:
                self.expression(keyword.value)
            else:
                own = None if self.function else f"{path}.{keyword.arg}"
                self.config(f"{path}.{keyword.arg}", keyword.value, own)
        return True

    def argument(
        self, callee: str, last: str, name: str, value: ast.expr, drawing: bool, quiet: bool, positional: bool
    ) -> None:
        full = f"{last}.{name}"
        if literal(value) is not MISSING:
            if not quiet and not is_start(value) and not (drawing and positional):
                plumbing = last in PLUMBING and last not in self.functions
                self.add(
                    full, "literal", value, callee=callee, argument=name, drawing=drawing,
                    positional=positional, weight=-0.35 if plumbing else 0.0,
                )  # fmt: skip
            if isinstance(value, ast.List) and not drawing and not quiet:
                for label, member in members_of(value):
                    self.add(f"{full}[{label}]", "item", member, callee=callee, argument=name)
            return
        if isinstance(value, ast.Dict) and not quiet:
            for key, inner in zip(value.keys, value.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    self.argument(
                        callee,
                        f"{full}.{key.value}".rpartition(".")[0],
                        key.value,
                        inner,
                        drawing,
                        quiet,
                        False,
                    )
                else:
                    self.inner(inner)
            return
        if isinstance(value, (ast.List, ast.Tuple)) and not drawing and not quiet and last not in STEPPED:
            for label, member in members_of(value):
                self.add(f"{full}[{label}]", "item", member, callee=callee, argument=name)
            for inner in value.elts:
                if isinstance(inner, ast.Dict):
                    self.argument(callee, last, name, inner, drawing, quiet, positional)
                else:
                    self.inner(inner)
            return
        self.expression(value)

    def option(self, node: ast.Call) -> bool:
        """``parser.add_argument("--lr", default=0.1)`` is ``args.lr``."""
        flags = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        keywords = {k.arg: k.value for k in node.keywords}
        default, dest = keywords.get("default"), keywords.get("dest")
        name = next((f for f in flags if f.startswith("--")), flags[0] if flags else "")
        if isinstance(dest, ast.Constant) and isinstance(dest.value, str):
            name = dest.value
        if not name:
            return False
        parser = path_of(node.func.value) if isinstance(node.func, ast.Attribute) else None
        args = self.given.names.get(parser or "", "args")
        path = f"{args}.{name.lstrip('-').replace('-', '_')}"
        if (
            default is not None
            and literal(default) is not MISSING
            and not is_start(default)
            and path not in self.given.paths
        ):
            self.add(path, "config", default, path=path, weight=0.2)
        return True
