"""Who agrees with whom on what, how many different views that is, and what is agreed with which dissent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from jupyter_coimprove.activities.debate.position import AGAINST, FOR, UNSURE, Position, Question
from jupyter_coimprove.activities.debate.repeats import repeated
from jupyter_coimprove.evidence.votes import Merged, merge

#: Share of the views that an option needs, and how many different views must be for it.
SHARE, VIEWS = 2 / 3, 2.0
_NEAR = 1e-9


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """The last word of each participant, what they have in common, and how many views they are.

    ``pairs`` are (one, other, items both took a stand on, of these the same). ``common`` are items on which all who
    took a stand (two or more) took the same one, ``disputed`` those on which they did not, the most even first.
    ``shares`` are of the options, in views; ``repeats`` say in words who counts as one view, and why.
    """

    last: tuple[Position, ...]
    pairs: tuple[tuple[Position, Position, int, int], ...]
    common: tuple[tuple[str, str], ...]
    disputed: tuple[str, ...]
    merged: Merged
    shares: dict[str, float]
    views: float
    repeats: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What comes of it: ``consensus`` on ``option``, ``split``, or ``too few`` to say (``missing`` says what is).

    ``supporters`` and ``dissent`` are last words; ``share`` and ``views`` those of the option.
    """

    kind: Literal["consensus", "split", "too few"]
    option: str = ""
    share: float = 0.0
    views: float = 0.0
    supporters: tuple[Position, ...] = ()
    dissent: tuple[Position, ...] = ()
    missing: str = ""


def agreement(question: Question, positions: Sequence[Position]) -> Agreement:
    """The map over the last word of each."""
    latest: dict[str, Position] = {}
    for one in sorted(positions, key=lambda one: one.round):
        latest[one.key] = one
    last = tuple(latest.values())
    stands = {one.key: {i: s for i in question.items if (s := one.on(i, question)) != UNSURE} for one in last}
    alike, repeats = _alike(last)
    merged = merge(stands, choices=(FOR, AGAINST), alike=alike)
    name = {one.key: one.who for one in last}
    repeats += [
        f"{_listed([name[key] for key in group])} agree more than skill explains (dependence {tie:.2f})"
        for group, tie in zip(merged.groups, merged.ties, strict=True)
        if not any(set(group) <= set(known) for known in _closure(alike))
    ]
    said = [one for one in last if one.choice]
    total = sum(merged.weights[one.key] for one in said)
    shares = {
        option: sum(merged.weights[one.key] for one in said if one.choice == option) / total if total else 0.0
        for option in question.options
    }
    pairs, taken = [], {i: [row[i] for row in stands.values() if i in row] for i in question.items}
    for i, one in enumerate(last):
        for other in last[i + 1 :]:
            both = set(stands[one.key]) & set(stands[other.key])
            pairs.append(
                (one, other, len(both), sum(stands[one.key][x] == stands[other.key][x] for x in both))
            )
    common = tuple((i, s[0]) for i, s in taken.items() if len(s) > 1 and len(set(s)) == 1)
    disputed = sorted((i for i, s in taken.items() if len(set(s)) > 1), key=lambda i: abs(_lean(taken[i])))
    return Agreement(
        last=last, pairs=tuple(pairs), common=common, disputed=tuple(disputed), merged=merged, shares=shares,
        views=total, repeats=tuple(repeats),
    )  # fmt: skip


def outcome(question: Question, found: Agreement) -> Outcome:
    """Consensus where ``SHARE`` of the views, and ``VIEWS`` different ones, are for one option; dissent is kept."""
    said = tuple(one for one in found.last if one.choice)
    people = [one for one in found.last if one.kind == "person"]
    if len(found.last) < 2 or found.views < VIEWS - _NEAR or not people:
        return Outcome(kind="too few", missing=_missing(found, people, said))
    option = max(question.options, key=lambda one: found.shares[one])
    supporters = tuple(one for one in said if one.choice == option)
    views = sum(found.merged.weights[one.key] for one in supporters)
    dissent = tuple(one for one in found.last if one.choice != option)
    enough = found.shares[option] >= SHARE - _NEAR and views >= VIEWS - _NEAR
    return Outcome(
        kind="consensus" if enough else "split", option=option if enough else "", share=found.shares[option], views=views,
        supporters=supporters if enough else (), dissent=dissent if enough else (),
    )  # fmt: skip


def _missing(found: Agreement, people: Sequence[Position], said: Sequence[Position]) -> str:
    if not found.last:
        return "nobody has taken a position"
    if not people:
        return "no person has taken a position"
    if len(found.last) == 1:
        return "a debate of one: a second view is missing"
    if len(said) < 2:
        return "fewer than two have chosen an option"
    return "all who chose are one view: a second, independent one is missing"


def _alike(last: Sequence[Position]) -> tuple[list[tuple[str, ...]], list[str]]:
    """Who is known to repeat whom: roles of one model, and texts in the same words."""
    groups: list[tuple[str, ...]] = []
    words: list[str] = []
    for origin in dict.fromkeys(one.origin for one in last if one.origin):
        roles = [one for one in last if one.origin == origin]
        if len(roles) > 1:
            groups.append(tuple(one.key for one in roles))
            words.append(f"{_listed([one.who for one in roles])} are one model: one view")
    name = {one.key: one.who for one in last}
    for pair in repeated({one.key: one.text for one in last}):
        if not any(set(pair) <= set(group) for group in groups):
            words.append(f"{_listed([name[key] for key in pair])} say the same in the same words: one view")
        groups.append(pair)
    return groups, words


def _closure(groups: Sequence[tuple[str, ...]]) -> list[set[str]]:
    """The groups, those that overlap joined."""
    out: list[set[str]] = []
    for group in groups:
        touching = [one for one in out if one & set(group)]
        out = [one for one in out if not one & set(group)] + [set(group).union(*touching)]
    return out


def _lean(stands: Sequence[str]) -> float:
    return (stands.count(FOR) - stands.count(AGAINST)) / len(stands)


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
