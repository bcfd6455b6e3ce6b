"""Two people, each with a clone of one repository and a key of their own, who meet in git alone."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jupyter_coimprove.interfaces.cli import main


@dataclass(frozen=True)
class Person:
    """One of them: what they type is done as by a user of this name, on a machine that has their key."""

    name: str
    clone: Path
    keys: Path
    capsys: pytest.CaptureFixture[str]

    def says(self, *words: str, code: int = 0) -> dict[str, Any]:
        """A command in their clone; its answer."""
        with pytest.MonkeyPatch.context() as patch:
            for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
                patch.setenv(name, self.name)
            patch.setenv("JUPYTER_DATA_DIR", str(self.keys))
            patch.chdir(self.clone)
            self.capsys.readouterr()
            ended = main([*words, "--json"])
            out = self.capsys.readouterr().out
        assert ended == code, f"{self.name}: {words} ended with {ended}: {out[-2000:]}"
        found: dict[str, Any] = json.loads(out)
        return found

    def git(self, *words: str) -> str:
        who = [
            "-c",
            f"user.name={self.name}",
            "-c",
            f"user.email={self.name}@example.org",
            "-c",
            "commit.gpgsign=false",
        ]
        done = subprocess.run(
            ["git", *who, *words], cwd=self.clone, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"git {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def commit(self, message: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    def pull(self) -> None:
        """What the other has pushed, merged with what was committed here; a conflict fails the test."""
        self.git("pull", "-q", "--no-rebase", "--no-edit")

    def push(self) -> None:
        self.git("push", "-q", "origin", "HEAD")

    @property
    def shared(self) -> str:
        """Every byte that git has of the project, of all that was ever committed here."""
        return self.git("log", "-p", "--all", "--text")

    def journals(self) -> list[str]:
        return sorted(path.name for path in (self.clone / "coimprove" / "journal").glob("*.jsonl"))


def two(
    folder: Path, notebook: str, names: Sequence[str], capsys: pytest.CaptureFixture[str]
) -> tuple[Person, Person]:
    """Both, each with a clone of a repository that has this notebook as ``train.ipynb``."""
    origin = folder / "origin.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(origin)], check=True)
    people = []
    for name in names:
        clone = folder / name
        subprocess.run(["git", "clone", "-q", str(origin), str(clone)], check=True, capture_output=True)
        person = Person(name=name, clone=clone, keys=folder / f"keys of {name}", capsys=capsys)
        if not people:
            person.git("checkout", "-q", "-B", "main")
            (clone / "train.ipynb").write_text(notebook, encoding="utf-8")
            person.commit("A notebook")
            person.push()
        people.append(person)
    return people[0], people[1]
