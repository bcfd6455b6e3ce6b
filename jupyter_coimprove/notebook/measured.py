"""What the notebook measures: variables, printed and displayed expressions, logs and scraps."""

from __future__ import annotations

import ast
import builtins
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from jupyter_coimprove.notebook.assigned import BULKY, METRIC_CALL, assigned
from jupyter_coimprove.notebook.bodies import OwnFunction, own_functions
from jupyter_coimprove.notebook.bykey import by_key, mapping_names
from jupyter_coimprove.notebook.candidates import Direction, Measured, MeasuredHow
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.fitted import fitted
from jupyter_coimprove.notebook.holding import Holding
from jupyter_coimprove.notebook.literals import MISSING, literal
from jupyter_coimprove.notebook.metrics import direction, likeliness
from jupyter_coimprove.notebook.outputs import as_number, result_text, stream_text, to_float
from jupyter_coimprove.notebook.printed import printing, shown_in
from jupyter_coimprove.notebook.results import results
from jupyter_coimprove.notebook.scopes import base, path_of
from jupyter_coimprove.notebook.selecting import with_notes
from jupyter_coimprove.notebook.series import filled_in_order
from jupyter_coimprove.notebook.shown import counts, in_full
from jupyter_coimprove.notebook.stages import Stages
from jupyter_coimprove.notebook.trees import busy, callee_of, identifiers, walk
from jupyter_coimprove.notebook.unreached import unreached

#: Calls that can be made again after the last cell and change nothing.
REPEATABLE = frozenset(
    """score mean std var sum max min median item round float int len abs sqrt average nanmean last get
    iloc loc values numpy tolist astype cpu detach sum norm sort_values quantile corr total_seconds""".split()  # noqa: SIM905
)


_AMBIENT = frozenset(dir(builtins))
#: What may be a name in an expression.
_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, kw_only=True)
class _Sight:
    measured: Measured
    statement: int


def measured(notebook: Notebook, flow: Flow, inputs: frozenset[str]) -> tuple[list[Measured], int]:
    """All measures by likelihood, and as bits the statements that make or show one.

    ``inputs`` are expressions that are varied (``hidden``, ``cfg.lr``): to print one is no measure.
    """
    tops = _top_level(flow)
    functions = own_functions(notebook, flow)
    filled, holding = filled_in_order(flow), Holding(flow)
    sights: list[_Sight] = []
    for index, statement in enumerate(flow.statements):
        sights += _in_statement(
            notebook, flow, index, statement.cell, tops, inputs, functions, filled, holding
        )
    elsewhere = itertools.chain(unreached(notebook, flow, functions), results(notebook, flow, functions))
    for m, index in itertools.chain(elsewhere, by_key(flow), fitted(flow)):
        sights.append(_Sight(measured=replace(m, cell=flow.statements[index].cell), statement=index))
    mappings = mapping_names(flow)
    sights = [s for s in sights if s.measured.expr not in mappings or not s.measured.reachable]
    last_bound: dict[str, int] = {}
    for index, statement in enumerate(flow.statements):
        for name in statement.names.binds | statement.changes:
            last_bound[name] = index
    best: dict[tuple[object, ...], _Sight] = {}
    cells = max(1, len(notebook.cells) - 1)
    stages = Stages.of(flow, functions)
    for sight in sights:
        m = stages.weighed(sight.measured, sight.statement)
        late = 0.15 * m.cell / cells + 0.1 * sight.statement / max(1, len(flow.statements) - 1)
        # Progress never stands before a result, however late it is shown.
        late -= 1.0 if m.how in ("printed", "displayed", "variable") and _counts(m.expr) else 0.0
        reached = m.reachable and m.how not in ("logged", "scrap")
        rebound = reached and any(last_bound.get(n, -1) > sight.statement for n in _WORD.findall(m.expr))
        if rebound:
            # Some of these words may be attributes or text: the tree tells.
            rebound = any(
                last_bound.get(n.id, -1) > sight.statement
                for n in identifiers(ast.parse(m.expr, mode="eval"))
            )
        sight = replace(sight, measured=replace(m, score=round(max(0.0, m.score + late - 0.3 * rebound), 4)))
        key = (m.expr, m.how in ("logged", "scrap"), m.file, None if reached else m.pattern or m.how)
        known = best.get(key)
        best[key] = _merge(known, sight) if known else sight
    chosen = _unique(sorted(best.values(), key=lambda s: -s.measured.score))
    mask = 0
    for sight in sights:
        if sight.measured.score > 0.1:
            mask |= 1 << sight.statement
    return with_notes(chosen, flow, functions), mask


def _none(source: str, holding: Holding) -> bool:
    return holding.no_number(ast.parse(source, mode="eval").body)


def _counts(source: str) -> bool:
    return counts(ast.parse(source, mode="eval").body)


def _merge(a: _Sight, b: _Sight) -> _Sight:
    """The same expression seen twice: the likelier sight, the latest known value, any direction."""
    first, second = (a, b) if a.measured.score >= b.measured.score else (b, a)
    m, other = first.measured, second.measured
    value = b.measured.last if b.measured.last is not None else a.measured.last
    # A variable that is also printed keeps its own name.
    variable = "variable" in (m.how, other.how)
    how: MeasuredHow = "variable" if variable else m.how
    name = m.expr if variable else m.name
    way: Direction = m.direction if m.direction != "unknown" else other.direction
    # What is known to be a series stays one, whatever else is done with its name.
    series = next((one for one in (m, other) if one.how == "series"), None)
    # The later of two prints shows the value that is left.
    shown = next((one for one in (b.measured, a.measured) if one.pattern), m)
    return replace(
        first,
        measured=replace(
            m, last=value, how=how if series is None else "series", name=name, direction=way,
            score=m.score + 0.05, reduction=m.reduction if series is None else series.reduction,
            pattern=shown.pattern, cells=shown.cells, decimals=shown.decimals,
        ),
    )  # fmt: skip


def _unique(sights: list[_Sight]) -> list[tuple[Measured, int]]:
    """A name for each, with its statement; what is chosen by another's best epoch follows its name."""
    used: set[str] = set()
    renamed: dict[tuple[str, int], str] = {}
    out = []
    for sight in sights:
        m, number = sight.measured, 2
        name = m.name
        while name in used:
            name = f"{m.name}@cell{m.cell + 1}" if number == 2 else f"{m.name}@cell{m.cell + 1}#{number - 1}"
            number += 1
        used.add(name)
        if name != m.name:
            renamed[f"at best {m.name} {m.direction}", m.cell] = f"at best {name} {m.direction}"
        out.append((replace(m, name=name), sight.statement))
    return [
        (replace(m, reduction=renamed.get((m.reduction, m.cell), m.reduction)), statement)
        for m, statement in out
    ]


def _top_level(flow: Flow) -> frozenset[str]:
    names: set[str] = set()
    for statement in flow.statements:
        names |= statement.names.binds | statement.changes
    return frozenset(names)


def _in_statement(
    notebook: Notebook, flow: Flow, index: int, cell: int, tops: frozenset[str], inputs: frozenset[str],
    functions: Mapping[str, OwnFunction], filled: Mapping[str, str], holding: Holding,
) -> Iterator[_Sight]:  # fmt: skip
    node = flow.statements[index].node
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return
    loop = isinstance(node, (ast.For, ast.While, ast.AsyncFor))
    text = stream_text(notebook.cells[cell])
    for part, held in _walk(node):
        if isinstance(part, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            for m in assigned(part, cell, functions, filled):
                if base(m.expr) in tops and not (m.how == "variable" and _none(m.expr, holding)):
                    yield _Sight(measured=replace(m, score=m.score - 0.1 * loop), statement=index)
        elif isinstance(part, ast.Call):
            for m in _called(part, cell, text, tops, held, inputs, holding):
                yield _Sight(measured=replace(m, score=m.score - 0.15 * loop), statement=index)
    if (
        isinstance(node, ast.Expr)
        and _is_last(flow, index)
        and not notebook.cells[cell].source.rstrip().endswith(";")
    ):
        shown = list(node.value.elts) if isinstance(node.value, ast.Tuple) else [node.value]
        for expr in shown:
            if isinstance(expr, ast.Call) and callee_of(expr) in ("print", "display", "log", "glue"):
                continue
            displayed = _expression(expr, "", "displayed", cell, tops, frozenset(), inputs, holding)
            if displayed is not None:
                value = as_number(result_text(notebook.cells[cell])) if len(shown) == 1 else None
                yield _Sight(measured=replace(displayed, last=value, score=displayed.score + (0.2 if value is not None else 0)), statement=index)  # fmt: skip


def _is_last(flow: Flow, index: int) -> bool:
    return index + 1 == len(flow.statements) or flow.statements[index + 1].cell != flow.statements[index].cell


def _walk(node: ast.AST, held: frozenset[str] = frozenset()) -> Iterator[tuple[ast.AST, frozenset[str]]]:
    """Everything that runs at top level, with the names that comprehensions hold there."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
        return
    yield node, held
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        held = held | {n.id for g in node.generators for n in walk(g.target) if isinstance(n, ast.Name)}
    for child in busy(node):
        yield from _walk(child, held)


def _called(
    node: ast.Call, cell: int, text: str, tops: frozenset[str], held: frozenset[str], inputs: frozenset[str],
    holding: Holding,
) -> Iterator[Measured]:  # fmt: skip
    name = callee_of(node)
    path = path_of(node.func) or name
    if printing(node):
        for shown in shown_in(node):
            m = _expression(shown.expr, shown.label, "printed", cell, tops, held, inputs, holding)
            if m is not None:
                # In full where it can be evaluated; the printed value is there to compare with.
                yield replace(
                    m, last=_find(shown.pattern, text), pattern=shown.pattern, cells=(cell,), decimals=shown.decimals
                )  # fmt: skip
        return
    first = literal(node.args[0]) if node.args else MISSING
    if not isinstance(first, str) or len(node.args) < 2:
        return
    if name == "log" and path in ("log", "coimprove.log", "jupyter_coimprove.log", "coai.log"):
        yield Measured(name=first, how="logged", expr=first, cell=cell, direction=direction(first), score=1.0)
    elif name == "glue":
        yield Measured(name=first, how="scrap", expr=first, cell=cell, direction=direction(first), score=0.95)
    elif name in ("log_metric", "add_scalar", "log_value"):
        m = _expression(node.args[1], first, "printed", cell, tops, held, inputs, holding)
        if m is not None:
            yield m


def _find(pattern: str, text: str) -> float | None:
    """The last number in the output where this expression was printed."""
    found = [match[1] for match in re.finditer(pattern, text, re.MULTILINE)]
    return to_float(found[-1]) if found else None


def _expression(
    expr: ast.expr, label: str, how: MeasuredHow, cell: int, tops: frozenset[str], held: frozenset[str],
    inputs: frozenset[str], holding: Holding,
) -> Measured | None:  # fmt: skip
    """The measure that showing ``expr`` is, or None: not repeatable, local, an input, or no number."""
    expr = in_full(expr)
    if isinstance(
        expr,
        (ast.Constant, ast.JoinedStr, ast.Compare, ast.Dict, ast.List, ast.Set, ast.Lambda, ast.ListComp),
    ):
        return None
    if holding.no_number(expr):
        return None
    path = path_of(expr)
    if path is not None and (path in inputs or path.endswith((".shape", ".dtype", ".columns", ".T"))):
        return None
    names = {n.id for n in walk(expr) if isinstance(n, ast.Name)}
    inside = {
        n.id
        for c in walk(expr)
        if isinstance(c, ast.comprehension)
        for n in walk(c.target)
        if isinstance(n, ast.Name)
    }
    if names & held or not names - _AMBIENT or not (names - inside) <= tops | _AMBIENT:
        return None
    scored = ""
    for call in walk(expr):
        if isinstance(call, (ast.NamedExpr, ast.Await, ast.Yield)):
            return None
        if isinstance(call, ast.Call):
            called = callee_of(call)
            if METRIC_CALL.search(called):
                scored = called
            elif called not in REPEATABLE or BULKY.search(called):
                return None
    if BULKY.search(path or "") or (isinstance(expr, ast.Call) and BULKY.search(callee_of(expr))):
        return None
    source = ast.unparse(expr)
    if isinstance(expr, ast.Call) and callee_of(expr) == "cross_val_score":
        source += ".mean()"
    if path is not None and path.endswith("best_trial"):
        # Optuna's trial: its value is what was optimised.
        source, label = source + ".value", label or "best score"
    said = f"{source} {scored}"
    sounds = max(likeliness(label), likeliness(said), 0.45 if scored else 0.0)
    numeric = isinstance(expr, (ast.Call, ast.BinOp, ast.Subscript)) or path is not None
    way = direction(label)
    if way == "unknown":
        way = direction(said)
    last_label = " ".join(label.split()[-5:])
    return Measured(
        name=_name(last_label, source, likeliness(label) > 0 and path is None), how=how, expr=source, cell=cell,
        direction=way, score=(sounds + 0.1 if sounds else 0.08 if numeric else 0.02) - 0.05 * (len(names - _AMBIENT) == len(names & set(inputs))),
    )  # fmt: skip


def _name(label: str, source: str, labelled: bool) -> str:
    """What a person would call it: the label where it names a measure, else the expression."""
    return label if labelled and label else source
