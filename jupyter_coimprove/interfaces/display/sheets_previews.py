"""How a preview looks: that it was not accepted, how it ended, and what it showed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_coimprove.interfaces.display.sheet import Block, Heading, Line, Tone, Verbatim
from jupyter_coimprove.interfaces.display.sheets import body
from jupyter_coimprove.workbench.previewing import said
from jupyter_coimprove.workbench.views_previews import PreviewRow, PreviewView


@body.register
def _(view: PreviewView) -> list[Block]:
    return blocks(view.preview, sources=True) if view.preview is not None else []


def blocks(row: PreviewRow, *, sources: bool = False) -> list[Block]:
    """The outputs, cell by cell; ``sources`` also what was run."""
    if row.state == "off":
        return [Line(f"Not run: {row.why}", "bad")]
    tone: Tone = "good" if row.ended == "completed" else "bad"
    out: list[Block] = [Line(f"Preview (not accepted): {said(row)}", tone)]
    for number, cell in enumerate(row.cells):
        if len(row.cells) > 1:
            out.append(Heading(f"new cell {number + 1}"))
        if sources:
            out.append(Verbatim(cell.source, "python"))
        for output in cell.outputs:
            out += _output(output)
        if not cell.outputs and cell.ended == "ok":
            out.append(Line("it shows nothing", "muted"))
    return out


def _output(output: Mapping[str, Any]) -> list[Block]:
    kind = output["output_type"]
    if kind == "stream":
        return [Verbatim(str(output["text"]))]
    if kind == "error":
        text = "\n".join(output["traceback"]) or f"{output['ename']}: {output['evalue']}"
        return [Line(f"{output['ename']}: {output['evalue']}", "bad"), Verbatim(text)]
    data = output["data"]
    found: list[Block] = []
    if any(name.startswith("image/") for name in data):
        found.append(Line("(an image)", "muted"))
    elif "text/plain" in data:
        found.append(Verbatim(str(data["text/plain"])))
    return found
