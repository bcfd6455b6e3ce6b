"""Measures that stand in names: what is assigned, by its name and by what computes it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from jupyter_coimprove.notebook.bodies import OwnFunction
from jupyter_coimprove.notebook.candidates import Measured
from jupyter_coimprove.notebook.literals import MISSING, literal
from jupyter_coimprove.notebook.metrics import direction, likeliness, words
from jupyter_coimprove.notebook.results import returned_words
from jupyter_coimprove.notebook.trees import callee_of, walk

METRIC_CALL = re.compile(
    r"(_score|_error|_loss|^score|_distance|_similarity|^accuracy|^evaluate|^corrcoef)$|^log_loss$|^r2|^auc$"
)
#: Calls that count, reshape or transform: whatever the name says, no measure comes of them.
_NO_MEASURE = frozenset(
    "len range arange linspace transform fit_transform predict pct_change diff cdist pivot pivot_table groupby nunique copy list dict set tuple sorted".split()  # noqa: SIM905
)
#: Values whose text is long or no number: shown, but nothing to compare.
BULKY = re.compile(
    r"(_report|_matrix|_curve|head|tail|describe|info|summary|keys|columns|dtypes|shape|value_counts|_params_|to_string|display|fit|plot|compile|model)$"
)


def assigned(
    node: ast.Assign | ast.AnnAssign | ast.AugAssign, cell: int, functions: Mapping[str, OwnFunction],
    filled: Mapping[str, str],
) -> Iterator[Measured]:  # fmt: skip
    if node.value is None:
        return
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    for target in targets:
        several = isinstance(target, (ast.Tuple, ast.List))
        names = list(target.elts) if isinstance(target, (ast.Tuple, ast.List)) else [target]
        values: list[ast.expr | None] = [node.value] * len(names)
        if several and isinstance(node.value, (ast.Tuple, ast.List)) and len(node.value.elts) == len(names):
            values = list(node.value.elts)
        for place, (name, value) in enumerate(zip(names, values, strict=True)):
            if not isinstance(name, ast.Name) or value is None or not may_be_number(value):
                continue
            called = callee_of(value) if isinstance(value, ast.Call) else ""
            inner = [callee_of(c) for c in walk(value) if isinstance(c, ast.Call)]
            scored = next((c for c in inner if METRIC_CALL.search(c)), "")
            # What the notebook's own function returns is called there what it is.
            apart = several and values[place] is node.value
            inside = returned_words(value, functions, place if apart else None)
            way = direction(name.id)
            way = direction(inside) if way == "unknown" else way
            sounds = max(likeliness(name.id), likeliness(inside))
            if way == "unknown" and scored:
                way = direction(scored)
            if not sounds and not scored:
                continue
            points = max(sounds, 0.35 if scored else 0.0) + 0.15
            points -= 0.15 if name.id.endswith("s") or set(words(name.id)) & _PLURALS else 0.0
            if (kept := _array(name.id, value, index_loop=filled.get(name.id, "mean"))) is not None:
                expr, reduction = kept
                yield Measured(
                    name=expr, how="series" if reduction else "displayed", expr=expr, cell=cell, direction=way,
                    score=points - 0.1, reduction=reduction,
                )  # fmt: skip
                continue
            # A member of a mapping may be anything: a number stands before it.
            if isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name):
                points -= 0.0 if isinstance(value.slice, ast.Constant) else 0.05
            if called == "cross_val_score":
                # One score a fold: what is reported is their mean.
                expr = f"{name.id}.mean()"
                yield Measured(
                    name=expr, how="displayed", expr=expr, cell=cell, direction="max", score=points + 0.1
                )
                continue
            yield Measured(name=name.id, how="variable", expr=name.id, cell=cell, direction=way, score=points)


#: Arrays, by what makes them; the curves are of two dimensions.
_ARRAYS = frozenset(["zeros", "empty", "ones", "full", "zeros_like", "empty_like", "array", "asarray"])
_CURVES = frozenset(["learning_curve", "validation_curve"])
_PLURALS = frozenset(["scores", "accs", "losses", "errors", "maes", "errs"])


def _array(name: str, value: ast.expr, *, index_loop: str) -> tuple[str, str] | None:
    """(expression, reduction) of an array; the reduction is empty where the expression is a number."""
    if not isinstance(value, ast.Call):
        return None
    called = callee_of(value)
    if called in _CURVES:
        return f"{name}.mean()", ""
    if any(k.arg == "axis" for k in value.keywords) and called in ("mean", "std", "median", "average", "sum"):
        return name, "mean"
    if called not in _ARRAYS:
        return None
    shape = value.args[0] if value.args else None
    if isinstance(shape, ast.Tuple) and len(shape.elts) > 1:
        return f"{name}.mean()", ""
    return name, index_loop


def may_be_number(value: ast.expr) -> bool:
    """Whether this may be computed to a number: no literal start value, no display, no function."""
    if literal(value) is not MISSING:
        return False
    if isinstance(
        value,
        (
            ast.List,
            ast.Dict,
            ast.Set,
            ast.Tuple,
            ast.Lambda,
            ast.JoinedStr,
            ast.ListComp,
            ast.DictComp,
            ast.GeneratorExp,
        ),
    ):
        return False
    if isinstance(value, ast.Call):
        name = callee_of(value)
        if name in _CURVES:
            return True
        # ``loss = nn.MSELoss()`` makes a thing that measures, ``float("inf")`` starts a search.
        if name[:1].isupper() or name.endswith("_scorer") or BULKY.search(name) or name in _NO_MEASURE:
            return False
        if name == "float" and value.args and literal(value.args[0]) is not MISSING:
            return False
    return not (isinstance(value, ast.Attribute) and value.attr in ("inf", "nan"))
