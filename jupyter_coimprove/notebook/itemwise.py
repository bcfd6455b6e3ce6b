"""A score of each test item: what a metric averages, where truth and prediction are left in the end."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_coimprove.notebook.bodies import own_nodes
from jupyter_coimprove.notebook.candidates import Direction
from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.metrics import role
from jupyter_coimprove.notebook.trees import last_name

#: What two vectors are compared by, one item at a time; in the metric's own direction.
_HIT = "[float(a == b) for a, b in zip({0}, {1})]"
_ABSOLUTE = "[abs(float(a) - float(b)) for a, b in zip({0}, {1})]"
_SQUARED = "[(float(a) - float(b)) ** 2 for a, b in zip({0}, {1})]"
_FIT = "[-(float(a) - float(b)) ** 2 for a, b in zip({0}, {1})]"
_BY_CALL: dict[str, tuple[str, Direction]] = {
    "accuracy_score": (_HIT, "max"), "balanced_accuracy_score": (_HIT, "max"), "zero_one_loss": ("[float(a != b) for a, b in zip({0}, {1})]", "min"),
    "mean_absolute_error": (_ABSOLUTE, "min"), "median_absolute_error": (_ABSOLUTE, "min"),
    "mean_squared_error": (_SQUARED, "min"), "root_mean_squared_error": (_SQUARED, "min"), "r2_score": (_FIT, "max"),
}  # fmt: skip
#: Functions that compare labels with predictions, given in this order.
METRICS = frozenset(_BY_CALL) | frozenset({
    "f1_score", "precision_score", "recall_score", "confusion_matrix", "classification_report", "matthews_corrcoef",
    "cohen_kappa_score", "mean_absolute_percentage_error", "log_loss", "roc_auc_score",
})  # fmt: skip


def items_of(flow: Flow) -> tuple[str, Direction] | None:
    """(expression, direction) of a per-item score on the test set; None where nothing is left to score.

    Of several the likeliest: of test data by its names, then the last. Names that a function keeps
    to itself or that get another value later are not there in the end.
    """
    last = {n: i for i, s in enumerate(flow.statements) for n in s.names.binds}
    best: tuple[tuple[bool, int], str, Direction] | None = None
    for index, statement in enumerate(flow.statements):
        if isinstance(statement.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for truth, said, form, way in _pairs(statement.node):
            if truth not in last or said not in last or max(last[truth], last[said]) > index:
                continue
            rank = ("test" in (role(truth), role(said)), index)
            if best is None or rank >= best[0]:
                best = (rank, form.format(truth, said), way)
    return None if best is None else (best[1], best[2])


def _pairs(node: ast.stmt) -> Iterator[tuple[str, str, str, Direction]]:
    """(truth, prediction, form, direction) of every comparison of two names under a mean."""
    for part in own_nodes(node):
        if not isinstance(part, ast.Call):
            continue
        func = part.func
        name = last_name(part.func)
        if name in _BY_CALL and len(part.args) >= 2:
            truth, said = part.args[:2]
            if isinstance(truth, ast.Name) and isinstance(said, ast.Name):
                form, way = _BY_CALL[name]
                yield truth.id, said.id, form, way
        elif name == "mean" and not any(k.arg == "axis" for k in part.keywords):
            # ``np.mean(p == y)``, ``(p == y).float().mean()``
            inner = part.args[0] if part.args else func.value if isinstance(func, ast.Attribute) else None
            while (
                isinstance(inner, ast.Call)
                and isinstance(inner.func, ast.Attribute)
                and inner.func.attr in ("float", "astype")
            ):
                inner = inner.func.value
            if isinstance(inner, ast.Compare) and isinstance(inner.ops[0], ast.Eq) and len(inner.ops) == 1:
                one, other = inner.left, inner.comparators[0]
                if isinstance(one, ast.Name) and isinstance(other, ast.Name):
                    yield other.id, one.id, _HIT, "max"
