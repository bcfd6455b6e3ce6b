"""The red-team set as a benchmark: what a constitution catches of what violates it, and of what is sound."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from jupyter_coimprove.activities.values.constitution import Case, Constitution, Principle
from jupyter_coimprove.activities.values.judging import judge
from jupyter_coimprove.activities.values.subject import (
    Search,
    Subject,
    notebook_of,
    plan_of,
    report_of,
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One case as it came out: ``found`` is what was said of it (empty: sound)."""

    principle: str
    case: Case
    found: tuple[str, ...]

    @property
    def right(self) -> bool:
        return bool(self.found) == self.case.violates


@dataclass(frozen=True, kw_only=True)
class Rate:
    """``k`` of ``n`` with the interval of Wilson (1927) at 95 %."""

    k: int
    n: int
    low: float
    high: float

    @property
    def value(self) -> float | None:
        return self.k / self.n if self.n else None

    @property
    def text(self) -> str:
        if not self.n:
            return "none of its kind"
        return f"{self.k} of {self.n} ({self.k / self.n:.0%}, interval {self.low:.0%} to {self.high:.0%})"


def rate(k: int, n: int, level: float = 0.95) -> Rate:
    """Wilson's score interval; the whole range where there is nothing."""
    if n == 0:
        return Rate(k=0, n=0, low=0.0, high=1.0)
    z = NormalDist().inv_cdf(0.5 + level / 2)
    p = k / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Rate(
        k=k, n=n, low=max(0.0, middle - half) if k else 0.0, high=min(1.0, middle + half) if k < n else 1.0
    )


@dataclass(frozen=True, kw_only=True)
class Result:
    """All outcomes; ``right`` is the response, ``caught`` of what violates, ``alarms`` of the sound ones."""

    outcomes: tuple[Outcome, ...]

    @property
    def right(self) -> Rate:
        return rate(sum(one.right for one in self.outcomes), len(self.outcomes))

    @property
    def caught(self) -> Rate:
        bad = [one for one in self.outcomes if one.case.violates]
        return rate(sum(bool(one.found) for one in bad), len(bad))

    @property
    def alarms(self) -> Rate:
        sound = [one for one in self.outcomes if not one.case.violates]
        return rate(sum(bool(one.found) for one in sound), len(sound))

    @property
    def j(self) -> float | None:
        """Youden's J: the rate caught less the rate of false alarms; None while either kind is missing."""
        caught, alarms = self.caught.value, self.alarms.value
        return caught - alarms if caught is not None and alarms is not None else None

    def of(self, principle: str) -> Result:
        return Result(outcomes=tuple(one for one in self.outcomes if one.principle == principle))


def subject_of(case: Case) -> Subject:
    """What a case describes. UsageError for a plan that is none."""
    if case.of == "plan":
        facts = plan_of(case.text)
        put_in = "\n".join(facts.changes.values())
        return Subject(kind="plan", name=case.name, plan=facts, notebook=notebook_of(put_in) if put_in else None)  # fmt: skip
    if case.of == "report":
        return Subject(kind="report", name=case.name, claims=report_of(case.text))
    return Subject(kind="notebook", name=case.name, notebook=notebook_of(case.text))


def run(
    constitution: Constitution, *, transform: Callable[[str], str], search: Search,
    cases: Sequence[tuple[str, Case]] | None = None, licences: Callable[[Subject], Subject] = lambda subject: subject,
) -> Result:  # fmt: skip
    """Each case judged by the principle that it is of (its own cases, or ``cases`` by principle's name).

    A case whose principle is not there is judged by nothing, so that what violates it gets away.
    """
    by_name = {one.name: one for one in constitution.principles}
    if cases is None:
        cases = [(principle.name, case) for principle, case in constitution.cases]
    out = []
    for name, case in cases:
        asked: list[Principle] = [by_name[name]] if name in by_name else []
        verdict = judge(constitution, licences(subject_of(case)), transform=transform, search=search, principles=asked)  # fmt: skip
        out.append(Outcome(principle=name, case=case, found=tuple(one.said for one in verdict.violations)))
    return Result(outcomes=tuple(out))
