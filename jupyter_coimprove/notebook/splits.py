"""Calls that split or resample the data, the sizes they give, and the seed that drives them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from jupyter_coimprove.notebook.candidates import Split
from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.found import Found
from jupyter_coimprove.notebook.literals import literal
from jupyter_coimprove.notebook.scopes import path_of
from jupyter_coimprove.notebook.seeds import seed_of

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
#: Ways to shuffle rows before cutting them by hand.
BY_HAND = frozenset({"permutation", "shuffle", "randperm"})
#: Splitters that always draw; the others only with ``shuffle=True``.
_DRAWS = frozenset({"train_test_split", "ShuffleSplit", "StratifiedShuffleSplit", "GroupShuffleSplit", "RepeatedKFold"}) | {
    "RepeatedStratifiedKFold", "random_split", "resample", *BY_HAND,
}  # fmt: skip


def splits(flow: Flow, seeds: Sequence[tuple[str, Found]], values: Mapping[str, object]) -> tuple[Split, ...]:
    """All splits, in the order of the notebook; ``values`` resolves names (``N_SPLITS``) to numbers."""
    out = []
    for index, statement in enumerate(flow.statements):
        for call, targets, local in _calls(statement.node, False):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name in BY_HAND and (local or not _by_hand(flow, index, call, targets)):
                continue
            if not (name in FOLDS or name in SHARES or name in CROSS or name in OTHERS or name in BY_HAND):
                continue
            if (
                name in CROSS
                and not _number(_argument(call, "cv"), values)
                and _argument(call, "cv") is not None
            ):
                # The splitter given as ``cv`` is found where it is made.
                continue
            train, test = (None, None) if local or name != "train_test_split" else _sizes(targets)
            out.append(
                Split(
                    cell=statement.cell, call=path_of(call.func) or name, train_size=train, test_size=test,
                    ratio=_ratio(name, call, values), seed=_seed(flow, seeds, name, call, index),
                )
            )  # fmt: skip
    return tuple(out)


def _calls(
    node: ast.AST, local: bool, targets: ast.expr | None = None
) -> Iterator[tuple[ast.Call, ast.expr | None, bool]]:
    """Every call with the target its value is assigned to, and whether that is inside a function."""
    if isinstance(node, ast.Assign):
        yield from _calls(node.value, local, node.targets[0])
        return
    if isinstance(node, ast.Call):
        yield node, targets, local
        targets = None
    inside = local or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef))
    for child in ast.iter_child_nodes(node):
        yield from _calls(child, inside, targets if isinstance(node, (ast.Starred, ast.Await)) else None)


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

    The last pair: labels have a length where sparse features have none.
    """
    if not isinstance(targets, (ast.Tuple, ast.List)) or len(targets.elts) < 2 or len(targets.elts) % 2:
        return None, None
    train, test = targets.elts[-2:]
    if not isinstance(train, ast.Name) or not isinstance(test, ast.Name) or "_" in (train.id, test.id):
        train, test = targets.elts[:2]
    if not isinstance(train, ast.Name) or not isinstance(test, ast.Name) or "_" in (train.id, test.id):
        return None, None
    return f"len({train.id})", f"len({test.id})"


def _by_hand(flow: Flow, index: int, call: ast.Call, targets: ast.expr | None) -> bool:
    """Whether rows are shuffled once, outside every loop, to be cut later."""
    node = flow.statements[index].node
    if isinstance(node, (ast.For, ast.While)):
        return False
    if isinstance(node, ast.Expr) and node.value is call:
        return bool(call.args) and isinstance(call.args[0], ast.Name)
    if not isinstance(targets, ast.Name):
        return isinstance(targets, (ast.Tuple, ast.List))
    name = targets.id
    later = (s.node for s in flow.statements[index + 1 :])
    return any(
        isinstance(n, ast.Subscript) and any(isinstance(m, ast.Name) and m.id == name for m in ast.walk(n))
        for statement in later
        for n in ast.walk(statement)
    )


def _seed(
    flow: Flow, seeds: Sequence[tuple[str, Found]], name: str, call: ast.Call, index: int
) -> str | None:
    shuffle = _argument(call, "shuffle")
    off = shuffle is not None and literal(shuffle) is False
    on = shuffle is not None and literal(shuffle) is not False
    if off or (name not in _DRAWS and not on):
        return None
    given = next((k.value for k in call.keywords if k.arg in ("random_state", "seed", "generator")), None)
    if given is None and isinstance(call.func, ast.Attribute) and name in BY_HAND:
        # ``rng.permutation(n)``: the generator it is a method of.
        owner = call.func.value
        if isinstance(owner, ast.Name) and owner.id not in ("random", "np", "numpy", "torch"):
            given = owner
    return seed_of(flow, seeds, given, index)
