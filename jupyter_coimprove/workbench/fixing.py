"""`fix`: an error explained by rules, and a repair proposed where exactly one is likely; a model goes on from there.

It is told what the rules found: where it is named, and unasked only where they have no repair.
"""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import NothingToDo, ProviderError, UnknownName, UsageError
from jupyter_coimprove.registry import TOOL
from jupyter_coimprove.workbench import shelf
from jupyter_coimprove.workbench.views_fixing import FixView

if TYPE_CHECKING:
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.notebook.failures.failure import Facts, Failure
    from jupyter_coimprove.notebook.failures.situation import Diagnosis
    from jupyter_coimprove.workbench.bench import Bench

#: What a model is asked over what the rules found.
ASKS = """\
A cell of this notebook failed; the activity `fix` tells the error, its code, and what rules found. Say in two or three \
sentences what went wrong here. Where the rules have no repair, or theirs does not work, propose one: the cells to change, \
as little as needed. A repair that the rules propose already is not proposed again; say if you doubt it."""
_NO_RULE = "no rule has a repair for this; a model could go on from here"
_NOR_CAUSE = ", and no rule knows its cause"


def fix(
    bench: Bench, *, notebook: str | None = None, cell: str | None = None, verify: bool = False,
    seconds: float | None = None, kernel: str | None = None, provider: str | None = None, model: str | None = None,
) -> FixView:  # fmt: skip
    """Explain the error of a cell and propose its repair; nothing runs without ``verify``.

    In a kernel it is the last error there, unless a notebook or cell is named; in a file the error that a cell shows.
    """
    from jupyter_coimprove.kernelspace.transform import python_source
    from jupyter_coimprove.notebook.failures.explain import explain

    path = bench.path(notebook) if notebook is not None else bench.where.notebook
    if path is None:
        raise UsageError("which notebook is not known here", remedy="name it: `coimprove fix NOTEBOOK`")
    found = shelf.read_notebook(bench, str(path))
    if found.language != "python":
        raise UsageError(f"{found.path.name} is written in {found.language}; rules read Python")
    told = bench.live.get("failure") if cell is None and notebook is None else None
    if isinstance(told, Mapping) and told:
        found, failure, known = _of_kernel(found, told)
    else:
        failure = _of_file(found, cell)
        known = _environment(found, failure, kernel)
    diagnosis = explain(found, failure, known, python_source)
    verified, tried = "not tried", ""
    if verify:
        verified, tried = _verified(bench, found, failure, diagnosis, seconds, kernel)
    # What was tried and does not work is not proposed.
    proposals = _proposed(bench, found, failure, diagnosis) if diagnosis.edits and verified != "fails" else ()
    view = _view(found, failure, diagnosis, proposals, verified, tried, known.live)
    if provider or model or not diagnosis.offers or verified == "fails":
        return _gone_on(bench, found, failure, diagnosis, view, provider, model)
    return view


def _view(
    notebook: Notebook, failure: Failure, diagnosis: Diagnosis, proposals: tuple[str, ...], verified: str, tried: str, live: bool
) -> FixView:  # fmt: skip
    warnings, following = [], []
    if diagnosis.offers and verified == "not tried":
        warnings.append(
            "the repair was not tried; `--verify` runs the notebook up to this cell in a fresh kernel of its own"
        )
    if proposals:
        following = [f"coimprove accept {proposals[0]}", f"coimprove reject {proposals[0]}"]
    elif not diagnosis.offers:
        following = [f'coimprove ask "why does cell {failure.cell + 1} fail?"']
        warnings.append(_NO_RULE + ("" if diagnosis.cause else _NOR_CAUSE))
    said = diagnosis.repair or (
        "explained, without a repair" if diagnosis.cause else "no rule knows this error"
    )
    line = failure.line if failure.inner == failure.cell else 0
    return FixView(
        summary=f"cell {failure.cell + 1}: {failure.ename}; {said}", notebook=str(notebook.path), cell=failure.cell + 1, line=line,
        error=f"{failure.ename}: {failure.evalue[:600]}", cause=diagnosis.cause, rule=diagnosis.rule, repair=diagnosis.repair,
        caution=diagnosis.caution, run=diagnosis.run, diff=diff(notebook, diagnosis), proposals=proposals, verified=verified, tried=tried,
        live=live, warnings=tuple(warnings), next=tuple(following),
    )  # fmt: skip


def _gone_on(
    bench: Bench, notebook: Notebook, failure: Failure, diagnosis: Diagnosis, view: FixView, provider: str | None, model: str | None
) -> FixView:  # fmt: skip
    """The same with a model's words over it, and what it proposes; nothing of an excluded cell is told to one.

    One that was not named and fails takes nothing away from what the rules said.
    """
    from jupyter_coimprove.workbench import acting
    from jupyter_coimprove.workbench.knowing import seen

    path = notebook.path.resolve()
    shown = {cell.index for cell in seen.look(path).shown}
    named = [failure.cell, failure.inner, *(int(edit["cell"] or 1) - 1 for edit in diagnosis.edits)]
    hidden = next((index for index in named if index not in shown), None)
    if hidden is not None:
        why = f"no model was told: cell {hidden + 1} is kept from models"
        return dataclasses.replace(view, warnings=(*view.warnings, why)) if provider or model else view
    facts = {
        "cell": view.cell, "line": view.line, "error": view.error, "source": notebook.cells[failure.inner].source,
        "cause": view.cause, "repair": view.repair, "caution": view.caution, "change": view.diff, "tried": view.tried,
    }  # fmt: skip
    try:
        told, silent = acting.words(bench, ASKS, path, "fix", facts, provider, model)
    except ProviderError as error:
        if provider or model:
            raise
        told, silent = None, (f"a model was asked as well, and gave no answer: {error.message}",)
    if told is None:
        return dataclasses.replace(view, warnings=(*view.warnings, *silent))
    ids = (*view.proposals, *told.proposals)
    following = [f"coimprove accept {ids[0]}", f"coimprove reject {ids[0]}"] if ids else view.next
    left = (one for one in view.warnings if one not in (_NO_RULE, _NO_RULE + _NOR_CAUSE))
    return dataclasses.replace(
        view, words=told.text, model=told.provider, proposals=ids, next=tuple(following), warnings=(*left, *told.warnings),
    )  # fmt: skip


def diff(notebook: Notebook, diagnosis: Diagnosis) -> str:
    """The edits as a unified diff, cell by cell."""
    out: list[str] = []
    for edit in diagnosis.edits:
        at = int(edit["cell"] or 0)
        old = notebook.cells[at - 1].source if edit["kind"] != "insert" else ""
        new = str(edit["source"]) if edit["kind"] != "delete" else ""
        name = (
            f"cell {at}"
            if edit["kind"] != "insert"
            else f"new cell after {f'cell {at}' if at else 'the top'}"
        )
        out += difflib.unified_diff(old.splitlines(), new.splitlines(), name, name, lineterm="")
    return "\n".join(out)


def _proposed(bench: Bench, notebook: Notebook, failure: Failure, diagnosis: Diagnosis) -> tuple[str, ...]:
    from jupyter_coimprove.workbench.proposing import propose

    edits = [
        {key: value for key, value in edit.items() if key != "source" or edit["kind"] != "delete"}
        for edit in diagnosis.edits
    ]
    why = f"Cell {failure.cell + 1} ended with {failure.ename}. {diagnosis.cause}"
    expected = f"cell {failure.cell + 1} runs" + (f"; {diagnosis.caution}" if diagnosis.caution else "")
    item = propose(
        bench, notebook.path, edits, why=why[:2000], expected=expected, author=TOOL, cell=failure.inner + 1,
        extra={"fix": {"rule": diagnosis.rule, "error": failure.ename}},
    )  # fmt: skip
    return (item.id,)


def _of_file(notebook: Notebook, cell: str | None) -> Failure:
    """The error that a cell shows: of the one named, else of the one that failed last."""
    from jupyter_coimprove.notebook.failures.failure import failed, shown_in

    if cell is not None:
        index = _cell(notebook, cell)
        failure = shown_in(notebook, index)
        if failure is None:
            raise NothingToDo(
                f"cell {index + 1} shows no error", remedy="run it, save the notebook, and ask again"
            )
        return failure
    cells = failed(notebook)
    if not cells:
        raise NothingToDo(
            f"no cell of {notebook.path.name} shows an error",
            remedy="run it, save the notebook, and ask again",
        )
    last = max(cells, key=lambda index: (notebook.cells[index].execution_count or 0, index))
    failure = shown_in(notebook, last)
    assert failure is not None
    return failure


def _cell(notebook: Notebook, text: str) -> int:
    """A cell by its number from 1 or its id."""
    if text.isdecimal() and 1 <= int(text) <= len(notebook.cells):
        return int(text) - 1
    same = [c.index for c in notebook.cells if c.id == text]
    if not same:
        raise UnknownName(
            "cell", text, [c.id for c in notebook.cells if c.id], remedy="a number from 1, or an id"
        )
    return same[0]


def key(source: str) -> str:
    """What tells one cell's text from another's, in the kernel and here."""
    return hashlib.sha256(source.strip().encode("utf-8", "replace")).hexdigest()


def _of_kernel(notebook: Notebook, told: Mapping[str, Any]) -> tuple[Notebook, Failure, Facts]:
    """The kernel's last error, on the notebook with the kernel's own count of what was run."""
    from jupyter_coimprove.notebook.failures.failure import Facts, Failure

    ran = told.get("ran") if isinstance(told.get("ran"), Mapping) else {}
    assert isinstance(ran, Mapping)
    cells = tuple(
        dataclasses.replace(cell, execution_count=ran.get(key(cell.source))) if cell.kind == "code" else cell
        for cell in notebook.cells
    )
    current = dataclasses.replace(notebook, cells=cells)
    frames = [f for f in told.get("frames") or () if isinstance(f, Mapping)]
    places = {key(cell.source): cell.index for cell in current.code_cells}
    known = [
        (places[str(f.get("key"))], int(f.get("line") or 0)) for f in frames if str(f.get("key")) in places
    ]
    first = places.get(str(told.get("cell")))
    if first is None:
        raise UsageError(
            f"the cell that failed is not in {notebook.path.name} as it was run ({told.get('ename')})",
            remedy="save the notebook, then ask again",
        )
    inner, line = known[-1] if known else (first, 0)
    failure = Failure(
        ename=str(told.get("ename", "")),
        evalue=str(told.get("evalue", "")),
        cell=first,
        inner=inner,
        line=line,
    )
    facts = told.get("facts")
    return current, failure, Facts.from_dict({**(facts if isinstance(facts, Mapping) else {}), "live": True})


def _environment(notebook: Notebook, failure: Failure, kernel: str | None) -> Facts:
    """What the notebook's own Python knows of the libraries that it imports; nothing where it does not answer."""
    from jupyter_coimprove.notebook.failures.failure import Facts
    from jupyter_coimprove.workbench.kernel_facts import environment_facts

    return Facts.from_dict(environment_facts(notebook, failure, kernel or notebook.kernel or "python3"))


def _verified(
    bench: Bench, notebook: Notebook, failure: Failure, diagnosis: Diagnosis, seconds: float | None, kernel: str | None
) -> tuple[str, str]:  # fmt: skip
    from jupyter_coimprove.workbench.trying_repairs import try_repair

    bench.require_person("verifying a repair runs the notebook; it")
    if seconds is not None and not seconds > 0:
        raise UsageError(f"{seconds} seconds are no time", remedy="give a positive number of --seconds")
    if not diagnosis.offers:
        return "not tried", "there is no repair to try"
    return try_repair(bench, notebook, failure, diagnosis, seconds=seconds, kernel=kernel)


def folder_of(notebook: Notebook) -> Path:
    """Where the notebook's kernel would work."""
    return notebook.path.resolve().parent
