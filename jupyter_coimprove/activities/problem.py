"""Collaborative problem identification: everything that asks to be worked on, ranked, the person's own among it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from jupyter_coimprove.activities.activity import Card, Section, Study, ranked
from jupyter_coimprove.activities.problems.claims import Claim, against_noise, claimed
from jupyter_coimprove.activities.problems.curves import Curve, curves, troubled
from jupyter_coimprove.activities.problems.floors import under_the_floor
from jupyter_coimprove.activities.problems.history import Past, noisy, open_ends, untested
from jupyter_coimprove.activities.problems.outputs import complaints
from jupyter_coimprove.activities.problems.references import Reference, cited
from jupyter_coimprove.activities.problems.series import recorded, shown, together
from jupyter_coimprove.evidence.stated import Fact
from jupyter_coimprove.notebook.candidates import Candidate
from jupyter_coimprove.notebook.cells import Notebook

_SOURCES = (
    ("error", "errors"), ("warning", "warnings"), ("curve", "curves"), ("floor", "scores under a dummy"), ("claim", "claims against noise"),
    ("slice", "slices"), ("tag", "tagged cases"), ("noise", "noisy responses"), ("open end", "open ends"), ("untested", "untested settings"), ("own", "your own"),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What is known without running anything. ``facts`` are the numbers that the outputs show; ``more`` are cards of
    others: the person's own, accepted slices; ``held`` are curves in variables, where it was run, and ``appended`` the
    names that loops over epochs fill (``series.appended``)."""

    notebook: Notebook
    facts: Sequence[Fact] = ()
    candidates: Sequence[Candidate] = ()
    past: Sequence[Past] = ()
    references: Sequence[Reference] = ()
    more: Sequence[Card] = ()
    held: Sequence[Curve] = ()
    appended: frozenset[str] = frozenset()
    unseen: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def problem(sight: Sight) -> Study:
    """All problems, the weightiest first, each with the references that speak of it."""
    name = sight.notebook.path.name
    found = together(
        curves(sight.notebook), shown(sight.notebook, sight.appended), sight.held, recorded(sight.past)
    )
    claims = claimed(sight.notebook)
    against, unseen = _claims(sight, claims, name)
    cards = ranked(
        tuple(
            cited(card, sight.references)
            for card in chain(
                complaints(sight.notebook), troubled(found), under_the_floor(sight.facts), against, open_ends(sight.past),
                noisy(sight.past), untested(sight.candidates, sight.past, name), sight.more,
            )
        )
    )  # fmt: skip
    by = {key: sum(_source(card) == key for card in cards) for key, _ in _SOURCES}
    looked = Section(
        title="What was looked at",
        columns=("source", "problems"),
        rows=tuple((text, by[key]) for key, text in _SOURCES),
    )
    parts = [looked]
    if found:
        rows = tuple(
            (c.cell, c.name, len(c.values), _finite(c.values[0]), _finite(c.values[-1])) for c in found[:20]
        )
        parts.append(Section(title="Curves", columns=("cell", "name", "points", "first", "last"), rows=rows))
    if sight.references:
        listed = tuple((one.key, one.title, one.file) for one in sight.references[:40])
        parts.append(Section(title="References", columns=("key", "title", "file"), rows=listed))
    first = f"; first: {cards[0].title}" if cards else ""
    unsaved = not any(cell.outputs for cell in sight.notebook.code_cells)
    bare = ("outputs: the notebook was saved without any, so nothing was read from them",) if unsaved else ()
    return Study(
        headline=f"{len(cards) or 'no'} problem{'' if len(cards) == 1 else 's'} in {name}{first}", sections=tuple(parts),
        cards=cards, unseen=(*bare, *unseen, *sight.unseen), warnings=sight.warnings,
    )  # fmt: skip


def _source(card: Card) -> str:
    return str(card.data.get("source", "slice" if card.key.startswith("slice:") else ""))


def _finite(value: float) -> float | str:
    return value if abs(value) < float("inf") else str(value)


def _claims(sight: Sight, claims: Sequence[Claim], name: str) -> tuple[list[Card], tuple[str, ...]]:
    """Claims against the newest noise that is known, or what would tell it."""
    measured = next((one for one in reversed(sight.past) if len(one.values) >= 2), None)
    if not claims:
        return [], ()
    if measured is None:
        told = ", ".join(f"{one.text} in cell {one.cell}" for one in claims[:5])
        return [], (
            f"claims against noise ({told}): the baseline's spread was never measured; `coimprove noise {shlex.quote(name)} --claim {claims[0].value:g}`",
        )
    cards = against_noise(
        claims, measured.values, response=measured.response, blocks=max(2, measured.blocks), split_ratio=measured.split_ratio,
        used=measured.id, notebook=name,
    )  # fmt: skip
    return list(cards), ()


def slice_problem(card: Card, used: str = "") -> Card:
    """A slice as a problem; ``used`` is the card that a person accepted."""
    return replace(
        card, kind="problem" if used else "slice", weight=max(card.weight, 0.75) if used else card.weight,
        used=(used,) if used else (), known=(*card.known, *(("accepted by a person",) if used else ())),
        data={**card.data, "source": "slice"},
    )  # fmt: skip


def tag_problem(card: Card, used: str) -> Card:
    """Cases that a person tagged alike, accepted: that they come out right is worked on."""
    word = str(card.data.get("word", ""))
    return replace(
        card, kind="problem", goal=f"cases that are {word} come out right", weight=0.65, used=(used,),
        known=(*card.known, "accepted by a person"), data={**card.data, "source": "tag"},
    )  # fmt: skip


def own(text: str) -> Card:
    """The person's own problem, as they wrote it."""
    title, _, rest = text.strip().partition("\n")
    key = " ".join(title.lower().split())
    return Card(
        kind="problem", title=title[:200], key=f"own:{key}", evidence=(rest.strip(),) if rest.strip() else (), weight=0.7,
        data={"source": "own"},
    )  # fmt: skip
