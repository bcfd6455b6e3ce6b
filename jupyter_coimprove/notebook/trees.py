"""Syntax trees that many readers walk: what is in them is listed once; and what a call calls."""

from __future__ import annotations

import ast
import contextlib
import functools
import gc
import threading
from collections.abc import Iterator
from typing import TypeVar, cast

Kind = TypeVar("Kind", bound=ast.AST)
_CHILDREN, _BELOW, _BUSY, _KINDS = "_children", "_below", "_busy", "_kinds"
_ACTS = frozenset({ast.Call, ast.Assign, ast.AnnAssign, ast.AugAssign})
#: Fields that hold text, numbers, or what holds nothing itself: contexts and operators.
_PLAIN = frozenset(
    """id ctx attr arg asname op ops level module conversion simple type_comment kind rest kwd_attrs is_async
    tag""".split()  # noqa: SIM905
)
#: Kind of node -> its fields that may hold nodes.
_HOLDING: dict[type[ast.AST], tuple[str, ...]] = {
    kind: tuple(name for name in kind._fields if name not in _PLAIN)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
} | {ast.Constant: ()}


_lock = threading.Lock()
_at_work = 0
#: Not empty while the collector rests because of us.
_rests: list[bool] = []


@contextlib.contextmanager
def growing() -> Iterator[None]:
    """While trees grow, the collector would look through all of them again and again for nothing.

    It rests meanwhile, and goes on when the last reader is through. Also a decorator.
    """
    global _at_work
    with _lock:
        if _at_work == 0 and gc.isenabled():
            gc.disable()
            _rests.append(True)
        _at_work += 1
    try:
        yield
    finally:
        with _lock:
            _at_work -= 1
            if _at_work == 0 and _rests:
                _rests.clear()
                gc.enable()


@functools.lru_cache(maxsize=1024)
def parsed(source: str) -> ast.Module:
    """The tree of this text, for readers alone: nobody changes it, and equal texts share it.

    Where a node stands for one place (dataflow, operators), a tree of its own is parsed.
    """
    return ast.parse(source)


def children(node: ast.AST) -> tuple[ast.AST, ...]:
    """What ``ast.iter_child_nodes`` gives but for contexts and operators, kept on the node.

    For trees that nobody changes.
    """
    known = node.__dict__.get(_CHILDREN)
    if known is None:
        out: list[ast.AST] = []
        for name in _HOLDING[type(node)]:
            value = getattr(node, name, None)
            if isinstance(value, list):
                out += [part for part in value if isinstance(part, ast.AST)]
            elif isinstance(value, ast.AST):
                out.append(value)
        known = node.__dict__[_CHILDREN] = tuple(out)
    found: tuple[ast.AST, ...] = known
    return found


def walk(node: ast.AST) -> tuple[ast.AST, ...]:
    """As ``ast.walk``: every node below, itself first, from the outside in; kept on the node."""
    known = node.__dict__.get(_BELOW)
    if known is None:
        below = [node]
        for part in below:
            below += children(part)
        known = node.__dict__[_BELOW] = tuple(below)
    found: tuple[ast.AST, ...] = known
    return found


def busy(node: ast.AST) -> tuple[ast.AST, ...]:
    """The children in which something is called or assigned; kept on the node.

    Readers of calls and assignments go down these alone: most nodes are names and numbers.
    """
    known = node.__dict__.get(_BUSY)
    if known is None:
        known = tuple([c for c in children(node) if type(c) in _ACTS or busy(c)])
        node.__dict__[_BUSY] = known
    found: tuple[ast.AST, ...] = known
    return found


def kinds(node: ast.AST) -> dict[type[ast.AST], list[ast.AST]]:
    """Every node below, itself too, by its kind, each from the outside in; kept on the node."""
    known = node.__dict__.get(_KINDS)
    if known is None:
        known = {}
        for part in walk(node):
            known.setdefault(type(part), []).append(part)
        node.__dict__[_KINDS] = known
    found: dict[type[ast.AST], list[ast.AST]] = known
    return found


def of_kind(node: ast.AST, kind: type[Kind]) -> list[Kind]:
    """Every node of exactly this kind below, itself too, from the outside in."""
    return cast("list[Kind]", kinds(node).get(kind, []))


def calls(node: ast.AST) -> list[ast.Call]:
    """Every call below, itself too, from the outside in."""
    return of_kind(node, ast.Call)


def identifiers(node: ast.AST) -> list[ast.Name]:
    """Every name below, itself too, from the outside in."""
    return of_kind(node, ast.Name)


def last_name(function: ast.AST) -> str:
    """The last name of what is called: ``fit`` of ``model.fit`` and of ``fit``; empty where it has none."""
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def callee_of(node: ast.expr) -> str:
    """The last name of what a call calls, or of the name that this is."""
    return last_name(node.func if isinstance(node, ast.Call) else node)
