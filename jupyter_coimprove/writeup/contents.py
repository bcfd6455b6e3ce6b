"""The records of a report: what is told, what backs it, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_coimprove.evidence.effects import Evidence
from jupyter_coimprove.evidence.finding import Finding
from jupyter_coimprove.experiments.experiment import Experiment


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A finding that a person accepted: its text (their own when ``verb`` is ``edited``), by whom, when."""

    finding: Finding
    verb: str
    text: str = ""
    by: str = ""
    at: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Registered:
    """One line of the denominator: a registered experiment, whether or not it is told about.

    ``pilot``: it showed spread and cost of another, and is listed without being counted.
    """

    id: str
    question: str
    response: str
    status: str
    state: str
    at: str = ""
    finding: str = ""
    pilot: bool = False


@dataclass(frozen=True, kw_only=True)
class FailedRun:
    """A run that gave no response: of what, and what its error said."""

    id: str
    experiment: str
    arm: str
    block: int
    reason: str
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Scored:
    """A prediction made before the runs and scored after them. ``score`` and ``chance`` (what the
    base rate would get) are in units of ``measure``."""

    experiment: str
    by: str
    said: str
    measure: str
    score: float | None
    chance: float | None = None


@dataclass(frozen=True, kw_only=True)
class ListedRun:
    """A run behind a number; ``index`` counts from 1 over the report."""

    index: int
    id: str
    experiment: str
    arm: str
    block: int
    response: str


@dataclass(frozen=True, kw_only=True)
class Numbered:
    """A number of the report with what backs it; ``index`` counts from 1 over the report."""

    index: int
    text: str
    key: str
    value: float
    runs: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A number in a section's text: ``number`` it refers to, or None when no run backs it."""

    start: int
    end: int
    number: int | None
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Section:
    """One accepted finding with its evidence. ``numbers`` maps a reference's key to its index."""

    index: int
    accepted: Accepted
    experiment: Experiment
    evidence: Evidence
    text: str
    marks: tuple[Mark, ...]
    rows: tuple[Mapping[str, Any], ...]
    numbers: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the record knows beside the report: ``data`` files by digest, packages, findings of checks.

    ``open_checks`` are titles of checks that stand, ``judged`` how many a person called no problem;
    ``checked`` whether the notebook was checked at all. ``values`` is the version of the values that the report was
    held against (empty: none are in force), ``violated`` what it violates of them. ``goal`` is what a better score is
    to mean, as a person said of the benchmark.
    """

    data: int = 0
    environment: bool = False
    checked: bool = False
    open_checks: tuple[str, ...] = ()
    judged: int = 0
    values: str = ""
    violated: tuple[str, ...] = ()
    goal: str = ""


@dataclass(frozen=True, kw_only=True)
class ToldCase:
    """An item as its notebook shows it. ``kind`` is what ``data`` is (an image as base64, or text), both empty where its
    file is no longer there; ``file`` is as seen from the report, ``note`` what is to be known of it."""

    title: str
    kind: str = ""
    data: str = ""
    file: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class ToldCases:
    """What a person accepted of an error analysis (a slice, or cases tagged alike), with its cases."""

    id: str
    title: str
    evidence: tuple[str, ...]
    cases: tuple[ToldCase, ...]


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything a rendering needs; plain values only."""

    title: str
    at: str
    sections: tuple[Section, ...]
    counts: Mapping[str, int]
    registered: tuple[Registered, ...]
    failed: tuple[FailedRun, ...]
    predictions: tuple[Scored, ...]
    numbers: tuple[Numbered, ...]
    runs: tuple[ListedRun, ...]
    head: str
    versions: Mapping[str, str] = field(default_factory=dict)
    known: Known = field(default_factory=Known)
    cases: tuple[ToldCases, ...] = ()

    @property
    def unbacked(self) -> int:
        """How many numbers in the told texts no run backs."""
        return sum(mark.number is None for section in self.sections for mark in section.marks)
