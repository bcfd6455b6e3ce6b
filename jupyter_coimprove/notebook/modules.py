"""Local modules beside the notebook: what is in them, and which cells use it."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.names import names_of
from jupyter_coimprove.notebook.scopes import base
from jupyter_coimprove.notebook.trees import kinds, walk

#: (file, name): a top-level name of a module; the empty name is the module as a whole.
Node = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Module:
    """One parsed file; ``defines`` are the names that each of its top-level statements gives."""

    file: str
    text: str
    tree: ast.Module
    defines: tuple[frozenset[str], ...]


@dataclass(frozen=True, kw_only=True)
class Modules:
    """All local modules, who uses what in them, and what the cells call it."""

    modules: tuple[Module, ...] = ()
    #: A name -> the names whose meaning depends on it.
    users: Mapping[Node, frozenset[Node]] = field(default_factory=dict)
    #: A name -> (statement of the notebook that imports it, path it is read by there).
    imported: Mapping[Node, tuple[tuple[int, str], ...]] = field(default_factory=dict)

    def through(self, file: str, names: Iterable[str]) -> tuple[tuple[int, str], ...]:
        """Where the notebook gets at these names of a file, or at what depends on them."""
        todo: list[Node] = [(file, name) for name in names]
        seen: set[Node] = set()
        out: set[tuple[int, str]] = set()
        while todo:
            node = todo.pop()
            if node in seen:
                continue
            seen.add(node)
            out.update(self.imported.get(node, ()))
            out.update(
                (s, f"{path}.{node[1]}" if node[1] else path)
                for s, path in self.imported.get((node[0], ""), ())
            )
            todo += self.users.get(node, ())
        return tuple(sorted(out))


def read_modules(beside: Mapping[str, str], flow: Flow) -> Modules:
    """The modules among the files beside a notebook; a file that does not parse is left out."""
    modules = []
    for file in sorted(beside):
        if not file.endswith(".py"):
            continue
        try:
            tree = ast.parse(beside[file])
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        modules.append(_module(file, beside[file], tree))
    if not modules:
        return Modules()
    known = {m.file: m for m in modules}
    users: defaultdict[Node, set[Node]] = defaultdict(set)
    for module in modules:
        _uses(module, known, users)
    imported: defaultdict[Node, list[tuple[int, str]]] = defaultdict(list)
    for index, statement in enumerate(flow.statements):
        for target, path in _imports(statement.node, "", known):
            imported[target].append((index, path))
    return Modules(
        modules=tuple(modules), users={k: frozenset(v) for k, v in users.items()},
        imported={k: tuple(v) for k, v in imported.items()},
    )  # fmt: skip


def _module(file: str, text: str, tree: ast.Module) -> Module:
    defines = []
    for node in tree.body:
        names = names_of(node)
        defines.append(names.binds | names.changes)
    return Module(file=file, text=text, tree=tree, defines=tuple(defines))


def _uses(module: Module, known: Mapping[str, Module], users: defaultdict[Node, set[Node]]) -> None:
    """Which names of this module depend on which, its own and other modules'."""
    own = frozenset().union(*module.defines) if module.defines else frozenset()
    for node, defined in zip(module.tree.body, module.defines, strict=True):
        targets = {(module.file, name) for name in defined}
        names = names_of(node)
        reads = {base(r) for r in names.reads} | {base(r) for b in names.bodies.values() for r in b.reads}
        for name in reads & own:
            users[module.file, name] |= targets
        for target, path in _imports(node, module.file, known):
            # An import inside a function makes the function depend on it.
            names_here = {base(path)} if isinstance(node, (ast.Import, ast.ImportFrom)) else set(defined)
            for one in [target] if target[1] else [(target[0], n) for n in _names(known[target[0]])]:
                users[one] |= {(module.file, name) for name in names_here}


def _names(module: Module) -> frozenset[str]:
    return frozenset().union(*module.defines) if module.defines else frozenset()


def _imports(node: ast.AST, importer: str, known: Mapping[str, Module]) -> list[tuple[Node, str]]:
    """(what is imported, path it is read by) of every local import below a statement."""
    found: list[tuple[Node, str]] = []
    if kinds(node).keys().isdisjoint((ast.Import, ast.ImportFrom)):
        return found
    for part in walk(node):
        if isinstance(part, ast.Import):
            for alias in part.names:
                file = _file(alias.name, importer, 0, known)
                if file:
                    found.append(((file, ""), alias.asname or alias.name))
        elif isinstance(part, ast.ImportFrom):
            file = _file(part.module or "", importer, part.level, known)
            for alias in part.names:
                inner = _file(f"{part.module or ''}.{alias.name}".strip("."), importer, part.level, known)
                if inner:
                    found.append(((inner, ""), alias.asname or alias.name))
                elif file and alias.name == "*":
                    found += [((file, name), name) for name in sorted(_names(known[file]))]
                elif file:
                    found.append(((file, alias.name), alias.asname or alias.name))
    return found


def _file(name: str, importer: str, level: int, known: Mapping[str, Module]) -> str:
    """The file of a module, by the end of its dotted name (folders on ``sys.path`` are not known)."""
    parts = [p for p in name.split(".") if p]
    if level:
        folder = PurePosixPath(importer).parent
        for _ in range(level - 1):
            folder = folder.parent
        stem = folder.joinpath(*parts).as_posix()
        return next((f for f in (f"{stem}.py", f"{stem}/__init__.py") if f in known), "")
    if not parts:
        return ""
    tail = "/".join(parts)
    for end in (f"{tail}.py", f"{tail}/__init__.py"):
        near = [f for f in known if f == end or f.endswith("/" + end)]
        if near:
            return min(near, key=lambda f: (len(PurePosixPath(f).parts), f))
    return ""
