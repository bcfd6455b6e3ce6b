"""A provider's answer once it has ended: only a complete one proposes anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_coimprove.errors import ProviderError
from jupyter_coimprove.proposals.provider import Block, Part

#: ``limit``: its turns, tokens or time ran out. ``cancelled``: the person stopped it. ``cut``: the rest is missing.
STOPS = ("complete", "needs_model", "refused", "limit", "cancelled", "cut")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Text to show, how it stopped and why, and the blocks it proposes (none unless complete)."""

    text: str
    stop: str
    blocks: tuple[Block, ...] = ()
    usage: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""


def gather(
    parts: Iterable[Part],
    show: Callable[[str], None] = lambda text: None,
    tell: Callable[[Part], None] = lambda step: None,
) -> Answer:
    """Read a stream to its end, showing text as it comes and telling the steps between.

    A stream without an end is ``cut`` and proposes nothing, whatever it sent before. Raises
    ProviderError when something follows the end or the end is none of ``STOPS``.
    """
    text: list[str] = []
    blocks: list[Block] = []
    end: Part | None = None
    for part in parts:
        if end is not None:
            raise ProviderError("the provider went on after the end of its answer", remedy="ask again")
        if part.type == "text":
            text.append(part.text)
            show(part.text)
        elif part.type == "step":
            tell(part)
        elif part.type == "block" and part.block is not None:
            blocks.append(part.block)
        elif part.type == "end":
            end = part
    stop = "cut" if end is None else str(end.detail.get("stop", ""))
    if stop not in STOPS:
        raise ProviderError(f"the provider ended its answer with {stop!r}", remedy="ask again")
    detail = end.detail if end else {}
    return Answer(
        text="".join(text), stop=stop, blocks=tuple(blocks) if stop == "complete" else (),
        usage=dict(detail.get("usage", {})), why=str(detail.get("why", "")),
    )  # fmt: skip
