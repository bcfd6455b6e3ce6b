"""Journal files: reading what is new in them, and adding to one so that it survives a crash."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from jupyter_coimprove.errors import RecordBusy, RecordForeign, RecordReadOnly
from jupyter_coimprove.faults import fault_point
from jupyter_coimprove.record.lines import GENESIS, MAX_LINE, VERSION, Entry, erased, read_line

_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, kw_only=True)
class Mark:
    """How far a journal file was read, and what tells that it is still the same file.

    ``offset`` is where the next line begins (bytes), ``tail_start`` where the last one began and
    ``tail`` its SHA-256; ``n`` and ``head`` number and hash of the last sound line, ``born`` the
    latest time said so far (a clock may be set back, lines keep their order). ``damaged`` lines say nothing, ``newer`` ones are of a version not known here.
    """

    name: str
    ino: int = 0
    size: int = 0
    mtime: int = 0
    offset: int = 0
    tail_start: int = 0
    tail: str = ""
    n: int = 0
    head: str = GENESIS
    born: str = ""
    damaged: int = 0
    newer: int = 0

    @property
    def look(self) -> tuple[int, int, int]:
        """What a look at the folder shows of it."""
        return (self.ino, self.size, self.mtime)


def file_name(author: str, machine: str) -> str:
    """``<author>-<machine>.jsonl``, with anything a file name should not have replaced."""
    safe = (re.sub(r"[^A-Za-z0-9._]+", "_", text).strip("._")[:60] or "unknown" for text in (author, machine))
    return "-".join(safe) + ".jsonl"


def look(journal_dir: Path) -> dict[str, tuple[int, int, int]]:
    """(inode, bytes, mtime in ns) of each journal file; links and anything that is no file are left out."""
    out = {}
    try:
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(journal_dir) as entries:
            for entry in entries:
                if entry.name.endswith(".jsonl"):
                    with suppress(FileNotFoundError):
                        info = os.lstat(entry.path)
                        if stat.S_ISREG(info.st_mode):
                            out[entry.name] = (info.st_ino, info.st_size, info.st_mtime_ns)
    except PermissionError as error:
        raise _unreadable(journal_dir, error) from error
    return dict(sorted(out.items()))


def _open_to_read(path: Path) -> int:
    try:
        return os.open(path, os.O_RDONLY | _FLAGS | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError as error:
        raise RecordBusy(
            f"{path.name} was replaced at this moment (by git?)", remedy="try again; nothing was changed"
        ) from error
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> RecordReadOnly:
    return RecordReadOnly(
        f"{path} cannot be read: {error.strerror or error}", remedy="make it readable, or move it elsewhere"
    )


def raw_lines(path: Path, offset: int = 0) -> Iterator[tuple[int, int, bytes]]:
    """(where it begins, where it ends, bytes) of each whole line from ``offset``; a last one without line end is left out.

    A line too long to be ours comes as its first bytes, so that memory stays bounded.
    """
    with os.fdopen(_open_to_read(path), "rb", buffering=1 << 18) as handle:
        handle.seek(offset)
        start = offset
        while raw := handle.readline(MAX_LINE + 1):
            end = start + len(raw)
            while not raw.endswith(b"\n"):
                more = handle.readline(MAX_LINE)
                if not more:
                    return
                end += len(more)
                if more.endswith(b"\n"):
                    break
            yield start, end, raw
            start = end


class Reading:
    """Reads one journal file from a mark on: (time that orders it, line); ``mark`` says how far it came.

    Lines written together come together or, when the file ends before the last of them, not yet.
    """

    def __init__(self, path: Path, mark: Mark) -> None:
        self.path, self.mark = path, mark

    def __iter__(self) -> Iterator[tuple[str, Entry]]:
        group: list[tuple[int, int, bytes, Entry]] = []
        for start, end, raw in raw_lines(self.path, self.mark.offset):
            entry = read_line(raw)
            if group and (entry is None or entry.part != (len(group) + 1, group[0][3].part[1])):
                # What should have followed did not; the file was edited or merged.
                yield from self._take(group)
            if entry is None or not entry.sound:
                self.mark = self._passed(start, end, raw, damaged=self.mark.damaged + 1)
            elif entry.part[1] > 1 and entry.part[0] == len(group) + 1:
                group.append((start, end, raw, entry))
                if len(group) == entry.part[1]:
                    yield from self._take(group)
            else:
                yield from self._take([(start, end, raw, entry)])

    def _take(self, group: list[tuple[int, int, bytes, Entry]]) -> Iterator[tuple[str, Entry]]:
        for start, end, raw, entry in group:
            born = max(self.mark.born, entry.at)
            if entry.v > VERSION:
                self.mark = self._passed(start, end, raw, newer=self.mark.newer + 1)
                continue
            self.mark = self._passed(start, end, raw, n=entry.n, head=entry.hash, born=born)
            yield born, entry
        group.clear()

    def _passed(self, start: int, end: int, raw: bytes, **more: Any) -> Mark:
        return replace(self.mark, offset=end, tail_start=start, tail=sha256(raw).hexdigest(), **more)


def continues(path: Path, mark: Mark) -> bool:
    """Whether the file still has, where the mark says, the line that was read there last."""
    if mark.offset == 0:
        return True
    with os.fdopen(_open_to_read(path), "rb") as handle:
        handle.seek(mark.tail_start)
        raw = handle.read(min(mark.offset - mark.tail_start, MAX_LINE + 1))
    return sha256(raw).hexdigest() == mark.tail


def open_journal(path: Path) -> int:
    """A descriptor for adding to this file. RecordForeign when a link lies in its place."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | _FLAGS, 0o644)
        if os.fstat(fd).st_size == 0:
            # Perhaps new: then its name has to be on disk before anything in it can be.
            sync_folder(path.parent)
        return fd
    except OSError as error:
        if path.is_symlink():
            raise RecordForeign(
                f"{path} is a link; a journal is a file", remedy="replace the link by the file it points to"
            ) from error
        raise full_or_read_only(path, error) from error


def full_or_read_only(path: Path, error: OSError) -> RecordReadOnly:
    """The error for a write that the system refused."""
    return RecordReadOnly(
        f"{path.name} cannot be written: {error.strerror or error}; nothing of this was kept",
        remedy="free some disk, make the folder writable, or name another one with --root",
    )


def put_aside(fd: int, path: Path, offset: int, quarantine: Path) -> None:
    """Cut a torn end (never acknowledged) back to ``offset``; its bytes are kept in a file beside.

    A disk too full to keep the copy does not keep the journal from being mended.
    """
    size = os.fstat(fd).st_size
    os.lseek(fd, offset, os.SEEK_SET)
    torn = os.read(fd, min(size - offset, 2 * MAX_LINE))
    with suppress(OSError):
        (quarantine / f"{path.stem}.{offset}.{sha256(torn).hexdigest()[:8]}.torn").write_bytes(torn)
    os.ftruncate(fd, offset)
    os.fsync(fd)


def add(fd: int, path: Path, payload: bytes) -> None:
    """Write whole lines at the end (not yet surely on disk); on an error the file is as before."""
    before = os.fstat(fd).st_size
    # A crash in the middle of a write is tried where it would happen: between two halves of it.
    piece = len(payload) // 2 + 1 if "COIMPROVE_FAULT" in os.environ else len(payload)
    fault_point("record.before_write")
    try:
        view = memoryview(payload)
        while view:
            view = view[os.write(fd, view[:piece]) :]
            if view:
                fault_point("record.mid_write")
    except OSError as error:
        with suppress(OSError):
            os.ftruncate(fd, before)
        raise full_or_read_only(path, error) from error
    fault_point("record.after_write")


def erase(path: Path, hashes: frozenset[str]) -> None:
    """Write the file anew without the data of these lines; every other byte stays."""
    part = path.with_suffix(".jsonl.tmp")
    with part.open("wb") as handle:
        for _, _, raw in raw_lines(path):
            entry = read_line(raw)
            handle.write(erased(raw) if entry is not None and entry.sound and entry.hash in hashes else raw)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(part, path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have a new name in this folder on disk (systems that cannot open a folder need no help)."""
    if os.name == "posix":
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
