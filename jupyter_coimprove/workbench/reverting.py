"""Taking accepted edits out of their notebook again: on disk byte for byte, or in the open window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import Claimed, DecisionError, Stale
from jupyter_coimprove.faults import fault_point
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.workbench import deciding, presence, queueing, shelf, whereabouts
from jupyter_coimprove.workbench.views import DecisionView

if TYPE_CHECKING:
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.record.base import Draft, Item
    from jupyter_coimprove.workbench.bench import Bench


def revert(bench: Bench, item: Item, reason: str) -> DecisionView:
    """Undo an accepted finding or proposal. Refused when a cell of it was changed since (F44).

    Where the notebook is open, an application is queued that its window carries out.
    """
    from jupyter_coimprove.curation.rules import STANDING
    from jupyter_coimprove.record.base import Draft

    record = bench.record()
    entries = [
        entry for entry in record.find("application", subject=item.id)
        if entry.trust == "own" and entry.state in ("queued", "claimed", "applied") and not entry.data.get("undoes")
    ]  # fmt: skip
    name = str(item.data["notebook"])
    path = whereabouts.path_of(bench, name)
    name = shelf.notebook_name(bench.root(), path) if path is not None else name
    item, entries = record.get(item.id), [record.get(entry.id) for entry in entries]
    if item.state not in STANDING:
        raise DecisionError(
            f"{item.id} is {item.state} by now; somebody else took it back at this moment",
            remedy=f"`coimprove show {item.id}` says how it stands",
        )
    for entry in entries:
        if by := queueing.held_by(bench, entry):
            raise Claimed(
                f"{by} is putting {item.id} into {name} at this moment",
                remedy="try again when it stands there",
            )
    written = [entry for entry in entries if entry.state in ("applied", "claimed")]
    _check_later(bench, name, written)
    decision = new_id("decision", bench.clock)
    lines = [
        deciding.decision_line(bench, decision, item, "undone", reason),
        deciding.state_line(bench, item, "undone", "pending"),
    ]
    expect = {item.id: item.seq, **{entry.id: entry.seq for entry in entries}}
    there = presence.opened(bench, name) if path is not None else None
    if there is not None and written:
        waiting = [entry for entry in entries if entry not in written]
        lines += [_reverted(bench, entry) for entry in waiting]
        lines += [_back(bench, item, entry, decision) for entry in written]
        record.append(lines, expect=expect)
        fault_point("application.queued")
        return DecisionView(
            warnings=reports(bench, item),
            summary=f"{item.id} waits for a decision again; {name} is open ({there.who}) and it is taken out there",
            id=decision, subject=item.id, verb="undone", state="pending", application="queued", notebook=name,
            experiment=str(item.data.get("experiment", "")), next=("save and close the notebook, then: coimprove apply",),
        )  # fmt: skip
    if path is not None and written:
        with presence.writing(bench.layout(), name):
            for entry in written:
                _take_back(bench, entry)
    fault_point("application.taken_back")
    lines += [
        Draft(id=entry.id, kind="application", event="reverted", state="reverted", actor=bench.actor)
        for entry in entries
    ]
    record.append(lines, expect=expect)
    return DecisionView(
        warnings=reports(bench, item),
        summary=f"{item.id} waits for a decision again", id=decision, subject=item.id, verb="undone",
        state="pending", application="reverted" if written else "none", notebook=name,
        experiment=str(item.data.get("experiment", "")),
    )  # fmt: skip


def reports(bench: Bench, item: Item) -> tuple[str, ...]:
    """What became of the reports that told a finding, or showed cases, which are now taken back."""
    from jupyter_coimprove.workbench import retracting

    return retracting.retracted(bench, item.id) if item.kind in ("finding", "card") else ()


def _check_later(bench: Bench, name: str, written: Sequence[Item]) -> None:
    """DecisionError where something that was accepted later stands on what is to be taken out."""
    from jupyter_coimprove.digests import digest_source

    # What it left in each cell, by the cell's id where there are ids.
    left = [
        (str(edit.get("cell_id") or (edit.get("address") or {}).get("id") or ""), digest_source(str(edit["source"])))
        for entry in written for edit in entry.data["edits"] if edit["kind"] != "delete"
    ]  # fmt: skip
    mine = {entry.id for entry in written}
    first = min(mine, default="")
    for later in bench.record().find("application", notebook=name, state="applied"):
        if later.id in mine or later.id < first or later.trust != "own" or later.data.get("undoes"):
            continue
        for edit in later.data["edits"]:
            cell = str((edit.get("address") or {}).get("id") or "")
            same = any(digest == edit["base"] and cell in ("", id_) for id_, digest in left)
            if edit["kind"] != "insert" and same:
                raise DecisionError(
                    f"{later.data['subject']} changed the same cell later and stands on this",
                    remedy=f"first `coimprove undo {later.data['subject']}`",
                )


def _reverted(bench: Bench, entry: Item) -> Draft:
    from jupyter_coimprove.record.base import Draft

    return Draft(id=entry.id, kind="application", event="reverted", state="reverted", actor=bench.actor)


def _back(bench: Bench, item: Item, entry: Item, decision: str) -> Draft:
    """The application that takes another back in the window that has the notebook open."""
    from jupyter_coimprove.curation.taking_back import taking_back

    edits = [taking_back(edit) for edit in entry.data["edits"]]
    return queueing.queued(
        bench, new_id("application", bench.clock), subject=item.id, decision=decision,
        notebook=str(entry.data["notebook"]), edits=edits, metadata={}, cells=entry.data.get("cells", ()),
        undoes=str(entry.data["decision"]), of=entry.id, was=item.state,
    )  # fmt: skip


def _take_back(bench: Bench, entry: Item) -> None:
    """The file without what was applied; nothing to do where it does not stand there any more."""
    from jupyter_coimprove.curation.application import apply_edits, edit_from_dict
    from jupyter_coimprove.curation.taking_back import taking_back
    from jupyter_coimprove.notebook.io import read, write_atomic
    from jupyter_coimprove.workbench.applying import stands

    notebook = read(shelf.notebook_path(bench.root(), str(entry.data["notebook"])))
    if not stands(notebook, entry.data):
        return
    raw: bytes | None = None
    if entry.data.get("inverse"):
        inverse = tuple(edit_from_dict(edit) for edit in entry.data["inverse"])
        # A front end may have saved it in its own way since; by its mark it is found all the same.
        with suppress(Stale):
            raw, _ = apply_edits(notebook, inverse, metadata=None, new_id=queueing.cell_ids(entry.id))
    if raw is None:
        edits = [taking_back(edit) for edit in entry.data["edits"]]
        raw = without(notebook, {"edits": edits, "undoes": entry.data["decision"]}) or notebook.raw
    write_atomic(notebook.path, raw, expect=notebook.raw)


def without(notebook: Notebook, data: Mapping[str, Any]) -> bytes | None:
    """The file's bytes without what an application takes back; None where it does not stand there.

    Raises Stale when a person has changed it since (F44).
    """
    from jupyter_coimprove.curation.application import apply_edits
    from jupyter_coimprove.curation.taking_back import addressed, is_back

    if is_back(notebook, list(data["edits"]), str(data["undoes"])):
        return None
    edits = addressed(list(data["edits"]), notebook, str(data["undoes"]))
    raw, _ = apply_edits(notebook, edits, metadata=None, new_id=queueing.cell_ids("_" + str(data["undoes"])))
    return raw
