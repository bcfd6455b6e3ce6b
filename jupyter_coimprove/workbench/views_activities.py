"""The answers of the activities: one shape for all."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_coimprove.workbench.rows_activities import CardRow, SectionRow
from jupyter_coimprove.workbench.view import View


@dataclass(frozen=True, kw_only=True)
class ActivityView(View):
    """What an activity found out. ``number`` is its place among the twelve; ``cards`` wait for a decision.

    ``unseen`` is what could not be looked at and why, ``adds`` what a model would add (empty where one
    answered: then ``words`` are its own, written by ``model``), ``files`` what was written, by path.
    """

    activity: str
    number: int
    title: str
    notebook: str
    sections: tuple[SectionRow, ...]
    cards: tuple[CardRow, ...]
    unseen: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    adds: str = ""
    words: str = ""
    model: str = ""
