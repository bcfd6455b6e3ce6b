"""Predictions that code gives away otherwise than by `predict`: a network's call, a difference, folds, what was never compared."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping

from jupyter_coimprove.activities.cases.expressions import Named
from jupyter_coimprove.activities.cases.unfolding import opaque
from jupyter_coimprove.notebook.trees import last_name

CROSS_VALIDATED = frozenset({"cross_val_score", "cross_validate", "permutation_test_score"})
_FOLDS = "__import__('sklearn.model_selection', fromlist=['cross_val_predict']).cross_val_predict"
_BUILTIN = frozenset(dir(builtins))
_SIZES = (
    "abs",
    "absolute",
    "fabs",
    "square",
    "pow",
    "float",
    "double",
    "astype",
    "sum",
    "item",
    "detach",
    "cpu",
    "numpy",
)
#: What a statistical model is called in code that builds one of a formula or of arrays.
_STATS = "statsmodels"


def guessed(node: ast.expr, made: Mapping[str, ast.expr], depth: int = 4) -> str:
    """What was given to the function or network whose answer this is, as ``X`` of ``net(X).argmax(1)``; empty for none."""
    if isinstance(node, ast.Name):
        return (
            guessed(made[node.id], made, depth - 1)
            if depth and node.id in made and made[node.id] is not node
            else ""
        )
    if opaque(node):
        return ""
    for part in ast.walk(node):
        if (
            isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.args and part.func.id not in _BUILTIN
            and not isinstance(part.args[0], (ast.Constant, ast.Starred, ast.GeneratorExp))
        ):  # fmt: skip
            return ast.unparse(part.args[0])
    inner = (part for part in ast.walk(node) if isinstance(part, ast.Name) and part.id in made and depth)
    return next((told for part in inner if (told := guessed(part, made, depth))), "")


def chosen(node: ast.expr, made: Mapping[str, ast.expr], depth: int = 3) -> bool:
    """Whether it is the likeliest of several classes: ``argmax``, or the second that ``max`` gives."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and last_name(part.func) == "argmax":
            return True
        if (
            isinstance(part, ast.Subscript)
            and isinstance(part.value, ast.Call)
            and last_name(part.value.func) == "max"
        ):
            return True
        if (
            isinstance(part, ast.Name)
            and depth
            and part.id in made
            and chosen(made[part.id], made, depth - 1)
        ):
            return True
    return False


def differences(mean: ast.Call) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Both ways round, the sides of ``mean((a - b) ** 2)`` and of ``(a - b).abs().mean()``."""
    inner = mean.args[0] if mean.args else mean.func.value if isinstance(mean.func, ast.Attribute) else None
    size = False
    while True:
        if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Pow):
            inner, size = inner.left, True
        elif isinstance(inner, ast.Call) and last_name(inner.func) in _SIZES:
            size = size or last_name(inner.func) in _SIZES[:5]
            module = isinstance(inner.func, ast.Name) or (
                inner.args and not isinstance(inner.args[0], ast.Constant)
            )
            inner = inner.args[0] if module and inner.args else getattr(inner.func, "value", None)
        else:
            break
    if size and isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Sub):
        yield inner.right, inner.left
        yield inner.left, inner.right


def cross_validated(call: ast.Call) -> Iterator[tuple[str, str, str, str, str]]:
    """``cross_val_score(model, X, y, cv=5)``: the same folds once more, keeping what each model said of the rows left out."""
    by = {key.arg: key.value for key in call.keywords if key.arg}
    given = [*call.args, *(by[name] for name in ("X", "y")[max(0, len(call.args) - 1) :] if name in by)]
    if len(given) < 3 or any(isinstance(one, ast.Starred) for one in given[:3]):
        return
    model, features, truth = map(ast.unparse, given[:3])
    cv = f", cv={ast.unparse(by['cv'])}" if "cv" in by else ""
    yield (
        truth,
        f"{_FOLDS}({model}, {features}, {truth}{cv})",
        features,
        "",
        "each row by a model that has not seen it",
    )


def uncompared(trees: Mapping[int, ast.Module]) -> Iterator[Named]:
    """What was held out or searched over, and fitted statistical models: the likeliest last."""
    aliases = {name for tree in trees.values() for name in _from_statsmodels(tree)}
    made: dict[str, ast.expr] = {}
    held: dict[tuple[str, str], tuple[str, str]] = {}
    stats: list[Named] = []
    out: list[Named] = []
    for cell, tree in trees.items():
        for node in tree.body:
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                target, value = node.targets[0], node.value
                if isinstance(target, ast.Name):
                    made[target.id] = value
                    if _is_statistical(value, made, aliases):
                        stats.append(_statistical(target.id, cell))
                elif isinstance(target, ast.Tuple):
                    held.update(_held_out(target, value))
            if isinstance(node, (ast.Assign, ast.Expr)) and isinstance(node.value, ast.Call):
                out += _fitted(node.value, made, held, cell)
    yield from stats
    yield from out


def _from_statsmodels(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for name in node.names:
                module = node.module or "" if isinstance(node, ast.ImportFrom) else name.name
                if module.partition(".")[0] == _STATS:
                    yield name.asname or name.name.partition(".")[0]


def _statistical(name: str, cell: int) -> Named:
    return Named(
        features=f"{name}.model.data.orig_exog", truth=f"{name}.model.endog", predicted=f"{name}.predict()", cell=cell + 1,
        note="these are the rows that it was fitted to: on others it errs more",
    )  # fmt: skip


def _held_out(target: ast.Tuple, value: ast.expr) -> dict[tuple[str, str], tuple[str, str]]:
    """What is fitted -> what was held out for it, of ``X_train, X_test, y_train, y_test = train_test_split(X, y)``."""
    names = [ast.unparse(one) for one in target.elts]
    split = (
        isinstance(value, ast.Call) and last_name(value.func) == "train_test_split" and len(value.args) == 2
    )
    return {(names[0], names[2]): (names[1], names[3])} if split and len(names) == 4 else {}


def _fitted(call: ast.Call, made: Mapping[str, ast.expr], held: Mapping[tuple[str, str], tuple[str, str]], cell: int) -> list[Named]:  # fmt: skip
    func = call.func
    if (
        not isinstance(func, ast.Attribute)
        or func.attr != "fit"
        or len(call.args) != 2
        or not isinstance(func.value, ast.Name)
    ):
        return []
    model, (features, truth) = func.value.id, map(ast.unparse, call.args)
    if (features, truth) in held:
        X, y = held[features, truth]
        return [
            Named(features=X, truth=y, predicted=f"{model}.predict({X})", model=model, cell=cell + 1, note="held out, and never compared")
        ]  # fmt: skip
    if isinstance(built := made.get(model), ast.Call) and last_name(built.func).endswith("SearchCV"):
        said = f"{_FOLDS}({model}.best_estimator_, {features}, {truth}, cv={model}.cv)"
        note = "the chosen settings, each row by a model that has not seen it; the search had seen them all"
        return [Named(features=features, truth=truth, predicted=said, cell=cell + 1, note=note)]
    return []


def _is_statistical(value: ast.expr, made: Mapping[str, ast.expr], aliases: set[str]) -> bool:
    """Whether this is the result of fitting one of statsmodels' models."""
    if (
        not isinstance(value, ast.Call)
        or not isinstance(value.func, ast.Attribute)
        or value.func.attr != "fit"
    ):
        return False
    built: ast.expr | None = value.func.value
    if isinstance(built, ast.Name):
        built = made.get(built.id)
    if not isinstance(built, ast.Call):
        return False
    root: ast.expr = built.func
    while isinstance(root, ast.Attribute):
        root = root.value
    return isinstance(root, ast.Name) and root.id in aliases
