"""The shape of an activity: what it computes, what comes out of it, and what a model would add."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: One entry of a table: text, or a number that is not rounded yet; None where there is none.
Entry = str | int | float | None


@dataclass(frozen=True, kw_only=True)
class Picture:
    """An item as the notebook's own code shows it: ``way`` is the expression, of ``cell`` (from 1), ``data`` the output
    by kind (images as base64, so as Jupyter has them), ``file`` where it was written."""

    item: int
    title: str
    way: str
    cell: int
    data: Mapping[str, str]
    file: str = ""


@dataclass(frozen=True, kw_only=True)
class Section:
    """One part of what an activity says: sentences, names with what they are, and a table.

    ``rows`` are as long as ``columns``. ``code`` is shown as it is, in ``language``; ``shown`` are items as the
    notebook shows them.
    """

    title: str
    lines: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Entry, ...], ...] = ()
    code: str = ""
    language: str = ""
    shown: tuple[Picture, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Card:
    """What comes out of an activity and waits for a person: accepted it is worked on, rejected it stays away.

    ``kind`` is a word for what it is (problem, validity, speed-up, …), ``title`` one line, ``goal``
    what would be different if it were solved, ``evidence`` what shows it (a sentence each, with its
    numbers), ``known`` what the record has on it, ``untried`` what nobody tried. ``key`` is what makes
    two of them the same: not the numbers, which change with each look. ``weight`` orders them, from 0 to 1.
    ``cells`` count from 1. ``used`` are ids of the record it rests on, ``next`` commands without the
    leading word (``{id}``: the card's own). ``data`` is JSON that later activities read.
    """

    kind: str
    title: str
    key: str
    goal: str = ""
    evidence: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    untried: tuple[str, ...] = ()
    weight: float = 0.5
    cells: tuple[int, ...] = ()
    used: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Study:
    """What an activity found out: ``headline`` is one sentence, ``unseen`` what could not be looked at and why."""

    headline: str
    sections: tuple[Section, ...] = ()
    cards: tuple[Card, ...] = ()
    unseen: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Activity:
    """One of the twelve (Table 1 of the paper). ``name`` is its verb.

    ``adds`` says what a model would add, for those who have none; ``asks`` is what a model is asked
    over the facts, which stand above it.
    """

    number: int
    name: str
    title: str
    adds: str
    asks: str


def ranked(cards: tuple[Card, ...]) -> tuple[Card, ...]:
    """The weightiest first, each once; of equal ones the order they were found in."""
    seen: dict[tuple[str, str], Card] = {}
    for card in cards:
        old = seen.get((card.kind, card.key))
        if old is None or card.weight > old.weight:
            seen[card.kind, card.key] = card
    return tuple(sorted(seen.values(), key=lambda card: -card.weight))
