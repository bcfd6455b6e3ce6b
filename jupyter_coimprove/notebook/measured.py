"""What the notebook measures: variables, printed and displayed expressions, logs and scraps."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from jupyter_coimprove.notebook.candidates import Direction, Measured
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.literals import MISSING, literal
from jupyter_coimprove.notebook.metrics import direction, likeliness
from jupyter_coimprove.notebook.outputs import as_number, result_text, stream_text, to_float
from jupyter_coimprove.notebook.printed import shown_in
from jupyter_coimprove.notebook.scopes import base, path_of

How = Literal["variable", "printed", "displayed", "logged", "scrap"]
#: Calls that can be made again after the last cell and change nothing.
REPEATABLE = frozenset(
    """score mean std var sum max min median item round float int len abs sqrt average nanmean last get
    iloc loc values numpy tolist astype cpu detach sum norm sort_values quantile corr total_seconds""".split()  # noqa: SIM905
)
_METRIC_CALL = re.compile(
    r"(_score|_error|_loss|^score|_distance|_similarity|^accuracy|^evaluate|^corrcoef)$|^log_loss$|^r2|^auc$"
)
#: Values whose text is long or no number: shown, but nothing to compare.
_BULKY = re.compile(
    r"(_report|_matrix|_curve|head|tail|describe|info|summary|keys|columns|dtypes|shape|value_counts|_params_|to_string|display|fit|plot|compile|model)$"
)


@dataclass(frozen=True, kw_only=True)
class _Sight:
    measured: Measured
    statement: int


def measured(notebook: Notebook, flow: Flow, inputs: frozenset[str]) -> tuple[list[Measured], int]:
    """All measures by likelihood, and as bits the statements that make or show one.

    ``inputs`` are expressions that are varied (``hidden``, ``cfg.lr``): to print one is no measure.
    """
    tops = _top_level(flow)
    sights: list[_Sight] = []
    for index, statement in enumerate(flow.statements):
        sights += _in_statement(notebook, flow, index, statement.cell, tops, inputs)
    last_bound: dict[str, int] = {}
    for index, statement in enumerate(flow.statements):
        for name in statement.names.binds | statement.changes:
            last_bound[name] = index
    best: dict[tuple[str, bool], _Sight] = {}
    cells = max(1, len(notebook.cells) - 1)
    for sight in sights:
        m = sight.measured
        late = 0.15 * m.cell / cells + 0.1 * sight.statement / max(1, len(flow.statements) - 1)
        names = {n.id for n in ast.walk(ast.parse(m.expr, mode="eval")) if isinstance(n, ast.Name)} if m.how not in ("logged", "scrap") else set()  # fmt: skip
        rebound = any(last_bound.get(n, -1) > sight.statement for n in names)
        sight = replace(sight, measured=replace(m, score=round(max(0.0, m.score + late - 0.3 * rebound), 4)))
        key = (m.expr, m.how in ("logged", "scrap"))
        known = best.get(key)
        best[key] = _merge(known, sight) if known else sight
    chosen = _unique(sorted(best.values(), key=lambda s: -s.measured.score))
    mask = 0
    for sight in sights:
        if sight.measured.score > 0.1:
            mask |= 1 << sight.statement
    return chosen, mask


def _merge(a: _Sight, b: _Sight) -> _Sight:
    """The same expression seen twice: the likelier sight, the latest known value, any direction."""
    first, second = (a, b) if a.measured.score >= b.measured.score else (b, a)
    m, other = first.measured, second.measured
    value = b.measured.last if b.measured.last is not None else a.measured.last
    # A variable that is also printed keeps its own name.
    variable = "variable" in (m.how, other.how)
    how: How = "variable" if variable else m.how
    name = m.expr if variable else m.name
    way: Direction = m.direction if m.direction != "unknown" else other.direction
    return replace(
        first, measured=replace(m, last=value, how=how, name=name, direction=way, score=m.score + 0.05)
    )


def _unique(sights: list[_Sight]) -> list[Measured]:
    used: set[str] = set()
    out = []
    for sight in sights:
        m, number = sight.measured, 2
        name = m.name
        while name in used:
            name = f"{m.name}@cell{m.cell + 1}" if number == 2 else f"{m.name}@cell{m.cell + 1}#{number - 1}"
            number += 1
        used.add(name)
        out.append(replace(m, name=name))
    return out


def _top_level(flow: Flow) -> frozenset[str]:
    names: set[str] = set()
    for statement in flow.statements:
        names |= statement.names.binds | statement.changes
    return frozenset(names)


def _in_statement(
    notebook: Notebook, flow: Flow, index: int, cell: int, tops: frozenset[str], inputs: frozenset[str]
) -> Iterator[_Sight]:
    node = flow.statements[index].node
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return
    loop = isinstance(node, (ast.For, ast.While, ast.AsyncFor))
    text = stream_text(notebook.cells[cell])
    for part, held in _walk(node):
        if isinstance(part, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            for m in _assigned(part, cell):
                if base(m.expr) in tops:
                    yield _Sight(measured=replace(m, score=m.score - 0.1 * loop), statement=index)
        elif isinstance(part, ast.Call):
            for m in _called(part, cell, text, tops, held, inputs):
                yield _Sight(measured=replace(m, score=m.score - 0.15 * loop), statement=index)
    if (
        isinstance(node, ast.Expr)
        and _is_last(flow, index)
        and not notebook.cells[cell].source.rstrip().endswith(";")
    ):
        shown = list(node.value.elts) if isinstance(node.value, ast.Tuple) else [node.value]
        for expr in shown:
            if isinstance(expr, ast.Call) and _callee(expr) in ("print", "display", "log", "glue"):
                continue
            displayed = _expression(expr, "", "displayed", cell, tops, frozenset(), inputs)
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
        held = held | {n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, held)


def _callee(node: ast.expr) -> str:
    function = node.func if isinstance(node, ast.Call) else node
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _assigned(node: ast.Assign | ast.AnnAssign | ast.AugAssign, cell: int) -> Iterator[Measured]:
    if node.value is None:
        return
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    for target in targets:
        several = isinstance(target, (ast.Tuple, ast.List))
        names = list(target.elts) if isinstance(target, (ast.Tuple, ast.List)) else [target]
        values: list[ast.expr | None] = [node.value] * len(names)
        if several and isinstance(node.value, (ast.Tuple, ast.List)) and len(node.value.elts) == len(names):
            values = list(node.value.elts)
        for name, value in zip(names, values, strict=True):
            if (
                not isinstance(name, ast.Name)
                or value is None
                or not _may_be_number(value, alone=not several)
            ):
                continue
            called = _callee(value) if isinstance(value, ast.Call) else ""
            inner = [_callee(c) for c in ast.walk(value) if isinstance(c, ast.Call)]
            scored = next((c for c in inner if _METRIC_CALL.search(c)), "")
            way = direction(name.id)
            sounds = likeliness(name.id)
            if way == "unknown" and scored:
                way = direction(scored)
            if not sounds and not scored:
                continue
            points = max(sounds, 0.35 if scored else 0.0) + 0.15 - (0.15 if name.id.endswith("s") else 0.0)
            if called == "cross_val_score":
                # One score a fold: what is reported is their mean.
                expr = f"{name.id}.mean()"
                yield Measured(
                    name=expr, how="displayed", expr=expr, cell=cell, direction="max", score=points + 0.1
                )
                continue
            yield Measured(name=name.id, how="variable", expr=name.id, cell=cell, direction=way, score=points)


def _may_be_number(value: ast.expr, *, alone: bool) -> bool:
    """Whether this may be computed to a number: no literal start value, no display, no function."""
    if literal(value) is not MISSING:
        return False
    if isinstance(
        value,
        (
            ast.List,
            ast.Dict,
            ast.Set,
            ast.Tuple,
            ast.Lambda,
            ast.JoinedStr,
            ast.ListComp,
            ast.DictComp,
            ast.GeneratorExp,
        ),
    ):
        return False
    if isinstance(value, ast.Call):
        name = _callee(value)
        # ``loss = nn.MSELoss()`` makes a thing that measures, ``float("inf")`` starts a search.
        if name[:1].isupper() or name.endswith("_scorer") or _BULKY.search(name):
            return False
        if name == "float" and value.args and literal(value.args[0]) is not MISSING:
            return False
    return not (isinstance(value, ast.Attribute) and value.attr in ("inf", "nan"))


def _called(
    node: ast.Call, cell: int, text: str, tops: frozenset[str], held: frozenset[str], inputs: frozenset[str]
) -> Iterator[Measured]:
    name = _callee(node)
    path = path_of(node.func) or name
    if name in ("print", "display"):
        for shown in shown_in(node):
            m = _expression(shown.expr, shown.label, "printed", cell, tops, held, inputs)
            if m is not None:
                yield replace(m, last=_find(shown.pattern, text))
        return
    first = literal(node.args[0]) if node.args else MISSING
    if not isinstance(first, str) or len(node.args) < 2:
        return
    if name == "log" and path in ("log", "coimprove.log", "jupyter_coimprove.log", "coai.log"):
        yield Measured(name=first, how="logged", expr=first, cell=cell, direction=direction(first), score=1.0)
    elif name == "glue":
        yield Measured(name=first, how="scrap", expr=first, cell=cell, direction=direction(first), score=0.95)
    elif name in ("log_metric", "add_scalar", "log_value"):
        m = _expression(node.args[1], first, "printed", cell, tops, held, inputs)
        if m is not None:
            yield m


def _find(pattern: str, text: str) -> float | None:
    """The last number in the output where this expression was printed."""
    found = [match[1] for match in re.finditer(pattern, text, re.MULTILINE)]
    return to_float(found[-1]) if found else None


def _expression(
    expr: ast.expr, label: str, how: How, cell: int, tops: frozenset[str], held: frozenset[str],
    inputs: frozenset[str],
) -> Measured | None:  # fmt: skip
    """The measure that showing ``expr`` is, or None: not repeatable, local, an input, or no number."""
    if isinstance(
        expr,
        (ast.Constant, ast.JoinedStr, ast.Compare, ast.Dict, ast.List, ast.Set, ast.Lambda, ast.ListComp),
    ):
        return None
    path = path_of(expr)
    if path is not None and (path in inputs or path.endswith((".shape", ".dtype", ".columns", ".T"))):
        return None
    names = {n.id for n in ast.walk(expr) if isinstance(n, ast.Name)}
    inside = {
        n.id
        for c in ast.walk(expr)
        if isinstance(c, ast.comprehension)
        for n in ast.walk(c.target)
        if isinstance(n, ast.Name)
    }
    ambient = frozenset(dir(builtins))
    if names & held or not names - ambient or not (names - inside) <= tops | ambient:
        return None
    scored = ""
    for call in ast.walk(expr):
        if isinstance(call, (ast.NamedExpr, ast.Await, ast.Yield)):
            return None
        if isinstance(call, ast.Call):
            called = _callee(call)
            if _METRIC_CALL.search(called):
                scored = called
            elif called not in REPEATABLE or _BULKY.search(called):
                return None
    if _BULKY.search(path or "") or (isinstance(expr, ast.Call) and _BULKY.search(_callee(expr))):
        return None
    source = ast.unparse(expr)
    if isinstance(expr, ast.Call) and _callee(expr) == "cross_val_score":
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
        direction=way, score=(sounds + 0.1 if sounds else 0.08 if numeric else 0.02) - 0.05 * (len(names - ambient) == len(names & set(inputs))),
    )  # fmt: skip


def _name(label: str, source: str, labelled: bool) -> str:
    """What a person would call it: the label where it names a measure, else the expression."""
    return label if labelled and label else source
