"""Does a restart-and-run-all give what was saved? By cell, with what it is put down to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from jupyter_coimprove.activities.systems.comparing import compare
from jupyter_coimprove.activities.systems.reading import Read
from jupyter_coimprove.activities.systems.shown import Shown, shown
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.ours import asks_us

Verdict = Literal["reproducible", "within tolerance", "not reproducible"]
_UNDEFINED = re.compile(r"name '(\w+)' is not defined")
_FILES = ("FileNotFoundError", "NotADirectoryError", "PermissionError", "OSError", "ModuleNotFoundError")
#: What a cell may be for the whole to count as given again.
_GOOD = ("equal", "within tolerance", "picture differs", "nothing saved", "not compared")


@dataclass(frozen=True, kw_only=True)
class Rerun:
    """One run of the whole notebook in a fresh kernel. ``cells`` are outputs by cell of the notebook (None: it was
    not reached); ``failed`` is the cell it ended at, with the error's name and text, or -1 where it was stopped."""

    cells: tuple[Sequence[Mapping[str, Any]] | None, ...]
    failed: int | None = None
    ename: str = ""
    evalue: str = ""
    #: What it wrote, by path, with its digest.
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One code cell: how it came out against what was saved, why (empty where nothing is to be explained), and
    the first thing that differs."""

    cell: int
    status: str
    why: str = ""
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The verdict on a notebook. ``compared`` are the cells that had something saved; ``pictures`` those whose
    picture alone differs though two runs here agree."""

    verdict: Verdict
    cells: tuple[Judged, ...]
    compared: int
    runs: int


def needs_second(notebook: Notebook, first: Rerun, facts: Read) -> bool:
    """Whether one run does not settle it: something differs, or nothing was saved to compare with."""
    once = judge(notebook, facts, first)
    return once.verdict != "reproducible" or not once.compared


def judge(notebook: Notebook, facts: Read, first: Rerun, second: Rerun | None = None) -> Judgement:
    """All code cells that have code, in order."""
    ours = {c.index for c in notebook.code_cells if asks_us(c)}
    saved = {c.index: shown(() if c.index in ours else c.outputs) for c in notebook.code_cells}
    some = any(not one.empty for one in saved.values())
    cells = [
        Judged(cell=cell.index, status="not compared", detail="it asks %coai")
        if cell.index in ours and first.failed != cell.index
        else _cell(
            cell.index, saved[cell.index], some and cell.execution_count is not None, facts, first, second
        )
        for cell in notebook.code_cells
        if cell.source.strip()
    ]
    bad = [one for one in cells if one.status not in _GOOD]
    soft = any(one.status in ("within tolerance", "picture differs") for one in cells)
    return Judgement(
        verdict="not reproducible" if bad else "within tolerance" if soft else "reproducible", cells=tuple(cells),
        compared=sum(not saved[one.cell].empty for one in cells), runs=1 if second is None else 2,
    )  # fmt: skip


def _cell(
    index: int, saved: Shown, ran: bool, facts: Read, first: Rerun, second: Rerun | None
) -> Judged:  # fmt: skip
    outputs = first.cells[index]
    if first.failed == index:
        why, detail = _failure(index, first, facts)
        same = saved.error and saved.error == first.ename
        return Judged(
            cell=index, status="fails", why=why, detail=detail + (", as when it was saved" if same else "")
        )
    if outputs is None:
        return Judged(cell=index, status="not reached", detail="the run ended before it")
    now = shown(outputs)
    elapsed = facts.clocks.elapsed.get(index, 0) or max(
        (facts.clocks.elapsed.get(one, 0) for one in facts.flow.edges.get(index, ())), default=0
    )
    again = second.cells[index] if second is not None else None
    between = compare(now, shown(again), elapsed=elapsed) if again is not None else None
    steady = between is None or between.status in ("equal", "within tolerance")
    if saved.empty and not (ran and not now.empty):
        if steady:
            return Judged(cell=index, status="equal" if now.empty else "nothing saved")
        assert between is not None
        why = _chance(index, facts) or _UNEXPLAINED
        return Judged(
            cell=index, status="differs", why=why, detail=f"{between.detail} (between two runs here)"
        )
    found = compare(saved, now, elapsed=elapsed)
    if found.status == "equal":
        return Judged(cell=index, status="equal")
    if found.status != "differs" and steady:
        return Judged(cell=index, status=found.status, detail=found.detail)
    detail = found.detail
    if not steady:
        return Judged(cell=index, status="differs", why=_chance(index, facts) or _UNEXPLAINED, detail=detail)
    return Judged(cell=index, status="differs", why=_stale(index, facts, second is not None), detail=detail)


_UNEXPLAINED = "unseeded: two runs here differ, and no draw is to be read in the code (threads, a library's own seed, outside data?)"


def _failure(index: int, run: Rerun, facts: Read) -> tuple[str, str]:
    """What a run that fails is put down to, and the error."""
    said = f"{run.ename}: {run.evalue}"[:200]
    up = facts.upstream(index)
    undefined = _UNDEFINED.search(run.evalue) if run.ename in ("NameError", "UnboundLocalError") else None
    if undefined:
        return _undefined(index, undefined[1], facts), said
    gone = [one for one in facts.paths if one.cell in up and not one.here]
    if gone and (run.ename in _FILES or any(one.path in run.evalue for one in gone)):
        one = gone[-1]
        return f"absolute path: {one.path!r} in cell {one.cell + 1} is not on this machine", said
    if run.ename == "ModuleNotFoundError":
        return "environment: a module is not installed in this kernel", said
    if run.ename == "FileNotFoundError":
        return "a file that the notebook reads is not in its folder (any more)", said
    missing = [one for one in facts.missing if one.cell in up]
    if missing:
        return _undefined(missing[0].cell, missing[0].name, facts), said
    if facts.late:
        return _order(facts), said
    return (
        "hidden state: " + _gaps(facts)
    ) if facts.gaps else "the error itself: `coimprove fix` explains it", said


def _undefined(index: int, name: str, facts: Read) -> str:
    statements = facts.flow.statements
    below = [s.cell for s in statements if s.cell > index and name in s.names.binds | s.changes]
    above = [s.cell for s in statements if s.cell < index and name in s.names.binds | s.changes]
    gone = [s.cell for s in statements if s.cell <= index and name in s.names.deletes]
    if above and gone:
        return f"hidden state: `{name}` of cell {above[-1] + 1} is deleted by cell {gone[-1] + 1} before this cell reads it"
    if below:
        return f"order: `{name}` is defined only below, by cell {below[0] + 1}"
    if above:
        return f"hidden state: `{name}` is bound by cell {above[-1] + 1} only sometimes"
    return f"hidden state: `{name}` is defined by no cell of the notebook (a cell that ran was deleted or edited)"


def _chance(index: int, facts: Read) -> str:
    """Draws without a seed, or the clock, that this cell depends on."""
    up = sorted(facts.upstream(index))
    parts = []
    drawn = [(cell, call) for cell in up for call in facts.draws.get(cell, ())]
    if drawn:
        more = f" and {len(drawn) - 1} more" if len(drawn) > 1 else ""
        parts.append(f"unseeded: {drawn[0][1]} in cell {drawn[0][0] + 1}{more}")
    dated = [(cell, call) for cell in up for call in facts.clocks.dated.get(cell, ())]
    if dated:
        parts.append(f"time: cell {dated[0][0] + 1} reads the clock, {dated[0][1]}")
    return "; ".join(parts)


def _stale(index: int, facts: Read, twice: bool) -> str:
    """It is steady here and yet not what was saved."""
    up = facts.upstream(index)
    dated = [(cell, call) for cell in sorted(up) for call in facts.clocks.dated.get(cell, ())]
    if dated:
        return f"time: cell {dated[0][0] + 1} reads the clock, {dated[0][1]}"
    if facts.late:
        return _order(facts)
    if facts.gaps:
        return f"hidden state: {_gaps(facts)}"
    drawn = _chance(index, facts)
    if drawn:
        return drawn
    told = "two runs here agree, and " if twice else ""
    return f"hidden state: {told}it was saved with code, data or packages that are not here now"


def _order(facts: Read) -> str:
    cells = ", ".join(str(cell + 1) for cell in facts.late)
    return f"order: by its execution count, cell {cells} ran before a cell above it"


def _gaps(facts: Read) -> str:
    runs = f"{facts.gaps} run{'s' if facts.gaps > 1 else ''}"
    return f"the execution counts have {runs} more than there are cells: some ran again, or are gone"
