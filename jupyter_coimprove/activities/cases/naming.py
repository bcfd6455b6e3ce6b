"""Which expressions of a notebook are its test features, labels and predictions, by how its code uses them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from jupyter_coimprove.activities.cases.expressions import Named
from jupyter_coimprove.activities.cases.guessing import (
    CROSS_VALIDATED,
    chosen,
    cross_validated,
    differences,
    guessed,
    uncompared,
)
from jupyter_coimprove.activities.cases.unfolding import (
    Told,
    batched,
    looped,
    over_batches,
    trains_on_batches,
    unfolded,
)
from jupyter_coimprove.notebook.itemwise import METRICS
from jupyter_coimprove.notebook.metrics import role
from jupyter_coimprove.notebook.trees import last_name

_PREDICTS = ("predict", "predict_proba", "decision_function")
_CASTS = ("float", "astype", "double")
_LABELS = re.compile(r"(?i)(?:y|labels?|targets?|truth|true)(?:_?(?:te|va|val|valid|test|true|\d))*\Z")
_RANK = {"test": 3, "validation": 2, "": 1, "training": 0}


def named(sources: Mapping[int, str]) -> list[Named]:
    """The likeliest first: what is compared as test data, then as validation; of equal ones the last.

    ``sources`` are the code cells as plain Python, by index. What a function of the notebook compares is named where
    what it was given is there in the end. Behind all that stands what was held out or fitted and never compared.
    """
    trees = {cell: tree for cell, source in sorted(sources.items()) if (tree := _parsed(source)) is not None}
    functions = {
        node.name: node for tree in trees.values() for node in tree.body if isinstance(node, ast.FunctionDef)
    }  # fmt: skip
    made: dict[str, ast.expr] = {}
    found: list[tuple[tuple[int, int], Named]] = []
    for cell, tree in trees.items():
        for node, target in _running(tree):
            if (
                isinstance(node, ast.Assign)
                and len(node.targets) == 1
                and isinstance(node.targets[0], ast.Name)
            ):
                made[node.targets[0].id] = node.value
            for told in _told(node, target, functions):
                for one in _of(told, made, cell):
                    rank = _RANK[role(f"{one.truth} {one.predicted} {one.features} {one.batches}")]
                    found.append(((rank, len(found)), one))
    ordered = [one for _, one in sorted(found, key=lambda pair: pair[0], reverse=True)]
    ordered += reversed(list(uncompared(trees)))
    unique = {(one.features, one.truth, one.predicted, one.batches): one for one in reversed(ordered)}
    return sorted(unique.values(), key=ordered.index)


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except SyntaxError:
        return None


def _running(node: ast.AST) -> Iterator[tuple[ast.AST, ast.expr | None]]:
    """What runs at top level, in the order of the code: inner calls before what they are given to.

    With a call the name it is given. A loop over batches is one thing: afterwards only its last batch is there.
    """
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        whole = isinstance(child, ast.For) and over_batches(child)
        if isinstance(child, (ast.GeneratorExp, ast.ListComp)):
            whole = over_batches(child.generators[0])
        if isinstance(child, ast.For) and trains_on_batches(child):
            learnt = {one.id for one in ast.walk(child.target) if isinstance(one, ast.Name)}
            yield from (pair for pair in _running(child) if not learnt & _identifiers(pair[0]))
        elif not whole:
            yield from _running(child)
        given = isinstance(node, ast.Assign) and node.value is child
        yield child, node.targets[0] if given and isinstance(node, ast.Assign) else None


def _told(node: ast.AST, target: ast.expr | None, functions: Mapping[str, ast.FunctionDef]) -> Iterator[Told]:
    if isinstance(node, ast.For) and over_batches(node):
        yield from looped(node, functions)
    elif isinstance(node, (ast.GeneratorExp, ast.ListComp)) and over_batches(node.generators[0]):
        yield from batched(node)
    elif isinstance(node, (ast.Call, ast.Compare)):
        if isinstance(node, ast.Call):
            yield from unfolded(node, target, functions)
        yield Told(node=node)


def _of(told: Told, made: Mapping[str, ast.expr], cell: int) -> Iterator[Named]:
    """What one expression compares. Of batches both sides are, or neither."""
    if not isinstance(told.node, (ast.Call, ast.Compare)):
        return
    for truth, said, features, model, note in _compared(told.node, made):
        both = [bool(told.of & _names(text)) for text in (truth, said)]
        if both[0] == both[1]:
            batches = told.batches if both[0] else ""
            yield Named(
                features=features,
                truth=truth,
                predicted=said,
                model=model,
                cell=cell + 1,
                batches=batches,
                note=note,
            )


def _names(text: str) -> set[str]:
    return _identifiers(ast.parse(text, mode="eval"))


def _identifiers(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _compared(
    node: ast.Call | ast.Compare, made: Mapping[str, ast.expr]
) -> Iterator[tuple[str, str, str, str, str]]:
    """(truth, prediction, features, model, note) of a comparison of labels with what was predicted."""
    if isinstance(node, ast.Compare):
        if len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq):
            sides = (node.left, node.comparators[0])
            for said, truth in (sides, sides[::-1]):
                features, model = _of_prediction(said, made)
                if not features and chosen(said, made):
                    features = guessed(said, made)
                told = _of_prediction(truth, made)[0] or guessed(truth, made)
                if features and not told and not isinstance(truth, ast.Constant):
                    yield ast.unparse(truth), ast.unparse(said), features, model, ""
        return
    name = last_name(node.func)
    if name == "score" and isinstance(node.func, ast.Attribute) and len(node.args) == 2:
        model, (features_, truth_) = ast.unparse(node.func.value), map(ast.unparse, node.args)
        yield truth_, f"{model}.predict({features_})", features_, model, ""
    elif name in CROSS_VALIDATED:
        yield from cross_validated(node)
    elif name == "mean":
        for averaged in _averaged(node, made):
            yield *averaged, ""
        for truth_side, said_side in differences(node):
            features, model = _of_prediction(said_side, made)
            features = features or guessed(said_side, made)
            if features and not _of_prediction(truth_side, made)[0] and not guessed(truth_side, made):
                yield ast.unparse(truth_side), ast.unparse(said_side), features, model, ""
    elif name in METRICS and len(node.args) >= 2:
        truth_side, said_side = node.args[:2]
        features, model = _of_prediction(said_side, made)
        yield ast.unparse(truth_side), ast.unparse(said_side), features, model, ""


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
