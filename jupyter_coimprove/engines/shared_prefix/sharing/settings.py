"""Values that a cell only sets: variants that differ in nothing else share the cell, and set their own later."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from jupyter_coimprove.engines.shared_prefix.sharing.containers import entries_of, learn, step
from jupyter_coimprove.engines.shared_prefix.sharing.doings import Act
from jupyter_coimprove.engines.shared_prefix.sharing.paths import Path, Places, address_of, chain
from jupyter_coimprove.notebook.literals import MISSING, literal
from jupyter_coimprove.notebook.trees import walk


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A literal that a statement gives an address: ``text`` as it stands, ``start`` and ``end`` in bytes."""

    path: Path
    statement: ast.stmt
    text: str
    start: int
    end: int


def settings(acts: Sequence[Act], source: str, plain: str, places: Places) -> list[Setting]:
    """All of a cell, each address at most once. ``places`` is what was known before it; it is left as it was."""
    known = places.copy()
    here = _Source(source, plain)
    found: list[Setting] = []
    for act in acts:
        defaults = {s.path: s for s in found}
        copies = dict(_copied(act, known, defaults))
        learn(act, known)
        for path, node in _set(act.node, known):
            span = here.span(node)
            if span is not None:
                text = here.bytes[span[0] : span[1]].decode()
                found.append(Setting(path=path, statement=act.node, text=text, start=span[0], end=span[1]))
        for path, of in copies.items():
            found.append(Setting(path=path, statement=act.node, text=of.text, start=of.start, end=of.end))
    paths = [s.path for s in found]
    # Names with an underscore are IPython's, Python's, or nobody's.
    return [s for s in found if paths.count(s.path) == 1 and not s.path[0].startswith("_")]


def blanked(source: str, found: Sequence[Setting]) -> str:
    """The source with its settings' places taken by their addresses."""
    data = source.encode("utf-8", "surrogatepass")
    spans = {(s.start, s.end): s.path for s in reversed(found)}
    for (start, end), path in sorted(spans.items(), reverse=True):
        data = data[:start] + f"\0{address_of(path)}\0".encode() + data[end:]
    return data.decode("utf-8", "surrogatepass")


def _set(node: ast.stmt, places: Places) -> Iterator[tuple[Path, ast.expr]]:
    """Addresses that this statement of the top level gives a literal."""
    if isinstance(node, ast.ClassDef):
        yield from _in_class(node, (node.name,), places)
        return
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        targets: list[ast.expr] = [node.target]
    elif isinstance(node, ast.Assign) and len(node.targets) == 1:
        targets = list(node.targets)
    else:
        return
    value = node.value
    assert value is not None
    target = targets[0]
    if (
        isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts)
    ):  # fmt: skip
        for one, given in zip(target.elts, value.elts, strict=True):
            if isinstance(one, ast.Name) and _plain(given):
                yield (one.id,), given
        return
    path = chain(target) if isinstance(target, (ast.Name, ast.Attribute, ast.Subscript)) else None
    if path is None:
        return
    if len(path) > 1:
        holder = places.containers.get(path[:-1])
        if holder is None or (path[-1][0] == "[") != (holder.kind == "item") or path[-1].startswith(".__"):
            return
        if holder.kind == "class" and path[-1][1:] not in holder.plain:
            return
    yield from _leaves(path, value, places)


def _leaves(path: Path, value: ast.expr, places: Places) -> Iterator[tuple[Path, ast.expr]]:
    if _plain(value):
        yield path, value
        return
    if isinstance(value, ast.Call) and (of := chain(value.func)) is not None:
        known = places.containers.get(of)
        if known is not None and known.copies and known.callable and len(path) == 1 and not value.args:
            for keyword in value.keywords:
                if keyword.arg in known.plain and _plain(keyword.value):
                    yield (*path, f".{keyword.arg}"), keyword.value
            return
    entries = entries_of(value, places)
    if entries is not None and path in places.containers:
        for key, inner in entries[1]:
            yield from _leaves((*path, step(entries[0], key)), inner, places)


def _in_class(node: ast.ClassDef, path: Path, places: Places) -> Iterator[tuple[Path, ast.expr]]:
    known = places.containers.get(path)
    if known is None:
        return
    # What the body itself works out of its own names is not only set.
    own = {n.id for n in _at_once(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    for stmt in node.body:
        if isinstance(stmt, ast.ClassDef):
            yield from _in_class(stmt, (*path, f".{stmt.name}"), places)
            continue
        target = stmt.targets[0] if isinstance(stmt, ast.Assign) and len(stmt.targets) == 1 else None
        if isinstance(stmt, ast.AnnAssign):
            target = stmt.target
        value = stmt.value if isinstance(stmt, (ast.Assign, ast.AnnAssign)) else None
        if (
            isinstance(target, ast.Name) and value is not None and target.id in known.plain - own
            and _plain(value)
        ):  # fmt: skip
            yield (*path, f".{target.id}"), value


def _at_once(node: ast.ClassDef) -> Iterator[ast.AST]:
    """What of a class's body runs when it is made; a default of a method is part of it."""
    for stmt in node.body:
        if isinstance(stmt, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for part in [*stmt.decorator_list, stmt.args, *([stmt.returns] if stmt.returns else [])]:
                yield from walk(part)
        else:
            yield from walk(stmt)


def _copied(act: Act, places: Places, defaults: Mapping[Path, Setting]) -> Iterator[tuple[Path, Setting]]:
    """Defaults that an instance made in the same cell takes over: ``cfg.lr`` of ``cfg = Config()``."""
    node = act.node
    if not (
        isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
    ):
        return
    value = node.value
    path = chain(value.func) if isinstance(value, ast.Call) else None
    known = places.containers.get(path) if path else None
    if (
        not isinstance(value, ast.Call)
        or path is None
        or known is None
        or not (known.copies and known.callable)
    ):
        return
    given = {k.arg for k in value.keywords}
    for key in known.plain:
        if key not in given and (setting := defaults.get((*path, f".{key}"))) is not None:
            yield (node.targets[0].id, f".{key}"), setting


def _plain(node: ast.expr) -> bool:
    return literal(node) is not MISSING


class _Source:
    """Places of the syntax tree in the bytes of the cell, where its line is not magic."""

    def __init__(self, source: str, plain: str) -> None:
        self.bytes = source.encode("utf-8", "surrogatepass")
        self.same = source == plain
        lines = source.split("\n")
        self.starts = [0]
        for line in lines:
            self.starts.append(self.starts[-1] + len(line.encode("utf-8", "surrogatepass")) + 1)
        self.lines, self.plain = lines, plain.split("\n")

    def span(self, node: ast.expr) -> tuple[int, int] | None:
        if node.end_lineno is None or node.end_col_offset is None or b"\r" in self.bytes:
            return None
        first, last = node.lineno - 1, node.end_lineno - 1
        if not self.same and self.lines[first : last + 1] != self.plain[first : last + 1]:
            return None
        return self.starts[first] + node.col_offset, self.starts[last] + node.end_col_offset
