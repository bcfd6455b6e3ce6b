"""The command line: its exit codes, its errors, its JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def coimprove(*words: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the real command in its own process."""
    return subprocess.run(
        [sys.executable, "-m", "jupyter_coimprove.interfaces.cli", *words], cwd=cwd, text=True,
        capture_output=True, env={**os.environ, "JUPYTER_DATA_DIR": str(cwd / ".data"), **env}, timeout=120,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_help_names_the_verbs_and_the_exit_codes(tmp_path: Path) -> None:
    done = coimprove("--help", cwd=tmp_path)
    assert done.returncode == 0
    assert "plan" in done.stdout
    assert "3 nothing to do" in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["plann", "x.ipynb"], 2, "did you mean plan"),
        (["plan"], 2, "notebook"),
        (["plan", "none.ipynb"], 1, "none.ipynb"),
        (["show", "exp_nothing"], 2, "exp_nothing"),
        (["apply"], 3, "no accepted edit waits"),
        (["report"], 3, "no finding is accepted"),
    ],
)
def test_what_cannot_be_done_says_what_and_how_else(
    words: list[str], code: int, says: str, tmp_path: Path
) -> None:
    done = coimprove(*words, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_an_error_is_json_when_json_is_asked_for(tmp_path: Path) -> None:
    done = coimprove("plan", "none.ipynb", "--json", cwd=tmp_path)
    assert done.returncode == 1
    assert set(json.loads(done.stdout)["error"]) == {"code", "message", "remedy"}


def test_version_is_json_that_keeps_to_its_schema(tmp_path: Path) -> None:
    import jsonschema

    from jupyter_coimprove.wire.schema import schemas

    done = coimprove("version", "--json", cwd=tmp_path)
    found = json.loads(done.stdout)
    jsonschema.validate(found, schemas()[found["view"]])


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m jupyter_coimprove.interfaces.cli --help | head -1",
        shell=True, cwd=tmp_path, text=True, capture_output=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("usage: coimprove")
    assert done.stderr == ""
