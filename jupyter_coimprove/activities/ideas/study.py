"""Ideas, ranked: what each would change, how far it is from what was tried or rejected, and what it speaks against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from jupyter_coimprove.activities.activity import Card, Section, Study
from jupyter_coimprove.activities.ideas.distance import WEIGHTS, Features, distance
from jupyter_coimprove.activities.ideas.idea import SOURCES, Idea, Tried, plan_words
from jupyter_coimprove.activities.ideas.pairs import Strength

#: Ideas that are told, where nothing was said of it.
MOST = 8


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """An idea that a person said no to, and why."""

    id: str
    features: Features
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Near:
    """What is nearest to an idea of what was tried or rejected, in words, and how far (1: nothing is)."""

    text: str = ""
    value: float = 1.0


def nearest(features: Features, tried: Sequence[Tried], rejected: Sequence[Rejected]) -> Near:
    """The least distance to anything tried or rejected."""
    found = [Near(text=f"{one.features.text} ({one.experiment}{', ' + one.verdict if one.verdict else ''})", value=distance(features, one.features)) for one in tried]  # fmt: skip
    found += [Near(text=f"{one.features.text} ({one.id}, rejected{': ' + one.reason if one.reason else ''})", value=distance(features, one.features)) for one in rejected]  # fmt: skip
    return min(found, key=lambda one: one.value, default=Near())


def card(
    idea: Idea, near: Near, *, notebook: str, response: str, cells: Sequence[int] = ()
) -> Card:  # fmt: skip
    """The idea as what waits for a decision; its weight is the mean of what its source promises and its distance."""
    known = (f"nearest to it: {near.text}, at a distance of {near.value:.2f}",) if near.text else ("nothing like it was tried or rejected",)  # fmt: skip
    return Card(
        kind="idea", title=idea.title, key=idea.features.key, goal=idea.goal,
        evidence=(*((f"contradicts what is believed: {idea.against}",) if idea.against else ()), *idea.why),
        known=known, untried=(idea.features.text,), weight=round(0.5 * SOURCES.get(idea.source, 0.5) + 0.5 * near.value, 4),
        cells=tuple(cells), used=idea.used, next=(plan_words(idea, notebook, response),),
        data={
            "settings": dict(idea.features.settings), "operators": sorted(idea.features.operators),
            "slices": sorted(idea.features.slices), "source": idea.source, "against": idea.against,
            "distance": round(near.value, 4), "crossed": idea.crossed,
        },
    )  # fmt: skip


def features_of(data: object) -> Features:
    """What a kept card of an idea would change."""
    from collections.abc import Mapping

    known = data if isinstance(data, Mapping) else {}
    settings = known.get("settings")
    return Features(
        settings={str(k): str(v) for k, v in settings.items()} if isinstance(settings, Mapping) else {},
        operators=frozenset(map(str, known.get("operators") or ())), slices=frozenset(map(str, known.get("slices") or ())),
    )  # fmt: skip


def chosen(cards: Sequence[Card], most: int) -> list[Card]:
    """At most so many, the weightiest first and unlike each other, and one that contradicts a belief in any case.

    Each is the one whose weight times (1 + its distance to the nearest that was chosen) / 2 is largest.
    """
    unique: dict[str, Card] = {}
    for one in sorted(cards, key=lambda one: -one.weight):
        unique.setdefault(one.key, one)
    left = list(unique.values())
    kept = [one for one in left if one.data.get("against")][:1]
    left = [one for one in left if one not in kept]
    while left and len(kept) < most:
        have = [features_of(one.data) for one in kept]

        def worth(one: Card, have: Sequence[Features] = have) -> float:
            apart = min((distance(features_of(one.data), other) for other in have), default=1.0)
            return one.weight * (1 + apart) / 2

        best = max(left, key=worth)
        kept.append(best)
        left.remove(best)
    return sorted(kept, key=lambda one: -one.weight)


def study(
    name: str, cards: Sequence[Card], ranking: Sequence[Strength[str]], *, asked: Sequence[str] = (), unseen: Sequence[str] = (),
    votes: int = 0,
) -> Study:  # fmt: skip
    """``cards`` in the order of the person's comparisons (``ranking``, by key), equal ones by weight."""
    strong = {one.name: one for one in ranking}
    ordered = sorted(cards, key=lambda one: (-strong[one.key].value if one.key in strong else 0.0, -one.weight))  # fmt: skip
    compared = any(one.compared for one in ranking)
    columns = ("idea", "from", "distance", *(("strength", "low", "high", "pairs") if compared else ()))
    rows = []
    for one in ordered:
        fit = strong.get(one.key)
        shown = (round(fit.value, 2), round(fit.low, 2), round(fit.high, 2), fit.compared) if fit else (None, None, None, 0)  # fmt: skip
        rows.append((one.title, str(one.data.get("source", "")), one.data.get("distance"), *(shown if compared else ())))  # fmt: skip
    contrary = [one for one in ordered if one.data.get("against")]
    weights = ", ".join(f"{value:g} {key}" for key, value in WEIGHTS.items())
    lines = [
        "recombined from untested levels, operators and slices of this notebook and its record; no more than that is in them",
        f"distance to the nearest that was tried or rejected, from 0 (the same) to 1 (nothing in common): a mean over {weights}",
    ]
    if contrary:
        lines.append(f"{len(contrary)} contradict{'s' if len(contrary) == 1 else ''} what is believed now: {contrary[0].title}")  # fmt: skip
    if compared:
        lines.append(f"in the order of {votes} comparison{'' if votes == 1 else 's'} (Bradley-Terry, ties half each, prior spread 1.4 log odds; 95 % intervals)")  # fmt: skip
    else:
        lines.append("nobody has compared them yet: --prefer ID --over ID says which is better, --tie that neither is")  # fmt: skip
    first = f"; first: {ordered[0].title}" if ordered else ""
    many = len(ordered)
    return Study(
        headline=f"{many or 'no'} idea{'' if many == 1 else 's'} for {name}{first}",
        sections=(Section(title="Ideas", lines=tuple(lines), columns=columns if rows else (), rows=tuple(rows)),),
        cards=tuple(replace(one, weight=min(1.0, max(0.0, one.weight))) for one in ordered), unseen=tuple(unseen),
        warnings=tuple(asked),
    )  # fmt: skip
