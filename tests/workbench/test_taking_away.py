"""Our metadata out of a notebook: nothing else in the file moves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pending_findings import bench_of, coimprove, experiment, finding
from small_notebooks import lab_notebook

from jupyter_coimprove.errors import DecisionError, NothingToDo
from jupyter_coimprove.notebook.io import parse
from jupyter_coimprove.record.roots import Layout
from jupyter_coimprove.workbench import deciding, presence, taking_away


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / ".data"))
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def test_an_accepted_cell_stays_and_its_mark_goes(project: Path) -> None:
    id_ = finding(project, experiment(project))
    bench = bench_of(project)
    deciding.accept(bench, id=id_)
    path = project / "train.ipynb"
    marked = path.read_bytes()
    done = coimprove(project, "uninstall-metadata", "train.ipynb")
    assert done.returncode == 0, done.stderr
    node, before = json.loads(path.read_bytes()), json.loads(marked)
    assert b"coimprove" not in path.read_bytes()
    for cell in before["cells"]:
        cell["metadata"].pop("coimprove", None)
    assert node == before
    with pytest.raises(NothingToDo):
        taking_away.uninstall_metadata(bench, notebook=str(path))
    bench.close()


def test_an_open_notebook_is_left_alone_and_the_person_is_named(project: Path) -> None:
    id_ = finding(project, experiment(project))
    bench = bench_of(project)
    deciding.accept(bench, id=id_)
    path = project / "train.ipynb"
    before = path.read_bytes()
    lock = presence.sit(Layout(project), "train.ipynb", "w", "Zoë")
    with pytest.raises(DecisionError, match="Zoë") as raised:
        taking_away.uninstall_metadata(bench, notebook=str(path))
    assert "close it" in raised.value.remedy
    presence.rise(lock)
    assert path.read_bytes() == before
    taking_away.uninstall_metadata(bench, notebook=str(path))
    bench.close()


def test_a_folder_that_is_no_project_stays_none(project: Path) -> None:
    node = json.loads(lab_notebook((("", "x = 1"),)))
    node["cells"][0]["metadata"]["coimprove"] = {"v": 1}
    path = project / "other.ipynb"
    path.write_text(json.dumps(node, indent=1))
    bench = bench_of(project)
    taking_away.uninstall_metadata(bench, notebook=str(path))
    assert [entry.name for entry in project.iterdir()] == ["other.ipynb"]
    bench.close()


MARK = {"v": 1, "finding": "fnd_01", "author": "Zoë"}
META = st.dictionaries(st.sampled_from(["tags", "a", "zz", "collapsed"]), st.sampled_from([1, [], "x", None]))


@given(st.lists(st.tuples(META, st.booleans()), max_size=5), st.sampled_from([None, 1, 4]), st.booleans())
def test_every_other_byte_stays(cells: list[tuple[dict, bool]], indent: int | None, ascii_: bool) -> None:
    """Stripping a marked file gives the file as it would have been written without the mark."""

    def file(marked: bool) -> bytes:
        made = [
            {
                "cell_type": "markdown", "id": f"c{number}", "source": [f"größe {number}\n", "b"],
                "metadata": {**metadata, **({"coimprove": MARK} if mark and marked else {})},
            }
            for number, (metadata, mark) in enumerate(cells)
        ]  # fmt: skip
        node = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        return json.dumps(node, indent=indent, ensure_ascii=ascii_).encode()

    from jupyter_coimprove.notebook.splice import render

    notebook = parse(file(True), Path("a.ipynb"))
    assert render(notebook, taking_away._without(notebook, "coimprove")) == file(False)
