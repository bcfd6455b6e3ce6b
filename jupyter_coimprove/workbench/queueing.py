"""Applications as they are kept and shown: edits that were decided on and wait for their notebook."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.workbench import presence, shelf, whereabouts
from jupyter_coimprove.workbench.rows_curation import AddressRow, ApplicationRow, EditRow

if TYPE_CHECKING:
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.proposals.proposal import Edit
    from jupyter_coimprove.record.base import Draft, Item
    from jupyter_coimprove.workbench.bench import Bench

#: States in which an application still has to be carried out.
WAITING = ("queued", "claimed")


def queued(
    bench: Bench, id_: str, *, subject: str, decision: str, notebook: str, edits: Sequence[Mapping[str, Any]],
    metadata: Mapping[str, Any], cells: Sequence[str] = (), **more: object,
) -> Draft:  # fmt: skip
    """The line that queues an application. ``cells`` are by what the notebook is known if it moves."""
    from jupyter_coimprove.record.base import Draft

    return Draft(
        id=id_, kind="application", event="queued", state="queued", actor=bench.actor,
        data={
            "subject": subject, "decision": decision, "notebook": notebook,
            "edits": [dict(edit) for edit in edits], "metadata": dict(metadata), "cells": list(cells), **more,
        },
    )  # fmt: skip


def as_kept(edits: Sequence[Edit], notebook: Notebook, application: str) -> list[dict[str, Any]]:
    """Edits with what they stand on in words, and the ids that inserted cells get."""
    from jupyter_coimprove.curation.taking_back import before

    fresh = cell_ids(application)
    out = []
    for edit in edits:
        cell = notebook.find(edit.address) if edit.address is not None else None
        out.append(
            {
                **edit.as_dict(),
                "was": cell.source if cell is not None else "",
                "cell_id": fresh() if edit.kind == "insert" else "",
                **before(edit, edits, notebook),
            }
        )
    return out


def cell_ids(application: str) -> Callable[[], str]:
    """Ids of inserted cells: from their application, so that a repeat after a crash has the same."""
    name = "coai-" + application.rpartition("_")[2][-12:].lower()
    numbers = count(1)

    def fresh() -> str:
        number = next(numbers)
        return name if number == 1 else f"{name}-{number}"

    return fresh


def waiting(bench: Bench, notebook: str | None = None) -> list[Item]:
    """Applications of ours that wait, oldest first."""
    record = bench.record()
    found = [
        item for state in WAITING for item in record.find("application", state=state)
        if item.trust == "own" and (notebook is None or item.data["notebook"] == notebook)
    ]  # fmt: skip
    return sorted(found, key=lambda item: item.id)


def held_by(bench: Bench, item: Item) -> str:
    """Who is carrying it out now; empty when nobody is (a claim ends with the window that has it)."""
    from jupyter_coimprove.record.locks import holder

    if item.state != "claimed":
        return ""
    name, window = str(item.data["notebook"]), str(item.data.get("window", ""))
    layout = bench.layout()
    lives = (
        presence.sits(layout, name, window) if window else holder(presence.writer(layout, name)) is not None
    )
    return str(item.data.get("by") or "somebody") if lives else ""


def row(bench: Bench, item: Item) -> ApplicationRow:
    """An application as a window sees it; a claim whose window has gone is shown as queued."""
    data = item.data
    name = str(data["notebook"])
    path = whereabouts.path_of(bench, name) if item.state in WAITING else None
    by = held_by(bench, item)
    gone = item.state in WAITING and path is None
    state: Any = item.state if by or item.state != "claimed" else "queued"
    return ApplicationRow(
        id=item.id, subject=str(data["subject"]), decision=str(data["decision"]), notebook=name, state=state,
        edits=tuple(edit_row(edit) for edit in data["edits"]), metadata=dict(data.get("metadata") or {}),
        by=by, window=str(data.get("window", "")) if by else "", undoes=str(data.get("undoes", "")), of=str(data.get("of", "")),
        path=shelf.notebook_name(bench.root(), path) if path else "", why=str(data.get("why", "")),
        remedy=whereabouts.remedy(bench, name, str(data["subject"])) if gone else "",
    )  # fmt: skip


def edit_row(edit: Mapping[str, Any]) -> EditRow:
    address = edit.get("address")
    return EditRow(
        kind=edit["kind"], address=AddressRow(**address) if address else None, cell_kind=edit["cell_kind"],
        source=str(edit.get("source", "")), base=str(edit.get("base", "")), was=str(edit.get("was", "")),
        cell_id=str(edit.get("cell_id", "")), cell=dict(edit.get("cell") or {}),
    )  # fmt: skip
