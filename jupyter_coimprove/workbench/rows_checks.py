"""What `check` tells of one flaw, as doors are told it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PlaceRow:
    """A place in the code: cell from 1 (0: ``file``, beside the notebook), line from 1, its text."""

    cell: int
    line: int
    file: str
    text: str


@dataclass(frozen=True, kw_only=True)
class FlawRow:
    """A finding of a check. Cells count from 1 (0: ``file``, beside the notebook); ``diff`` may be empty.

    ``experiment`` has the runs that showed it; empty where it is read from the code.
    """

    id: str
    state: str
    kind: str
    title: str
    cell: int
    line: int
    file: str
    evidence: str
    why: str
    fix: str
    diff: str
    confidence: str
    trail: tuple[PlaceRow, ...]
    experiment: str = ""
