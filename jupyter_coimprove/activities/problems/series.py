"""Curves that stand as values: histories in what cells show, and in the variables of a notebook that has run."""

from __future__ import annotations

import ast
import functools
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from itertools import pairwise
from typing import Any

from jupyter_coimprove.activities.problems import inside
from jupyter_coimprove.activities.problems.curves import FEWEST, Curve
from jupyter_coimprove.activities.problems.history import Past
from jupyter_coimprove.notebook.cells import Cell, Notebook
from jupyter_coimprove.notebook.metrics import OBJECTIVES, direction, words
from jupyter_coimprove.notebook.ours import asks_us
from jupyter_coimprove.notebook.outputs import result_text, stream_text

WRITES = "coimprove-curves.json"
#: More points are averaged into so many: single batches jump.
_BINS = 30
_LOOPS = frozenset(
    ("epoch", "epochs", "ep", "step", "steps", "it", "iter", "iteration", "iterations", "round", "rounds", "episode", "update")
)  # fmt: skip
#: What boosting libraries call some measures.
_OTHERWISE = {"mlogloss": "logloss", "merror": "error"}
_WRAPPERS = frozenset(
    ("array", "float16", "float32", "float64", "tensor", "defaultdict", "OrderedDict", "dict", "list")
)  # fmt: skip
_KEPT = re.compile(
    r"loss_curve_|validation_scores_|evals?_result|\bhistory\b|log_history|_hist(?:ory)?\b|\bhist\b"
)


def appended(sources: Iterable[str]) -> frozenset[str]:
    """Names (``name``, ``name[key]``) to which the code (plain Python) appends in a loop over epochs, steps or rounds.

    Folds, seeds and settings are looped over too; what those give is no curve. A loop with a plain counter counts
    where a loss is kept.
    """
    out: set[str] = set()
    for source in sources:
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError):
            continue
        for loop in ast.walk(tree):
            if isinstance(loop, (ast.For, ast.While)):
                for name in _kept_in(loop):
                    if _by_epoch(loop) or (_counts(loop) and set(words(name)) & OBJECTIVES):
                        out.add(name)
    return frozenset(out)


def _by_epoch(loop: ast.For | ast.While) -> bool:
    if isinstance(loop, ast.While):
        return False
    names = {node.id.lower() for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
    return any(set(words(name)) & _LOOPS for name in names)


def _counts(loop: ast.For | ast.While) -> bool:
    """Whether it is a loop over plain numbers of which nothing is made but a count."""
    if isinstance(loop, ast.While):
        return True
    made = loop.iter
    while isinstance(made, ast.Call) and made.args and "range" not in ast.unparse(made.func):
        made = made.args[0]
    short = isinstance(loop.target, ast.Name) and (len(loop.target.id) == 1 or loop.target.id == "_")
    return short and isinstance(made, ast.Call) and ast.unparse(made.func) in ("range", "trange")


def _kept_in(loop: ast.For | ast.While) -> Iterator[str]:
    for node in ast.walk(loop):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
            held = node.func.value
            if isinstance(held, ast.Name):
                yield held.id
            elif (
                isinstance(held, ast.Subscript) and isinstance(held.value, ast.Name)
                and isinstance(held.slice, ast.Constant) and isinstance(held.slice.value, str)
            ):  # fmt: skip
                yield f"{held.value.id}[{held.slice.value}]"


def instrument_source(names: frozenset[str]) -> str:
    """The code of the cell that writes what the variables hold, ``appended`` names among them; it binds no name."""
    call = f"write(__import__('__main__').__dict__, {sorted(names)!r}, {WRITES!r})"
    text = f"{_inside()}\n{call}\n"
    return f"exec(compile({text!r}, '<coimprove curves>', 'exec'), {{'__name__': '<coimprove curves>'}})"


@functools.cache
def _inside() -> str:
    text = resources.files(__package__).joinpath("inside.py").read_text(encoding="utf-8")
    return ast.unparse(ast.parse(text))


def held(text: str, notebook: Notebook) -> list[Curve]:
    """The curves of the file that the instrument wrote."""
    found: list[list[Any]] = json.loads(text)
    return [
        curve
        for name, values in found
        for curve in _curve(str(name), [float(value) for value in values], _cell_of(str(name), notebook))
    ]


def shown(notebook: Notebook, names: frozenset[str]) -> list[Curve]:
    """The curves in values that cells show: lists and mappings that a loop (``appended``) or a history filled, frames
    by epoch."""
    out: list[Curve] = []
    for cell in notebook.code_cells:
        if not asks_us(cell):
            out += _shown_by(cell, names)
    return out


def _shown_by(cell: Cell, names: frozenset[str]) -> Iterator[Curve]:
    number = cell.index + 1
    lines = cell.source.rstrip().splitlines()
    last = lines[-1].strip() if lines else ""
    text = (result_text(cell) or "").strip()
    if text.startswith(("{", "[", "array(", "defaultdict(", "OrderedDict(")):
        value = _value(text)
        if isinstance(value, dict) and _is_history(value, last, names):
            yield from _series(_named(last), value, number)
        elif isinstance(value, list) and (last in names or _KEPT.search(last)):
            yield from _curve(_named(last), _flat(value), number)
    elif text:
        yield from _frame(text, number)
    if _KEPT.search(cell.source) or any(name.partition("[")[0] in cell.source for name in names):
        for line in stream_text(cell).splitlines():
            if line.startswith("{") and line.rstrip().endswith("}") and line.strip() != text:
                value = _value(line)
                if isinstance(value, dict) and not inside.FOLDS & set(map(str, value)):
                    yield from _series("", value, number)


def _is_history(value: Mapping[Any, Any], last: str, names: frozenset[str]) -> bool:
    if inside.FOLDS & set(map(str, value)):
        return False
    return bool(_KEPT.search(last)) or any(name.startswith(f"{last}[") for name in names)


def _series(name: str, value: Mapping[Any, Any], cell: int) -> Iterator[Curve]:
    for key, entry in value.items():
        label = f"{name} {key}".strip()
        if isinstance(entry, dict):
            yield from _series(label, entry, cell)
        elif isinstance(entry, list):
            yield from _curve(label, _flat(entry), cell)


def _frame(text: str, cell: int) -> Iterator[Curve]:
    """Columns of a frame's text with a column of epochs or steps that rises; a shortened one is read as it stands."""
    rows = [line.split() for line in text.splitlines() if line.strip() and "..." not in line]
    if len(rows) <= FEWEST:
        return
    head = rows[0]
    body = [row[-len(head):] for row in rows[1:] if len(row) == len(head) + 1]  # fmt: skip
    by = next((i for i, column in enumerate(head) if inside.EPOCH.match(column)), None)
    if by is None or len(body) < FEWEST:
        return
    columns = [[_number(row[i]) for row in body] for i in range(len(head))]
    order = columns[by]
    rising = [one for one in order if one is not None]
    if len(rising) < len(order) or any(b <= a for a, b in pairwise(rising)):
        return
    for i, column in enumerate(head):
        values = [value for value in columns[i] if value is not None]
        if i != by and len(values) == len(body):
            yield from _curve(column, values, cell)


def _curve(name: str, values: Sequence[float], cell: int) -> Iterator[Curve]:
    plain = " ".join(_OTHERWISE.get(word, word) for word in name.split())
    if len(values) >= FEWEST and direction(plain) != "unknown":
        yield Curve(name=plain, cell=cell, values=_thinned(values))


def _thinned(values: Sequence[float]) -> tuple[float, ...]:
    """At most ``_BINS`` means of neighbours; a point that is no number stays one."""
    if len(values) <= 2 * _BINS:
        return tuple(values)
    edges = [round(i * len(values) / _BINS) for i in range(_BINS + 1)]
    return tuple(sum(values[a:b]) / (b - a) for a, b in pairwise(edges))


def _named(expression: str) -> str:
    """An expression as words: ``fit.history['loss']`` is ``fit history loss``."""
    return " ".join(re.findall(r"[A-Za-z_][\w]*", expression))[:60]


def _cell_of(name: str, notebook: Notebook) -> int:
    """The last cell that names the variable, from 1; 0 where none does."""
    word = re.compile(rf"\b{re.escape(name.split()[0])}\b")
    return next((c.index + 1 for c in reversed(notebook.code_cells) if word.search(c.source)), 0)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _flat(values: Sequence[Any]) -> list[float]:
    """The numbers of a list; empty where something else is among them."""
    if any(isinstance(one, bool) or not isinstance(one, (int, float)) for one in values):
        return []
    return [float(one) for one in values]


def _value(text: str) -> Any:
    """What a printed value is, of lists, mappings and numbers; None for anything else."""
    try:
        return _evaluated(ast.parse(text, mode="eval").body)
    except (SyntaxError, TypeError, ValueError, RecursionError, MemoryError):
        return None


def _evaluated(node: ast.expr) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, (ast.List, ast.Tuple)):
        return [_evaluated(one) for one in node.elts]
    if isinstance(node, ast.Dict):
        keys = [None if key is None else _evaluated(key) for key in node.keys]
        return {str(key): _evaluated(one) for key, one in zip(keys, node.values, strict=True)}
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_evaluated(node.operand)
    if isinstance(node, ast.Name) and node.id in ("nan", "inf"):
        return math.nan if node.id == "nan" else math.inf
    if isinstance(node, ast.Call) and node.args and ast.unparse(node.func).rpartition(".")[2] in _WRAPPERS:
        return _evaluated(node.args[-1])
    raise ValueError("no plain value")


def recorded(past: Sequence[Past]) -> list[Curve]:
    """The curves of the newest experiment whose baseline recorded any."""
    newest = next((one.logged for one in reversed(past) if one.logged), {})
    return [curve for name, values in newest.items() for curve in _curve(name, values, 0)]


def together(*found: Sequence[Curve]) -> list[Curve]:
    """Every curve once: one that was printed and is held as well is told as it was found first."""
    out: list[Curve] = []
    for one in (one for some in found for one in some):
        if not any(_same(one, other) for other in out):
            out.append(one)
    return out


def _same(one: Curve, other: Curve) -> bool:
    if len(one.values) != len(other.values) or direction(one.name) != direction(other.name):
        return False
    return all(
        a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= 1e-3 * max(1.0, abs(a)) + 5e-4
        for a, b in zip(one.values, other.values, strict=True)
    )
