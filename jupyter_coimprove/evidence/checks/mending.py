"""The change that mends a finding, where it is mechanical: shown as a diff, never applied."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from jupyter_coimprove.evidence.checks.finding import CheckFinding
from jupyter_coimprove.evidence.checks.mending_calls import mended_call
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.diff import unified


@dataclass(frozen=True)
class _Fit:
    """``target = scaler.fit_transform(data, …)``."""

    node: ast.Assign
    target: str
    owner: str
    made: str
    given: tuple[str, ...]


def diff(notebook: Notebook, found: CheckFinding, transform: Callable[[str], str]) -> str:
    """A unified diff of the cells that ``mended`` changes; empty when the change is not mechanical."""
    return "".join(
        unified(notebook.cells[index].source, new, name=f"cell {index + 1}")
        for index, new in mended(notebook, found, transform).items()
    )


def mended(notebook: Notebook, found: CheckFinding, transform: Callable[[str], str]) -> dict[int, str]:
    """The new sources of the cells (by index) that the change touches; empty when it is not mechanical.

    Moves ``Z = scaler.fit_transform(X)`` behind the ``train_test_split`` of ``Z``: fitted on the
    training part, applied to the other. Or changes one call (``mending_calls``).
    """
    if found.where.file:
        return {}
    trees: dict[int, ast.Module] = {}
    for cell in notebook.code_cells:
        try:
            if transform(cell.source) == cell.source:
                trees[cell.index] = ast.parse(cell.source)
        except SyntaxError:
            continue
    if (source := mended_call(notebook, found, trees)) is not None:
        return {found.where.cell: source}
    if found.kind not in ("preprocessing", "selection", "encoding", "categories"):
        return {}
    fit = _fit_at(trees.get(found.where.cell), found.where.line)
    if fit is None:
        return {}
    later = [
        (c, n)
        for c, tree in sorted(trees.items())
        for n in tree.body
        if (c, n.lineno) > (found.where.cell, fit.node.lineno)
    ]
    for index, node in later:
        parts = _split_of(node, fit)
        if parts:
            rest = [n for c, n in later if (c, n.lineno) > (index, node.lineno)]
            if fit.target != fit.given[0] and any(_reads(n, fit.target) for n in rest):
                return {}
            return _rewrite(notebook, found.where.cell, fit, index, node, parts)
        if _reads(node, fit.target):
            return {}
    return {}


def _fit_at(tree: ast.Module | None, line: int) -> _Fit | None:
    for node in tree.body if tree else ():
        if not (isinstance(node, ast.Assign) and node.lineno <= line <= (node.end_lineno or 0)):
            continue
        call, target = node.value, node.targets[0]
        if (
            isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "fit_transform"
            and isinstance(target, ast.Name) and call.args and not call.keywords
            and all(isinstance(a, ast.Name) for a in call.args)
        ):  # fmt: skip
            given = tuple(ast.unparse(a) for a in call.args)
            owner = call.func.value
            if isinstance(owner, ast.Name):
                return _Fit(node, target.id, owner.id, "", given)
            if isinstance(owner, ast.Call):
                return _Fit(node, target.id, "transformer", ast.unparse(owner), given)
    return None


def _split_of(node: ast.stmt, fit: _Fit) -> list[tuple[str, str]]:
    """For each thing the fit was given: its training and its test part."""
    call = node.value if isinstance(node, ast.Assign) else None
    if not (
        isinstance(node, ast.Assign) and isinstance(call, ast.Call) and isinstance(node.targets[0], ast.Tuple)
    ):
        return []
    if getattr(call.func, "id", getattr(call.func, "attr", "")) != "train_test_split":
        return []
    names = [ast.unparse(a) for a in call.args]
    targets = [ast.unparse(e) for e in node.targets[0].elts]
    if len(targets) != 2 * len(names) or fit.target not in names:
        return []
    wanted = (fit.target, *fit.given[1:])
    if any(name not in names for name in wanted):
        return []
    return [(targets[2 * names.index(n)], targets[2 * names.index(n) + 1]) for n in wanted]


def _reads(node: ast.stmt, name: str) -> bool:
    return any(
        isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load) for n in ast.walk(node)
    )


def _rewrite(
    notebook: Notebook, at: int, fit: _Fit, cell: int, node: ast.stmt, parts: list[tuple[str, str]]
) -> dict[int, str]:
    train, test = parts[0]
    labels = "".join(f", {one}" for one, _ in parts[1:])
    added = [f"{fit.owner} = {fit.made}"] if fit.made else []
    added += [
        f"{train} = {fit.owner}.fit_transform({train}{labels})",
        f"{test} = {fit.owner}.transform({test})",
    ]
    sources = {index: notebook.cells[index].source.split("\n") for index in {at, cell}}
    lines = sources[cell]
    end = node.end_lineno or node.lineno
    if fit.target != fit.given[0] and isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
        name = next(a for a in node.value.args if ast.unparse(a) == fit.target)
        text = lines[name.lineno - 1]
        first, last = (len(text.encode()[:n].decode()) for n in (name.col_offset, name.end_col_offset or 0))
        lines[name.lineno - 1] = text[:first] + fit.given[0] + text[last:]
    sources[cell] = lines[:end] + added + lines[end:]
    gone = range(fit.node.lineno - 1, fit.node.end_lineno or fit.node.lineno)
    sources[at] = [text for n, text in enumerate(sources[at]) if n not in gone]
    return {index: "\n".join(new) for index, new in sorted(sources.items())}
