"""Files that a notebook writes its measures into: which, and with what columns or keys."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from jupyter_coimprove.notebook.bodies import OwnFunction, own_nodes
from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.literals import literal
from jupyter_coimprove.notebook.scopes import path_of
from jupyter_coimprove.notebook.trees import last_name, walk

_TABLE = re.compile(r"\.(csv|tsv|json|jsonl|ndjson)\Z", re.IGNORECASE)
_HEADER = re.compile(r"[A-Za-z_][\w ./@-]*(?:[,\t;][ ]?[A-Za-z_][\w ./@-]*)+\s*\Z")
_DEFS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column (or JSON key) of a file; ``rows`` says that there is one value a row."""

    file: str
    name: str
    rows: bool
    statement: int


def columns_written(flow: Flow, functions: Mapping[str, OwnFunction]) -> list[Column]:
    """The columns of files that cells, or functions that they run, write with names in the code."""
    texts = _texts(flow)
    found: dict[tuple[str, str], Column] = {}
    scopes: list[tuple[int, Iterable[ast.AST]]] = [
        (function.runs[-1], function.node.body) for function in functions.values()
    ]
    # A cell is one scope: a writer that one statement makes, the next one uses.
    bodies: dict[int, list[ast.AST]] = {}
    ends: dict[int, int] = {}
    for index, one in enumerate(flow.statements):
        bodies.setdefault(one.cell, []).append(one.node)
        ends[one.cell] = index
    scopes += [(ends[cell], nodes) for cell, nodes in bodies.items()]
    handles: dict[str, str] = {}
    for statement, body in scopes:
        for file, name, rows in _in_scope(body, texts, handles):
            found[file, name] = Column(file=file, name=name, rows=rows, statement=statement)
    return list(found.values())


def _texts(flow: Flow) -> dict[str, str]:
    """Names and settings that hold a text: ``LOG = "history.csv"``, ``CFG.log``."""
    out: dict[str, str] = {}
    for statement in flow.statements:
        node = statement.node
        if isinstance(node, ast.ClassDef):
            for part in node.body:
                _text(part, out, f"{node.name}.")
            for instance, made in flow.instances.items():
                if made == node.name:
                    for part in node.body:
                        _text(part, out, f"{instance}.")
        else:
            _text(node, out, "")
    return out


def _text(node: ast.AST, out: dict[str, str], before: str) -> None:
    if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            path = path_of(target)
            if path is None:
                continue
            value = _file(node.value, out)
            if value is not None:
                out[before + path] = value
            elif isinstance(node.value, ast.Dict):
                for key, entry in zip(node.value.keys, node.value.values, strict=True):
                    name, text = literal(key) if key is not None else None, literal(entry)
                    if isinstance(name, str) and isinstance(text, str):
                        out[f"{before}{path}.{name}"] = text


def _file(node: ast.expr, texts: Mapping[str, str]) -> str | None:
    """The text that an expression for a path is: literals, names of such, ``/`` and ``join``."""
    value = literal(node)
    if isinstance(value, str):
        return value
    path = path_of(node)
    if path is not None:
        return texts.get(path)
    parts: list[ast.expr] = []
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Div, ast.Add)):
        left, right = _file(node.left, texts), _file(node.right, texts)
        if left is None or right is None:
            return None
        return _joined([left, right]) if isinstance(node.op, ast.Div) else left + right
    if isinstance(node, ast.JoinedStr):
        found = [_file(p.value if isinstance(p, ast.FormattedValue) else p, texts) for p in node.values]
        return None if any(f is None for f in found) else "".join(f or "" for f in found)
    if isinstance(node, ast.Call) and last_name(node.func) in ("join", "Path", "joinpath", "str"):
        if last_name(node.func) == "joinpath" and isinstance(node.func, ast.Attribute):
            parts.append(node.func.value)
        known = [_file(p, texts) for p in [*parts, *node.args]]
        return None if not known or any(k is None for k in known) else _joined([k or "" for k in known])
    return None


def _joined(parts: list[str]) -> str:
    return "/".join(part.rstrip("/") for part in parts if part not in ("", "."))


def _in_scope(
    body: Iterable[ast.AST], texts: Mapping[str, str], handles: dict[str, str]
) -> Iterator[tuple[str, str, bool]]:
    """(file, column, one a row?) of what one scope writes; ``handles`` knows files by their handle's name."""
    mappings: dict[str, list[str]] = {}
    headed: set[str] = set()
    for node in _nodes(body):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            opened = _opened(node.value, texts, handles)
            if opened is not None:
                handles[name] = opened
                yield from ((opened, field, True) for field in _fieldnames(node.value))
            elif isinstance(node.value, ast.Dict):
                mappings[name] = [k for k in map(_key, node.value.keys) if k]
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                opened = _opened(item.context_expr, texts, handles)
                if opened is not None and isinstance(item.optional_vars, ast.Name):
                    handles[item.optional_vars.id] = opened
        elif isinstance(node, ast.Call):
            yield from _write(node, texts, handles, mappings, headed)


def _nodes(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    for node in body:
        if not isinstance(node, _DEFS):
            yield node
            yield from own_nodes(node)


def _opened(node: ast.expr, texts: Mapping[str, str], handles: Mapping[str, str]) -> str | None:
    """The file that ``open(...)``, ``path.open("w")`` or ``csv.writer(f)`` writes."""
    if not isinstance(node, ast.Call):
        return None
    name = last_name(node.func)
    if name == "open":
        method = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") not in (
            "io",
            "gzip",
        )
        where = (
            node.func.value
            if method and isinstance(node.func, ast.Attribute)
            else next(iter(node.args), None)
        )
        modes = [literal(a) for a in (node.args if method else node.args[1:])[:1]]
        modes += [literal(k.value) for k in node.keywords if k.arg == "mode"]
        if where is None or not any(isinstance(m, str) and set(m) & set("wax+") for m in modes):
            return None
        path = _file(where, texts)
        return path if path is not None and _TABLE.search(path) else None
    if name in ("writer", "DictWriter") and node.args:
        inner = node.args[0]
        return handles.get(inner.id) if isinstance(inner, ast.Name) else _opened(inner, texts, handles)
    return None


def _fieldnames(node: ast.expr) -> list[str]:
    if not (isinstance(node, ast.Call) and last_name(node.func) == "DictWriter"):
        return []
    given = [k.value for k in node.keywords if k.arg == "fieldnames"] + node.args[1:2]
    names = literal(given[0]) if given else None
    return [n for n in names if isinstance(n, str)] if isinstance(names, (list, tuple)) else []


def _write(
    node: ast.Call, texts: Mapping[str, str], handles: Mapping[str, str], mappings: Mapping[str, list[str]],
    headed: set[str],
) -> Iterator[tuple[str, str, bool]]:  # fmt: skip
    name = last_name(node.func)
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    file = handles.get(owner.id) if isinstance(owner, ast.Name) else None
    first = node.args[0] if node.args else None
    if name == "writerow" and file and file not in headed:
        names = literal(first) if first is not None else None
        if isinstance(names, (list, tuple)) and all(isinstance(n, str) for n in names):
            headed.add(file)
            yield from ((file, str(n), True) for n in names)
        elif isinstance(first, ast.Dict):
            yield from ((file, key, True) for key in map(_key, first.keys) if key)
    elif name == "write" and file and isinstance(first, ast.expr):
        # A header is the first text that is written as it stands; JSON lines carry their keys.
        text = literal(first)
        if isinstance(text, str) and file not in headed and _HEADER.match(text):
            headed.add(file)
            yield from ((file, part.strip(), True) for part in re.split(r"[,\t;]", text.strip()))
        for part in walk(first):
            if isinstance(part, ast.Call) and last_name(part.func) == "dumps" and part.args:
                yield from ((file, key, True) for key in _keys(part.args[0], mappings))
    elif name == "dump" and len(node.args) >= 2:
        target = node.args[1]
        where = handles.get(target.id) if isinstance(target, ast.Name) else _opened(target, texts, handles)
        if where:
            yield from ((where, key, False) for key in _keys(node.args[0], mappings))
    elif name == "write_text" and owner is not None and isinstance(first, ast.Call) and first.args:
        where = _file(owner, texts)
        if where and _TABLE.search(where) and last_name(first.func) == "dumps":
            yield from ((where, key, False) for key in _keys(first.args[0], mappings))
    elif (
        name == "to_csv"
        and first is not None
        and isinstance(owner, ast.Call)
        and last_name(owner.func) == "DataFrame"
    ):
        where = _file(first, texts)
        if where and owner.args:
            yield from ((where, key, True) for key in _keys(owner.args[0], mappings))


def _keys(node: ast.expr, mappings: Mapping[str, list[str]]) -> list[str]:
    if isinstance(node, ast.Name):
        return mappings.get(node.id, [])
    if isinstance(node, ast.Dict):
        return [k for k in map(_key, node.keys) if k]
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "dict":
        return [k.arg for k in node.keywords if k.arg]
    return []


def _key(node: ast.expr | None) -> str:
    value = literal(node) if node is not None else None
    return value if isinstance(value, str) else ""
