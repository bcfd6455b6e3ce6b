"""Carrying decisions out: one application a decision, claimed once, and taken back byte for byte.

A decision and its application are two records. A notebook that is open in a front end is
never written on disk: there the application stays queued until ``coimprove apply``.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.clock import iso
from jupyter_coimprove.errors import CoimproveError, DecisionError, NotebookError, NothingToDo, Stale
from jupyter_coimprove.faults import fault_point
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.proposals.proposal import Edit
from jupyter_coimprove.workbench import deciding, shelf
from jupyter_coimprove.workbench.views import CheckRow, ChecksView, DecisionView

if TYPE_CHECKING:
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench


def accept_finding(
    bench: Bench, item: Item, *, state: str, reason: str, edited: str | None, unbacked: bool
) -> DecisionView:
    """Decide on a finding and put it into its notebook (or queue that)."""
    from jupyter_coimprove.curation import rules

    record = bench.record()
    text = finding_text(bench, item, edited, unbacked)
    notebook = shelf.read_notebook(bench, shelf.notebook_path(bench.root(), str(item.data["notebook"])))
    edits = rules.edits_of(text, notebook, after=response_cell(bench, item, notebook))
    decision, application = new_id("decision", bench.clock), new_id("application", bench.clock)
    more: dict[str, Any] = (
        {"edit_distance": rules.edit_distance(str(item.data["claim"]), edited)} if edited else {}
    )
    from jupyter_coimprove.record.base import Draft

    record.append(
        [
            deciding.decision_line(bench, decision, item, state, reason, **more),
            deciding.state_line(
                bench, item, state, state, accepted_text=text, decision=decision, edited_text=edited or ""
            ),
            Draft(
                id=application, kind="application", event="queued", state="queued", actor=bench.actor,
                data={
                    "subject": item.id, "decision": decision, "notebook": item.data["notebook"],
                    "edits": [edit.as_dict() for edit in edits],
                    "metadata": metadata(bench, item, decision),
                },
            ),
        ],
        expect={item.id: item.seq},
    )  # fmt: skip
    fault_point("application.queued")
    if bench.actor.auth == "kernel":
        return DecisionView(
            summary=f"{item.id} is {state}; its notebook is open, so it is written when you say so",
            id=decision, subject=item.id, verb=state, state=state, application="queued",
            notebook=str(item.data["notebook"]), experiment=str(item.data["experiment"]),
            next=("save and close the notebook, then: coimprove apply",),
        )  # fmt: skip
    try:
        carry_out(bench, record.get(application))
    except (Stale, NotebookError, OSError) as error:
        return DecisionView(
            summary=f"{item.id} is {state}; its notebook could not be written: {error}",
            id=decision, subject=item.id, verb=state, state=state, application="queued",
            notebook=str(item.data["notebook"]), experiment=str(item.data["experiment"]),
            next=("coimprove apply",), exit_code=1,
        )  # fmt: skip
    return DecisionView(
        summary=f"{item.id} is {state} and stands in {notebook.path.name}", id=decision, subject=item.id,
        verb=state, state=state, application="applied", notebook=str(notebook.path),
        experiment=str(item.data["experiment"]),
        next=(f"coimprove report {item.data['notebook']}", f"coimprove undo {item.id}"),
    )  # fmt: skip


def finding_text(bench: Bench, item: Item, edited: str | None, unbacked: bool) -> str:
    """The Markdown that goes into the notebook. Numbers of an AI or tool text must resolve to runs.

    A person's own prose is left alone, as the law has it.
    """
    from jupyter_coimprove.evidence import grounding, words
    from jupyter_coimprove.evidence.finding import Finding

    card = Finding.from_dict({**item.data, "id": item.id})
    if edited is not None:
        return words.markdown(dataclasses.replace(card, claim=edited), figures=False)
    backed = [range(ref.start, ref.start + len(ref.text)) for ref in card.references if ref.start >= 0]
    flagged = [
        number.text
        for number in grounding.check(card.claim, card.references).flagged
        if not any(number.start in span for span in backed)
    ]
    if flagged and not unbacked:
        raise DecisionError(
            f"numbers in {item.id} resolve to no run: {', '.join(flagged)}",
            remedy="edit it, reject it, or accept it with --unbacked",
        )
    return words.markdown(card, figures=False)


def response_cell(bench: Bench, item: Item, notebook: Notebook) -> int:
    """The cell whose result the finding is about: the last that defines or shows the response."""
    from jupyter_coimprove.kernelspace.transform import python_source
    from jupyter_coimprove.notebook.reading import read_candidates

    plan = shelf.recorded_plan(bench.record().get(str(item.data["experiment"])))
    cells = [
        measured.cell
        for measured in read_candidates(notebook, python_source).measured
        if plan.response.expr in (measured.expr, measured.name)
    ]
    code = [cell.index for cell in notebook.code_cells]
    return max(cells) if cells else code[-1]


def metadata(bench: Bench, item: Item, decision: str) -> dict[str, Any]:
    """What an accepted cell says of itself (DESIGN 5)."""
    return {
        "v": 1, "finding": item.id, "experiment": item.data["experiment"],
        "author": item.actor.get("id", ""), "model": "", "decided_by": bench.actor.display,
        "decided_at": iso(bench.clock.wall_ms()), "decision": decision,
    }  # fmt: skip


def carry_out(bench: Bench, application: Item) -> None:
    """Apply a queued application, exactly once, however many try (F42, F43).

    The file is looked at before it is written: an application that a crash left between file
    and record is seen in the file, and only recorded.
    """
    from jupyter_coimprove.curation.application import apply_edits
    from jupyter_coimprove.notebook.io import read, write_atomic
    from jupyter_coimprove.record.base import Draft

    record, data = bench.record(), application.data
    path = shelf.notebook_path(bench.root(), str(data["notebook"]))
    notebook = read(path)
    there = stands(notebook, str(data["decision"]))
    raw, claimed = notebook.raw, {}
    if not there:
        edits = tuple(Edit.from_dict(edit) for edit in data["edits"])
        raw, inverse = apply_edits(
            notebook, edits, metadata=data["metadata"], new_id=lambda: cell_id(application.id)
        )
        claimed = {"inverse": [edit.as_dict() for edit in inverse]}
    record.append(
        [
            Draft(
                id=application.id, kind="application", event="claimed", state="claimed", actor=bench.actor,
                data=claimed,
            )
        ],
        expect={application.id: application.seq},
    )  # fmt: skip
    fault_point("application.claimed")
    if not there:
        try:
            write_atomic(path, raw, expect=notebook.raw)
        except (CoimproveError, OSError) as error:
            refused = Draft(
                id=application.id, kind="application", event="refused", state="queued", actor=bench.actor,
                data={"why": str(error)},
            )  # fmt: skip
            record.append([refused])
            raise
    fault_point("application.written")
    record.append(
        [Draft(id=application.id, kind="application", event="applied", state="applied", actor=bench.actor)]
    )


def stands(notebook: Notebook, decision: str) -> bool:
    """Whether what was decided stands in the notebook already: its cell says so."""
    marks = (cell.metadata.get("coimprove") for cell in notebook.cells)
    return any(isinstance(mark, dict) and mark.get("decision") == decision for mark in marks)


def cell_id(application: str) -> str:
    """The id of an inserted cell: from its application, so that a repeat after a crash is the same."""
    return "coai-" + application.rpartition("_")[2][-12:].lower()


def apply(bench: Bench, *, notebook: str | None = None) -> ChecksView:
    """Carry out what waits: queued applications, and those a crash left half done."""
    record = bench.record()
    only = shelf.notebook_name(bench.root(), bench.path(notebook)) if notebook else None
    waiting = [
        item for state in ("queued", "claimed") for item in record.find("application", state=state)
        if item.trust == "own" and (only is None or item.data["notebook"] == only)
    ]  # fmt: skip
    if not waiting:
        raise NothingToDo("no accepted edit waits")
    checks = []
    for item in waiting:
        try:
            carry_out(bench, item)
            checks.append(
                CheckRow(name=str(item.data["subject"]), ok=True, text=f"stands in {item.data['notebook']}")
            )
        except (CoimproveError, OSError) as error:
            remedy = error.remedy if isinstance(error, CoimproveError) else "look at the file and its folder"
            checks.append(CheckRow(name=str(item.data["subject"]), ok=False, text=str(error), remedy=remedy))
    ok = all(check.ok for check in checks)
    done = sum(check.ok for check in checks)
    return ChecksView(
        summary=f"{done} of {len(checks)} applied", ok=ok, checks=tuple(checks), exit_code=0 if ok else 1
    )


def revert(bench: Bench, item: Item, reason: str) -> DecisionView:
    """Undo an accepted finding. Refused when the cell was changed by the person since (F44)."""
    from jupyter_coimprove.record.base import Draft

    record = bench.record()
    waiting = [entry for entry in record.find("application", subject=item.id) if entry.state != "reverted"]
    written = [
        entry for entry in waiting if entry.state in ("applied", "claimed") and entry.data.get("inverse")
    ]
    for entry in written:
        _take_back(bench, item, entry)
    fault_point("application.taken_back")
    decision = new_id("decision", bench.clock)
    reverted = [
        Draft(id=entry.id, kind="application", event="reverted", state="reverted", actor=bench.actor)
        for entry in waiting
    ]
    record.append(
        [
            deciding.decision_line(bench, decision, item, "undone", reason),
            deciding.state_line(bench, item, "undone", "pending"),
            *reverted,
        ],
        expect={item.id: item.seq},
    )
    return DecisionView(
        summary=f"{item.id} waits for a decision again", id=decision, subject=item.id, verb="undone",
        state="pending", application="reverted" if written else "none",
        notebook=str(item.data["notebook"]), experiment=str(item.data["experiment"]),
    )  # fmt: skip


def _take_back(bench: Bench, item: Item, entry: Item) -> None:
    """The notebook without what was applied; nothing to do where it does not stand there any more."""
    from jupyter_coimprove.curation.application import apply_edits, edit_from_dict
    from jupyter_coimprove.notebook.io import read, write_atomic

    if bench.actor.auth == "kernel":
        raise DecisionError(
            f"{entry.data['notebook']} is open here; its file is not written behind your back",
            remedy=f"close it and run `coimprove undo {item.id}` in a terminal",
        )
    notebook = read(shelf.notebook_path(bench.root(), str(entry.data["notebook"])))
    if not stands(notebook, str(entry.data["decision"])):
        return
    inverse = tuple(edit_from_dict(edit) for edit in entry.data["inverse"])
    raw, _ = apply_edits(notebook, inverse, metadata=None, new_id=lambda: cell_id(entry.id))
    write_atomic(notebook.path, raw, expect=notebook.raw)
