"""The index: what the journal files say, in tables that answer fast. Made again from them at any time."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.faults import fault_point
from jupyter_coimprove.record.base import Item, Line
from jupyter_coimprove.record.folding import Folded, begin, fold, matches
from jupyter_coimprove.record.journal import Mark, Reading, continues, look
from jupyter_coimprove.record.key import Key
from jupyter_coimprove.record.lines import Entry, text_of

if TYPE_CHECKING:
    import apsw

_MARK = ", ".join(field.name for field in fields(Mark))
_LINE = "seq, id, kind, event, state, data, actor, at, v, own, hash, new"
_ITEM = "id, kind, state, data, actor, created, changed, trust, seq, own, touched"
#: Written by hand so that SQLite recognises the expression of its index (migrations, 0004).
_EXPERIMENT = "json_extract(data, '$.experiment')"
_AT_ONCE = 1000


class Index:
    """Tables over one project's journal. Not safe for use by two threads at once."""

    def __init__(self, db: apsw.Connection) -> None:
        self.db = db
        self._settled = False

    def unsettled(self) -> bool:
        """Whether a migration left objects to fold; ``sync`` does it."""
        if not self._settled:
            self._settled = self.db.execute("SELECT 1 FROM unfolded LIMIT 1").fetchone() is None
        return not self._settled

    # -- reading -------------------------------------------------------------------------------

    def marks(self) -> dict[str, Mark]:
        """How far each journal file was read."""
        rows = self.db.execute(f"SELECT {_MARK} FROM files")
        return {str(row[0]): Mark(**dict(zip(_MARK.split(", "), row, strict=True))) for row in rows}

    def item(self, id_: str) -> Item | None:
        found = self._folded(id_)
        return found.item if found is not None else None

    def has(self, id_: str) -> bool:
        """Whether any line is about this id."""
        return self.db.execute("SELECT 1 FROM items WHERE id = ?", (id_,)).fetchone() is not None

    def beginning(self, text: str, limit: int) -> list[str]:
        """Ids that begin so, in order, at most ``limit``."""
        rows = self.db.execute(
            "SELECT id FROM items WHERE id >= ? AND substr(id, 1, ?) = ? ORDER BY id LIMIT ?",
            (text, len(text), text, limit),
        )
        return [str(id_) for (id_,) in rows]

    def newest(self, limit: int) -> list[str]:
        """Ids of the objects that came last."""
        return [
            str(i) for (i,) in self.db.execute("SELECT id FROM items ORDER BY first DESC LIMIT ?", (limit,))
        ]

    def find(self, kind: str, where: Mapping[str, Any]) -> list[Item]:
        """Objects of a kind, oldest first, that match (folding.matches)."""
        clauses, values = ["kind = ?"], [kind]
        for name, wanted in where.items():
            if not isinstance(wanted, str) or not name.isidentifier() or "\0" in wanted:
                continue
            path = {"state": "state", "experiment": _EXPERIMENT}.get(
                name, f"json_extract(data, '$.\"{name}\"')"
            )
            clauses.append(f"{path} = ?")
            values.append(wanted)
        rows = self.db.execute(
            f"SELECT {_ITEM} FROM items WHERE {' AND '.join(clauses)} ORDER BY born, first", values
        )
        items = (_folded(row).item for row in rows)
        return [item for item in items if matches(item, where)]

    def lines(self, after: int, id_: str | None) -> Iterator[list[Line]]:
        """Lines after a seq that are there now, some at a time."""
        clause, values = ("AND id = ?", [id_]) if id_ is not None else ("", [])
        top = self.top()
        while after < top:
            rows: list[Any] = self.db.execute(
                f"SELECT {_LINE} FROM lines WHERE seq > ? AND seq <= ? {clause} ORDER BY seq LIMIT {_AT_ONCE}",
                (after, top, *values),
            ).fetchall()
            if not rows:
                return
            yield [_line(row)[0] for row in rows]
            after = rows[-1][0]

    def line(self, hash_: str) -> Line | None:
        """The line with this hash."""
        row = self.db.execute(f"SELECT {_LINE} FROM lines WHERE hash = ?", (hash_,)).fetchone()
        return _line(row)[0] if row else None

    def top(self) -> int:
        """The highest seq."""
        row: Any = self.db.execute("SELECT coalesce(max(seq), 0) FROM lines").fetchone()
        return int(row[0])

    def places(self, id_: str) -> list[tuple[str, str]]:
        """(file, hash) of each line of an object."""
        rows = self.db.execute("SELECT file, hash FROM lines WHERE id = ? ORDER BY seq", (id_,))
        return [(str(file), str(hash_)) for file, hash_ in rows]

    def vanished(self) -> tuple[tuple[str, int, str], ...]:
        """(file, number, id) of own lines that were here and are in no file any more."""
        rows = self.db.execute("SELECT file, n, id FROM vanished ORDER BY file, n")
        return tuple((str(file), int(n), str(id_)) for file, n, id_ in rows)

    # -- writing (in a transaction, under the record's lock) -------------------------------------

    def sync(self, folder: Path, key: Key | None) -> None:
        """Take in what is new in the journal files of ``folder``: own, other processes', pulled by git.

        A file that was rewritten is read anew; lines known before keep their ``seq``.
        """
        seen, marks = look(folder), self.marks()
        again = {name for name, mark in marks.items() if name not in seen}
        for name, mark in marks.items():
            if name in seen and seen[name] != mark.look:
                same = seen[name][0] == mark.ino and seen[name][1] >= mark.offset
                if not same or not continues(folder / name, mark):
                    again.add(name)
        new = {name for name in seen if name not in marks or seen[name] != marks[name].look}
        touched = self._read(folder, seen, marks, new, again, key) if new or again else set()
        if again:
            if self.db.execute("SELECT 1 FROM lines WHERE gone LIMIT 1").fetchone() and set(seen) - again:
                # A line that went may have a copy in a file that was not read just now.
                touched |= self._read(folder, seen, marks, set(seen), set(marks), key)
            self._forget()
        if new or again:
            self.db.execute(
                "DELETE FROM vanished WHERE EXISTS (SELECT 1 FROM lines WHERE lines.hash = vanished.hash)"
            )
        if self.unsettled():
            touched |= {str(id_) for (id_,) in self.db.execute("SELECT id FROM unfolded")}
            self.db.execute("DELETE FROM unfolded")
            self._settled = True
        for id_ in touched:
            self._refold(id_)

    def _read(
        self, folder: Path, seen: Mapping[str, tuple[int, int, int]], marks: Mapping[str, Mark], new: set[str],
        again: set[str], key: Key | None,
    ) -> set[str]:  # fmt: skip
        touched: set[str] = set()
        for name in again:
            touched |= {
                str(i) for (i,) in self.db.execute("SELECT DISTINCT id FROM lines WHERE file = ?", (name,))
            }
            self.db.execute("UPDATE lines SET gone = 1 WHERE file = ?", (name,))
            self.db.execute("DELETE FROM files WHERE name = ?", (name,))
        readings = {}
        for name in sorted(new | (again & set(seen))):
            ino, size, mtime = seen[name]
            mark = Mark(name=name) if name in again else marks.get(name, Mark(name=name))
            readings[name] = Reading(folder / name, replace(mark, ino=ino, size=size, mtime=mtime))
        for born, name, entry in heapq.merge(*map(_named, readings.values()), key=lambda each: each[0]):
            if self._insert(entry, name, born, own=entry.trust(key) == "own"):
                touched.add(entry.id)
        fault_point("index.mid_sync")
        for reading in readings.values():
            self._mark(reading.mark)
        return touched

    def put(self, entries: Iterable[tuple[str, Entry]], mark: Mark) -> list[Line]:
        """Take in own lines that were just written; ``mark`` is behind the last of them."""
        out = []
        for born, entry in entries:
            self._insert(entry, mark.name, born, own=True)
            line = entry.line(self.db.last_insert_rowid(), "own")
            out.append(line)
            known = None if entry.new else self._folded(entry.id)
            more = known.add(line, new=False) if known is not None else None
            if entry.new:
                # Its writer has just looked: there is nothing of this id yet.
                self._store(begin(line, own=True), first=line.seq, born=born)
            elif more is None:
                self._refold(entry.id)
            else:
                self._update(more)
        self._mark(mark)
        return out

    def _insert(self, entry: Entry, name: str, born: str, *, own: bool) -> bool:
        self.db.execute(
            """INSERT INTO lines (hash, file, n, id, kind, event, state, data, actor, at, v, own, new, born)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
               ON CONFLICT (hash) DO UPDATE SET file = excluded.file, data = excluded.data, own = excluded.own,
               gone = 0 WHERE gone""",
            (
                entry.hash, name, entry.n, entry.id, entry.kind, entry.event, entry.state,
                entry.text, text_of(entry.actor), entry.at, entry.v, own, entry.new, born,
            ),
        )  # fmt: skip
        # No change: the same line once more, as copied files and merges have it.
        return self.db.changes() > 0

    def _mark(self, mark: Mark) -> None:
        places = ", ".join("?" for _ in fields(Mark))
        self.db.execute(f"INSERT OR REPLACE INTO files ({_MARK}) VALUES ({places})", astuple(mark))

    def _forget(self) -> None:
        """Drop lines that no file has any more; own ones are remembered as vanished (verify)."""
        self.db.execute(
            "INSERT OR REPLACE INTO vanished SELECT hash, file, n, id FROM lines WHERE gone AND own"
        )
        self.db.execute("DELETE FROM lines WHERE gone")

    def _refold(self, id_: str) -> None:
        rows: list[Any] = self.db.execute(
            f"SELECT {_LINE}, born FROM lines WHERE id = ? ORDER BY seq", (id_,)
        ).fetchall()
        found = fold(_line(row) for row in rows)
        if found is None:
            self.db.execute("DELETE FROM items WHERE id = ?", (id_,))
            return
        head = next(row for row in rows if row[9] or not found.own)
        self._store(found, first=head[0], born=str(head[-1]))

    def _store(self, found: Folded, *, first: int, born: str) -> None:
        """Keep an object; ``born`` and ``first`` (time and seq of its first line) order it."""
        item = found.item
        self.db.execute(
            f"""INSERT OR REPLACE INTO items ({_ITEM}, first, born)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                item.id, item.kind, item.state, text_of(item.data), text_of(item.actor), item.created,
                item.changed, item.trust, item.seq, found.own, found.touched, first, born,
            ),
        )  # fmt: skip

    def _update(self, found: Folded) -> None:
        """Keep what one more line changed in an object that is there."""
        item = found.item
        self.db.execute(
            "UPDATE items SET state = ?, data = ?, changed = ?, seq = ?, touched = ? WHERE id = ?",
            (item.state, text_of(item.data), item.changed, item.seq, found.touched, item.id),
        )

    def _folded(self, id_: str) -> Folded | None:
        row = self.db.execute(f"SELECT {_ITEM} FROM items WHERE id = ?", (id_,)).fetchone()
        return _folded(row) if row else None


def _named(reading: Reading) -> Iterator[tuple[str, str, Entry]]:
    for born, entry in reading:
        yield born, reading.mark.name, entry


def _line(row: Any) -> tuple[Line, bool]:
    seq, id_, kind, event, state, data, actor, at, v, own, hash_, new = row[:12]
    line = Line(
        seq=seq, id=id_, kind=kind, event=event, state=state, data=json.loads(data), actor=json.loads(actor),
        at=at, v=v, trust="own" if own else "imported", digest=hash_,
    )  # fmt: skip
    return line, bool(new)


def _folded(row: Any) -> Folded:
    id_, kind, state, data, actor, created, changed, trust, seq, own, touched = row
    item = Item(
        id=id_, kind=kind, state=state, data=json.loads(data), actor=json.loads(actor), created=created,
        changed=changed, trust=trust, seq=seq,
    )  # fmt: skip
    return Folded(item=item, own=bool(own), touched=bool(touched))
