"""Cells that are proposed: nothing changes before a person decides, and then exactly that, to be taken back whole."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pending_findings import bench_of, coimprove
from proposed_cells import ADD, CHANGE, CLAUDE, SOURCES, TAKE_OUT, proposed, sources, write

from jupyter_coimprove.errors import (
    CoimproveError,
    DecisionError,
    NotebookError,
    NothingToDo,
    Stale,
    UnknownName,
    UsageError,
)
from jupyter_coimprove.registry import Actor
from jupyter_coimprove.workbench import applying, deciding, proposing, showing, trailing
from jupyter_coimprove.workbench.bench import Bench
from jupyter_coimprove.workbench.views import ProposalView, ReviewView, ThreeWayView


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path)


def rows(bench: Bench, **more: Any) -> list[Any]:
    view = deciding.review(bench, **more)
    assert isinstance(view, ReviewView)
    return list(view.items)


def shown(bench: Bench, id_: str) -> ProposalView:
    view = showing.show(bench, id=id_)
    assert isinstance(view, ProposalView)
    return view


def test_a_proposal_changes_no_file_and_says_who_why_and_what(bench: Bench, path: Path) -> None:
    before = path.read_bytes()
    id_ = proposed(bench, path, ADD, CHANGE, TAKE_OUT)
    assert path.read_bytes() == before
    (row,) = rows(bench)
    assert (row.id, row.kind, row.state, row.author, row.author_kind) == (
        id_,
        "proposal",
        "pending",
        "Claude",
        "ai",
    )
    assert (row.cell, row.cell_id, row.why) == (1, "c0", "it is faster")
    assert row.title == "3 changes: new code cell after cell 1, change cell 2 and 1 more"
    view = shown(bench, id_)
    added, changed, gone = view.changes
    assert (added.source, added.diff) == (ADD["source"], "")
    assert changed.diff.splitlines()[-2:] == ["-y = x + 1", "+y = x + 2"]
    assert (gone.diff, gone.was) == ("-print(y)\n", "print(y)")


def test_several_edits_are_applied_at_once_and_undone_at_once(bench: Bench, path: Path) -> None:
    before = path.read_bytes()
    id_ = proposed(
        bench, path, ADD, CHANGE, TAKE_OUT, extra={"model": "claude-sonnet", "experiment": "exp_1"}
    )
    said = deciding.accept(bench, id=id_, digest=shown(bench, id_).digest, reason="good")
    assert said.application == "applied"  # type: ignore[attr-defined]
    assert sources(path) == ["x = 1", ADD["source"], "y = x + 2"]
    cells = json.loads(path.read_bytes())["cells"]
    mark = cells[1]["metadata"]["coimprove"]
    assert cells[2]["metadata"]["coimprove"] == mark
    assert {key: mark[key] for key in ("v", "proposal", "author", "model", "experiment", "decided_by")} == {
        "v": 1, "proposal": id_, "author": "claude", "model": "claude-sonnet", "experiment": "exp_1",
        "decided_by": bench.actor.display,
    }  # fmt: skip
    assert rows(bench) == []
    deciding.undo(bench, id=id_)
    assert path.read_bytes() == before
    assert [row.state for row in rows(bench)] == ["pending"]


@pytest.mark.parametrize("minor", [2, 5])
@pytest.mark.parametrize(
    "edits", [[TAKE_OUT], [{**TAKE_OUT, "cell": 1}, {**TAKE_OUT, "cell": 2}, TAKE_OUT], [CHANGE]]
)
def test_what_only_deletes_or_changes_comes_back_byte_for_byte(
    bench: Bench, tmp_path: Path, minor: int, edits: list[dict[str, Any]]
) -> None:
    path = write(tmp_path, name="old.ipynb", minor=minor)
    before = path.read_bytes()
    id_ = proposed(bench, path, *edits)
    deciding.accept(bench, id=id_)
    assert path.read_bytes() != before
    deciding.undo(bench, id=id_)
    assert path.read_bytes() == before


def test_a_proposal_is_accepted_as_the_person_leaves_it(bench: Bench, path: Path) -> None:
    one = proposed(bench, path, ADD)
    with pytest.raises(NothingToDo):
        deciding.edit(bench, id=one, text=ADD["source"] + "\n")
    deciding.edit(bench, id=one, text="z = x ** 0.5\n", reason="no import")
    assert sources(path)[1] == "z = x ** 0.5"
    decision = bench.record().find("decision", subject=one)[-1].data
    assert decision["verb"] == "edited"
    assert 0 < decision["edit_distance"] < 1
    assert decision["edited_digest"] != decision["digest"]
    two = proposed(bench, path, {**ADD, "source": "a = 1"}, {**CHANGE, "cell": 3})
    with pytest.raises(UsageError, match="2 sources"):
        deciding.edit(bench, id=two, text="b = 1")
    with pytest.raises(UnknownName, match="'3'"):
        deciding.edit(bench, id=two, set=["3=b"])
    with pytest.raises(UsageError, match="empty"):
        deciding.edit(bench, id=two, set=["2= "])
    deciding.edit(bench, id=two, set=["2=y = x + 3"])
    assert sources(path) == ["x = 1", "a = 1", "z = x ** 0.5", "y = x + 3", "print(y)"]
    deletes = proposed(bench, path, {**TAKE_OUT, "cell": 5})
    with pytest.raises(UsageError, match="only deletes"):
        deciding.edit(bench, id=deletes, text="x")


def test_a_rejected_or_deferred_one_changes_nothing_and_can_come_back(bench: Bench, path: Path) -> None:
    before = path.read_bytes()
    id_ = proposed(bench, path, ADD)
    deciding.defer(bench, id=id_)
    assert [row.state for row in rows(bench)] == ["deferred"]
    deciding.reject(bench, id=id_, reason="sqrt is not wanted")
    assert rows(bench) == []
    with pytest.raises(DecisionError):
        deciding.accept(bench, id=id_)
    again = proposed(bench, path, ADD)
    assert again != id_
    assert f"the same was rejected before ({id_})" in shown(bench, again).warnings
    deciding.undo(bench, id=id_)
    assert {row.id for row in rows(bench)} == {id_, again}
    assert path.read_bytes() == before
    verbs = [row.verb for row in trailing.trail(bench, subject=id_).decisions]
    assert verbs == ["undone", "rejected", "deferred"]


def test_the_same_again_is_the_one_that_waits_and_a_newer_one_takes_its_place(
    bench: Bench, path: Path
) -> None:
    one = proposed(bench, path, ADD)
    assert proposed(bench, path, ADD) == one
    two = proposed(bench, path, {**ADD, "source": "z = 2"}, supersedes=one)
    assert [row.id for row in rows(bench)] == [two]
    assert shown(bench, one).state == "superseded"
    with pytest.raises(DecisionError, match="superseded"):
        deciding.accept(bench, id=one)
    with pytest.raises(UsageError, match="nothing supersedes it"):
        proposed(bench, path, {**ADD, "source": "z = 3"}, supersedes=one)


def test_a_cell_that_changed_makes_it_stale_and_it_is_decided_on_anew(bench: Bench, path: Path) -> None:
    id_ = proposed(bench, path, CHANGE, ADD)
    digest = shown(bench, id_).digest
    old = path.read_text()
    path.write_text(old.replace('"y = x + 1"', '"y = x + 100"'))
    (row,) = rows(bench)
    assert row.state == "stale"
    with pytest.raises(Stale):
        deciding.accept(bench, id=id_)
    texts = showing.show(bench, id=id_, three_way=True)
    assert isinstance(texts, ThreeWayView)
    assert (texts.texts[0].base, texts.texts[0].proposed, texts.texts[0].now) == (
        "y = x + 1",
        "y = x + 2",
        "y = x + 100",
    )
    assert [text.stale for text in texts.texts] == [True, False]
    path.write_text(old)
    assert [row.state for row in rows(bench)] == ["pending"], "as it was, it fits again"
    path.write_text(old.replace('"y = x + 1"', '"y = x + 100"'))
    assert [row.state for row in rows(bench)] == ["stale"]
    deciding.undo(bench, id=id_)
    view = shown(bench, id_)
    assert (view.state, view.changes[0].was) == ("pending", "y = x + 100")
    with pytest.raises(Stale):
        deciding.accept(bench, id=id_, digest=digest)  # what was shown then
    deciding.accept(bench, id=id_, digest=view.digest)
    assert sources(path) == ["x = 1", ADD["source"], "y = x + 2", "print(y)"]


def test_a_cell_that_is_gone_makes_it_stale_and_a_notebook_that_is_gone_orphaned(
    bench: Bench, path: Path
) -> None:
    id_ = proposed(bench, path, TAKE_OUT)
    whole = path.read_bytes()
    node = json.loads(whole)
    node["cells"].pop()
    path.write_text(json.dumps(node))
    assert [row.state for row in rows(bench)] == ["stale"]
    with pytest.raises(Stale, match="is gone from"):
        deciding.undo(bench, id=id_)
    path.unlink()
    assert [row.state for row in rows(bench)] == ["orphaned"]
    with pytest.raises(DecisionError):
        deciding.accept(bench, id=id_)
    assert "is gone" in shown(bench, id_).warnings[-1]
    path.write_bytes(whole)
    assert [row.state for row in rows(bench)] == ["pending"]
    deciding.accept(bench, id=id_)
    assert sources(path) == list(SOURCES[:2])


def test_a_notebook_that_was_moved_takes_its_proposals_along(bench: Bench, path: Path) -> None:
    id_ = proposed(bench, path, ADD)
    moved = path.with_name("moved.ipynb")
    shutil.move(path, moved)
    assert [row.state for row in rows(bench)] == ["pending"]
    deciding.accept(bench, id=id_)
    assert ADD["source"] in sources(moved)


def test_what_a_later_one_stands_on_is_not_taken_out_under_it(bench: Bench, path: Path) -> None:
    before = path.read_bytes()
    one = proposed(bench, path, ADD)
    deciding.accept(bench, id=one)
    two = proposed(bench, path, {"kind": "replace", "cell": 2, "source": "z = 9"})
    deciding.accept(bench, id=two)
    with pytest.raises(DecisionError, match=two) as raised:
        deciding.undo(bench, id=one)
    assert f"undo {two}" in raised.value.remedy
    deciding.undo(bench, id=two)
    deciding.undo(bench, id=one)
    assert path.read_bytes() == before


def test_code_that_names_this_tool_is_marked_and_never_accepted_with_others(bench: Bench, path: Path) -> None:
    id_ = proposed(bench, path, {**ADD, "source": "%coai accept last"})
    (row,) = rows(bench)
    assert row.alone
    assert any("never accepted together" in warning for warning in shown(bench, id_).warnings)
    with pytest.raises(DecisionError, match="together with others"):
        deciding.accept(bench, id=id_, bulk=True)
    deciding.accept(bench, id=id_)
    other = proposed(bench, path, {**ADD, "source": "w = 1"})
    deciding.accept(bench, id=other, bulk=True)
    told = {item.data["subject"]: item.data.get("bulk") for item in bench.record().find("decision")}
    assert told == {id_: None, other: True}
    assert [row.bulk for row in trailing.trail(bench).decisions] == [True, False]


def test_code_that_does_not_compile_is_allowed_and_said(bench: Bench, path: Path) -> None:
    for source, wrong in (
        ("x =", True),
        ("%%bash\nls [", False),
        ("%matplotlib inline\nawait f()", False),
        ("x = 1 is 1", False),
    ):
        view = shown(bench, proposed(bench, path, {**ADD, "source": source}))
        assert any("no Python" in warning for warning in view.warnings) is wrong, source


def test_characters_that_hide_what_is_read_are_said_and_spelled_out(bench: Bench, path: Path) -> None:
    hidden = "ok = True # \u202e eurT"
    view = shown(bench, proposed(bench, path, {**CHANGE, "source": hidden}))
    assert any("hide or reorder" in warning for warning in view.warnings)
    assert "\\u202e" in view.changes[0].diff
    assert "\u202e" not in view.changes[0].diff
    assert view.changes[0].source == hidden, "what is accepted is exactly what was proposed"


def test_a_cell_does_not_run_from_the_command_line(bench: Bench, path: Path) -> None:
    id_ = proposed(bench, path, ADD)
    with pytest.raises(UsageError) as raised:
        deciding.accept(bench, id=id_, run=True)
    assert "Shift+Accept" in raised.value.remedy
    assert sources(path) == list(SOURCES)


def test_only_a_person_decides_and_nobody_proposes_in_a_persons_name(bench: Bench, path: Path) -> None:
    id_ = proposed(bench, path, ADD)
    bench.actor = CLAUDE
    for act in (deciding.accept, deciding.reject, deciding.defer):
        with pytest.raises(DecisionError, match="an AI cannot decide"):
            act(bench, id=id_)
    told = json.dumps({"edits": [CHANGE], "author": {"kind": "person", "id": "ada"}})
    with pytest.raises(UsageError, match="an AI or a tool"):
        proposing.from_json(bench, notebook=str(path), edits=told)
    person = Actor(kind="person", id="ada", display="Ada", auth="token")
    bench.actor = person
    view = proposing.from_json(bench, notebook=str(path), edits=json.dumps([CHANGE]))
    assert (view.author, view.author_kind) == ("Ada", "person")
    bench.actor = person
    deciding.accept(bench, id=view.id)
    bench.actor = CLAUDE
    with pytest.raises(DecisionError, match="an AI cannot decide"):
        deciding.undo(bench, id=view.id)


def _missing(path: Path) -> str:
    return str(path.with_name("none.ipynb"))


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        (lambda path: {"edits": "[]"}, UsageError, "list of edits"),
        (lambda path: {"edits": "{"}, UsageError, "not JSON"),
        (lambda path: {"edits": "[" * 100_000}, UsageError, "not JSON"),
        (lambda path: {"edits": '"x"'}, UsageError, "no JSON object"),
        (lambda path: {"edits": '{"edit": []}'}, UnknownName, "did you mean edits"),
        (lambda path: {"edits": " " * (1 << 20) + "[]"}, UsageError, "too long"),
        (lambda path: {}, UsageError, "given once"),
        (lambda path: {"edits": "[]", "file": "-"}, UsageError, "given once"),
        (lambda path: {"file": "none.json"}, UsageError, "cannot be read"),
        (lambda path: {"edits": json.dumps([ADD]), "notebook": _missing(path)}, NotebookError, "none.ipynb"),
        (lambda path: {"edits": json.dumps([{**ADD, "cell": 9}])}, UnknownName, "3 cells"),
        (lambda path: {"edits": json.dumps([ADD]), "supersedes": "prp_01ARZ3NDEKTSV4RRFFQ69G5FAV"}, CoimproveError, "prp_01ARZ"),
        (lambda path: {"edits": json.dumps({"edits": [ADD], "cell": "nowhere"})}, UnknownName, "nowhere"),
    ],
)  # fmt: skip
def test_what_is_no_proposal_is_refused_and_nothing_is_kept(
    bench: Bench,
    path: Path,
    arguments: Callable[[Path], dict[str, Any]],
    error: type[CoimproveError],
    says: str,
) -> None:
    with pytest.raises(error) as raised:
        proposing.from_json(bench, **{"notebook": str(path), **arguments(path)})
    assert says in raised.value.message + raised.value.remedy
    assert bench.record().find("proposal") == []


def test_an_empty_notebook_gets_its_first_cell(bench: Bench, path: Path) -> None:
    path.write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    before = path.read_bytes()
    id_ = proposed(bench, path, {"kind": "insert", "cell": None, "source": "x = 1"})
    assert rows(bench)[0].cell == 0
    deciding.accept(bench, id=id_)
    assert sources(path) == ["x = 1"]
    deciding.undo(bench, id=id_)
    assert path.read_bytes() == before


def test_somebody_elses_journal_proposes_nothing_that_can_be_accepted(
    bench: Bench, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = proposed(bench, path, ADD)
    bench.close()
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / ".another"))
    shutil.rmtree(tmp_path / ".coimprove")
    other = bench_of(tmp_path)
    try:
        (row,) = rows(other)
        assert (row.id, row.trust) == (id_, "imported")
        assert "foreign, unverified" in shown(other, id_).warnings[0]
        with pytest.raises(CoimproveError, match="foreign"):
            deciding.accept(other, id=id_)
    finally:
        other.close()


def test_the_command_line_reads_standard_input_and_answers_in_json(
    bench: Bench, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {
        "edits": [CHANGE],
        "why": "clearer",
        "author": {"kind": "ai", "id": "m", "display": "Model", "model": "m-1"},
    }
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(told)))
    view = proposing.from_json(bench, notebook=str(path), file="-", expected="the same result")
    assert (view.author, view.model, view.why, view.expected) == (
        "Model",
        "m-1",
        "clearer",
        "the same result",
    )
    done = coimprove(path.parent, "accept", view.id, "--digest", view.digest, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["application"] == "applied"
    done = coimprove(path.parent, "show", view.id)
    assert "+y = x + 2" in done.stdout


@pytest.mark.parametrize("point", ["application.queued", "application.claimed", "application.written"])
def test_an_accept_that_is_killed_half_way_is_finished_once(bench: Bench, path: Path, point: str) -> None:
    before = path.read_bytes()
    for edits in ([ADD, CHANGE, TAKE_OUT], [TAKE_OUT]):
        id_ = proposed(bench, path, *edits)
        died = coimprove(path.parent, "accept", id_, COIMPROVE_FAULT=f"{point}:1")
        assert died.returncode < 0
        applying.apply(bench)
        assert len(sources(path)) == (3 if len(edits) == 3 else 2)
        with pytest.raises(NothingToDo):
            applying.apply(bench)
        deciding.undo(bench, id=id_)
        assert path.read_bytes() == before
