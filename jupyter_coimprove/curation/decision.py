"""What a person decided, on exactly which content, and the edit that follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

DecisionVerb = Literal["accepted", "edited", "rejected", "deferred", "undone"]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """By whom, why, on which digest. ``edited`` carries the person's own text instead."""

    id: str
    subject: str
    verb: DecisionVerb
    digest: str
    by: Mapping[str, str]
    reason: str = ""
    edited: str | None = None


@dataclass(frozen=True, kw_only=True)
class Application:
    """The edit carried out: claimed once, with what is needed to take it back.

    ``inverse`` are the edits that undo it; ``after`` the digest of the notebook's cells then.
    """

    id: str
    decision: str
    subject: str
    notebook: str
    edits: tuple[Mapping[str, Any], ...]
    inverse: tuple[Mapping[str, Any], ...] = ()
    after: str = ""
