"""What a loop selects by: the best epoch, fold or setting, and whether test data chose it (STATISTICS 18)."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from jupyter_coimprove.notebook.bodies import OwnFunction
from jupyter_coimprove.notebook.candidates import Measured
from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.metrics import direction, likeliness, role
from jupyter_coimprove.notebook.series import loop_over
from jupyter_coimprove.notebook.trees import busy, last_name, walk

_COMPOUND = (ast.For, ast.AsyncFor, ast.While, ast.With, ast.If, ast.Try)
_DEFS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_SAVES = frozenset(
    [
        "save",
        "save_model",
        "save_pretrained",
        "save_weights",
        "save_checkpoint",
        "deepcopy",
        "dump",
        "state_dict",
    ]
)
_LOADS = frozenset("load load_state_dict load_model load_weights from_pretrained load_checkpoint".split())  # noqa: SIM905
_OVER = {"epochs": "epochs", "folds": "folds or seeds", "unknown": "rounds of a loop"}


@dataclass(frozen=True, kw_only=True)
class Selection:
    """A loop that keeps what is best by ``metric``, a measure of test data.

    ``kept`` are the names that hold it, ``saves`` says that a checkpoint is kept with them.
    ``statement`` is the top-level one that runs it, ``function`` the function it stands in.
    """

    metric: str
    kept: frozenset[str]
    over: str
    saves: bool
    statement: int
    function: str = ""

    def of_kept(self, name: str) -> str:
        """The note on a value that was kept."""
        return (
            f"{name} is the best {self.metric} of several {self.over}, chosen on the test data itself: "
            "it is not the score of a model anyone could have picked "
            "(take the last one, or the one that is best on validation data)"
        )

    def of_checkpoint(self) -> str:
        """The note on what a kept checkpoint scores on the same data."""
        return (
            f"the checkpoint is chosen by {self.metric}, on test data, over {self.over}: its score on the same "
            "data is not that of a model anyone could have picked (choose it on validation data)"
        )


def selections(flow: Flow, functions: Mapping[str, OwnFunction]) -> list[Selection]:
    """Where a measure of test data chooses among epochs, folds or settings."""
    out = []
    for index, statement in enumerate(flow.statements):
        if isinstance(statement.node, _COMPOUND):
            before = [s.node for s in flow.statements[:index] if s.cell == statement.cell]
            out += list(_in([statement.node], index, "", partial(_sources, [*before, statement.node])))
    for function in functions.values():
        out += list(
            _in(function.node.body, function.runs[-1], function.name, partial(_sources, function.node.body))
        )
    return out


def with_notes(
    measures: list[tuple[Measured, int]], flow: Flow, functions: Mapping[str, OwnFunction]
) -> list[Measured]:
    """The measures, each with what must be told of it when test data chose it."""
    chosen = selections(flow, functions)
    loaded = {id(s): loads_after(flow, functions, s.statement) for s in chosen if s.saves}
    out = []
    for m, statement in measures:
        notes = list(m.notes)
        names = {n for n in m.expr.replace("[", " ").replace(".", " ").split() if n} | {m.expr}
        for selection in chosen:
            if _keeps(selection, m, names, statement, functions):
                notes.append(selection.of_kept(m.name))
            load = loaded.get(id(selection))
            if (
                load is not None
                and load <= statement
                and role(f"{m.name} {m.expr}") not in ("validation", "training")
            ):
                notes.append(selection.of_checkpoint())
        out.append(replace(m, notes=tuple(dict.fromkeys(notes))))
    return out


def _keeps(
    selection: Selection, m: Measured, names: set[str], statement: int, functions: Mapping[str, OwnFunction]
) -> bool:
    """Whether a measure is what a selection kept: by name, or as what the selecting function returns."""
    if not likeliness(m.name):
        return False
    if not selection.function:
        return m.reachable and bool(names & selection.kept) and statement >= selection.statement
    if not m.reachable:
        return (
            m.how == "printed"
            and m.expr in selection.kept
            and statement in functions[selection.function].runs
        )
    returned = {ast.unparse(value) for value in functions[selection.function].returned()}
    return m.how == "variable" and bool(returned & selection.kept) and statement == selection.statement


def loads_after(flow: Flow, functions: Mapping[str, OwnFunction], statement: int) -> int | None:
    """The first statement from there on that loads a checkpoint, itself or through a function."""
    loading = {
        n for n, f in functions.items() if any(last_name(c.func) in _LOADS for c in _all_calls(f.node.body))
    }
    for index in range(statement, len(flow.statements)):
        node = flow.statements[index].node
        if isinstance(node, _DEFS):
            continue
        called = {last_name(call.func) for call in _all_calls([node])}
        if called & loading or (index > statement and called & _LOADS):
            return index
    return None


def _in(
    body: Iterable[ast.AST],
    index: int,
    function: str,
    sources: Callable[[], Mapping[str, str]],
    over: str = "",
) -> Iterator[Selection]:
    for node in body:
        if isinstance(node, _DEFS):
            continue
        inner = over
        if isinstance(node, (ast.For, ast.AsyncFor)):
            inner = over or _OVER[loop_over(node)]
        elif isinstance(node, ast.While):
            inner = over or "epochs"
        if inner and (found := _selects(node)) is not None:
            metric, kept, saves = found
            if role(metric) == "test" or (not role(metric) and role(sources().get(metric, "")) == "test"):
                yield Selection(
                    metric=metric, kept=frozenset(kept), over=inner, saves=saves, statement=index,
                    function=function,
                )  # fmt: skip
        yield from _in(busy(node), index, function, sources, inner)


def _selects(node: ast.AST) -> tuple[str, set[str], bool] | None:
    """(metric, names that keep it, a checkpoint too?) of ``if acc > best: best = acc`` and ``best = max(best, acc)``."""
    if (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and last_name(node.value.func) in ("max", "min")
    ):
        targets = {ast.unparse(t) for t in node.targets}
        given = [ast.unparse(a) for a in node.value.args]
        if len(given) == 2 and targets & set(given):
            return next((g for g in given if g not in targets), given[0]), targets, False
    if not isinstance(node, ast.If):
        return None
    for test in walk(node.test):
        if not isinstance(test, ast.Compare) or len(test.ops) != 1:
            continue
        if not isinstance(test.ops[0], (ast.Gt, ast.GtE, ast.Lt, ast.LtE)):
            continue
        sides = [ast.unparse(test.left), ast.unparse(test.comparators[0])]
        assigned = _assigned(node.body)
        kept = {name for name in assigned if name in sides}
        metric = next((s for s in sides if s not in kept), "")
        if (kept and direction(metric or "") != "unknown") or (kept and metric.isidentifier()):
            # All that is kept under the same condition is kept at the same epoch.
            saves = any(last_name(call.func) in _SAVES for call in _all_calls(node.body))
            return metric, set(assigned), saves
    return None


def _assigned(body: Iterable[ast.AST]) -> list[str]:
    out = []
    for part in body:
        if isinstance(part, ast.Assign):
            for target in part.targets:
                members = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
                out += [ast.unparse(member) for member in members]
    return out


def _sources(body: Iterable[ast.AST]) -> dict[str, str]:
    """What a name is computed from, as text: ``acc = evaluate(model, test_loader)``."""
    out: dict[str, str] = {}
    for node in body:
        if isinstance(node, _DEFS):
            continue
        for part in walk(node):
            if isinstance(part, ast.Assign) and isinstance(part.value, (ast.Call, ast.BinOp, ast.Tuple)):
                for target in part.targets:
                    names = target.elts if isinstance(target, ast.Tuple) else [target]
                    values: list[ast.expr] = [part.value] * len(names)
                    if isinstance(part.value, ast.Tuple) and len(part.value.elts) == len(names):
                        values = list(part.value.elts)
                    out.update({ast.unparse(n): ast.unparse(v) for n, v in zip(names, values, strict=True)})
    return out


def _all_calls(body: Iterable[ast.AST]) -> Iterator[ast.Call]:
    for node in body:
        if not isinstance(node, _DEFS):
            if isinstance(node, ast.Call):
                yield node
            yield from _all_calls(busy(node))
