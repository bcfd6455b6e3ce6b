"""Measures that no name is left for, or whole series of them: what functions print, loops fill, files keep."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from jupyter_coimprove.notebook.bodies import OwnFunction, own_nodes
from jupyter_coimprove.notebook.candidates import Direction, Measured
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.metrics import direction, likeliness, role
from jupyter_coimprove.notebook.outputs import stream_text, to_float
from jupyter_coimprove.notebook.printed import Shown, shown_in
from jupyter_coimprove.notebook.scopes import arguments
from jupyter_coimprove.notebook.series import Series, series_of
from jupyter_coimprove.notebook.trees import busy, walk
from jupyter_coimprove.notebook.written import Column, columns_written

_TAGGED = ("add_scalar", "log_metric", "log_value")


def unreached(
    notebook: Notebook, flow: Flow, functions: Mapping[str, OwnFunction]
) -> Iterator[tuple[Measured, int]]:
    """Each such measure with the statement that makes it."""
    yield from _printed_inside(notebook, flow, functions)
    yield from _series(flow, functions)
    yield from _files(flow, functions)
    for index, statement in enumerate(flow.statements):
        if isinstance(statement.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        if "add_scalar" not in (flow.sources[statement.cell] or ""):
            continue
        yield from _at_best(
            [one for call, _ in _calls(statement.node, False) for one in _scalars(call, index)]
        )


def _printed_inside(
    notebook: Notebook, flow: Flow, functions: Mapping[str, OwnFunction]
) -> Iterator[tuple[Measured, int]]:
    """What functions print of names of their own: only the output has it."""
    for function in functions.values():
        returned = {ast.unparse(e) for value in function.returned() for e in _members(value)}
        found: list[tuple[Measured, int, str, str]] = []
        cells = tuple(sorted({flow.statements[i].cell for i in function.runs}))
        joined = _joins_lines(function.node)
        for call, looped in _calls(function.node, False):
            tag = _tag(call)
            shown = list(shown_in(call)) if not tag else []
            found += _scalars(call, function.runs[-1])
            group = str(call.lineno)
            for one in shown:
                made = _of_print(one, function, cells, joined)
                if made is not None:
                    # What is returned is known in full to whoever called.
                    back = 0.25 if ast.unparse(one.expr) in returned else 0.0
                    made = replace(
                        made, last=_last(notebook, cells, made.pattern), reduction="last",
                        score=made.score - 0.1 * looped - back,
                    )  # fmt: skip
                    found.append((made, function.runs[-1], made.name, group if looped else ""))
        yield from _at_best(found)


def _members(value: ast.expr) -> list[ast.expr]:
    if isinstance(value, ast.Tuple):
        return list(value.elts)
    return list(value.values) if isinstance(value, ast.Dict) else [value]


def _calls(node: ast.AST, looped: bool) -> Iterator[tuple[ast.Call, bool]]:
    """The calls in a function, and whether each stands in a loop."""
    for child in busy(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        inside = looped or isinstance(child, (ast.For, ast.While, ast.AsyncFor))
        if isinstance(child, ast.Call):
            yield child, inside
        yield from _calls(child, inside)


def _joins_lines(node: ast.AST) -> bool:
    """Whether some print leaves its line open, so that the next goes on behind it."""
    return any(
        isinstance(n, ast.Call)
        and any(
            k.arg == "end" and not str(getattr(k.value, "value", "\n")).endswith("\n") for k in n.keywords
        )
        for n in own_nodes(node)
    )


def _tag(call: ast.Call) -> str:
    if not (isinstance(call.func, ast.Attribute) and call.func.attr in _TAGGED and len(call.args) >= 2):
        return ""
    first = call.args[0]
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def _scalars(call: ast.Call, statement: int) -> list[tuple[Measured, int, str, str]]:
    """TensorBoard's scalar of ``writer.add_scalar("acc/test", acc, step)``."""
    tag = _tag(call)
    words = f"{tag} {ast.unparse(call.args[1])}" if tag else ""
    points = likeliness(words)
    if not points or getattr(call.func, "attr", "") != "add_scalar":
        return []
    m = Measured(
        name=f"tensorboard:{tag}", how="scalar", expr=tag, cell=0, direction=_way(tag, words),
        score=points - 0.05, reachable=False, reduction="last",
    )  # fmt: skip
    return [(m, statement, tag, "tensorboard")]


def _of_print(one: Shown, function: OwnFunction, cells: tuple[int, ...], joined: bool) -> Measured | None:
    expr = one.expr
    if isinstance(expr, (ast.Constant, ast.JoinedStr, ast.Compare, ast.Dict, ast.List, ast.Lambda)):
        return None
    names = {n.id for n in walk(expr) if isinstance(n, ast.Name)}
    given = {a.arg for a in arguments(function.node.args)}
    # Without a name of its own it can be evaluated at the end; a given one alone is a setting.
    if not names & function.local or (isinstance(expr, ast.Name) and expr.id in given):
        return None
    source = ast.unparse(expr)
    label = " ".join(one.label.split()[-4:])
    points = max(likeliness(label), likeliness(source))
    if not points:
        return None
    pattern = one.pattern
    if joined and pattern.startswith(r"^\s*"):
        pattern = r"(?<![\w.])" + pattern.removeprefix(r"^\s*").removesuffix(r"[ \t]*$")
    return Measured(
        name=label if likeliness(label) else source, how="printed", expr=source, cell=cells[-1],
        direction=_way(label, source), score=points + 0.05, reachable=False, pattern=pattern, cells=cells,
        decimals=one.decimals,
    )  # fmt: skip


def _way(*texts: str) -> Direction:
    return next((way for way in map(direction, texts) if way != "unknown"), "unknown")


def _last(notebook: Notebook, cells: tuple[int, ...], pattern: str) -> float | None:
    """The last number that the stored outputs of these cells show for it."""
    text = "\n".join(stream_text(notebook.cells[cell]) for cell in cells)
    found = [match[1] for match in re.finditer(pattern, text.replace("\r", "\n"), re.MULTILINE)]
    return to_float(found[-1]) if found else None


def _labels(flow: Flow, functions: Mapping[str, OwnFunction]) -> dict[str, str]:
    """What prints call the expressions they show, by expression."""
    out: dict[str, str] = {}
    for node in [*(s.node for s in flow.statements), *(f.node for f in functions.values())]:
        for call, _ in _calls(node, False):
            for one in shown_in(call):
                label = " ".join(one.label.split()[-4:])
                if direction(label) != "unknown":
                    out[ast.unparse(one.expr)] = label
    return out


def _series(flow: Flow, functions: Mapping[str, OwnFunction]) -> Iterator[tuple[Measured, int]]:
    found: list[tuple[Measured, int, str, str]] = []
    labels: dict[str, str] | None = None
    for one in series_of(flow, functions):
        # What a print calls the same expression speaks where its own words do not.
        words = one.words
        if direction(words) == "unknown":
            labels = _labels(flow, functions) if labels is None else labels
            words = labels.get(words, words)
        points = likeliness(words)
        if points:
            found.append((_of_series(one, words, points), one.statement, words, one.owner))
    yield from _at_best(found)


def _of_series(one: Series, words: str, points: float) -> Measured:
    # Over what is neither folds nor epochs (models, data sets) no entry stands for the others.
    folds = one.over != "epochs"
    return Measured(
        name=one.name, how="series", expr=one.expr, cell=0, direction=_way(words, one.name),
        # A series needs a reduction, a number does not: it stands behind the number of the same words.
        score=points + (0.0 if folds else -0.1), reduction="mean" if folds else "last",
    )  # fmt: skip


def _files(flow: Flow, functions: Mapping[str, OwnFunction]) -> Iterator[tuple[Measured, int]]:
    found: list[tuple[Measured, int, str, str]] = []
    for one in columns_written(flow, functions):
        if points := likeliness(one.name):
            found.append((_of_column(one, points), one.statement, one.name, one.file))
    yield from _at_best(found)


def _of_column(one: Column, points: float) -> Measured:
    return Measured(
        name=f"{one.file}:{one.name}", how="file", expr=one.name, cell=0, direction=direction(one.name),
        # What is kept in a file is what its author follows.
        score=points + 0.15, reachable=False, file=one.file, reduction="last",
    )  # fmt: skip


def _at_best(found: list[tuple[Measured, int, str, str]]) -> Iterator[tuple[Measured, int]]:
    """Beside a validation series of the same making, a test series is taken at the best validation."""
    for m, statement, words, group in found:
        if group and m.reduction == "last" and role(words) == "test":
            beside = [
                (other, w)
                for other, _, w, g in found
                if g == group and role(w) == "validation" and other.direction != "unknown"
            ]
            if beside:
                # The same measure on the other part of the data, else whatever is there.
                other = max(beside, key=lambda pair: _alike(pair[1], words))[0]
                m = replace(m, reduction=f"at best {other.name} {other.direction}")
        yield m, statement


def _alike(one: str, other: str) -> int:
    from jupyter_coimprove.notebook.metrics import words

    return len(set(words(one)) & set(words(other)))
