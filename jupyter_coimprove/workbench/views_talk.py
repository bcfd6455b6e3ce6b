"""The answers to free text, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from jupyter_coimprove.workbench.view import View


@dataclass(frozen=True, kw_only=True)
class StatedRow:
    """One number of an answer, at ``[start, end)`` of its text: what backs it, or what is nearest to it."""

    text: str
    start: int
    end: int
    backed: bool
    why: str


@dataclass(frozen=True, kw_only=True)
class AskView(View):
    """What is said to free text: ``text`` is Markdown of ``provider``; ``sent`` is what left this computer.

    ``stop`` says how the answer ended; only one that is ``complete`` has ``proposals`` (ids of the record).
    ``asked`` is what the model wants to know of the person. ``recorded`` is when it was given first, where
    the same was asked before and nothing was sent now; ``request`` is exactly what would be sent.
    ``numbers`` are those of the text that state something about the notebook.
    """

    text: str
    commands: tuple[str, ...]
    provider: str
    sent: str
    id: str = ""
    stop: str = "complete"
    proposals: tuple[str, ...] = ()
    asked: str = ""
    options: tuple[str, ...] = ()
    usage: Mapping[str, int] = field(default_factory=dict)
    cost: float | None = None
    recorded: str = ""
    request: Mapping[str, Any] | None = None
    numbers: tuple[StatedRow, ...] = ()

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> AskView:
        """The view as it was kept; what it does not know of it is left out."""
        names = {one.name for one in fields(cls)}
        told = {key: value for key, value in kept.items() if key in names}
        return cls(**{**told, "numbers": tuple(StatedRow(**row) for row in told.get("numbers") or ())})


@dataclass(frozen=True, kw_only=True)
class UsageRow:
    """What was used on one day of one model, in tokens; ``cost`` is None without a price."""

    day: str
    provider: str
    model: str
    questions: int
    requests: int
    input: int
    output: int
    cache_read: int
    cache_write: int
    tokens: int
    cost: float | None = None


@dataclass(frozen=True, kw_only=True)
class UsageView(View):
    """Tokens and money by day and model, and the budgets that hold."""

    rows: tuple[UsageRow, ...]
    today_tokens: int
    today_cost: float | None
    budgets: tuple[str, ...] = ()
