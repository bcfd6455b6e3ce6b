"""What an activity tells, as doors are told it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class SectionRow:
    """One part: sentences, names with what they are, a table (rows as long as ``columns``), code."""

    title: str
    lines: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | int | float | None, ...], ...] = ()
    code: str = ""
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class CardRow:
    """What came out and waits for a decision (activities/activity.py). ``id`` is empty where nothing can be kept.

    ``used`` are ids of the record it rests on; ``author`` is who made it.
    """

    id: str
    state: str
    kind: str
    title: str
    goal: str
    evidence: tuple[str, ...]
    known: tuple[str, ...]
    untried: tuple[str, ...]
    weight: float
    cells: tuple[int, ...]
    used: tuple[str, ...]
    next: tuple[str, ...]
    author: str = ""
    author_kind: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
