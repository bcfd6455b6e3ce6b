"""The checks of one notebook: read once, judged by every rule."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from itertools import chain
from typing import TypeVar

from jupyter_coimprove.evidence.checks import manytests, orders, places, rules, scoring
from jupyter_coimprove.evidence.checks.finding import CheckFinding
from jupyter_coimprove.evidence.checks.machine import Machine
from jupyter_coimprove.evidence.checks.state import OutOfSteps
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.trees import growing

_ORDER = {"high": 0, "medium": 1, "low": 2}


Reader = TypeVar("Reader", bound=Machine)


def read(notebook: Notebook, transform: Callable[[str], str]) -> tuple[Machine, bool]:
    """What happens to rows in a notebook, and whether it was read to the end.

    ``transform`` makes a cell plain Python or raises SyntaxError; such cells are left out.
    """
    return read_with(Machine, notebook, transform)


def read_with(kind: type[Reader], notebook: Notebook, transform: Callable[[str], str]) -> tuple[Reader, bool]:
    """The same by a reader that notes more."""
    modules = {}
    for path, text in notebook.beside.items():
        if path.endswith(".py"):
            try:
                modules[path] = (text, ast.parse(text))
            except SyntaxError:
                continue
    machine = kind(modules)
    for index, tree in _plain(notebook, transform):
        try:
            machine.run(tree, index)
        except (OutOfSteps, RecursionError):
            return machine, False
    return machine, True


def _plain(notebook: Notebook, transform: Callable[[str], str]) -> Iterator[tuple[int, ast.Module]]:
    """The code cells that are Python, with their indices."""
    for cell in notebook.code_cells:
        try:
            yield cell.index, ast.parse(transform(cell.source))
        except SyntaxError:
            continue


@growing()
def check(notebook: Notebook, transform: Callable[[str], str]) -> tuple[tuple[CheckFinding, ...], bool]:
    """All findings, surest first, and whether the whole notebook was read."""
    seen, whole = read(notebook, transform)
    text = "\n".join(cell.source for cell in notebook.cells)
    trees = list(_plain(notebook, transform))
    found = chain(
        rules.statistics(seen), rules.splits(seen), rules.targets(seen), scoring.choices(seen),
        scoring.memories(seen), scoring.metrics(seen, text),
        places.off_by_one(trees), orders.other_rows(trees), manytests.best_of_many(trees),
    )  # fmt: skip
    unique: dict[tuple[str, int, int, str], CheckFinding] = {}
    for one in found:
        unique.setdefault((one.kind, one.where.cell, one.where.line, one.where.file), one)
    listed = sorted(unique.values(), key=lambda f: (_ORDER[f.confidence], f.where.cell, f.where.line))
    return tuple(listed), whole
