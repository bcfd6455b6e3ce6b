"""`preview`: proposed code run in a locked copy of its notebook's kernel, because a person asked for it.

The request is recorded before anything runs, as a decision ``previewed`` on that digest that decides
nothing else; what came of it is kept with the proposal, with secrets masked, and is sent to no model.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.clock import iso
from jupyter_coimprove.errors import DecisionError, NothingToDo, PreviewsOff, Stale, UsageError
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.workbench import choosing, deciding, noticing, policy, proposing, shelf
from jupyter_coimprove.workbench.editing import as_shown
from jupyter_coimprove.workbench.previewed import kept
from jupyter_coimprove.workbench.views_previews import PreviewRow, PreviewView

if TYPE_CHECKING:
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench

#: The time limit unless another is asked for, the longest one, in seconds; memory beyond what the kernel has.
SECONDS, LONGEST, MEMORY_MB = 10.0, 120.0, 2048
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_ENDED = ("completed", "error", "timed_out", "killed", "cancelled")


def preview(bench: Bench, *, id: str, seconds: float | None = None, digest: str | None = None) -> PreviewView:
    """Run what is proposed in a locked copy of its notebook's live kernel, and keep what it shows.

    Raises PreviewsOff where none can be made here, with the reason; then nothing was run.
    """
    from jupyter_coimprove.workbench import live_kernels

    item = _subject(bench, id)
    as_shown(bench, item, digest)
    told = bench.live.get("preview")
    if isinstance(told, Mapping):
        return _told(bench, item, told)
    limit = SECONDS if seconds is None else seconds
    if not 0 < limit <= LONGEST:
        raise UsageError(
            f"{limit:g} seconds cannot be waited for", remedy=f"more than 0, at most {LONGEST:g}"
        )
    deciding.may_decide(bench, item)
    _check_policy(bench)
    notebook = shelf.notebook_path(bench.root(), str(item.data["notebook"])).resolve()
    request = {
        "cells": cells_of(item), "folder": str(notebook.parent), "seconds": limit, "memory_mb": MEMORY_MB,
        "probe": True,
    }  # fmt: skip
    if bench.actor.auth == "kernel":
        if bench.where.notebook is not None and bench.where.notebook.resolve() != notebook:
            raise UsageError(
                f"{item.id} is about {notebook.name}, and this is the kernel of {bench.where.notebook.name}",
                remedy=f"preview it there, or in a terminal: `coimprove preview {item.id}`",
            )
        decision = _recorded(bench, item)
        return PreviewView(
            summary=f"{item.id} runs in a copy of this kernel", id=item.id, state=item.state, title=str(item.data["title"]),
            notebook=str(notebook), digest=deciding.digest_of(item), decision=decision, request=request,
        )  # fmt: skip
    kernel = live_kernels.of(bench, notebook)
    request["probe"] = not kernel.tested
    decision = _recorded(bench, item)
    return _kept(bench, item, decision, kernel.preview(bench, request))


def _subject(bench: Bench, text: str) -> Item:
    item = shelf.own(shelf.item_of(bench.record(), text, "proposal"))
    item = noticing.notice(bench, [item])[0]
    if item.state not in ("pending", "deferred"):
        error = Stale if item.state == "stale" else DecisionError
        raise error(
            f"{item.id} is {item.state}; a preview is of what waits for a decision",
            remedy=f"`coimprove show {item.id}`",
        )
    return item


def _check_policy(bench: Bench) -> None:
    if not policy.allowed("previews", True, choosing.settings(bench)):
        raise PreviewsOff("previews are turned off here by who runs this", remedy="accept it, or reject it")


def cells_of(item: Item) -> list[str]:
    """The code that would stand in the notebook, from top to bottom. NothingToDo where there is none."""
    if item.data.get("language") != "python":
        raise NothingToDo(f"{item.id} is about a notebook in {item.data.get('language') or 'no language'}")
    edits = proposing.proposal_of(item).edits
    code = [
        edit for edit in edits if edit.kind != "delete" and edit.cell_kind == "code" and edit.source.strip()
    ]
    if not code:
        raise NothingToDo(f"{item.id} proposes no code; there is nothing to run")
    code.sort(key=lambda edit: edit.address.ordinal if edit.address else -1)
    return [edit.source for edit in code]


def _recorded(bench: Bench, item: Item) -> str:
    """The line that says who wanted to see this run; on disk before it does."""
    decision = new_id("decision", bench.clock)
    bench.record().append(
        [deciding.decision_line(bench, decision, item, "previewed", "")], expect={item.id: item.seq}
    )
    return decision


def _told(bench: Bench, item: Item, told: Mapping[str, Any]) -> PreviewView:
    """What the kernel that asked says came of it; only once, and of what was asked for there."""
    decision = bench.record().get(str(told.get("decision", "")))
    known = decision.data if decision.kind == "decision" and decision.trust == "own" else {}
    if known.get("verb") != "previewed" or known.get("subject") != item.id or bench.actor.auth != "kernel":
        raise UsageError("no preview was asked for here", remedy=f"`coimprove preview {item.id}`")
    if known.get("digest") != deciding.digest_of(item):
        raise Stale(f"{item.id} has changed since", remedy="look at it again")
    answer = told.get("answer")
    return _kept(bench, item, decision.id, answer if isinstance(answer, Mapping) else {})


def _kept(bench: Bench, item: Item, decision: str, answer: Mapping[str, Any]) -> PreviewView:
    """Keep it with the proposal. What a kernel says is checked: it ran code that nobody accepted."""
    from jupyter_coimprove.record.base import Draft
    from jupyter_coimprove.redaction import Scrubber

    row = row_of(answer, cells_of(item), Scrubber(os.environ))
    data = {
        **row, "decision": decision, "digest": deciding.digest_of(item), "by": bench.actor.display, "at": iso(bench.clock.wall_ms()),
    }  # fmt: skip
    # Its state stays what it is, whatever it has become meanwhile.
    bench.record().append(
        [
            Draft(
                id=item.id,
                kind="proposal",
                event="previewed",
                state="",
                data={"preview": data},
                actor=bench.actor,
            )
        ]
    )
    item = bench.record().get(item.id)
    found = kept(item)
    assert found is not None
    off = found.state == "off"
    return PreviewView(
        summary=f"{item.id} was not run: {found.why}" if off else f"{item.id}, not accepted: {said(found)}",
        id=item.id, state=item.state, title=str(item.data["title"]), notebook=str(item.data["notebook"]),
        digest=found.digest, decision=decision, preview=found, warnings=found.notes,
        next=(f"coimprove accept {item.id}", f"coimprove edit {item.id}", f"coimprove reject {item.id} --reason WHY"),
        exit_code=1 if off else 0,
    )  # fmt: skip


def said(row: PreviewRow) -> str:
    """How it ended and how long it took, in a few words."""
    words = {
        "completed": "ran to its end", "error": "ended with an error", "timed_out": "had not ended in time",
        "killed": f"was ended: {row.why}", "cancelled": "was interrupted",
    }  # fmt: skip
    return f"{words.get(row.ended, row.ended)}, took {row.seconds:.2f} s"


def row_of(answer: Mapping[str, Any], sources: Sequence[str], scrubber: Any) -> dict[str, Any]:
    """What is kept of a kernel's answer: of known shape, secrets masked."""
    state = "ran" if answer.get("state") == "ran" else "off"
    cells = answer.get("cells")
    listed = [one for one in cells if isinstance(one, Mapping)] if isinstance(cells, list) else []
    rows = []
    for source, one in zip(sources, listed, strict=False):
        outputs = [
            _output(output, scrubber) for output in one.get("outputs") or () if isinstance(output, Mapping)
        ]
        ended = one.get("ended") if one.get("ended") in ("ok", "error", "stopped") else "stopped"
        rows.append({"source": source, "ended": ended, "outputs": [output for output in outputs if output]})
    ended = answer.get("ended") if answer.get("ended") in _ENDED else "killed"
    if ended == "completed" and any(row["ended"] == "error" for row in rows):
        ended = "error"
    seconds = answer.get("seconds")
    threads = [str(name)[:80] for name in answer.get("threads") or ()]
    notes = []
    if threads:
        notes.append(
            f"threads of the notebook were at work ({', '.join(threads)}): a copy has none of them, and a lock that one "
            "of them held never opens there; accepted, it may well run"
        )
    return {
        "state": state, "ended": ended if state == "ran" else "", "why": scrubber.text(str(answer.get("why") or ""))[:500],
        "seconds": round(float(seconds), 4) if isinstance(seconds, int | float) else 0.0,
        "cells": rows if state == "ran" else [], "notes": notes,
    }  # fmt: skip


def _output(output: Mapping[str, Any], scrubber: Any) -> dict[str, Any]:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return {"output_type": kind, "name": name, "text": scrubber.text(_plain(output.get("text")))}
    if kind == "error":
        trace = output.get("traceback")
        return {
            "output_type": kind, "ename": _plain(output.get("ename")), "evalue": scrubber.text(_plain(output.get("evalue"))),
            "traceback": [scrubber.text(_plain(line)) for line in trace] if isinstance(trace, list) else [],
        }  # fmt: skip
    if kind in ("display_data", "execute_result") and isinstance(data := output.get("data"), Mapping):
        texts = {
            str(name): scrubber.text(_plain(value)) if str(name).startswith("text/") else str(value)
            for name, value in data.items()
            if str(name).startswith("text/") or name in ("image/png", "image/jpeg")
        }
        number = output.get("execution_count")
        counted = (
            {"execution_count": number if isinstance(number, int) else None}
            if kind == "execute_result"
            else {}
        )
        return {"output_type": kind, "data": texts, "metadata": {}, **counted}
    return {}


def _plain(value: object) -> str:
    return _ANSI.sub("", str(value or ""))
