"""Addresses of values: ``lr``, ``cfg['lr']``, ``CFG.optim.lr`` as steps that can be compared."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

#: A name, then ``.key`` or ``['key']`` for each step.
Path = tuple[str, ...]


#: Steps that are no keys: the name alone, without what it holds; an attribute set to something worked out; a call.
NAMED, SET, CALLED = ".<named>", ".<set>", ".<called>"


@dataclass(frozen=True, kw_only=True)
class Container:
    """A mapping or namespace made in the open, whose keys are read one at a time.

    ``item``: a plain dict. ``instance``: attributes of its own. ``class``: a class, or an instance of one; only
    ``plain`` of its attributes are values, any other may be code that reads them. ``callable``: making an
    instance runs no code of its own; with ``copies`` the instance takes the values over (a dataclass).
    """

    kind: Literal["item", "instance", "class"]
    plain: frozenset[str] = frozenset()
    copies: bool = False
    callable: bool = False


def chain(node: ast.expr) -> Path | None:
    """The steps of ``cfg["optim"].lr`` with constant text keys, from a name on; None for anything else."""
    steps: list[str] = []
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute):
            steps.append(f".{node.attr}")
        elif isinstance(node, ast.Subscript) and isinstance(key := _key(node.slice), str):
            steps.append(f"[{key!r}]")
        else:
            return None
        node = node.value
    return (node.id, *reversed(steps))


def _key(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def path_of(address: str) -> Path:
    """The steps of an address. Raises ValueError for what is none."""
    try:
        found = chain(ast.parse(address, mode="eval").body)
    except SyntaxError:
        found = None
    if found is None:
        raise ValueError(f"{address!r} is no address: a name, or keys and attributes of one")
    return found


def address_of(path: Path) -> str:
    return "".join(path)


@dataclass
class Places:
    """What is known of names that hold containers: their shape, and other names for them."""

    containers: dict[Path, Container] = field(default_factory=dict)
    aliases: dict[str, set[Path]] = field(default_factory=dict)
    #: Names that functions give something else.
    wild: set[str] = field(default_factory=set)
    #: Names that the notebook gives something: of those it imports, where from.
    origins: dict[str, str] = field(default_factory=dict)

    def copy(self) -> Places:
        aliases = {name: set(paths) for name, paths in self.aliases.items()}
        return Places(dict(self.containers), aliases, set(self.wild), dict(self.origins))

    def origin(self, path: Path | None) -> str:
        """Where what is called comes from, with dots: ``argparse.Namespace``; a name alone is Python's own."""
        if path is None or any(step[0] != "." for step in path[1:]):
            return ""
        return "".join([self.origins.get(path[0], path[0] if len(path) == 1 else ""), *path[1:]])

    def forget(self, name: str) -> None:
        """The name is given something else."""
        for path in [path for path in self.containers if path[0] == name]:
            del self.containers[path]

    def container(self, path: Path) -> Container | None:
        """The shape of what is at a path, by any name for it."""
        found = [self.containers[other] for other in self.all_of(path) if other in self.containers]
        return found[0] if found else None

    def all_of(self, path: Path) -> set[Path]:
        """The path, and what it is where its name is another name for something."""
        found, todo = {path}, [path]
        while todo:
            name, *steps = todo.pop()
            for target in self.aliases.get(name, ()):
                other = (*target, *steps)
                if other not in found and len(other) < 12:
                    found.add(other)
                    todo.append(other)
        return found

    def touches(self, read: Path, varied: Path) -> bool:
        """Whether reading (or setting) ``read`` may depend on the value at ``varied``."""
        for depth, (one, other) in enumerate(zip(read, varied, strict=False)):
            if one == other:
                continue
            if depth == 0:
                return False
            if one == NAMED:
                return False
            holder = self.containers.get(varied[:depth])
            if one == SET:
                return holder is None or holder.kind == "class"
            if holder is None or one[0] != other[0] or one.startswith(".__"):
                return True
            return (one[0] == "[") != (holder.kind == "item") or (
                holder.kind == "class" and one[1:] not in holder.plain
            )
        return True


def touched(reads: Collection[Path], varied: Mapping[str, Path], places: Places) -> set[str]:
    """The varied addresses that these reads may depend on."""
    out: set[str] = set()
    roots = {path[0] for path in varied.values()}
    for read in reads:
        if read[0] not in roots and read[0] not in places.aliases:
            continue
        for path in places.all_of(read):
            out |= {address for address, where in varied.items() if places.touches(path, where)}
    return out
