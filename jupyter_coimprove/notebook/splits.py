"""Calls that split or resample the data, the sizes they give, and the seed that drives them."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping

from jupyter_coimprove.notebook.candidates import Draw, Split
from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.generators import dotted, imports
from jupyter_coimprove.notebook.literals import literal
from jupyter_coimprove.notebook.scopes import path_of
from jupyter_coimprove.notebook.slicing import by_slices, onward, role
from jupyter_coimprove.notebook.trees import busy

#: Splitters by folds: n_test / n_train is 1 / (k - 1). The number is the default k.
FOLDS: dict[str, int] = {
    "KFold": 5, "StratifiedKFold": 5, "GroupKFold": 5, "StratifiedGroupKFold": 5, "RepeatedKFold": 5,
    "RepeatedStratifiedKFold": 5,
}  # fmt: skip
#: Splitters by share of the data in the test set, with its default (scikit-learn's documentation).
SHARES: dict[str, float] = {
    "train_test_split": 0.25, "ShuffleSplit": 0.1, "StratifiedShuffleSplit": 0.1, "GroupShuffleSplit": 0.2,
}  # fmt: skip
#: Functions that cross-validate with ``cv`` folds, five when it is not said.
CROSS = frozenset(
    {
        "cross_val_score",
        "cross_validate",
        "cross_val_predict",
        "GridSearchCV",
        "RandomizedSearchCV",
        "learning_curve",
    }
    | {
        "validation_curve",
        "permutation_test_score",
        "RFECV",
        "LassoCV",
        "RidgeCV",
        "ElasticNetCV",
        "LogisticRegressionCV",
    }
    | {"LassoLarsCV", "HalvingGridSearchCV", "HalvingRandomSearchCV", "CalibratedClassifierCV"}
)
OTHERS = frozenset(
    {
        "TimeSeriesSplit",
        "LeaveOneOut",
        "LeavePOut",
        "LeaveOneGroupOut",
        "PredefinedSplit",
        "random_split",
        "resample",
    }
)


#: The bound of a slice is computed within so many statements of the shuffle.
_NEAR = 25


def splits(flow: Flow, drawn: Mapping[int, Draw], values: Mapping[str, object]) -> tuple[Split, ...]:
    """All splits, in the order of the notebook; ``values`` resolves names (``N_SPLITS``) to numbers.

    ``drawn`` are the draws by the identity of their call: they say what drives a split, and which shuffles are one.
    """
    out = []
    names = imports(s.node for s in flow.statements)
    for index, statement in enumerate(flow.statements):
        for call, targets, body in _calls(statement.node, None):
            name = dotted(call.func, names).rpartition(".")[2]
            draw = drawn.get(id(call))
            known = name in FOLDS or name in SHARES or name in CROSS or name in OTHERS
            by_hand = not known and draw is not None and draw.kind == "split"
            if not known and not by_hand:
                continue
            if (
                name in CROSS
                and not _number(_argument(call, "cv"), values)
                and _argument(call, "cv") is not None
            ):
                # The splitter given as ``cv`` is found where it is made.
                continue
            ratio = _ratio(name, call, values)
            train: str | None = None
            test: str | None = None
            if by_hand:
                rest = body if body is not None else onward(flow, index)
                near = flow.statements[max(0, index - _NEAR) : index + _NEAR]
                around = rest if body is not None else [s.node for s in near]
                train, test, ratio = by_slices(call, targets, rest, values, around)
            elif name in ("train_test_split", "random_split"):
                train, test = _sizes(targets)
            if body is not None:
                train = test = None
            seed = draw.seeds[0] if draw is not None and draw.kind == "split" and draw.seeds else None
            out.append(
                Split(
                    cell=statement.cell, call=path_of(call.func) or name, train_size=train, test_size=test,
                    ratio=ratio, seed=seed,
                )
            )  # fmt: skip
    return tuple(out)


def _calls(
    node: ast.AST, body: list[ast.stmt] | None, targets: ast.expr | None = None
) -> Iterator[tuple[ast.Call, ast.expr | None, list[ast.stmt] | None]]:
    """Every call with the target its value is assigned to, and the body of the function around it."""
    if isinstance(node, ast.Assign):
        yield from _calls(node.value, body, node.targets[0])
        return
    if isinstance(node, ast.Call):
        yield node, targets, body
        targets = None
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        body = node.body
    elif isinstance(node, ast.Lambda):
        body = []
    for child in busy(node):
        yield from _calls(child, body, targets if isinstance(node, (ast.Starred, ast.Await)) else None)


def _argument(call: ast.Call, name: str, place: int | None = None) -> ast.expr | None:
    found = next((k.value for k in call.keywords if k.arg == name), None)
    if found is None and place is not None and place < len(call.args):
        found = call.args[place]
    return found


def _number(node: ast.expr | None, values: Mapping[str, object]) -> float | None:
    if node is None:
        return None
    value: object = literal(node)
    path = path_of(node)
    if path is not None:
        value = values.get(path)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def bootstrap_ratio() -> float:
    """n_test / n_train of a bootstrap that tests on what it did not draw, by distinct rows: 0.58."""
    return math.exp(-1) / (1 - math.exp(-1))


def _ratio(name: str, call: ast.Call, values: Mapping[str, object]) -> float | None:
    """n_test / n_train where the call alone says it."""
    if name in FOLDS:
        given = _argument(call, "n_splits", 0)
        k = FOLDS[name] if given is None else _number(given, values)
        return 1 / (k - 1) if k and k > 1 else None
    if name in CROSS:
        given = _argument(call, "cv")
        k = 5 if given is None else _number(given, values)
        return 1 / (k - 1) if k and k > 1 else None
    if name == "resample":
        whole = _argument(call, "replace") is None and _argument(call, "n_samples") is None
        return bootstrap_ratio() if whole else None
    if name not in SHARES:
        return None
    test, train = _argument(call, "test_size"), _argument(call, "train_size")
    share = SHARES[name]
    if test is not None:
        number = _number(test, values)
        if number is None or not 0 < number < 1:
            return None
        share = number
    elif train is not None:
        number = _number(train, values)
        if number is None or not 0 < number < 1:
            return None
        share = 1 - number
    return share / (1 - share)


def _sizes(targets: ast.expr | None) -> tuple[str | None, str | None]:
    """``len(y_tr)``, ``len(y_te)`` for ``X_tr, X_te, y_tr, y_te = train_test_split(…)``.

    The last pair: labels have a length where sparse features have none. Of three parts
    (``train, val, test = random_split(…)``) the first and the last.
    """
    if not isinstance(targets, (ast.Tuple, ast.List)) or len(targets.elts) < 2:
        return None, None
    names = [e.id if isinstance(e, ast.Name) else "_" for e in targets.elts]
    if len(names) % 2:
        train = next((n for n in names if role(n) == "train"), names[0])
        test = next((n for n in names if role(n) == "test"), names[-1])
        pairs = [(train, test)]
    else:
        pairs = [(names[-2], names[-1]), (names[0], names[1])]
    for train, test in pairs:
        if "_" not in (train, test):
            return f"len({train})", f"len({test})"
    return None, None
