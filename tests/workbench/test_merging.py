"""`merge-notebook`: what git is told, and what is left to a person, with a clear word."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from jupyter_coimprove.interfaces.cli import main


def say(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict]:
    capsys.readouterr()
    code = main([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def notebook(path: Path, *sources: str) -> str:
    cells = [
        {
            "cell_type": "code",
            "id": f"c{n}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for n, source in enumerate(sources)
    ]
    path.write_text(
        json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)
    )
    return str(path)


def test_git_is_told_once_and_what_stood_in_its_files_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, view = say(capsys, "merge-notebook", "--setup")
    assert code == 2
    assert "in no git repository" in view["error"]["message"]
    subprocess.run(["git", "init", "-q"], check=True)
    (tmp_path / ".gitattributes").write_bytes(b"*.csv -diff")
    for _ in range(2):
        code, view = say(capsys, "merge-notebook", "--setup")
        assert code == 0
    assert (tmp_path / ".gitattributes").read_bytes() == b"*.csv -diff\n*.ipynb merge=coimprove\n"
    assert "it stood there" in view["checks"][0]["text"]
    driver = subprocess.run(
        ["git", "config", "merge.coimprove.driver"], capture_output=True, text=True, check=True
    )
    assert driver.stdout.strip().endswith("merge-notebook %O %A %B %P")


def test_what_is_not_plain_has_gits_marks_and_says_what(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    base, ours, theirs = (
        notebook(tmp_path / f"{name}.ipynb", "x = 1", last)
        for name, last in zip("bot", ("y = 0", "y = 1", "y = 2"), strict=True)
    )
    code, view = say(capsys, "merge-notebook", base, ours, theirs, "work/train.ipynb")
    assert code == 1
    assert view["summary"] == "work/train.ipynb has a conflict: cell 2 changed on both sides"
    text = Path(ours).read_text()
    assert "<<<<<<< ours" in text
    assert text.count("y = 1") == text.count("y = 2") == 1


def test_files_that_are_no_notebooks_are_merged_by_lines_and_missing_ones_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in (("b", "1\n2\n3\n4\n5\n"), ("o", "one\n2\n3\n4\n5\n"), ("t", "1\n2\n3\n4\nfive\n")):
        (tmp_path / name).write_text(text)
    code, view = say(capsys, "merge-notebook", "b", "o", "t", "n.ipynb")
    assert (tmp_path / "o").read_text() == "one\n2\n3\n4\nfive\n", "as git would have done it"
    assert code == 1, "and yet it is no notebook"
    assert not view["checks"][0]["ok"]
    code, view = say(capsys, "merge-notebook", "b", "nowhere", "t")
    assert code == 2
    assert "nowhere" in view["error"]["message"]
    code, view = say(capsys, "merge-notebook", "b")
    assert "--setup" in view["error"]["remedy"]
