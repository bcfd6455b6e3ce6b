"""A view made of links and private copies, for systems that offer no private layers.

A tree along the notebook's path: its own folder as real folders with private copies, bigger files and
plain data as links, the folders above as folders of links. Where the file system shares blocks between
files (``FICLONE``: Btrfs, XFS, bcachefs), a copy of any size costs nothing.
"""

from __future__ import annotations

import itertools
import os
import shutil
import stat
from pathlib import Path

from jupyter_coimprove.errors import EngineError
from jupyter_coimprove.runs.strays import LEFT_OUT, LINKED

MAX_ENTRIES = 20_000
MAX_UP = 3
#: Larger files are linked where their blocks cannot be shared; so are all once a run's copies come to COPY_TOTAL.
COPY_FILE = 64 * 2**20
COPY_TOTAL = 1024 * 2**20
#: A folder of this name with more entries than this is data, and linked whole.
DATA_NAMES = frozenset({"data", "dataset", "datasets", ".data", "images", "corpus"})
DATA_ENTRIES = 2000
#: A folder above with more entries is left out: it is no project.
PARENT_ENTRIES = 5000
#: ``ioctl_ficlone(2)``: the target shares the source's blocks until one of them is written.
_FICLONE = 0x40049409


class Builder:
    """Makes one view; counts what it makes and how much it copies."""

    def __init__(self, skip: Path) -> None:
        self.entries = 0
        self.copied = 0
        self.clones = True
        self.skip = skip

    def build(self, chain: list[Path], root: Path) -> Path:
        """The view of ``chain`` (outermost first) below ``root``; where its last folder is."""
        here = root
        for level, nxt in itertools.pairwise(chain):
            here = here / (level.name or "root")
            self.links(level, here, nxt.name)
        cwd = here / (chain[-1].name or "root")
        self.own(chain[-1], cwd)
        return cwd

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
        for entry in entries(source):
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
        if not os.access(entry.path, os.R_OK):
            goal.symlink_to(entry.path)
            return
        if size > COPY_FILE or self.copied + size > COPY_TOTAL:
            if not self.clone(entry.path, goal):
                goal.symlink_to(entry.path)
            return
        self.copied += size
        shutil.copy2(entry.path, goal)

    def clone(self, source: str, goal: Path) -> bool:
        """A private copy that shares its blocks with the original; False where that is not offered."""
        if not self.clones:
            return False
        try:
            import fcntl

            with open(source, "rb") as old, open(goal, "xb") as new:
                fcntl.ioctl(new, _FICLONE, old.fileno())
        except (ImportError, OSError):
            # Asked once: this file system does not share blocks.
            self.clones = False
            goal.unlink(missing_ok=True)
            return False
        shutil.copystat(source, goal)
        return True

    def links(self, source: Path, target: Path, but: str) -> None:
        """``source`` as a folder of links, without the entry ``but``, which is built apart."""
        target.mkdir(mode=0o755)
        for entry in entries(source):
            if entry.name != but and not self.left_out(entry):
                self.count(source)
                (target / entry.name).symlink_to(entry.path)


def entries(folder: Path) -> list[os.DirEntry[str]]:
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


def chain_of(folder: Path) -> list[Path]:
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
        if len(entries(above)) > PARENT_ENTRIES:
            break
        chain.insert(0, above)
    return chain


def put(cwd: Path, root: Path, place: str, data: bytes) -> bool:
    """Let the run read ``data`` at ``place``, a path relative to ``cwd``; False where the view ends."""
    target = Path(os.path.normpath(cwd / place))
    if not target.is_relative_to(root) or target.parent == root:
        return False
    _own_folder(target.parent, root)
    if target.is_symlink() or target.exists():
        target.unlink()
    target.write_bytes(data)
    return True


def _own_folder(folder: Path, root: Path) -> None:
    """Make ``folder`` a real one; what was a link on the way becomes a folder of links."""
    for base in [*reversed(folder.parents), folder]:
        if not base.is_relative_to(root):
            continue
        if base.is_symlink():
            behind = base.resolve()
            base.unlink()
            base.mkdir()
            for entry in entries(behind):
                if entry.name not in LEFT_OUT:
                    (base / entry.name).symlink_to(entry.path)
        base.mkdir(exist_ok=True)
