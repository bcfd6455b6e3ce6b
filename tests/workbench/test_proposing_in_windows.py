"""Proposed cells and the windows that have their notebook open: applied there, undone by hand, saved or not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pending_findings import window_bench
from proposed_cells import ADD, CHANGE, TAKE_OUT, proposed, sources, write

from jupyter_coimprove.curation.application import apply_edits
from jupyter_coimprove.errors import NothingToDo
from jupyter_coimprove.notebook.io import read
from jupyter_coimprove.proposals.proposal import Edit
from jupyter_coimprove.record.locks import FileLock
from jupyter_coimprove.record.roots import Layout
from jupyter_coimprove.registry import Actor
from jupyter_coimprove.workbench import applying, claiming, deciding, presence, showing
from jupyter_coimprove.workbench.bench import Bench
from jupyter_coimprove.workbench.views import ApplicationRow

ZOE = Actor(kind="person", id="zoe", display="Zoë", auth="password")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path)


@pytest.fixture
def zoe(path: Path, bench: Bench) -> Iterator[Bench]:
    made = window_bench(path.parent, ZOE)
    yield made
    made.close()


def sit(path: Path) -> FileLock:
    return presence.sit(Layout(path.parent), path.name, "zoë", "Zoë")


def saved(path: Path, row: ApplicationRow) -> None:
    """What a window does and saves: its model with these edits in it, in its own way of writing."""
    notebook = read(path)
    edits = [
        Edit.from_dict({**vars(edit), "address": edit.address and vars(edit.address)}) for edit in row.edits
    ]
    ids = iter([edit.cell_id for edit in row.edits if edit.kind == "insert"])
    new, _ = apply_edits(notebook, edits, metadata=row.metadata, new_id=lambda: next(ids))
    path.write_text(json.dumps(json.loads(new), indent=1) + "\n")


def carried_out(
    zoe: Bench, path: Path, *edits: dict[str, Any], save: bool = True
) -> tuple[str, ApplicationRow]:
    """A proposal that is accepted in Zoë's window and stands in her notebook; (its id, its application)."""
    id_ = proposed(zoe, path, *edits)
    assert deciding.accept(zoe, id=id_).application == "queued"  # type: ignore[attr-defined]
    (row,) = claiming.applications(zoe, notebook=str(path)).applications
    claiming.claim(zoe, row.id, path=path, window="zoë")
    if save:
        saved(path, row)
    return id_, claiming.applied(zoe, row.id, path=path, window="zoë")


def state(bench: Bench, id_: str) -> str:
    return bench.record().get(id_).state


@pytest.mark.parametrize("edits", [[ADD, CHANGE, TAKE_OUT], [TAKE_OUT]])
def test_what_a_window_put_in_is_taken_out_of_the_file_once_it_is_closed(
    zoe: Bench, bench: Bench, path: Path, edits: list[dict[str, Any]]
) -> None:
    before = json.loads(path.read_bytes())
    seat = sit(path)
    id_, _ = carried_out(zoe, path, *edits)
    deciding.undo(zoe, id=id_)
    assert json.loads(path.read_bytes()) != before, "its window is told, the file is its own"
    presence.rise(seat)
    applying.apply(bench)
    after = json.loads(path.read_bytes())
    for node in (before, after):
        for cell in node["cells"]:
            cell["source"] = "".join(cell["source"])
    assert after == before, "outputs, ids and metadata of a deleted cell come back"
    assert state(bench, id_) == "pending"
    with pytest.raises(NothingToDo):
        applying.apply(bench)


def test_a_window_is_told_what_else_of_a_cell_comes_back(zoe: Bench, path: Path) -> None:
    seat = sit(path)
    first, _ = carried_out(zoe, path, ADD)
    mark = json.loads(path.read_bytes())["cells"][1]["metadata"]["coimprove"]
    second, _ = carried_out(
        zoe, path, {"kind": "replace", "cell": 2, "source": "z = 2"}, {"kind": "delete", "cell": 4}
    )
    deciding.undo(zoe, id=second)
    (row,) = claiming.applications(zoe, notebook=str(path)).applications
    changed, back = row.edits
    assert changed.cell == {"metadata": {"coimprove": mark}}, (
        "the cell was accepted before, and says so again"
    )
    assert (back.cell_id, back.cell["outputs"][0]["text"], back.source) == ("c2", ["2\n"], "print(y)")
    presence.rise(seat)
    assert state(zoe, first) == "accepted"


def test_a_cell_that_is_deleted_by_hand_is_an_undo_by_its_decision(zoe: Bench, path: Path) -> None:
    seat = sit(path)
    id_, row = carried_out(zoe, path, ADD)
    told = claiming.reverted(zoe, row.decision, path=path, window="zoë", reason="deleted in the notebook")
    assert (told.id, told.state, state(zoe, id_)) == (row.id, "reverted", "pending")
    again = claiming.redone(zoe, row.decision, path=path, window="zoë")
    assert (again.state, state(zoe, id_)) == ("applied", "accepted")
    verbs = [item.data["verb"] for item in zoe.record().find("decision", subject=id_)]
    assert verbs == ["accepted", "undone", "accepted"]
    presence.rise(seat)


def test_what_a_window_never_saved_waits_again_when_it_has_died(zoe: Bench, bench: Bench, path: Path) -> None:
    seat = sit(path)
    id_, row = carried_out(zoe, path, ADD, CHANGE, save=False)
    assert claiming.recover(bench) == [], "it is open, and may still be saved"
    presence.rise(seat)
    assert "coimprove apply" in deciding.review(bench).next
    lost = bench.record().get(row.id)
    assert (lost.state, lost.data["why"]) == ("queued", claiming.UNSAVED)
    assert state(bench, id_) == "accepted"
    applying.apply(bench)
    assert sources(path) == ["x = 1", ADD["source"], "y = x + 2", "print(y)"]


def test_an_undo_that_a_window_never_saved_waits_again_too(zoe: Bench, bench: Bench, path: Path) -> None:
    before = sources(path)
    seat = sit(path)
    id_, _ = carried_out(zoe, path, ADD)
    deciding.undo(zoe, id=id_)
    (row,) = claiming.applications(zoe, notebook=str(path)).applications
    claiming.claim(zoe, row.id, path=path, window="zoë")
    claiming.applied(zoe, row.id, path=path, window="zoë")
    presence.rise(seat)
    applying.apply(bench)
    assert sources(path) == before


def test_what_was_saved_and_is_gone_later_was_taken_out_by_somebody(
    zoe: Bench, bench: Bench, path: Path
) -> None:
    seat = sit(path)
    _, row = carried_out(zoe, path, ADD)
    presence.rise(seat)
    assert claiming.recover(bench) == []
    assert bench.record().get(row.id).data["saved"] is True
    node = json.loads(path.read_bytes())
    del node["cells"][1]
    path.write_text(json.dumps(node))
    assert claiming.recover(bench) == []
    assert bench.record().get(row.id).state == "applied"


def test_a_window_that_finds_the_cell_changed_makes_it_stale_until_it_is_decided_anew(
    zoe: Bench, path: Path
) -> None:
    seat = sit(path)
    id_ = proposed(zoe, path, CHANGE)
    deciding.accept(zoe, id=id_)
    (row,) = claiming.applications(zoe, notebook=str(path)).applications
    claiming.claim(zoe, row.id, path=path, window="zoë")
    claiming.refused(
        zoe, row.id, path=path, window="zoë", why="cell 2 has changed since this was proposed", code="stale"
    )
    assert [found.state for found in deciding.review(zoe).items] == ["stale"], (
        "its window knows more than the file"
    )
    view = showing.show(zoe, id=id_)
    assert "cell 2 has changed" in view.warnings[-1]
    path.write_text(path.read_text().replace('"y = x + 1"', '"y = 7"'))
    deciding.undo(zoe, id=id_)
    assert [found.state for found in deciding.review(zoe).items] == ["pending"]
    presence.rise(seat)
