"""What a person accepts goes into its notebook: a finding's words, or the cells that somebody proposed."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.clock import iso
from jupyter_coimprove.errors import Claimed, DecisionError, NotebookError, RecordBusy, Stale
from jupyter_coimprove.faults import fault_point
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.workbench import (
    applying,
    claiming,
    concluding,
    deciding,
    presence,
    queueing,
    shelf,
    whereabouts,
)
from jupyter_coimprove.workbench.views import DecisionView

if TYPE_CHECKING:
    from jupyter_coimprove.curation.decision import DecisionVerb
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.proposals.proposal import Edit
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench


def finding(
    bench: Bench,
    item: Item,
    *,
    state: DecisionVerb,
    reason: str,
    edited: str | None,
    unbacked: bool,
    bulk: bool,
) -> DecisionView:
    """Decide on a finding and put it into its notebook (or queue that)."""
    from jupyter_coimprove.curation import rules

    record = bench.record()
    text = finding_text(item, edited, unbacked)
    path, name = _place(bench, item)
    item = _still(bench, item, state)
    notebook = shelf.read_notebook(bench, path)
    plan = shelf.recorded_plan(record.get(str(item.data["experiment"])))
    edits = rules.edits_of(text, notebook, after=concluding.response_cell(plan, notebook))
    more: dict[str, Any] = (
        {"edit_distance": rules.edit_distance(str(item.data["claim"]), edited)} if edited else {}
    )
    return _into(
        bench, item, notebook, name, edits, verb=state, reason=reason, bulk=bulk, decided=more,
        kept={"accepted_text": text, "edited_text": edited or ""},
        mark={"finding": item.id, "experiment": item.data["experiment"], "model": str(item.data.get("worded_by", ""))},
        next=(f"coimprove report {shlex.quote(name)}",),
    )  # fmt: skip


def proposal(
    bench: Bench,
    item: Item,
    *,
    state: DecisionVerb,
    reason: str,
    sources: Mapping[int, str],
    bulk: bool,
    despite: str | None = None,
) -> DecisionView:
    """Decide on a proposal and put all its edits into the notebook at once (or queue that).

    ``sources`` are the person's own, by the number of the edit; ``despite`` is why it may violate values. Raises DecisionError for one that names
    this tool and is decided on together with others.
    """
    from jupyter_coimprove.curation import rules
    from jupyter_coimprove.digests import digest_json
    from jupyter_coimprove.notebook.io import read
    from jupyter_coimprove.workbench import minding, noticing, proposing

    if bulk and not rules.bulk_acceptable(proposing.proposal_of(item)):
        raise DecisionError(
            f"{item.id} mentions coai, coimprove or the record: it is not accepted together with others",
            remedy="read it, and accept it by itself",
        )
    path, name = _place(bench, item)
    item = _still(bench, item, state)
    made = proposing.proposal_of(item)
    edits = list(made.edits)
    more: dict[str, Any] = {}
    if sources:
        before = "\n".join(edits[number].source for number in sources)
        more = {"edit_distance": rules.edit_distance(before, "\n".join(sources.values()))}
        edits = [
            dataclasses.replace(edit, source=sources.get(number, edit.source))
            for number, edit in enumerate(edits)
        ]
        more["edited_digest"] = digest_json({"edits": [edit.as_dict() for edit in edits]})
    # A cell that goes is kept whole, with its outputs.
    book = read(path) if any(edit.kind == "delete" for edit in edits) else noticing.light(path)
    more |= minding.gate_proposal(bench, book, edits, name, despite, item.id)
    mark = {"proposal": item.id, "model": str(made.payload.get("model", ""))}
    mark |= {key: made.payload[key] for key in ("experiment", "finding") if made.payload.get(key)}
    return _into(
        bench, item, book, name, edits, verb=state, reason=reason, bulk=bulk, decided=more,
        kept={"edited_sources": {str(number + 1): text for number, text in sources.items()}}, mark=mark, next=(),
    )  # fmt: skip


def _place(bench: Bench, item: Item) -> tuple[Path, str]:
    """Where its notebook lies now, and what the record calls it. NotebookError when it is gone."""
    name = str(item.data["notebook"])
    path = whereabouts.path_of(bench, name)
    if path is None:
        raise NotebookError(f"{name} is gone", remedy=whereabouts.remedy(bench, name, item.id))
    return path, shelf.notebook_name(bench.root(), path)


def _still(bench: Bench, seen: Item, state: DecisionVerb) -> Item:
    """The item as the record has it now: a move that was just followed is a line of its own.

    Somebody else may have decided on it in between, and what is written below expects the lines read here:
    so the decision is tried again on them. Raises DecisionError where it cannot be taken any more, Stale where it says
    something else by now.
    """
    from jupyter_coimprove.curation import rules

    item = bench.record().get(seen.id)
    rules.decide(item.state, state)
    if deciding.digest_of(item) != deciding.digest_of(seen):
        raise Stale(
            f"{item.id} is not what it was a moment ago",
            remedy="look at it as it is now, then decide again",
        )
    return item


def _into(
    bench: Bench, item: Item, notebook: Notebook, name: str, edits: Sequence[Edit], *, verb: str, reason: str,
    bulk: bool, decided: Mapping[str, Any], kept: Mapping[str, Any], mark: Mapping[str, Any], next: tuple[str, ...],
) -> DecisionView:  # fmt: skip
    """Record the decision with the edits that wait, and carry them out where nobody has the notebook open."""
    record = bench.record()
    decision, application = new_id("decision", bench.clock), new_id("application", bench.clock)
    told = {**decided, **({"bulk": True} if bulk else {})}
    # Nobody else can have it yet: the window that decides has it in the same breath.
    here = bench.window and presence.opened_by(bench, name, bench.window)
    taken = [claiming.claimed_line(bench, application, bench.window)] if here else []
    record.append(
        [
            deciding.decision_line(bench, decision, item, verb, reason, **told),
            deciding.state_line(bench, item, verb, verb, decision=decision, **kept),
            queueing.queued(
                bench, application, subject=item.id, decision=decision, notebook=name,
                edits=queueing.as_kept(edits, notebook, application), metadata=metadata(bench, item, decision, mark),
                cells=whereabouts.key_of(notebook), verb=verb,
            ),
            *taken,
        ],
        expect={item.id: item.seq},
    )  # fmt: skip
    fault_point("application.queued")
    said = partial(
        DecisionView, id=decision, subject=item.id, verb=verb, experiment=str(item.data.get("experiment", ""))
    )
    there = presence.opened(bench, name)
    if there is not None:
        return said(
            summary=f"{item.id} is {verb}; {name} is open ({there.who}) and gets it there"
            if there.window
            else f"{item.id} is {verb}; its notebook is open, so it is written when you say so",
            state=verb, application="queued", notebook=name,
            next=("save and close the notebook, then: coimprove apply",),
        )  # fmt: skip
    try:
        applying.carry_out(bench, record.get(application))
    except Stale as error:
        return said(
            summary=f"{item.id} is stale; its notebook has changed: {error}", state="stale", application="refused",
            notebook=name, next=(f"coimprove show {item.id} --three-way",), exit_code=1,
        )  # fmt: skip
    except (Claimed, NotebookError, RecordBusy, OSError) as error:
        return said(
            summary=f"{item.id} is {verb}; its notebook could not be written: {error}", state=verb,
            application="queued", notebook=name, next=("coimprove apply",), exit_code=1,
        )  # fmt: skip
    return said(
        summary=f"{item.id} is {verb} and stands in {notebook.path.name}", state=verb, application="applied",
        notebook=str(notebook.path), next=(*next, f"coimprove undo {item.id}"), warnings=_paired(notebook),
    )  # fmt: skip


def _paired(notebook: Notebook) -> tuple[str, ...]:
    """A text that jupytext keeps beside the notebook is not written here: what the person does about it."""
    said = notebook.paired
    if not said:
        return ()
    name = shlex.quote(notebook.path.name)
    return (
        f"jupytext pairs {notebook.path.name} ({said}), and its text was not written: `jupytext --sync {name}`",
    )


def finding_text(item: Item, edited: str | None, unbacked: bool) -> str:
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


def metadata(bench: Bench, item: Item, decision: str, mark: Mapping[str, Any]) -> dict[str, Any]:
    """What an accepted cell says of itself (DESIGN 5)."""
    return {
        "v": 1, **mark, "author": item.actor.get("id", ""), "decided_by": bench.actor.display,
        "decided_at": iso(bench.clock.wall_ms()), "decision": decision,
    }  # fmt: skip
