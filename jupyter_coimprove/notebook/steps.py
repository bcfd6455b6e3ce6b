"""Calls that could pass their main input on unchanged: norms, dropout, augmentation, clipping, scalers."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_coimprove.notebook.calls import DRAWING, STEPPED
from jupyter_coimprove.notebook.levels import tokens
from jupyter_coimprove.notebook.literals import MISSING, literal
from jupyter_coimprove.notebook.parts import Code, Part, Scope, spelled, target_and_value
from jupyter_coimprove.notebook.scopes import path_of
from jupyter_coimprove.notebook.trees import busy, last_name

#: Layers whose output has the shape of their input, and how interesting it is to leave one out.
LAYERS: dict[str, float] = {
    "BatchNorm": 0.3, "LayerNorm": 0.3, "GroupNorm": 0.3, "InstanceNorm": 0.3, "RMSNorm": 0.3, "LocalResponseNorm": 0.2,
    "Normalization": 0.2, "Dropout": 0.0, "AlphaDropout": 0.0, "SpatialDropout": 0.0, "DropPath": 0.1,
    "StochasticDepth": 0.1, "GaussianNoise": 0.2, "GaussianDropout": 0.0, "SqueezeExcitation": 0.2,
    "ReLU": -0.25, "LeakyReLU": -0.25, "GELU": -0.25, "ELU": -0.25, "SELU": -0.25, "SiLU": -0.25, "Mish": -0.25,
    "PReLU": -0.25, "Hardswish": -0.25, "Tanh": -0.25, "Activation": -0.25,
}  # fmt: skip
#: Words of an attribute that say the same of a layer made elsewhere.
_LAYER_WORDS = {
    "norm": 0.3, "bn": 0.3, "ln": 0.3, "gn": 0.3, "drop": 0.0, "dropout": 0.0, "act": -0.25, "aug": 0.25, "augment": 0.25,
    "noise": 0.2, "se": 0.2, "gate": 0.1,
}  # fmt: skip
#: Functions and methods of libraries; those of a module take their input first.
FUNCTIONS: dict[str, float] = {
    "dropout": 0.1, "dropout1d": 0.1, "dropout2d": 0.1, "dropout3d": 0.1, "alpha_dropout": 0.1, "feature_dropout": 0.1,
    "batch_norm": 0.3, "layer_norm": 0.3, "group_norm": 0.3, "instance_norm": 0.3, "rms_norm": 0.3, "normalize": 0.2,
    "clip": 0.1, "clamp": 0.1, "clip_by_value": 0.1, "clip_by_norm": 0.2, "maximum": 0.05, "minimum": 0.05, "clamp_min": 0.1,
    "relu": -0.25, "gelu": -0.25, "elu": -0.25, "silu": -0.25, "leaky_relu": -0.25, "tanh": -0.3,
    "log1p": 0.1, "gaussian_filter": 0.2, "savgol_filter": 0.2, "detrend": 0.2, "medfilt": 0.2, "roll": 0.0,
}  # fmt: skip
_METHODS = frozenset({"clip", "clamp", "relu", "clamp_min", "clamp_max"})
#: Words that say that a function changes values, not what they are.
CHANGING = frozenset(
    """augment augmentation aug jitter mixup cutmix cutout flip hflip vflip noise noisy shift perturb crop distort
    standardise standardize normalise normalize rescale whiten denoise smooth detrend clip winsorize winsorise balance
    oversample undersample lowercase stem lemmatize lemmatise clean corrupt erase erasing masking blur lr lower
    center centre deskew dedupe equalize equalise""".split()  # noqa: SIM905
)
#: Makers of transformers of features, by the end of their names.
_MAKERS = ("Scaler", "Normalizer", "PowerTransformer", "QuantileTransformer", "PCA", "Whitening", "SelectKBest", "SelectPercentile", "VarianceThreshold", "PolynomialFeatures", "Augmenter")  # fmt: skip


def steps(node: ast.stmt, scope: Scope, code: Code) -> Iterator[Part]:
    """Every such call in this statement; nested functions stand for themselves."""
    target, name, value = target_and_value(node, scope)
    if value is None or isinstance(node, ast.AugAssign):
        return
    if isinstance(value, ast.Call) and not isinstance(node, ast.Return) and (made := _maker(value)):
        label = name if target is not None else ""
        if label and not isinstance(target, (ast.Tuple, ast.List)):
            yield _part(label, value, made)
            return
    whole = value if isinstance(target, (ast.Tuple, ast.List)) or isinstance(node, ast.Expr) else None
    for call in _calls(value):
        if call is whole:
            continue
        found = _layer(call, scope) or _function(call, name, scope, code)
        if found is not None:
            yield _part(found[0], call, found[1])


def _part(name: str, node: ast.expr, weight: float) -> Part:
    return Part(name=name, kind="step", operator="identity", node=node, weight=weight)


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    """Calls below, but not those that are members of a pipeline: these can be dropped from it."""
    todo = [node]
    while todo:
        part = todo.pop()
        if isinstance(part, ast.Call):
            last = last_name(part.func)
            if last in STEPPED or last in DRAWING or last == "print":
                continue
            yield part
        if isinstance(part, (ast.JoinedStr, ast.Lambda)):
            continue
        todo.extend(busy(part))


def _maker(call: ast.Call) -> float | None:
    last = last_name(call.func)
    if last.endswith(_MAKERS) and last[:1].isupper():
        return 0.3 if last.endswith(("Scaler", "Normalizer")) else 0.2
    return None


def _of_layer(maker: str) -> float | None:
    return next((w for prefix, w in LAYERS.items() if maker.startswith(prefix)), None)


def _layer(call: ast.Call, scope: Scope) -> tuple[str, float] | None:
    """``self.bn1(x)``; ``layers.Dropout(0.3)(x)``."""
    function = call.func
    if not call.args or isinstance(call.args[0], ast.Starred):
        return None
    if isinstance(function, ast.Call):
        maker = last_name(function.func)
        weight = _of_layer(maker)
        return None if weight is None else (maker, weight)
    if not (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "self"
    ):
        return None
    name = f"{scope.klass or 'self'}.{function.attr}"
    maker = scope.layers.get(function.attr, "")
    if maker:
        weight = _of_layer(maker)
        if weight is None and len(maker) > 2 and tokens(maker) & {"norm", "noise", "augment", "dropout"}:
            weight = 0.2
        return None if weight is None else (name, weight)
    words = tokens(function.attr.rstrip("0123456789"))
    weight = next((w for word, w in _LAYER_WORDS.items() if word in words), None)
    return None if weight is None else (name, weight)


def _function(call: ast.Call, target: str, scope: Scope, code: Code) -> tuple[str, float] | None:
    """``F.dropout(x, 0.3)``, ``np.clip(pred, 0, None)``, ``pred.clip(0)``, ``augment(x)``."""
    function, last = call.func, last_name(call.func)
    path = path_of(function) or ""
    root = path.partition(".")[0]
    if last in code.tuples:
        return None
    library = root in code.imports and "." in path
    own = last in code.functions and (path == last or library)
    if isinstance(function, ast.Attribute) and not library:
        if last not in _METHODS or (path and root == "self" and not isinstance(function.value, ast.Name)):
            return None
        return _spelled(target, spelled(function.value, scope), last), FUNCTIONS.get(last, 0.0)
    if not call.args or isinstance(call.args[0], ast.Starred) or literal(call.args[0]) is not MISSING:
        return None
    if not own and last in FUNCTIONS:
        if last in ("maximum", "minimum") and (len(call.args) < 2 or literal(call.args[1]) is MISSING):
            return None
        return _spelled(target, spelled(call.args[0], scope), last), FUNCTIONS[last]
    if (own or library or path in code.imports) and last[:1].islower() and tokens(last) & CHANGING:
        return last, 0.25
    return None


def _spelled(target: str, given: str, last: str) -> str:
    """``pred.clip``, by what is assigned, or else by what is given."""
    start = target or given
    return f"{start}.{last}" if start else last
