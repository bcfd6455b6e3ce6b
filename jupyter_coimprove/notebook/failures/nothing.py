"""Names that became None: what changes an object in place gives nothing back."""

from __future__ import annotations

import ast
import re

from jupyter_coimprove.notebook.failures.situation import Diagnosis, Situation

_IN_PLACE = frozenset("sort append extend insert reverse remove clear update add shuffle".split())  # noqa: SIM905


def made_none(s: Situation, name: str) -> Diagnosis | None:
    """``x = x.sort()`` or ``df = df.drop(…, inplace=True)`` above: the method gives nothing back."""
    found = None
    for statement in s.flow.statements:
        node = statement.node
        if (
            isinstance(node, ast.Assign) and len(node.targets) == 1 and getattr(node.targets[0], "id", "") == name
            and statement.cell <= s.failure.inner
        ):  # fmt: skip
            found = (statement.cell, node)
    if (
        found is None
        or not isinstance(found[1].value, ast.Call)
        or not isinstance(found[1].value.func, ast.Attribute)
    ):
        return None
    cell, node = found
    call = node.value
    assert isinstance(call, ast.Call)
    assert isinstance(call.func, ast.Attribute)
    tree = s.tree if cell == s.failure.inner else s.tree_of(cell)
    # Found again in the tree whose positions are those of the cell.
    same = next(
        (
            n
            for n in ast.walk(tree)
            if isinstance(n, ast.Assign) and n.lineno == node.lineno and n.col_offset == node.col_offset
        ),
        None,
    )
    if same is None or not isinstance(same.value, ast.Call):
        return None
    inplace = next((k for k in call.keywords if k.arg == "inplace"), None)
    if inplace is not None:
        source = without_argument(s, same.value, "inplace", cell)
        how = "`inplace=True` changes the object and gives nothing back"
        repair = "without `inplace=True`, so that the result is given back"
    elif (
        call.func.attr in _IN_PLACE and getattr(call.func.value, "id", "") == name
    ) or call.func.attr == "shuffle":
        source = s.swapped((same, s.text(same.value, cell)), cell=cell)
        how = f"`{call.func.attr}` changes the object itself and gives nothing back"
        repair = f"`{call.func.attr}` called without assigning what it gives back"
    else:
        return None
    edits = s.replaced(source, cell)
    return Diagnosis(
        rule="made None", cause=f"`{name}` is None since cell {cell + 1}: {how}, and that was assigned to `{name}`.",
        repair=repair + f" (cell {cell + 1}); the cells from the one that makes `{name}` on have to be run again", edits=edits,
    )  # fmt: skip


def without_argument(s: Situation, call: ast.Call, keyword: str, cell: int | None = None) -> str | None:
    """The cell with this call less one keyword argument, the comma before or after it taken along."""
    from jupyter_coimprove.notebook.splice import apply_splices

    index = s.failure.inner if cell is None else cell
    item = next((k for k in call.keywords if k.arg == keyword), None)
    if item is None:
        return None
    whole, value = s.span(call, index), s.span(item.value, index)
    if whole is None or value is None:
        return None
    text = s.notebook.cells[index].source
    head = re.search(rf"\b{keyword}\s*=\s*\Z", text[whole[0] : value[0]])
    if head is None:
        return None
    start, end = whole[0] + head.start(), value[1]
    before = re.search(r",\s*\Z", text[whole[0] : start])
    after = re.match(r"\s*,\s*", text[end : whole[1]])
    if before:
        start = whole[0] + before.start()
    elif after:
        end += after.end()
    return apply_splices(text, [(start, end, "")])
