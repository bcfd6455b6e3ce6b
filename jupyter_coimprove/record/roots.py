"""Where a project's things lie, and whether that folder may be used at all."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from jupyter_coimprove.errors import RecordForeign, RecordReadOnly, UsageError
from jupyter_coimprove.ids import is_id

VISIBLE, HIDDEN = "coimprove", ".coimprove"
#: Artifacts of runs are large and can be made again; the journal and the plans are what is shared.
IGNORE_VISIBLE = "# made by coimprove: artifacts stay out of git\nruns/\n*.log\n*.tmp\n"
IGNORE_HIDDEN = "# made by coimprove: all of this is made again from the journal, or not shared\n*\n"
#: Two clones that both wrote are merged line by line; `coimprove verify` says where.
ATTRIBUTES = "*.jsonl merge=union -text\n"


@dataclass(frozen=True)
class Layout:
    """The paths of the project at ``root``. Nothing is created by looking."""

    root: Path

    @property
    def visible(self) -> Path:
        """What a person sees and git keeps."""
        return self.root / VISIBLE

    @property
    def hidden(self) -> Path:
        """What is made again, or not shared."""
        return self.root / HIDDEN

    @property
    def journal_dir(self) -> Path:
        return self.visible / "journal"

    @property
    def experiments(self) -> Path:
        return self.visible / "experiments"

    @property
    def runs(self) -> Path:
        return self.visible / "runs"

    @property
    def reports(self) -> Path:
        return self.visible / "reports"

    @property
    def cases(self) -> Path:
        """Items as their notebook shows them; kept out of git."""
        return self.visible / "cases"

    @property
    def index(self) -> Path:
        return self.hidden / "index.sqlite"

    @property
    def locks(self) -> Path:
        return self.hidden / "locks"

    @property
    def claims(self) -> Path:
        return self.hidden / "claims"

    @property
    def open(self) -> Path:
        """A lock file for each notebook that a window has open, held as long as it has."""
        return self.hidden / "open"

    @property
    def quarantine(self) -> Path:
        """Torn lines and damaged indexes: put aside, never deleted."""
        return self.hidden / "quarantine"

    @property
    def runtime(self) -> Path:
        """Where sockets go: short (ipc paths end at 107 bytes), outside the project, one a project."""
        base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
        user = str(os.getuid()) if hasattr(os, "getuid") else "user"
        return Path(base) / f"coimprove-{user}" / sha256(os.fsencode(self.root)).hexdigest()[:12]

    def experiment(self, id_: str) -> Path:
        """The folder of an experiment. UsageError when it is not an id (it becomes a path)."""
        return self.experiments / _named(id_, "experiment")

    def run(self, id_: str) -> Path:
        """The folder of a run's artifacts. UsageError when it is not an id (it becomes a path)."""
        return self.runs / _named(id_, "run")


def _named(id_: str, kind: str) -> str:
    if not is_id(id_, kind):
        raise UsageError(f"{id_[:60]!r} is not the id of {'an' if kind[0] in 'aeiou' else 'a'} {kind}")
    return id_


def find_root(notebook_or_dir: Path) -> Path:
    """The project a notebook belongs to.

    The nearest parent that has ``coimprove/`` or ``.coimprove/`` of this user, else the nearest
    git repository, else the notebook's own folder.
    """
    path = Path(notebook_or_dir).expanduser().resolve()
    folder = path if path.is_dir() else path.parent
    parents = (folder, *folder.parents)
    for parent in parents:
        if any(_marks(parent / name) for name in (VISIBLE, HIDDEN)):
            return parent
    return next((parent for parent in parents if (parent / ".git").exists()), folder)


def _marks(path: Path) -> bool:
    """Whether this makes its parent a project. A link does, and is refused when it is opened."""
    try:
        info = path.lstat()
    except OSError:
        return False
    # A Python package of that name is somebody's source code.
    return _is_mine(info) and (path.is_symlink() or path.is_dir()) and not (path / "__init__.py").exists()


def _is_mine(info: os.stat_result) -> bool:
    return not hasattr(os, "geteuid") or info.st_uid == os.geteuid()


def _folders(layout: Layout) -> Iterator[Path]:
    yield from (layout.visible, layout.journal_dir, layout.experiments, layout.runs, layout.reports)
    yield from (layout.hidden, layout.locks, layout.claims, layout.open, layout.quarantine)


def check_ours(layout: Layout) -> None:
    """RecordForeign when a folder of the record is a link or belongs to another user."""
    for path in _folders(layout):
        try:
            info = path.lstat()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise RecordReadOnly(f"{path} cannot be looked at: {error.strerror}") from error
        if path.is_symlink():
            raise RecordForeign(
                f"{path} is a link; a record is kept in a folder of its own",
                remedy="replace the link by the folder it points to",
            )
        if not _is_mine(info):
            raise RecordForeign(
                f"{path} belongs to {_owner(path, info)}, not to you",
                remedy="copy the notebook to a folder of yours, or name one with --root",
            )


def _owner(path: Path, info: os.stat_result) -> str:
    with suppress(KeyError, OSError):
        return f"the user {path.owner()!r}"
    return f"user number {info.st_uid}"


def init(root: Path) -> Layout:
    """Make the folders of a project, with the files that keep the right things out of git.

    Raises RecordForeign when they are another user's or links, RecordReadOnly when they cannot
    be made. What is there already stays as it is.
    """
    layout = Layout(root.resolve())
    check_ours(layout)
    try:
        for path in (layout.journal_dir, layout.experiments, layout.runs):
            path.mkdir(parents=True, exist_ok=True)
        for path in (layout.hidden, layout.locks, layout.claims, layout.open, layout.quarantine):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path, text in (
            (layout.visible / ".gitignore", IGNORE_VISIBLE),
            (layout.hidden / ".gitignore", IGNORE_HIDDEN),
            (layout.journal_dir / ".gitattributes", ATTRIBUTES),
        ):
            with suppress(FileExistsError), path.open("x", encoding="utf-8", newline="\n") as handle:
                handle.write(text)
    except OSError as error:
        raise RecordReadOnly(
            f"no record can be kept in {layout.root}: {error.strerror or error}",
            remedy="make the folder writable, free some disk, or name another one with --root",
        ) from error
    return layout


def make_runtime(layout: Layout) -> Path:
    """The folder for sockets, made 0700. RecordForeign when somebody else has made it first."""
    path = layout.runtime
    for folder in (path.parent, path):
        folder.mkdir(mode=0o700, exist_ok=True)
        info = folder.lstat()
        if folder.is_symlink() or not _is_mine(info):
            raise RecordForeign(f"{folder} is not yours", remedy="set XDG_RUNTIME_DIR to a folder of yours")
        folder.chmod(0o700)
    return path


_NETWORK = re.compile(
    r"^(?:nfs\d?|cifs|smb\w*|smbfs|9p|afs|ncpfs|lustre|gpfs|beegfs|ceph|glusterfs"
    r"|fuse\.(?:sshfs|glusterfs|ceph.*|s3fs|gcsfuse|rclone|davfs\d?))$"
)


def network_filesystem(path: Path, mounts: str | None = None) -> str | None:
    """The type of the network file system ``path`` lies on, None for a local or unknown one.

    ``mounts`` is the text of ``/proc/self/mounts``; read from there when it is not given.
    """
    if mounts is None:
        if not sys.platform.startswith("linux"):
            return None
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    best, found = -1, ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        # Blanks and the like are written in octal there: `\040`.
        point = re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), fields[1])
        if path.is_relative_to(point) and len(point) >= best:
            best, found = len(point), fields[2]
    return found if _NETWORK.match(found) else None
