"""Getting at the index: who may, when it is up to date, and what happens when it is not usable."""

from __future__ import annotations

import functools
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

from jupyter_coimprove.clock import Clock
from jupyter_coimprove.errors import RecordBusy, RecordCorrupt, RecordError, RecordReadOnly
from jupyter_coimprove.record import journal, opening
from jupyter_coimprove.record.key import Key, load_key
from jupyter_coimprove.record.locks import FileLock
from jupyter_coimprove.record.migrations import NewerSchema
from jupyter_coimprove.record.roots import Layout, init

if TYPE_CHECKING:
    from jupyter_coimprove.record.index import Index

log = logging.getLogger(__name__)
#: Connections of a parent process: a child must neither use nor close them.
_left_behind: list[object] = []
P = ParamSpec("P")
R = TypeVar("R")


class _HasAccess(Protocol):
    @property
    def access(self) -> Access: ...


S = TypeVar("S", bound=_HasAccess)


def safely(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """One thread at a time; a damaged index is put aside, made again, and the question asked again."""

    @functools.wraps(method)
    def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        import apsw

        access = self.access
        access.after_fork()
        with access.mutex:
            for _ in range(3):
                try:
                    return method(self, *args, **kwargs)
                except (apsw.CorruptError, apsw.NotADBError) as error:
                    access.mend(error)
                except apsw.BusyError as error:
                    raise RecordBusy(
                        f"the index in {access.layout.hidden} is locked by another program",
                        remedy="close what has it open (a database browser?) and try again",
                    ) from error
                except (apsw.FullError, apsw.IOError, apsw.CantOpenError, apsw.ReadOnlyError) as error:
                    access.use_memory(error)
            raise RecordCorrupt(
                f"the index in {access.layout.hidden} is damaged again and again",
                remedy="check the disk; the journal is whole",
            )

    return call


class Access:
    """One process's way to the index of one project.

    The index is a file shared with other processes where one can be kept, and made from the
    journal in memory where the folder is read-only, has no record yet, or the disk is full.
    """

    def __init__(self, layout: Layout, clock: Clock, name: str, read_only: bool, timeout: float) -> None:
        self.layout, self.name, self.timeout = layout, name, timeout
        self.read_only, self.reason = read_only, "opened for reading" if read_only else ""
        self.notes: tuple[str, ...] = ()
        self.mutex = threading.RLock()
        self.closed = False
        self._pid = os.getpid()
        self._lock = FileLock(layout.locks / "record", what=f"the record in {layout.root}", fair=True)
        self._index: Index | None = None
        self._ino = 0
        self._memory_only = False
        self._seen: Mapping[str, tuple[int, int, int]] | None = None
        self.key = self._load_key(clock)
        if not self.read_only:
            self._probe()
        self._memory_only = self.read_only

    def close(self) -> None:
        if self._index is not None and self._pid == os.getpid():
            self._index.db.close()
        self._index, self._seen, self.closed = None, None, True

    def make_folders(self) -> None:
        layout = self.layout
        if not all(
            path.is_dir() for path in (layout.journal_dir, layout.locks, layout.claims, layout.quarantine)
        ):
            init(layout.root)

    @contextmanager
    def writing(self) -> Iterator[Index]:
        """The lock between processes, then a transaction; both end with the block."""
        import apsw

        self._lock.acquire(self.timeout)
        try:
            index = self._opened()
            index.db.execute("BEGIN IMMEDIATE")
            try:
                yield index
            except BaseException:
                with suppress(apsw.Error):
                    index.db.execute("ROLLBACK")
                raise
            if index is self._index:
                self._commit(index)
        finally:
            self._lock.release()

    def _commit(self, index: Index) -> None:
        import apsw

        try:
            index.db.execute("COMMIT")
            self._caught_up(index.marks())
        except apsw.Error as error:
            # What was acknowledged is in the journal; only this process's answers move to memory.
            with suppress(apsw.Error):
                index.db.execute("ROLLBACK")
            self.use_memory(error)

    def fresh(self) -> Index:
        """The index with everything the journal files say now. Waits only when there is something new."""
        seen = journal.look(self.layout.journal_dir)
        index = self._opened()
        if seen == self._seen:
            return index
        marks = index.marks()
        if index.unsettled() or {name: mark.look for name, mark in marks.items()} != seen:
            if self._shared():
                with self.writing() as index:
                    index.sync(self.layout.journal_dir, self.key)
            else:
                with index.db:
                    index.sync(self.layout.journal_dir, self.key)
            index = self._opened()
            marks = index.marks()
        self._caught_up(marks)
        return index

    def _caught_up(self, marks: Mapping[str, journal.Mark]) -> None:
        """Remember how far the index is, and say when it left out lines that are not understood here."""
        self._seen = {name: mark.look for name, mark in marks.items()}
        newer = sum(mark.newer for mark in marks.values())
        if newer:
            self.note(f"{newer} lines were written by a newer coimprove; they are kept and not interpreted")
        if self.name in marks and marks[self.name].newer:
            self.only_read("its lines were written by a newer coimprove; update jupyter-coimprove")

    def _shared(self) -> bool:
        """Whether the index is a file that other processes use, too."""
        return not self._memory_only and self.layout.journal_dir.is_dir()

    def _opened(self) -> Index:
        """The index: the file where there is one to keep, else one in memory."""
        if self.closed:
            raise RecordError("the record was closed", remedy="open it again")
        shared = self._shared()
        if self._index is not None and shared == bool(self._ino) and (
            not shared or opening.inode(self.layout.index) == self._ino
        ):  # fmt: skip
            return self._index
        if self._index is not None:
            self._index.db.close()
            self._index, self._seen = None, None
        if shared:
            self._open_file()
        if self._index is None:
            self._index, self._ino = opening.in_memory(), 0
        return self._index

    def _open_file(self) -> None:
        assert self.key is not None
        mine = not self._lock.held
        self.make_folders()
        if mine:
            self._lock.acquire(self.timeout)
        try:
            self._index, notes = opening.on_disk(self.layout, self.key, busy_s=self.timeout)
            self._ino = opening.inode(self.layout.index)
            for note in notes:
                self.note(note)
        except NewerSchema as error:
            self._memory_only = True
            self.only_read(
                f"its index was made by a newer coimprove ({error.step}); update jupyter-coimprove"
            )
        finally:
            if mine:
                self._lock.release()

    def mend(self, error: Exception) -> None:
        """Put a damaged index aside, unless another process already has."""
        damaged = self._ino
        if self._index is not None:
            self._index.db.close()
        self._index, self._seen = None, None
        if self._memory_only:
            return
        self._lock.acquire(self.timeout)
        try:
            if not damaged or opening.inode(self.layout.index) == damaged:
                opening.put_aside(self.layout)
                self.note(
                    f"the index was damaged ({error}); it was put aside and made again from the journal"
                )
        finally:
            self._lock.release()

    def use_memory(self, error: Exception) -> None:
        """Go on without an index file; what was acknowledged is in the journal."""
        import apsw

        self.note(f"the index cannot be kept on disk ({error}); answers come from memory")
        if self._index is not None:
            with suppress(apsw.Error):
                self._index.db.close()
        self._index, self._ino, self._seen, self._memory_only = None, 0, None, True

    def scrub(self) -> None:
        """Have what was just erased leave the index's files, too."""
        self._seen = None
        if self._ino:
            self.fresh().db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def note(self, note: str) -> None:
        if note not in self.notes:
            self.notes = (*self.notes, note)
            log.warning("%s: %s", self.layout.root, note)

    def only_read(self, reason: str) -> None:
        self.read_only, self.reason = True, reason

    def must_write(self) -> None:
        if self.read_only:
            raise RecordReadOnly(
                f"nothing can be kept in {self.layout.root}: {self.reason}",
                remedy="work in a folder of yours, or name one with --root",
            )

    def _load_key(self, clock: Clock) -> Key | None:
        try:
            return load_key(clock, create=not self.read_only)
        except RecordError as error:
            self.only_read(error.message)
            return None

    def _probe(self) -> None:
        """Find out now, not at the first decision, whether anything can be kept here."""
        layout = self.layout
        for path in (
            layout.hidden,
            layout.locks,
            layout.visible,
            layout.journal_dir,
            layout.journal_dir / self.name,
        ):
            while not path.exists():
                path = path.parent
            if not os.access(path, os.W_OK):
                return self.only_read(f"{path} is not writable")

    def after_fork(self) -> None:
        """A child opens the index anew: a connection must not cross a fork."""
        if self._pid != os.getpid():
            _left_behind.append(self._index)
            self.mutex, self._pid = threading.RLock(), os.getpid()
            self._index, self._ino, self._seen = None, 0, None
