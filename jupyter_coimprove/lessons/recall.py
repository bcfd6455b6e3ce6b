"""Which lessons a context recalls: guidance for who proposes, and what a proposal of our own is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_coimprove.lessons.lesson import IN_FORCE, Lesson
from jupyter_coimprove.lessons.tallying import Tally

#: So many lessons are told at a time: a playbook nobody reads helps nobody.
MOST = 20


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A lesson as the record has it now, with how it did since it was accepted."""

    lesson: Lesson
    tally: Tally = field(default_factory=Tally)
    own: bool = True

    @property
    def guides(self) -> bool:
        """Whether it is gone by: a person accepted it here, and it does not harm."""
        return self.own and self.lesson.state in IN_FORCE and not self.tally.doubted


def recall(kept: Sequence[Kept], *, kind: str = "", notebook: str = "", most: int = MOST) -> tuple[Kept, ...]:
    """The lessons in force for proposals of a kind (empty: any) in a notebook (empty: any), the best first.

    The more special and the more helpful come first; what was not made here, not accepted, or is doubted guides nobody.
    """
    found = [
        one
        for one in kept
        if one.guides
        and (not kind or one.lesson.scope.kind in ("", kind))
        and (not notebook or one.lesson.scope.notebook in ("", notebook))
    ]

    def rank(one: Kept) -> tuple[int, int]:
        scope = one.lesson.scope
        special = bool(scope.kind) + bool(scope.notebook) + len(scope.given)
        return len(one.tally.harmful) - len(one.tally.helpful), -special

    return tuple(sorted(found, key=rank)[:most])


def guidance(kept: Sequence[Kept]) -> list[dict[str, Any]]:
    """Lessons as a provider is told them."""
    return [
        {
            "id": one.lesson.id, "rule": one.lesson.words, "for": one.lesson.scope.kind or "all",
            **({"where": list(one.lesson.scope.given)} if one.lesson.scope.given else {}),
            "helped": len(one.tally.helpful), "harmed": len(one.tally.harmful),
        }
        for one in kept
    ]  # fmt: skip


def against(
    kept: Sequence[Kept], *, kind: str, notebook: str, features: frozenset[str]
) -> tuple[Lesson, ...]:
    """The lessons in force that a proposal would break."""
    return tuple(
        one.lesson
        for one in kept
        if one.guides and one.lesson.applies(kind, notebook, features) and one.lesson.breaks(features)
    )


def favour(kept: Sequence[Kept], *, kind: str, notebook: str, features: frozenset[str]) -> int:
    """How a proposal stands with what was learnt: below 0 by the lessons that it breaks, 0 where none speaks of it."""
    return -len(against(kept, kind=kind, notebook=notebook, features=features))
