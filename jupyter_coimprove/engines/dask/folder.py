"""The notebook's folder as it travels: a tree of digests, and every content once.

A worker that does not see the person's folders gets them before its first run. What has not changed since is
not read, hashed or sent again: a file counts as unchanged by its inode, size and times, and where these are too
young to tell (a change within the same tick of the clock leaves them as they were) it is read once more.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import stat
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_coimprove.digests import digest_bytes
from jupyter_coimprove.errors import EngineError
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.runs.provenance import named_files
from jupyter_coimprove.runs.run import Work
from jupyter_coimprove.runs.snapshot import files_of
from jupyter_coimprove.runs.strays import LEFT_OUT

MAX_FILES = 20_000
MAX_UP = 3
#: Version control and environments: nothing that a run reads.
_NOT_SENT = LEFT_OUT | {".git", ".hg", ".svn", ".venv", "venv", "node_modules", ".tox", ".nox"}
#: Times younger than this when the file was read prove nothing: file systems have ticks of up to two seconds.
_SETTLED_NS = 2_000_000_000
#: Pieces may weigh so many times what is in use before all is sent anew in one.
_WASTE = 2
_SAMPLE = 1 << 16
TREE, FROZEN = "tree", "frozen"

Stamp = tuple[int, int, int, int, int]


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What a group needs: the tree's name and where it is, and the pieces that hold its contents."""

    tree: str
    where: Any
    pieces: Mapping[str, Any]

    @property
    def lost(self) -> bool:
        """Whether some of it went with the worker that held it."""
        return any(future.status != "finished" for future in (self.where, *self.pieces.values()))


@dataclass(kw_only=True)
class _Piece:
    where: Any
    size: int
    contents: frozenset[str]


@dataclass(kw_only=True)
class _Folder:
    """What is known of one folder: by name (stamp, digest) of files whose stamp tells, and what was sent."""

    known: dict[str, tuple[Stamp, str]] = field(default_factory=dict)
    pieces: dict[str, _Piece] = field(default_factory=dict)
    sent: Sent | None = None


class Folders:
    """What has been sent of the folders of one ``execute``. ``scatter`` puts bytes where workers get them from
    each other; ``now_ns`` is the time of files."""

    def __init__(
        self, *, most_mb: float, scatter: Callable[[bytes], Any], now_ns: Callable[[], int] = time.time_ns
    ) -> None:
        self._most, self._most_mb = int(most_mb * 2**20), most_mb
        self._scatter, self._now_ns = scatter, now_ns
        self._folders: dict[tuple[str, str], _Folder] = {}
        self.read = 0

    def send(self, works: Sequence[Work]) -> Sent:
        """The folder of these runs' notebook, files above it that the code names, and the frozen code.

        Runs have the folder and the frozen code in common. Raises EngineError over ``most_mb``.
        """
        key = (str(works[0].source_dir), str(works[0].snapshot))
        folder = self._folders.setdefault(key, _Folder())
        if folder.sent is not None and folder.sent.lost:
            folder = self._folders[key] = _Folder()
        here, listed = self._listed(works)
        files, fresh = self._contents(folder, listed)
        tree = json.dumps({"here": here, "files": files}, sort_keys=True).encode()
        name = digest_bytes(tree)
        if folder.sent is not None and folder.sent.tree == name:
            return folder.sent
        if fresh:
            self._add(folder, fresh)
        used = {digest for digest, _ in files.values()}
        folder.pieces = {one: piece for one, piece in folder.pieces.items() if piece.contents & used}
        if sum(p.size for p in folder.pieces.values()) > _WASTE * sum(s[1] for _, _, s in listed) + _SAMPLE and len(folder.pieces) > 1:  # fmt: skip
            del self._folders[key]
            return self.send(works)
        folder.sent = Sent(
            tree=name, where=self._scatter(zlib.compress(tree, 1)), pieces={n: p.where for n, p in folder.pieces.items()}
        )  # fmt: skip
        return folder.sent

    def _listed(self, works: Sequence[Work]) -> tuple[str, list[tuple[str, Path, Stamp]]]:
        """Where the notebook's folder is in the tree, and (name, file, stamp) of all that is in it."""
        origin = works[0].source_dir.resolve()
        above = sorted(_above(works, origin))
        snapshot = works[0].snapshot
        frozen = list(files_of(snapshot)) if snapshot is not None else []
        ups = [up for up, _, _ in frozen if up <= MAX_UP] + [_up(path, origin) for path in above]
        highest = max(ups, default=0)
        top = origin.parents[highest - 1] if highest else origin
        named = [(f"{TREE}/{path.relative_to(top).as_posix()}", path) for path in above]
        named += [(f"{FROZEN}/{up}/{rest.as_posix()}", file) for up, rest, file in frozen]
        here = origin.relative_to(top).as_posix()
        out = [(name, path, _stamp(path.stat())) for name, path in named]
        skip = os.path.realpath(works[0].folder.parent)
        size = sum(stamp[1] for _, _, stamp in out)
        base = TREE if here == "." else f"{TREE}/{here}"
        for path, inside, stamp in _below(str(origin), skip):
            out.append((f"{base}/{inside}", path, stamp))
            size += stamp[1]
            if size > self._most or len(out) > MAX_FILES:
                break
        if size > self._most or len(out) > MAX_FILES:
            what = f"more than {MAX_FILES} files" if len(out) > MAX_FILES else f"more than {self._most_mb:g} MB"  # fmt: skip
            raise EngineError(
                f"workers do not see {origin}, and with it {what} would have to be sent to each",
                remedy="put it on a file system that workers see under the same path, move what the notebook "
                "does not read elsewhere, or raise COIMPROVE_CLUSTER_MB",
            )
        return here, out

    def _contents(
        self, folder: _Folder, listed: Sequence[tuple[str, Path, Stamp]]
    ) -> tuple[dict[str, tuple[str, int]], dict[str, bytes]]:
        """(digest, mode) of every name, and the contents that no piece holds yet."""
        files: dict[str, tuple[str, int]] = {}
        fresh: dict[str, bytes] = {}
        held = {digest for piece in folder.pieces.values() for digest in piece.contents}
        known: dict[str, tuple[Stamp, str]] = {}
        for name, path, stamp in listed:
            before = folder.known.get(name)
            if before is not None and before[0] == stamp:
                digest = before[1]
                known[name] = before
            else:
                now = self._now_ns()
                try:
                    data = path.read_bytes()
                except (FileNotFoundError, PermissionError):
                    # Gone meanwhile, or the person may not read it: a run here could not either.
                    continue
                self.read += 1
                digest = digest_bytes(data)
                if digest not in held:
                    fresh[digest] = data
                if max(stamp[2], stamp[3]) < now - _SETTLED_NS:
                    known[name] = (stamp, digest)
            files[name] = (digest, stat.S_IMODE(stamp[4]) & 0o777)
        folder.known = known
        return files, fresh

    def _add(self, folder: _Folder, fresh: Mapping[str, bytes]) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as made:
            for digest, data in fresh.items():
                made.writestr(member(digest), data, compress_type=packing(data[:_SAMPLE]), compresslevel=1)
        data = out.getvalue()
        name = f"{len(folder.pieces)}-{digest_bytes(json.dumps(sorted(fresh)).encode())}"
        folder.pieces[name] = _Piece(
            where=self._scatter(data), size=sum(map(len, fresh.values())), contents=frozenset(fresh)
        )


def member(digest: str) -> str:
    """The name of a content in its piece."""
    return digest.rpartition(":")[2]


def packing(sample: bytes) -> int:
    """Whether packing is worth its time: a content that begins like noise travels as it is."""
    small = len(zlib.compress(sample, 1)) < 0.9 * len(sample)
    return zipfile.ZIP_DEFLATED if small else zipfile.ZIP_STORED


def _above(works: Sequence[Work], origin: Path) -> set[Path]:
    """Files that the code names by a relative path and that lie a few folders up."""
    sources: dict[str, None] = {}
    for work in works:
        for cell in work.notebook.get("cells", ()):
            source = cell.get("source", "")
            if cell.get("cell_type") == "code":
                sources[source if isinstance(source, str) else "".join(source)] = None
    found = set()
    for name in named_files(map(python_source, sources), origin):
        path = Path(os.path.normpath(origin / name))
        if not os.path.isabs(name) and not path.is_relative_to(origin) and _up(path, origin) <= MAX_UP:
            found.add(path)
    return found


def _up(path: Path, origin: Path) -> int:
    return next(
        (n for n, base in enumerate(origin.parents, 1) if path.is_relative_to(base)), len(origin.parents) + 1
    )


def _stamp(info: os.stat_result) -> Stamp:
    return (info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_mode)


def _below(folder: str, skip: str) -> Iterator[tuple[Path, str, Stamp]]:
    """``(file, path below folder, stamp)`` of everything that a run may read there; links are followed once."""
    seen: set[str] = set()
    todo = [(folder, "")]
    while todo:
        here, inside = todo.pop()
        real = os.path.realpath(here)
        if real in seen or real == skip:
            continue
        seen.add(real)
        try:
            with os.scandir(here) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except (FileNotFoundError, PermissionError):
            continue
        for entry in entries:
            if entry.is_dir():
                if entry.name not in _NOT_SENT:
                    todo.append((entry.path, f"{inside}{entry.name}/"))
            elif entry.is_file():
                with contextlib.suppress(FileNotFoundError):
                    yield Path(entry.path), inside + entry.name, _stamp(entry.stat())
