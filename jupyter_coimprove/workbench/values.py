"""`values`: what a group holds to, held against notebooks, proposals, plans and reports, and tried by its red-team set."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import CoimproveError, NothingToDo, UsageError
from jupyter_coimprove.workbench import (
    acting,
    amending,
    cards,
    licensing,
    minding,
    patterns,
    proposing,
    shelf,
)

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_coimprove.activities.activity import Card, Section
    from jupyter_coimprove.activities.values.constitution import Constitution
    from jupyter_coimprove.activities.values.judging import Verdict
    from jupyter_coimprove.workbench.amending import InForce
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.rows_activities import CardRow
    from jupyter_coimprove.workbench.views_activities import ActivityView

#: The exit code where something violates what must hold, or a red-team case came out wrong.
FOUND = 4
#: Proposals and plans of a notebook that are looked at, the newest.
MOST = 20


def values(
    bench: Bench, *, notebook: str | None = None, init: bool = False, red_team: bool = False, amend: str | None = None,
    why: str | None = None, provider: str | None = None, model: str | None = None,
) -> ActivityView:  # fmt: skip
    """The values of this project: as they are in force, and with ``notebook`` what violates them there.

    ``init`` proposes some to begin with; ``amend`` is a file whose text is proposed in place of what is in force;
    ``red_team`` runs all cases. NothingToDo where none are written down; UsageError for a file that is none.
    """
    from jupyter_coimprove.activities.activity import Study
    from jupyter_coimprove.activities.table import VALUES
    from jupyter_coimprove.activities.values import study as told
    from jupyter_coimprove.activities.values.constitution import parse

    if why is not None and amend is None:
        raise UsageError("--why goes with --amend", remedy="say which file is proposed")
    if init:
        amending.init(bench)
    amending.require_known(bench)
    if amend is not None:
        bench.require_person("an amendment")
        amending.propose(bench, bench.text_of(amend), (why or "").strip(), bench.actor)
    now = amending.in_force(bench)
    row, warnings = amending.noticed(bench, now)
    waiting = _waiting(bench, row)
    shown = now.constitution if now else parse(str(amending.written(bench)))
    said = _said(now, waiting)
    sections: list[Section] = []
    found: list[Card] = []
    verdicts: dict[str, Verdict] = {}
    unseen: list[str] = []
    file = amending.path(bench)
    where, called = file, file.name
    if notebook is not None:
        book = shelf.read_notebook(bench, notebook)
        where, called = book.path, book.path.name
        verdicts, found, unseen = _held(bench, book, shown, now)
        sections.append(told.held(shown, verdicts))
    else:
        sections.append(told.principles(shown, said))
    wrong = False
    if red_team:
        both = [(shown, f"{said}")] + ([(parse(str(waiting[0].data["text"])), f"proposed: {waiting[0].id}")] if now and waiting else [])  # fmt: skip
        for made, which in both:
            result = _red_team(made)
            sections.append(told.red_team(made, result, which))
            wrong = wrong or (made is shown and any(not one.right for one in result.outcomes))
    headline = (
        told.headline(called, shown, list(verdicts.values()), said.partition(":")[0] if now else "proposed, not in force")
        if notebook is not None else said
    )  # fmt: skip
    stops = any(_stops(bench, where, card) for card in found)
    view = acting.answer(
        bench, VALUES, where, Study(headline=headline, sections=tuple(sections), cards=tuple(found), unseen=tuple(unseen), warnings=(*warnings, *amending.claims(bench))),
        looked=frozenset({"violation"}) if notebook is not None and now else None, provider=provider, model=model,
        exit_code=FOUND if stops or wrong else 0, files=(str(file),) if init else (),
        next=tuple(f"coimprove accept {one.id}" for one in waiting if one.id and not one.data["broken"])[:1],
    )  # fmt: skip
    seen = {one.id for one in view.cards}
    also = [one for one in (*waiting, *_effects(bench)) if one.id not in seen]
    return dataclasses.replace(view, cards=(*also, *view.cards))


def _said(now: InForce | None, waiting: list[CardRow]) -> str:
    """Which version holds here, since when, by whom."""
    if now is None:
        return "values are proposed and not in force: nobody here has accepted them"
    by = now.item.data.get("accepted_by")
    more = f"; {len(waiting)} change{'' if len(waiting) == 1 else 's'} proposed" if waiting else ""
    return f"values version {now.version}: in force{f', accepted by {by}' if by else ''}{more}"


def _waiting(bench: Bench, row: CardRow | None) -> list[CardRow]:
    """What is proposed and waits: what the file says, and what people or a model proposed."""
    kept = [
        cards.row(item) for item in cards.of(bench, amending.NAME, "values")
        if amending.is_ours(item) and item.state in ("pending", "deferred") and (row is None or item.id != row.id)
    ]  # fmt: skip
    return [*([row] if row is not None else []), *kept]


def _effects(bench: Bench) -> list[CardRow]:
    """What amendments did, as findings that wait for a decision."""
    return [
        cards.row(item) for item in cards.of(bench, amending.NAME, "values")
        if item.data["card"] == "finding" and item.state in ("pending", "deferred")
    ]  # fmt: skip


def _held(
    bench: Bench, book: Any, made: Constitution, now: InForce | None
) -> tuple[dict[str, Verdict], list[Card], list[str]]:  # fmt: skip
    """The notebook, its pending proposals, its drafts and its report against the constitution."""
    from jupyter_coimprove.workbench import reporting

    name = shelf.notebook_name(bench.root(book.path), book.path)
    record = bench.record(book.path)
    verdicts = {"notebook": minding.judged(bench, made, minding.of_notebook(book))}
    found = list(minding.violations(now, verdicts["notebook"]))
    unseen = list(verdicts["notebook"].unseen)
    proposals = [i for i in record.find("proposal", notebook=name) if i.trust == "own" and i.state in ("pending", "deferred")]  # fmt: skip
    for item in proposals[-MOST:]:
        try:
            verdict = minding.of_proposal(bench, made, book, proposing.proposal_of(item).edits)
        except CoimproveError as error:
            unseen.append(f"{item.id}: {error.message}")
            continue
        verdicts[item.id] = verdict
        found += minding.violations(now, verdict, of=item.id)
    drafts = [i for i in record.find("experiment", notebook=name) if i.trust == "own" and i.state in ("draft", "deferred") and shelf.compares(i)]  # fmt: skip
    known = {minding.card_key(one) for one in verdicts["notebook"].violations}
    for item in drafts[-MOST:]:
        try:
            plan, _ = shelf.current_plan(bench.root(book.path), item)
            verdict = minding.of_plan(bench, made, plan, book)
        except CoimproveError as error:
            unseen.append(f"{item.id}: {error.message}")
            continue
        verdicts[item.id] = dataclasses.replace(verdict, violations=tuple(one for one in verdict.violations if minding.card_key(one) not in known))  # fmt: skip
        found += minding.violations(now, verdicts[item.id], of=item.id)
    try:
        verdicts["report"] = minding.of_report(bench, made, reporting.gather(bench, name, None))
        found += minding.violations(now, verdicts["report"])
    except NothingToDo:
        unseen.append("report: no finding of it is accepted yet")
    for what, kept in (("proposals", proposals), ("plans", drafts)):
        if len(kept) > MOST:
            unseen.append(f"the newest {MOST} of {len(kept)} {what} were looked at")
    # Only what is in force makes cards that wait for a decision.
    return verdicts, found if now else [], unseen


def _stops(bench: Bench, where: Path, card: Card) -> bool:
    """Whether a violation of what must hold stands: nobody judged it none."""
    if card.data["severity"] != "must":
        return False
    name = shelf.notebook_name(bench.root(where), where)
    return not any(
        item.data["key"] == card.key and item.state == "rejected" for item in cards.of(bench, name, "values")
    )


def listed(bench: Bench, notebook: Path) -> dict[str, Any]:
    """What is in force and what violates it in this notebook, as a model reads it; nothing is recorded.

    NothingToDo where nothing is in force.
    """
    now = amending.in_force(bench)
    if now is None:
        raise NothingToDo("no values are in force here", remedy="a person writes and accepts them: `coimprove values --init`")  # fmt: skip
    book = shelf.read_notebook(bench, notebook)
    name = shelf.notebook_name(bench.root(book.path), book.path)
    verdict = minding.standing(
        bench, name, minding.judged(bench, now.constitution, minding.of_notebook(book))
    )
    return {
        "version": now.version,
        "principles": [
            {"name": one.name, "why": one.why, "severity": one.severity, "checks": [{"kind": c.kind, **c.options} for c in one.checks]}
            for one in now.constitution.principles
        ],
        "violations": [
            {"principle": one.principle, "severity": one.severity, "said": one.said, "where": one.where, "cell": one.cell} for one in verdict.violations
        ],
        "unseen": list(verdict.unseen),
    }  # fmt: skip


def _red_team(made: Constitution) -> Any:
    from jupyter_coimprove.activities.values import redteam
    from jupyter_coimprove.kernelspace.transform import python_source

    return redteam.run(
        made, transform=python_source, search=patterns.search, licences=lambda subject: licensing.licensed(made, subject, None)
    )  # fmt: skip
