"""The seam behind which proposals are made: without a model, with one, or scripted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol


@dataclass(frozen=True, kw_only=True)
class Block:
    """A piece of context or of a proposal: ``kind``, version and JSON data; the workbench fills it."""

    kind: str
    v: int
    data: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked: the task (``plan``, ``words``, ``ask``), the person's text, and the facts."""

    task: Literal["plan", "words", "ask"]
    text: str
    context: Sequence[Block] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Part:
    """A piece of the answer: ``text`` to show, ``block`` that proposes, or ``end``.

    ``end`` carries ``{"stop": "complete"|"needs_model"|"refused"|"cut", "usage": {...}}``;
    an answer without it was cut and proposes nothing.
    """

    type: Literal["text", "block", "end"]
    text: str = ""
    block: Block | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


class Provider(Protocol):
    """Proposes; never executes, writes or fetches. ``label`` is shown on every answer."""

    name: str
    label: str

    def answer(self, request: Request) -> Iterator[Part]:
        """Stream the answer; ends with one ``end`` part. Raises ProviderError, NeedsModel."""
