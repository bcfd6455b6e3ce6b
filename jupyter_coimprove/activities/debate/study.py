"""A debate as it is told: positions, evidence, agreement map, who changed, and what is agreed with which dissent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jupyter_coimprove.activities.activity import Entry, Section, Study
from jupyter_coimprove.activities.debate.agreement import Agreement, Outcome, agreement, outcome
from jupyter_coimprove.activities.debate.position import Position, Question

#: So many participants stand side by side in the map.
_WIDE = 12


@dataclass(frozen=True, kw_only=True)
class Cited:
    """Evidence that a position or the question names: what it is here, or that it is nothing."""

    id: str
    kind: str = ""
    says: str = ""
    state: str = "does not resolve here"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What runs showed of an option: its effect against the baseline (``low`` to ``high``) with the verdict, or that it is
    the baseline. ``state`` is that of the finding: until a person accepted it, it is a claim of the tool."""

    option: str
    verdict: str
    experiment: str
    response: str
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    blocks: int | None = None
    finding: str = ""
    state: str = ""


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What the one who looks may see. ``sealed`` are those who wrote and whose words are not seen yet.

    ``withheld`` says that words are kept back until the one who looks has written; ``in_notebook`` that they
    would stand in a notebook, which others open. ``flagged`` is what is
    not counted, and why. ``measured`` is evidence of the instruments, which is nobody's position.
    """

    question: Question
    positions: Sequence[Position] = ()
    sealed: Sequence[tuple[str, bool]] = ()
    withheld: bool = False
    in_notebook: bool = False
    cited: Mapping[str, Cited] = field(default_factory=dict)
    flagged: tuple[str, ...] = ()
    measured: Sequence[Measured] = ()


def debate(sight: Sight) -> Study:
    """All that is known of a debate by whoever may see it."""
    question, found = sight.question, agreement(sight.question, sight.positions)
    came = outcome(question, found)
    unseen = []
    waiting = [who if verified else f"{who} (unverified)" for who, verified in sight.sealed]
    if sight.withheld and waiting:
        until = (
            "a notebook is read by whoever opens it; look in a terminal or in the panel's chat, or when the round is over"
            if sight.in_notebook else "it is shown once you have written your own, or the round is over"
        )  # fmt: skip
        unseen.append(f"what {', '.join(waiting)} wrote: {until}")
    elif waiting:
        unseen.append(f"what {', '.join(waiting)} wrote: sealed where they wrote it; they reveal it there")
    parts = [_question(sight), *_measured(sight.measured)]
    if found.last:
        parts += [_positions(sight), _words(sight.positions)]
    if len(found.last) > 1:
        parts += [_map(question, found), _pairs(found), _views(found)]
    parts += _changed(sight.positions)
    if sight.cited:
        parts.append(_evidence(sight))
    if not sight.withheld:
        parts.append(_outcome(came, found))
    return Study(
        headline=_headline(sight, came),
        sections=tuple(parts),
        unseen=tuple(unseen),
        warnings=_warnings(sight),
    )


def _headline(sight: Sight, came: Outcome) -> str:
    asked = sight.question.text
    wrote = len({one.key for one in sight.positions}) + len(sight.sealed)
    if sight.withheld:
        then = (
            "shown elsewhere until the round is over"
            if sight.in_notebook
            else "write yours to see what others say"
        )
        return f"{asked}: {wrote or 'nobody'} wrote blind; {then}"
    state = "closed; " if sight.question.closed else ""
    if came.kind == "consensus":
        said = f"consensus on {came.option}, {_share(came)}"
        said += f", {len(came.dissent)} dissent" if came.dissent else ", no dissent"
    elif came.kind == "split":
        said = "no consensus: the views are split"
    else:
        said = f"no consensus is claimed: {came.missing}"
    return f"{asked}: {state}{said}"


def _share(came: Outcome) -> str:
    return f"{came.share:.0%} of the views ({came.views:.3g} for it)"


def _warnings(sight: Sight) -> tuple[str, ...]:
    unverified = sorted({one.who for one in sight.positions if not one.verified})
    said = [*sight.flagged]
    if unverified:
        said.append(
            f"{', '.join(unverified)}: unverified here, the words came with the folder; they count as that person's and approve nothing"
        )
    said += [
        f"{one.who} cites {id_}, which does not resolve here"
        for one in sight.positions for id_ in one.cites if id_ in sight.cited and not sight.cited[id_].kind
    ]  # fmt: skip
    said += [
        f"{one.who} says {', '.join(one.unbacked)}: backed by nothing here"
        for one in sight.positions
        if one.unbacked
    ]
    return tuple(dict.fromkeys(said))


def _question(sight: Sight) -> Section:
    q = sight.question
    facts = [("options", "; ".join(f"{n} {one}" for n, one in enumerate(q.options, 1)))]
    if q.claims:
        facts.append(("claims", "; ".join(f"{n} {one}" for n, one in enumerate(q.claims, 1))))
    facts.append(("opened by", q.by if q.own else f"{q.by} (unverified: it was not opened here)"))
    if q.about:
        facts.append(("about", ", ".join(q.about)))
    state = (
        "closed"
        if q.closed
        else "everybody sees everything"
        if q.open_round
        else "blind until one has written"
    )
    return Section(title="Question", facts=(*facts, ("round", state), ("id", q.id)))


def _measured(found: Sequence[Measured]) -> list[Section]:
    if not found:
        return []
    rows: tuple[tuple[Entry, ...], ...] = tuple(
        (
            one.option,
            one.verdict,
            one.estimate,
            one.low,
            one.high,
            one.blocks,
            one.finding or one.experiment,
            one.state,
        )
        for one in found
    )
    columns = ("option", "verdict", "effect", "low", "high", "blocks", "shown by", "finding")
    line = f"effects on {', '.join(dict.fromkeys(one.response for one in found))}, against the baseline; computed, and nobody's position"
    return [Section(title="What was measured", lines=(line,), columns=columns, rows=rows)]


def _positions(sight: Sight) -> Section:
    rows: list[tuple[Entry, ...]] = []
    for one in sorted(sight.positions, key=lambda one: (one.round, one.key)):
        how = one.change or ("after others could be read" if one.late else "blind")
        who = "person" if one.kind == "person" else f"a model in a role ({one.origin})"
        rows.append(
            (
                one.who,
                one.round,
                one.choice or "unsure",
                how,
                len(one.cites),
                who if one.verified else f"{who}, unverified",
            )
        )
    return Section(
        title="Positions", columns=("who", "round", "choice", "written", "cites", "by"), rows=tuple(rows)
    )


def _words(positions: Sequence[Position]) -> Section:
    ordered = sorted(positions, key=lambda one: (one.round, one.key))
    return Section(
        title="In their words",
        facts=tuple((one.who if one.round == 1 else f"{one.who}, round {one.round}", one.text) for one in ordered),
    )  # fmt: skip


def _map(question: Question, found: Agreement) -> Section:
    shown = found.last[:_WIDE]
    rows: list[tuple[Entry, ...]] = []
    for item in question.items:
        stands = [one.on(item, question) for one in shown]
        rows.append((item, *("?" if stand == "unsure" else stand for stand in stands)))
    lines = [f"{len(found.last) - _WIDE} more are counted and not shown"] if len(found.last) > _WIDE else []
    lines.append(
        "in common: "
        + ("; ".join(f"{stand} {item}" for item, stand in found.common) or "nothing that two spoke to")
    )
    lines.append("disputed: " + ("; ".join(found.disputed) or "nothing"))
    return Section(title="Agreement", columns=("", *_distinct(shown)), rows=tuple(rows), lines=tuple(lines))


def _distinct(positions: Sequence[Position]) -> tuple[str, ...]:
    """Names over columns: one that two have says who of them is verified."""
    names = [one.who for one in positions]
    return tuple(f"{one.who} ({one.id[-4:]})" if names.count(one.who) > 1 else one.who for one in positions)


def _pairs(found: Agreement) -> Section:
    rows = tuple(
        (one.who, other.who, both, same, f"{same / both:.0%}" if both else "")
        for one, other, both, same in found.pairs[:60]
    )
    return Section(
        title="Who agrees with whom",
        columns=("one", "other", "both spoke to", "same", "agreement"),
        rows=rows,
    )


def _views(found: Agreement) -> Section:
    merged = found.merged
    lines = list(found.repeats) or ["nobody repeats another"]
    if merged.method == "dawid-skene":
        lines.append(
            "skill and dependence are estimated from all votes (Dawid, Skene 1979, with copied votes)"
        )
        likely = sorted(((row["for"], item) for item, row in merged.shares.items()), reverse=True)
        lines += [f"{item}: {share:.0%} likely, by skill" for share, item in likely]
    else:
        lines.append(f"every view counts once; nobody's skill is estimated ({merged.why})")
    facts = tuple((option, f"{share:.0%} of the views") for option, share in found.shares.items())
    return Section(
        title="Views", facts=(*facts, ("different views", f"{found.views:.3g}")), lines=tuple(lines)
    )


def _changed(positions: Sequence[Position]) -> list[Section]:
    rows: list[tuple[Entry, ...]] = []
    ordered = sorted(positions, key=lambda one: one.round)
    for one in (one for one in ordered if one.change):
        before = [other for other in ordered if other.key == one.key and other.round < one.round][-1:]
        was = before[0].choice or "unsure" if before else ""
        rows.append(
            (
                one.who,
                one.round,
                one.change,
                was,
                one.choice or "unsure",
                ", ".join(one.cites) or "nothing cited",
            )
        )
    if not rows:
        return []
    return [
        Section(title="Who changed", columns=("who", "round", "", "from", "to", "after"), rows=tuple(rows))
    ]


def _evidence(sight: Sight) -> Section:
    rows: list[tuple[Entry, ...]] = []
    for id_, one in sight.cited.items():
        by = ", ".join(dict.fromkeys(p.who for p in sight.positions if id_ in p.cites)) or "the question"
        rows.append((id_, one.kind, one.says, one.state, by))
    return Section(title="Evidence", columns=("id", "what", "says", "here", "cited by"), rows=tuple(rows))


def _outcome(came: Outcome, found: Agreement) -> Section:
    if came.kind == "too few":
        return Section(title="Consensus", lines=(f"none is claimed: {came.missing}",))
    if came.kind == "split":
        facts = tuple(
            (option, f"{share:.0%} of the views") for option, share in found.shares.items() if share
        )
        return Section(
            title="Consensus",
            lines=("none: no option has two thirds of the views and two different ones",),
            facts=facts,
        )
    lines = [f"{came.option}: {_share(came)}, of {', '.join(one.who for one in came.supporters)}"]
    return Section(
        title="Consensus", lines=tuple(lines),
        facts=tuple((f"dissent, {one.who} ({one.choice or 'unsure'})", one.text) for one in came.dissent),
    )  # fmt: skip
