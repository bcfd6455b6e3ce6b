"""A lesson: a short rule with a scope, drawn from decisions, that a person accepts before anybody goes by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_coimprove.digests import digest_json

#: States in which a lesson is gone by.
IN_FORCE = ("accepted", "edited")
#: States in which a person wanted it no longer, or never.
GONE = ("rejected", "retired", "superseded")
#: What a kind of proposal is called in a rule.
NAMES = {"cells": "cells", "plan": "plans", "finding": "findings", "check": "checks", "card": "cards"}


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Where a lesson holds: for a kind of proposal (empty: any), in a notebook (empty: all), and where it is made of
    all of ``given``."""

    kind: str = ""
    notebook: str = ""
    given: tuple[str, ...] = ()

    def covers(self, kind: str, notebook: str, features: frozenset[str]) -> bool:
        """Whether it holds for a proposal of this kind, in this notebook, that is made of this."""
        return self.kind in ("", kind) and self.notebook in ("", notebook) and features.issuperset(self.given)

    @property
    def words(self) -> str:
        """``cells of train.ipynb with SVC()``."""
        of = f" of {self.notebook}" if self.notebook else ""
        has = f" with {' and '.join(self.given)}" if self.given else ""
        return f"{NAMES.get(self.kind, self.kind) or 'all that is proposed'}{of}{has}"


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What is drawn from decisions: in ``scope``, not ``avoid`` but ``prefer`` (either may be empty, not both, but
    where a person said it in words alone).

    ``rule`` are its words: computed, or as a person left them. ``drawn_from`` and ``against`` are the decisions for
    and against it when it was drafted, ``supersedes`` the lesson that it narrows. ``id`` is empty while it is not kept.
    """

    scope: Scope
    avoid: str = ""
    prefer: str = ""
    why: str = ""
    rule: str = ""
    drawn_from: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    supersedes: str = ""
    id: str = ""
    state: str = "pending"

    @property
    def key(self) -> str:
        """What makes two lessons the same, whatever their words and counts."""
        return digest_json(
            {
                "kind": self.scope.kind, "notebook": self.scope.notebook, "given": list(self.scope.given),
                "avoid": self.avoid, "prefer": self.prefer, "own": "" if self.avoid or self.prefer else self.rule,
            }
        )  # fmt: skip

    @property
    def words(self) -> str:
        """The rule as it is told."""
        return self.rule or rule(self)

    def applies(self, kind: str, notebook: str, features: frozenset[str]) -> bool:
        """Whether it speaks of such a proposal."""
        return bool(self.avoid or self.prefer) and self.scope.covers(kind, notebook, features)

    def breaks(self, features: frozenset[str]) -> bool:
        """Whether what is made of this does what the lesson warns of (in its scope)."""
        return self.avoid in features if self.avoid else self.prefer not in features

    def follows(self, features: frozenset[str]) -> bool:
        """Whether it does what the lesson asks for, as far as that can be seen."""
        return bool(self.prefer) and self.prefer in features and not (self.avoid and self.avoid in features)

    def as_dict(self) -> dict[str, Any]:
        """As it is kept; the id and the state are the record's."""
        return {
            "scope": {"kind": self.scope.kind, "notebook": self.scope.notebook, "given": list(self.scope.given)},
            "avoid": self.avoid, "prefer": self.prefer, "why": self.why, "rule": self.words, "key": self.key,
            "drawn_from": list(self.drawn_from), "against": list(self.against), "supersedes": self.supersedes,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, id: str = "", state: str = "pending") -> Lesson:
        scope = dict(data.get("scope") or {})
        return cls(
            scope=Scope(
                kind=str(scope.get("kind", "")), notebook=str(scope.get("notebook", "")),
                given=tuple(map(str, scope.get("given", ()))),
            ),
            avoid=str(data.get("avoid", "")), prefer=str(data.get("prefer", "")), why=str(data.get("why", "")),
            rule=str(data.get("rule", "")), drawn_from=tuple(map(str, data.get("drawn_from", ()))),
            against=tuple(map(str, data.get("against", ()))), supersedes=str(data.get("supersedes", "")), id=id, state=state,
        )  # fmt: skip


def rule(lesson: Lesson) -> str:
    """The lesson in words: where, what instead of what, and why."""
    if lesson.avoid and lesson.prefer:
        said = f"{lesson.prefer} instead of {lesson.avoid}"
    elif lesson.avoid:
        said = f"no {lesson.avoid}"
    else:
        said = f"with {lesson.prefer}"
    return f"{lesson.scope.words}: {said}" + (f" ({lesson.why})" if lesson.why else "")
