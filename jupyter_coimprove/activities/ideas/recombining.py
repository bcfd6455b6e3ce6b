"""Ideas without a model: untested levels, operators and slices recombined, and nothing more than that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

from jupyter_coimprove.activities.activity import Card
from jupyter_coimprove.activities.ideas.distance import GONE, Features, distance, number
from jupyter_coimprove.activities.ideas.idea import Belief, Idea, Tried, setting, together
from jupyter_coimprove.activities.ideas.modelled import Gained, modelled
from jupyter_coimprove.notebook.candidates import Candidate

#: How many candidates, levels of one, better arms and slices are recombined.
_CANDIDATES, _LEVELS, _BETTER, _SLICES = 8, 2, 4, 2
#: A larger change of a number, where the one that was tried left it open.
_LARGER = 3.0


@dataclass(frozen=True, kw_only=True)
class Material:
    """What there is to recombine. ``candidates`` are in the order of their rank, without seeds; ``slices`` and
    ``problems`` are cards with their ids; ``gained`` is what arms that ended gained."""

    candidates: Sequence[Candidate]
    tried: Sequence[Tried] = ()
    beliefs: Sequence[Belief] = ()
    problems: Sequence[tuple[str, Card]] = ()
    slices: Sequence[tuple[str, Card]] = ()
    gained: Sequence[Gained] = ()


def recombined(material: Material) -> Iterator[Idea]:
    """All of them; one that was tried (distance 0) is none."""
    for idea in (
        *against(material), *modelled(material.gained, material.candidates), *_better_together(material), *_larger(material), *_for_slices(material), *_single(material), *_pairs(material),
    ):  # fmt: skip
        if all(distance(idea.features, one.features) > 0 for one in material.tried):
            yield idea


def _levels(candidate: Candidate, tried: Sequence[Tried]) -> list[Features]:
    """What could be done to it that nobody did: levels, or taking it away."""
    if candidate.operator != "set":
        offered = [setting(candidate)]
    else:
        offered = [setting(candidate, level) for level in candidate.levels]
    done = {one.features.key for one in tried}
    return [one for one in offered if one.key not in done]


def _open(material: Material) -> list[tuple[Candidate, Features]]:
    """The likeliest untested change of each candidate, the likeliest candidate first."""
    listed = [
        (candidate, one)
        for candidate in material.candidates[:_CANDIDATES]
        for one in _levels(candidate, material.tried)[:1]
    ]
    return [pair for pair in listed if pair[1].settings]


def _single(material: Material) -> Iterator[Idea]:
    varied = {name for one in material.tried for name in one.features.settings}
    problem = next((pair for pair in material.problems if pair[1].key == "untested"), None)
    for candidate in material.candidates[:_CANDIDATES]:
        for one in _levels(candidate, material.tried)[:_LEVELS]:
            taken = candidate.operator != "set"
            new = (
                ""
                if candidate.name in varied
                else f"; no experiment of this notebook varied {candidate.name}"
            )
            yield Idea(
                features=one, source="operator" if taken else "untested level",
                why=(f"{candidate.name} stands as {candidate.source}; {'taking it away' if taken else 'this level'} is untested{new}",),
                goal=problem[1].goal if problem and new else f"it is known what {candidate.name} does",
                used=(problem[0],) if problem and new else (),
            )  # fmt: skip


def _better_together(material: Material) -> Iterator[Idea]:
    """Arms that did better, put together with each other and with what is untested."""
    better = [one for one in material.tried if one.verdict == "better"][-_BETTER:]
    for a, b in combinations(better, 2):
        if set(a.features.settings) & set(b.features.settings):
            continue
        yield Idea(
            features=together([a.features, b.features]), source="recombination",
            why=(f"{a.features.text} did better in {a.experiment}, {b.features.text} in {b.experiment}; together they are untested",),
            goal="the gains add up", used=tuple(dict.fromkeys((a.experiment, b.experiment))),
        )  # fmt: skip
    for a in better[-1:]:
        others = [
            one for candidate, one in _open(material) if not set(one.settings) & set(a.features.settings)
        ]
        for one in others[:_LEVELS]:
            yield Idea(
                features=together([a.features, one]), source="recombination",
                why=(f"{a.features.text} did better in {a.experiment}; with {one.text} it is untested",),
                goal="a further gain on top of one that is known", used=(a.experiment,),
            )  # fmt: skip


def _larger(material: Material) -> Iterator[Idea]:
    """A larger change in the same direction where the one that was tried left it open."""
    for one in material.tried:
        if one.verdict != "undecided" or len(one.features.settings) != 1:
            continue
        ((name, level),) = one.features.settings.items()
        far = _beyond(one.baseline.get(name, ""), level)
        if far is None:
            continue
        open_end = next((id_ for id_, card in material.problems if card.key == f"undecided:{one.experiment}"), "")  # fmt: skip
        yield Idea(
            features=Features(settings={name: far}, operators=one.features.operators), source="problem",
            why=(f"{one.features.text} was left undecided in {one.experiment}; a change {_LARGER:g} times as large would show more",),
            goal="it is known whether it matters", used=tuple(filter(None, (open_end, one.experiment))),
        )  # fmt: skip


def _beyond(baseline: str, level: str) -> str | None:
    """Further from the baseline, the same way; None for what is no number or did not move."""
    a, b = number(baseline), number(level)
    if a is None or b is None or a == b:
        return None
    if a > 0 and b > 0:
        return _as(level, b * (b / a) ** (_LARGER - 1) if b > a else b * (b / a))
    return _as(level, a + _LARGER * (b - a))


def mirrored(baseline: str, level: str) -> str | None:
    """As far from the baseline on the other side: of two positive numbers by ratio, else by difference."""
    a, b = number(baseline), number(level)
    if a is None or b is None or a == b:
        return None
    if a > 0 and b > 0:
        other = _as(level, a * a / b)
        return other if number(other) else None
    if a == 0 and b > 0:
        # A rate or count that is off in the baseline has no other side.
        return None
    return _as(level, 2 * a - b)


def _as(like: str, value: float) -> str:
    """A number written as the other is: a count stays one, and at least 1 where it was."""
    whole = "." not in like and "e" not in like.lower()
    if whole:
        rounded = round(value)
        return str(max(1, rounded) if (number(like) or 0) > 0 else rounded)
    return f"{value:.4g}"


def against(material: Material) -> Iterator[Idea]:
    """What would show a belief wrong: the opposite direction, or a condition under which it does not hold."""
    for belief in material.beliefs:
        names = set(belief.features.settings)
        if not belief.used:
            yield Idea(
                features=belief.features, source="against", goal="what the code takes for granted is tested",
                why=(f"if {belief.features.text} does better, the code's own choice was not right",), against=belief.text,
            )  # fmt: skip
            continue
        if len(names) == 1 and belief.verdict == "better":
            ((name, level),) = belief.features.settings.items()
            other = mirrored(belief.baseline.get(name, ""), level) if level != GONE else None
            if other is not None and other != belief.baseline.get(name):
                yield Idea(
                    features=Features(settings={name: other}, operators=frozenset({"set"})), source="against",
                    why=(f"the opposite direction: if {name}={other} does better than the baseline too, the direction is not what matters",),
                    goal="the belief is tested where it would fail", against=belief.text, used=(belief.used,),
                )  # fmt: skip
        for candidate, one in islice(((c, f) for c, f in _open(material) if c.name not in names), 1):
            yield Idea(
                features=together([belief.features, one]), source="against", crossed=True,
                why=(f"if the effect of {belief.features.text} depends on {candidate.name}, it holds only where {candidate.name} is {candidate.source}",),
                goal="a condition under which the belief fails is found, or ruled out", against=belief.text,
                used=(belief.used,),
            )  # fmt: skip


def of_the_code(candidates: Sequence[Candidate]) -> Belief | None:
    """What the code takes to be right where nobody has said or shown anything: its likeliest setting."""
    for candidate in candidates:
        level = next(iter(candidate.levels), "")
        if candidate.operator == "set" and not level:
            continue
        found = setting(candidate, level)
        return Belief(
            text=f"the code keeps {candidate.name} at {candidate.source}, and nothing in the record says that this is right",
            features=found, verdict="worse", baseline={candidate.name: candidate.source},
        )  # fmt: skip
    return None


def _for_slices(material: Material) -> Iterator[Idea]:
    for id_, card in material.slices[:_SLICES]:
        where = card.title.partition(" where ")[2].rpartition(" (")[0] or card.title
        for _, one in _open(material)[:1]:
            yield Idea(
                features=Features(settings=one.settings, operators=one.operators, slices=frozenset({where})),
                source="slice", why=(card.title, f"whether {one.text} helps there is untested"), goal=card.goal, used=(id_,),
            )  # fmt: skip


def _pairs(material: Material) -> Iterator[Idea]:
    free: Mapping[str, Features] = {candidate.name: one for candidate, one in _open(material)}
    for a, b in islice(combinations(free, 2), 1):
        yield Idea(
            features=together([free[a], free[b]]), source="untested together", crossed=True,
            why=(f"neither {a} nor {b} was varied this way, and whether one depends on the other is unknown",),
            goal=f"it is known whether {a} and {b} depend on each other",
        )  # fmt: skip
