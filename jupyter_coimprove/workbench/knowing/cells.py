"""Cells as facts: the outline, each cell with what it showed, and where the person stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.notebook.outputs import clip

if TYPE_CHECKING:
    from jupyter_coimprove.notebook.cells import Cell
    from jupyter_coimprove.workbench.knowing import Entry
    from jupyter_coimprove.workbench.knowing.seen import Seen

#: What is told of one cell in the context; a tool gives more of it.
SOURCE, OUTPUT = 6_000, 1_200
#: A notebook of more characters is told in short, but for the cells that a question is about.
WHOLE = 6_000
#: So many cells in short make a block.
TOGETHER = 12
_HEADING = re.compile(r"^\s{0,3}(#{1,6})\s+(.+?)\s*#*\s*$", re.MULTILINE)
_HEADINGS, _DEFINED = 200, 8


def entries(seen: Seen, only: tuple[int, ...] | None) -> list[Entry]:
    """The notebook, its outline, its state, and its cells (``only`` some where the person chose)."""
    from jupyter_coimprove.proposals.provider import Block

    notebook = seen.notebook
    head = {
        "name": notebook.path.name, "cells": len(notebook.cells), "kernel": notebook.kernel or "",
        "language": notebook.language, "told": len(seen.shown),
    }  # fmt: skip
    found: list[Entry] = [(1000.0, True, Block(kind="notebook", v=1, data=head))]
    if only is None:
        outline = _outline(seen)
        if outline:
            found.append((90.0, True, Block(kind="outline", v=1, data={"outline": outline})))
        state = _state(seen)
        if state:
            found.append((80.0, True, Block(kind="state", v=1, data=state)))
    if only is None and size(seen) > WHOLE:
        return [*found, *_brief(seen)]
    for cell in seen.shown:
        if only is None or cell.index in only:
            found.append((_value(seen, cell), True, Block(kind="cell", v=1, data=told(seen, cell))))
    return found


def _brief(seen: Seen) -> list[Entry]:
    """The cells of a long notebook: in short, several a block; parameters and what failed are told whole."""
    from jupyter_coimprove.proposals.provider import Block

    found: list[Entry] = []
    rows: list[tuple[float, dict[str, Any]]] = []

    def flush() -> None:
        if rows:
            value = max(worth for worth, _ in rows)
            found.append(
                (
                    value,
                    True,
                    Block(kind="cells", v=1, data={"short": True, "cells": [row for _, row in rows]}),
                )
            )
            rows.clear()

    for cell in seen.shown:
        if "parameters" in cell.tags or cell.index in seen.failed:
            found.append((_value(seen, cell), True, Block(kind="cell", v=1, data=told(seen, cell))))
        elif data := in_short(seen, cell):
            rows.append((_value(seen, cell), data))
        if len(rows) == TOGETHER:
            flush()
    flush()
    return found


def size(seen: Seen) -> int:
    """Characters of all that may be told: sources, and what was shown of them."""
    return sum(
        min(SOURCE, len(c.source)) + min(OUTPUT, len(seen.outputs.get(c.index, ""))) for c in seen.shown
    )


def in_short(seen: Seen, cell: Cell) -> dict[str, Any]:
    """A cell as data with the gist of its source and the end of its outputs; empty where there is nothing to tell."""
    from jupyter_coimprove.workbench.knowing import brief

    whole: dict[str, Any] = {"cell": cell.index + 1}
    if cell.kind == "code":
        gist = brief.code(cell, seen.flow.sources[cell.index] if seen.flow is not None else None)
        whole |= {"source": gist, "outputs": clip(seen.outputs.get(cell.index, ""), brief.OUTPUT)}
        whole["marks"] = ["stale"] if cell.index in seen.stale else []
    else:
        whole[cell.kind] = brief.words(cell.source)
    told = {key: value for key, value in whole.items() if value}
    return told if len(told) > 1 else {}


def here(seen: Seen, cell: str | None) -> list[Entry]:
    """The cell that the question was asked at, or stands in front of."""
    from jupyter_coimprove.proposals.provider import Block

    found = next((c for c in seen.notebook.cells if c.id is not None and c.id == cell), None)
    if found is None:
        return []
    before = [c for c in seen.shown if c.index < found.index]
    data = {"cell": found.index + 1, "after": before[-1].index + 1 if before else 0}
    out: list[Entry] = [(100.0, False, Block(kind="active", v=1, data=data))]
    if size(seen) > WHOLE:
        # What the person is looking at is not told in short.
        around = [c for c in seen.shown if c.index == found.index] + [c for c in before if c.kind == "code"][
            -1:
        ]
        out += [(30.0, False, Block(kind="cell", v=1, data=told(seen, c))) for c in around]
    return out


def told(seen: Seen, cell: Cell, *, source: int = SOURCE, output: int = OUTPUT) -> dict[str, Any]:
    """A cell as data: number from 1, id, kind, source, outputs as text, marks. Empty things are left out."""
    marks = ["stale"] if cell.index in seen.stale else []
    if cell.index in seen.failed:
        marks.append("error")
    whole: dict[str, Any] = {
        "cell": cell.index + 1, "id": cell.id or "", "kind": cell.kind, "source": clip(cell.source, source),
        "outputs": clip(seen.outputs.get(cell.index, ""), output), "count": cell.execution_count or 0, "marks": marks,
        "tags": list(cell.tags),
    }  # fmt: skip
    return {key: value for key, value in whole.items() if value or key in ("cell", "kind", "source")}


def _value(seen: Seen, cell: Cell) -> float:
    """Worth of a cell that is told before anybody has asked: what fails, sets or shows something first."""
    if cell.kind != "code":
        return 4.0 if len(cell.source) < 2_000 else 2.0
    value = 6.0 + 3.0 * (cell.index in seen.failed)
    value += (
        2.0 * ("parameters" in cell.tags)
        + 1.0 * (cell.index in seen.outputs)
        + 0.5 * (cell.index in seen.stale)
    )
    return value - min(4.0, len(cell.source) / 3_000)


def _outline(seen: Seen) -> list[dict[str, Any]]:
    """Headings, and in a long notebook what each code cell defines; each with its cell's number."""
    long = sum(len(cell.source) for cell in seen.shown) > 20_000
    rows: list[dict[str, Any]] = []
    for cell in seen.shown:
        if cell.kind == "markdown":
            rows += [
                {"cell": cell.index + 1, "level": len(found[1]), "title": found[2][:120]}
                for found in _HEADING.finditer(cell.source)
            ]
        elif long and cell.kind == "code" and seen.flow is not None and seen.flow.defs[cell.index]:
            names = sorted(name for name in seen.flow.defs[cell.index] if not name.startswith("_"))
            rows.append({"cell": cell.index + 1, "defines": names[:_DEFINED]})
    return rows[: _HEADINGS * 2]


def _state(seen: Seen) -> dict[str, Any]:
    """What of the stored outputs is older than the code, and what hides in the kernel's state."""
    shown = {cell.index for cell in seen.shown}
    whole: dict[str, Any] = {
        "stale": [index + 1 for index in seen.stale if index in shown],
        "hidden": list(seen.flow.hidden)[:20] if seen.flow and seen.whole else [],
        "unreadable": [[i + 1, why] for i, why in seen.flow.unparsable if i in shown][:20]
        if seen.flow
        else [],
    }
    return {key: value for key, value in whole.items() if value}
