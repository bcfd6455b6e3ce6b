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
    """One output; what is not there of it is left out."""
    kind = output.get("output_type")
    if kind == "stream":
        return [Verbatim(str(output.get("text", "")))]
    if kind == "error":
        said = f"{output.get('ename')}: {output.get('evalue')}"
        text = "\n".join(map(str, output.get("traceback") or ()))
        return [Line(said, "bad"), Verbatim(text or said)]
    data = output.get("data") or {}
    if any(name.startswith("image/") for name in data):
        return [Line("(an image)", "muted")]
    return [Verbatim(str(data["text/plain"]))] if "text/plain" in data else []
