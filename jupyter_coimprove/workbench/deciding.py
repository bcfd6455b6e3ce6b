"""Accept, edit, reject, defer, undo: what a person decides, on exactly the content they saw."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_coimprove.errors import DecisionError, NothingToDo, UsageError
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.workbench import applying, planning, shelf, watching
from jupyter_coimprove.workbench.registering import register
from jupyter_coimprove.workbench.views import DecisionView, ReviewRow, ReviewView, View

if TYPE_CHECKING:
    from jupyter_coimprove.curation.decision import DecisionVerb
    from jupyter_coimprove.record.base import Draft, Item
    from jupyter_coimprove.workbench.bench import Bench


TITLE = 72


def review(bench: Bench, *, notebook: str | None = None) -> ReviewView:
    """What waits for a decision: plans and findings, newest first."""
    record = bench.record()
    only = shelf.notebook_name(bench.root(), bench.path(notebook)) if notebook else None
    waiting = [item for item in record.find("experiment") if item.state in ("draft", "deferred")]
    waiting += [item for item in record.find("finding") if item.state in ("pending", "deferred", "stale")]
    rows = tuple(
        ReviewRow(
            id=item.id, kind=item.kind, state=item.state, notebook=str(item.data.get("notebook", "")),
            title=_title(item), changed=item.changed,
            trust=item.trust,
        )
        for item in sorted(waiting, key=lambda item: item.changed, reverse=True)
        if only is None or item.data.get("notebook") == only
    )  # fmt: skip
    queued = [item for item in record.find("application") if item.state == "queued"]
    return ReviewView(
        summary=f"{len(rows)} wait{'s' if len(rows) == 1 else ''} for a decision", items=rows,
        next=("coimprove apply",) if queued else tuple(f"coimprove show {row.id}" for row in rows[:1]),
    )  # fmt: skip


def _title(item: Item) -> str:
    """A finding's first line or a plan's question, short enough for a list."""
    text = str(item.data.get("claim") or item.data.get("question") or "").strip()
    first = text.splitlines()[0] if text else ""
    return first if len(first) <= TITLE else first[: TITLE - 1].rstrip() + "…"


def accept(
    bench: Bench, *, id: str, reason: str | None = None, run: bool = False, workers: int | None = None,
    wait: bool = False, unbacked: bool = False,
) -> View:  # fmt: skip
    """Accept a plan (registers it, and runs it when asked) or a finding (into its notebook)."""
    from jupyter_coimprove.workbench import running

    item = _subject(bench, id)
    if item.kind == "finding":
        if run:
            raise UsageError(f"{item.id} is a finding; there is nothing in it to run")
        return _accept_finding(bench, item, reason or "", None, unbacked)
    running.check_kernel(bench, item)
    experiment = register(bench, item, reason=reason or "")
    if run:
        return running.start(bench, item.id, workers=workers, wait=wait, detach=False)
    return DecisionView(
        summary=f"{item.id} is registered as {experiment.plan.status}", id=str(bench.record().get(item.id).data["decision"]),
        subject=item.id, verb="accepted", state="registered", application="none", experiment=item.id,
        next=(f"coimprove run {item.id}",),
    )  # fmt: skip


def edit(
    bench: Bench, *, id: str, text: str | None = None, file: str | None = None, set: list[str] | None = None,
    reason: str | None = None, unbacked: bool = False,
) -> View:  # fmt: skip
    """Change a plan (still a draft then) or a finding (accepted in the person's own words)."""
    item = _subject(bench, id)
    if item.kind == "experiment":
        from jupyter_coimprove.workbench.editing import edit_plan

        edit_plan(bench, item, file=file, sets=set or [], editor=_in_editor)
        return planning.view(bench, bench.record().get(item.id))
    if set:
        raise UsageError("--set is for plans", remedy="use --text or --file for a finding")
    new = (
        text
        if text is not None
        else _text_of(bench, file)
        if file
        else _in_editor(bench, str(item.data["claim"]), ".md")
    )
    if not new.strip():
        raise UsageError(
            "an empty finding says nothing", remedy=f"`coimprove reject {item.id}` says no to it"
        )
    if new.strip() == str(item.data["claim"]).strip():
        raise NothingToDo("nothing was changed", remedy=f"`coimprove accept {item.id}` accepts it as it is")
    return _accept_finding(bench, item, reason or "", new.strip(), unbacked)


def _text_of(bench: Bench, file: str) -> str:
    path = bench.path(file)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


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


def reject(bench: Bench, *, id: str, reason: str | None = None) -> DecisionView:
    """Say no, with a reason; a rejected plan or finding stays in the record and counts."""
    item = _subject(bench, id)
    return _decide(
        bench, item, "rejected", reason or "", state="abandoned" if item.kind == "experiment" else None
    )


def defer(bench: Bench, *, id: str, reason: str | None = None) -> DecisionView:
    """Decide later."""
    return _decide(bench, _subject(bench, id), "deferred", reason or "")


def undo(bench: Bench, *, id: str, reason: str | None = None) -> DecisionView:
    """Take a decision back. An accepted finding leaves the notebook byte for byte as it was."""
    record = bench.record()
    item = shelf.item_of(record, id, "experiment", "finding", "decision")
    if item.kind == "decision":
        item = record.get(str(item.data["subject"]))
    shelf.own(item)
    if item.kind == "finding" and item.state in ("accepted", "edited"):
        return applying.revert(bench, item, reason or "")
    if item.state in ("rejected", "deferred", "abandoned"):
        return _decide(
            bench, item, "undone", reason or "", state="draft" if item.kind == "experiment" else "pending"
        )
    if item.kind == "experiment" and item.state == "registered" and not shelf.runs_of(record, item.id):
        return _decide(bench, item, "undone", reason or "", state="abandoned")
    raise DecisionError(
        f"{item.id} is {item.state}; there is no decision to take back",
        remedy="what has run stays in the record" if item.kind == "experiment" else "",
    )


def _subject(bench: Bench, text: str) -> Item:
    return shelf.own(shelf.item_of(bench.record(), text, "finding", "experiment"))


def may_decide(bench: Bench, item: Item) -> None:
    """DecisionError unless a person decides here, on something that was made here."""
    from jupyter_coimprove.curation import rules

    where = bench.where
    rules.may_decide(bench.actor, item.trust, bench.actor.auth, where.lone_line, at_prompt=where.at_prompt)


def _decide(
    bench: Bench, item: Item, verb: DecisionVerb, reason: str, *, state: str | None = None
) -> DecisionView:
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
        [decision_line(bench, decision, item, verb, reason), state_line(bench, item, verb, new_state)],
        expect={item.id: item.seq},
    )
    return DecisionView(
        summary=f"{item.id} is {new_state}", id=decision, subject=item.id, verb=verb, state=new_state,
        application="none", next=(f"coimprove undo {item.id}",) if verb != "undone" else (),
    )  # fmt: skip


def decision_line(bench: Bench, id_: str, item: Item, verb: str, reason: str, **more: object) -> Draft:
    """The line that says who decided what, why, and on which digest."""
    from jupyter_coimprove.digests import digest_json, digest_source
    from jupyter_coimprove.record.base import Draft

    digest = str(item.data.get("digest") or digest_source(str(item.data.get("plan_toml", ""))))
    if item.kind == "finding" and not item.data.get("digest"):
        digest = digest_json({"claim": item.data["claim"]})
    data = {"subject": item.id, "verb": verb, "digest": digest, "reason": reason, **more}
    return Draft(id=id_, kind="decision", event=verb, data=data, actor=bench.actor)


def state_line(bench: Bench, item: Item, event: str, state: str, **data: object) -> Draft:
    """The line that moves what was decided on to its new state."""
    from jupyter_coimprove.record.base import Draft

    return Draft(id=item.id, kind=item.kind, event=event, state=state, data=data, actor=bench.actor)


def _accept_finding(
    bench: Bench, item: Item, reason: str, edited: str | None, unbacked: bool
) -> DecisionView:
    from jupyter_coimprove.curation import rules

    may_decide(bench, item)
    state = rules.decide(item.state, "edited" if edited is not None else "accepted")
    owner = bench.record().get(str(item.data["experiment"]))
    if owner.state not in watching.ENDED:
        raise DecisionError(f"{owner.id} has not ended", remedy=f"`coimprove status {owner.id}`")
    return applying.accept_finding(bench, item, state=state, reason=reason, edited=edited, unbacked=unbacked)
