"""A run's own view of the notebook's folder: it reads what it would have read alone.

Notebooks write ``best.pt`` or ``history.csv`` and read it back; in parallel they would load
each other's. The view is a tree along the notebook's path: its own folder as real folders with
private copies, bigger files and plain data as links, the folders above as folders of links.
What a run wrote is moved out of the view as artifacts; what changed outside of it is a stray.
"""

from __future__ import annotations

import itertools
import os
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_coimprove.digests import digest_file
from jupyter_coimprove.errors import EngineError
from jupyter_coimprove.runs.run import Work
from jupyter_coimprove.runs.snapshot import files_of
from jupyter_coimprove.runs.strays import LEFT_OUT, LINKED, SCAN_ENTRIES, Conflict, Stamp, conflicts, scan

__all__ = ["Conflict", "View", "conflicts", "finish", "prepare", "remove"]

MAX_ENTRIES = 20_000
MAX_UP = 3
#: Larger files are linked; so are all once a run's copies come to COPY_TOTAL.
COPY_FILE = 64 * 2**20
COPY_TOTAL = 1024 * 2**20
#: A folder of this name with more entries than this is data, and linked whole.
DATA_NAMES = frozenset({"data", "dataset", "datasets", ".data", "images", "corpus"})
DATA_ENTRIES = 2000
#: A folder above with more entries is left out: it is no project.
PARENT_ENTRIES = 5000


@dataclass(frozen=True, kw_only=True)
class View:
    """One run's view. ``cwd`` is where it runs; ``origin`` the folder that ``cwd`` stands for.

    ``start`` and ``before`` are (mtime_ns, size) of the view's own files and of the originals that
    ``code`` could reach.
    """

    root: Path
    cwd: Path
    top: Path
    origin: Path
    files: Path
    start: Mapping[str, Stamp] = field(default_factory=dict)
    before: Mapping[str, Stamp] = field(default_factory=dict)
    skip: Path | None = None
    code: str = ""


class _Builder:
    def __init__(self, skip: Path) -> None:
        self.entries = 0
        self.copied = 0
        self.skip = skip

    def count(self, folder: Path) -> None:
        self.entries += 1
        if self.entries > MAX_ENTRIES:
            raise EngineError(
                f"the notebook's folder holds more than {MAX_ENTRIES} files ({folder})",
                remedy="move data into a folder named `data`, or the notebook into a folder of its own",
            )

    def left_out(self, entry: os.DirEntry[str]) -> bool:
        return entry.name in LEFT_OUT or entry.path == str(self.skip)

    def own(self, source: Path, target: Path) -> None:
        """``source`` as a real folder with private copies."""
        target.mkdir(mode=0o755)
        for entry in _entries(source):
            if self.left_out(entry):
                continue
            self.count(source)
            goal = target / entry.name
            if entry.is_symlink():
                self.link_again(Path(entry.path), source, goal)
            elif entry.is_dir():
                if entry.name in LINKED or (
                    entry.name in DATA_NAMES and _over(Path(entry.path), DATA_ENTRIES)
                ):
                    goal.symlink_to(entry.path)
                else:
                    self.own(Path(entry.path), goal)
            elif entry.is_file():
                self.copy(entry, goal)

    def link_again(self, link: Path, folder: Path, goal: Path) -> None:
        """A link as it is when it stays below its own folder, else to where it leads."""
        text = os.readlink(link)
        if not os.path.isabs(text) and not text.startswith(".."):
            goal.symlink_to(text)
        else:
            goal.symlink_to(folder / text)

    def copy(self, entry: os.DirEntry[str], goal: Path) -> None:
        size = entry.stat().st_size
        if size > COPY_FILE or self.copied + size > COPY_TOTAL or not os.access(entry.path, os.R_OK):
            goal.symlink_to(entry.path)
            return
        self.copied += size
        shutil.copy2(entry.path, goal)

    def links(self, source: Path, target: Path, but: str) -> None:
        """``source`` as a folder of links, without the entry ``but``, which is built apart."""
        target.mkdir(mode=0o755)
        for entry in _entries(source):
            if entry.name != but and not self.left_out(entry):
                self.count(source)
                (target / entry.name).symlink_to(entry.path)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """The entries of a folder by name; none where it may not be read."""
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except PermissionError:
        return []


def _over(folder: Path, limit: int) -> bool:
    count = 0
    for _, folders, files in os.walk(folder):
        count += len(folders) + len(files)
        if count > limit:
            return True
    return False


def _chain(folder: Path) -> list[Path]:
    """``folder`` and those above that the view shows, outermost first."""
    chain = [folder]
    home = Path.home().resolve() if os.environ.get("HOME") else None
    rooted = any((base / ".git").exists() for base in (folder, *folder.parents))
    while not (chain[0] / ".git").exists():
        above = chain[0].parent
        if (
            above == above.parent
            or chain[0] == home
            or (len(chain) > MAX_UP and not rooted)
            or len(chain) > 12
        ):
            break
        # A folder that everybody shares (sticky, as /tmp) is no part of a project.
        if above.stat().st_mode & stat.S_ISVTX or not os.access(above, os.R_OK | os.X_OK):
            break
        if len(_entries(above)) > PARENT_ENTRIES:
            break
        chain.insert(0, above)
    return chain


def prepare(work: Work) -> View:
    """Build the view of ``work.source_dir`` under ``work.folder/view``; frozen modules stand in.

    Raises EngineError when the folder is too large, OSError when it cannot be written.
    """
    origin = work.source_dir.resolve()
    folder = work.folder.resolve()
    root = folder / "view"
    if root.is_symlink() or root.exists():
        remove(root)
    root.mkdir(parents=True)
    chain = _chain(origin)
    # Never look into where runs lie, wherever that is: views would nest.
    builder = _Builder(folder.parent if folder.parent not in (origin, *origin.parents) else folder)
    here = root
    for level, nxt in itertools.pairwise(chain):
        here = here / (level.name or "root")
        builder.links(level, here, nxt.name)
    cwd = here / (chain[-1].name or "root")
    builder.own(origin, cwd)
    if work.snapshot is not None:
        _stand_in(work.snapshot, cwd, root)
    code = _code(work)
    return View(
        root=root,
        cwd=cwd,
        top=chain[0],
        origin=origin,
        files=folder / "files",
        start=_scan_own(root),
        before=scan(origin, chain, builder.skip, code),
        skip=builder.skip,
        code=code,
    )


def _code(work: Work) -> str:
    """All that the run executes, as text: names of files are looked for in it."""
    cells = [cell["source"] for cell in work.notebook.get("cells", ())]
    texts = [source if isinstance(source, str) else "".join(source) for source in cells]
    if work.snapshot is not None:
        texts += [file.read_text("utf-8", "replace") for _, _, file in files_of(work.snapshot)]
    return "\n".join([*texts, *map(repr, work.parameters.values())])


def _stand_in(snapshot: Path, cwd: Path, root: Path) -> None:
    """Put frozen modules where the view has, or links to, the person's own."""
    for up, rest, file in files_of(snapshot):
        base = cwd
        for _ in range(up):
            base = base.parent
        if not base.is_relative_to(root) or base == root:
            continue
        for part in rest.parts[:-1]:
            base = base / part
            if base.is_symlink():
                behind = base.resolve()
                base.unlink()
                base.mkdir()
                for entry in _entries(behind):
                    if entry.name not in LEFT_OUT:
                        (base / entry.name).symlink_to(entry.path)
            base.mkdir(exist_ok=True)
        target = base / rest.parts[-1]
        if target.is_symlink() or target.exists():
            target.unlink()
        shutil.copy2(file, target)


def _scan_own(root: Path) -> dict[str, Stamp]:
    """(mtime_ns, size) of the regular files in real folders of the view, by path below ``root``."""
    found: dict[str, Stamp] = {}
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in LEFT_OUT]
        for name in files:
            path = os.path.join(folder, name)
            info = os.lstat(path)
            if stat.S_ISREG(info.st_mode):
                found[os.path.relpath(path, root)] = (info.st_mtime_ns, info.st_size)
    return found


def finish(view: View, *, keep: bool = True) -> tuple[tuple[Mapping[str, Any], ...], tuple[str, ...]]:
    """Move what the run wrote to ``files/``, remove the view, and name what changed outside of it.

    Written: ``{path, file, size, digest}``, ``path`` relative to the notebook's folder, ``file``
    below ``files/``. With ``keep`` False the files are not kept, only named.
    """
    written: list[Mapping[str, Any]] = []
    for inside, stamp in sorted(_scan_own(view.root).items()):
        if view.start.get(inside) == stamp:
            continue
        path = view.root / inside
        name = os.path.relpath(path, view.cwd)
        # `../out/x` cannot be a path below files/: what was above is kept under its place in the view.
        place = name if not name.startswith("..") else os.path.join("above", inside)
        record = {"path": name, "file": place, "size": stamp[1], "digest": digest_file(path)}
        if keep:
            target = view.files / place
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, target)
        written.append(record)
    strays = _strays(view)
    remove(view.root)
    return tuple(sorted(written, key=lambda item: str(item["path"]))), strays


def _strays(view: View) -> tuple[str, ...]:
    chain = [view.origin]
    while chain[0] != view.top:
        chain.insert(0, chain[0].parent)
    after = scan(view.origin, chain, view.skip or view.root, view.code)
    full = len(view.before) >= SCAN_ENTRIES or len(after) >= SCAN_ENTRIES
    changed = {
        path for path, stamp in after.items() if view.before.get(path, None if not full else stamp) != stamp
    }
    gone = set() if full else set(view.before) - set(after)
    return tuple(sorted(changed | gone))


def remove(root: Path) -> None:
    """Remove a view, whatever rights a run gave its files; links are never followed."""
    if root.is_symlink():
        root.unlink()
        return

    def once_more(function: Any, path: str, _error: Any) -> None:
        os.chmod(os.path.dirname(path), 0o700)
        if not os.path.islink(path):
            os.chmod(path, 0o700)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)

    if root.exists():
        shutil.rmtree(root, onerror=once_more)
