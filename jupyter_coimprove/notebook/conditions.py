"""Code that the notebook's own settings switch off: branches not taken, terms of no weight, layers never called."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_coimprove.notebook.found import Found
from jupyter_coimprove.notebook.literals import MISSING, literal
from jupyter_coimprove.notebook.scopes import path_of
from jupyter_coimprove.notebook.trees import kinds, of_kind, walk
from jupyter_coimprove.notebook.units import Unit


@dataclass(frozen=True, kw_only=True)
class Idle:
    """``nodes``: node -> the condition under which it would run; ``keys``: how often a key is read
    there, and under which condition; ``dead``: nodes whose value only goes where nobody looks."""

    nodes: Mapping[int, str]
    keys: Mapping[str, int]
    when: Mapping[str, str]
    dead: frozenset[int]
    #: Arguments of a class that only such a layer gets: (class, argument).
    unused: frozenset[tuple[str, str]]
    #: Weights that are 0: last part of the path.
    zero: frozenset[str] = frozenset()

    def condition(self, f: Found, read: Mapping[str, int]) -> str:
        """Under which condition this would be used; "" where it is used as things stand."""
        if id(f.node) in self.nodes:
            return self.nodes[id(f.node)]
        if f.kind == "term" and f.argument.rpartition(".")[2] in self.zero:
            return f"{f.argument} is not 0"
        if f.kind == "config" and f.path:
            key = f.path.rpartition(".")[2]
            if key in self.keys and self.keys[key] >= read.get(key, 0):
                return self.when[key]
        return ""


def settings(found: Sequence[Found]) -> dict[str, tuple[str, Any]]:
    """Settings that stand once: last part of the path -> (path without its root, value)."""
    counts: Counter[str] = Counter()
    out: dict[str, tuple[str, Any]] = {}
    for f in found:
        if f.kind in ("config", "constant", "parameter", "seed") and f.path and f.operator == "set":
            if f.function and "." not in f.path:
                continue
            key = f.path.rpartition(".")[2]
            counts[key] += 1
            out[key] = (f.path.partition(".")[2] or f.path, f.value)
    return {key: value for key, value in out.items() if counts[key] == 1 and value[1] is not MISSING}


def idle(units: Iterable[Unit], known: Mapping[str, tuple[str, Any]], read: Mapping[str, int]) -> Idle:
    """What the notebook as it stands never runs. ``read``: how often each attribute or key is read."""
    nodes: dict[int, str] = {}
    keys: Counter[str] = Counter()
    when: dict[str, str] = {}
    dead: set[int] = set()
    unused: set[tuple[str, str]] = set()
    shadowed: set[str] = set()
    units = list(units)
    for unit in units:
        shadowed |= {n.arg for n in of_kind(unit.node, ast.arg)}
    for unit in units:
        if kinds(unit.node).keys().isdisjoint((ast.If, ast.IfExp, ast.ClassDef)):
            continue
        for node in unit.nodes:
            if isinstance(node, (ast.If, ast.IfExp)):
                outcome = _decided(node.test, known, shadowed)
                if outcome is None:
                    continue
                true, text = outcome
                branch: Any = node.orelse if true else node.body
                for part in branch if isinstance(branch, list) else [branch]:
                    for inner in walk(part):
                        nodes.setdefault(id(inner), text)
                        if key := _key(inner):
                            keys[key] += 1
                            when.setdefault(key, text)
            elif isinstance(node, ast.ClassDef):
                dead_here, arguments = _never_called(node, read)
                dead |= dead_here
                unused |= {(node.name, a) for a in arguments}
    zero = {key for key, (_, value) in known.items() if value == 0 and not isinstance(value, (bool, str))}
    return Idle(
        nodes=nodes,
        keys=keys,
        when=when,
        dead=frozenset(dead),
        unused=frozenset(unused),
        zero=frozenset(zero),
    )


def _key(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        return node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        key = literal(node.slice)
        return key if isinstance(key, str) else ""
    return ""


def _decided(
    test: ast.expr, known: Mapping[str, tuple[str, Any]], shadowed: set[str]
) -> tuple[bool, str] | None:
    """(whether the test holds, the condition that would make the other branch run), or None."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        found = _decided(test.operand, known, shadowed)
        return None if found is None else (not found[0], found[1])
    side = test.left if isinstance(test, ast.Compare) else test
    path = path_of(side)
    if path is None or ("." not in path and path in shadowed):
        return None
    setting = known.get(path.rpartition(".")[2])
    if setting is None:
        return None
    spelled, value = setting
    if isinstance(test, ast.Compare):
        other = literal(test.comparators[0])
        if len(test.ops) != 1 or other is MISSING or not isinstance(test.ops[0], (ast.Eq, ast.NotEq)):
            return None
        equal = isinstance(test.ops[0], ast.Eq)
        holds = (value == other) == equal
        return holds, f"{spelled} {'!=' if equal == holds else '=='} {other!r}"
    if not isinstance(value, bool):
        return None
    return value, f"not {spelled}" if value else spelled


def _never_called(node: ast.ClassDef, read: Mapping[str, int]) -> tuple[set[int], set[str]]:
    """``self.drop = nn.Dropout(p)`` of a class where nothing reads ``drop``: its nodes, and ``p``."""
    dead: set[int] = set()
    made: set[str] = set()
    for method in node.body:
        if not isinstance(method, ast.FunctionDef) or method.name != "__init__":
            continue
        for part in method.body:
            if (
                isinstance(part, ast.Assign)
                and isinstance(part.value, ast.Call)
                and len(part.targets) == 1
                and (path_of(part.targets[0]) or "").startswith("self.")
                and not read.get((path_of(part.targets[0]) or "").removeprefix("self."))
            ):
                inner = list(walk(part.value))
                dead |= {id(n) for n in inner}
                made |= {n.id for n in inner if isinstance(n, ast.Name)}
        live = {n.id for n in walk(method) if isinstance(n, ast.Name) and id(n) not in dead}
        return dead, {a.arg for a in method.args.args} & made - live
    return dead, set()
