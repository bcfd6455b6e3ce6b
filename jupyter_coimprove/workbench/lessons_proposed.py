"""Lessons in a model's words: told, and proposed with the decisions behind them; a person decides like on any other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.lessons.lesson import Lesson, Scope
from jupyter_coimprove.workbench import decided, remembering, shelf

if TYPE_CHECKING:
    from jupyter_coimprove.registry import Actor
    from jupyter_coimprove.workbench.bench import Bench

#: So many decisions are told, the newest; what a model draws from fewer is no lesson.
MOST, LEAST = 40, 2


def listed(bench: Bench, notebook: Path) -> dict[str, Any]:
    """Lessons in force here, and the newest decisions with their reasons, from which others could be drawn."""
    from jupyter_coimprove.lessons import recall

    name = _name(bench, notebook)
    kept = remembering.in_force(bench, notebook=name)
    told = [one for one in decided.of(bench) if one.notebook == name]
    return {
        "lessons": recall.guidance(kept),
        "decisions": [
            {
                "id": one.id,
                "of": one.kind,
                "decided": one.verdict,
                "reason": one.reason,
                "distance": one.distance,
            }
            for one in told[-MOST:]
        ],
    }


def checked(bench: Bench, notebook: Path, data: Mapping[str, Any]) -> Lesson:
    """The lesson as it would be kept. UsageError where no decisions here stand behind it, or it is no sentence."""
    rule = " ".join(str(data["rule"]).split())
    if not rule:
        raise UsageError("a lesson says nothing", remedy="one short rule: where, what instead of what")
    known = {one.id: one for one in decided.of(bench)}
    ids = tuple(dict.fromkeys(map(str, data["decisions"])))
    unknown = [id_ for id_ in ids if id_ not in known]
    if unknown or len(ids) < LEAST:
        raise UsageError(
            f"{unknown[0]} is no standing decision of a person here"
            if unknown
            else "a lesson needs decisions that repeat",
            remedy=f"name at least {LEAST} of those that read_lessons lists",
        )
    return Lesson(
        scope=Scope(kind=str(data.get("kind") or ""), notebook=_name(bench, notebook)), rule=rule,
        why=str(data.get("why") or ""), drawn_from=ids,
    )  # fmt: skip


def keep(bench: Bench, notebook: Path, data: Mapping[str, Any], author: Actor) -> str:
    """Put it into the record, pending, by its author."""
    return remembering.keep(bench, checked(bench, notebook, data), author)


def _name(bench: Bench, notebook: Path) -> str:
    bench.record(notebook)
    return shelf.notebook_name(bench.root(notebook), notebook)
