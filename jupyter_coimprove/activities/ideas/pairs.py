"""A ranking from comparisons in pairs: Bradley and Terry (1952), held together where there are few.

P(a is preferred to b) = 1 / (1 + exp(s_b - s_a)). A tie counts half for either. Each strength s has a
normal prior (mean 0, ``SPREAD``), so that three comparisons rank, an idea that always won is not
infinitely good, and one that nobody compared stays at 0. The fit is the posterior's mode by Newton's
method; intervals are of its normal approximation there (Laplace).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Generic, TypeVar

#: The prior's standard deviation, on the scale of log odds: half of all pairs are between 1:3.9 and 3.9:1.
SPREAD = 1.4
Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True, kw_only=True)
class Vote(Generic[Name]):
    """One comparison: ``better`` is preferred to ``other``, or as good where ``tie``."""

    better: Name
    other: Name
    tie: bool = False


@dataclass(frozen=True, kw_only=True)
class Strength(Generic[Name]):
    """Log odds against an idea of middling strength, with its interval; ``compared`` says in how many pairs it was."""

    name: Name
    value: float
    low: float
    high: float
    compared: int


def strengths(
    names: Sequence[Name], votes: Sequence[Vote[Name]], *, spread: float = SPREAD, level: float = 0.95
) -> tuple[Strength[Name], ...]:
    """All of ``names``, the strongest first; votes about others are left out."""
    import numpy as np

    place = {name: i for i, name in enumerate(dict.fromkeys(names))}
    n = len(place)
    wins = np.zeros((n, n))
    for vote in votes:
        if vote.better in place and vote.other in place and vote.better != vote.other:
            a, b = place[vote.better], place[vote.other]
            wins[a, b] += 0.5 if vote.tie else 1.0
            wins[b, a] += 0.5 if vote.tie else 0.0
    together = wins + wins.T
    s = np.zeros(n)
    hessian = np.eye(n) / spread**2
    for _ in range(100):
        p = 1 / (1 + np.exp(np.clip(s[None, :] - s[:, None], -40, 40)))
        gradient = (wins - together * p).sum(axis=1) - s / spread**2
        weight = together * p * (1 - p)
        hessian = np.diag(weight.sum(axis=1) + 1 / spread**2) - weight
        step = np.linalg.solve(hessian, gradient)
        # The log posterior is concave; a step is kept short so that it cannot jump over the top.
        s = s + step * min(1.0, 2.0 / max(float(np.abs(step).max(initial=0.0)), 1e-12))
        if float(np.abs(step).max(initial=0.0)) < 1e-10:
            break
    width = NormalDist().inv_cdf(0.5 + level / 2) * np.sqrt(np.diag(np.linalg.inv(hessian))) if n else s
    out = [
        Strength(
            name=name, value=float(s[i]), low=float(s[i] - width[i]), high=float(s[i] + width[i]),
            compared=round(float(together[i].sum())),
        )
        for name, i in place.items()
    ]  # fmt: skip
    return tuple(sorted(out, key=lambda one: -one.value))


def next_pair(
    ranked: Sequence[Strength[Name]], votes: Sequence[Vote[Name]]
) -> tuple[Name, Name] | None:  # fmt: skip
    """The two whose comparison would tell most: close to each other and little compared; None for fewer than two.

    What one answer tells of a difference d with variance v is p(1 - p)v, p being its chance; those that
    were compared with each other already come after the others.
    """
    import math

    asked = {frozenset((vote.better, vote.other)) for vote in votes}
    best: tuple[bool, float] | None = None
    found: tuple[Name, Name] | None = None
    for i, a in enumerate(ranked):
        for b in ranked[i + 1 :]:
            p = 1 / (1 + math.exp(-min(40.0, a.value - b.value)))
            spread = (a.high - a.low) ** 2 + (b.high - b.low) ** 2
            worth = (frozenset((a.name, b.name)) not in asked, p * (1 - p) * spread)
            if best is None or worth > best:
                best, found = worth, (a.name, b.name)
    return found
