"""Which expressions of a notebook are its test features, labels and predictions, by how its code uses them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jupyter_coimprove.notebook.itemwise import METRICS
from jupyter_coimprove.notebook.metrics import role
from jupyter_coimprove.notebook.trees import last_name

_PREDICTS = ("predict", "predict_proba", "decision_function")
_CASTS = ("float", "astype", "double")
_LABELS = re.compile(r"(?i)(?:y|labels?|targets?|truth|true)(?:_?(?:te|va|val|valid|test|true|\d))*\Z")
_RANK = {"test": 3, "validation": 2, "": 1, "training": 0}


@dataclass(frozen=True, kw_only=True)
class Named:
    """Expressions that hold in the notebook's last state; an empty one was not found.

    ``model`` is what predicted, whose ``predict_proba`` may be asked. ``cell`` counts from 1.
    """

    features: str
    truth: str
    predicted: str
    model: str = ""
    cell: int = 0

    def as_dict(self) -> dict[str, str]:
        return {
            "features": self.features, "truth": self.truth, "predicted": self.predicted, "model": self.model,
        }  # fmt: skip


def named(sources: Mapping[int, str]) -> list[Named]:
    """The likeliest first: what is compared as test data, then as validation; of equal ones the last.

    ``sources`` are the code cells as plain Python, by index. What stands in a function is not there in
    the end and is left out.
    """
    made: dict[str, ast.expr] = {}
    found: list[tuple[tuple[int, int], Named]] = []
    order = 0
    for cell, source in sorted(sources.items()):
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue
        for node in _running(tree):
            order += 1
            if (
                isinstance(node, ast.Assign)
                and len(node.targets) == 1
                and isinstance(node.targets[0], ast.Name)
            ):
                made[node.targets[0].id] = node.value
            if isinstance(node, (ast.Call, ast.Compare)):
                for truth, said, features, model in _compared(node, made):
                    words = f"{truth} {said} {features}"
                    one = Named(features=features, truth=truth, predicted=said, model=model, cell=cell + 1)
                    found.append(((_RANK[role(words)], order), one))
    ordered = [one for _, one in sorted(found, key=lambda pair: pair[0], reverse=True)]
    unique = {(one.features, one.truth, one.predicted): one for one in reversed(ordered)}
    return sorted(unique.values(), key=ordered.index)


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """What runs at top level, in the order of the code: inner calls before what they are given to."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            yield from _running(child)
            yield child


def _compared(
    node: ast.Call | ast.Compare, made: Mapping[str, ast.expr]
) -> Iterator[tuple[str, str, str, str]]:
    """(truth, prediction, features, model) of a comparison of labels with what was predicted."""
    if isinstance(node, ast.Compare):
        if len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq):
            sides = (node.left, node.comparators[0])
            for said, truth in (sides, sides[::-1]):
                features, model = _of_prediction(said, made)
                if features and not _of_prediction(truth, made)[0] and not isinstance(truth, ast.Constant):
                    yield ast.unparse(truth), ast.unparse(said), features, model
        return
    name = last_name(node.func)
    if name == "score" and isinstance(node.func, ast.Attribute) and len(node.args) == 2:
        model, (features_, truth_) = ast.unparse(node.func.value), map(ast.unparse, node.args)
        yield truth_, f"{model}.predict({features_})", features_, model
    elif name == "mean":
        yield from _averaged(node, made)
    elif name in METRICS and len(node.args) >= 2:
        truth, said = node.args[:2]
        features, model = _of_prediction(said, made)
        yield ast.unparse(truth), ast.unparse(said), features, model


def _averaged(node: ast.Call, made: Mapping[str, ast.expr]) -> Iterator[tuple[str, str, str, str]]:
    """``(predicted == y_test).mean()`` of two names, whatever function predicted: the truth is the one named as labels are."""
    inner = node.args[0] if node.args else node.func.value if isinstance(node.func, ast.Attribute) else None
    while (
        isinstance(inner, ast.Call)
        and isinstance(inner.func, ast.Attribute)
        and last_name(inner.func) in _CASTS
    ):
        inner = inner.func.value
    if not isinstance(inner, ast.Compare) or len(inner.ops) != 1 or not isinstance(inner.ops[0], ast.Eq):
        return
    said, truth = inner.left, inner.comparators[0]
    if not isinstance(said, ast.Name) or not isinstance(truth, ast.Name):
        return
    if _LABELS.match(said.id) and not _LABELS.match(truth.id):
        said, truth = truth, said
    if _of_prediction(said, made)[0] or _of_prediction(truth, made)[0] or said.id not in made:
        return
    given = [
        call.args[0].id for call in ast.walk(made[said.id])
        if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Name)
    ]  # fmt: skip
    yield truth.id, said.id, given[0] if given else "", ""


def _of_prediction(node: ast.expr, made: Mapping[str, ast.expr], depth: int = 4) -> tuple[str, str]:
    """What was given to the model whose prediction this is, and the model; empty where it is none."""
    if isinstance(node, ast.Name) and depth and node.id in made:
        return _of_prediction(made[node.id], made, depth - 1)
    for part in ast.walk(node):
        if not isinstance(part, (ast.Call, ast.Name)):
            continue
        func = part.func if isinstance(part, ast.Call) else None
        if (
            isinstance(part, ast.Call)
            and isinstance(func, ast.Attribute)
            and part.args
            and func.attr in _PREDICTS
        ):
            return ast.unparse(part.args[0]), ast.unparse(func.value)
        if isinstance(part, ast.Call) and last_name(part.func) == "cross_val_predict" and len(part.args) >= 2:
            # Out of fold: whichever model was fitted last knows these rows, so it is asked nothing more.
            return ast.unparse(part.args[1]), ""
        if isinstance(part, ast.Name) and depth and part.id in made and part is not node:
            inner = made[part.id]
            if any("predict" in last_name(p.func) for p in ast.walk(inner) if isinstance(p, ast.Call)):
                return _of_prediction(inner, made, depth - 1)
    return "", ""
