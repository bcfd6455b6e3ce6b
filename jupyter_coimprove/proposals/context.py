"""What a provider gets to see: generic blocks of facts, within a budget, the same bytes every time.

The workbench fills the blocks. Kinds that a provider may count on, with the keys of ``data``; several
of a kind may share a block of the plural (``candidates: {"candidates": […]}``):

- ``notebook``: ``name``, ``cells`` (how many)
- ``candidate``: ``name``, ``kind``, ``source``, ``type``, ``levels``, ``reaches``, ``score``
- ``measured``: ``name``, ``how``, ``expr``, ``direction``, ``last``, and ``cell``, ``score`` where known
- ``effect``: ``arm``, ``verdict``, ``estimate``, ``response``
- ``image``: ``media_type``, ``base64``, ``width``, ``height``, ``bytes``, ``digest``, and of what (``cell``); shown to
  a model that takes images. ``image_left_out``: ``cell`` and ``why``
- ``guidance``: ``lessons``, rules that people accepted, each ``id``, ``rule``, ``for`` (which kind of proposal),
  ``where`` (what has to be in it), ``helped``, ``harmed``
- ``finding``: ``id``, ``claim``, ``state``
- ``cell``: ``cell`` (from 1), ``kind``, ``source``, and where there are any ``id``, ``outputs`` (as text),
  ``count``, ``marks`` (stale, error), ``tags``
- ``cells``: several in short, each ``cell``, ``source`` or ``markdown``, and where there are any ``outputs``, ``marks``
- ``outline``, ``state``, ``active``, ``dataflow``, ``variable``, ``experiment``, ``check``: see workbench/knowing
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from jupyter_coimprove.proposals.provider import Block


def encode(block: Block) -> str:
    """The block as it is sent: one line of JSON with sorted keys. ValueError for NaN or inf."""
    data = {"kind": block.kind, "v": block.v, "data": block.data}
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


#: Pixels that count as one token, as services charge for pictures; and characters of text that do.
PIXELS, CHARACTERS = 750, 4


def size(block: Block) -> int:
    """What a block takes of a budget, in characters: of a picture those that its tokens are worth."""
    if block.kind != "image":
        return len(encode(block)) + 1
    pixels = int(block.data.get("width") or 0) * int(block.data.get("height") or 0)
    return len(encode(about(block))) + 1 + CHARACTERS * -(-pixels // PIXELS)


def about(block: Block) -> Block:
    """A picture's block without the picture: what is told of it where it is shown."""
    if block.kind != "image":
        return block
    return Block(
        kind="image", v=block.v, data={key: value for key, value in block.data.items() if key != "base64"}
    )


def fill(blocks: Sequence[tuple[float, Block]], budget_chars: int) -> tuple[Block, ...]:
    """The most valuable blocks that fit, in the order given.

    ``blocks`` are (value, block). Greedy by value, earlier first among equals; a block that
    does not fit is left out whole, and a smaller one after it may still get in. ``budget_chars``
    counts the ``size`` of each.
    """
    kept, left = [], budget_chars
    for position in sorted(range(len(blocks)), key=lambda i: (-blocks[i][0], i)):
        taken = size(blocks[position][1])
        if taken <= left:
            kept.append(position)
            left -= taken
    return tuple(blocks[position][1] for position in sorted(kept))


def arrange(
    entries: Sequence[tuple[float, bool, Block]], budget_chars: int, *, share: float = 0.75
) -> tuple[tuple[Block, ...], int]:
    """The most valuable blocks that fit, those that are stable first; and how many these are.

    ``entries`` are (value, stable, block). Which stable ones get in depends on nothing but them: they
    get ``share`` of the budget, so that another question finds the same bytes in a cache. What the
    stable part says already is not said again.
    """
    stable = fill([(value, block) for value, same, block in entries if same], int(budget_chars * share))
    said = {encode(block) for block in stable}
    rest = []
    for value, same, block in entries:
        if not same and (line := encode(block)) not in said:
            said.add(line)
            rest.append((value, block))
    left = budget_chars - sum(map(size, stable))
    return (*stable, *fill(rest, left)), len(stable)


def text(blocks: Sequence[Block]) -> str:
    """The blocks as they are sent, a line each; of pictures what is told of them."""
    return "".join(encode(about(block)) + "\n" for block in blocks)
