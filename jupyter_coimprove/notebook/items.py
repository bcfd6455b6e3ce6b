"""Members of list displays that an ablation can leave out: steps, features, layers, estimators."""

from __future__ import annotations

import ast

from jupyter_coimprove.notebook.literals import MISSING, literal
from jupyter_coimprove.notebook.trees import callee_of, last_name

#: Longer displays are data.
MOST = 30
#: Layers that can go without changing a shape.
SAME_SHAPE = (
    "BatchNorm", "LayerNorm", "GroupNorm", "InstanceNorm", "RMSNorm", "Dropout", "AlphaDropout",
    "BatchNormalization", "LayerNormalization", "GaussianNoise", "SpatialDropout",
)  # fmt: skip
#: The last step is what the others are for.
ESTIMATOR_LAST = frozenset({"Pipeline", "make_pipeline"})
_LAYERS = frozenset({"Sequential", "ModuleList"})


def members_of(node: ast.expr, *, layers_only: bool = False) -> list[tuple[str, ast.expr]]:
    """(label, member) of what can be left out of this display or pipeline call; often nothing."""
    callee = ""
    elements: list[ast.expr]
    if isinstance(node, ast.Call):
        callee = last_name(node.func)
        elements = list(node.args)
        for given in [
            *node.args[:1],
            *(k.value for k in node.keywords if k.arg in ("steps", "transformer_list")),
        ]:
            if isinstance(given, (ast.List, ast.Tuple)) and len(given.elts) > 0:
                elements = list(given.elts)
                break
    elif isinstance(node, (ast.List, ast.Tuple)):
        elements = list(node.elts)
    else:
        return []
    if not 2 <= len(elements) <= MOST or any(isinstance(e, ast.Starred) for e in elements):
        return []
    if not layers_only and not callee and _is_data(elements):
        return []
    if isinstance(node, ast.Tuple) and any(
        literal(e) is MISSING and not isinstance(e, ast.Tuple) for e in elements
    ):
        return []
    layers = callee in _LAYERS or layers_only or (not callee and any(_is_layer(e) for e in elements))
    chosen = [
        element
        for place, element in enumerate(elements)
        if not (callee in ESTIMATOR_LAST and place == len(elements) - 1)
        and (not layers or _can_go(element))
        and not (isinstance(element, ast.Constant) and element.value is None)
    ]
    labels = [_label(e) for e in elements]
    out = []
    for element in chosen:
        label = _label(element)
        if not label or len(label) > 40:
            continue
        same = [e for e, other in zip(elements, labels, strict=True) if other == label]
        number = f"#{same.index(element) + 1}" if len(same) > 1 else ""
        out.append((label + number, element))
    return out


def _is_data(elements: list[ast.expr]) -> bool:
    """Numbers in rows, or more than a handful of them."""
    rows = all(isinstance(e, (ast.List, ast.Tuple)) for e in elements)
    named = all(isinstance(e, ast.Tuple) and e.elts and isinstance(literal(e.elts[0]), str) for e in elements)
    numbers = all(isinstance(literal(e), (int, float)) for e in elements)
    return (rows and not named) or (numbers and len(elements) > 8) or all(_is_position(e) for e in elements)


def _is_position(element: ast.expr) -> bool:
    """Slices of arrays and plain variables of a tuple: ``x, y`` hold data, not alternatives."""
    return (
        isinstance(element, (ast.Subscript, ast.BinOp, ast.Compare, ast.Lambda))
        and literal(element) is MISSING
    )


def _is_layer(element: ast.expr) -> bool:
    return isinstance(element, ast.Call) and callee_of(element).startswith(
        (*SAME_SHAPE, "Linear", "Conv", "Dense")
    )


def _can_go(element: ast.expr) -> bool:
    return isinstance(element, ast.Call) and callee_of(element).startswith(SAME_SHAPE)


def _label(element: ast.expr) -> str:
    """What a person would call it: its key, its class, its value."""
    if isinstance(element, ast.Tuple) and element.elts:
        first = literal(element.elts[0])
        return first if isinstance(first, str) else ""
    value = literal(element)
    if value is not MISSING:
        return str(value) if isinstance(value, (str, int, float)) else ""
    return callee_of(element) if isinstance(element, (ast.Call, ast.Name, ast.Attribute)) else ""
