"""Other levels worth a try: what a researcher would set a value to, from its name and itself."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

#: Texts that need no escape in quotes.
_PLAIN = re.compile(r"[\w .:+/-]+\Z")
_SPLIT = re.compile(r"[_\-.\s\[\]@]+|(?<=[a-z])(?=[A-Z])")


@functools.lru_cache(maxsize=8192)
def tokens(name: str) -> frozenset[str]:
    """The words of a name, in lower case: ``weight_decay``, ``weightDecay`` -> weight, decay."""
    return frozenset(t.lower() for t in _SPLIT.split(name) if t)


#: Values on a scale of magnitudes: tried a factor of ten away.
RATES = frozenset({"lr", "eta", "c", "gamma", "tol", "alpha"})
#: Terms that are off at zero.
TERMS = frozenset(
    {
        "dropout",
        "drop",
        "p",
        "decay",
        "wd",
        "l1",
        "l2",
        "momentum",
        "smoothing",
        "noise",
        "sigma",
        "aux",
        "reg",
    }
    | {
        "weight",
        "penalty",
        "beta",
        "lambda",
        "warmup",
        "jitter",
        "lam",
        "center",
        "shift",
        "mixup",
        "clip",
        "junk",
    }
)
#: Names of arguments whose string values are known, all of them interchangeable.
CHOICES: dict[str, tuple[frozenset[str], tuple[str, ...]]] = {
    "kernel": (frozenset({"rbf", "linear", "poly", "sigmoid"}), ("linear", "rbf")),
    "activation": (frozenset({"relu", "tanh", "logistic"}), ("relu", "tanh")),
    "criterion": (frozenset({"gini", "entropy", "log_loss"}), ("gini", "entropy")),
    "weights": (frozenset({"uniform", "distance"}), ("uniform", "distance")),
    "voting": (frozenset({"hard", "soft"}), ("hard", "soft")),
    "strategy": (frozenset({"mean", "median", "most_frequent"}), ("mean", "median")),
    "linkage": (frozenset({"ward", "complete", "average", "single"}), ("ward", "average", "complete")),
    "algorithm": (frozenset({"lloyd", "elkan"}), ("lloyd", "elkan")),
    "encode": (frozenset({"onehot", "ordinal"}), ("onehot", "ordinal")),
    "padding": (frozenset({"same", "valid"}), ("same", "valid")),
    "output_distribution": (frozenset({"uniform", "normal"}), ("uniform", "normal")),
    "gamma": (frozenset({"auto", "scale"}), ("scale", "auto")),
    "loss": (
        frozenset({"hinge", "squared_hinge", "squared_error", "absolute_error"}),
        ("hinge", "squared_hinge", "squared_error", "absolute_error"),
    ),
    "max_features": (frozenset({"sqrt", "log2"}), ("sqrt", "log2")),
    "init": (frozenset({"k-means++", "random"}), ("k-means++", "random")),
    "metric": (frozenset({"euclidean", "manhattan", "chebyshev"}), ("euclidean", "manhattan")),
    "selection": (frozenset({"cyclic", "random"}), ("cyclic", "random")),
    "covariance_type": (frozenset({"full", "tied", "diag", "spherical"}), ("full", "diag", "spherical")),
    "trend": (frozenset({"add", "mul", "additive", "multiplicative"}), ("add", "mul")),
    "seasonal": (frozenset({"add", "mul", "additive", "multiplicative"}), ("add", "mul")),
    "error": (frozenset({"add", "mul"}), ("add", "mul")),
}


#: Texts that switch something on that None switches off.
_OR_NONE = {"class_weight": ("balanced",), "penalty": ("l2", "l1")}
#: Lists of parts that may be fewer or none.
_LISTS = frozenset(
    """lags lag hidden layers sizes features feature cols columns aug augs augment augments augmentation augmentations
    transforms windows horizons skips scales units blocks milestones callbacks predictors covariates regressors
    variables interactions harmonics fields""".split()  # noqa: SIM905
)
#: Counts of which code that follows reads more than one.
_SEVERAL = frozenset({"components", "k", "informative", "features", "classes", "centers"})
#: Whole numbers that name something instead of measuring it: another one may name nothing.
_CODES = frozenset(
    {"group", "class", "label", "mode", "option", "which", "index", "idx", "id", "kind", "type"}
)
#: Of these some must be left.
NEEDED = frozenset(
    {"features", "feature", "cols", "columns", "predictors", "covariates", "variables", "fields"}
)


def shorter(name: str, source: str, value: Any) -> tuple[str, ...]:
    """The empty list and one without its last member, where the name says that it lists parts."""
    last = name.partition("@")[0].rpartition(".")[2]
    if not isinstance(value, (list, tuple)) or not value or not tokens(last) & _LISTS:
        return ()
    if last.endswith(("_range", "_shape", "_size", "_dim")):
        return ()
    empty = "[]" if isinstance(value, list) else "()"
    try:
        node = ast.parse(source, mode="eval").body
    except SyntaxError:
        return ()
    if len(value) == 1 or not isinstance(node, (ast.List, ast.Tuple)):
        return (empty,)
    less = ast.unparse(type(node)(elts=node.elts[:-1], ctx=ast.Load()))
    return (less, empty) if tokens(last) & NEEDED else (empty, less)


def levels(name: str, source: str, value: Any, others: Sequence[str] = ()) -> tuple[str, ...]:
    """Levels as source, other than the baseline; none where nothing is sure to make sense.

    ``others`` are texts that the code knows for this setting beside its value.
    """
    last = name.partition("@")[0].rpartition(".")[2]
    words = tokens(last)
    if isinstance(value, bool):
        return (str(not value),)
    if isinstance(value, str) and others:
        return tuple(_quoted(text, source) for text in others if _PLAIN.match(text))
    if isinstance(value, str) and value in _OR_NONE.get(last, ()):
        return ("None",)
    if isinstance(value, str):
        known, offered = CHOICES.get(last.lower(), (frozenset(), ()))
        return tuple(_quoted(o, source) for o in offered if _apart(o, value)) if value in known else ()
    if not isinstance(value, (int, float)) or value != value or abs(value) in (float("inf"),):
        return ()
    return _distinct(_numbers(words, source, value), value)


def _apart(one: str, other: str) -> bool:
    """Whether two texts say different things, and of one kind of problem: ``add`` is ``additive``, errors are no hinges."""
    same_kind = ("hinge" in one) == ("hinge" in other)
    return same_kind and not one.startswith(other) and not other.startswith(one)


def _numbers(words: frozenset[str], source: str, value: int | float) -> list[str]:
    if words & TERMS and not words & RATES - {"alpha", "gamma"}:
        if value == 0:
            return []
        zero = "0" if isinstance(value, int) else "0.0"
        twice = _scaled(source, value, "2")
        if isinstance(value, float) and 0 < value < 1 and value * 2 >= 1:
            return [zero, _scaled(source, value, "0.5")]
        return [zero, twice]
    rate = words & RATES or {"learning", "rate"} <= words
    if isinstance(value, float) or (rate and "c" in words):
        if value == 0:
            return []
        if rate or abs(value) < 0.01:
            return [_scaled(source, value, "0.1"), _scaled(source, value, "10")]
        if 0 < value < 1:
            return [_scaled(source, value, "0.5"), *([_scaled(source, value, "2")] if value < 0.5 else [])]
        return [_scaled(source, value, "0.5"), _scaled(source, value, "2")]
    if value <= 0 or (words & _CODES and not words & _SEVERAL):
        return []
    # One fold or one split is none, and a factor of one makes nothing smaller.
    half = max(2 if words & {"folds", "fold", "splits", "cv", "factor"} else 1, value // 2)
    both = [str(int(half)), str(int(value * 2))]
    # Of two components (features, classes) code often reads both: twice as many comes first.
    return both[::-1] if half == 1 and words & _SEVERAL else both


def _scaled(source: str, value: int | float, by: str) -> str:
    """The number times a factor, written as the person wrote theirs (``2e-3`` -> ``2e-4``)."""
    exact = Decimal(str(value)) * Decimal(by)
    if isinstance(value, int) and exact == exact.to_integral_value():
        return str(int(exact))
    number = float(exact)
    if "e" in source.lower():
        sign, digits, exponent = exact.normalize().as_tuple()
        mantissa = str(digits[0]) + ("." + "".join(map(str, digits[1:])) if len(digits) > 1 else "")
        return f"{'-' if sign else ''}{mantissa}e{int(exponent) + len(digits) - 1}"
    return repr(number)


def _quoted(text: str, source: str) -> str:
    quote = source[0] if source[:1] in "'\"" else '"'
    return f"{quote}{text}{quote}"


def _distinct(found: list[str], value: float) -> tuple[str, ...]:
    """Equal levels are no levels: compared as numbers, not as text."""
    seen = [value]
    out = []
    for text in found:
        number = ast.literal_eval(text)
        if number not in seen:
            seen.append(number)
            out.append(text)
    return tuple(out)
