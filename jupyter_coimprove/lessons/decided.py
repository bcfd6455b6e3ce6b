"""A decision of a person as lessons are drawn from it: what was proposed, what became of it, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["accepted", "edited", "rejected"]
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, kw_only=True)
class Decided:
    """One standing decision on one thing that was proposed.

    ``kind`` is what it was (cells, plan, finding, check, card), ``features`` and ``kept`` what it was made of
    before and after (``lessons.features``; ``kept`` is empty where it was rejected). ``proposed`` and ``stands`` are
    its text before and after, ``asked`` what the person had asked for. ``author_kind`` is ai or tool; a person's own
    proposals teach nothing about the others. ``at`` is a time in ISO 8601. ``confirmed`` says whether runs bear it
    out (None: no run speaks of it). ``view`` is what the person said before they saw the other's words.
    """

    id: str
    subject: str
    kind: str
    notebook: str
    verdict: Verdict
    features: frozenset[str]
    kept: frozenset[str] = frozenset()
    reason: str = ""
    by: str = ""
    at: str = ""
    author: str = ""
    author_kind: str = "tool"
    proposed: str = ""
    stands: str = ""
    asked: str = ""
    distance: float | None = None
    bulk: bool = False
    confirmed: bool | None = None
    view: str = ""

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons given, each without case, signs and numbers, so that the same is the same."""
        return reasons(self.reason)


def reasons(text: str) -> tuple[str, ...]:
    """The clauses of a reason (parted by ``;`` or lines), as bare words; none where nothing was said."""
    clauses = (" ".join(_WORD.findall(clause.lower())) for clause in re.split(r"[;\n]", text))
    return tuple(dict.fromkeys(clause for clause in clauses if clause))
