"""What several voters say together, when some are better than others and some only repeat each other.

With enough items each voter's skill is estimated, and views that repeat each other count as the one that they are
(``panel.py``: Dawid and Skene's model with sources that several copy). With few items nothing of this can be
estimated; then every view that is known to differ counts once, and the answer says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np

#: What each voter chose, by item; an item that they did not vote on is left out.
Ballots = Mapping[str, Mapping[str, str]]
#: Fewer items than this, or fewer voters, tell nothing of a voter's skill.
LEAST_ITEMS, LEAST_VOTERS = 8, 3
#: Shares nearer than this are a tie.
TIE = 1e-9


@dataclass(frozen=True, kw_only=True)
class Merged:
    """What the voters say together.

    ``shares`` are by item and choice and sum to 1: probabilities where ``method`` is ``dawid-skene``, shares of the
    views where it is ``each view once`` (``why`` says what was missing). ``answers`` is None where the first
    two are equal. ``weights`` say as how many views a voter counts, from 0 to 1. ``skill`` is each voter's
    estimated chance to be right (empty without an estimate). ``groups`` are voters who repeat each other, ``ties``
    how far each of these is one view (1: wholly).
    """

    shares: Mapping[str, Mapping[str, float]]
    answers: Mapping[str, str | None]
    weights: Mapping[str, float]
    skill: Mapping[str, float]
    groups: tuple[tuple[str, ...], ...]
    ties: tuple[float, ...]
    method: Literal["dawid-skene", "each view once"]
    why: str = ""

    @property
    def views(self) -> float:
        """How many different views there are: the sum of the weights."""
        return sum(self.weights.values())


def merge(
    ballots: Ballots, *, choices: Sequence[str] = (), alike: Sequence[Sequence[str]] = (), least_items: int = LEAST_ITEMS
) -> Merged:  # fmt: skip
    """The answers that these voters give together, views that repeat each other counted once.

    ``choices`` are all that could be chosen (default: all that were); ``alike`` are groups of voters known to
    repeat each other, by their texts or their origin. ValueError for a vote that is none of ``choices``.
    """
    voters = sorted(ballots)
    items = sorted({item for votes in ballots.values() for item in votes})
    chosen = {choice for votes in ballots.values() for choice in votes.values()}
    kinds = list(dict.fromkeys(choices)) or sorted(chosen)
    if strange := sorted(chosen - set(kinds)):
        raise ValueError(f"{strange} are none of the choices {kinds}")
    known = joined(voters, alike)
    why = _too_few(voters, items, ballots, least_items) or (
        "only one thing was chosen" if len(chosen) < 2 else ""
    )
    if why:
        groups, ties = tuple(known), [1.0 if len(group) > 1 else 0.0 for group in known]
        weights = _weights(groups, ties)
        rows, skill = _plurality(ballots, voters, items, kinds, weights), {}
    else:
        from jupyter_coimprove.evidence.panel import fitted

        model = fitted(_indicators(ballots, voters, items, kinds), known)
        groups, rows = model.groups, model.posterior.tolist()
        ties = [
            1.0 if len(group) > 1 and group in known else q * q for group, q in zip(groups, model.q, strict=True)
        ]  # fmt: skip
        weights = _weights(groups, ties)
        right = (model.confusion.diagonal(axis1=1, axis2=2) * model.prior).sum(axis=1)
        skill = {
            voters[i]: float(right[g]) for g, group in enumerate(groups) for i in group if ballots[voters[i]]
        }
    apart = [(group, tie) for group, tie in zip(groups, ties, strict=True) if len(group) > 1]
    return Merged(
        shares={item: dict(zip(kinds, row, strict=True)) for item, row in zip(items, rows, strict=True)},
        answers={item: _first(kinds, row) for item, row in zip(items, rows, strict=True)},
        weights=dict(zip(voters, weights, strict=True)), skill=dict(sorted(skill.items())),
        groups=tuple(tuple(voters[i] for i in group) for group, _ in apart), ties=tuple(tie for _, tie in apart),
        method="each view once" if why else "dawid-skene", why=why,
    )  # fmt: skip


def joined(voters: Sequence[str], alike: Sequence[Sequence[str]]) -> list[tuple[int, ...]]:
    """Everybody in one group, by number: those known to repeat each other together, overlapping groups joined."""
    place = {voter: i for i, voter in enumerate(voters)}
    group = list(range(len(voters)))
    for names in alike:
        found = {group[place[name]] for name in names if name in place}
        if found:
            group = [min(found) if one in found else one for one in group]
    return [tuple(i for i, one in enumerate(group) if one == first) for first in dict.fromkeys(group)]


def _weights(groups: Sequence[tuple[int, ...]], ties: Sequence[float]) -> list[float]:
    """``1 / (1 + (m − 1)·tie)`` in a group of m (Kish 1965, the design effect): copies share one voice."""
    out = {
        i: 1 / (1 + (len(group) - 1) * tie) for group, tie in zip(groups, ties, strict=True) for i in group
    }
    return [out[i] for i in sorted(out)]


def _too_few(voters: Sequence[str], items: Sequence[str], ballots: Ballots, least_items: int) -> str:
    shared = sum(sum(item in votes for votes in ballots.values()) >= LEAST_VOTERS for item in items)
    if len(voters) < LEAST_VOTERS:
        return (
            f"{len(voters)} voter{'' if len(voters) == 1 else 's'}; skill is estimated from {LEAST_VOTERS} on"
        )
    if shared < least_items:
        return f"{shared} item{'' if shared == 1 else 's'} with {LEAST_VOTERS} votes; skill is estimated from {least_items} on"
    return ""


def _indicators(
    ballots: Ballots, voters: Sequence[str], items: Sequence[str], kinds: Sequence[str]
) -> np.ndarray:
    """Votes as 0 and 1 of shape (voters, items, choices); zeros where nobody voted."""
    import numpy as np

    at, place = ({name: i for i, name in enumerate(names)} for names in (items, kinds))
    out = np.zeros((len(voters), len(items), len(kinds)))
    for i, voter in enumerate(voters):
        for item, choice in ballots[voter].items():
            out[i, at[item], place[choice]] = 1.0
    return out


def _plurality(
    ballots: Ballots, voters: Sequence[str], items: Sequence[str], kinds: Sequence[str], weights: Sequence[float]
) -> list[list[float]]:  # fmt: skip
    rows = []
    for item in items:
        counts = dict.fromkeys(kinds, 0.0)
        for voter, weight in zip(voters, weights, strict=True):
            if item in ballots[voter]:
                counts[ballots[voter][item]] += weight
        rows.append([count / sum(counts.values()) for count in counts.values()])
    return rows


def _first(kinds: Sequence[str], row: Sequence[float]) -> str | None:
    """The likeliest; None where two are equally likely."""
    order = sorted(range(len(kinds)), key=lambda place: -row[place])
    tied = len(order) > 1 and row[order[0]] - row[order[1]] < TIE
    return None if tied else kinds[order[0]]
