"""What code does to the notebook's names: when it runs, when what it defines runs, and with what it is given."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from jupyter_coimprove.engines.shared_prefix.sharing import words
from jupyter_coimprove.engines.shared_prefix.sharing.paths import Path
from jupyter_coimprove.notebook.trees import last_name

_TOKEN = re.compile(r"[^\W\d]\w*")


@dataclass
class Doing:
    """What running a piece of code may do: ``names`` it reads as paths, names it ``sets``, ``texts`` it has.

    ``opaque``: why it could read anything at all.
    """

    names: set[Path] = field(default_factory=set)
    #: (function, position or keyword, path): what it is given whole, by plain calls.
    given: set[tuple[str, int | str, Path]] = field(default_factory=set)
    sets: set[Path] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    opaque: str = ""
    #: Whether code it starts runs even while nothing is called; whether it may bring any function by name.
    always: bool = False
    loads: bool = False

    def hide(self, why: str) -> None:
        self.opaque = self.opaque or why


@dataclass(frozen=True, kw_only=True)
class Takes:
    """The parameters of a function in order, and of each what the body reads of it; None: all, or it is kept."""

    order: tuple[str, ...]
    reads: Mapping[str, frozenset[Path] | None]


@dataclass
class Act:
    """One statement: what it does at once, what bodies it gives names, and what those do with what they take.

    ``inert``: it runs nothing (a ``def``, a constant).
    """

    node: ast.stmt
    now: Doing
    bodies: list[tuple[str, Doing]]
    takes: list[tuple[str, Takes]]
    inert: bool


def tokens(text: str) -> set[str]:
    """The names that a text may hold, also between underscores."""
    found = set(_TOKEN.findall(text))
    return found | {part for name in found for part in name.split("_") if part}


def kept_only(decorators: list[ast.expr]) -> bool:
    """Whether what is decorated is only kept: not called, nor handed to code that could call it."""
    return all(last_name(d.func if isinstance(d, ast.Call) else d) in words.KEEPING for d in decorators)


def harmless(node: ast.stmt) -> bool:
    """Imports and constants: nothing in it reads a name."""
    return isinstance(node, (ast.Import, ast.ImportFrom, ast.Pass)) or (
        isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        and all(isinstance(t, ast.Name) for t in node.targets)
    )  # fmt: skip
