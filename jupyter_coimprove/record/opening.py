"""Opening the index: only one that was made here, never a damaged one, and in memory where no file can be."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_coimprove.record.index import Index
from jupyter_coimprove.record.key import Key
from jupyter_coimprove.record.migrations import migrate
from jupyter_coimprove.record.roots import Layout, network_filesystem

if TYPE_CHECKING:
    import apsw

_SIDES = ("", "-wal", "-shm", "-journal")


def in_memory() -> Index:
    """An empty index of this process alone."""
    import apsw

    db = apsw.Connection(":memory:")
    migrate(db)
    return Index(db)


def on_disk(layout: Layout, key: Key, *, busy_s: float) -> tuple[Index, tuple[str, ...]]:
    """The index file of a project, made when there is none, and what a person should know of it.

    One whose seal this user's key did not make came with the folder (a cloned repository could
    ship an index that says "accepted"): it is put aside. Raises NewerSchema, and apsw.Error when
    the file is damaged or cannot be used. To be called under the record's lock.
    """
    import apsw

    path, notes = layout.index, []
    if _exists(path) and not _sealed(layout, key):
        put_aside(layout)
        notes.append("the index was not made here; it was put aside and made again from the journal")
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | getattr(apsw, "SQLITE_OPEN_NOFOLLOW", 0)
    db = apsw.Connection(str(path.resolve().parent / path.name), flags=flags)
    try:
        db.set_busy_timeout(int(busy_s * 1000))
        kind = network_filesystem(path.resolve())
        notes += modes(db, kind)
        migrate(db, backup=layout.quarantine / "index-before-update.sqlite")
    except BaseException:
        db.close()
        raise
    if not _sealed(layout, key):
        _seal(layout, key)
    return Index(db), tuple(notes)


def modes(db: apsw.Connection, network: str | None) -> list[str]:
    """How the file is used, on a network file system of that type or not; what a person should know."""
    # A database that somebody else could have written must not run functions from its schema,
    # and what is erased must not stay in free pages.
    db.execute("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON")
    # The journal is what is acknowledged; an index that a power cut damages is made again.
    db.execute("PRAGMA synchronous = NORMAL")
    wanted = "delete" if network else "wal"
    row = db.execute(f"PRAGMA journal_mode = {wanted}").fetchone()
    if network:
        return [f"this folder lies on a network file system ({network}): work from one machine at a time"]
    if row is None or str(row[0]).lower() != "wal":
        return ["this file system cannot share the index in memory; several processes wait for one another"]
    return []


def put_aside(layout: Layout) -> None:
    """Move an index that cannot be used to the quarantine; nothing is deleted."""
    number = sum(1 for _ in layout.quarantine.glob("index-*.sqlite"))
    while (aside := layout.quarantine / f"index-{number}.sqlite").exists():
        number += 1
    for side in _SIDES:
        with suppress(FileNotFoundError):
            os.replace(f"{layout.index}{side}", f"{aside}{side}")


def inode(path: Path) -> int:
    """The file's number on its file system; 0 when it is not there."""
    try:
        return path.lstat().st_ino
    except FileNotFoundError:
        return 0


def _exists(path: Path) -> bool:
    return inode(path) != 0


def _seal_path(layout: Layout) -> Path:
    return layout.hidden / "index.seal"


def _seal(layout: Layout, key: Key) -> None:
    part = _seal_path(layout).with_suffix(f".{os.getpid()}.tmp")
    part.write_text(key.sign(f"index {inode(layout.index)}"), encoding="ascii")
    os.replace(part, _seal_path(layout))


def _sealed(layout: Layout, key: Key) -> bool:
    """Whether this key was used to make exactly this file (by inode, which no archive can carry)."""
    try:
        mac = _seal_path(layout).read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return key.signed(f"index {inode(layout.index)}", mac.strip())
