"""What must be said of a response before it runs, and with its result (STATISTICS 18)."""

from __future__ import annotations

import ast

from jupyter_coimprove.experiments.experiment import Response
from jupyter_coimprove.experiments.reduction import parse
from jupyter_coimprove.notebook.metrics import role
from jupyter_coimprove.notebook.trees import last_name

_EXTREMES = {"max": ("max", "amax", "nanmax"), "min": ("min", "amin", "nanmin")}


def of(response: Response) -> list[str]:
    """The cautions on one response: the best of several epochs on test data, and how exact it is."""
    out = []
    reduction = parse(response.reduction)
    extreme = reduction.kind == response.direction or _takes_extreme(response)
    part = role(f"{response.name} {response.expr}")
    if extreme and part not in ("validation", "training"):
        out.append(best_of_epochs(response.name, response.direction))
    if response.by is not None and role(f"{response.by.name} {response.by.expr}") == "test":
        out.append(
            f"the epoch is chosen by {response.by.name}, which speaks of test data: choose it on validation data"
        )
    if response.how == "printed":
        exact = "" if response.decimals is None else f", to {response.decimals} decimals"
        out.append(f"{response.name} is read from what the notebook prints{exact}, not at full precision")
    return out


def best_of_epochs(name: str, direction: str) -> str:
    """The caution on an extreme over epochs of test data."""
    return (
        f"the response takes the {direction}imum of {name}: if that is over epochs on test data, "
        "it is not the score of a model anyone could have picked (take the last value, or the one at the "
        "best epoch of validation data)"
    )


def _takes_extreme(response: Response) -> bool:
    """``max(history["test_acc"])``, ``hist.acc.max()``: the extreme that is better, in the expression itself."""
    if response.how != "expression":
        return False
    try:
        body = ast.parse(response.expr, mode="eval").body
    except (SyntaxError, ValueError):
        return False
    while isinstance(body, ast.Call):
        func = body.func
        name = last_name(body.func)
        if name in _EXTREMES[response.direction]:
            # ``max(a, b)`` of a few named numbers is no series.
            return len(body.args) < 2 or any(k.arg == "axis" for k in body.keywords)
        if name in ("float", "round", "item"):
            inner = body.args[0] if body.args else func.value if isinstance(func, ast.Attribute) else None
            if inner is None:
                return False
            body = inner
            continue
        return False
    return False
