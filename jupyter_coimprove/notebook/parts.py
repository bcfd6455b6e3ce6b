"""Parts of the code that can be taken out: walks every statement with the scope it stands in."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from jupyter_coimprove.notebook.candidates import CandidateKind, OperatorName
from jupyter_coimprove.notebook.scopes import path_of
from jupyter_coimprove.notebook.trees import last_name, walk

#: Methods that pass a tensor through layers: what they bind is a shape, not a setting.
FORWARD = frozenset({"forward", "call", "__call__", "encode", "decode", "trunk", "features", "embed"})


@dataclass(frozen=True, kw_only=True)
class Part:
    """What can be taken out, by which operator; ``weight`` is added to its rank.

    ``off`` is the path of a weight that stands before a term: at zero the term is off already.
    """

    name: str
    kind: CandidateKind
    operator: OperatorName
    node: ast.expr | ast.stmt
    weight: float = 0.0
    off: str = ""
    also: tuple[ast.expr | ast.stmt, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Where a statement stands: ``top`` the top-level function or class, ``own`` what a person calls it.

    ``layers`` are the attributes of the class around it and what makes them
    (``bn1`` -> ``BatchNorm2d``); ``parameters`` the arguments of the function around it.
    """

    top: str = ""
    own: str = ""
    klass: str = ""
    method: str = ""
    layers: Mapping[str, str] = field(default_factory=dict)
    parameters: frozenset[str] = frozenset()

    @property
    def forward(self) -> bool:
        """Whether it stands in a method that calls the layers of its class."""
        return (
            bool(self.klass) and (self.method in FORWARD or bool(self.layers)) and self.method != "__init__"
        )


@dataclass(frozen=True, kw_only=True)
class Code:
    """What all statements share: names of own functions, of those that return tuples, of imports, of keys."""

    functions: frozenset[str]
    tuples: frozenset[str]
    imports: frozenset[str]
    #: How often each text constant and attribute is read.
    keys: Mapping[str, int]
    drawing: frozenset[str]


def simple_statements(node: ast.stmt, scope: Scope) -> Iterator[tuple[ast.stmt, Scope]]:
    """Every assignment, return and expression statement at or below this one, in order."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        own = scope.klass if node.name == "__init__" and scope.klass else node.name
        if scope.klass and node.name != "__init__":
            own = f"{scope.klass}.{node.name}"
        args = node.args
        inner = Scope(
            top=scope.top or node.name, own=own, klass=scope.klass, method=node.name, layers=scope.layers,
            parameters=frozenset(a.arg for a in [*args.posonlyargs, *args.args, *args.kwonlyargs]),
        )  # fmt: skip
        for part in node.body:
            yield from simple_statements(part, inner)
    elif isinstance(node, ast.ClassDef):
        inner = Scope(top=scope.top or node.name, own=node.name, klass=node.name, layers=layers_of(node))
        for part in node.body:
            if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                yield from simple_statements(part, inner)
    elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Expr)):
        yield node, scope
    else:
        for name in ("body", "orelse", "finalbody"):
            for part in getattr(node, name, ()):
                yield from simple_statements(part, scope)
        for handler in getattr(node, "handlers", ()):
            for part in handler.body:
                yield from simple_statements(part, scope)


def layers_of(node: ast.ClassDef) -> dict[str, str]:
    """``self.bn1 = nn.BatchNorm2d(8)`` -> ``bn1: BatchNorm2d``, over all methods of a class."""
    out = {}
    for method in node.body:
        if not isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        for part in walk(method):
            if isinstance(part, ast.Assign):
                for target, value in _pairs(part):
                    if (
                        isinstance(target, ast.Attribute)
                        and isinstance(target.value, ast.Name)
                        and target.value.id == "self"
                        and isinstance(value, ast.Call)
                        and last_name(value.func)[:1].isupper()
                    ):
                        out[target.attr] = last_name(value.func)
    return out


def _pairs(node: ast.Assign) -> Sequence[tuple[ast.expr, ast.expr]]:
    target, value = node.targets[0], node.value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        return list(zip(target.elts, value.elts, strict=True))
    return [(t, value) for t in node.targets]


def target_and_value(node: ast.stmt, scope: Scope) -> tuple[ast.expr | None, str, ast.expr | None]:
    """(target, what a person calls it, value) of a simple statement; a return is called by its function."""
    if isinstance(node, ast.Assign):
        target: ast.expr | None = node.targets[0]
    elif isinstance(node, (ast.AnnAssign, ast.AugAssign)):
        target = node.target
    elif isinstance(node, ast.Return):
        return None, scope.own, node.value
    else:
        return None, scope.own, node.value if isinstance(node, ast.Expr) else None
    first = target.elts[0] if isinstance(target, (ast.Tuple, ast.List)) and target.elts else target
    return target, spelled(first, scope), node.value


def spelled(node: ast.expr | None, scope: Scope) -> str:
    """``h``, ``out.hour`` for ``out["hour"]``, ``X[:,7]``, ``Net.scale`` for ``self.scale``; "" when long."""
    if node is None:
        return ""
    path = path_of(node)
    if path is not None:
        if path.startswith("self.") and scope.klass:
            path = f"{scope.klass}.{path.removeprefix('self.')}"
        return path if len(path) <= 40 and path.isprintable() and "=" not in path else ""
    text = ast.unparse(node).replace(" ", "")
    return text if len(text) <= 24 and "=" not in text else ""
