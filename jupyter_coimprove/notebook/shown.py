"""What stands behind a number as it is shown: the variable in full, or a counter that measures nothing."""

from __future__ import annotations

import ast

from jupyter_coimprove.notebook.metrics import direction, words
from jupyter_coimprove.notebook.trees import last_name, walk

_ROUNDING = frozenset({"round", "around", "round_", "float"})
#: What counts, numbers or times a run, or sets it.
COUNTERS = frozenset(
    """i j k n m t it idx index step steps epoch epochs ep iter iters iteration iterations batch batches fold folds
    round rounds episode episodes trial trials count counter num size seed lr global current cur done total max
    elapsed duration took secs t0 t1 tic toc start started began end stop now""".split()  # noqa: SIM905
)
_CLOCKS = frozenset({"time", "perf_counter", "monotonic", "process_time", "default_timer", "now"})
_RATES = frozenset({"get_last_lr", "get_lr", "param_groups"})


def in_full(expr: ast.expr) -> ast.expr:
    """``score`` of ``round(float(score), 3)`` and ``metrics["f1"]`` of ``float(metrics["f1"])``.

    The expression itself where what is rounded stands under no name.
    """
    inner = expr
    while isinstance(inner, ast.Call) and inner.args and last_name(inner.func) in _ROUNDING:
        if isinstance(inner.func, ast.Attribute) and not isinstance(inner.func.value, ast.Name):
            return expr
        inner = inner.args[0]
    held = (
        inner.value if isinstance(inner, ast.Subscript) and isinstance(inner.slice, ast.Constant) else inner
    )
    return inner if isinstance(held, ast.Name) else expr


def counts(expr: ast.expr) -> bool:
    """Whether this is progress rather than a result: ``epoch + 1``, ``len(data)``, a clock, a learning rate."""
    if isinstance(expr, ast.Call) and last_name(expr.func) in ("int", "round", "float", "str", "len"):
        return last_name(expr.func) == "len" or (bool(expr.args) and counts(expr.args[0]))
    if any(
        last_name(n) in _RATES or (isinstance(n, ast.Call) and last_name(n.func) in _CLOCKS)
        for n in walk(expr)
    ):
        return True
    if isinstance(expr, ast.BinOp):
        sides = [s for s in (expr.left, expr.right) if not isinstance(s, ast.Constant)]
        # A ratio of two lengths is a rate of something.
        ratio = isinstance(expr.op, ast.Div) and len(sides) == 2
        return bool(sides) and all(counts(s) for s in sides) and not (ratio and _has_length(expr))
    if not isinstance(expr, (ast.Name, ast.Attribute)):
        return False
    said = set(words(expr.id if isinstance(expr, ast.Name) else expr.attr))
    return bool(said) and said <= COUNTERS and direction(" ".join(said)) == "unknown"


def _has_length(expr: ast.expr) -> bool:
    return any(isinstance(n, ast.Call) and last_name(n.func) == "len" for n in walk(expr))
