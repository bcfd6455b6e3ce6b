"""Carrying decisions out: one application a decision, claimed once, and taken back byte for byte.

A decision and its application are two records. A notebook that is open in a front end is
never written on disk: its window carries the application out (claiming.py), or it stays queued
until ``coimprove apply``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import Claimed, CoimproveError, NotebookError, NothingToDo, Stale
from jupyter_coimprove.faults import fault_point
from jupyter_coimprove.proposals.proposal import Edit
from jupyter_coimprove.workbench import claiming, presence, queueing, shelf, whereabouts
from jupyter_coimprove.workbench.views import CheckRow, ChecksView

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench


def carry_out(bench: Bench, application: Item) -> None:
    """Apply a queued application, exactly once, however many try (F42, F43).

    The file is looked at before it is written: an application that a crash left between file
    and record is seen in the file, and only recorded. Claimed when the notebook is open or
    another door is at work; Stale when what it is based on has changed, and then the subject is.
    """
    from jupyter_coimprove.record.base import Draft

    record, name = bench.record(), str(application.data["notebook"])
    path = whereabouts.path_of(bench, name)
    if path is None:
        raise NotebookError(
            f"{name} is gone", remedy=whereabouts.remedy(bench, name, str(application.data["subject"]))
        )
    name = shelf.notebook_name(bench.root(), path)
    there = presence.opened(bench, name, said=True)
    if there is not None:
        raise Claimed(
            f"{name} is open ({there.who}): its file is not written behind anybody's back",
            remedy="accept it there, or close the notebook and say `coimprove apply`",
        )
    with presence.writing(bench.layout(), name):
        application = record.get(application.id)
        if application.state not in queueing.WAITING:
            return  # another door was faster
        try:
            stands_there, raw, before, claimed = _prepared(path, application)
        except Stale as error:
            claiming.outdated(bench, application, str(error))
            raise
        record.append(
            [
                Draft(
                    id=application.id, kind="application", event="claimed", state="claimed", actor=bench.actor,
                    data={**claimed, "window": "", "by": bench.actor.display},
                )
            ],
            expect={application.id: application.seq},
        )  # fmt: skip
        fault_point("application.claimed")
        if not stands_there:
            _write(bench, application, path, raw, before)
        fault_point("application.written")
        record.append(claiming.applied_lines(bench, application))


def _prepared(path: Path, application: Item) -> tuple[bool, bytes, bytes, dict[str, Any]]:
    """(stands there already, the new bytes, those now, what the claim keeps of it). Raises Stale."""
    from jupyter_coimprove.curation.application import apply_edits
    from jupyter_coimprove.digests import digest_bytes
    from jupyter_coimprove.notebook.io import read
    from jupyter_coimprove.workbench import reverting

    notebook, data = read(path), application.data
    if data.get("undoes"):
        raw = reverting.without(notebook, data)
        return raw is None, raw or notebook.raw, notebook.raw, {}
    if stands(notebook, data):
        return True, notebook.raw, notebook.raw, {}
    edits = tuple(Edit.from_dict(edit) for edit in data["edits"])
    raw, inverse = apply_edits(
        notebook, edits, metadata=data["metadata"], new_id=queueing.cell_ids(application.id)
    )
    kept = {"inverse": [edit.as_dict() for edit in inverse], "wrote": digest_bytes(raw)}
    return False, raw, notebook.raw, kept


def _write(bench: Bench, application: Item, path: Path, raw: bytes, before: bytes) -> None:
    from jupyter_coimprove.notebook.io import write_atomic
    from jupyter_coimprove.record.base import Draft

    try:
        write_atomic(path, raw, expect=before)
    except (CoimproveError, OSError) as error:
        refused = Draft(
            id=application.id, kind="application", event="refused", state="queued", actor=bench.actor,
            data={"why": str(error), "by": ""},
        )  # fmt: skip
        bench.record().append([refused])
        raise


def stands(notebook: Notebook, data: Mapping[str, Any]) -> bool:
    """Whether what an application does stands in the notebook already: its cells say so, or are gone."""
    from jupyter_coimprove.curation.taking_back import standing
    from jupyter_coimprove.digests import digest_bytes

    return standing(notebook, data["edits"], str(data["decision"])) or (
        bool(data.get("wrote")) and data["wrote"] == digest_bytes(notebook.raw)
    )


def apply(bench: Bench, *, notebook: str | None = None) -> ChecksView:
    """Carry out what waits: queued applications, and those a crash left half done."""
    only = whereabouts.name_at(bench, bench.path(notebook)) if notebook else None
    claiming.recover(bench, only)
    waiting = queueing.waiting(bench, only)
    if not waiting:
        raise NothingToDo("no accepted edit waits")
    checks = []
    for item in waiting:
        subject, done = str(item.data["subject"]), "taken out of" if item.data.get("undoes") else "stands in"
        try:
            carry_out(bench, item)
            where = str(bench.record().get(item.id).data["notebook"])
            checks.append(CheckRow(name=subject, ok=True, text=f"{done} {where}"))
        except (CoimproveError, OSError) as error:
            remedy = error.remedy if isinstance(error, CoimproveError) else "look at the file and its folder"
            checks.append(CheckRow(name=subject, ok=False, text=str(error), remedy=remedy))
    ok = all(check.ok for check in checks)
    count = sum(check.ok for check in checks)
    return ChecksView(
        summary=f"{count} of {len(checks)} applied", ok=ok, checks=tuple(checks), exit_code=0 if ok else 1
    )
