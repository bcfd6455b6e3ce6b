"""Rules for what is learnt from decisions: lessons drafted, held against what the person decided since, and gone by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.bench.item import Answer, Item
from jupyter_coimprove.bench.playbook import value_of
from jupyter_coimprove.lessons.decided import Decided
from jupyter_coimprove.lessons.drafting import Bars, drafts
from jupyter_coimprove.lessons.features import of_source
from jupyter_coimprove.lessons.lesson import Lesson
from jupyter_coimprove.lessons.recall import Kept, favour
from jupyter_coimprove.lessons.tallying import NEWEST, tally

if TYPE_CHECKING:
    from jupyter_coimprove.bench.rules import Instruments

_KIND = "cells"


def decided(rows: Sequence[Mapping[str, Any]], name: str) -> list[Decided]:
    """Decisions of a lab as lessons are drawn from them."""
    return [
        Decided(
            id=f"{name}{place}", subject=f"{name}{place}", kind=_KIND, notebook="lab.ipynb", verdict=row["verdict"],
            features=of_source(str(row["proposed"])), kept=of_source(str(row["stands"])), reason=str(row["reason"]),
            proposed=str(row["proposed"]), stands=str(row["stands"]),
        )
        for place, row in enumerate(rows)
    ]  # fmt: skip


def _kept(lessons: Sequence[Lesson], decisions: Sequence[Decided]) -> list[Kept]:
    """Lessons as if a person had accepted each, with how they did over the newest of these decisions."""
    newest = decisions[-3 * NEWEST :]
    out = []
    for number, one in enumerate(lessons):
        lesson = replace(one, id=f"les_{number}", state="accepted")
        out.append(Kept(lesson=lesson, tally=tally(lesson, newest, decisions[: -len(newest)])))
    return out


def _chosen(item: Item, kept: Sequence[Kept]) -> Answer:
    """Of each question the cell that breaks the fewest lessons; the first of several."""
    picks = []
    for sources in item.material["questions"]:
        worth = [
            favour(kept, kind=_KIND, notebook="lab.ipynb", features=of_source(source)) for source in sources
        ]
        picks.append(worth.index(max(worth)))
    guides = [one for one in kept if one.guides]
    return Answer(value=picks, confidence=0.7, evidence=tuple(one.lesson.words for one in guides[:10]))


def _bars(instruments: Instruments) -> Bars:
    least, share = (float(value_of(instruments.playbook, f"lessons.{name}")) for name in ("after", "share"))
    return Bars(least=round(least), share=share)


def lab_rules(item: Item, instruments: Instruments) -> Answer:
    """Lessons of all decisions; those that the newest speak against guide nobody."""
    decisions = decided(item.material["decisions"], "here")
    return _chosen(item, _kept(drafts(decisions, bars=_bars(instruments)), decisions))


def transfer(item: Item, instruments: Instruments) -> Answer:
    """Lessons of here, and those of elsewhere that the decisions here do not speak against."""
    bars = _bars(instruments)
    here = decided(item.material["decisions"], "here")
    elsewhere = decided(item.material["elsewhere"], "there")
    own = drafts(here, bars=bars)
    brought = drafts(elsewhere, own, bars)
    return _chosen(item, _kept([*own, *brought], here))


RULES = {"lab-rules": lab_rules, "transfer": transfer}
