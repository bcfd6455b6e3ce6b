"""What is kept of a preview, with the proposal it was of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from jupyter_coimprove.workbench.views_previews import PreviewedCell, PreviewRow

if TYPE_CHECKING:
    from jupyter_coimprove.record.base import Item


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
