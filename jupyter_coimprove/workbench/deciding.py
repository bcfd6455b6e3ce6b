"""Accept, edit, reject, defer, undo: what a person decides, on exactly the content they saw."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_coimprove.errors import DecisionError, NothingToDo, UsageError
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.registry import COMPARISONS, LOOKS
from jupyter_coimprove.workbench import (
    accepting,
    claiming,
    deciding_lessons,
    first_views,
    noticing,
    planning,
    proposing,
    queueing,
    remembering,
    reverting,
    rewording,
    shelf,
    waiting,
    watching,
    whereabouts,
    wording,
)
from jupyter_coimprove.workbench.editing import as_shown, edit_plan
from jupyter_coimprove.workbench.registering import register
from jupyter_coimprove.workbench.views import DecisionView, ReviewRow, ReviewView, View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jupyter_coimprove.curation.decision import DecisionVerb
    from jupyter_coimprove.record.base import Draft, Item
    from jupyter_coimprove.workbench.bench import Bench


TITLE = 72
#: What a person judges true or not: nothing in it is run, written or reworded.
JUDGED = {"check": "a finding of a check", "card": "a card"}
#: What is decided on besides: a rule to go by (``deciding_lessons``).
_LESSON = "lesson"


def review(bench: Bench, *, notebook: str | None = None) -> ReviewView:
    """What waits for a decision: plans, proposals of cells and findings, newest first."""
    record = bench.record()
    only = whereabouts.name_at(bench, bench.path(notebook)) if notebook else None
    claiming.recover(bench, only)
    items = [item for item in record.find("experiment") if item.state in ("draft", "deferred")]
    items += [item for kind in JUDGED for item in record.find(kind) if item.state in ("pending", "deferred")]
    items += [item for item in record.find(_LESSON) if item.state in remembering.WAITS]
    items += [item for item in record.find("finding") if item.state in ("pending", "deferred", "stale")]
    proposed = [item for item in record.find("proposal") if item.state in proposing.WAITS]
    items += noticing.notice(bench, [item for item in proposed if only in (None, item.data.get("notebook"))])
    rows = tuple(
        ReviewRow(
            id=item.id, kind=item.kind, state=item.state, notebook=str(item.data.get("notebook", "")),
            title=_title(item) if not first_views.due(bench, item) else f"your view first: {first_views.asked(item)}",
            changed=item.changed, trust=item.trust, alone=bool(item.data.get("alone")),
            **waiting.about(item, words=not first_views.due(bench, item)),
        )
        for item in sorted(items, key=lambda item: item.changed, reverse=True)
        if only is None or item.data.get("notebook") == only
    )  # fmt: skip
    queued = [queueing.row(bench, item) for item in queueing.waiting(bench, only)]
    return ReviewView(
        summary=f"{len(rows)} wait{'s' if len(rows) == 1 else ''} for a decision", items=rows,
        next=("coimprove apply",) if queued else tuple(f"coimprove show {row.id}" for row in rows[:1]),
        warnings=tuple(f"{one.subject} waits for {one.notebook}, which is gone: {one.remedy}" for one in queued if one.remedy),
    )  # fmt: skip


def _title(item: Item) -> str:
    """A finding's first line, a plan's question or what a proposal changes, short enough for a list."""
    text = remembering.title(item.data, item.state) if item.kind == _LESSON else ""
    text = (
        text
        or str(item.data.get("claim") or item.data.get("question") or item.data.get("title") or "").strip()
    )
    first = text.splitlines()[0] if text else ""
    return first if len(first) <= TITLE else first[: TITLE - 1].rstrip() + "…"


def accept(
    bench: Bench, *, id: str, reason: str | None = None, run: bool = False, workers: int | None = None,
    wait: bool = False, unbacked: bool = False, digest: str | None = None, bulk: bool = False, despite: str | None = None,
) -> View:  # fmt: skip
    """Accept a plan (registers it, and runs it when asked), a finding or proposed cells (into the notebook).

    ``despite`` is why it is right though it violates what must hold here. Raises Stale where ``digest`` is given
    and it is another by now.
    """
    from jupyter_coimprove.workbench import amending, running

    item = _subject(bench, id)
    as_shown(bench, item, digest)
    first_views.require(bench, item)
    if despite is not None and item.kind not in ("proposal", "experiment"):
        raise UsageError(f"{item.id} is a {item.kind}; values stop none", remedy="leave --despite out")
    if item.kind == "finding":
        if run:
            raise UsageError(f"{item.id} is a finding; there is nothing in it to run")
        return _accept_finding(bench, item, reason or "", None, unbacked, bulk)
    if item.kind == "proposal":
        if run:
            raise UsageError(
                f"{item.id} proposes cells, and a cell runs in the kernel of its notebook",
                remedy="accept it, then run the cell in Jupyter; in JupyterLab, Shift+Accept does both",
            )
        return _accept_proposal(bench, item, reason or "", {}, bulk, despite)
    if item.kind in (*JUDGED, _LESSON):
        if run:
            raise UsageError(
                f"{item.id} is {JUDGED.get(item.kind, 'a lesson')}; there is nothing in it to run"
            )
        if item.kind == _LESSON:
            return deciding_lessons.decide(bench, item, "accepted", reason or "", bulk=bulk)
        if amending.is_ours(item):
            return amending.accept(bench, item, reason or "", bulk=bulk)
        return decide(bench, item, "accepted", reason or "", bulk=bulk)
    running.check_kernel(bench, item)
    experiment = register(bench, item, reason=reason or "", bulk=bulk, despite=despite)
    if run:
        return running.start(bench, item.id, workers=workers, wait=wait, detach=False)
    return DecisionView(
        summary=f"{item.id} is registered as {experiment.plan.status}", id=str(bench.record().get(item.id).data["decision"]),
        subject=item.id, verb="accepted", state="registered", application="none", experiment=item.id,
        next=(f"coimprove run {item.id}",),
    )  # fmt: skip


def edit(
    bench: Bench, *, id: str, text: str | None = None, file: str | None = None, set: list[str] | None = None,
    reason: str | None = None, unbacked: bool = False, digest: str | None = None, despite: str | None = None,
) -> View:  # fmt: skip
    """Change a plan (still a draft then); a finding or proposed cells are accepted as the person leaves them.

    Raises Stale where ``digest`` is given and it is another by now.
    """
    item = _subject(bench, id)
    as_shown(bench, item, digest)
    first_views.require(bench, item)
    if item.kind == "proposal":
        sources = rewording.sources(bench, item, text=text, file=file, sets=set or [], editor=_in_editor)
        return _accept_proposal(bench, item, reason or "", sources, False, despite)
    if item.kind == _LESSON:
        words = text if text is not None else bench.text_of(file) if file else None
        if words is None and not set:
            words = _in_editor(bench, str(item.data["rule"]), ".md")
        return deciding_lessons.edit(bench, item, text=words, sets=set or [], reason=reason or "")
    if item.kind in JUDGED:
        raise UsageError(
            f"{item.id} is {JUDGED[item.kind]}; its words are not edited",
            remedy="accept it, or reject it with a reason",
        )
    if item.kind == "experiment":
        edit_plan(bench, item, file=file, sets=set or [], editor=_in_editor)
        return planning.view(bench, bench.record().get(item.id))
    if set:
        raise UsageError("--set is for plans and proposals", remedy="use --text or --file for a finding")
    new = (
        text
        if text is not None
        else bench.text_of(file)
        if file
        else _in_editor(bench, str(item.data["claim"]), ".md")
    )
    if not new.strip():
        raise UsageError(
            "an empty finding says nothing", remedy=f"`coimprove reject {item.id}` says no to it"
        )
    if new.strip() == str(item.data["claim"]).strip():
        raise NothingToDo("nothing was changed", remedy=f"`coimprove accept {item.id}` accepts it as it is")
    return _accept_finding(bench, item, reason or "", new.strip(), unbacked, False)


def _in_editor(bench: Bench, text: str, suffix: str) -> str:
    """The text as the person leaves it in their editor; only where there is a terminal."""
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not command or bench.actor.auth != "os" or not sys.stdin.isatty():
        raise UsageError(
            "there is no editor to open here",
            remedy="use --text, --file or --set, or set EDITOR in a terminal",
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"coimprove{suffix}"
        path.write_text(text, encoding="utf-8")
        code = subprocess.call([*shlex.split(command), str(path)])
        if code:
            raise UsageError(f"{command} ended with {code}; nothing was changed")
        return path.read_text(encoding="utf-8")


def reject(bench: Bench, *, id: str, reason: str | None = None, bulk: bool = False) -> DecisionView:
    """Say no, with a reason; what is rejected stays in the record and counts."""
    item = _subject(bench, id)
    if item.kind == _LESSON:
        return deciding_lessons.decide(bench, item, "rejected", reason or "", bulk=bulk)
    first_views.require(bench, item)
    return decide(
        bench,
        item,
        "rejected",
        reason or "",
        state="abandoned" if item.kind == "experiment" else None,
        bulk=bulk,
    )


def defer(bench: Bench, *, id: str, reason: str | None = None, bulk: bool = False) -> DecisionView:
    """Decide later."""
    item = _subject(bench, id)
    if item.kind == _LESSON:
        return deciding_lessons.decide(bench, item, "deferred", reason or "", bulk=bulk)
    return decide(bench, item, "deferred", reason or "", bulk=bulk)


def undo(bench: Bench, *, id: str, reason: str | None = None) -> DecisionView:
    """Take a decision back. What was accepted leaves the notebook byte for byte as it was.

    What is stale waits again, to be decided on as its notebook is now.
    """
    record = bench.record()
    item = shelf.item_of(record, id, "experiment", "finding", "proposal", *JUDGED, _LESSON, "decision")
    if item.kind == "decision":
        if item.data.get("verb") in LOOKS:
            raise DecisionError(f"{item.id} asked for a preview; it changed nothing that could be taken back")
        if item.data.get("verb") in COMPARISONS:
            raise DecisionError(
                f"{item.id} compares two ideas", remedy="compare them again: the later word counts"
            )
        item = record.get(str(item.data["subject"]))
    shelf.own(item)
    if item.kind == _LESSON:
        return deciding_lessons.decide(bench, item, "undone", reason or "")
    if item.kind in ("finding", "proposal") and item.state in ("accepted", "edited"):
        may_decide(bench, item)
        return reverting.revert(bench, item, reason or "")
    if item.kind == "proposal" and item.state in ("stale", "orphaned"):
        return decide(bench, item, "undone", reason or "", state="pending", **noticing.anew(bench, item))
    if item.state in ("rejected", "deferred", "abandoned", "stale") or (
        item.kind in JUDGED and item.state == "accepted"
    ):
        view = decide(
            bench, item, "undone", reason or "", state="draft" if item.kind == "experiment" else "pending"
        )
        return replace(view, warnings=(*view.warnings, *reverting.reports(bench, item)))
    if item.kind == "experiment" and item.state == "registered" and not shelf.runs_of(record, item.id):
        return decide(bench, item, "undone", reason or "", state="abandoned")
    raise DecisionError(
        f"{item.id} is {item.state}; there is no decision to take back",
        remedy="what has run stays in the record" if item.kind == "experiment" else "",
    )


def _subject(bench: Bench, text: str) -> Item:
    item = shelf.own(
        shelf.item_of(bench.record(), text, "finding", "proposal", "experiment", *JUDGED, _LESSON)
    )
    if item.kind == "proposal":
        return noticing.notice(bench, [item])[0]
    if item.kind == _LESSON:
        return item
    return whereabouts.settled(bench, item)


def may_decide(bench: Bench, item: Item) -> None:
    """DecisionError unless a person decides here, on something that was made here."""
    from jupyter_coimprove.curation import rules

    where = bench.where
    rules.may_decide(bench.actor, item.trust, bench.actor.auth, where.lone_line, at_prompt=where.at_prompt)


def decide(
    bench: Bench, item: Item, verb: DecisionVerb, reason: str, *, state: str | None = None, bulk: bool = False,
    **kept: object,
) -> DecisionView:  # fmt: skip
    from jupyter_coimprove.curation import rules

    bench_state = "pending" if item.kind == "experiment" and item.state == "draft" else item.state
    if item.kind == "experiment" and item.state not in ("draft", "deferred", "abandoned", "registered"):
        raise DecisionError(f"{item.id} is {item.state}", remedy=f"`coimprove cancel {item.id}` stops it")
    may_decide(bench, item)
    if verb != "undone":
        bench_state = rules.decide(bench_state, verb)
    new_state = state or ("deferred" if verb == "deferred" else bench_state)
    decision = new_id("decision", bench.clock)
    bench.record().append(
        [
            decision_line(bench, decision, item, verb, reason, **({"bulk": True} if bulk else {})),
            state_line(bench, item, verb, new_state, **kept),
        ],
        expect={item.id: item.seq},
    )
    return DecisionView(
        summary=f"{item.id} is {new_state}", id=decision, subject=item.id, verb=verb, state=new_state,
        application="none", next=(f"coimprove undo {item.id}",) if verb != "undone" else (),
    )  # fmt: skip


def decision_line(bench: Bench, id_: str, item: Item, verb: str, reason: str, **more: object) -> Draft:
    """The line that says who decided what, why, and on which digest."""
    from jupyter_coimprove.record.base import Draft

    data = {"subject": item.id, "verb": verb, "digest": digest_of(item), "reason": reason, **more}
    return Draft(id=id_, kind="decision", event=verb, data=data, actor=bench.actor)


def digest_of(item: Item) -> str:
    """What a decision on it is pinned to: exactly this content."""
    from jupyter_coimprove.digests import digest_json, digest_source

    if item.data.get("digest"):
        return str(item.data["digest"])
    if item.kind == "finding":
        return digest_json({"claim": item.data["claim"]})
    return digest_source(str(item.data.get("plan_toml", "")))


def state_line(bench: Bench, item: Item, event: str, state: str, **data: object) -> Draft:
    """The line that moves what was decided on to its new state."""
    from jupyter_coimprove.record.base import Draft

    return Draft(id=item.id, kind=item.kind, event=event, state=state, data=data, actor=bench.actor)


def _accept_finding(
    bench: Bench, item: Item, reason: str, edited: str | None, unbacked: bool, bulk: bool
) -> DecisionView:
    from jupyter_coimprove.curation import rules

    may_decide(bench, item)
    state = rules.decide(item.state, "edited" if edited is not None else "accepted")
    owner = bench.record().get(str(item.data["experiment"]))
    if owner.state not in watching.ENDED:
        raise DecisionError(f"{owner.id} has not ended", remedy=f"`coimprove status {owner.id}`")
    wording.check_alone(bench.record(), item)
    return accepting.finding(
        bench, item, state=state, reason=reason, edited=edited, unbacked=unbacked, bulk=bulk
    )


def _accept_proposal(
    bench: Bench, item: Item, reason: str, sources: Mapping[int, str], bulk: bool, despite: str | None
) -> DecisionView:
    from jupyter_coimprove.curation import rules

    may_decide(bench, item)
    state = rules.decide(item.state, "edited" if sources else "accepted")
    return accepting.proposal(
        bench, item, state=state, reason=reason, sources=sources, bulk=bulk, despite=despite
    )
