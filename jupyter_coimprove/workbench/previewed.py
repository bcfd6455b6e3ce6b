"""What is kept of a preview, with the proposal it was of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import NothingToDo, UsageError
from jupyter_coimprove.workbench.views_previews import PreviewedCell, PreviewRow

if TYPE_CHECKING:
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.knowing import Entry

#: What of one cell's outputs is sent, in characters.
LONGEST = 8_000


def kept(item: Item) -> PreviewRow | None:
    """The last preview of a proposal, if it is of what it says now."""
    data = item.data.get("preview")
    if not isinstance(data, Mapping) or data.get("digest") != item.data.get("digest"):
        return None
    cells = tuple(
        PreviewedCell(source=str(one["source"]), ended=str(one["ended"]), outputs=tuple(one["outputs"]))
        for one in data["cells"]
    )
    return PreviewRow(
        decision=str(data["decision"]), digest=str(data["digest"]), by=str(data["by"]), at=str(data["at"]),
        state=str(data["state"]), ended=str(data["ended"]), why=str(data["why"]), seconds=float(data["seconds"]), cells=cells,
        notes=tuple(data["notes"]),
    )  # fmt: skip


def entries(bench: Bench, proposal: str) -> list[Entry]:
    """What a preview showed as a fact for a model, because the person sends it; pictures are named only.

    NothingToDo where there is no preview; UsageError where outputs are kept from every model.
    """
    from jupyter_coimprove.proposals.provider import Block
    from jupyter_coimprove.workbench import knowing, shelf

    item = shelf.own(shelf.item_of(bench.record(), proposal, "proposal"))
    found = kept(item)
    if found is None or found.state != "ran":
        raise NothingToDo(
            f"{item.id} has no preview that ran", remedy=f"`coimprove preview {item.id}` makes one"
        )
    if not knowing.permitted(bench, knowing.Wanted()).outputs:
        raise UsageError("outputs are kept from models here by who runs this", remedy="leave --preview out")
    cells = [{"source": cell.source, "ended": cell.ended, "outputs": _text(cell)} for cell in found.cells]
    data: dict[str, Any] = {"proposal": item.id, "ended": found.ended, "why": found.why, "cells": cells}
    return [(200.0, False, Block(kind="preview", v=1, data=data))]


def _text(cell: PreviewedCell) -> str:
    out = []
    for output in cell.outputs:
        data = output.get("data") or {}
        if "traceback" in output:
            out.append("\n".join(output["traceback"]) or f"{output['ename']}: {output['evalue']}")
        elif any(str(name).startswith("image/") for name in data):
            out.append("(a picture)")
        else:
            out.append(str(output.get("text") or data.get("text/plain") or ""))
    text = "\n".join(out)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} … {len(text) - LONGEST} more characters"
