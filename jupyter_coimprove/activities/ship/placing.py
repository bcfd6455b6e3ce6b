"""Which statements stand at the top of a module, which in ``run``, and which names both share."""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from jupyter_coimprove.activities.ship.effects import IMPORTS, taken_over
from jupyter_coimprove.activities.ship.needed import Needed
from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.scopes import base
from jupyter_coimprove.notebook.trees import last_name

_BUILTIN = frozenset(dir(builtins))
#: What looks names up in a module, or moves objects to other processes by the name of their class.
_BY_NAME = frozenset({"globals", "locals", "eval", "exec"})
_ELSEWHERE = frozenset({"multiprocessing", "concurrent", "pickle", "dill", "shelve"})
#: Names that the module has itself.
RESERVED = frozenset({"run", "main", "FOLDER"})
_DEFS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, kw_only=True)
class Placed:
    """``top`` and ``inside`` are statements in order; ``shared`` are names of ``run`` that are the module's own."""

    top: tuple[int, ...]
    inside: tuple[int, ...]
    shared: tuple[str, ...]


def place(flow: Flow, needed: Needed, parameters: Iterable[str]) -> Placed:
    """Imports and what needs nothing but them stand at the top; all else, in the order of the notebook, in ``run``."""
    given = set(parameters)
    bound = _origins(flow, needed)
    top: list[int] = []
    at_top: set[str] = set()
    inside: list[int] = []
    # An import behind `os.environ[…] = …` has to come behind it.
    settled = True
    for index in needed.kept:
        node, one = flow.statements[index].node, needed.effects[index]
        names = one.binds | one.changes
        reads = {name for name in one.reads | one.late if not name.startswith("~")} - names - _BUILTIN
        free = reads <= at_top and not names & (given | RESERVED) and all(bound[name] == 1 for name in names)
        stars = bool(flow.statements[index].names.stars)
        environment = one.must and not isinstance(node, IMPORTS) and _environment(node)
        movable = isinstance(node, (*IMPORTS, *_DEFS)) or environment
        if stars or (movable and free and (settled or not isinstance(node, IMPORTS))):
            top.append(index)
            at_top |= names | _starred(stars, needed)
            continue
        settled = settled and not environment
        inside.append(index)
    return Placed(
        top=tuple(top), inside=tuple(inside), shared=tuple(sorted(_shared(flow, needed, inside, at_top)))
    )


def _origins(flow: Flow, needed: Needed) -> Counter[str]:
    """In how many ways each name gets a value; an import that stands there twice is one."""
    found: set[tuple[str, str]] = set()
    for index in needed.kept:
        node = flow.statements[index].node
        if isinstance(node, IMPORTS):
            module = node.module if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                found.add((name, f"{module}.{alias.name if alias.asname or module else name}"))
        else:
            one = needed.effects[index]
            found |= {(name, str(index)) for name in one.binds | one.changes}
    return Counter(name for name, _ in found)


def _starred(stars: bool, needed: Needed) -> set[str]:
    """What a star may bring: every name that is read and nowhere bound."""
    if not stars:
        return set()
    bound = {
        name for index in needed.kept for name in needed.effects[index].binds | needed.effects[index].changes
    }
    return {
        name for index in needed.kept for name in needed.effects[index].reads | needed.effects[index].late
    } - bound


def _environment(node: ast.stmt) -> bool:
    text = ast.unparse(node)
    return any(
        word in text for word in ("os.environ", "sys.path", "environ[", "matplotlib.use", "set_start_method")
    )


def _shared(flow: Flow, needed: Needed, inside: list[int], at_top: set[str]) -> set[str]:
    """Names of ``run`` that have to be the module's: declared global somewhere, hidden by a class's own, or all."""
    binds = {name for index in inside for name in needed.effects[index].binds}
    loose = {
        name
        for index in inside
        for name in flow.statements[index].names.changes
        if _assigned(flow, index, name)
    }
    own = {name for name in binds | loose if not name.startswith("~")}
    shared: set[str] = set()
    for index in needed.kept:
        for node in flow.statements[index].nodes:
            if isinstance(node, ast.Global):
                shared |= set(node.names)
            elif isinstance(node, ast.ClassDef):
                shared |= taken_over(node) & own
            elif (
                (
                    isinstance(node, ast.Call)
                    and last_name(node.func) in _BY_NAME
                    and isinstance(node.func, ast.Name)
                )
                or (isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in _ELSEWHERE)
                or (
                    isinstance(node, ast.Import)
                    and any(a.name.partition(".")[0] in _ELSEWHERE for a in node.names)
                )
            ):
                return own
    # A name that is read before it is given another value: `max = max(values)`, `data` of an import.
    for index in inside:
        reads = {base(path) for path in needed.effects[index].reads}
        shared |= reads & (_BUILTIN | at_top) & own
    return shared


def _assigned(flow: Flow, index: int, name: str) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
        for node in flow.statements[index].nodes
    )
