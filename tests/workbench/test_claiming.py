"""Accepted edits and the windows that have their notebook open: one claims, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pending_findings import CLAIM, bench_of, experiment, finding, queued, window_bench

from jupyter_coimprove.errors import Claimed, CoimproveError, DecisionError, Stale, UsageError
from jupyter_coimprove.record.locks import FileLock
from jupyter_coimprove.record.roots import Layout
from jupyter_coimprove.registry import Actor
from jupyter_coimprove.workbench import applying, claiming, deciding, presence, showing
from jupyter_coimprove.workbench.bench import Bench
from jupyter_coimprove.workbench.views import FindingView, ThreeWayView

ZOE = Actor(kind="person", id="zoe", display="Zoë", auth="password")
BEN = Actor(kind="person", id="ben", display="Ben", auth="password")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / ".data"))
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def waits(project: Path) -> str:
    """The id of a finding that waits for a decision."""
    return finding(project, experiment(project))


@pytest.fixture
def zoe(project: Path) -> Iterator[Bench]:
    made = window_bench(project, ZOE)
    yield made
    made.close()


@pytest.fixture
def ben(project: Path) -> Iterator[Bench]:
    made = window_bench(project, BEN)
    yield made
    made.close()


@pytest.fixture
def seats(project: Path, waits: str) -> Iterator[dict[str, FileLock]]:
    """Zoë and Ben each have the notebook open in a window."""
    layout = Layout(project)
    held = {name: presence.sit(layout, "train.ipynb", name, name.title()) for name in ("zoë", "ben")}
    yield held
    for lock in held.values():
        if lock.held:
            presence.rise(lock)


def cells(project: Path, name: str = "train.ipynb") -> list[dict]:
    return json.loads((project / name).read_bytes())["cells"]


def put_in(project: Path, row) -> None:
    """What a window does, and a save: its shared model with the edits in it, written to disk."""
    node = json.loads((project / "train.ipynb").read_bytes())
    for edit in row.edits:
        assert edit.kind == "insert"
        place = next(i for i, cell in enumerate(node["cells"]) if cell["id"] == edit.address.id)
        node["cells"].insert(place + 1, {
            "cell_type": edit.cell_kind, "id": edit.cell_id, "metadata": {"coimprove": dict(row.metadata)},
            "source": edit.source.splitlines(keepends=True),
        })  # fmt: skip
    (project / "train.ipynb").write_text(json.dumps(node, indent=1) + "\n")


def test_a_finding_is_accepted_only_as_it_was_shown(project: Path, waits: str) -> None:
    bench = bench_of(project)
    try:
        with pytest.raises(Stale, match="not what was shown"):
            deciding.accept(bench, id=waits, digest="json:another")
        with pytest.raises(Stale):
            deciding.edit(bench, id=waits, text="It helps.", digest="json:another")
        shown = showing.show(bench, id=waits)
        assert isinstance(shown, FindingView)
        deciding.accept(bench, id=waits, digest=shown.digest)
        decision = bench.record().find("decision", subject=waits)[-1]
        assert decision.data["digest"] == shown.digest
    finally:
        bench.close()


def test_an_open_notebook_is_written_by_no_door_until_it_is_closed(project: Path, waits: str, seats) -> None:
    before = (project / "train.ipynb").read_bytes()
    terminal = bench_of(project)
    view = deciding.accept(terminal, id=waits)
    assert (view.application, view.exit_code) == ("queued", 0)
    assert "Ben and Zoë" in view.summary
    checks = applying.apply(terminal)
    assert not checks.ok
    assert "Ben and Zoë" in checks.checks[0].text
    assert "close the notebook" in checks.checks[0].remedy
    assert (project / "train.ipynb").read_bytes() == before
    for lock in seats.values():
        presence.rise(lock)
    assert applying.apply(terminal).ok
    assert len(cells(project)) == 4
    terminal.close()


@pytest.mark.parametrize(("elsewhere", "application"), [(True, "queued"), (False, "applied")])
def test_a_front_end_that_does_not_say_what_else_is_open_may_have_it_open(
    project: Path, waits: str, elsewhere: bool, application: str
) -> None:
    """From a kernel of another notebook the person says `apply`; a window of ours says what it has open."""
    bench = bench_of(project, notebook=project / "other.ipynb", open=True, elsewhere=elsewhere)
    assert deciding.accept(bench, id=waits).application == application  # type: ignore[attr-defined]
    if application == "queued":
        assert applying.apply(bench, notebook="train.ipynb").ok
    assert len(cells(project)) == 4
    bench.close()


def test_the_notebook_that_asks_is_open_itself(project: Path, waits: str) -> None:
    bench = bench_of(project, notebook=project / "train.ipynb", open=True)
    assert deciding.accept(bench, id=waits).application == "queued"  # type: ignore[attr-defined]
    checks = applying.apply(bench)
    assert not checks.ok
    assert "where this was asked" in checks.checks[0].text
    assert len(cells(project)) == 3
    bench.close()


def test_a_claim_is_given_once_and_names_who_has_it(project: Path, waits: str, seats, zoe, ben) -> None:
    id_ = queued(zoe, waits)
    path = project / "train.ipynb"
    row = claiming.claim(zoe, id_, path=path, window="zoë")
    assert (row.state, row.by, row.window) == ("claimed", "Zoë", "zoë")
    assert row.edits[0].address is not None
    assert "score" in row.edits[0].was
    with pytest.raises(Claimed, match="Zoë is carrying"):
        claiming.claim(ben, id_, path=path, window="ben")
    assert claiming.claim(zoe, id_, path=path, window="zoë") == row, "asked again, it is given again"
    shown = claiming.applications(ben, notebook=str(path)).applications
    assert [(one.id, one.state, one.by) for one in shown] == [(id_, "claimed", "Zoë")]
    with pytest.raises(Claimed):
        claiming.applied(ben, id_, path=path, window="ben")
    assert claiming.applied(zoe, id_, path=path, window="zoë").state == "applied"
    seq = zoe.record().get(id_).seq
    assert claiming.applied(zoe, id_, path=path, window="zoë").state == "applied"
    assert zoe.record().get(id_).seq == seq, "said twice, recorded once"
    with pytest.raises(Claimed, match="applied already"):
        claiming.claim(ben, id_, path=path, window="ben")


def test_only_a_window_that_has_the_notebook_open_may_claim(project: Path, waits: str, seats, zoe) -> None:
    id_ = queued(zoe, waits)
    with pytest.raises(DecisionError, match="has not said"):
        claiming.claim(zoe, id_, path=project / "train.ipynb", window="elsewhere")
    (project / "other.ipynb").write_bytes((project / "train.ipynb").read_bytes())
    with pytest.raises(UsageError, match="is about train"):
        claiming.claim(zoe, id_, path=project / "other.ipynb", window="zoë")
    ai = window_bench(project, Actor(kind="ai", id="m", display="a model", auth="token"))
    with pytest.raises(DecisionError, match="needs a person"):
        claiming.claim(ai, id_, path=project / "train.ipynb", window="zoë")
    ai.close()


def test_a_claim_ends_with_its_window_whether_it_says_so_or_not(
    project: Path, waits: str, seats, zoe, ben
) -> None:
    id_ = queued(zoe, waits)
    path = project / "train.ipynb"
    claiming.claim(zoe, id_, path=path, window="zoë")
    seats["zoë"].release()  # its server was killed: the operating system lets go, nothing is recorded
    assert claiming.applications(ben).applications[0].state == "queued"
    assert claiming.claim(ben, id_, path=path, window="ben").by == "Ben"
    presence.rise(seats["ben"])
    assert claiming.release(ben, "ben") == 1
    assert ben.record().get(id_).state == "queued"
    terminal = bench_of(project)
    assert applying.apply(terminal).ok
    assert len(cells(project)) == 4
    terminal.close()


def test_a_window_that_came_back_says_it_is_applied_and_the_file_shows_it_once(
    project: Path, waits: str, seats, zoe, ben
) -> None:
    id_ = queued(zoe, waits)
    path = project / "train.ipynb"
    put_in(project, claiming.claim(zoe, id_, path=path, window="zoë"))
    claiming.release(zoe, "zoë")  # its connection broke before it could say so
    assert claiming.applied(zoe, id_, path=path, window="zoë").state == "applied"
    assert len(cells(project)) == 4


def test_what_a_dead_window_saved_is_seen_in_the_file_and_only_recorded(
    project: Path, waits: str, seats, zoe
) -> None:
    id_ = queued(zoe, waits)
    put_in(project, claiming.claim(zoe, id_, path=project / "train.ipynb", window="zoë"))
    for lock in seats.values():
        lock.release()
    after = (project / "train.ipynb").read_bytes()
    terminal = bench_of(project)
    assert applying.apply(terminal).ok
    assert (project / "train.ipynb").read_bytes() == after
    assert terminal.record().get(id_).state == "applied"
    terminal.close()


def test_an_undo_in_the_window_and_a_redo_are_decisions(project: Path, waits: str, seats, zoe) -> None:
    id_ = queued(zoe, waits)
    path = project / "train.ipynb"
    claiming.claim(zoe, id_, path=path, window="zoë")
    with pytest.raises(DecisionError, match="is claimed"):
        claiming.reverted(zoe, id_, path=path, window="zoë")
    claiming.applied(zoe, id_, path=path, window="zoë")
    assert claiming.reverted(zoe, id_, path=path, window="zoë", reason="not now").state == "reverted"
    assert zoe.record().get(waits).state == "pending"
    assert claiming.reverted(zoe, id_, path=path, window="zoë").state == "reverted", "said twice, kept once"
    assert claiming.redone(zoe, id_, path=path, window="zoë").state == "applied"
    assert zoe.record().get(waits).state == "accepted"
    decisions = zoe.record().find("decision", subject=waits)
    assert [one.data["verb"] for one in decisions] == ["accepted", "undone", "accepted"]
    assert decisions[1].data["reason"] == "not now"
    assert all(one.actor["display"] == "Zoë" for one in decisions)


def test_undo_of_an_open_notebook_waits_for_its_window_and_is_carried_out_there(
    project: Path, waits: str, seats, zoe
) -> None:
    id_ = queued(zoe, waits)
    path = project / "train.ipynb"
    put_in(project, claiming.claim(zoe, id_, path=path, window="zoë"))
    with pytest.raises(Claimed, match="at this moment"):
        deciding.undo(zoe, id=waits)
    claiming.applied(zoe, id_, path=path, window="zoë")
    terminal = bench_of(project)
    view = deciding.undo(terminal, id=waits)
    assert (view.state, view.application) == ("pending", "queued")
    (back,) = claiming.applications(zoe, notebook=str(path)).applications
    assert back.undoes == zoe.record().get(id_).data["decision"]
    assert [edit.kind for edit in back.edits] == ["delete"]
    assert back.edits[0].address is not None
    assert back.edits[0].address.id == claiming.queueing.row(zoe, zoe.record().get(id_)).edits[0].cell_id
    claiming.claim(zoe, back.id, path=path, window="zoë")
    assert claiming.applied(zoe, back.id, path=path, window="zoë").state == "applied"
    assert zoe.record().get(id_).state == "reverted"
    terminal.close()


@pytest.mark.parametrize("by_window", [True, False])
def test_what_a_window_or_the_command_line_applied_is_taken_out_of_the_closed_file(
    project: Path, waits: str, seats, zoe, by_window: bool
) -> None:
    before = json.loads((project / "train.ipynb").read_bytes())
    terminal = bench_of(project)
    if by_window:
        id_ = queued(zoe, waits)
        put_in(project, claiming.claim(zoe, id_, path=project / "train.ipynb", window="zoë"))
        claiming.applied(zoe, id_, path=project / "train.ipynb", window="zoë")
    for lock in seats.values():
        presence.rise(lock)
    if not by_window:
        assert deciding.accept(terminal, id=waits).application == "applied"
    assert len(cells(project)) == 4
    assert deciding.undo(terminal, id=waits).application == "reverted"
    assert json.loads((project / "train.ipynb").read_bytes()) == before
    terminal.close()


def test_an_undo_that_waited_is_carried_out_by_apply_when_the_notebook_is_closed(
    project: Path, waits: str, seats, zoe
) -> None:
    id_ = queued(zoe, waits)
    path = project / "train.ipynb"
    put_in(project, claiming.claim(zoe, id_, path=path, window="zoë"))
    claiming.applied(zoe, id_, path=path, window="zoë")
    terminal = bench_of(project)
    deciding.undo(terminal, id=waits)
    for lock in seats.values():
        presence.rise(lock)
    checks = applying.apply(terminal)
    assert checks.ok
    assert "taken out of" in checks.checks[0].text
    assert len(cells(project)) == 3
    assert terminal.record().get(id_).state == "reverted"
    terminal.close()


def test_words_of_a_person_are_not_taken_back(project: Path, waits: str, seats, zoe) -> None:
    id_ = queued(zoe, waits)
    path = project / "train.ipynb"
    put_in(project, claiming.claim(zoe, id_, path=path, window="zoë"))
    claiming.applied(zoe, id_, path=path, window="zoë")
    terminal = bench_of(project)
    deciding.undo(terminal, id=waits)
    for lock in seats.values():
        presence.rise(lock)
    path.write_text(path.read_text().replace("A larger rate helps", "In my own words it helps"))
    checks = applying.apply(terminal)
    assert not checks.ok
    assert "In my own words" in path.read_text()
    assert terminal.record().get(waits).state == "accepted", "it stands there, so it is accepted still"
    terminal.close()


def test_a_window_that_finds_another_text_makes_it_stale_and_nothing_is_applied(
    project: Path, waits: str, seats, zoe
) -> None:
    id_ = queued(zoe, waits)
    path = project / "train.ipynb"
    claiming.claim(zoe, id_, path=path, window="zoë")
    row = claiming.refused(zoe, id_, path=path, window="zoë", why="busy")
    assert (row.state, row.why) == ("queued", "busy")
    claiming.claim(zoe, id_, path=path, window="zoë")
    row = claiming.refused(zoe, id_, path=path, window="zoë", why="cell 3 has changed", code="stale")
    assert row.state == "refused"
    assert zoe.record().get(waits).state == "stale"
    assert waits in [item.id for item in deciding.review(zoe).items]
    with pytest.raises(CoimproveError):
        deciding.accept(zoe, id=waits)
    assert deciding.undo(zoe, id=waits).state == "pending", "looked at again, it can be decided on anew"
    assert deciding.accept(zoe, id=waits).application == "queued"


def test_a_file_whose_cell_is_gone_makes_it_stale_too(project: Path, waits: str, seats, zoe) -> None:
    queued(zoe, waits)
    for lock in seats.values():
        presence.rise(lock)
    path = project / "train.ipynb"
    node = json.loads(path.read_bytes())
    node["cells"] = [cell for cell in node["cells"] if "score" not in "".join(cell["source"])]
    path.write_text(json.dumps(node, indent=1) + "\n")
    before = path.read_bytes()
    terminal = bench_of(project)
    assert not applying.apply(terminal).ok
    assert path.read_bytes() == before
    assert terminal.record().get(waits).state == "stale"
    shown = showing.show(terminal, id=waits, three_way=True)
    assert isinstance(shown, ThreeWayView)
    (text,) = shown.texts
    assert (text.kind, text.cell, text.now, text.stale) == ("insert", 0, None, True)
    assert "score" in str(text.base)
    assert CLAIM in text.proposed
    assert shown.next[0] == f"coimprove undo {waits}"
    terminal.close()


def test_opening_a_notebook_makes_no_seat_of_a_dead_window_count(project: Path, waits: str) -> None:
    layout = Layout(project)
    lock = presence.sit(layout, "train.ipynb", "gone", "Gone")
    path = lock.path
    lock.release()
    assert path.exists()
    assert presence.sitting(layout, "train.ipynb") == ()
