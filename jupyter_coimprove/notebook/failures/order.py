"""Cells that were not run, stand below what needs them, or were run twice."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from jupyter_coimprove.notebook.failures.situation import Diagnosis, Edit, Situation
from jupyter_coimprove.notebook.scopes import base


def elsewhere(s: Situation, name: str) -> Diagnosis | None:
    """A name that another cell defines, which was not run before (any more), or stands below."""
    cell = s.failure.cell
    found = [index for index in s.binders(name) if index not in (cell, s.failure.inner)]
    if not found:
        return None
    deleted = [st.cell for st in s.flow.statements if name in st.names.deletes and st.cell < cell]
    above = [index for index in found if index < cell]
    if deleted and above and above[-1] <= deleted[-1]:
        return _deleted(s, name, above[-1], deleted[-1])
    if above:
        return _rerun(s, above[-1], f"Cell {above[-1] + 1} defines `{name}`", f"`{name}`")
    return _below(s, name, found[0])


def missing_part(s: Situation, what: str, makes: Callable[[ast.AST], bool]) -> Diagnosis | None:
    """A column, key, attribute or fit that another cell makes, which was not run before."""
    for statement in s.flow.statements:
        if statement.cell == s.failure.cell or not any(makes(node) for node in statement.nodes):
            continue
        if statement.cell < s.failure.cell and not s.before(statement.cell, s.failure.cell):
            return _rerun(s, statement.cell, f"Cell {statement.cell + 1} makes {what}", what)
    return None


def _rerun(s: Situation, cell: int, defines: str, what: str) -> Diagnosis:
    """Run the cell that makes it, and before it those that it needs and that were not run either."""
    cells = needed(s, cell)
    number = s.notebook.cells[cell].execution_count
    why = (
        "was not run in this kernel"
        if number is None
        else "was run before the kernel was started again, or after this"
    )
    listed = ", ".join(str(index + 1) for index in cells)
    return Diagnosis(
        rule="cell not run", cause=f"{defines}, but that cell {why}: {what} does not exist yet.",
        repair=f"run cell {listed} first, then this one again", run=tuple(index + 1 for index in cells),
    )  # fmt: skip


def needed(s: Situation, cell: int) -> list[int]:
    """The cell, and above it all that it depends on and that were not run."""
    todo, out = [cell], set()
    while todo:
        index = todo.pop()
        if index in out:
            continue
        out.add(index)
        todo += [
            other for other in s.flow.edges.get(index, ())
            if other < index and s.notebook.cells[other].execution_count is None
        ]  # fmt: skip
    return sorted(out)


def _below(s: Situation, name: str, cell: int) -> Diagnosis:
    """The defining cell stands below: it is moved up, if all that it reads is there already."""
    here = s.failure.cell
    have = {n for st in s.flow.statements if st.cell < here for n in st.names.binds | st.changes}
    reads = {base(r) for st in s.flow.statements if st.cell == cell for r in st.reads} & {
        n for st in s.flow.statements for n in st.names.binds if st.cell >= here and st.cell != cell
    }  # fmt: skip
    source = s.notebook.cells[cell].source
    edits: tuple[Edit, ...] = ()
    if not reads - have:
        edits = (
            {"kind": "insert", "cell": here or None, "cell_kind": "code", "source": source},
            {"kind": "delete", "cell": cell + 1, "cell_kind": "code", "source": ""},
        )
    return Diagnosis(
        rule="defined below", cause=f"`{name}` is defined by cell {cell + 1}, which stands below this one.",
        repair=f"cell {cell + 1} moved above cell {here + 1}", edits=edits, run=() if edits else (cell + 1,),
    )  # fmt: skip


def _deleted(s: Situation, name: str, defined: int, deleted: int) -> Diagnosis:
    """``del x`` above: the statement is taken out, and the cell that made it has to be run again."""
    changes = []
    for node in s.tree_of(deleted).body:
        if isinstance(node, ast.Delete) and [getattr(t, "id", "") for t in node.targets] == [name]:
            changes.append((node, "pass"))
    source = s.swapped(*changes, cell=deleted) if changes else None
    if source is not None and source.strip() == "pass":
        source = f"# {name} is needed below"
    return Diagnosis(
        rule="deleted name", cause=f"Cell {deleted + 1} deletes `{name}`, which cell {defined + 1} had made.",
        repair=f"`{name}` is no longer deleted in cell {deleted + 1}; run cell {defined + 1} again",
        edits=s.replaced(source, deleted), run=(defined + 1,),
    )  # fmt: skip


def run_twice(s: Situation) -> Diagnosis | None:
    """The cell changes what it reads (``df = df.drop(…)``): run a second time, it finds its own result."""
    name = _fed_back(s)
    if name is None:
        return None
    made = [
        st.cell for st in s.flow.statements
        if st.cell < s.failure.inner and name in st.names.binds and name not in {base(r) for r in st.reads}
    ]  # fmt: skip
    if not made or s.failure.inner != s.failure.cell or not _ran_between(s):
        return None
    start = made[-1]
    again = [
        st.cell for st in s.flow.statements
        if start <= st.cell < s.failure.inner and name in st.names.binds | st.changes
    ]  # fmt: skip
    cells = sorted({start, *again})
    listed = ", ".join(str(index + 1) for index in cells)
    return Diagnosis(
        rule="run twice",
        cause=f"This cell changes `{name}`, which it also reads, so it works once only: it seems to have been run before, "
        f"and finds what it left behind then.",
        repair=f"run cell {listed} again, then this one", run=tuple(index + 1 for index in cells),
    )  # fmt: skip


def _ran_between(s: Situation) -> bool:
    """Whether a run is missing in the numbers before this one: of this cell itself, as far as the file tells."""
    mine = s.notebook.cells[s.failure.cell].execution_count
    counts = {c.execution_count for c in s.notebook.code_cells}
    return mine is not None and mine > 1 and mine - 1 not in counts


def _fed_back(s: Situation) -> str | None:
    """The name that the cell reads and then binds or changes, if the line that failed reads it."""
    bound = {n for st in s.flow.statements if st.cell == s.failure.inner for n in st.names.binds | st.changes}
    for call in s.of(ast.Call):
        # ``options.pop("rate")`` takes out what it reads.
        if (
            isinstance(call.func, ast.Attribute)
            and call.func.attr in ("pop", "popitem", "remove")
            and isinstance(call.func.value, ast.Name)
        ):
            bound.add(call.func.value.id)
    for node in s.of(ast.Name):
        if isinstance(node.ctx, ast.Load) and node.id in bound and node.id not in s.imported:
            earlier = [
                st for st in s.flow.statements
                if st.cell == s.failure.inner and node.id in st.names.binds and node.id not in {base(r) for r in st.reads}
                and st.node.lineno < (s.failure.line or 10**9)
            ]  # fmt: skip
            if not earlier:
                return str(node.id)
    return None


_FIT = re.compile(r"This (\w+) instance is not fitted yet")


def not_fitted(s: Situation) -> Diagnosis | None:
    """A model that is used before ``fit``: the cell that fits it was not run, or stands below."""
    found = _FIT.search(s.said)
    if s.failure.ename != "NotFittedError" or found is None:
        return None
    used = [
        c.func.value.id for c in s.of(ast.Call)
        if isinstance(c.func, ast.Attribute) and isinstance(c.func.value, ast.Name)
    ]  # fmt: skip

    def fits(node: ast.AST) -> bool:
        return (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("fit", "fit_transform", "partial_fit")
            and getattr(node.func.value, "id", "") in used
        )  # fmt: skip

    diagnosis = missing_part(s, f"the fit of this {found[1]}", fits)
    return diagnosis or Diagnosis(
        rule="not fitted", cause=f"This {found[1]} was made but not fitted: no cell that ran calls its `fit`."
    )
