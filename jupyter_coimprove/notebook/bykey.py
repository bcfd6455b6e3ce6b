"""Mappings of measures that a cell builds itself: ``metrics = {"auc": roc_auc_score(y, p), …}``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_coimprove.notebook.assigned import METRIC_CALL, may_be_number
from jupyter_coimprove.notebook.candidates import Direction, Measured
from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.literals import literal
from jupyter_coimprove.notebook.metrics import direction, likeliness
from jupyter_coimprove.notebook.shown import counts, in_full
from jupyter_coimprove.notebook.trees import callee_of, walk


def by_key(flow: Flow) -> Iterator[tuple[Measured, int]]:
    """A measure a key, with the statement that fills it, however the mapping is shown later.

    A key that only renames or rounds a variable stands for the variable, in full precision.
    """
    mappings: set[str] = set()
    variables: set[str] = set()
    for index, statement in enumerate(flow.statements):
        node = statement.node
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name):
                if (pairs := _pairs(node.value)) is not None:
                    mappings.add(target.id)
                    for path, words, value in _leaves(target.id, "", pairs):
                        yield from _measure(path, words, value, variables, statement.cell, index)
            elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
                key = literal(target.slice)
                if isinstance(key, str) and target.value.id in mappings:
                    path = f"{target.value.id}[{key!r}]"
                    yield from _measure(path, key, node.value, variables, statement.cell, index)
            variables |= {
                n.id for n in walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }


def mapping_names(flow: Flow) -> frozenset[str]:
    """Names that only ever hold a mapping made at top level: the mapping itself is no number."""
    held: dict[str, bool] = {}
    for statement in flow.statements:
        node = statement.node
        value = node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
        mapping = isinstance(value, ast.DictComp) or (value is not None and _pairs(value) is not None)
        for name in statement.names.binds:
            held[name] = held.get(name, True) and mapping
    return frozenset(name for name, only in held.items() if only)


def _pairs(value: ast.expr) -> list[tuple[str, ast.expr]] | None:
    """The text keys of a display or of ``dict(auc=…)``; None for anything else."""
    if isinstance(value, ast.Dict):
        keys = [literal(k) if k is not None else None for k in value.keys]
        return [(k, v) for k, v in zip(keys, value.values, strict=True) if isinstance(k, str)]
    if isinstance(value, ast.Call) and getattr(value.func, "id", "") == "dict" and not value.args:
        return [(k.arg, k.value) for k in value.keywords if k.arg]
    return None


def _leaves(path: str, words: str, pairs: list[tuple[str, ast.expr]]) -> Iterator[tuple[str, str, ast.expr]]:
    for key, value in pairs:
        inner = _pairs(value)
        here, said = f"{path}[{key!r}]", f"{words} {key}".strip()
        if inner is None:
            yield here, said, value
        else:
            yield from _leaves(here, said, inner)


def _measure(
    path: str, words: str, value: ast.expr, variables: set[str], cell: int, index: int
) -> Iterator[tuple[Measured, int]]:
    full = in_full(value)
    if counts(full) or not may_be_number(full):
        return
    if isinstance(full, ast.Name):
        if full.id not in variables:
            return  # a function or a class
        if full is not value or likeliness(full.id):
            path = full.id
    scored = next(
        (c for n in walk(full) if isinstance(n, ast.Call) and METRIC_CALL.search(c := callee_of(n))), ""
    )
    way: Direction = next((w for w in map(direction, (words, path, scored)) if w != "unknown"), "unknown")
    points = max(likeliness(words), 0.4 if scored else 0.0)
    if not points:
        return
    how = "variable" if isinstance(full, ast.Name) and path == full.id else "displayed"
    yield (
        Measured(name=path, how=how, expr=path, cell=cell, direction=way, score=points + 0.1),  # type: ignore[arg-type]
        index,
    )
