"""What an activity tells, as doors are told it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class ShownRow:
    """An item as the notebook's own code shows it. ``title`` says which and what of it, ``way`` is the expression, of
    ``cell`` (from 1); ``data`` is the output by kind (images as base64), ``file`` where it was written."""

    item: int
    title: str
    way: str
    cell: int
    data: Mapping[str, str]
    file: str = ""


@dataclass(frozen=True, kw_only=True)
class SectionRow:
    """One part: sentences, names with what they are, a table (rows as long as ``columns``), code, items as shown."""

    title: str
    lines: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | int | float | None, ...], ...] = ()
    code: str = ""
    language: str = ""
    shown: tuple[ShownRow, ...] = ()


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
