"""The record as a project folder keeps it: journal files that are the truth, an index that answers.

What may be relied on:

* A line that ``append`` returned is on disk; a crash at any point loses none of them, and what a
  crash left half-written was never acknowledged and is put aside.
* Lines count as decided here when this user's key signed them, wherever the folder was copied
  from by that user; everything else is an imported claim. A journal is tamper-evident, not
  tamper-proof: one user of the operating system is the boundary.
"""

from __future__ import annotations

import getpass
import os
import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.clock import Clock, iso
from jupyter_coimprove.errors import DecisionError, RecordBusy, RecordError, RecordReadOnly, UsageError
from jupyter_coimprove.faults import fault_point
from jupyter_coimprove.record import claims, journal
from jupyter_coimprove.record.access import Access, safely
from jupyter_coimprove.record.base import Draft, Item, Line, Trust
from jupyter_coimprove.record.folding import not_one, spellings
from jupyter_coimprove.record.lines import TOMB, Entry, Kept, checked, write_line
from jupyter_coimprove.record.roots import Layout, check_ours
from jupyter_coimprove.registry import TOOL, Actor

if TYPE_CHECKING:
    from jupyter_coimprove.record.index import Index
    from jupyter_coimprove.record.verify import VerifyReport


def open_record(
    root: Path, *, clock: Clock, author: str | None = None, machine: str | None = None,
    read_only: bool = False, timeout: float = 10.0,
) -> JournalRecord:  # fmt: skip
    """The record of the project at ``root``. Nothing is created there before the first line is written.

    Lines go to ``<author>-<machine>.jsonl`` (the user and the host where not given). ``timeout``
    is how many seconds to wait for other processes. Where the folder cannot be written the record
    is read-only and says why in ``reason``. Raises RecordForeign when it is another user's.
    """
    layout = Layout(Path(root).resolve())
    try:
        there = layout.root.is_dir()
    except OSError as error:
        raise RecordReadOnly(
            f"{layout.root} cannot be looked at: {error.strerror}", remedy="make the folder readable"
        ) from error
    if not there:
        raise UsageError(f"there is no folder {layout.root}", remedy="make it, or name another one")
    check_ours(layout)
    return JournalRecord(
        layout, clock, journal.file_name(author or _user(), machine or _host()), read_only, timeout
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user number without a name, as in containers
        return f"uid{os.getuid()}"


def _host() -> str:
    return platform.node().partition(".")[0] or "machine"


class JournalRecord:
    """Record (record/base.py) over a project folder. Threads may share it, forked children too."""

    def __init__(self, layout: Layout, clock: Clock, name: str, read_only: bool, timeout: float) -> None:
        self.layout, self.clock, self.name = layout, clock, name
        self.access = Access(layout, clock, name, read_only, timeout)

    @property
    def read_only(self) -> bool:
        """Whether nothing can be kept here; ``reason`` says why."""
        return self.access.read_only

    @property
    def reason(self) -> str:
        return self.access.reason

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know: a network file system, an index put aside, lines of a newer version."""
        return self.access.notes

    # -- the six of the seam ---------------------------------------------------------------------

    def append(self, drafts: Sequence[Draft], *, expect: Mapping[str, int] | None = None) -> list[Line]:
        """Write these lines together, on disk when this returns (base.Record); 0 in ``expect`` is "not there"."""
        return self._keep([checked(draft) for draft in drafts], dict(expect or {}))

    @safely
    def get(self, id_or_prefix: str) -> Item:
        """The object with this id or the only one whose id starts so; UnknownName lists several."""
        index = self.access.fresh()
        matching: list[str] = []
        for text in spellings(id_or_prefix):
            if (item := index.item(text)) is not None:
                return item
            matching = (index.beginning(text, 9) if text else []) or matching
        if len(matching) == 1 and (item := index.item(matching[0])) is not None:
            return item
        raise not_one(id_or_prefix, matching, [] if matching else index.newest(50))

    def find(self, kind: str, **where: Any) -> list[Item]:
        """Objects of a kind, oldest first; ``state=`` or top-level keys of their data filter."""
        return self._find(kind, where)

    @safely
    def claim(self, key: str, holder: str) -> bool:
        """Take ``key`` once and for all (record/claims.py); True again for the same holder."""
        self.access.must_write()
        self.access.make_folders()
        return claims.claim(self.layout.claims, key, holder, iso(self.clock.wall_ms()))

    def follow(self, after: int = 0, *, id: str | None = None) -> Iterator[Line]:
        """Lines after that ``seq`` that are there now, in order; of one object, if given."""
        yield from self._lines_after(after, id)

    def close(self) -> None:
        """Let go of files. Using it afterwards is an error."""
        with self.access.mutex:
            self.access.close()

    # -- beside them -----------------------------------------------------------------------------

    def wait(self, after: int, timeout: float) -> bool:
        """Whether a line with ``seq`` > after is there within ``timeout`` seconds; costs a look at the folder."""
        deadline = time.monotonic() + timeout
        pause = 0.02
        while True:
            if self._top() > after:
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(pause, left))
            pause = min(pause * 1.2, 0.25)

    def trust_of(self, id: str) -> Trust:
        """Whether an object was made here (``own``) or is an imported claim. UnknownName if neither."""
        return self.get(id).trust

    @safely
    def sync(self) -> int:
        """Take in lines of other processes and machines now; the highest ``seq`` then."""
        return self.access.fresh().top()

    def verify(self) -> VerifyReport:
        """Check every line of every journal file (record/verify.py)."""
        from jupyter_coimprove.record.verify import verify

        with suppress(RecordError):
            self.sync()
        return verify(self.layout.root, key=self.access.key, vanished=self._vanished())

    @safely
    def erase(self, id: str, *, actor: Actor = TOOL, reason: str = "") -> int:
        """Erase what all lines of an object said; how many lines. Their digests keep the chain whole.

        A tombstone is written first, so that ``verify`` can tell erasing from tampering. What git,
        backups or other clones have is not reached. UnknownName when there is no such object.
        """
        item = self.get(id)
        places = self.access.fresh().places(item.id)
        hashes = [hash_ for _, hash_ in places]
        data: dict[str, Any] = {
            "lines": [hash_[:TOMB] for hash_ in hashes],
            **({"reason": reason} if reason else {}),
        }
        draft = Draft(id=item.id, kind="tombstone", event="erased", data=data, actor=actor)
        self._keep([checked(draft)], {})
        with self.access.writing() as index:
            for name in sorted({name for name, _ in places}):
                journal.erase(self.layout.journal_dir / name, frozenset(hashes))
            index.sync(self.layout.journal_dir, self.access.key)
        self.access.scrub()
        return len(hashes)

    # -- how -------------------------------------------------------------------------------------

    def _keep(self, kept: Sequence[Kept], expect: Mapping[str, int]) -> list[Line]:
        """Write under the lock, then wait for the disk without it: writers wait for it together."""
        if not kept and not expect:
            self.access.must_write()
            return []
        lines, fd, end = self._append(kept, expect)
        try:
            os.fsync(fd)
        except OSError as error:
            self._take_back(fd, end)
            raise journal.full_or_read_only(self._path, error) from error
        finally:
            os.close(fd)
        fault_point("record.before_ack")
        return lines

    @safely
    def _append(
        self, kept: Sequence[Kept], expect: Mapping[str, int]
    ) -> tuple[list[Line], int, tuple[int, int]]:
        """The lines, the file they are in, and (offset they begin at, offset they end at)."""
        self.access.must_write()
        self.access.make_folders()
        with self.access.writing() as index:
            index.sync(self.layout.journal_dir, self.access.key)
            self._check(index, expect)
            mark = index.marks().get(self.name, journal.Mark(name=self.name))
            fd = journal.open_journal(self._path)
            try:
                if mark.ino not in (0, os.fstat(fd).st_ino):
                    raise RecordBusy(
                        f"{self.name} was replaced at this moment (by git?)",
                        remedy="try again; nothing was written",
                    )
                if os.fstat(fd).st_size > mark.offset:
                    journal.put_aside(fd, self._path, mark.offset, self.layout.quarantine)
                begin = mark.offset
                raw, entries, mark = self._encode(index, kept, mark)
                journal.add(fd, self._path, raw)
                info = os.fstat(fd)
            except BaseException:
                os.close(fd)
                raise
            mark = replace(mark, ino=info.st_ino, size=info.st_size, mtime=info.st_mtime_ns)
            lines = self._index_own(index, entries, mark)
        return lines, fd, (begin, info.st_size)

    @safely
    def _take_back(self, fd: int, end: tuple[int, int]) -> None:
        """Cut off lines the disk refused to keep, if nobody has written behind them."""
        with self.access.writing() as index:
            if os.fstat(fd).st_size == end[1]:
                os.ftruncate(fd, end[0])
                index.sync(self.layout.journal_dir, self.access.key)

    @property
    def _path(self) -> Path:
        return self.layout.journal_dir / self.name

    def _check(self, index: Index, expect: Mapping[str, int]) -> None:
        if index.marks().get(self.name, journal.Mark(name=self.name)).newer:
            raise RecordReadOnly(
                f"{self.name} has lines of a newer coimprove", remedy="update jupyter-coimprove to go on here"
            )
        for id_, seq in expect.items():
            item = index.item(id_)
            now = item.seq if item is not None else 0
            if now != seq:
                raise DecisionError(
                    f"{id_} has changed since you saw it" if now else f"{id_} is not here any more",
                    remedy="look at it as it is now and decide again",
                )

    def _encode(
        self, index: Index, kept: Sequence[Kept], mark: journal.Mark
    ) -> tuple[bytes, list[tuple[str, Entry]], journal.Mark]:
        assert self.access.key is not None
        at = iso(self.clock.wall_ms())
        out: list[bytes] = []
        entries: list[tuple[str, Entry]] = []
        known: set[str] = set()
        for place, each in enumerate(kept, 1):
            id_ = each.draft.id
            new = id_ not in known and not index.has(id_)
            known.add(id_)
            raw, entry = write_line(
                each, n=mark.n + 1, prev=mark.head, at=at, new=new, part=(place, len(kept)),
                key=self.access.key, salt=self.clock.random_bytes(8).hex(),
            )  # fmt: skip
            out.append(raw)
            born = max(mark.born, at)
            entries.append((born, entry))
            end = mark.offset + len(raw)
            mark = replace(
                mark, n=entry.n, head=entry.hash, born=born, tail_start=mark.offset, offset=end,
                tail=sha256(raw).hexdigest(),
            )  # fmt: skip
        return b"".join(out), entries, mark

    def _index_own(self, index: Index, entries: list[tuple[str, Entry]], mark: journal.Mark) -> list[Line]:
        """Take in lines that are on disk already: from here on nothing may fail the caller."""
        import apsw

        try:
            return index.put(entries, mark)
        except apsw.Error as error:
            self.access.use_memory(error)
            found = [self.access.fresh().line(entry.hash) for _, entry in entries]
            return [line for line in found if line is not None]

    @safely
    def _lines_after(self, after: int, id_: str | None) -> list[Line]:
        return [line for some in self.access.fresh().lines(after, id_) for line in some]

    @safely
    def _find(self, kind: str, where: Mapping[str, Any]) -> list[Item]:
        return self.access.fresh().find(kind, where)

    @safely
    def _top(self) -> int:
        return self.access.fresh().top()

    @safely
    def _vanished(self) -> tuple[tuple[str, int, str], ...]:
        return self.access.fresh().vanished()
