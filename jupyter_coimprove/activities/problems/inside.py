"""Inside the notebook's kernel: values by epoch that its variables hold are written to a file; nothing is changed.

The text of this module is what runs there, by the standard library alone. Of objects only what stands in their own
``__dict__`` is read, and of pandas' frames their columns: no property, no method of theirs that could change a state.
"""

from __future__ import annotations

import json
import re
from typing import Any

#: Series that are written, points of each, and how deep mappings and pipelines are followed.
SERIES, POINTS, DEPTH = 200, 20_000, 4
FEWEST = 5
#: Attributes in which estimators and callbacks keep what each epoch or round gave.
KEPT = ("loss_curve_", "validation_scores_", "evals_result_", "evals_result", "history", "log_history")
#: Attributes that hold other estimators.
PARTS = ("steps", "best_estimator_", "final_estimator_")
#: Mappings of such names are histories; those with such keys are tables of folds.
HISTORY = re.compile(r"(?i)hist|(?:^|_)logs?(?:_|$)|evals?_result|curve")
EPOCH = re.compile(r"(?i)^(?:unnamed: 0|n_)?(?:epochs?|steps?|iter|iters|iteration|iterations|round|rounds|episode|update)$")  # fmt: skip
FOLDS = frozenset({"fit_time", "score_time", "params", "mean_fit_time"})


def write(space: dict[str, Any], appended: list[str], path: str) -> None:
    """Write ``[[name, [numbers]], …]`` (JSON): histories, and of ``appended`` (names, ``name[key]``) the lists."""
    out: list[list[Any]] = []
    seen: set[int] = set()
    for name, value in list(space.items()):
        if name.startswith("_") or name in ("In", "Out", "exit", "quit", "get_ipython"):
            continue
        out += _found(name, value, frozenset(appended), seen, 0)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(out[:SERIES], file)


def _found(name: str, value: Any, appended: frozenset[str], seen: set[int], depth: int) -> list[list[Any]]:
    kind = type(value)
    if depth > DEPTH or kind in (str, bytes, int, float, bool, type(None)) or id(value) in seen:
        return []
    if kind in (list, tuple) or kind.__module__ == "numpy":
        numbers = _numbers(value) if name in appended else None
        return [] if numbers is None else [[name, numbers]]
    seen.add(id(value))
    if isinstance(value, dict):
        return _mapping(name, value, appended, depth)
    if kind.__name__ == "DataFrame" and kind.__module__.partition(".")[0] == "pandas":
        return _frame(name, value)
    if isinstance(value, type):
        return []
    try:
        # Not by the object's own ways, which could do something.
        kept = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return []
    out: list[list[Any]] = []
    for attribute in KEPT:
        held = kept.get(attribute)
        if isinstance(held, dict):
            out += _levels(f"{name} {attribute}", held, 0)
        elif attribute == "log_history" and isinstance(held, list):
            out += _rows(name, held)
        elif held is not None:
            numbers = _numbers(held)
            out += [[f"{name} {attribute}", numbers]] if numbers is not None else []
    for attribute in PARTS:
        held = kept.get(attribute)
        parts = (
            [one[-1] for one in held if isinstance(one, tuple) and one] if isinstance(held, list) else [held]
        )
        for part in parts:
            out += _found(name, part, frozenset(), seen, depth + 1)
    return out


def _mapping(name: str, value: dict[Any, Any], appended: frozenset[str], depth: int) -> list[list[Any]]:
    if FOLDS & {key for key in value if isinstance(key, str)}:
        return []
    if HISTORY.search(name):
        return _levels(name, value, 0)
    out: list[list[Any]] = []
    for key, held in value.items():
        if isinstance(key, str) and f"{name}[{key}]" in appended:
            numbers = _numbers(held)
            out += [[f"{name} {key}", numbers]] if numbers is not None else []
    return out


def _levels(name: str, value: dict[Any, Any], depth: int) -> list[list[Any]]:
    """The series of a mapping, and of mappings in it, as boosting libraries nest them by set and metric."""
    out: list[list[Any]] = []
    for key, held in value.items():
        if isinstance(key, str):
            if isinstance(held, dict) and depth < DEPTH:
                out += _levels(f"{name} {key}", held, depth + 1)
            else:
                numbers = _numbers(held)
                out += [[f"{name} {key}", numbers]] if numbers is not None else []
    return out


def _rows(name: str, rows: list[Any]) -> list[list[Any]]:
    """The series of a list of mappings, one a step, as trainers log them."""
    series: dict[str, list[float]] = {}
    for row in rows:
        for key, value in row.items() if isinstance(row, dict) else ():
            if isinstance(key, str) and isinstance(value, (int, float)) and not EPOCH.match(key):
                series.setdefault(key, []).append(float(value))
    return [[f"{name} {key}", values] for key, values in series.items() if len(values) >= FEWEST]


def _frame(name: str, frame: Any) -> list[list[Any]]:
    """The columns of a frame that has one of epochs or steps, in their order."""
    columns = [column for column in frame.columns if isinstance(column, str)]
    by = [column for column in columns if EPOCH.match(column)]
    if not (by or EPOCH.match(str(frame.index.name))) or not FEWEST <= len(frame) <= POINTS:
        return []
    order = _numbers(frame[by[0]].tolist()) if by else list(range(len(frame)))
    if order is None or len(set(order)) < len(order):
        # Several runs below each other: no single curve.
        return []
    out = []
    for column in columns:
        numbers = None if column in by else _numbers(frame[column].tolist())
        if numbers is not None:
            ordered = [number for _, number in sorted(zip(order, numbers), key=lambda pair: pair[0])]  # noqa: B905
            out.append([f"{name} {column}", ordered])
    return out


def _numbers(value: Any) -> list[float] | None:
    """The numbers of a flat list or vector; None where it is none, or too short or long for a curve."""
    if type(value).__module__ == "numpy" and getattr(value, "ndim", 0) == 1:
        value = value.tolist()
    if type(value) not in (list, tuple) or not FEWEST <= len(value) <= POINTS:
        return None
    out = []
    for one in value:
        if type(one).__module__ in ("numpy", "torch") and getattr(one, "ndim", 1) == 0:
            one = one.item()
        if isinstance(one, bool) or not isinstance(one, (int, float)):
            return None
        out.append(float(one))
    return out
