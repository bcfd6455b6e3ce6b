"""Where code reads the clock: to time itself, which is harmless, or as a value that results depend on."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.generators import dotted, imports

#: Clocks without a fixed beginning: only good for durations.
_TIMERS = frozenset(
    {"time.perf_counter", "time.perf_counter_ns", "time.monotonic", "time.process_time", "time.thread_time", "timeit.default_timer"}
)  # fmt: skip
_NOW = frozenset({
    "time.time", "time.time_ns", "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today",
    "datetime.date.today", "pandas.Timestamp.now", "pandas.Timestamp.today", "pandas.Timestamp.utcnow", "arrow.now",
    "pendulum.now",
})  # fmt: skip
#: Clocks where they are called without an argument.
_BARE = frozenset({"time.localtime", "time.gmtime", "time.ctime", "time.asctime"})
_WORDS = frozenset({"pandas.Timestamp", "pandas.to_datetime", "numpy.datetime64"})


@dataclass(frozen=True, kw_only=True)
class Clocks:
    """By cell (0-based): the ``dated`` calls whose value results may depend on, as code; how many durations a
    line of the cell may print."""

    dated: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    elapsed: Mapping[int, int] = field(default_factory=dict)


def clocks(flow: Flow) -> Clocks:
    """All readings of the clock in a notebook."""
    names = imports(s.node for s in flow.statements)
    nodes = [(s.cell, node) for s in flow.statements for node in s.nodes]
    timers = {
        target.id
        for _, node in nodes
        if isinstance(node, ast.Assign) and is_clock(node.value, names)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    spans = [
        (cell, node) for cell, node in nodes
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and _reading(node.left, names, timers) and _reading(node.right, names, timers)
    ]  # fmt: skip
    inside = {id(part) for _, span in spans for part in ast.walk(span)}
    loose = {
        node.id for _, node in nodes
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in timers and id(node) not in inside
    }  # fmt: skip
    kept = {
        id(node.value) for _, node in nodes
        if isinstance(node, ast.Assign) and all(isinstance(t, ast.Name) and t.id in timers - loose for t in node.targets)
    }  # fmt: skip
    dated: dict[int, list[str]] = {}
    for cell, node in nodes:
        timing = id(node) in inside or id(node) in kept
        if (
            isinstance(node, ast.Call)
            and not timing
            and is_clock(node, names)
            and dotted(node.func, names) not in _TIMERS
        ):
            dated.setdefault(cell, []).append(ast.unparse(node)[:60])
    shown = _elapsed(nodes, {id(span) for _, span in spans})
    return Clocks(dated={cell: tuple(dict.fromkeys(found)) for cell, found in dated.items()}, elapsed=shown)


def is_clock(node: ast.expr, names: Mapping[str, str]) -> bool:
    """Whether this call gives the present moment."""
    if not isinstance(node, ast.Call):
        return False
    name = dotted(node.func, names)
    if name in _TIMERS or name in _NOW or (name in _BARE and not node.args):
        return True
    if name == "time.strftime":
        return len(node.args) == 1
    first = node.args[0] if node.args else None
    return name in _WORDS and isinstance(first, ast.Constant) and first.value in ("now", "today")


def _reading(node: ast.expr, names: Mapping[str, str], timers: set[str]) -> bool:
    return is_clock(node, names) or (isinstance(node, ast.Name) and node.id in timers)


def _elapsed(nodes: Iterable[tuple[int, ast.AST]], spans: set[int]) -> dict[int, int]:
    """How many durations each cell shows in one print, or in its last expression."""
    nodes = list(nodes)
    took = {
        target.id for _, node in nodes
        if isinstance(node, ast.Assign) and any(id(part) in spans for part in ast.walk(node.value))
        for target in node.targets
        if isinstance(target, ast.Name)
    }  # fmt: skip
    out: dict[int, int] = {}
    for cell, node in nodes:
        prints = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
        if not (prints or isinstance(node, ast.Expr)):
            continue
        found = sum(
            id(part) in spans or (isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load) and part.id in took)
            for part in ast.walk(node)
        )  # fmt: skip
        if found:
            out[cell] = max(found, out.get(cell, 0))
    return out
