"""Decisions under fire: many at once, killed half way, on notebooks of four writers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from small_notebooks import lab_notebook

from jupyter_coimprove.workbench import planning, reading_results, running
from jupyter_coimprove.workbench.bench import Bench, Where


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one finished experiment whose finding waits for a decision."""
    folder = tmp_path_factory.mktemp("finished")
    cells = (
        ("parameters", "SEED = 0\nlr = 0.1"),
        ("", "import random\nrandom.seed(SEED)\nscore = lr + random.random() / 100"),
    )
    (folder / "train.ipynb").write_text(lab_notebook(cells))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_DATA_DIR", str(folder / ".data"))
        bench = Bench(where=Where(cwd=folder), root_override=folder, waits=True)
        plan = planning.plan(
            bench,
            notebook=str(folder / "train.ipynb"),
            factor=["lr=0.3"],
            response="score",
            direction="max",
            blocks=2,
        )
        running.run(bench, experiment=plan.id, workers=2, wait=True)
        assert reading_results.results(bench, experiment=plan.id).finding
        bench.close()
    return folder


@pytest.fixture
def project(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that project for one test."""
    folder = tmp_path / "project"
    shutil.copytree(finished, folder, symlinks=True)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(folder / ".data"))
    return folder


def coimprove(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "jupyter_coimprove.interfaces.cli", *words], cwd=folder, text=True, capture_output=True,
        env={**os.environ, "COIMPROVE_ROOT": str(folder), **env}, stdin=subprocess.DEVNULL, timeout=120,
    )  # fmt: skip


def findings_in(folder: Path) -> int:
    cells = json.loads((folder / "train.ipynb").read_bytes())["cells"]
    return sum("coimprove" in cell["metadata"] for cell in cells)


def written_lines(folder: Path) -> list[tuple[str, str]]:
    """(kind, event) of the journal's lines about decisions and applications, in order."""
    (file,) = (folder / "coimprove" / "journal").glob("*.jsonl")
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [(line["kind"], line["event"]) for line in lines if line["kind"] in ("decision", "application")]


def test_of_many_accepts_at_once_exactly_one_applies(project: Path) -> None:
    before = written_lines(project)
    with ThreadPoolExecutor(8) as pool:
        ended = list(pool.map(lambda _: coimprove(project, "accept", "last"), range(8)))
    told = written_lines(project)[len(before) :]
    said = [(one.returncode, one.stdout, one.stderr) for one in ended]
    assert findings_in(project) == 1, (told, said)
    assert told.count(("decision", "accepted")) == 1, (told, said)
    assert told.count(("application", "applied")) == 1, (told, said)
    assert [code for code, _, _ in said].count(0) == 1, (told, said)


@pytest.mark.parametrize("point", ["application.queued", "application.claimed", "application.written"])
def test_an_accept_killed_half_way_is_finished_by_apply(project: Path, point: str) -> None:
    died = coimprove(project, "accept", "last", COIMPROVE_FAULT=f"{point}:1")
    assert died.returncode == -signal.SIGKILL
    done = coimprove(project, "apply")
    assert done.returncode == 0, done.stderr
    assert findings_in(project) == 1
    assert coimprove(project, "apply").returncode == 3


def test_an_undo_killed_half_way_can_be_done_again(project: Path) -> None:
    before = (project / "train.ipynb").read_bytes()
    assert coimprove(project, "accept", "last").returncode == 0
    died = coimprove(project, "undo", "last", COIMPROVE_FAULT="application.taken_back:1")
    assert died.returncode == -signal.SIGKILL
    finding = json.loads(coimprove(project, "review", "--json").stdout)["items"]
    assert finding == []
    record = json.loads(coimprove(project, "status", "--json").stdout)["experiments"][0]
    assert coimprove(project, "undo", record["finding"]).returncode == 0
    assert (project / "train.ipynb").read_bytes() == before


def as_lab(node: dict) -> str:
    return json.dumps(node, indent=1, ensure_ascii=False) + "\n"


def as_colab(node: dict) -> str:
    """Colab: two blanks, the format first, no ids, no line end at the end."""
    cells = [
        {key: cell[key] for key in ("cell_type", "source", "metadata", "execution_count", "outputs")}
        for cell in node["cells"]
    ]
    metadata = {"colab": {"provenance": []}, **node["metadata"]}
    return json.dumps({"nbformat": 4, "nbformat_minor": 0, "metadata": metadata, "cells": cells}, indent=2)


def as_vscode(node: dict) -> str:
    """VS Code on a notebook of minor 2: one blank, no ids, sources as lists."""
    cells = [
        {"cell_type": "code", "execution_count": None, "metadata": cell["metadata"], "outputs": [],
         "source": cell["source"]}
        for cell in node["cells"]
    ]  # fmt: skip
    return json.dumps(
        {"cells": cells, "metadata": node["metadata"], "nbformat": 4, "nbformat_minor": 2}, indent=1
    )


def as_nbformat_4_2(node: dict) -> str:
    """nbformat's own writer of old: sorted keys, four blanks as an editor left them, unusual numbers kept."""
    cells = [{key: value for key, value in cell.items() if key != "id"} for cell in node["cells"]]
    old = {
        "cells": cells,
        "metadata": {**node["metadata"], "tolerance": 0.5},
        "nbformat": 4,
        "nbformat_minor": 2,
    }
    return json.dumps(old, indent=4, sort_keys=True).replace("0.5", "5.0e-1") + "\n"


@pytest.mark.parametrize("writer", [as_lab, as_colab, as_vscode, as_nbformat_4_2])
def test_git_diff_shows_the_accepted_cell_and_nothing_else(
    project: Path, writer: Callable[[dict], str]
) -> None:
    path = project / "train.ipynb"
    path.write_text(writer(json.loads(path.read_bytes())))
    before = path.read_bytes()
    minor = json.loads(before)["nbformat_minor"]
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(project)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "train.ipynb"], check=True)
    subprocess.run([*git, "commit", "-qm", "before"], check=True)
    done = coimprove(project, "accept", "last")
    assert done.returncode == 0, done.stderr
    stat = subprocess.run(
        [*git, "diff", "--numstat"], check=True, capture_output=True, text=True
    ).stdout.split()
    assert stat[1:] == ["0", "train.ipynb"]
    node = json.loads(path.read_bytes())
    added = [cell for cell in node["cells"] if "coimprove" in cell["metadata"]]
    assert len(added) == 1
    assert node["nbformat_minor"] == minor
    assert ("id" in added[0]) == (minor >= 5)
    assert coimprove(project, "undo", "fnd_").returncode == 0
    assert path.read_bytes() == before


def test_a_finding_whose_cell_a_person_changed_is_not_undone_over_their_words(project: Path) -> None:
    assert coimprove(project, "accept", "last").returncode == 0
    path = project / "train.ipynb"
    node = json.loads(path.read_bytes())
    cell = next(cell for cell in node["cells"] if "coimprove" in cell["metadata"])
    cell["source"] = "my own words now"
    path.write_text(json.dumps(node, indent=1) + "\n")
    record = json.loads(coimprove(project, "status", "--json").stdout)["experiments"][0]
    done = coimprove(project, "undo", record["finding"])
    assert done.returncode == 1
    assert "my own words now" in path.read_text()


def test_a_journal_that_came_with_the_folder_approves_and_runs_nothing(project: Path, tmp_path: Path) -> None:
    env = {"JUPYTER_DATA_DIR": str(tmp_path / "another person")}
    before = (project / "train.ipynb").read_bytes()
    shutil.rmtree(project / ".coimprove")
    for words in (["accept", "last"], ["run", "last"], ["undo", "last"], ["reject", "last"]):
        done = coimprove(project, *words, **env)
        assert done.returncode != 0
        assert "foreign" in done.stderr or "not" in done.stderr
    shown = json.loads(coimprove(project, "status", "--json", **env).stdout)
    assert shown["experiments"]
    assert (project / "train.ipynb").read_bytes() == before


def test_a_forged_line_is_named_by_verify_and_changes_nothing(project: Path) -> None:
    journal = next((project / "coimprove" / "journal").glob("*.jsonl"))
    lines = journal.read_text().splitlines()
    forged = [
        line.replace('"pending"', '"accepted"') if '"finding"' in line and '"proposed"' in line else line
        for line in lines
    ]
    assert forged != lines
    journal.write_text("\n".join(forged) + "\n")
    shutil.rmtree(project / ".coimprove")
    done = coimprove(project, "verify")
    assert done.returncode == 1
    assert findings_in(project) == 0


def test_a_deleted_index_is_made_again_from_the_journal(project: Path) -> None:
    before = coimprove(project, "status", "--json").stdout
    shutil.rmtree(project / ".coimprove")
    assert json.loads(coimprove(project, "status", "--json").stdout) == json.loads(before)


def test_a_plan_killed_while_it_is_kept_is_there_whole_or_not_at_all(project: Path) -> None:
    words = ["plan", "train.ipynb", "-f", "lr=0.5", "-r", "score", "--direction", "max", "-b", "2"]
    for point in ("record.before_write", "record.mid_write", "record.after_write"):
        died = coimprove(project, *words, COIMPROVE_FAULT=f"{point}:1")
        assert died.returncode == -signal.SIGKILL, died.stderr
        status = coimprove(project, "status", "--json")
        assert status.returncode == 0, status.stderr
    assert coimprove(project, *words).returncode == 0
    assert coimprove(project, "verify").returncode == 0
