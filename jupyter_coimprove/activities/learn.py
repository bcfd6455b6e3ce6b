"""Bidirectional co-improvement: what was learnt from decisions, by whom, and whether it helps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jupyter_coimprove.activities.activity import Section, Study
from jupyter_coimprove.activities.ways import section
from jupyter_coimprove.experiments.prediction import ENOUGH
from jupyter_coimprove.lessons import figures
from jupyter_coimprove.lessons.decided import Decided
from jupyter_coimprove.lessons.figures import Order, Said
from jupyter_coimprove.lessons.issues import issues
from jupyter_coimprove.lessons.recall import Kept

#: So many lessons of a state are told.
MOST = 12
_ORDER = ("suspended", "pending", "deferred", "accepted", "edited", "retired", "rejected", "superseded")


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What the record has: standing decisions of people (oldest first), lessons, probabilities and ``orders`` that were said with what
    came of them, how many acceptances were ``undone``, Table 2's figures, and what is believed newly since ``since``.

    ``share`` is the share of items on which the person speaks first.
    """

    decisions: Sequence[Decided] = ()
    kept: Sequence[Kept] = ()
    said: Sequence[Said] = ()
    orders: Sequence[Order] = ()
    undone: int = 0
    ways: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    since: str = ""
    news: Sequence[str] = ()
    share: float = 0.0
    table: bool = False
    unseen: Sequence[str] = ()


def learn(sight: Sight) -> Study:
    """The digest, lessons, figures of people and AI, Table 2 and the open issues."""
    parts = [
        _digest(sight),
        _lessons(sight),
        *_decisions(sight),
        _reasons(sight),
        *_verdicts(sight),
        _predictions(sight),
        *_orders(sight),
        _views(sight),
    ]
    if sight.table:
        parts.append(section(dict(sight.ways)))
    parts.append(_issues(sight))
    waits = sum(one.lesson.state in ("pending", "deferred", "suspended") for one in sight.kept)
    force = sum(one.guides for one in sight.kept)
    n = len(sight.decisions)
    unseen = [*sight.unseen]
    if not n:
        unseen.append(
            "lessons: nobody decided on anything yet; accept, edit or reject what is proposed, with a reason"
        )
    return Study(
        headline=f"{force or 'no'} lesson{'' if force < 2 else 's'} gone by, {waits} wait{'s' if waits == 1 else ''} for you; "
        f"drawn from {n} decision{'' if n == 1 else 's'}",
        sections=tuple(part for part in parts if part.lines or part.rows or part.facts), unseen=tuple(unseen),
    )  # fmt: skip


def _digest(sight: Sight) -> Section:
    title = (
        f"What we now believe that we did not (since {sight.since})" if sight.since else "What we now believe"
    )
    return Section(title=title, lines=tuple(sight.news) or ("nothing new",))


def _lessons(sight: Sight) -> Section:
    ranked = sorted(sight.kept, key=lambda one: _ORDER.index(one.lesson.state))
    rows = tuple(
        (
            one.lesson.id, one.lesson.state, one.lesson.words, len(one.lesson.drawn_from), len(one.lesson.against),
            len(one.tally.helpful), len(one.tally.harmful),
        )
        for one in ranked
        if one.lesson.state not in ("rejected", "superseded")
    )[: 3 * MOST]  # fmt: skip
    lines = tuple(f"{one.lesson.id} harms: {_doubt(one)}" for one in ranked if one.tally.doubted)
    return Section(
        title="Lessons", lines=lines, columns=("id", "state", "rule", "drawn from", "against", "helped", "harmed") if rows else (),
        rows=rows,
    )  # fmt: skip


def _doubt(one: Kept) -> str:
    return f"{one.tally.lately.count(False)} of the newest {len(one.tally.lately)} decisions on it went against it; it is suspended"


def _decisions(sight: Sight) -> list[Section]:
    columns = ("", "decisions", "accepted as it was", "edited", "rejected", "with a reason", "edit distance")
    out = []
    for title, parts in (
        ("Decisions by kind", figures.by_kind(sight.decisions)),
        ("Decisions over time", figures.over_time(sight.decisions)),
    ):
        rows = tuple(
            (p.name, p.decisions, p.accepted.words, p.edited, p.rejected, p.reasons.words, p.distance.words)
            for p in parts
        )
        out.append(Section(title=title, columns=columns if rows else (), rows=rows))
    people = sorted({one.by for one in sight.decisions})
    if len(people) > 1:
        rows = tuple(
            (p.name, p.decisions, p.accepted.words, p.edited, p.rejected, p.reasons.words, p.distance.words)
            for p in (figures.part(who, [one for one in sight.decisions if one.by == who]) for who in people)
        )
        out.append(Section(title="Decisions by person", columns=columns, rows=rows))
    return out


def _reasons(sight: Sight) -> Section:
    """The reasons that come again, with what they were given for."""
    counted = Counter((reason, one.kind, one.verdict) for one in sight.decisions for reason in one.reasons)
    rows = tuple((reason, times, kind, verdict) for (reason, kind, verdict), times in counted.most_common(8))
    return Section(
        title="Reasons given", columns=("reason", "times", "for", "decided") if rows else (), rows=rows
    )


def _verdicts(sight: Sight) -> list[Section]:
    """The AI's verdicts against people's, and its probabilities against the runs'."""
    rows = tuple((one.name, one.items, one.agreed.words) for one in figures.verdicts(sight.decisions))
    told = Section(
        title="The AI's verdicts against people's", columns=("verdict", "decided", "people agreed") if rows else (), rows=rows
    )  # fmt: skip
    ai = [one for one in sight.said if one.kind == "ai"]
    tenths = tuple((row.said, row.items, row.happened.words) for row in figures.tenths(ai))
    return [
        told,
        Section(
            title="The AI's probabilities against the runs", columns=("said", "items", "happened") if tenths else (), rows=tenths
        ),
    ]  # fmt: skip


def _predictions(sight: Sight) -> Section:
    """Skill against the base rate of all items, without the AI's in sight; comparisons only on shared items."""
    whos = sorted({(one.by, one.kind) for one in sight.said})
    rate = figures.base_rate(sight.said)
    rows = []
    for by, kind in whos:
        own = [one for one in sight.said if (one.by, one.kind) == (by, kind) and not one.aided]
        found = figures.skill(by, own, rate)
        if found is None:
            continue
        halves = [figures.skill(by, part, rate) for part in (own[: len(own) // 2], own[len(own) // 2 :])]
        rows.append(
            (f"{by} ({kind})", found.items, found.brier.words, found.skill, *(h.skill if h else None for h in halves), found.off)
        )  # fmt: skip
    lines = [
        f"{one.one} {one.briers[0]:.3f}, {one.other} {one.briers[1]:.3f} (Brier) on {one.items} shared items: {one.words}"
        for one in figures.side_by_side(sight.said)
    ]
    up = figures.uplift(sight.said)
    lines.append(
        f"together against alone: {up.words}"
        if up
        else "together against alone: no item yet that a person predicted before and after they saw the AI's prediction"
    )
    older, newer = figures.unaided(sight.said)
    if older is not None and newer is not None:
        lines.append(f"without the AI: {older.words}, then {newer.words}{_few(older.items + newer.items)}")
    if not rows:
        lines = [
            "rankings alone were predicted, which their order scores (below): `--chance ARM=P` says how sure you are, and is scored as skill"
            if sight.orders
            else "nothing was predicted of an experiment that has ended: `coimprove predict` before the first run, with --chance"
        ]
    return Section(
        title="Predictions", lines=tuple(lines),
        columns=("who, alone", "items", "Brier score", "skill", "older half", "newer half", "calibration error") if rows else (), rows=tuple(rows),
    )  # fmt: skip


def _orders(sight: Sight) -> list[Section]:
    """Rankings, without the AI's in sight: how many of the pairs that the runs tell apart came as ranked.

    Pairs of one ranking hang together, so that no interval is given; by lot it is half of them.
    """
    own = [one for one in sight.orders if not one.aided]
    rows = []
    for by, kind in sorted({(one.by, one.kind) for one in own}):
        theirs = [one for one in own if (one.by, one.kind) == (by, kind)]
        pairs, agreeing = sum(one.pairs for one in theirs), sum(one.agreeing for one in theirs)
        rows.append(
            (f"{by} ({kind})", len(theirs), pairs, f"{agreeing / pairs:.0%}" if pairs else "no arms differ")
        )
    if not rows:
        return []
    return [
        Section(title="Rankings", columns=("who, alone", "experiments", "pairs", "as ranked (by lot 50%)"), rows=tuple(rows))
    ]  # fmt: skip


def _few(items: int) -> str:
    return "" if items >= ENOUGH else f" ({items} items; under {ENOUGH} no trend is told from chance)"


def _views(sight: Sight) -> Section:
    """What was said before the AI's words were seen."""
    found = figures.swayed(sight.decisions)
    told = (
        f"on {sight.share:.0%} of what a model proposes you speak first (COIMPROVE_FIRST_VIEW sets the share)"
    )
    if not found.items:
        return Section(title="Your view first", lines=(told, "no such item was decided yet"))
    return Section(
        title="Your view first",
        lines=(told, f"decided as said before: {found.agreed.words}"),
        facts=(("changed to accepting", str(found.towards)), ("changed away from it", str(found.away))),
    )


def _issues(sight: Sight) -> Section:
    rows = tuple(
        (one.name, one.figure.words, one.counted, one.says)
        for one in issues(sight.decisions, sight.said, undone=sight.undone)
    )
    return Section(title="Open issues", columns=("issue", "figure", "what it counts", "says"), rows=rows)
