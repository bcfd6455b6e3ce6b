"""A server killed between claim and applied, and a notebook that goes away meanwhile: nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest
from pending_findings import bench_of, coimprove, experiment, finding
from server_door import Server, leave
from tornado.httpclient import HTTPError
from tornado.iostream import StreamClosedError
from tornado.simple_httpclient import HTTPStreamClosedError

from jupyter_coimprove.workbench import claiming, deciding, planning
from jupyter_coimprove.workbench.registering import register
from jupyter_coimprove.workbench.works import Works

NB, OWN = "train.ipynb", "own.ipynb"


def cells(folder: Path, name: str = NB) -> int:
    return len(json.loads((folder / name).read_bytes())["cells"])


async def claim_and_say(server: Server, id_: str, application: str) -> None:
    """A window that claims and says so, until the server dies of it."""
    window, _ = await server.present("one", OWN)
    try:
        for verb in ("claim", "applied", "reverted"):
            await server.send("POST", f"applications/{application}/{verb}", {"path": OWN, "window": "one"})
    finally:
        await leave(window)


@pytest.mark.parametrize(
    ("point", "state", "more"),
    [
        # What a window said it had put in, and never saved, is carried out like what it had only claimed.
        ("claim.kept", "applied", 1), ("claim.before_applied", "applied", 1), ("claim.applied", "applied", 1),
        ("claim.reverted", "reverted", 0),
    ],
)  # fmt: skip
def test_a_server_killed_in_the_middle_frees_what_its_window_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str, state: str, more: int
) -> None:
    server = Server(tmp_path, "/", COIMPROVE_FAULT=f"{point}:1")
    try:
        monkeypatch.setenv("JUPYTER_DATA_DIR", str(server.data))
        waits = finding(server.folder, experiment(server.folder, notebook=OWN))
        before = cells(server.folder, OWN)
        server.verb("accept", path=OWN, id=waits)
        bench = bench_of(server.folder)
        application = bench.record().find("application", subject=waits)[0].id
        with pytest.raises((HTTPStreamClosedError, StreamClosedError, HTTPError, ConnectionError)):
            asyncio.run(claim_and_say(server, waits, application))
        assert server.process.wait(20) == -9
        # What was claimed and not applied is carried out by whoever comes next; the rest is done already.
        done = coimprove(server.folder, "apply")
        assert done.returncode == (0 if more else 3), done.stdout + done.stderr
        assert bench.record().get(application).state == state
        assert cells(server.folder, OWN) == before + more
        assert coimprove(server.folder, "apply").returncode == 3, "a repeat does nothing"
        assert coimprove(server.folder, "verify").returncode == 0
        bench.close()
    finally:
        server.end()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / ".data"))
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def waiting(project: Path) -> str:
    """An accepted finding whose application waits, since the notebook is open somewhere."""
    id_ = finding(project, experiment(project))
    bench = bench_of(project, notebook=project / NB, open=True)
    assert deciding.accept(bench, id=id_).application == "queued"  # type: ignore[attr-defined]
    bench.close()
    return id_


@pytest.mark.parametrize("to", ["renamed.ipynb", "in a folder/größer.ipynb"])
def test_a_notebook_that_was_renamed_or_moved_is_followed(project: Path, waiting: str, to: str) -> None:
    (project / to).parent.mkdir(exist_ok=True)
    (project / NB).rename(project / to)
    done = coimprove(project, "apply")
    assert done.returncode == 0, done.stdout
    assert to in done.stdout
    assert cells(project, to) == 4
    assert coimprove(project, "undo", waiting).returncode == 0
    assert cells(project, to) == 3


def test_a_copy_is_a_notebook_of_its_own(project: Path, waiting: str) -> None:
    shutil.copy(project / NB, project / "copy.ipynb")
    assert coimprove(project, "apply", "copy.ipynb").returncode == 3
    assert coimprove(project, "apply").returncode == 0
    assert (cells(project), cells(project, "copy.ipynb")) == (4, 3)


def test_of_two_that_are_alike_none_is_guessed(project: Path, waiting: str) -> None:
    shutil.copy(project / NB, project / "copy.ipynb")
    (project / NB).rename(project / "renamed.ipynb")
    done = coimprove(project, "apply")
    assert done.returncode == 1
    assert "copy.ipynb and renamed.ipynb are alike" in done.stdout
    assert cells(project, "copy.ipynb") == cells(project, "renamed.ipynb") == 3


def test_what_waits_for_a_deleted_notebook_is_shown_with_what_can_be_done(
    project: Path, waiting: str
) -> None:
    raw = (project / NB).read_bytes()
    (project / NB).unlink()
    bench = bench_of(project)
    (row,) = claiming.applications(bench).applications
    assert (row.path, row.state) == ("", "queued")
    assert "bring train.ipynb back" in row.remedy
    assert waiting in deciding.review(bench).warnings[0]
    assert coimprove(project, "apply").returncode == 1
    (project / NB).write_bytes(raw)
    assert coimprove(project, "apply").returncode == 0
    assert cells(project) == 4
    bench.close()


def test_a_decision_on_a_notebook_that_is_gone_can_be_taken_back(project: Path, waiting: str) -> None:
    (project / NB).unlink()
    done = coimprove(project, "undo", waiting)
    assert done.returncode == 0, done.stderr
    assert coimprove(project, "apply").returncode == 3


def test_a_draft_of_a_plan_follows_its_notebook(project: Path) -> None:
    plan = experiment(project)
    (project / NB).rename(project / "später.ipynb")
    shown = json.loads(coimprove(project, "show", plan, "--json").stdout)
    assert shown["notebook"] == "später.ipynb"
    assert shown["arms"][1]["diff"]
    assert 'notebook = "später.ipynb"' in Path(shown["plan_file"]).read_text(encoding="utf-8")
    assert coimprove(project, "verify").returncode == 0


def test_a_registered_experiment_runs_and_is_replicated_where_its_notebook_lies_now(project: Path) -> None:
    plan = experiment(project)
    bench = bench_of(project)
    register(bench, bench.record().get(plan))
    (project / "moved").mkdir()
    (project / NB).rename(project / "moved" / NB)
    again = planning.replicate(bench, finding=plan)
    assert again.notebook == f"moved/{NB}"
    item = bench.record().get(plan)
    assert item.data["notebook"] == f"moved/{NB}"
    works = Works(project, bench.record(), item, workers=1)
    assert {work.source_dir for work in works.queue().waiting()} == {project / "moved"}
    bench.close()
