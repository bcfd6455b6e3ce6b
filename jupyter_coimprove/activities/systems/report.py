"""The report on reproducibility: by cell when it was run, else what the code alone tells."""

from __future__ import annotations

import difflib
import re

from jupyter_coimprove.activities.activity import Card, Section
from jupyter_coimprove.activities.systems.mending import Mended
from jupyter_coimprove.activities.systems.reading import Read
from jupyter_coimprove.activities.systems.verdict import Judgement
from jupyter_coimprove.notebook.cells import Notebook

#: The kind of cards that a run brings out.
KIND = "reproducibility"
_MOST = 12


def reproducibility(found: Judgement) -> Section:
    """The verdict and each code cell's part in it."""
    counts: dict[str, int] = {}
    for one in found.cells:
        counts[one.status] = counts.get(one.status, 0) + 1
    lines = [", ".join(f"{count} {status}" for status, count in counts.items())]
    if not found.compared:
        lines.append("nothing was saved to compare with: the verdict is over two runs here")
    if counts.get("picture differs"):
        lines.append(
            "pictures: two runs here give the same one, the saved one has other bytes (fonts, versions, or other data)"
        )
    lines.append(
        "masked: addresses, ids, dates and times of day, durations, progress bars, all of stderr; numbers within 1e-6"
    )
    return Section(
        title="reproducibility", lines=tuple(lines),
        facts=(("verdict", found.verdict), ("runs in fresh kernels", str(found.runs)), ("cells compared", str(found.compared))),
        columns=("cell", "outcome", "why", "what differs first"),
        rows=tuple((one.cell + 1, one.status, one.why, one.detail) for one in found.cells),
    )  # fmt: skip


def mending(notebook: Notebook, found: Mended) -> Section:
    """What would mend it, as a diff by cell; it was not tried."""
    out: list[str] = []
    for index, source in sorted(found.sources.items()):
        name = f"cell {index + 1}"
        old = notebook.cells[index].source.splitlines()
        out += difflib.unified_diff(old, source.splitlines(), name, name, lineterm="")
    lines = (
        f"cell {found.cell + 1}: {found.why}",
        "nothing was changed or tried: make the change, then ask again with --rerun",
    )
    return Section(title="what would mend it", lines=lines, code="\n".join(out), language="diff")


def headline(found: Judgement) -> str:
    """The verdict in one sentence, with the first cell that it rests on."""
    bad = next((one for one in found.cells if one.why), None)
    if found.verdict == "not reproducible":
        told = f": cell {bad.cell + 1} {bad.status}, {bad.why}" if bad else ""
        return f"not reproducible{told}"
    if found.verdict == "within tolerance":
        return "reproducible within tolerance: it runs from top to bottom, and what it shows is equal but for rounding or pictures"
    what = (
        "what it shows is what was saved"
        if found.compared
        else "two runs show the same (nothing was saved to compare with)"
    )
    return f"reproducible: it runs from top to bottom, and {what}"


def cards(found: Judgement, notebook: str) -> tuple[Card, ...]:
    """One card for each cause: the first cell that shows it."""
    out: dict[str, Card] = {}
    for one in found.cells:
        if not one.why:
            continue
        key = re.sub(r"\d+", "#", one.why)
        if key not in out:
            out[key] = Card(
                kind=KIND, title=f"cell {one.cell + 1} {_said(one.status)}: {one.why.partition(': ')[0]}", key=key,
                goal="a restart-and-run-all gives what is saved", evidence=(one.why, one.detail) if one.detail else (one.why,),
                weight=0.8 if one.status == "fails" else 0.6, cells=(one.cell + 1,), next=(f"systems {notebook} --rerun",),
            )  # fmt: skip
    return tuple(out.values())


def _said(status: str) -> str:
    return {"fails": "fails in a fresh kernel", "differs": "does not give its output again"}.get(
        status, status
    )


def by_reading(notebook: Notebook, facts: Read) -> Section:
    """Hidden state, order, draws, paths and the clock as the code and its counts tell them."""
    lines = []
    if facts.late:
        cells = ", ".join(str(cell + 1) for cell in facts.late)
        lines.append(f"order: cell {cells} ran before a cell above it")
    if facts.gaps:
        lines.append(
            f"hidden state: execution counts go {facts.gaps} beyond the cells that have one: cells ran again, or are gone"
        )
    for one in facts.missing[:_MOST]:
        where = f"only cell {one.later + 1} below defines" if one.later is not None else "no cell defines"
        kind = "order" if one.later is not None else "hidden state"
        lines.append(f"{kind}: cell {one.cell + 1} reads `{one.name}`, which {where}")
    for cell, calls in sorted(facts.draws.items())[:_MOST]:
        lines.append(f"unseeded: cell {cell + 1} draws by {', '.join(calls[:3])}")
    for path in facts.paths[:_MOST]:
        here = "it is here, and not elsewhere" if path.here else "it is not on this machine"
        lines.append(f"absolute path: cell {path.cell + 1} names {path.path!r}; {here}")
    for cell, calls in sorted(facts.clocks.dated.items())[:_MOST]:
        lines.append(f"time: cell {cell + 1} reads the clock, {', '.join(calls[:2])}")
    if facts.unrun:
        cells = ", ".join(str(cell + 1) for cell in facts.unrun[:_MOST])
        lines.append(f"cell {cells} was not run when it was saved")
    counted = sum(cell.execution_count is not None for cell in notebook.code_cells)
    return Section(
        title="hidden state and order",
        lines=tuple(lines) or ("nothing in the code or its execution counts speaks against running it from top to bottom",),
        facts=(("code cells", str(len(notebook.code_cells))), ("with a count", str(counted))),
    )  # fmt: skip
