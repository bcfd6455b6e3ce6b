"""Changes that mend a finding inside one call: what it is fitted on, which argument comes first, in which order rows are cut."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from jupyter_coimprove.evidence.checks.finding import CheckFinding
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.literals import Spans
from jupyter_coimprove.notebook.splice import apply_splices


def mended_call(notebook: Notebook, found: CheckFinding, trees: Mapping[int, ast.Module]) -> str | None:
    """The new source of the finding's cell; None where no such change mends it.

    ``trees`` are the cells that are plain Python.
    """
    tree, cell = trees.get(found.where.cell), notebook.cells[found.where.cell]
    if tree is None:
        return None
    changes: list[tuple[ast.expr | ast.keyword, str]] = []
    for call in _calls(tree, found.where.line):
        if found.kind == "metric" and found.fix.startswith(f"write {_name(call)}("):
            changes = _swapped(call)
        elif found.kind in ("preprocessing", "selection") and isinstance(call.func, ast.Attribute):
            changes = _on_training(call, found, trees) if call.func.attr == "fit" else []
        elif found.kind == "temporal" and _name(call) == "train_test_split":
            changes = _in_order(call)
        if changes:
            break
    spans = Spans.of(notebook.address(cell.index), cell.source, cell.source)
    splices = []
    for node, text in changes:
        place = spans.place(node.value if isinstance(node, ast.keyword) else node)
        if place is None:
            return None
        splices.append((place.start, place.end, text))
    return apply_splices(cell.source, splices) if splices else None


def _calls(tree: ast.Module, line: int) -> Iterator[ast.Call]:
    """Those that begin on that line, else those that stand over it."""
    found = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and n.lineno <= line <= (n.end_lineno or 0)]
    yield from sorted(found, key=lambda n: n.lineno != line)


def _name(call: ast.Call) -> str:
    return str(getattr(call.func, "id", getattr(call.func, "attr", "")))


def _swapped(call: ast.Call) -> list[tuple[ast.expr | ast.keyword, str]]:
    """``r2_score(guess, y)`` as ``r2_score(y, guess)``."""
    if len(call.args) < 2 or any(isinstance(a, ast.Starred) for a in call.args[:2]):
        return []
    first, second = call.args[:2]
    return [(first, ast.unparse(second)), (second, ast.unparse(first))]


def _on_training(
    call: ast.Call, found: CheckFinding, trees: Mapping[int, ast.Module]
) -> list[tuple[ast.expr | ast.keyword, str]]:
    """``scaler.fit(X, y)`` as ``scaler.fit(X_train, y_train)``, where the split stands above it."""
    parts: dict[str, str] = {}
    for cell, tree in sorted(trees.items()):
        for node in tree.body:
            if (cell, node.lineno) >= (found.where.cell, found.where.line):
                break
            parts |= _training(node)
    given = [a.id for a in call.args if isinstance(a, ast.Name)]
    if not given or len(given) != len(call.args) or call.keywords or any(name not in parts for name in given):
        return []
    return [(a, parts[name]) for a, name in zip(call.args, given, strict=True)]


def _training(node: ast.stmt) -> dict[str, str]:
    """What ``a, b, … = train_test_split(X, …)`` gives: each name to that of its training part."""
    if not (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and isinstance(node.targets[0], ast.Tuple)
    ):
        return {}
    names, targets = node.value.args, node.targets[0].elts
    if _name(node.value) != "train_test_split" or len(targets) != 2 * len(names):
        return {}
    pairs = zip(names, targets[::2], strict=True)
    out = {a.id: b.id for a, b in pairs if isinstance(a, ast.Name) and isinstance(b, ast.Name)}
    # Split again into a name of its own, the whole is no longer there.
    return {name: part for name, part in out.items() if name != part}


def _in_order(call: ast.Call) -> list[tuple[ast.expr | ast.keyword, str]]:
    """``shuffle=False`` in place of ``shuffle=True``, and no seed, which it does not take; None of it where neither stands there."""
    keywords = {k.arg: k for k in call.keywords}
    if "stratify" in keywords or not {"shuffle", "random_state"} & set(keywords):
        return []
    out: list[tuple[ast.expr | ast.keyword, str]] = []
    if "shuffle" in keywords:
        out.append((keywords["shuffle"], "False"))
        if "random_state" in keywords:
            out.append((keywords["random_state"], "None"))
    else:
        out.append((keywords["random_state"], "None, shuffle=False"))
    return out
