"""Pictures as facts: what the cells in question have shown, as far as it may and can be sent.

A secret that is drawn cannot be masked: who must not send pictures turns them off
(``COIMPROVE_IMAGES_POLICY``, ``Coimprove.images``), or excludes the cell. One that is not sent is named,
with the reason, so that nobody takes a model to have seen it.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.notebook import pictures
from jupyter_coimprove.notebook.pictures import Picture
from jupyter_coimprove.workbench.knowing.flows import mentioned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jupyter_coimprove.notebook.cells import Cell
    from jupyter_coimprove.proposals.provider import Block
    from jupyter_coimprove.workbench.knowing import Entry, Wanted
    from jupyter_coimprove.workbench.knowing.seen import Seen

#: So many go along, none longer than so many pixels at its longer side, nor larger than so many bytes.
MOST, EDGE, BYTES = 4, 1_568, 1_000_000
#: Above so many pixels a picture is not even made smaller.
_PIXELS = 40_000_000
_LARGE = f"larger than {EDGE} pixels or {BYTES // 1_000_000} MB"


def entries(seen: Seen, question: str, cell: str | None, wanted: Wanted) -> list[Entry]:
    """An ``image`` block for each, or ``image_left_out`` with the reason."""
    found: list[Entry] = []
    for index in in_question(seen, question, cell, wanted.cells):
        for one in of_cell(seen, index, wanted.no_images):
            if one.kind == "image" and sum(block.kind == "image" for _, _, block in found) >= MOST:
                one = _left_out(index, f"at most {MOST} go along")
            found.append((35.0, False, one))
    return found


def in_question(seen: Seen, question: str, cell: str | None, only: Sequence[int] | None) -> list[int]:
    """Cells with pictures: those the question names, the one it is asked at or the last before it, those chosen."""
    shown = [c for c in seen.shown if only is None or c.index in only]
    at = next((c.index for c in seen.notebook.cells if c.id is not None and c.id == cell), None)
    here = [c.index for c in shown if at is not None and c.kind == "code" and c.index <= at][-1:]
    known = {c.index for c in shown} & set(seen.pictures)
    return [
        index for index in dict.fromkeys([*mentioned(seen, question), *here, *(only or ())]) if index in known
    ]


def of_cell(seen: Seen, index: int, no_images: str) -> list[Block]:
    """The pictures of one cell as blocks. What was made of them is kept while the notebook is as it is."""
    if no_images:
        return [_left_out(index, no_images)]
    key = ("pictures", index)
    if key not in seen.made:
        cell = _as_read(seen.notebook.path, seen.notebook.cells[index])
        seen.made[key] = [_block(index, *one) for one in pictures.payloads(cell)] if cell else []
    made: list[Block] = seen.made[key]
    return made


def _as_read(path: Path, bare: Cell) -> Cell | None:
    """The cell with its outputs; None where the file has changed meanwhile."""
    from jupyter_coimprove.notebook.io import read

    cells = read(path).cells
    found = cells[bare.index] if bare.index < len(cells) else None
    return found if found is not None and found.digest == bare.digest else None


def _block(index: int, media_type: str, text: str) -> Block:
    from jupyter_coimprove.proposals.provider import Block

    picture = pictures.decoded(media_type, text)
    if picture is None:
        return _left_out(index, f"it is no whole {media_type}")
    fitting = fit(picture)
    if isinstance(fitting, str):
        return _left_out(index, fitting, width=picture.width, height=picture.height)
    data: dict[str, Any] = {
        "cell": index + 1, "media_type": fitting.media_type, "base64": fitting.base64, "width": fitting.width,
        "height": fitting.height, "bytes": len(fitting.data), "digest": fitting.digest,
    }  # fmt: skip
    if fitting is not picture:
        data["made_smaller_from"] = [picture.width, picture.height]
    return Block(kind="image", v=1, data=data)


def fit(picture: Picture) -> Picture | str:
    """The picture, made smaller where it is too large; or why it cannot be sent."""
    if max(picture.width, picture.height) <= EDGE and len(picture.data) <= BYTES:
        return picture
    if picture.width * picture.height > _PIXELS:
        return f"it has more than {_PIXELS // 1_000_000} million pixels"
    try:
        from PIL import Image
    except ImportError:
        return f"it is {_LARGE}, and Pillow, which makes it smaller, is not installed"
    name = picture.media_type.removeprefix("image/").upper()
    try:
        with Image.open(io.BytesIO(picture.data), formats=[name]) as whole:
            for edge in (EDGE, EDGE * 2 // 3, EDGE // 3):
                small = whole.copy()
                small.thumbnail((edge, edge))
                out = io.BytesIO()
                small.save(out, format=name)
                made = pictures.parse(picture.media_type, out.getvalue())
                if made is not None and len(made.data) <= BYTES:
                    return made
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return f"it is {_LARGE}, and cannot be read to make it smaller ({type(error).__name__})"
    return f"it is {_LARGE}, also when it is made smaller"


def _left_out(index: int, why: str, **size: int) -> Block:
    from jupyter_coimprove.proposals.provider import Block

    return Block(kind="image_left_out", v=1, data={"cell": index + 1, "why": why, **size})
