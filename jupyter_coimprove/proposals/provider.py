"""The seam behind which proposals are made: without a model, with one, or scripted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol


@dataclass(frozen=True, kw_only=True)
class Block:
    """A piece of context or of a proposal: ``kind``, version and JSON data; the workbench fills it."""

    kind: str
    v: int
    data: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Turn:
    """Words said earlier in this conversation, and by whom."""

    role: Literal["person", "assistant"]
    text: str


@dataclass(frozen=True, kw_only=True)
class Tool:
    """Something a model may ask for while it answers; none executes, writes or fetches.

    ``read`` gives a typed block of facts. ``propose`` checks its input and gives the block that
    will be proposed. ``ask`` gives a question to the person and ends the answer. ``schema`` is a
    strict JSON schema of the input; ``call`` gets only what it allows, and says what is wrong with
    it by a CoimproveError, which the model is told. See ``proposals.using``.
    """

    name: str
    help: str
    schema: Mapping[str, Any]
    kind: Literal["read", "propose", "ask"]
    call: Callable[[Mapping[str, Any]], Block]


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked: the task (``plan``, ``words``, ``ask``), the person's text, and the facts.

    The first ``stable`` blocks of ``context`` stay the same over a conversation; they are sent first,
    so that they are read from a cache. ``options`` bound the answer: ``max_turns`` (requests to the
    model, 8), ``max_tokens`` (of one request's answer), ``seconds`` (of all). ``cancelled`` is asked
    all the time, also while nothing comes.
    """

    task: Literal["plan", "words", "ask"]
    text: str
    context: Sequence[Block] = ()
    stable: int = 0
    history: Sequence[Turn] = ()
    tools: Sequence[Tool] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    cancelled: Callable[[], bool] = lambda: False


@dataclass(frozen=True, kw_only=True)
class Part:
    """A piece of the answer: ``text`` to show, ``block`` that proposes, ``step``, or ``end``.

    ``step`` says what it does now: ``{"tool": name, "about": text}`` or ``{"retry_s": seconds,
    "about": why}``. ``end`` carries ``{"stop": one of answer.STOPS, "usage": {input, output,
    cache_read, cache_write, requests, model}, "why": words for the person, where it is not
    complete}``, tokens where they are known; an answer without it was cut and proposes nothing.
    """

    type: Literal["text", "block", "step", "end"]
    text: str = ""
    block: Block | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


class Provider(Protocol):
    """Proposes; never executes, writes or fetches. ``label`` is shown on every answer; ``images`` says
    whether it is shown pictures."""

    name: str
    label: str
    images: bool

    def answer(self, request: Request) -> Iterator[Part]:
        """Stream the answer; ends with one ``end`` part. Raises ProviderError, NeedsModel."""

    def count(self, request: Request) -> int | None:
        """Tokens that the first request to a model would have; 0 where there is none, None if unknown."""

    def sent(self, request: Request) -> Mapping[str, Any] | None:
        """Exactly what the first request to a model would hold; None where nothing is sent anywhere."""
