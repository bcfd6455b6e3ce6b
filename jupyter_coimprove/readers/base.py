"""The seam of readers: each recognises its source by content and reads its runs."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.evidence.tracked import Tracked


class Reader(Protocol):
    """One tool's files. ``tool`` is its name; a reader changes nothing and imports what is heavy when it reads."""

    tool: str

    def recognises(self, path: Path) -> bool:
        """Whether this file or folder is of this tool, by what is in it."""

    def read(self, path: Path, part: str | None) -> Tracked:
        """The runs. ``part`` names an experiment or study where there are several. Raises UsageError."""


def one_of(what: str, names: dict[str, str], part: str | None, where: str) -> str:
    """The key whose name is ``part``, or the only one. Raises UnknownName or UsageError."""
    if part is not None:
        found = [key for key, name in names.items() if part in (name, key)]
        if len(found) != 1:
            raise UnknownName(what, part, names.values())
        return found[0]
    if len(names) == 1:
        return next(iter(names))
    if not names:
        raise UsageError(f"{where} holds no {what} with runs")
    shown = ", ".join(list(names.values())[:8])
    raise UsageError(f"{where} holds several: {shown}", remedy=f"name the {what} with --part")


def is_sqlite(path: Path) -> bool:
    """Whether a file begins as SQLite databases do."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\x00"


def tables_of(path: Path) -> frozenset[str]:
    """The names of a database's tables; it is opened for reading alone."""
    import sqlite3
    from contextlib import closing

    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            return frozenset(
                str(row[0]) for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            )
    except sqlite3.Error as error:
        raise UsageError(f"{path.name} is a database that cannot be read: {error}") from error
