"""What goes into a shipped module: the frames it reads, column by column, as an instrument finds them in the kernel."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass

from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.trees import calls, last_name

#: Calls that bring a table.
_READS = re.compile(
    r"read_(csv|table|parquet|feather|excel|json|pickle|fwf|hdf|stata|sas|spss)|loadtxt|genfromtxt|load_pandas|load_(?!dataset\b|module\b)\w+|load"
)
#: So many tables, and columns of each, are described.
MOST_FRAMES, MOST_COLUMNS = 12, 200
WRITES = "coimprove-inputs.json"


@dataclass(frozen=True, kw_only=True)
class Read:
    """One table: ``name`` it is given, ``source`` of the call that reads it, ``cell`` from 1; no source: the name's
    own value after the last cell. ``parts`` are the names that a tuple is taken apart into."""

    name: str
    source: str
    cell: int
    parts: tuple[str, ...] = ()


def reads(flow: Flow, kept: Iterable[int]) -> tuple[Read, ...]:
    """The tables that kept statements read, each as its call; where none is, the names that kept statements bind."""
    out: dict[str, Read] = {}
    names: dict[str, Read] = {}
    for index in kept:
        statement = flow.statements[index]
        node = statement.node
        if isinstance(
            node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
        ):
            continue
        bound = sorted(statement.names.binds)
        for call in calls(node):
            if _READS.fullmatch(last_name(call.func)) and not isinstance(node, (ast.For, ast.While)):
                source = ast.unparse(call)
                parts = _taken_apart(node, call)
                name = parts[0] if parts else bound[0] if bound else source[:40]
                out.setdefault(source, Read(name=name, source=source, cell=statement.cell + 1, parts=parts))
        for name in bound:
            names[name] = Read(name=name, source="", cell=statement.cell + 1)
    return tuple((out or names).values())


def _taken_apart(node: ast.AST, call: ast.Call) -> tuple[str, ...]:
    """The names of ``X, y = load()``; none of any other statement."""
    if not isinstance(node, ast.Assign) or node.value is not call or len(node.targets) != 1:
        return ()
    target = node.targets[0]
    if not isinstance(target, (ast.Tuple, ast.List)):
        return ()
    names = tuple(one.id for one in target.elts if isinstance(one, ast.Name))
    return names if len(names) == len(target.elts) else ()


def instrument(found: Iterable[Read], modules: Iterable[str]) -> str:
    """Code that describes these tables and names the versions of these modules' packages; it imports nothing else.

    A call that reads is made again, so that the table is seen as it was read.
    """
    told = [(one.name, one.source, one.cell, list(one.parts)) for one in found][:200]
    return (
        _INSTRUMENT.replace("__READS__", repr(told))
        .replace("__MODULES__", repr(sorted(modules)))
        .replace("__LIMITS__", repr((MOST_FRAMES, MOST_COLUMNS)))
        .replace("__FILE__", repr(WRITES))
    )


_INSTRUMENT = r"""
def _coimprove_inputs(namespace):
    import json, math, sys

    frames, unread = [], {}
    most_frames, most_columns = __LIMITS__
    numpy = sys.modules.get("numpy")

    def tables(name, value, deep=0, parts=()):
        if hasattr(value, "columns") and hasattr(value, "dtypes") and hasattr(value, "iloc"):
            yield name, [(str(one), value[one]) for one in list(value.columns)[:most_columns] if value.columns.is_unique]
        elif numpy is not None and isinstance(value, numpy.ndarray) and value.ndim == 2 and value.dtype.kind in "biuf" and value.shape[1] > 1:
            yield name, [(str(i), value[:, i]) for i in range(min(value.shape[1], most_columns))]
        elif deep == 0 and type(value).__name__ == "Bunch":
            names = [str(one) for one in value.get("feature_names", ())] if value.get("feature_names") is not None else []
            data = value.get("data")
            for found, columns in tables(name + ".data", data, 1):
                if len(names) == len(columns) and not hasattr(data, "columns"):
                    columns = [(one, column) for one, (_, column) in zip(names, columns)]
                yield found, columns
        elif deep == 0 and isinstance(value, tuple):
            for place, part in enumerate(value):
                yield from tables(parts[place] if len(parts) == len(value) else "%s[%d]" % (name, place), part, 1)

    def number(value):
        value = float(value)
        return value if math.isfinite(value) else None

    def described(name, column):
        kind = str(getattr(column, "dtype", "object"))
        values = column.tolist() if hasattr(column, "tolist") else list(column)
        missing = [one is None or one != one or type(one).__name__ in ("NaTType", "NAType") for one in values]
        there = [one for one, gone in zip(values, missing) if not gone]
        out = {"name": name, "dtype": kind, "n": len(values), "missing": sum(missing)}
        if there and all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in there):
            there = sorted(float(one) for one in there if math.isfinite(one))
            if there:
                size = min(len(there), 400)
                places = [round((len(there) - 1) * i / max(1, size - 1)) for i in range(size)]
                out.update(kind="number", min=there[0], max=there[-1], mean=math.fsum(there) / len(there),
                           sample=[there[i] for i in places])
            return out
        texts = [str(one) for one in there]
        levels = {}
        for one in texts:
            levels[one] = levels.get(one, 0) + 1
        out.update(kind="category" if len(levels) <= 50 else "text", levels_count=len(levels))
        if len(levels) <= 50:
            out["levels"] = dict(sorted(levels.items(), key=lambda pair: -pair[1]))
        return out

    for name, source, cell, parts in __READS__:
        if len(frames) >= most_frames:
            break
        try:
            value = eval(source, namespace) if source else namespace[name]
            for found, columns in tables(name, value, parts=parts):
                frames.append({"name": found, "source": source, "cell": cell, "rows": len(columns[0][1]) if columns else 0,
                               "columns": [described(one, column) for one, column in columns]})
        except Exception as error:
            if source:
                unread[source] = type(error).__name__ + ": " + str(error)[:200]
    versions = {}
    try:
        from importlib.metadata import packages_distributions, version
        known = packages_distributions() if __MODULES__ else {}
        for module in __MODULES__:
            if module in sys.stdlib_module_names:
                continue
            for package in sorted(set(known.get(module, ())))[:1]:
                versions[package] = version(package)
    except Exception as error:
        unread["versions"] = str(error)[:200]
    with open(__FILE__, "w", encoding="utf-8") as file:
        json.dump({"frames": frames, "unread": unread, "versions": versions, "python": sys.version.split()[0]}, file)

_coimprove_inputs(globals())
"""
