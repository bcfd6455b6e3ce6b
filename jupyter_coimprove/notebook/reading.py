"""Reads a notebook for what could be varied and what it measures."""

from __future__ import annotations

import ast
import functools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from jupyter_coimprove.notebook.calls import own_functions
from jupyter_coimprove.notebook.candidates import Candidate, Chance, Reading
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.chance import chance
from jupyter_coimprove.notebook.collect import collect, drawing_roots
from jupyter_coimprove.notebook.conditions import Idle, idle, settings
from jupyter_coimprove.notebook.configs import configs
from jupyter_coimprove.notebook.dataflow import Flow, analyse
from jupyter_coimprove.notebook.doable import doable
from jupyter_coimprove.notebook.foreign import is_python, read_foreign
from jupyter_coimprove.notebook.found import Found
from jupyter_coimprove.notebook.given import given_arguments
from jupyter_coimprove.notebook.itemwise import items_of
from jupyter_coimprove.notebook.literals import MISSING, as_json, type_name
from jupyter_coimprove.notebook.measured import measured
from jupyter_coimprove.notebook.modules import read_modules
from jupyter_coimprove.notebook.overwritten import overwritten
from jupyter_coimprove.notebook.parameters import parameters, parameters_cell
from jupyter_coimprove.notebook.placing import Places, offered
from jupyter_coimprove.notebook.ranking import SHAPES, Usage, score, start_mask, unread
from jupyter_coimprove.notebook.reach import CLEAR, Reach
from jupyter_coimprove.notebook.removable import removable
from jupyter_coimprove.notebook.room import with_room
from jupyter_coimprove.notebook.seeds import chance_after, global_seeding, mark_seeds, seeds_by_source
from jupyter_coimprove.notebook.sources import Sources, code_of, sources_of
from jupyter_coimprove.notebook.splits import splits
from jupyter_coimprove.notebook.switches import switches
from jupyter_coimprove.notebook.trees import growing, of_kind
from jupyter_coimprove.notebook.units import Unit, units_of

#: Values that a variable starts from before a loop changes it.
_STARTS = (0, 1, -1, float("inf"), float("-inf"))


@growing()
def read_candidates(notebook: Notebook, transform: Callable[[str], str], flow: Flow | None = None) -> Reading:
    """Candidates by rank, measures by likelihood, and splits; nothing is executed.

    ``transform`` makes a cell plain Python (``kernelspace.transform.python_source``); cells
    that do not parse are named in the warnings. ``flow`` saves analysing twice. Modules and
    config files are read from ``notebook.beside``.
    """
    if not is_python(notebook):
        return read_foreign(notebook)
    flow = flow if flow is not None else analyse(notebook, transform)
    in_parameters = parameters_cell(notebook)
    units = units_of(flow, read_modules(notebook.beside, flow))
    functions = own_functions(unit.node for unit in units)
    usage = Usage.of(flow, units, functions)
    sources = sources_of(flow, code_of(units))
    named, idle = _all(notebook, sources, units, functions, usage, in_parameters)
    inputs = frozenset(
        f.path for _, f in named if f.path and f.kind in ("parameter", "constant", "config", "seed")
    )
    measures, making = measured(notebook, flow, inputs)
    showing, seeding = _showing(flow), global_seeding(flow)
    reach = Reach.of(flow, units, measures)
    places = Places.read(notebook, flow)
    weights = frozenset(f.argument.rpartition(".")[2] for _, f in named if f.kind == "term" and f.argument)
    later, known = overwritten(flow, named), switches(units, functions)
    cells_of = functools.cache(flow.cells_of)
    candidates = []
    for name, f in named:
        found = places.of(f)
        if not found:
            continue
        mask = start_mask(flow, f)
        if f.kind == "seed" or f.kind == "parameter":
            mask |= chance_after(flow, mask | 1 << f.statement, seeding)
        dead = unread(flow, usage, f) or id(f.node) in idle.dead or (f.function, f.argument) in idle.unused
        points, label = score(
            f, dead=dead, measured=bool(mask & making) or not making, shown=bool(mask & showing | mask & making),
            reassigned=f.kind in ("constant", "parameter") and f.path == f.name and usage.stores[f.name] > 1,
            condition=idle.condition(f, usage.keys), uses=_uses(f, usage, weights),
            overwritten=later.get(name), switch=bool(known.others(f.name, f.value)),
        )  # fmt: skip
        value = f.value
        candidates.append(
            Candidate(
                name=name, kind=f.kind, source=found[0].text,
                value=None if value is MISSING else as_json(value), type=type_name(value), places=found,
                levels=() if f.operator != "set" or f.kind == "seed" or f.argument in SHAPES else offered(f, found[0].text, known),
                reaches=() if dead else cells_of(mask), label=label or reach.label(mask), score=points,
                operator=f.operator,
                parameter=not f.file and in_parameters == flow.statements[f.statement].cell and f.path == f.name,
            )
        )  # fmt: skip
    order = {c.name: i for i, c in enumerate(candidates)}
    candidates.sort(key=lambda c: (-c.score, order[c.name]))
    candidates = with_room(doable(notebook, flow, candidates))
    seeds = [(n, f) for n, f in named if f.kind == "seed" or f.kind == "parameter"]
    values = {
        f.path: f.value for _, f in named if f.path and f.kind in ("parameter", "constant", "config", "seed")
    }
    warnings = [f"cell {c + 1} does not parse and is left out: {why}" for c, why in flow.unparsable]
    warnings += parameters(notebook, flow).warnings
    if not any(m.score >= CLEAR for m in measures):
        warnings.append(
            "nothing that sounds like a measure is left after the last cell: name an expression as response, "
            "or keep it with coimprove.log(name, value) where it is computed"
        )
    drawn, by_call = chance(flow, seeds_by_source(sources, seeds))
    return Reading(
        candidates=tuple(_driving(c, drawn) for c in candidates), measured=tuple(measures), splits=splits(flow, by_call, values),
        warnings=(*warnings, *drawn.loops), chance=drawn, items=items_of(flow),
    )  # fmt: skip


def _all(
    notebook: Notebook, sources: Sources, units: list[Unit], functions: Mapping[str, tuple[str, ...]], usage: Usage,
    in_parameters: int | None,
) -> tuple[list[tuple[str, Found]], Idle]:  # fmt: skip
    """Everything found, named, and what of the code the notebook's own settings switch off."""
    flow = sources.flow
    drawing = drawing_roots(units)
    given = given_arguments(units)
    found = collect(flow, units, functions, drawing, given, in_parameters)
    found += given.found
    found += configs(units, notebook.beside)
    found = [f for f in mark_seeds(units, found, sources) if not _starts_a_count(f, usage)]
    found += removable(units, functions, drawing)
    return _unique(flow, found), idle(units, settings(found), usage.keys)


def _driving(candidate: Candidate, chance: Chance) -> Candidate:
    """A seed reaches what is drawn from it, also where no name of the code says so."""
    if candidate.kind != "seed":
        return candidate
    cells = {cell for draw in chance.draws if candidate.name in draw.seeds for cell in draw.reaches}
    if not cells:
        return candidate
    label = "" if candidate.label == "never read" else candidate.label
    return replace(candidate, reaches=tuple(sorted({*candidate.reaches, *cells})), label=label)


def _starts_a_count(f: Found, usage: Usage) -> bool:
    """``best = 0.0``, ``i = 1`` before a loop that changes it."""
    if f.kind not in ("constant", "parameter") or f.path != f.name or usage.stores[f.name] < 2:
        return False
    return not isinstance(f.value, str) and f.value in _STARTS


def _uses(f: Found, usage: Usage, weights: frozenset[str]) -> frozenset[str]:
    """Words for what a value is: those of the arguments it is handed to, and ``weight`` before a term."""
    key = f.name.partition("@")[0].rpartition(".")[2]
    return usage.uses.get(key, frozenset()) | ({"weight"} if key in weights else frozenset())


def _unique(flow: Flow, found: Sequence[Found]) -> list[tuple[str, Found]]:
    """A name for each: repeated ones say their cell, and within a cell their number."""
    seen_nodes: set[tuple[int, str, tuple[int, int] | None]] = set()
    once = []
    for f in found:
        key = (id(f.node), f.operator, f.span)
        if key not in seen_nodes:
            seen_nodes.add(key)
            once.append(f)
    counts = Counter(f.name for f in once)
    in_cell: Counter[tuple[str, str]] = Counter()
    used: set[str] = set()
    out = []
    for f in once:
        name, where = f.name, f.file or f"cell{flow.statements[f.statement].cell + 1}"
        if counts[name] > 1:
            in_cell[name, where] += 1
            number = in_cell[name, where]
            name = f"{name}@{where.rpartition('/')[2]}" + (f"#{number}" if number > 1 else "")
        while name in used:
            name += "'"
        used.add(name)
        out.append((name, f))
    return out


def _showing(flow: Flow) -> int:
    """As bits: statements that show something, write something, or end a cell with a value."""
    mask = 0
    last = {s.cell: i for i, s in enumerate(flow.statements)}
    for index, statement in enumerate(flow.statements):
        node = statement.node
        value = isinstance(node, ast.Expr) and last[statement.cell] == index
        runs = not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        if value or (runs and any(isinstance(n.value, ast.Call) for n in of_kind(node, ast.Expr))):
            mask |= 1 << index
    return mask
