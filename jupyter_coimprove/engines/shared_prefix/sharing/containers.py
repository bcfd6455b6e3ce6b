"""Containers of settings that are made in the open, and other names for them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from jupyter_coimprove.engines.shared_prefix.sharing import words
from jupyter_coimprove.engines.shared_prefix.sharing.doings import Act, Doing
from jupyter_coimprove.engines.shared_prefix.sharing.paths import (
    CALLED,
    NAMED,
    Container,
    Path,
    Places,
    chain,
)
from jupyter_coimprove.notebook.trees import last_name, walk

_DESCRIBING = frozenset({"__repr__", "__str__", "__eq__", "__hash__", "__len__", "__iter__"})


def learn(act: Act, places: Places) -> tuple[Doing, set[Path]]:
    """Take in what this statement makes; what it reads, and the names it sets.

    Giving a container another name, or making an instance of a plain class, reads none of its values.
    """
    now, node = act.now, act.node
    for _, body in act.bodies:
        # A function that gives the name something else may run at any time.
        places.wild |= {path[0] for path in body.sets}
    target, value = _assigned(node)
    made = dict(_inside((target,), value, places)) if target and value is not None else {}
    other = _another(value, places) if value is not None else None
    if isinstance(node, ast.ClassDef):
        made = dict(_class(node, (node.name,), places))
    for (name,) in now.sets:
        places.forget(name)
        places.origins[name] = ""
    places.origins.update(_imported(node))
    if target and other is not None:
        path, copy = other
        names = now.names - {path, (*path, CALLED)} | {(path[0], NAMED)}
        if copy is None:
            places.aliases.setdefault(target, set()).add(path)
        else:
            made = {(target,): replace(copy, callable=False, copies=False)}
            given = {k.arg for k in value.keywords} if isinstance(value, ast.Call) else set()
            names |= {(*path, f".{key}") for key in copy.plain - given}
        now = replace(now, names=names)
    for name in places.wild:
        places.forget(name)
    for path, container in made.items():
        if path[0] not in places.wild:
            places.containers[path] = container
    return now, now.sets


def _assigned(node: ast.stmt) -> tuple[str, ast.expr | None]:
    """The one plain name that this statement assigns to, and what."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id, node.value
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id, node.value
    return "", None


def _another(value: ast.expr, places: Places) -> tuple[Path, Container | None] | None:
    """The container that this expression is another name for, or (with its shape) an instance of."""
    if isinstance(value, ast.Call):
        path = chain(value.func)
        known = places.containers.get(path) if path else None
        if path is None or known is None or not known.callable or value.args:
            return None
        if known.copies:
            return (path, known) if all(k.arg in known.plain for k in value.keywords) else None
        return (path, None) if not value.keywords else None
    path = chain(value)
    return (path, None) if path is not None and places.container(path) is not None else None


def _imported(node: ast.stmt) -> Iterator[tuple[str, str]]:
    """The names that an import of the top level brings, and where from."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield (alias.asname, alias.name) if alias.asname else (alias.name.partition(".")[0],) * 2
    elif isinstance(node, ast.ImportFrom) and not node.level:
        for alias in node.names:
            yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _inside(path: Path, value: ast.expr, places: Places) -> Iterator[tuple[Path, Container]]:
    entries = entries_of(value, places)
    if entries is None:
        return
    kind, found = entries
    yield path, Container(kind=kind)
    for key, inner in found:
        yield from _inside((*path, step(kind, key)), inner, places)


_Kind = Literal["item", "instance", "class"]


def step(kind: str, key: str) -> str:
    return f"[{key!r}]" if kind == "item" else f".{key}"


def entries_of(value: ast.expr, places: Places) -> tuple[_Kind, list[tuple[str, ast.expr]]] | None:
    """The kind and entries of a container written out with constant keys, each once; None for anything else."""
    kind: _Kind
    if isinstance(value, ast.Dict):
        keys = [k.value if isinstance(k, ast.Constant) else None for k in value.keys]
        found = [(k, v) for k, v in zip(keys, value.values, strict=True) if isinstance(k, str)]
        kind = "item"
        if len(found) != len(keys):
            return None
    elif isinstance(value, ast.Call) and not value.args:
        called = places.origin(chain(value.func))
        if called != "dict" and called not in words.NAMESPACES:
            return None
        kind = "item" if called == "dict" else "instance"
        found = []
        for keyword in value.keywords:
            if keyword.arg is not None:
                found.append((keyword.arg, keyword.value))
            elif (more := entries_of(keyword.value, places)) is not None and more[0] == "item":
                found += more[1]
            else:
                return None
    else:
        return None
    return (kind, found) if len({k for k, _ in found}) == len(found) else None


def _class(node: ast.ClassDef, path: Path, places: Places) -> Iterator[tuple[Path, Container]]:
    """A class of plain values: no bases, no metaclass; as it is, or made a dataclass."""
    decorators = [d.func if isinstance(d, ast.Call) else d for d in node.decorator_list]
    made = [places.origin(chain(d)) for d in decorators]
    if node.bases or node.keywords or made not in ([], [words.DATACLASS]):
        return
    options = [k.arg for d in node.decorator_list if isinstance(d, ast.Call) for k in d.keywords]
    if not set(options) <= {"frozen", "kw_only", "repr", "eq", "order"}:
        return
    plain, makes = set(), True
    for stmt in node.body:
        name, value = _assigned(stmt)
        if name.startswith("__") or (
            isinstance(stmt, ast.AnnAssign) and "Var" in ast.unparse(stmt.annotation)
        ):
            return
        if name:
            # Of a dataclass only what is annotated is an instance's own.
            if (value is None or _value(value)) and (not made or isinstance(stmt, ast.AnnAssign)):
                plain.add(name)
        elif isinstance(stmt, ast.ClassDef):
            yield from _class(stmt, (*path, f".{stmt.name}"), places)
            plain.add(stmt.name)
        elif isinstance(stmt, (ast.FunctionDef, ast.AsyncFunctionDef)):
            makes = makes and (not stmt.name.startswith("__") or stmt.name in _DESCRIBING)
            if stmt.name in ("__getattribute__", "__getattr__", "__class_getitem__"):
                return
        elif not isinstance(stmt, (ast.Pass, ast.Expr)):
            return
    yield path, Container(kind="class", plain=frozenset(plain), copies=bool(made), callable=makes)


def _value(node: ast.expr) -> bool:
    """Whether it gives a value: nothing in it could be a property or another descriptor made here."""
    return not isinstance(node, ast.Name) and not any(
        isinstance(n, ast.Lambda)
        or (
            isinstance(n, ast.Call)
            and (
                last_name(n.func) in words.DESCRIPTORS
                or (isinstance(n.func, ast.Name) and n.func.id not in words.CONVERTING)
            )
        )
        for n in walk(node)
    )
