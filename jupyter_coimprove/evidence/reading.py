"""A file of results as columns of raw values: CSV, TSV, JSON, JSON lines, parquet."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.runs.run import Value

#: A table of results larger than this is something else.
MOST_BYTES = 256 * 2**20
SUFFIXES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet")
_MISSING = frozenset({"", "na", "n/a", "<na>", "null", "none", "-", "missing"})
_INFINITE = re.compile(r"([+-]?)inf(inity)?\Z", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Column names in order, and rows of cells as they were read (text, numbers or None)."""

    names: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def column(self, name: str) -> list[Any]:
        at = self.names.index(name)
        return [row[at] for row in self.rows]


def read_columns(path: Path) -> Columns:
    """Read a table by the ending of its name. UsageError says what keeps it from being one."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageError(
            f"{path.name} is not a table that can be read here",
            remedy=f"known endings: {', '.join(SUFFIXES)}",
        )
    if not path.is_file():
        raise UsageError(f"there is no file {path.name}", remedy="check its name and folder")
    if path.stat().st_size > MOST_BYTES:
        raise UsageError(
            f"{path.name} has more than {MOST_BYTES // 2**20} MB",
            remedy="keep one row a run: its final response",
        )
    if suffix == ".parquet":
        return _parquet(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path.name} is not UTF-8 text", remedy="save it as UTF-8") from error
    if suffix in (".json", ".jsonl", ".ndjson"):
        return _json(text, path.name, lines=suffix != ".json")
    return _delimited(text, path.name, tabs=suffix == ".tsv")


def frame_columns(frame: Any) -> Columns:
    """The columns of a pandas data frame; a named index becomes columns of its own."""
    names = list(frame.index.names)
    if any(name is not None for name in names):
        fresh = [name for name in names if name is not None and name not in frame.columns]
        frame = frame.reset_index(level=fresh)
    return Columns(
        names=_unique([str(name) for name in frame.columns], "the data frame"),
        rows=tuple(tuple(row) for row in frame.astype(object).itertuples(index=False, name=None)),
    )


def _parquet(path: Path) -> Columns:
    try:
        import pandas as pd
    except ImportError as error:
        raise UsageError(
            f"reading {path.name} needs pandas", remedy="pip install pandas pyarrow, or save it as CSV"
        ) from error
    try:
        frame = pd.read_parquet(path)
    except (ImportError, OSError, ValueError) as error:
        raise UsageError(f"{path.name} cannot be read: {error}", remedy="save it as CSV") from error
    return frame_columns(frame)


def _delimited(text: str, name: str, *, tabs: bool) -> Columns:
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        raise UsageError(f"{name} has no rows under its header", remedy="a table needs a header and rows")
    sign = "\t" if tabs else max("\t;,|", key=lambda mark: (lines[0].count(mark), mark == ","))
    try:
        read = [row for row in csv.reader(io.StringIO(text), delimiter=sign) if any(c.strip() for c in row)]
    except csv.Error as error:
        raise UsageError(f"{name} is no delimited table: {error}", remedy="save it as CSV") from error
    header = _unique([cell.strip() for cell in read[0]], name)
    rows: list[tuple[Any, ...]] = []
    for number, row in enumerate(read[1:], start=2):
        if len(row) > len(header) and any(cell.strip() for cell in row[len(header) :]):
            raise UsageError(
                f"{name}: row {number} has {len(row)} cells, the header {len(header)}",
                remedy="quote cells that contain the delimiter",
            )
        cells = [*row, *[""] * (len(header) - len(row))][: len(header)]
        # Where a semicolon delimits, the comma is the decimal sign.
        if sign == ";":
            cells = [re.sub(r"\A(\s*[+-]?\d*),(\d+(?:[eE][+-]?\d+)?\s*)\Z", r"\1.\2", cell) for cell in cells]
        rows.append(tuple(cell.strip() for cell in cells))
    return Columns(names=header, rows=tuple(rows))


def _json(text: str, name: str, *, lines: bool) -> Columns:
    try:
        data = [json.loads(line) for line in text.splitlines() if line.strip()] if lines else json.loads(text)
    except json.JSONDecodeError as error:
        raise UsageError(
            f"{name} is not JSON: {error}", remedy="a list of objects, one a row, is read"
        ) from error
    if isinstance(data, dict) and data and all(isinstance(value, list) for value in data.values()):
        longest = max(len(value) for value in data.values())
        data = [
            {key: value[i] if i < len(value) else None for key, value in data.items()} for i in range(longest)
        ]
    elif isinstance(data, dict) and data and all(isinstance(value, dict) for value in data.values()):
        keys = list(dict.fromkeys(key for value in data.values() for key in value))
        data = [{name: value.get(key) for name, value in data.items()} for key in keys]
    if not isinstance(data, list) or not data or not all(isinstance(row, Mapping) for row in data):
        raise UsageError(
            f"{name} holds no table", remedy="a list of objects, one a row, or an object of columns is read"
        )
    names = tuple(dict.fromkeys(str(key) for row in data for key in row))
    rows = tuple(tuple(row.get(key) for key in names) for row in data)
    return Columns(names=names, rows=rows)


def _unique(names: Sequence[str], what: str) -> tuple[str, ...]:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"{what} has two columns named {twice[0]!r}", remedy="give each column its own name")
    return tuple(names)


def value_of(cell: Any) -> Value:
    """A cell as a response: a number, or what it is instead (NaN, infinite, missing, text)."""
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return Value.missing()
    if isinstance(cell, str):
        text = cell.strip()
        if text.lower() in _MISSING:
            return Value.missing(text)
        if text.lower() == "nan":
            return Value(kind="nan")
        if found := _INFINITE.match(text):
            return Value(kind="-inf" if found[1] == "-" else "inf")
        try:
            return Value.of(float(text.removesuffix("%")))
        except ValueError:
            return Value(kind="text", text=text)
    try:
        return Value.of(float(cell))
    except (TypeError, ValueError, OverflowError):
        return Value(kind="text", text=str(cell))


def label_of(cell: Any) -> str:
    """A cell as a label of a block or treatment; empty when there is none. ``3.0`` is ``3``."""
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return ""
    if isinstance(cell, float):
        if math.isnan(cell):
            return ""
        if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
    return str(cell).strip()
