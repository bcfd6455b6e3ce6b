"""The checks of principles, executed on one subject: what violates what, where, and what could not be seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from jupyter_coimprove.activities.values import code, rules
from jupyter_coimprove.activities.values.constitution import Check, Constitution, Principle
from jupyter_coimprove.activities.values.subject import Search, Subject


@dataclass(frozen=True, kw_only=True)
class Violation:
    """``said`` is what violates it, ``where`` the place in words, ``cell`` from 1 (0: none). ``key`` is the same for the
    same violation, whatever else changes."""

    principle: str
    severity: str
    kind: str
    said: str
    where: str
    cell: int
    key: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """``unseen`` says what a check could not look at, and why."""

    violations: tuple[Violation, ...] = ()
    unseen: tuple[str, ...] = ()

    @property
    def stops(self) -> tuple[Violation, ...]:
        return tuple(one for one in self.violations if one.severity == "must")


@dataclass(frozen=True, kw_only=True)
class Sight:
    """A subject as the checks see it: its code is read once."""

    subject: Subject
    transform: Callable[[str], str]
    search: Search
    constitution: Constitution
    notes: dict[str, None] = field(default_factory=dict)

    @cached_property
    def seen(self) -> code.Seen | None:
        """None where there is no Python to look at."""
        notebook = self.subject.notebook
        if notebook is None:
            return None
        if notebook.language != "python":
            self.note(f"{notebook.path.name} is written in {notebook.language}: its code was not judged")
            return None
        found = code.look(notebook, self.transform)
        if found.unread:
            self.note(f"cell {', '.join(map(str, found.unread))} is no Python: it was not judged")
        return found

    def note(self, text: str) -> None:
        self.notes[text] = None


def judge(
    constitution: Constitution, subject: Subject, *, transform: Callable[[str], str], search: Search,
    principles: Sequence[Principle] | None = None, without: Sequence[str] = (),
) -> Verdict:  # fmt: skip
    """All violations of the principles that apply to such a subject (or of those named), each once.

    ``without`` are kinds of checks that are left out.

    ``transform`` makes a cell plain Python or raises SyntaxError; ``search`` may raise UsageError for a pattern
    that takes too long.
    """
    sight = Sight(subject=subject, transform=transform, search=search, constitution=constitution)
    out: dict[tuple[str, str, str, int], Violation] = {}
    counted: Counter[tuple[str, str]] = Counter()
    for principle in constitution.principles if principles is None else principles:
        if principles is None and subject.kind not in principle.applies:
            continue
        for check in principle.checks:
            if check.kind in without:
                continue
            for found in _found(check, sight):
                place = (principle.name, found.key, found.where, found.cell)
                if place in out:
                    continue
                counted[place[:2]] += 1
                nth = counted[place[:2]]
                out[place] = Violation(
                    principle=principle.name, severity=principle.severity, kind=check.kind, said=found.said,
                    where=found.where, cell=found.cell, key=found.key if nth == 1 else f"{found.key}#{nth}",
                )  # fmt: skip
    return Verdict(violations=tuple(out.values()), unseen=tuple(sight.notes))


def _found(check: Check, sight: Sight) -> Iterator[rules.Found]:
    yield from rules.BY_KIND[check.kind](check, sight)


def new(after: Verdict, before: Verdict) -> Verdict:
    """What the one has and the other has not: what a change brings in. The same once more is one more."""
    known = {(one.principle, one.key) for one in before.violations}
    return Verdict(
        violations=tuple(one for one in after.violations if (one.principle, one.key) not in known),
        unseen=tuple(one for one in after.unseen if one not in before.unseen),
    )  # fmt: skip
