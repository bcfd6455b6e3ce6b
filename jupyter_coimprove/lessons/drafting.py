"""Lessons are drafted from decisions that repeat: the same change made, or the same thing rejected, three times.

Computed, no model. A draft tells the decisions against it as well, and is narrowed to where fewer stand against it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from jupyter_coimprove.lessons.decided import Decided
from jupyter_coimprove.lessons.features import around, changes, special, words
from jupyter_coimprove.lessons.lesson import GONE, Lesson, Scope
from jupyter_coimprove.lessons.tallying import NEWEST, outcome

#: So many decisions of one sort make a draft, and at least this share of those it speaks of has to be for it.
LEAST, SHARE = 3, 0.7


@dataclass(frozen=True, kw_only=True)
class Bars:
    """When decisions that repeat are drafted as a lesson: settings of the playbook."""

    least: int = LEAST
    share: float = SHARE


_BARS = Bars()


def drafts(
    decisions: Sequence[Decided], known: Sequence[Lesson] = (), bars: Bars = _BARS
) -> tuple[Lesson, ...]:
    """New lessons, those with the most decisions behind them first.

    What a ``known`` lesson that waits or is in force speaks of already is not drafted again, nor one that a person
    rejected or retired. Bulk decisions and those on a person's own proposals are no evidence.
    """
    gone = {lesson.key for lesson in known if lesson.state in GONE}
    known = [lesson for lesson in known if lesson.state not in GONE]
    usable = [one for one in decisions if not one.bulk and one.author_kind != "person"]
    out: list[Lesson] = []
    for kind in dict.fromkeys(one.kind for one in usable):
        mine = [one for one in usable if one.kind == kind]
        out += _changed(kind, mine, [*known, *out], bars)
        out += _rejected(kind, mine, [*known, *out], bars)
    fresh = [lesson for lesson in out if lesson.key not in gone]
    return tuple(sorted(fresh, key=lambda lesson: -len(lesson.drawn_from)))


@dataclass(frozen=True, kw_only=True)
class _Found:
    """A trigger with the decisions for and against it, and where it holds."""

    given: tuple[str, ...]
    hits: tuple[Decided, ...]
    against: tuple[Decided, ...]

    @property
    def worth(self) -> float:
        """Decisions explained, less twice those against it; the simpler of two equal ones."""
        return len(self.hits) - 2 * len(self.against) - 0.5 * len(self.given)


def _changed(
    kind: str, decisions: Sequence[Decided], known: Sequence[Lesson], bars: Bars
) -> Iterator[Lesson]:
    """Lessons from edits: the same put in the place of the same."""
    made = {one.id: changes(one.features, one.kept) for one in decisions if one.verdict == "edited"}
    counted = Counter(pair for pairs in made.values() for pair in pairs)
    drafted: list[Lesson] = []
    for (gone, come), times in sorted(counted.items(), key=lambda row: (-row[1], row[0])):
        if times < bars.least:
            break
        pair = (gone, come)
        hits = [one for one in decisions if pair in made.get(one.id, ())]
        hits = [one for one in hits if not _told(one, pair, [*known, *drafted])]
        since = _since(hits, decisions)
        against = [one for one in since if one.verdict != "rejected" and _left(one, pair)]
        found = _placed(hits, against, bars, besides=pair)
        # One edit may show in several ways: once is enough.
        same = [set(lesson.drawn_from) for lesson in drafted]
        if found is not None and {one.id for one in found.hits} not in same:
            drafted.append(_lesson(kind, gone, come, found))
    yield from drafted


def _since(hits: Sequence[Decided], decisions: Sequence[Decided]) -> Sequence[Decided]:
    """Decisions from the first of these on: what was taken before anybody minded does not speak against it."""
    first = {one.id for one in hits}
    start = next((place for place, one in enumerate(decisions) if one.id in first), len(decisions))
    return decisions[start:]


def _left(one: Decided, pair: tuple[str, str]) -> bool:
    """Whether a person left standing what the change would change."""
    gone, come = pair
    return gone in one.features & one.kept if gone else come not in one.kept


def _told(one: Decided, pair: tuple[str, str], known: Sequence[Lesson]) -> bool:
    """Whether a lesson speaks of this change in this proposal already."""
    return any(
        lesson.applies(one.kind, one.notebook, one.features)
        and ((lesson.avoid and lesson.avoid == pair[0]) or (lesson.prefer and lesson.prefer == pair[1]))
        for lesson in known
    )


def _rejected(
    kind: str, decisions: Sequence[Decided], known: Sequence[Lesson], bars: Bars
) -> Iterator[Lesson]:
    """Lessons from rejections: what those with one reason have in common, and what is always rejected."""
    drafted: list[Lesson] = []

    def open_(wanted: Callable[[Decided], bool]) -> list[Decided]:
        return [
            one
            for one in decisions
            if one.verdict == "rejected" and wanted(one) and not _warned(one, [*known, *drafted])
        ]

    counted = Counter(reason for one in open_(lambda one: True) for reason in one.reasons)
    for reason, times in sorted(counted.items(), key=lambda row: (-row[1], row[0])):
        if times < bars.least:
            break
        lesson = _common(kind, open_(partial(_says, reason)), decisions, reason, bars)
        if lesson is not None:
            drafted.append(lesson)
    lesson = _common(kind, open_(lambda one: True), decisions, "", bars)
    if lesson is not None:
        drafted.append(lesson)
    yield from drafted


def _says(reason: str, one: Decided) -> bool:
    return reason in one.reasons


def _warned(one: Decided, known: Sequence[Lesson]) -> bool:
    return any(
        lesson.avoid and lesson.avoid in one.features and lesson.applies(one.kind, one.notebook, one.features)
        for lesson in known
    )


def _common(
    kind: str, hits: Sequence[Decided], decisions: Sequence[Decided], reason: str, bars: Bars
) -> Lesson | None:
    """What rejected proposals share that accepted ones do not have; of several such things what the reason
    names, else the rarest."""
    kept = [one for one in _since(hits, decisions) if one.verdict != "rejected"]
    everywhere = Counter(feature for one in decisions for feature in one.features)
    said = words(reason)
    best: tuple[tuple[float, int, int, bool], str, _Found] | None = None
    for feature, times in sorted(Counter(feature for one in hits for feature in one.features).items()):
        # Without a reason that says they are one thing, one more is asked for, and nothing may speak against it.
        if times < (bars.least if reason else bars.least + 1) or around(feature):
            continue
        having = [one for one in hits if feature in one.features]
        against = [one for one in kept if feature in one.features & one.kept]
        found = _placed(having, against, bars, besides=(feature, ""))
        if found is None or (not reason and found.against):
            continue
        # Of what always came together: what the reason names, the rarest, what says the most.
        rank = (found.worth, len(said & words(feature)), -everywhere[feature], special(feature))
        if best is None or rank > best[0]:
            best = rank, feature, found
    return None if best is None else _lesson(kind, best[1], "", best[2])


def _placed(
    hits: Sequence[Decided], against: Sequence[Decided], bars: Bars, *, besides: tuple[str, str]
) -> _Found | None:
    """Where the rule holds: everywhere, or where something else is there too, if fewer stand against it then.

    None where even so too many do, or too few are left for it.
    """
    best = _Found(given=(), hits=tuple(hits), against=tuple(against))
    shared = Counter(feature for one in hits for feature in one.features)
    for _ in range(2):
        if not best.against:
            break
        narrower = [
            _Found(
                given=(*best.given, feature),
                hits=tuple(one for one in best.hits if feature in one.features),
                against=tuple(one for one in best.against if feature in one.features),
            )
            for feature in sorted(shared)
            if feature not in (*besides, *best.given)
        ]
        top = max(narrower, key=lambda found: found.worth, default=best)
        if top.worth <= best.worth:
            break
        best = top
    enough = len(best.hits) >= bars.least
    return best if enough and len(best.hits) >= bars.share * (len(best.hits) + len(best.against)) else None


def _lesson(kind: str, avoid: str, prefer: str, found: _Found) -> Lesson:
    whys = Counter(reason for one in found.hits for reason in _spoken(one))
    several = len({one.notebook for one in (*found.hits, *found.against)}) > 1
    return Lesson(
        scope=Scope(kind=kind, notebook="" if several else found.hits[0].notebook, given=found.given),
        avoid=avoid, prefer=prefer, why=whys.most_common(1)[0][0] if whys else "",
        drawn_from=tuple(one.id for one in found.hits), against=tuple(one.id for one in found.against),
    )  # fmt: skip


def _spoken(one: Decided) -> tuple[str, ...]:
    """The reasons in the person's own words."""
    return tuple(clause.strip() for clause in one.reason.replace("\n", ";").split(";") if clause.strip())


def narrower(lesson: Lesson, later: Sequence[Decided], bars: Bars = _BARS) -> Lesson | None:
    """The lesson where fewer of the newest decisions stand against it; None where no narrower place is better.

    ``later`` came after it was accepted. What comes out is a new lesson that takes the place of the old one when a
    person accepts it.
    """
    outcomes = [(one, outcome(lesson, one)) for one in later if not one.bulk]
    told = [(one, said) for one, said in outcomes if said is not None][-3 * NEWEST :]
    found = _placed(
        [one for one, said in told if said], [one for one, said in told if not said], bars, besides=(lesson.avoid, lesson.prefer)
    )  # fmt: skip
    if found is None or not found.given:
        return None
    return replace(
        lesson, scope=replace(lesson.scope, given=(*lesson.scope.given, *found.given)), rule="", id="", state="pending",
        supersedes=lesson.id, drawn_from=tuple(one.id for one in found.hits), against=tuple(one.id for one in found.against),
    )  # fmt: skip
