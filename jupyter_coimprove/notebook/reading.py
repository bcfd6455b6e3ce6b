"""Reads a notebook for what could be varied and what it measures."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from jupyter_coimprove.notebook.candidates import Candidate, Reading
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.collect import collect
from jupyter_coimprove.notebook.dataflow import Flow, analyse
from jupyter_coimprove.notebook.foreign import is_python, read_foreign
from jupyter_coimprove.notebook.found import Found
from jupyter_coimprove.notebook.levels import levels
from jupyter_coimprove.notebook.literals import MISSING, Spans, as_json, type_name
from jupyter_coimprove.notebook.measured import measured
from jupyter_coimprove.notebook.parameters import parameters, parameters_cell
from jupyter_coimprove.notebook.ranking import SHAPES, Usage, score, start_mask, unread
from jupyter_coimprove.notebook.seeds import chance_after, mark_seeds
from jupyter_coimprove.notebook.splits import splits

#: Values that a variable starts from before a loop changes it.
_STARTS = (0, 1, -1, float("inf"), float("-inf"))
#: From this score on a measure sounds like one.
_CLEAR = 0.3


def read_candidates(notebook: Notebook, transform: Callable[[str], str], flow: Flow | None = None) -> Reading:
    """Candidates by rank, measures by likelihood, and splits; nothing is executed.

    ``transform`` makes a cell plain Python (``kernelspace.transform.python_source``); cells
    that do not parse are named in the warnings. ``flow`` saves analysing twice.
    """
    if not is_python(notebook):
        return read_foreign(notebook)
    flow = flow if flow is not None else analyse(notebook, transform)
    usage = Usage.of(flow)
    in_parameters = parameters_cell(notebook)
    found = mark_seeds(flow, collect(flow, in_parameters))
    found = [f for f in found if not _starts_a_count(f, usage)]
    spans = {
        c.index: Spans.of(notebook.address(c.index), c.source, flow.sources[c.index] or "")
        for c in notebook.code_cells
    }
    named = _unique(flow, found)
    inputs = frozenset(
        f.path for _, f in named if f.path and f.kind in ("parameter", "constant", "config", "seed")
    )
    measures, making = measured(notebook, flow, inputs)
    showing = _showing(flow)
    candidates = []
    for name, f in named:
        place = spans[flow.statements[f.statement].cell].place(f.node)
        if place is None:
            continue
        mask = start_mask(flow, f)
        if f.kind == "seed" or f.kind == "parameter":
            mask |= chance_after(flow, mask | 1 << f.statement)
        dead = unread(flow, usage, f)
        points, label = score(
            f, dead=dead, measured=bool(mask & making) or not making, shown=bool(mask & showing | mask & making),
            reassigned=f.kind in ("constant", "parameter") and f.path == f.name and usage.stores[f.name] > 1,
        )  # fmt: skip
        value = f.value
        candidates.append(
            Candidate(
                name=name, kind=f.kind, source=place.text,
                value=None if value is MISSING else as_json(value), type=type_name(value), places=(place,),
                levels=() if f.kind in ("item", "seed") or f.argument in SHAPES else levels(f.name, place.text, value),
                reaches=() if dead else flow.cells_of(mask), label=label, score=points,
                parameter=in_parameters == flow.statements[f.statement].cell and f.path == f.name,
            )
        )  # fmt: skip
    order = {c.name: i for i, c in enumerate(candidates)}
    candidates.sort(key=lambda c: (-c.score, order[c.name]))
    seeds = [(n, f) for n, f in named if f.kind == "seed" or f.kind == "parameter"]
    values = {
        f.path: f.value for _, f in named if f.path and f.kind in ("parameter", "constant", "config", "seed")
    }
    warnings = [f"cell {c + 1} does not parse and is left out: {why}" for c, why in flow.unparsable]
    warnings += parameters(notebook, flow).warnings
    if not any(m.score >= _CLEAR for m in measures):
        warnings.append(
            "nothing that sounds like a measure is left after the last cell: name an expression as response, "
            "or keep it with coimprove.log(name, value) where it is computed"
        )
    return Reading(
        candidates=tuple(candidates), measured=tuple(measures), splits=splits(flow, seeds, values),
        warnings=tuple(warnings),
    )  # fmt: skip


def _starts_a_count(f: Found, usage: Usage) -> bool:
    """``best = 0.0``, ``i = 1`` before a loop that changes it."""
    if f.kind not in ("constant", "parameter") or f.path != f.name or usage.stores[f.name] < 2:
        return False
    return not isinstance(f.value, str) and f.value in _STARTS


def _unique(flow: Flow, found: Sequence[Found]) -> list[tuple[str, Found]]:
    """A name for each: repeated ones say their cell, and within a cell their number."""
    seen_nodes: set[int] = set()
    once = []
    for f in found:
        key = id(f.node) * 2 + (f.kind == "item")
        if key not in seen_nodes:
            seen_nodes.add(key)
            once.append(f)
    counts = Counter(f.name for f in once)
    in_cell: Counter[tuple[str, int]] = Counter()
    used: set[str] = set()
    out = []
    for f in once:
        name, cell = f.name, flow.statements[f.statement].cell
        if counts[name] > 1:
            in_cell[name, cell] += 1
            number = in_cell[name, cell]
            name = f"{name}@cell{cell + 1}" + (f"#{number}" if number > 1 else "")
        while name in used:
            name += "'"
        used.add(name)
        out.append((name, replace(f)))
    return out


def _showing(flow: Flow) -> int:
    """As bits: statements that show something, write something, or end a cell with a value."""
    mask = 0
    last = {s.cell: i for i, s in enumerate(flow.statements)}
    for index, statement in enumerate(flow.statements):
        node = statement.node
        value = isinstance(node, ast.Expr) and last[statement.cell] == index
        if value or any(isinstance(n, ast.Expr) and isinstance(n.value, ast.Call) for n in _running(node)):
            mask |= 1 << index
    return mask


def _running(node: ast.stmt) -> list[ast.AST]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return []
    return list(ast.walk(node))
