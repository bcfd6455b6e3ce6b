"""What the terminal says to do next can be said as it stands, in a folder and of a notebook with spaces in their names."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from small_notebooks import lab_notebook

from jupyter_coimprove.interfaces.cli import main

NAME = "two words.ipynb"
CELLS = (
    ("parameters", "lr = 0.1\nseed = 0"),
    ("", "import random\nrng = random.Random(seed)"),
    ("", "score = lr + rng.random()\nprint('score', score)"),
)


@pytest.mark.parametrize(
    "verb",
    [
        ("problem",),
        ("benchmark",),
        ("systems",),
        ("ideas",),
        ("check",),
        ("plan", "--factor", "lr=0.3", "--response", "score"),
        ("plan", "--factor", "nothing=1"),
        ("share",),
        ("report",),
    ],
    ids=" ".join,
)
def test_a_name_with_a_space_is_one_word_of_what_to_do_next(
    verb: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / "my work"
    project.mkdir()
    (project / NAME).write_text(lab_notebook(CELLS), encoding="utf-8")
    monkeypatch.chdir(project)
    main([verb[0], NAME, *verb[1:]])
    said = "".join(capsys.readouterr())
    commands = re.findall(r"`(coimprove [^`\n]*)`|→\s*(coimprove [^\n]*)", said)
    for command in (one or other for one, other in commands):
        # A sentence may go on after the command.
        assert "two words" not in command or NAME in shlex.split(command.split("  ")[0]), command
    if verb[0] in ("problem", "benchmark", "systems", "share"):
        assert any("two words" in one + other for one, other in commands), said
