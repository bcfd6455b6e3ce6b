"""Proposals one after the other, of several edits each: what is taken back in turn restores every byte."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_coimprove.curation.application import apply_edits, edit_from_dict
from jupyter_coimprove.curation.taking_back import addressed, before, is_back, standing, taking_back
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.io import parse
from jupyter_coimprove.proposals.drafting import edits_of

HERE = Path("n.ipynb")
source = st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1, max_size=10).filter(
    str.strip
)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A notebook with ids, as some writer left it; some of its cells say that they were accepted before."""
    cells = [
        {
            "cell_type": kind, "id": f"i{number}", "source": draw(source),
            "metadata": draw(st.sampled_from([{}, {"tags": ["a"]}, {"coimprove": {"v": 1, "decision": "dec_old"}}])),
            **({"outputs": [{"output_type": "stream", "name": "stdout", "text": "é"}], "execution_count": 3} if kind == "code" else {}),
        }
        for number, kind in enumerate(draw(st.lists(st.sampled_from(["code", "markdown"]), max_size=5)))
    ]  # fmt: skip
    node = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    indent = draw(st.sampled_from([None, 1, 4, "\t"]))
    return json.dumps(
        node, indent=indent, ensure_ascii=draw(st.booleans()), sort_keys=draw(st.booleans())
    ).encode()


def proposed(draw: Any, notebook: Notebook) -> list[dict[str, Any]]:
    """Some edits, each cell touched once at most; several may be inserted after one."""
    edits: list[dict[str, Any]] = []
    for cell in notebook.cells:
        what = draw(st.sampled_from(["keep", "keep", "replace", "delete", "insert"]))
        new = draw(source)
        if what == "delete":
            edits.append({"kind": "delete", "cell": cell.id})
        elif what == "insert" or (what == "replace" and new != cell.source):
            edits += [{"kind": what, "cell": cell.id, "source": new}] * (2 if what == "insert" else 1)
    if not edits or draw(st.booleans()):
        edits.insert(0, {"kind": "insert", "cell": None, "source": draw(source)})
    return edits


@settings(max_examples=60, deadline=None)
@given(files(), st.data())
def test_what_was_accepted_in_turn_is_undone_in_turn_byte_for_byte(raw: bytes, data: st.DataObject) -> None:
    numbers = itertools.count()
    steps: list[tuple[bytes, list[Any]]] = []
    for decision in ("dec_1", "dec_2", "dec_3"):
        notebook = parse(raw, HERE)
        edits = edits_of(notebook, proposed(data.draw, notebook))
        new, inverse = apply_edits(
            notebook, edits, metadata={"v": 1, "decision": decision}, new_id=lambda: f"n{next(numbers)}"
        )
        steps.append((raw, [json.loads(json.dumps(edit.as_dict())) for edit in inverse]))
        raw = new
    for was, inverse in reversed(steps):
        stored = [edit_from_dict(edit) for edit in inverse]
        raw, _ = apply_edits(parse(raw, HERE), stored, metadata=None, new_id=lambda: "never")
        assert raw == was


@settings(max_examples=60, deadline=None)
@given(files(), st.data())
def test_what_a_window_put_in_and_saved_is_taken_back_cell_by_cell(raw: bytes, data: st.DataObject) -> None:
    """The window's file is its own: cells, outputs, ids and earlier marks are compared, not bytes."""
    notebook = parse(raw, HERE)
    edits = edits_of(notebook, proposed(data.draw, notebook))
    fresh = [f"n{number}" for number in range(len(edits))]
    kept = []
    given_ids = iter(fresh)
    for edit in edits:
        cell = notebook.find(edit.address) if edit.address else None
        kept.append(
            {
                **edit.as_dict(), "was": cell.source if cell else "", "cell_id": next(given_ids) if edit.kind == "insert" else "",
                **before(edit, edits, notebook),
            }
        )  # fmt: skip
    kept = json.loads(json.dumps(kept))
    ids = iter(fresh)
    new, _ = apply_edits(notebook, edits, metadata={"v": 1, "decision": "dec_1"}, new_id=lambda: next(ids))
    saved = parse(json.dumps(json.loads(new), indent=2).encode(), HERE)
    back = json.loads(json.dumps([taking_back(edit) for edit in kept]))
    assert standing(saved, kept, "dec_1")
    assert not standing(notebook, kept, "dec_1")
    assert not is_back(saved, back, "dec_1")
    raw, _ = apply_edits(saved, addressed(back, saved, "dec_1"), metadata=None, new_id=lambda: "never")
    undone = parse(raw, HERE)
    assert is_back(undone, back, "dec_1")
    assert [plain(cell) for cell in undone.node["cells"]] == [plain(cell) for cell in notebook.node["cells"]]


def plain(cell: dict[str, Any]) -> dict[str, Any]:
    return {**cell, "source": "".join(cell["source"])}
