"""How people and the AI do over time: what was accepted, how much was edited, and what was said beforehand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from jupyter_coimprove.experiments.prediction import ENOUGH
from jupyter_coimprove.lessons.counting import Figure, mean, resampled, share
from jupyter_coimprove.lessons.decided import Decided


@dataclass(frozen=True, kw_only=True)
class Part:
    """Decisions of one kind, or of one stretch of time: what became of them."""

    name: str
    decisions: int
    accepted: Figure
    edited: int
    rejected: int
    reasons: Figure
    distance: Figure


def part(name: str, decisions: Sequence[Decided]) -> Part:
    """What became of these; ``distance`` is the mean edit distance of what was kept (0: verbatim)."""
    n = len(decisions)
    kept = [one.distance or 0.0 for one in decisions if one.verdict == "accepted" or one.distance is not None]
    return Part(
        name=name, decisions=n, accepted=share(sum(one.verdict == "accepted" for one in decisions), n),
        edited=sum(one.verdict == "edited" for one in decisions), rejected=sum(one.verdict == "rejected" for one in decisions),
        reasons=share(sum(bool(one.reason) for one in decisions), n), distance=mean(kept),
    )  # fmt: skip


def by_kind(decisions: Sequence[Decided]) -> tuple[Part, ...]:
    """One part a kind of proposal, the commonest first."""
    kinds = sorted({one.kind for one in decisions}, key=lambda k: (-sum(d.kind == k for d in decisions), k))
    return tuple(part(kind, [one for one in decisions if one.kind == kind]) for kind in kinds)


def over_time(decisions: Sequence[Decided], parts: int = 4) -> tuple[Part, ...]:
    """Equal stretches of decisions, oldest first; fewer where there are not five in each."""
    parts = min(parts, len(decisions) // 5)
    if parts < 2:
        return (part("all", decisions),) if decisions else ()
    cuts = [round(i * len(decisions) / parts) for i in range(parts + 1)]
    return tuple(part(f"{low + 1} to {high}", decisions[low:high]) for low, high in pairwise(cuts))


@dataclass(frozen=True, kw_only=True)
class Said:
    """A probability that somebody gave, and whether it came so. ``item`` names what it was about, ``at`` when it was
    said; ``aided`` says that the person had seen the AI's before."""

    item: str
    by: str
    kind: str
    p: float
    happened: bool
    at: str = ""
    aided: bool = False


@dataclass(frozen=True, kw_only=True)
class Order:
    """How one ranking of arms did: of ``pairs`` that the runs tell apart, ``agreeing`` came in its order."""

    by: str
    kind: str
    pairs: int
    agreeing: int
    aided: bool = False


@dataclass(frozen=True, kw_only=True)
class Skill:
    """How somebody's probabilities did: Brier score (0: perfect), skill against the base rate (0: no better), and by
    how much what they say misses how often it happens (mean over tenths, weighted by items)."""

    who: str
    items: int
    brier: Figure
    skill: float | None
    off: float | None

    @property
    def words(self) -> str:
        if self.skill is None:
            return f"{self.brier.words}; every item came the same, so there is no base rate to beat"
        return f"{self.brier.words}; skill {self.skill:+.2f} against the base rate"


def skill(who: str, said: Sequence[Said], rate: float | None = None) -> Skill | None:
    """The skill of these against always saying ``rate`` (by default how often they happened); None without any."""
    if not said:
        return None
    rate = sum(one.happened for one in said) / len(said) if rate is None else rate
    losses = [(one.p - one.happened) ** 2 for one in said]
    reference = math.fsum((rate - one.happened) ** 2 for one in said) / len(said)
    total = math.fsum(losses) / len(said)
    return Skill(
        who=who, items=len(said), brier=mean(losses), skill=1 - total / reference if reference else None, off=calibration(said),
    )  # fmt: skip


def base_rate(said: Sequence[Said]) -> float | None:
    """How often what was predicted came so, each item once."""
    items = {one.item: one.happened for one in said}
    return sum(items.values()) / len(items) if items else None


@dataclass(frozen=True, kw_only=True)
class Side:
    """Two forecasters, each alone, on the items that both spoke of: mean Brier scores, and what may be said of it."""

    one: str
    other: str
    items: int
    briers: tuple[float, float]
    words: str


def side_by_side(said: Sequence[Said]) -> tuple[Side, ...]:
    """Every two on their shared items; nobody is ranked under 50 of these."""
    own: dict[str, dict[str, Said]] = {}
    for one in said:
        if not one.aided:
            own.setdefault(f"{one.by} ({one.kind})", {})[one.item] = one
    out = []
    for first, second in combinations(sorted(own), 2):
        items = sorted(own[first].keys() & own[second].keys())
        if not items:
            continue
        a, b = (
            math.fsum((own[who][item].p - own[who][item].happened) ** 2 for item in items) / len(items)
            for who in (first, second)
        )
        closer = f"{first if a < b else second} was closer" if a != b else "the same"
        words = closer if len(items) >= ENOUGH else f"no ranking under {ENOUGH} items"
        out.append(Side(one=first, other=second, items=len(items), briers=(a, b), words=words))
    return tuple(out)


def calibration(said: Sequence[Said]) -> float | None:
    """The expected calibration error over tenths (Naeini, Cooper, Hauskrecht 2015); None without items."""
    if not said:
        return None
    gaps = (abs(row.said - (row.happened.value or 0.0)) * row.items for row in tenths(said))
    return math.fsum(gaps) / len(said)


@dataclass(frozen=True, kw_only=True)
class Tenth:
    """What was said with about one probability, and how often it happened."""

    low: float
    items: int
    said: float
    happened: Figure


def tenths(said: Sequence[Said]) -> tuple[Tenth, ...]:
    """The reliability table behind the calibration error: tenths in which something was said."""
    bins: dict[int, list[Said]] = {}
    for one in said:
        bins.setdefault(min(9, int(one.p * 10)), []).append(one)
    return tuple(
        Tenth(
            low=number / 10, items=len(some), said=math.fsum(one.p for one in some) / len(some),
            happened=share(sum(one.happened for one in some), len(some)),
        )
        for number, some in sorted(bins.items())
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """What the AI said of one sort, and whether people agreed: accepted or edited, of those decided one by one."""

    name: str
    items: int
    agreed: Figure


def verdicts(decisions: Sequence[Decided]) -> tuple[Verdicts, ...]:
    """The AI's verdicts against people's: findings of checks by how sure they were, findings and cards by who made them."""
    sorts: dict[str, list[Decided]] = {}
    for one in decisions:
        if one.bulk or one.author_kind == "person" or one.kind not in ("check", "finding", "card"):
            continue
        sure = next((f.removeprefix("confidence ") for f in one.features if f.startswith("confidence ")), "")
        name = f"{one.kind}, {sure} confidence" if sure else f"{one.kind} by {one.author or one.author_kind}"
        sorts.setdefault(name, []).append(one)
    return tuple(
        Verdicts(
            name=name,
            items=len(some),
            agreed=share(sum(one.verdict != "rejected" for one in some), len(some)),
        )
        for name, some in sorted(sorts.items())
    )


@dataclass(frozen=True, kw_only=True)
class Uplift:
    """Person alone, AI alone and the person after they saw the AI's, on the same items: mean Brier scores.

    ``gain`` is the better one alone less the team (above 0: the team is better). ``enough`` says whether anybody may
    be ranked by it.
    """

    items: int
    alone: float
    ai: float
    team: float
    gain: Figure

    @property
    def enough(self) -> bool:
        return self.items >= ENOUGH

    @property
    def words(self) -> str:
        said = f"person {self.alone:.3f}, AI {self.ai:.3f}, together {self.team:.3f} (Brier) on {self.items} shared items"
        if not self.enough:
            return f"{said}; under {ENOUGH} items it ranks nobody"
        return f"{said}; gain over the better one alone {self.gain.words}"


def uplift(said: Sequence[Said]) -> Uplift | None:
    """What people gain from seeing the AI's view, on items where all three are known; None where there are none."""
    alone = {(one.by, one.item): one for one in reversed(said) if one.kind == "person" and not one.aided}
    team = {(one.by, one.item): one for one in said if one.kind == "person" and one.aided}
    ai = {one.item: one for one in said if one.kind == "ai"}
    items = sorted(key for key in alone.keys() & team.keys() if key[1] in ai)
    if not items:
        return None
    losses = [
        tuple((one.p - one.happened) ** 2 for one in (alone[key], ai[key[1]], team[key])) for key in items
    ]

    def gain(some: Sequence[tuple[float, ...]]) -> float:
        own, other, both = (math.fsum(row[i] for row in some) / len(some) for i in range(3))
        return min(own, other) - both

    means = [math.fsum(row[i] for row in losses) / len(losses) for i in range(3)]
    return Uplift(items=len(items), alone=means[0], ai=means[1], team=means[2], gain=resampled(losses, gain))


def unaided(said: Sequence[Said]) -> tuple[Skill | None, Skill | None]:
    """A person's skill without the AI, in the older and the newer half of what they said: deskilling shows as a fall."""
    own = sorted(
        (one for one in said if one.kind == "person" and not one.aided), key=lambda one: (one.at, one.item)
    )
    half, rate = len(own) // 2, base_rate(said)
    return skill("older half", own[:half], rate), skill("newer half", own[half:], rate)


@dataclass(frozen=True, kw_only=True)
class Swayed:
    """What people said before they saw the AI's words, and what they decided after.

    ``agreed`` is the share that decided as they had said; ``towards`` and ``away`` count changes to and from accepting.
    """

    items: int
    agreed: Figure
    towards: int
    away: int


def swayed(decisions: Sequence[Decided]) -> Swayed:
    """How far the AI's words move people: over decisions for which a view was given first."""
    viewed = [one for one in decisions if one.view in ("yes", "no")]
    same = sum((one.view == "yes") == (one.verdict != "rejected") for one in viewed)
    return Swayed(
        items=len(viewed), agreed=share(same, len(viewed)),
        towards=sum(one.view == "no" and one.verdict != "rejected" for one in viewed),
        away=sum(one.view == "yes" and one.verdict == "rejected" for one in viewed),
    )  # fmt: skip
