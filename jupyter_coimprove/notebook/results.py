"""Mappings of results: what well-known evaluations and the notebook's own functions return by key."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from jupyter_coimprove.notebook.bodies import OwnFunction, own_nodes
from jupyter_coimprove.notebook.candidates import Measured
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.literals import MISSING, literal
from jupyter_coimprove.notebook.metrics import direction, likeliness
from jupyter_coimprove.notebook.outputs import result_text
from jupyter_coimprove.notebook.trees import last_name

#: The text of a displayed mapping is read up to here.
SHOWN = 20_000


def results(
    notebook: Notebook, flow: Flow, functions: Mapping[str, OwnFunction]
) -> Iterator[tuple[Measured, int]]:
    """Measures by key, each with its statement."""
    for index, statement in enumerate(flow.statements):
        node = statement.node
        last = index + 1 == len(flow.statements) or flow.statements[index + 1].cell != statement.cell
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Name) and last:
            yield from _displayed(notebook, node.value.id, statement.cell, index)
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        for target in node.targets:
            if isinstance(target, ast.Name):
                for expr, words in _of_call(target.id, node.value, functions):
                    yield from _measure(expr, words, statement.cell, index)


def returned_words(call: ast.expr, functions: Mapping[str, OwnFunction], place: int | None) -> str:
    """What the notebook's own function says that it returns: the expression (at a place of its tuple)."""
    function = functions.get(last_name(call.func)) if isinstance(call, ast.Call) else None
    values = function.returned() if function is not None else []
    if not values:
        return ""
    value = values[-1]
    if isinstance(value, ast.Tuple):
        if place is None or place >= len(value.elts):
            return ""
        value = value.elts[place]
    elif place is not None:
        return ""
    # The name that is returned, not what it is computed from.
    return value.id if isinstance(value, ast.Name) else ""


def _measure(
    expr: str, words: str, cell: int, index: int, last: float | None = None
) -> Iterator[tuple[Measured, int]]:
    points = likeliness(words)
    if points and direction(words) != "unknown":
        yield (
            Measured(
                name=expr, how="displayed", expr=expr, cell=cell, direction=direction(words), last=last,
                score=points + 0.05,
            ),
            index,
        )  # fmt: skip


def _displayed(notebook: Notebook, name: str, cell: int, index: int) -> Iterator[tuple[Measured, int]]:
    """The keys that a stored output shows of a mapping."""
    text = result_text(notebook.cells[cell]) or ""
    if not text.startswith("{") or len(text) > SHOWN:
        return
    try:
        shown = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return
    for key, value in shown.items() if isinstance(shown, dict) else ():
        if isinstance(key, str) and isinstance(value, (int, float)) and not isinstance(value, bool):
            number = float(value) if value - value == 0 else None
            yield from _measure(f"{name}[{key!r}]", key, cell, index, number)


def _of_call(name: str, call: ast.Call, functions: Mapping[str, OwnFunction]) -> Iterator[tuple[str, str]]:
    """(expression, words) of what a call returns by key."""
    callee = last_name(call.func)
    if callee == "cross_validate":
        for key in _scorers(call):
            # Fold by fold: what is reported is their mean.
            yield f"{name}['test_{key}'].mean()", f"test {key}" if key != "score" else "test score"
    elif callee == "classification_report":
        if any(k.arg == "output_dict" and literal(k.value) is True for k in call.keywords):
            yield f"{name}['macro avg']['f1-score']", "test f1 score"
            yield f"{name}['accuracy']", "test accuracy"
    elif callee == "evaluate" and "compute_metrics" in functions:
        for value in functions["compute_metrics"].returned():
            for key in _keys(value):
                yield f"{name}['eval_{key}']", f"eval {key}"
    elif (
        callee == "evaluate"
        and isinstance(call.func, ast.Attribute)
        and "trainer" in ast.unparse(call.func.value).lower()
    ):
        yield f"{name}['eval_loss']", "eval loss"
    elif callee in functions:
        function = functions[callee]
        for value in function.returned():
            for key in _keys(value) or _local_keys(value, function):
                yield f"{name}[{key!r}]", key


def _scorers(call: ast.Call) -> list[str]:
    given = next((k.value for k in call.keywords if k.arg == "scoring"), None)
    if isinstance(given, ast.Dict):
        return _keys(given)
    value = literal(given) if given is not None else MISSING
    if isinstance(value, (list, tuple)):
        return [v for v in value if isinstance(v, str)]
    return ["score"]


def _keys(value: ast.expr) -> list[str]:
    if isinstance(value, ast.Dict):
        keys = [literal(k) for k in value.keys if k is not None]
        return [
            k
            for k, v in zip(keys, value.values, strict=False)
            if isinstance(k, str) and not isinstance(v, (ast.List, ast.Dict, ast.ListComp))
        ]
    if isinstance(value, ast.Call) and getattr(value.func, "id", "") == "dict":
        return [k.arg for k in value.keywords if k.arg]
    return []


def _local_keys(value: ast.expr, function: OwnFunction) -> list[str]:
    """The keys of ``out = {"acc": acc}`` that a function returns by name."""
    if not isinstance(value, ast.Name):
        return []
    out: list[str] = []
    for node in own_nodes(function.node):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id == value.id:
                    out = _keys(node.value)
                elif (
                    isinstance(target, ast.Subscript)
                    and isinstance(target.value, ast.Name)
                    and target.value.id == value.id
                    and isinstance(key := literal(target.slice), str)
                ):
                    out.append(key)
    return out
