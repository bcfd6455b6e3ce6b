"""How the index's tables came to be: named steps, only ever added to (after simonw/llm)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import apsw

Step = Callable[["apsw.Connection"], None]


class NewerSchema(Exception):
    """The index was made by a newer version; ``step`` is the first one not known here."""

    def __init__(self, step: str) -> None:
        super().__init__(step)
        self.step = step


def _lines(db: apsw.Connection) -> None:
    db.execute("""
        CREATE TABLE files (
            name TEXT PRIMARY KEY, ino INTEGER, size INTEGER, mtime INTEGER, offset INTEGER,
            tail_start INTEGER, tail TEXT, n INTEGER, head TEXT, born TEXT,
            damaged INTEGER, newer INTEGER);
        CREATE TABLE lines (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT NOT NULL UNIQUE, file TEXT NOT NULL, n INTEGER NOT NULL,
            id TEXT NOT NULL, kind TEXT NOT NULL, event TEXT NOT NULL, state TEXT NOT NULL,
            data TEXT NOT NULL, actor TEXT NOT NULL, at TEXT NOT NULL, v INTEGER NOT NULL,
            own INTEGER NOT NULL, new INTEGER NOT NULL, born TEXT NOT NULL, gone INTEGER NOT NULL DEFAULT 0);
        CREATE INDEX lines_of ON lines (id, seq);
        CREATE INDEX lines_in ON lines (file);
    """)


def _items(db: apsw.Connection) -> None:
    db.execute("""
        CREATE TABLE items (
            id TEXT PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, data TEXT NOT NULL,
            actor TEXT NOT NULL, created TEXT NOT NULL, changed TEXT NOT NULL, trust TEXT NOT NULL,
            seq INTEGER NOT NULL, own INTEGER NOT NULL, touched INTEGER NOT NULL,
            first INTEGER NOT NULL, born TEXT NOT NULL);
        CREATE INDEX items_by_kind ON items (kind, born, first);
        CREATE TABLE unfolded (id TEXT PRIMARY KEY) WITHOUT ROWID;
        INSERT INTO unfolded SELECT DISTINCT id FROM lines;
    """)


def _vanished(db: apsw.Connection) -> None:
    db.execute("""
        CREATE TABLE vanished (hash TEXT PRIMARY KEY, file TEXT NOT NULL, n INTEGER, id TEXT NOT NULL)
            WITHOUT ROWID;
    """)


def _by_experiment(db: apsw.Connection) -> None:
    db.execute("""
        CREATE INDEX items_by_experiment ON items (kind, json_extract(data, '$.experiment'));
    """)


MIGRATIONS: tuple[tuple[str, Step], ...] = (
    ("0001_lines", _lines),
    ("0002_items", _items),
    ("0003_vanished", _vanished),
    ("0004_items_by_experiment", _by_experiment),
)


def migrate(
    db: apsw.Connection,
    *,
    backup: Path | None = None,
    steps: tuple[tuple[str, Step], ...] = MIGRATIONS,
) -> list[str]:
    """Bring the tables up to date in one transaction; the names of the steps that were taken.

    An index with content is copied to ``backup`` first. Raises NewerSchema, and then nothing
    was changed.
    """
    db.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY) WITHOUT ROWID")
    done = [str(name) for (name,) in db.execute("SELECT name FROM migrations ORDER BY name")]
    known = {name for name, _ in steps}
    for name in done:
        if name not in known:
            raise NewerSchema(name)
    todo = [(name, step) for name, step in steps if name not in done]
    if todo and done and backup is not None:
        backup.unlink(missing_ok=True)
        db.execute("VACUUM INTO ?", (str(backup),))
    if todo:
        with db:
            for name, step in todo:
                step(db)
                db.execute("INSERT INTO migrations VALUES (?)", (name,))
    return [name for name, _ in todo]
