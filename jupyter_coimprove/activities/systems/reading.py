"""What can be told without running anything: the order in which cells ran, state that no cell gives, unseeded draws,
paths of one machine, and the clock."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from jupyter_coimprove.activities.systems.clocks import Clocks, clocks
from jupyter_coimprove.notebook.candidates import Reading
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.dataflow import AMBIENT, Flow

#: Begins like a path of one machine; one part alone (``/tmp``, a route of a web server) is none.
_ABSOLUTE = re.compile(r"(?:/[\w .@+-]+){2,}/?\Z|~[\w-]*/.+|[A-Za-z]:[\\/].+|\\\\[\w.-]+\\.+")
#: Folders that any machine of its kind has.
_COMMON = ("/dev/", "/proc/", "/sys/", "/usr/bin/", "/bin/", "/etc/")


@dataclass(frozen=True, kw_only=True)
class Missing:
    """A name that cell ``cell`` reads and that no cell above gives; ``later`` is the first cell below that does."""

    cell: int
    name: str
    later: int | None = None


@dataclass(frozen=True, kw_only=True)
class OnePath:
    """A path written out in cell ``cell`` that only some machines have; ``here``: this one has it."""

    cell: int
    path: str
    here: bool


@dataclass(frozen=True, kw_only=True)
class Read:
    """What the code and its execution counts say; cells are 0-based over all cells.

    ``late`` are cells that ran before one above them, ``gaps`` how many runs the counts have beyond the cells
    that show them (cells that ran again, or are gone). ``draws`` are unseeded draws by cell, as code.
    """

    flow: Flow
    clocks: Clocks
    missing: tuple[Missing, ...] = ()
    late: tuple[int, ...] = ()
    gaps: int = 0
    unrun: tuple[int, ...] = ()
    draws: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    paths: tuple[OnePath, ...] = ()

    def upstream(self, cell: int) -> frozenset[int]:
        """The cell and all that it depends on, at any remove."""
        todo, out = [cell], set[int]()
        while todo:
            one = todo.pop()
            if one not in out:
                out.add(one)
                todo += self.flow.edges.get(one, ())
        return frozenset(out)


def read(notebook: Notebook, flow: Flow, reading: Reading, exists: Callable[[str], bool]) -> Read:
    """Read a Python notebook; ``exists`` says whether a path is there."""
    ran = [(cell.execution_count, cell.index) for cell in notebook.code_cells if cell.execution_count]
    counts = [count for count, _ in ran]
    late = tuple(below for (above, _), (count, below) in itertools.pairwise(ran) if count < above)
    return Read(
        flow=flow, clocks=clocks(flow), missing=tuple(_missing(flow)), late=late,
        gaps=max(0, max(counts, default=0) - len(counts)),
        unrun=tuple(c.index for c in notebook.code_cells if counts and c.source.strip() and not c.execution_count),
        draws=_draws(reading), paths=tuple(_paths(flow, exists)),
    )  # fmt: skip


def _missing(flow: Flow) -> list[Missing]:
    if flow.stars or flow.unparsable:
        return []
    out = []
    for (start, name), found in sorted(flow.readers.items()):
        if start >= 0 or name in AMBIENT:
            continue
        cell = flow.statements[found[0]].cell
        binders = [s.cell for s in flow.statements if name in s.names.binds | s.changes]
        later = [one for one in binders if one > cell]
        if later or not binders:
            out.append(Missing(cell=cell, name=name, later=later[0] if later else None))
    return out


def _draws(reading: Reading) -> dict[int, tuple[str, ...]]:
    out: dict[int, list[str]] = {}
    if reading.chance is None:
        return {}
    for draw in reading.chance.draws:
        if not draw.seeded:
            out.setdefault(draw.cell, []).append(draw.call)
    for note in reading.chance.uncontrolled:
        found = re.match(r"cell (\d+): (.+)", note)
        if found:
            out.setdefault(int(found[1]) - 1, []).append(found[2])
    return {cell: tuple(dict.fromkeys(calls)) for cell, calls in out.items()}


def _paths(flow: Flow, exists: Callable[[str], bool]) -> list[OnePath]:
    """Written-out absolute paths that are used: not docstrings, not prose."""
    out: dict[tuple[int, str], OnePath] = {}
    for statement in flow.statements:
        if isinstance(statement.node, ast.Expr) and isinstance(statement.node.value, ast.Constant):
            continue
        for node in statement.nodes:
            if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
                continue
            text = node.value
            if len(text) > 400 or "\n" in text or not _ABSOLUTE.match(text) or text.startswith(_COMMON):
                continue
            out.setdefault((statement.cell, text), OnePath(cell=statement.cell, path=text, here=exists(text)))
    return list(out.values())
