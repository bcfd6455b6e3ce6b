"""Carrying out in an open window: one claim wins, and what became of it is recorded.

The window that holds presence on a notebook claims an application, puts it into the shared
model, and says so. A claim ends with its window: when the socket closes it is queued again, and
when the server dies the window's seat is free, which says the same (presence.py). Saying twice
that it was applied changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_coimprove.errors import Claimed, CoimproveError, DecisionError, UsageError
from jupyter_coimprove.faults import fault_point
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.registry import TOOL
from jupyter_coimprove.workbench import deciding, presence, queueing, shelf, whereabouts
from jupyter_coimprove.workbench.views import ApplicationRow, ApplicationsView

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.record.base import Draft, Item
    from jupyter_coimprove.workbench.bench import Bench

#: How often a claim is tried again when the record moved on between looking and writing.
TRIES = 4
LONGEST = 500
#: Why something that was carried out waits again.
UNSAVED = "the window that put it in was closed before it saved the notebook"


def applications(bench: Bench, *, notebook: str | None = None) -> ApplicationsView:
    """What was decided on and waits for its notebook, oldest first."""
    name = whereabouts.name_at(bench, bench.path(notebook)) if notebook else None
    rows = tuple(queueing.row(bench, item) for item in queueing.waiting(bench, name))
    return ApplicationsView(
        summary=f"{len(rows)} accepted edit{'s' if len(rows) != 1 else ''} wait{'s' if len(rows) == 1 else ''}",
        applications=rows,
        warnings=tuple(f"{row.notebook} is gone: {row.remedy}" for row in rows if row.remedy),
    )


def claimed_line(bench: Bench, id_: str, window: str) -> Draft:
    """The line by which a window takes an application."""
    from jupyter_coimprove.record.base import Draft

    return Draft(
        id=id_, kind="application", event="claimed", state="claimed", actor=bench.actor,
        # What a dead command line computed for the bytes of its file is not what is applied here.
        data={"window": window, "by": bench.actor.display, "inverse": [], "wrote": "", "saved": False},
    )  # fmt: skip


def claim(bench: Bench, id_: str, *, path: Path, window: str) -> ApplicationRow:
    """Take an application for this window; Claimed says who has it. Asking again gives it again."""
    for _ in range(TRIES):
        item = _present(bench, id_, path, window)
        by = queueing.held_by(bench, item)
        if by and item.data.get("window") == window:
            return queueing.row(bench, item)
        if by or item.state not in queueing.WAITING:
            break
        try:
            bench.record().append([claimed_line(bench, item.id, window)], expect={item.id: item.seq})
        except DecisionError:
            continue  # somebody was faster: look again who
        fault_point("claim.kept")
        return queueing.row(bench, bench.record().get(item.id))
    raise _not_yours(bench, bench.record().get(id_))


def applied(bench: Bench, id_: str, *, path: Path, window: str) -> ApplicationRow:
    """The window has put it into its notebook. Recorded once, however often it is said (F43).

    A window whose claim was given up while it worked (its connection broke) may still say so.
    """
    for _ in range(TRIES):
        item = _present(bench, id_, path, window)
        if item.state == "applied" or (item.data.get("undoes") and item.state == "reverted"):
            return queueing.row(bench, item)
        by = queueing.held_by(bench, item)
        if item.state not in queueing.WAITING or (by and item.data.get("window") != window):
            break
        fault_point("claim.before_applied")
        try:
            bench.record().append(applied_lines(bench, item, window), expect={item.id: item.seq})
        except DecisionError:
            continue
        fault_point("claim.applied")
        return queueing.row(bench, bench.record().get(item.id))
    raise _not_yours(bench, bench.record().get(id_))


def applied_lines(bench: Bench, item: Item, window: str = "") -> list[Draft]:
    """The lines that say it stands there; what it took back is reverted with it."""
    from jupyter_coimprove.record.base import Draft

    lines = [
        Draft(
            id=item.id, kind="application", event="applied", state="applied", actor=bench.actor,
            data={"window": window, "by": bench.actor.display},
        )
    ]  # fmt: skip
    if item.data.get("of"):
        back = Draft(
            id=str(item.data["of"]), kind="application", event="reverted", state="reverted", actor=bench.actor
        )
        lines.append(back)
    return lines


def refused(bench: Bench, id_: str, *, path: Path, window: str, why: str, code: str = "") -> ApplicationRow:
    """The window could not carry it out: it waits again, or its subject is stale when ``code`` says so."""
    from jupyter_coimprove.record.base import Draft

    item = _present(bench, id_, path, window)
    by = queueing.held_by(bench, item)
    if item.state not in queueing.WAITING or (by and item.data.get("window") != window):
        raise _not_yours(bench, item)
    if code == "stale":
        outdated(bench, item, why)
    else:
        line = Draft(
            id=item.id, kind="application", event="refused", state="queued", actor=bench.actor,
            data={"why": why[:LONGEST], "window": "", "by": ""},
        )  # fmt: skip
        bench.record().append([line], expect={item.id: item.seq})
    return queueing.row(bench, bench.record().get(item.id))


def outdated(bench: Bench, item: Item, why: str) -> None:
    """What it stands on has changed (F40, F41): it is not carried out, and its subject is stale.

    Of what was to be taken back, the cell stays and so does the decision that put it there.
    """
    from jupyter_coimprove.record.base import Draft

    subject = bench.record().get(str(item.data["subject"]))
    told = why[:LONGEST]
    state = str(item.data["was"]) if item.data.get("undoes") else "stale"
    bench.record().append(
        [
            Draft(
                id=item.id, kind="application", event="refused", state="refused", actor=bench.actor,
                data={"why": told, "code": "stale", "window": "", "by": ""},
            ),
            deciding.state_line(bench, subject, "stale", state, stale_why=told, noticed=False),
        ],
        expect={item.id: item.seq},
    )  # fmt: skip


def reverted(bench: Bench, id_: str, *, path: Path, window: str, reason: str = "") -> ApplicationRow:
    """A person undid it in the window, or deleted its cells: that is a decision, and its subject waits again.

    ``id_`` may be the decision's, which is what a cell says of itself.
    """
    item = _present(bench, id_, path, window)
    if item.state == "reverted":
        return queueing.row(bench, item)
    return _moved_on(bench, item, "applied", "reverted", reason or "undone in the notebook")


def redone(bench: Bench, id_: str, *, path: Path, window: str, reason: str = "") -> ApplicationRow:
    """A redo brought it back: decided as before, on the same content."""
    item = _present(bench, id_, path, window)
    if item.state == "applied":
        return queueing.row(bench, item)
    return _moved_on(bench, item, "reverted", "applied", reason or "redone in the notebook")


def _moved_on(bench: Bench, item: Item, before: str, after: str, reason: str) -> ApplicationRow:
    """An undo or a redo in the window, as a decision with the application's new state."""
    from jupyter_coimprove.record.base import Draft

    record = bench.record()
    subject = shelf.own(record.get(str(item.data["subject"])))
    again = after == "applied"
    verb = str(item.data.get("verb") or "accepted") if again else "undone"
    wanted = ("pending", "undone") if again else ("accepted", "edited")
    deciding.may_decide(bench, subject)
    if item.state != before or subject.state not in wanted or item.data.get("undoes"):
        raise DecisionError(
            f"{item.id} is {item.state} and {subject.id} is {subject.state}",
            remedy=f"`coimprove show {subject.id}` says how it stands; decide on it in the panel",
        )
    decision = new_id("decision", bench.clock)
    digest = {"of": str(item.data["decision"])}
    record.append(
        [
            deciding.decision_line(bench, decision, subject, verb, reason, **digest),
            deciding.state_line(bench, subject, verb, verb if again else "pending"),
            Draft(
                id=item.id, kind="application", event="redone" if again else "reverted", state=after,
                actor=bench.actor, data={"by": bench.actor.display},
            ),
        ],
        expect={item.id: item.seq, subject.id: subject.seq},
    )  # fmt: skip
    fault_point("claim.reverted")
    return queueing.row(bench, record.get(item.id))


def recover(bench: Bench, notebook: str | None = None) -> list[str]:
    """Queue again what a window said it put in and never saved: it died, and the file lacks it; their ids.

    Only of notebooks that nobody has open: a window may save later. What is found in the file is
    kept as saved: if it is gone later, somebody took it out.
    """
    from jupyter_coimprove.notebook.io import read
    from jupyter_coimprove.record.base import Draft

    record = bench.record()
    if bench.looks or record.read_only:
        return []
    where = {"notebook": notebook} if notebook else {}
    found = [
        item for item in record.find("application", state="applied", **where)
        if item.trust == "own" and item.data.get("window") and not item.data.get("saved")
    ]  # fmt: skip
    lines, books = [], {}
    for item in found:
        name = str(item.data["notebook"])
        if presence.sitting(bench.layout(), name):
            continue
        if name not in books:
            path = whereabouts.path_of(bench, name)
            try:
                books[name] = read(path) if path is not None else None
            except (CoimproveError, OSError):
                books[name] = None  # it cannot be read now: what it lacks is not known
        book = books[name]
        if book is None:
            continue
        kept = _stands_in(book, item)
        lines.append(
            Draft(
                id=item.id, kind="application", event="saved" if kept else "lost", state="" if kept else "queued", actor=TOOL,
                data={"saved": True} if kept else {"window": "", "by": "", "why": UNSAVED},
            )
        )  # fmt: skip
    if lines:
        record.append(
            lines, expect={item.id: item.seq for item in found if item.id in {one.id for one in lines}}
        )
    return [line.id for line in lines if line.state]


def _stands_in(notebook: Notebook, item: Item) -> bool:
    """Whether what an application did, or took back, is so in this file."""
    from jupyter_coimprove.curation.taking_back import is_back, standing

    data = item.data
    if data.get("undoes"):
        return is_back(notebook, data["edits"], str(data["undoes"]))
    return standing(notebook, data["edits"], str(data["decision"]))


def release(bench: Bench, window: str, notebook: str | None = None) -> int:
    """Queue again what this window had claimed (of one notebook, if given); how many."""
    from jupyter_coimprove.record.base import Draft

    record = bench.record()
    held = [
        item for item in record.find("application", state="claimed", window=window)
        if item.trust == "own" and (notebook is None or item.data["notebook"] == notebook)
    ]  # fmt: skip
    for item in held:
        line = Draft(
            id=item.id, kind="application", event="released", state="queued", actor=bench.actor,
            data={"window": "", "by": ""},
        )  # fmt: skip
        record.append([line], expect={item.id: item.seq})
    return len(held)


def _present(bench: Bench, id_: str, path: Path, window: str) -> Item:
    """The application, if this window has its notebook open. UsageError or DecisionError otherwise."""
    bench.require_person("an application")
    item = shelf.own(_application(bench, id_))
    name = whereabouts.name_at(bench, path)
    item = bench.record().get(item.id)
    if item.data["notebook"] != name:
        raise UsageError(f"{item.id} is about {item.data['notebook']}, not about {name}")
    if not window or not presence.sits(bench.layout(), name, window):
        raise DecisionError(
            f"this window has not said that it has {name} open",
            remedy="reload the page; a window says which notebooks it has open",
        )
    return item


def _application(bench: Bench, id_: str) -> Item:
    """The application of this id, or the one that carries out the decision of this id."""
    item = shelf.item_of(bench.record(), id_, "application", "decision")
    if item.kind == "application":
        return item
    found = [
        one for one in bench.record().find("application", decision=item.id) if not one.data.get("undoes")
    ]
    if not found:
        raise UsageError(f"{item.id} put nothing into a notebook")
    return found[-1]


def _not_yours(bench: Bench, item: Item) -> Claimed:
    by = queueing.held_by(bench, item)
    if by:
        return Claimed(f"{by} is carrying out {item.id}", remedy="nothing to do: it appears when it is done")
    return Claimed(f"{item.id} is {item.state} already", remedy="look at the notebook as it is now")
