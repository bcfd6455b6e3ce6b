"""A column of a file that a run wrote: CSV, TSV, JSON and JSON lines."""

from __future__ import annotations

import csv
import difflib
import io
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_coimprove.runs.run import Value

MAX_BYTES = 64 * 2**20


def column(path: Path, name: str) -> list[Value]:
    """The values of a column, in the order of the rows; one missing value says why there are none.

    In JSON a name may be a path (``test.acc``): into a mapping, or through a list of rows. An
    empty field is missing, text that is no number is told as text.
    """
    if path.stat().st_size > MAX_BYTES:
        return [Value.missing(f"{path.name} has more than {MAX_BYTES // 2**20} MB")]
    try:
        text = path.read_text("utf-8-sig")
        kind = path.suffix.lower()
        if kind in (".csv", ".tsv", ".txt", ""):
            return _table(path.name, text, name, "\t" if kind == ".tsv" else None)
        rows = _lines(text) if kind in (".jsonl", ".ndjson") else json.loads(text)
    except (UnicodeDecodeError, ValueError, csv.Error, RecursionError) as error:
        return [Value.missing(f"{path.name} cannot be read: {error}"[:300])]
    found = _follow(rows, name.split("."), path.name)
    return found if isinstance(found, list) else [found]


def _lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def _table(file: str, text: str, name: str, delimiter: str | None) -> list[Value]:
    if delimiter is None:
        first = text.partition("\n")[0]
        delimiter = max(",;\t", key=first.count)
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    if not rows:
        return [Value.missing(f"{file} is empty")]
    header = [field.strip() for field in rows[0]]
    if name not in header:
        return [_unknown(file, name, header)]
    if len(rows) == 1:
        return [Value.missing(f"{file} has no rows below its header")]
    place = header.index(name)
    body = [[field.strip() for field in row] + [""] * (len(header) - len(row)) for row in rows[1:]]
    filled = [row for row in body if row[place]]
    # Loggers that write a row a kind of metric leave the others' fields empty: those rows say
    # nothing of this one. Where every row should have it, an empty field is a missing value.
    sparse = any(not field for row in filled for field in row[: len(header)])
    return [_value(row[place]) for row in (filled if sparse else body)]


def _unknown(file: str, name: str, known: Sequence[str]) -> Value:
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"did you mean {', '.join(close)}?" if close else "it has " + ", ".join(map(str, known[:8]))
    return Value.missing(f"{file} has no column {name!r}; {hint}")


def _follow(data: Any, path: Sequence[str], file: str) -> list[Value] | Value:
    """Into mappings by key, through lists of rows one by one."""
    if path and isinstance(data, list):
        if not data:
            return Value.missing(f"{file} has no rows")
        rows = [_follow(row, path, file) for row in data]
        found = [row for row in rows if not (isinstance(row, Value) and row.kind == "missing")]
        # Rows of another kind (a header of settings, validation every few steps) have no such key.
        return [value for row in found for value in (row if isinstance(row, list) else [row])] or rows[0]
    if path and isinstance(data, Mapping):
        # A key may have dots itself.
        for parts in range(len(path), 0, -1):
            key = ".".join(path[:parts])
            if key in data:
                return _follow(data[key], path[parts:], file)
        return _unknown(file, path[0], list(map(str, data)))
    if path:
        return Value.missing(f"{file} has nothing below {path[0]!r}'s parent")
    if isinstance(data, list):
        return [_value(entry) for entry in data] or Value.missing(f"{file}: the list is empty")
    if isinstance(data, Mapping):
        return Value(kind="text", text="a table of " + ", ".join(map(str, list(data)[:8])))
    return _value(data)


def _value(field: Any) -> Value:
    if field is None or field == "":
        return Value.missing("an empty field")
    if isinstance(field, (bool, int, float)):
        return Value.of(field) if abs(field) < 1e308 or isinstance(field, float) else Value.of(math.inf)
    try:
        return Value.of(float(str(field)))
    except ValueError:
        return Value(kind="text", text=str(field)[:200])
