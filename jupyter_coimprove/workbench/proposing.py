"""Proposing cells: edits with a reason that wait for a person's decision; no file is changed."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.registry import Actor
from jupyter_coimprove.workbench import shelf
from jupyter_coimprove.workbench.views import ChangeRow, ProposalView

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.proposals.proposal import Edit, Proposal
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench

#: The whole of what is proposed, as JSON, in characters.
LONGEST = 1 << 20
_KEYS = ("edits", "why", "expected", "author", "cell", "supersedes")
#: States in which a proposal waits for somebody.
WAITS = ("pending", "deferred", "stale", "orphaned")
FOREIGN = "foreign, unverified: it was not made here and approves nothing"


def from_json(
    bench: Bench, *, notebook: str, file: str | None = None, edits: str | None = None, why: str | None = None,
    expected: str | None = None, supersedes: str | None = None,
) -> ProposalView:  # fmt: skip
    """Propose what a JSON text says: a list of edits, or an object with ``edits``, ``why``, ``expected``."""
    if (file is None) == (edits is None):
        raise UsageError(
            "what is proposed is given once", remedy="--file edits.json, --file - to read it, or --edits JSON"
        )
    told = _told(edits if edits is not None else _text(bench, str(file)))
    if why is not None:
        told["why"] = why
    if expected is not None:
        told["expected"] = expected
    item = propose(
        bench, bench.path(notebook), told.get("edits"), why=told.get("why"), expected=told.get("expected"),
        author=_author(told.get("author")), cell=told.get("cell"), supersedes=supersedes or told.get("supersedes"),
        extra={"model": _model(told.get("author"))},
    )  # fmt: skip
    return view(item)


def propose(
    bench: Bench, notebook: Path, edits: object, *, why: object = "", expected: object = "",
    author: Actor | None = None, cell: object = None, supersedes: object = None, extra: Mapping[str, Any] | None = None,
) -> Item:  # fmt: skip
    """Keep a proposal of these edits (``proposals/drafting.py``); ``author`` made it, else who asks.

    The same again while it waits is the one that is there already. ``cell`` is where its card stands (an
    id or a number), else the first cell it is about. ``supersedes`` names an older one that it replaces.
    """
    from jupyter_coimprove.curation.application import apply_edits
    from jupyter_coimprove.digests import digest_json
    from jupyter_coimprove.notebook.io import read
    from jupyter_coimprove.proposals import drafting
    from jupyter_coimprove.record.base import Draft
    from jupyter_coimprove.workbench import going_by, minding, queueing, whereabouts

    path = notebook.resolve()
    book = read(path)
    made = drafting.edits_of(book, edits)
    said, hoped = drafting.words("why", why), drafting.words("expected", expected)
    # What cannot be carried out now is told to who proposes it, not to who accepts it.
    apply_edits(book, made, metadata={}, new_id=queueing.cell_ids("app_0"))
    record, name = bench.record(path), shelf.notebook_name(bench.root(path), path)
    kept = [{**edit.as_dict(), "was": _was(book, edit)} for edit in made]
    digest = digest_json({"edits": kept})
    learnt = going_by.notes(bench, name, [edit.source for edit in made if edit.cell_kind == "code"])
    same = [item for item in record.find("proposal", digest=digest, notebook=name) if item.trust == "own"]
    for item in same:
        if item.state in WAITS:
            return item
    older = _older(record, supersedes)
    at = drafting.find_cell(book, cell) if isinstance(cell, int | str) and cell != "" else None
    place = at.index if at is not None else made[0].address.ordinal if made[0].address else 0
    draft = Draft(
        id=new_id("proposal", bench.clock), kind="proposal", event="proposed", state="pending", actor=author or bench.actor,
        data={
            "notebook": name, "edits": kept, "why": said, "expected": hoped, "title": drafting.title(made), "digest": digest,
            "place": _place(book, place), "cells": whereabouts.key_of(book), "language": book.language,
            "notes": [*notes(made, book.language, same), *minding.proposal_notes(bench, book, made, name), *learnt], "alone": alone([edit.source for edit in made]),
            "asked_by": bench.actor.as_dict(), "extra": dict(extra or {}),
        },
    )  # fmt: skip
    lines = [draft]
    if older is not None:
        lines.append(
            Draft(
                id=older.id, kind="proposal", event="superseded", state="superseded", actor=draft.actor,
                data={"superseded_by": draft.id},
            )
        )  # fmt: skip
    record.append(lines, expect={older.id: older.seq} if older is not None else None)
    return record.get(draft.id)


def notes(edits: Sequence[Edit], language: str, before: Sequence[Item] = ()) -> list[str]:
    """What a person should know before they decide: code that does not parse, that names this tool, a no before."""
    from jupyter_coimprove.notebook.diff import visible
    from jupyter_coimprove.proposals.drafting import said

    out = []
    for edit in edits:
        fault = _fault(edit.source) if edit.cell_kind == "code" and language == "python" else ""
        if fault:
            out.append(f"{said(edit)}: this is no Python that compiles ({fault})")
        if edit.cell_kind == "code" and any(visible(line) != line for line in edit.source.split("\n")):
            out.append(f"{said(edit)}: characters in it hide or reorder what is read")
    if alone([edit.source for edit in edits]):
        out.append(
            "it mentions coai, coimprove or the record: read it; it is never accepted together with others"
        )
    refused = [item for item in before if item.state == "rejected"]
    if refused:
        out.append(f"the same was rejected before ({refused[-1].id})")
    return out


def alone(sources: Sequence[str]) -> bool:
    """Whether code that could decide in a person's place is in it: then it is accepted by itself only."""
    from jupyter_coimprove.curation import rules

    return rules.sensitive(sources)


def proposal_of(item: Item) -> Proposal:
    """The proposal as the record has it."""
    from jupyter_coimprove.proposals.proposal import Edit, Proposal

    data = item.data
    return Proposal(
        id=item.id, notebook=str(data["notebook"]), edits=tuple(Edit.from_dict(kept) for kept in data["edits"]),
        rationale=str(data["why"]), expected=str(data["expected"]), author=item.actor, digest=str(data["digest"]),
        payload=dict(data.get("extra", {})),
    )  # fmt: skip


def view(item: Item, *, preview: bool = False) -> ProposalView:
    """The proposal with what it changes, as a card shows it; with its ``preview`` for a person only."""
    from jupyter_coimprove.workbench import previewed

    data, proposal = item.data, proposal_of(item)
    rows = []
    for edit, kept in zip(proposal.edits, data["edits"], strict=True):
        was = str(kept.get("was", ""))
        number = edit.address.ordinal + 1 if edit.address else 0
        diff = _diff(edit, was)
        rows.append(
            ChangeRow(
                kind=edit.kind, cell=number, cell_kind=edit.cell_kind, source=edit.source,
                was="" if edit.kind == "insert" else was, diff=diff,
            )
        )  # fmt: skip
    waits = item.state in ("pending", "deferred") and item.trust == "own"
    commands = (f"accept {item.id}", f"edit {item.id}", f"reject {item.id} --reason WHY")
    if item.state == "stale":
        commands = (f"show {item.id} --three-way", f"undo {item.id}", f"reject {item.id} --reason WHY")
    return ProposalView(
        summary=f"{item.id} is {item.state}: {data['title']}", id=item.id, state=item.state, trust=item.trust,
        notebook=str(data["notebook"]), title=str(data["title"]), why=proposal.rationale, expected=proposal.expected,
        author=str(item.actor.get("display") or item.actor.get("id") or ""), author_kind=str(item.actor.get("kind", "")),
        model=str(data.get("extra", {}).get("model", "")), digest=str(data["digest"]), language=str(data.get("language", "")),
        changes=tuple(rows), alone=bool(data.get("alone")), preview=previewed.kept(item) if preview else None,
        warnings=(*(() if item.trust == "own" else (FOREIGN,)), *(str(note) for note in data.get("notes", ())), *_stale(item)),
        next=tuple(f"coimprove {words}" for words in commands) if waits or item.state == "stale" else (),
    )  # fmt: skip


def _diff(edit: Edit, was: str) -> str:
    """What changes, line by line, with nothing hidden in it (RELIABILITY F24)."""
    from jupyter_coimprove.notebook.diff import unified, visible

    if edit.kind == "delete":
        return "".join(f"-{visible(line)}\n" for line in was.split("\n"))
    lines = unified(was, edit.source, name="").splitlines(keepends=True) if edit.kind == "replace" else []
    # Its first two lines name files, and there is one cell; the third says nothing of its first lines.
    return "".join(lines[3 if lines[2:3] and lines[2].startswith("@@ -1") else 2 :])


def _stale(item: Item) -> tuple[str, ...]:
    told = str(item.data.get("stale_why", ""))
    return (told,) if told and item.state in ("stale", "orphaned") else ()


def _was(notebook: Notebook, edit: Edit) -> str:
    from jupyter_coimprove.proposals.drafting import clean

    cell = notebook.find(edit.address) if edit.address is not None else None
    return clean(cell.source) if cell is not None else ""


def _place(notebook: Notebook, index: int) -> dict[str, Any]:
    if not notebook.cells:
        return {"cell": 0, "cell_id": ""}
    return {"cell": index + 1, "cell_id": notebook.cells[index].id or ""}


def _older(record: Any, named: object) -> Item | None:
    if named in (None, ""):
        return None
    older: Item = shelf.own(shelf.item_of(record, str(named), "proposal"))
    if older.state not in WAITS:
        raise UsageError(
            f"{older.id} is {older.state}; nothing supersedes it", remedy="leave `supersedes` out"
        )
    return older


def _text(bench: Bench, file: str) -> str:
    """What the file says, or standard input for ``-``, as far as it is read."""
    if file == "-":
        if bench.actor.auth != "os":
            raise UsageError("there is no standard input here", remedy="use --edits JSON, or a file")
        return sys.stdin.read(LONGEST + 1)
    path = bench.path(file)
    if path.is_file() and path.stat().st_size > 4 * LONGEST:
        raise UsageError(f"{path} is too large for a proposal", remedy=f"at most {LONGEST} characters")
    return bench.text_of(file)


def _told(text: str) -> dict[str, Any]:
    if len(text) > LONGEST:
        raise UsageError("what is proposed is too long", remedy=f"at most {LONGEST} characters of JSON")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        said = "it nests too deep" if isinstance(error, RecursionError) else str(error)
        raise UsageError(
            f"what is proposed is not JSON: {said}", remedy="a list of edits, or an object"
        ) from error
    if isinstance(found, list):
        return {"edits": found}
    if not isinstance(found, dict):
        raise UsageError("what is proposed is no JSON object", remedy=f"with the keys {', '.join(_KEYS)}")
    for key in found:
        if key not in _KEYS:
            raise UnknownName("key of a proposal", str(key), _KEYS)
    return found


def _author(told: object) -> Actor | None:
    """An AI or a tool that is named as the author. A person is who asks: nobody proposes in their name."""
    if told is None:
        return None
    if not isinstance(told, Mapping) or told.get("kind") not in ("ai", "tool"):
        raise UsageError(
            "`author` names an AI or a tool",
            remedy='as {"kind": "ai", "id": "claude", "display": "Claude", "model": "…"}',
        )
    id_ = str(told.get("id") or told.get("display") or told["kind"])[:100]
    kind = "ai" if told["kind"] == "ai" else "tool"
    return Actor(kind=kind, id=id_, display=str(told.get("display") or id_)[:100], auth="os")  # type: ignore[arg-type]


def _model(told: object) -> str:
    return str(told.get("model") or "")[:100] if isinstance(told, Mapping) else ""


def _fault(source: str) -> str:
    """Why a cell is no Python; empty where it is (IPython's magics are)."""
    import ast
    import warnings

    from jupyter_coimprove.kernelspace.transform import python_source

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(
                python_source(source), "<cell>", "exec", dont_inherit=True,
                flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
            )  # fmt: skip
    except SyntaxError as error:
        return f"line {error.lineno or 1}: {error.msg}"
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error) or type(error).__name__
    return ""
