"""What a provider gets to see: generic blocks of facts, within a budget, the same bytes every time.

The workbench fills the blocks. Kinds that a provider may count on, with the keys of ``data``; several
of a kind may share a block of the plural (``candidates: {"candidates": […]}``):

- ``notebook``: ``name``, ``cells`` (how many)
- ``candidate``: ``name``, ``kind``, ``source``, ``type``, ``levels``, ``reaches``, ``score``
- ``measured``: ``name``, ``how``, ``expr``, ``direction``, ``last``, and ``cell``, ``score`` where known
- ``effect``: ``arm``, ``verdict``, ``estimate``, ``response``
- ``finding``: ``id``, ``claim``
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from jupyter_coimprove.proposals.provider import Block


def encode(block: Block) -> str:
    """The block as it is sent: one line of JSON with sorted keys. ValueError for NaN or inf."""
    data = {"kind": block.kind, "v": block.v, "data": block.data}
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def fill(blocks: Sequence[tuple[float, Block]], budget_chars: int) -> tuple[Block, ...]:
    """The most valuable blocks that fit, in the order given.

    ``blocks`` are (value, block). Greedy by value, earlier first among equals; a block that
    does not fit is left out whole, and a smaller one after it may still get in. ``budget_chars``
    counts the characters of ``encode``, one more a block.
    """
    kept, left = [], budget_chars
    for position in sorted(range(len(blocks)), key=lambda i: (-blocks[i][0], i)):
        size = len(encode(blocks[position][1])) + 1
        if size <= left:
            kept.append(position)
            left -= size
    return tuple(blocks[position][1] for position in sorted(kept))


def text(blocks: Sequence[Block]) -> str:
    """The blocks as they are sent, a line each."""
    return "".join(encode(block) + "\n" for block in blocks)
