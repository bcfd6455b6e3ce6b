"""Rows, columns and labels as a probe sees them inside a run's kernel: hashed, compared, put in another order."""

from __future__ import annotations

import contextlib
import hashlib
import math
import random
import sys
from typing import Any

#: Cells of a table that are looked at; a larger one is named, not read.
LIMIT = 20000000
COLUMNS = 400


class Table:
    """Rows of anything that a model is given: their hashes, and columns by number."""

    def __init__(self, x: Any) -> None:
        self.names = [str(c) for c in x.columns] if hasattr(x, "columns") and hasattr(x, "iloc") else None
        self.array, rows = _rows(x)
        self.hashes = [hashlib.blake2b(row, digest_size=12).digest() for row in rows]
        self.width = 1 if self.array is None or self.array.ndim == 1 else self.array.shape[1]
        self._long = sum(map(len, rows)) > 20 * len(rows)
        self._own: dict[int, list[float] | None] = {}

    def telling(self) -> bool:
        """Whether equal rows are the same row: with few values in few columns they may be chance."""
        apart = len(set(self.hashes))
        if self.array is None:
            return self._long
        many = 0
        for column in range(min(self.width, COLUMNS)):
            values = self.words(column)
            count = len(set(values))
            if count >= max(20, apart // 2):
                return True
            many += count > 2
        return many >= 15

    def name(self, column: int) -> str:
        return self.names[column] if self.names and column < len(self.names) else ""

    def words(self, column: int) -> Any:
        if self.array is None:
            return None
        return (self.array if self.array.ndim == 1 else self.array[:, column]).tolist()

    def column(self, column: int) -> list[float] | None:
        """A column as finite numbers, or None."""
        if column not in self._own:
            values = self.words(column)
            self._own[column] = None if values is None else numbers_of(values)
        return self._own[column]


def _rows(x: Any) -> tuple[Any, list[bytes]]:
    """(array or None, bytes of each row); numbers of any precision are compared as float64."""
    for step in ("detach", "cpu"):
        if hasattr(x, step) and hasattr(x, "numpy"):
            x = getattr(x, step)()
    if hasattr(x, "tocsr") and hasattr(x, "shape"):
        if x.shape[0] * x.shape[1] > LIMIT:
            raise ValueError(f"more than {LIMIT} numbers")
        x = x.toarray()
    np = sys.modules.get("numpy")
    if np is None:
        rows = [repr(row).encode("utf-8", "replace") for row in x]
        return None, rows
    array = x.to_numpy() if hasattr(x, "to_numpy") else np.asarray(x)
    if array.ndim == 0:
        raise TypeError(f"{type(x).__name__} has no rows")
    if array.size > LIMIT:
        raise ValueError(f"more than {LIMIT} numbers")
    if array.ndim > 2:
        array = array.reshape(len(array), -1)
    if array.dtype.kind == "O" and not any(isinstance(value, (str, bytes)) for value in array.flat):
        # Members that are no numbers are compared as texts.
        with contextlib.suppress(TypeError, ValueError):
            array = array.astype("float64")
    if array.dtype.kind in "biuf":
        array = array.astype("float64") + 0.0
        array[np.isnan(array)] = math.nan
        flat = np.ascontiguousarray(array)
        return array, [row.tobytes() for row in flat]
    return array, [
        "\x1f".join(map(_word, row if array.ndim > 1 else (row,))).encode("utf-8", "replace") for row in array
    ]


def _word(value: Any) -> str:
    try:
        return repr(float(value))
    except (TypeError, ValueError):
        return str(value)


def labels_of(y: Any) -> list[Any] | None:
    """Labels as a list of plain values, one a row; rows of several as tuples. None: not a sequence."""
    for step in ("detach", "cpu"):
        if hasattr(y, step) and hasattr(y, "numpy"):
            y = getattr(y, step)()
    if hasattr(y, "to_numpy"):
        y = y.to_numpy()
    if hasattr(y, "tolist"):
        y = y.tolist()
    if not isinstance(y, (list, tuple)) or not y:
        return None
    return [tuple(v) if isinstance(v, list) else v for v in y]


def taken(y: Any, order: list[int]) -> Any:
    """The same kind of thing, its rows in another order; an index stays where it is."""
    if hasattr(y, "iloc"):
        new = y.iloc[order]
        new.index = y.index
        return new
    if isinstance(y, (list, tuple)):
        return type(y)(y[i] for i in order)
    return y[order]


def grouped(values: list[Any], names: dict[str, Any]) -> tuple[tuple[str, int], Any]:
    """(name, count) of the groups that labels belong to, and the rows of each; without any: ("", 0), None."""
    best, known = None, len(set(values))
    fluent = any(isinstance(v, float) and math.isfinite(v) and v != int(v) for v in values)
    for name, column in _candidates(names, len(values)):
        first: dict[Any, Any] = {}
        rows: dict[Any, list[int]] = {}
        try:
            for number, (group, value) in enumerate(zip(column, values)):
                if first.setdefault(group, value) != value:
                    break
                rows.setdefault(group, []).append(number)
            else:
                several = sum(len(r) for r in rows.values() if len(r) > 1)
                enough = max(5, known if fluent else known + 1) <= len(rows) <= len(values) // 2
                if enough and several >= 0.8 * len(values) and (best is None or len(rows) < len(best[1])):
                    best = (name, rows)
        except TypeError:
            continue  # members that cannot be told apart group nothing
    return (("", 0), None) if best is None else ((best[0], len(best[1])), best[1])


def exchanged(rows: Any, length: int, seed: Any) -> list[int]:
    """An order in which each group has the label of another."""
    groups = list(rows)
    other = list(groups)
    random.Random(seed).shuffle(other)
    order = [0] * length
    for group, source in zip(groups, other):
        for number in rows[group]:
            order[number] = rows[source][0]
    return order


def _candidates(names: dict[str, Any], length: int) -> Any:
    """Columns of as many rows as there are labels, from all names of the notebook."""
    for name, value in list(names.items()):
        if name.startswith("_") or isinstance(value, (str, bytes, dict, type)):
            continue
        if hasattr(value, "columns") and hasattr(value, "iloc"):
            if len(value) == length:
                for number, column in enumerate(list(value.columns)[:COLUMNS]):
                    yield f'{name}["{column}"]', value.iloc[:, number].tolist()
        elif hasattr(value, "tolist") and getattr(value, "shape", None) == (length,):
            yield name, value.tolist()
        elif type(value) in (list, tuple) and len(value) == length:
            yield name, list(value)


def numbers_of(values: Any) -> list[float] | None:
    try:
        out = [float(v) for v in values]
    except (TypeError, ValueError):
        return None
    return out if all(map(math.isfinite, out)) else None


def copy_of(values: Any, labels: Any) -> str:
    """``copy`` where values and classes stand for each other, ``tells`` where several do for one."""
    of: dict[Any, Any] = {}
    back: dict[Any, set[Any]] = {}
    for value, label in zip(values, labels):
        if of.setdefault(value, label) != label:
            return ""
        back.setdefault(label, set()).add(value)
    if len(of) == len(back):
        return "copy"
    return "tells" if len(of) <= len(values) // 10 and len(of) <= 5 * len(back) else ""


def function_of(values: Any, numbers: Any) -> str:
    """``copy`` where a column is the target in another unit or its rank, ``bands`` where it is steps of it."""
    values = numbers_of(values)
    if values is None:
        return ""
    pairs = sorted(zip(numbers, values))
    steps = [b[1] - a[1] for a, b in zip(pairs, pairs[1:]) if b[0] > a[0]]
    rises, falls = any(s > 0 for s in steps), any(s < 0 for s in steps)
    if not steps or (rises and falls):
        return ""
    distinct = len(set(values))
    return "copy" if distinct > len(values) // 2 else "bands" if distinct >= 4 else ""


def parted(values: Any, labels: Any) -> float:
    """True where one column in order has each class in one piece; else how near it comes (0 to 1)."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    changes = sum(labels[a] != labels[b] for a, b in zip(order, order[1:]))
    least = len(set(labels)) - 1
    if changes == least:
        return True
    shares = {c: labels.count(c) / len(labels) for c in set(labels)}
    chance = (len(labels) - 1) * (1 - sum(s * s for s in shares.values()))
    return float(max(0.0, 1 - (changes - least) / max(1.0, chance - least)))


def numbering(values: Any) -> bool:
    """Whether values count rows: all different, in equal steps, not many left out."""
    ordered = sorted(values)
    steps = [b - a for a, b in zip(ordered, ordered[1:])]
    step = min(steps)
    if step <= 0 or (ordered[-1] - ordered[0]) / step > 10 * len(values):
        return False
    return all(abs(s / step - round(s / step)) < 1e-3 for s in steps)


def order_of(values: Any, labels: Any, few: bool) -> float:
    """How many deviations beyond chance neighbours in this order agree."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    ranked, n = [labels[i] for i in order], len(values)
    if few:
        same = sum(a == b for a, b in zip(ranked, ranked[1:]))
        p = sum((ranked.count(c) / n) ** 2 for c in set(ranked))
        return float((same - (n - 1) * p) / math.sqrt(max(1e-9, (n - 1) * p * (1 - p))))
    mean = sum(ranked) / n
    total = sum((v - mean) ** 2 for v in ranked)
    lag = sum((a - mean) * (b - mean) for a, b in zip(ranked, ranked[1:]))
    return float(math.sqrt(n) * lag / total) if total else 0.0
