"""The open issues that the paper names for self-improvement, each as a figure of the record."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from jupyter_coimprove.lessons.counting import Figure, share
from jupyter_coimprove.lessons.decided import Decided
from jupyter_coimprove.lessons.figures import Said, skill

#: Pairs of proposals that diversity is read from, at most.
PAIRS = 2000
SHUFFLES = 500


@dataclass(frozen=True, kw_only=True)
class Issue:
    """One open issue: what is counted, the figure, and what it says."""

    name: str
    counted: str
    figure: Figure
    says: str


def issues(decisions: Sequence[Decided], said: Sequence[Said], *, undone: int) -> tuple[Issue, ...]:
    """All four. ``decisions`` are standing ones, oldest first; ``undone`` is how many acceptances were taken back."""
    return (hacking(decisions, undone), drift(decisions), judgement(said), diversity(decisions))


def hacking(decisions: Sequence[Decided], undone: int) -> Issue:
    """Reward hacking of acceptance: does more get accepted that does not stand?"""
    accepted = [one for one in decisions if one.verdict != "rejected"]
    contradicted = sum(one.confirmed is False for one in accepted)
    bad = share(contradicted + undone, len(accepted) + undone)
    bulk = sum(one.bulk for one in accepted)
    older, newer = (share(sum(o.verdict == "accepted" for o in h), len(h)) for h in _halves(decisions))
    rise = (
        ""
        if older.value is None or newer.value is None
        else f"; acceptance {older.value:.2f} then {newer.value:.2f}"
    )
    return Issue(
        name="reward hacking of acceptance", counted="accepted, then undone or contradicted by runs", figure=bad,
        says=f"{contradicted} contradicted by runs, {undone} undone, {bulk} accepted in bulk{rise}",
    )  # fmt: skip


def drift(decisions: Sequence[Decided]) -> Issue:
    """Drift: is what comes and what is decided another than it was?

    The Jensen-Shannon distance (Lin 1991, base 2, its root) of (kind, verdict, reason) between the halves, held
    against shuffled halves.
    """
    older, newer = ([(one.kind, one.verdict, one.reasons[:1]) for one in half] for half in _halves(decisions))
    if len(older) < 5:
        return Issue(
            name="drift", counted="distance between halves", figure=Figure(value=None, n=len(decisions)), says=_FEW
        )  # fmt: skip
    found = _distance(older, newer)
    everything, chance = [*older, *newer], random.Random(0)
    more = 0
    for _ in range(SHUFFLES):
        chance.shuffle(everything)
        more += _distance(everything[: len(older)], everything[len(older) :]) >= found
    p = (more + 1) / (SHUFFLES + 1)
    return Issue(
        name="drift", counted="Jensen-Shannon distance of what was decided, older against newer half",
        figure=Figure(value=found, n=len(decisions)),
        says=f"shuffled halves are as far apart in {p:.0%}" + ("" if p > 0.05 else ": decisions have changed"),
    )  # fmt: skip


def judgement(said: Sequence[Said]) -> Issue:
    """Reliability of self-judgement: are the AI's own probabilities borne out by runs?"""
    ai = [one for one in said if one.kind == "ai"]
    found = skill("AI", ai)
    if found is None:
        return Issue(
            name="reliability of self-judgement", counted="Brier score of the AI's predictions",
            figure=Figure(value=None, n=0), says="no prediction of a model was scored yet",
        )  # fmt: skip
    return Issue(
        name="reliability of self-judgement", counted="Brier score of the AI's predictions", figure=found.brier,
        says=f"{found.words}; what it says misses what happens by {found.off or 0:.2f} on average",
    )  # fmt: skip


def diversity(decisions: Sequence[Decided]) -> Issue:
    """Diversity: are proposals alike? The mean Jaccard distance of pairs of one kind, newer half against older."""
    older, newer = (_apart(half) for half in _halves(decisions))
    if newer.value is None:
        return Issue(name="diversity", counted="distance of proposals", figure=newer, says=_FEW)
    before = "" if older.value is None else f"; it was {older.value:.2f}"
    return Issue(
        name="diversity", counted="mean Jaccard distance of two proposals of a kind, newer half", figure=newer,
        says=f"0: all the same, 1: nothing in common{before}",
    )  # fmt: skip


_FEW = "fewer than ten decisions: nothing to compare yet"


def _halves(decisions: Sequence[Decided]) -> tuple[Sequence[Decided], Sequence[Decided]]:
    half = len(decisions) // 2
    return decisions[:half], decisions[half:]


def _apart(decisions: Sequence[Decided]) -> Figure:
    made = [one for one in decisions if one.features]
    pairs = [(a, b) for a, b in combinations(made, 2) if a.kind == b.kind]
    if len(made) < 5 or not pairs:
        return Figure(value=None, n=len(made))
    if len(pairs) > PAIRS:
        pairs = random.Random(0).sample(pairs, PAIRS)
    distances = [1 - len(a.features & b.features) / len(a.features | b.features) for a, b in pairs]
    # Pairs share proposals: an interval over pairs would be too short, so there is none.
    return Figure(value=math.fsum(distances) / len(distances), n=len(made))


def _distance(one: Sequence[object], other: Sequence[object]) -> float:
    a, b = _shares(one), _shares(other)
    middle = {key: (a.get(key, 0) + b.get(key, 0)) / 2 for key in a.keys() | b.keys()}
    return math.sqrt(max(0.0, (_divergence(a, middle) + _divergence(b, middle)) / 2))


def _shares(values: Iterable[object]) -> dict[object, float]:
    counted = Counter(values)
    total = counted.total()
    return {key: times / total for key, times in counted.items()}


def _divergence(p: dict[object, float], q: dict[object, float]) -> float:
    return math.fsum(share * math.log2(share / q[key]) for key, share in p.items() if share)
