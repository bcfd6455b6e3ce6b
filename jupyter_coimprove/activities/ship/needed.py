"""The statements that a result needs: backwards from it, through all that could change it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from jupyter_coimprove.activities.ship.effects import CHANCE, FILES, Effect, effects_of, outside_functions
from jupyter_coimprove.errors import NotebookError
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.dataflow import AMBIENT, Flow
from jupyter_coimprove.notebook.scopes import base
from jupyter_coimprove.notebook.trees import identifiers

_HISTORY = frozenset({"In", "Out", "_", "__", "___", "_i", "_ih", "_oh", "_dh", "get_ipython"})


@dataclass(frozen=True, kw_only=True)
class Needed:
    """``kept`` are indices of statements in order; ``shown`` those whose prints the response is read from."""

    kept: tuple[int, ...]
    shown: frozenset[int]
    effects: tuple[Effect, ...]


def needed(
    flow: Flow, expressions: Iterable[str], shown: Iterable[int] | None = None, local: Iterable[str] = ()
) -> Needed:
    """What ``expressions`` after the last cell need, and what the cells ``shown`` print (all: an empty one; None: none).

    NotebookError where a cell does not parse: nobody could tell whether it is needed.
    """
    if flow.unparsable:
        cell, why = flow.unparsable[0]
        raise NotebookError(
            f"cell {cell + 1} does not parse: {why}", remedy="repair or remove it, then ship again"
        )
    effects = effects_of(flow, local)
    names = {n.id for text in expressions for n in identifiers(ast.parse(text, mode="eval"))}
    cells = None if shown is None else set(shown)
    said = frozenset(
        index
        for index, statement in enumerate(flow.statements)
        if cells is not None and (not cells or statement.cell in cells)
    )
    late: frozenset[str] = frozenset()
    while True:
        kept = _back(effects, frozenset(names), late, said)
        more = frozenset(name for index in kept for name in effects[index].late)
        if more <= late:
            return Needed(kept=tuple(sorted(kept)), shown=said, effects=effects)
        late |= more


def _back(
    effects: tuple[Effect, ...], names: frozenset[str], late: frozenset[str], said: frozenset[int]
) -> set[int]:
    """One scan from the last statement to the first. ``late`` names are read at a time that nobody knows."""
    need = set(names | late)
    kept: set[int] = set()
    for index in range(len(effects) - 1, -1, -1):
        one = effects[index]
        gives = one.binds | one.changes
        if not (gives & need or index in said or (one.must and kept)) or (one.visual and index not in said):
            continue
        kept.add(index)
        need -= one.binds - late - one.reads - {CHANCE, FILES}
        need |= one.reads | (one.changes - {CHANCE, FILES}) | (one.changes & need)
    return kept


def check(flow: Flow, notebook: Notebook, kept: Iterable[int]) -> None:
    """NotebookError where a kept statement is no plain Python: a magic that gives a value, the kernel's history."""
    bound = (
        frozenset().union(*(one.names.binds | one.names.changes for one in flow.statements))
        if flow.statements
        else frozenset()
    )
    for index in kept:
        statement = flow.statements[index]
        where = f"cell {statement.cell + 1}"
        history = sorted(({base(path) for path in statement.names.reads} & _HISTORY & AMBIENT) - bound)
        if history:
            raise NotebookError(
                f"{where} reads {history[0]}, which only a kernel has",
                remedy="give the value a name of its own",
            )
        source = flow.sources[statement.cell] or ""
        lines = slice(statement.node.lineno - 1, statement.node.end_lineno)
        stands, plain = notebook.cells[statement.cell].source.split("\n")[lines], source.split("\n")[lines]
        changed = next((line for line, new in zip(stands, plain, strict=False) if line != new), None)
        timed = changed is not None and changed.lstrip().startswith(("%time", "%prun", "%memit"))
        if changed is not None and not timed:
            raise NotebookError(
                f"{where} has a magic that the result needs: {changed.strip()[:80]}",
                remedy="write it in plain Python, then ship again",
            )
        if any(isinstance(node, ast.Await) for node in outside_functions(statement.node)):
            raise NotebookError(
                f"{where} awaits, which only a kernel does outside a function", remedy="call asyncio.run(…)"
            )
