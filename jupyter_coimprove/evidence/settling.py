"""One plan for several people: what nobody's conditions rule out, the plan of the most wishes, and who conflicts.

Everything is counted over all combinations of the options that are offered, so that what is said is exact: a plan of the
most wishes met (of equal ones the one that leaves fewest people unhappy), and where no plan is left the smallest sets of
people who cannot be satisfied together (minimal unsatisfiable subsets; Liffiton and Sakallah 2008) with the smallest
number of conditions that would have to go.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_coimprove.errors import UsageError

Plan = Mapping[str, Any]
RELATIONS = ("=", "not", "in", "at least", "at most")
#: More combinations than this are not gone through, and more conflicts than this not listed.
MOST, CONFLICTS = 200_000, 12


@dataclass(frozen=True, kw_only=True)
class Condition:
    """``names`` of options (of several their product), a relation and a value; of ``in`` a list."""

    names: tuple[str, ...]
    relation: str
    value: Any

    @property
    def text(self) -> str:
        return f"{' x '.join(self.names)} {self.relation} {self.value}"

    def holds(self, plan: Plan) -> bool:
        made: Any = plan[self.names[0]]
        for name in self.names[1:]:
            made = made * plan[name]
        if self.relation == "=":
            return bool(made == self.value)
        if self.relation == "not":
            return bool(made != self.value)
        if self.relation == "in":
            return made in self.value
        return bool(made >= self.value if self.relation == "at least" else made <= self.value)


@dataclass(frozen=True, kw_only=True)
class Member:
    """Somebody with what they cannot do without and what they would like."""

    name: str
    must: tuple[Condition, ...] = ()
    wishes: tuple[Condition, ...] = ()

    def content(self, plan: Plan) -> bool:
        """Whether all that they wish is met."""
        return all(one.holds(plan) for one in self.wishes)


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """Conditions that no plan meets together, none of which could be left out of that: (member, condition)."""

    parts: tuple[tuple[str, Condition], ...]

    @property
    def text(self) -> str:
        return "; ".join(f"{name}: {one.text}" for name, one in self.parts)


@dataclass(frozen=True, kw_only=True)
class Settled:
    """``plan`` is None where nothing is feasible. ``dissent`` are members with a wish unmet, ``equal`` other plans as good,
    ``decisive`` each member's share of what they alone rule out, ``relief`` the fewest conditions whose going leaves a plan."""

    options: int
    feasible: int
    plan: Plan | None
    met: int
    wished: int
    dissent: tuple[str, ...]
    equal: int = 0
    unmet: tuple[tuple[str, Condition], ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    relief: tuple[tuple[str, Condition], ...] = ()
    decisive: Mapping[str, int] = field(default_factory=dict)


def read(data: Mapping[str, Any]) -> tuple[dict[str, tuple[Any, ...]], tuple[Member, ...]]:
    """Options and members of ``{options: {name: [...]}, members: [{member, must, wishes}]}``; UsageError says what is wrong."""
    options = data.get("options")
    members = data.get("members")
    if not isinstance(options, Mapping) or not options or not isinstance(members, Sequence) or not members:
        raise UsageError(
            "there are no options or no members", remedy="[options] NAME = [...], and [[members]]"
        )
    space = {str(name): tuple(values) for name, values in options.items() if isinstance(values, Sequence)}
    if (
        len(space) < len(options)
        or not all(space.values())
        or any(isinstance(v, str) for v in options.values())
    ):
        raise UsageError("an option has no list of values", remedy="[options] seeds = [3, 5, 10]")
    out = []
    for number, one in enumerate(members, 1):
        if not isinstance(one, Mapping):
            raise UsageError(f"member {number} is no table", remedy='[[members]] member = "ann"')
        name = str(one.get("member") or f"member {number}")
        out.append(
            Member(
                name=name, must=tuple(_condition(name, said, space) for said in one.get("must") or ()),
                wishes=tuple(_condition(name, said, space) for said in one.get("wishes") or ()),
            )
        )  # fmt: skip
    if len({one.name for one in out}) < len(out):
        raise UsageError("two members have one name", remedy="give each their own")
    return space, tuple(out)


def _condition(who: str, said: Any, space: Mapping[str, Sequence[Any]]) -> Condition:
    wrong = UsageError(
        f"{who}: {said!r} is no condition", remedy=f"[names, one of {', '.join(RELATIONS)}, value]"
    )
    if not isinstance(said, Sequence) or isinstance(said, str) or len(said) != 3:
        raise wrong
    names, relation, value = said
    names = (names,) if isinstance(names, str) else tuple(map(str, names))
    if relation not in RELATIONS or not names or any(name not in space for name in names):
        raise wrong
    counted = all(type(level) in (int, float) for name in names for level in space[name])
    if (len(names) > 1 or relation in ("at least", "at most")) and not (
        counted and type(value) in (int, float)
    ):
        raise UsageError(
            f"{who}: {said!r} counts what is no number", remedy="use =, not or in, of one option"
        )
    if relation == "in" and (isinstance(value, str) or not isinstance(value, Sequence)):
        raise wrong
    return Condition(names=names, relation=str(relation), value=value)


def settle(options: Mapping[str, Sequence[Any]], members: Sequence[Member]) -> Settled:
    """The plan that breaks nobody's ``must`` and meets most wishes, or the conflicts that leave none. UsageError for too many."""
    size = math.prod(len(values) for values in options.values())
    if size > MOST:
        raise UsageError(f"{size} combinations are more than are gone through", remedy="offer fewer options")
    best: list[Plan] = []
    rank: tuple[int, int] = (-1, 0)
    feasible = 0
    alone = {member.name: 0 for member in members}
    for plan in plans(options):
        against = [member.name for member in members if not all(one.holds(plan) for one in member.must)]
        if len(against) == 1:
            alone[against[0]] += 1
        if against:
            continue
        feasible += 1
        met = sum(wish.holds(plan) for member in members for wish in member.wishes)
        now = (met, sum(member.content(plan) for member in members))
        if now >= rank:
            best = [*best, plan] if now == rank else [plan]
            rank = now
    wished = sum(len(member.wishes) for member in members)
    if not best:
        conflicts = tuple(itertools.islice(_conflicts(options, members), CONFLICTS))
        return Settled(
            options=size, feasible=0, plan=None, met=0, wished=wished, dissent=tuple(member.name for member in members),
            conflicts=conflicts, relief=_relief(options, members), decisive=alone,
        )  # fmt: skip
    plan = best[0]
    return Settled(
        options=size, feasible=feasible, plan=plan, met=rank[0], wished=wished, equal=len(best) - 1, decisive=alone,
        dissent=tuple(member.name for member in members if not member.content(plan)),
        unmet=tuple((m.name, wish) for m in members for wish in m.wishes if not wish.holds(plan)),
    )  # fmt: skip


def plans(options: Mapping[str, Sequence[Any]]) -> Iterator[Plan]:
    """Every plan there is, in the order of the options."""
    for values in itertools.product(*options.values()):
        yield dict(zip(options, values, strict=True))


def _conflicts(options: Mapping[str, Sequence[Any]], members: Sequence[Member]) -> Iterator[Conflict]:
    """Minimal sets of conditions that no plan meets together, the smallest first."""
    listed = [(member.name, one) for member in members for one in member.must]
    every = list(plans(options))
    met = [sum(1 << place for place, plan in enumerate(every) if one.holds(plan)) for _, one in listed]
    found: list[frozenset[int]] = []
    for size in range(1, min(len(listed), 4) + 1):
        for chosen in itertools.combinations(range(len(listed)), size):
            if any(known <= set(chosen) for known in found):
                continue
            left = (1 << len(every)) - 1
            for place in chosen:
                left &= met[place]
            if not left:
                found.append(frozenset(chosen))
                yield Conflict(parts=tuple(listed[place] for place in chosen))


def _relief(
    options: Mapping[str, Sequence[Any]], members: Sequence[Member]
) -> tuple[tuple[str, Condition], ...]:
    """The conditions of the plan that breaks fewest: they would have to go; of equal ones those of fewest people."""
    listed = [(member.name, one) for member in members for one in member.must]
    broken = [[pair for pair in listed if not pair[1].holds(plan)] for plan in plans(options)]
    least = min(broken, key=lambda pairs: (len(pairs), len({name for name, _ in pairs})))
    return tuple(least)
