"""Settings that a cell overwrites before anything reads them: the value that counts is the later one."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.found import Found
from jupyter_coimprove.notebook.literals import literal
from jupyter_coimprove.notebook.scopes import HARMLESS, base, path_of, touches
from jupyter_coimprove.notebook.trees import last_name, walk

#: Calls that give a setting a new value by keyword: ``replace(cfg, lr=…)``, ``cfg._replace(lr=…)``.
REPLACING = frozenset({"replace", "_replace", "evolve", "model_copy"})


@dataclass(frozen=True, kw_only=True)
class Write:
    """Statement ``statement`` gives ``path`` the value ``value``."""

    path: str
    value: ast.expr
    statement: int


def writes(node: ast.stmt, statement: int = 0) -> Iterator[Write]:
    """The members of settings that a statement certainly sets."""

    def made(path: str | None, value: ast.expr) -> Iterator[Write]:
        # What is computed from the former value has read it.
        former = {path_of(n) for n in walk(value) if isinstance(n, (ast.Attribute, ast.Subscript))}
        if path is not None and "." in path and path not in former:
            yield Write(path=path, value=value, statement=statement)

    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, (ast.Attribute, ast.Subscript)):
                yield from made(path_of(target), node.value)
            elif isinstance(target, ast.Name):
                for key, value in _renewed(target.id, node.value):
                    yield from made(f"{target.id}.{key}", value)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        call = node.value
        last = last_name(call.func)
        if last == "update" and isinstance(call.func, ast.Attribute):
            held = path_of(call.func.value)
            for key, value in _given(call):
                yield from made(f"{held}.{key}" if held else None, value)
        elif last == "setattr" and len(call.args) == 3:
            held, name = path_of(call.args[0]), literal(call.args[1])
            yield from made(f"{held}.{name}" if held and isinstance(name, str) else None, call.args[2])


def _given(call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    yield from ((k.arg, k.value) for k in call.keywords if k.arg)
    if call.args and isinstance(call.args[0], ast.Dict):
        yield from _keys(call.args[0])


def _keys(node: ast.Dict) -> Iterator[tuple[str, ast.expr]]:
    for key, value in zip(node.keys, node.values, strict=True):
        name = literal(key) if key is not None else None
        if isinstance(name, str):
            yield name, value


def _renewed(name: str, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """``cfg = replace(cfg, lr=0.1)``, ``cfg = {**cfg, "lr": 0.1}``, ``cfg = cfg | {"lr": 0.1}``."""
    if isinstance(value, ast.Call) and last_name(value.func) in REPLACING:
        old: object = value.args[0] if value.args else getattr(value.func, "value", None)
        found = [(k.arg, k.value) for k in value.keywords if k.arg]
    elif isinstance(value, ast.Dict) and value.keys and value.keys[0] is None:
        old, found = value.values[0], list(_keys(value))
    elif isinstance(value, ast.BinOp) and isinstance(value.right, ast.Dict):
        old, found = value.left, list(_keys(value.right))
    else:
        return
    if isinstance(old, ast.Name) and old.id == name:
        yield from found


def overwritten(flow: Flow, found: Sequence[tuple[str, Found]]) -> dict[str, int]:
    """Name of what was found -> the cell that overwrites it before it is read."""
    all_writes = [w for i, s in enumerate(flow.statements) for w in writes(s.node, i)]
    if not all_writes:
        return {}
    made_from: dict[str, set[str]] = {}
    for statement in flow.statements:
        node = statement.node
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            held = {t.id for t in node.targets if isinstance(t, ast.Name)}
            made_from.setdefault(last_name(node.value.func), set()).update(held)
    out: dict[str, int] = {}
    for name, f in found:
        path = f.path
        if f.operator != "set" or path is None or "." not in path or f.kind != "config":
            continue
        root, _, rest = path.partition(".")
        holders = {root} | made_from.get(root, set())
        for write in all_writes:
            holder, _, key = write.path.partition(".")
            same = holder in holders and (key == rest or rest.startswith(key + "."))
            if same and write.statement > f.statement and write.value is not f.node:
                paths = [f"{h}.{rest}" for h in holders]
                if not any(_reads(flow, i, paths) for i in range(f.statement + 1, write.statement)):
                    out[name] = flow.statements[write.statement].cell
                break
    return out


def _reads(flow: Flow, index: int, paths: Sequence[str]) -> bool:
    """Whether a statement uses one of these settings: not to show it, hold it or set another one."""
    statement = flow.statements[index]
    node = statement.node
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return False
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        name = last_name(node.value.func)
        if name == "add_argument" or (isinstance(node.value.func, ast.Name) and name in HARMLESS):
            return False
    reads = {read for read in statement.reads if any(touches(read, path) for path in paths)}
    # ``conf["train"]["epochs"] = 3`` reaches into what holds the other settings.
    for write in writes(node):
        reads = {read for read in reads if not write.path.startswith(read + ".")}
    holders = {base(path) for path in paths}
    return bool(reads - holders if statement.names.binds & holders else reads)
