"""The one place where what goes to a provider is redacted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_coimprove.proposals.provider import Block
    from jupyter_coimprove.redaction import Scrubber
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.knowing import Entry


def scrubber(bench: Bench, known: Sequence[str] = ()) -> Scrubber:
    """What masks the secrets of this environment, the key that is configured, and literals that the notebook
    assigns to such names."""
    from jupyter_coimprove.redaction import Scrubber
    from jupyter_coimprove.workbench import choosing

    return Scrubber(os.environ, (*known, choosing.key(choosing.settings(bench)).reveal()))


def scrubbed(entries: Sequence[Entry], masks: Scrubber) -> list[Entry]:
    """The same facts without secrets."""
    return [(value, stable, of_block(block, masks)) for value, stable, block in entries]


def of_block(block: Block, masks: Scrubber) -> Block:
    """A block without secrets; ids and numbers stay as they are."""
    from jupyter_coimprove.proposals.provider import Block as Made

    # A picture's base64 is no text: a mask in it would spoil it and hide nothing.
    picture = {"base64": block.data["base64"]} if block.kind == "image" else {}
    data: Any = {
        **masks.data({key: value for key, value in block.data.items() if key not in picture}),
        **picture,
    }
    return Made(kind=block.kind, v=block.v, data=data)
