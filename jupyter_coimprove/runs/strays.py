"""What changed outside of the runs' own views: found by looking before and after."""

from __future__ import annotations

import functools
import os
import re
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jupyter_coimprove.runs.run import Outcome

SCAN_ENTRIES = 20_000
#: Folders that are environments or other programs' own: linked, and not looked into.
LINKED = frozenset({
    ".git", ".hg", ".svn", ".venv", "venv", "env", "node_modules", ".tox", ".nox", "site-packages",
    ".conda", "conda-meta", ".cache", ".local", "mlruns", "wandb",
})  # fmt: skip
LEFT_OUT = frozenset({"coimprove", ".coimprove", "__pycache__", ".ipynb_checkpoints", ".mypy_cache",
                      ".ruff_cache", ".pytest_cache"})  # fmt: skip
#: Code and prose: frozen or not read by runs, so that a person may edit them meanwhile.
EDITED = frozenset({".py", ".ipynb", ".md", ".rst", ".tex", ".txt~", ".swp"})

#: (mtime_ns, size)
Stamp = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """A path outside their views that one run changed and another changed or read."""

    path: str
    runs: tuple[str, ...]


def scan(origin: Path, chain: Sequence[Path], skip: Path, text: str) -> dict[str, Stamp]:
    """(mtime_ns, size) of the originals that a run could reach through its view, by path from ``origin``.

    The notebook's folder whole; of what stands beside it and above, the entries whose names occur
    in ``text`` (the run's code): other programs write there too; and folders that it names where it
    writes past Python's own ``open``. Up to SCAN_ENTRIES files.
    """
    found: dict[str, Stamp] = {}
    for path in _unseen_places(text):
        _note(found, path, origin)
    words = set(re.findall(r"[^\s'\"/\\]+", text))
    places = [str(origin)]
    for level in reversed(chain[:-1]):
        below = next(c.name for c in chain if c.parent == level)
        names = [name for name in _names(level) if name in words and name != below and name not in LEFT_OUT]
        places += [os.path.join(level, name) for name in names]
    for place in places:
        for path in _files(place, str(skip)):
            _note(found, path, origin)
            if len(found) >= SCAN_ENTRIES:
                return found
    return found


#: What writes files past Python's own ``open``, so that a kernel's audit hook does not see it (measured).
_UNSEEN = re.compile(
    r"torch\.save|\.jit\.|to_parquet|to_feather|h5py|to_hdf|imwrite|safetensors|subprocess|os\.system|^\s*!|\.save\(",
    re.MULTILINE,
)
#: A path written out, from the root or the home, whole or up to where something is filled in.
_ABSOLUTE = re.compile(r"""["'](~?/[^"'\n{}%]*)""")
_PLACE_ENTRIES = 2000


def _unseen_places(text: str) -> Iterator[str]:
    """The files in folders outside that ``text`` names, where it writes in ways that no hook sees.

    A name may be computed; its folder is mostly written out.
    """
    if not _UNSEEN.search(text):
        return
    folders = set()
    for path in _ABSOLUTE.findall(text):
        whole = os.path.normpath(os.path.expanduser(path))
        folder = whole if os.path.isdir(whole) else os.path.dirname(whole)
        if folder.count(os.sep) > 1 or folder == "/tmp":
            folders.add(folder)
    for folder in sorted(folders):
        names = _names(Path(folder)) if os.path.isdir(folder) else []
        yield from (os.path.join(folder, name) for name in names[:_PLACE_ENTRIES])


def _note(found: dict[str, Stamp], path: str, origin: Path) -> None:
    try:
        info = os.stat(path)
    except OSError:
        return
    if stat.S_ISREG(info.st_mode):
        found[os.path.relpath(path, origin)] = (info.st_mtime_ns, info.st_size)


#: Programs, devices and the settings of IPython, Jupyter and plotting: no result passes through them.
_NO_MATTER = (
    "/dev",
    "/proc",
    "/sys",
    "/run",
    "/usr",
    "/etc",
    "/opt",
    "/lib",
    "/lib64",
    "/bin",
    "/var/lib",
    "/var/run",
)
_SETTINGS = (
    ".ipython",
    ".jupyter",
    ".config",
    ".local",
    ".cache/fontconfig",
    ".cache/matplotlib",
    ".nv",
    ".triton",
)
_SEVERAL = frozenset({"mlruns", "wandb", ".git", ".hg", ".svn", "site-packages", "node_modules"})
#: Reads outside that are kept of one run.
MAX_READS = 1000


def met_outside(
    opened: Iterable[tuple[str, str]],
    origin: Path,
    private: Collection[Path],
    shared: Iterable[Path],
    run: Path,
    since: float = 0.0,
) -> tuple[set[str], set[str]]:
    """What a run changed and what it read outside ``private`` folders, by path from ``origin``.

    ``opened`` are (``w`` written, ``r`` read, ``l`` listed; absolute path) as its process told. Links count
    as what they lead to. To look into the folder of all runs, above ``run``, counts as a change.
    Files unchanged ``since`` then are not named as read: they were there before the experiment.
    """
    apart = [str(place) for place in (*private, *shared)]
    apart += [os.path.realpath(place) for place in apart]
    within = (*_no_matter(str(Path.home())), *(place + os.sep for place in apart))
    strays: set[str] = set()
    reads: set[str] = set()
    folders: dict[str, str] = {}
    for kind, path in opened:
        real = _real(path, folders)
        if f"{real}{os.sep}".startswith(within):
            continue
        if real == str(run.parent) or real.startswith(f"{run.parent}{os.sep}"):
            strays.add(os.path.relpath(run.parent, origin))
            continue
        # Tracking stores, environments and version control are made for several writers.
        if kind == "l" or (LEFT_OUT | _SEVERAL).intersection(os.path.relpath(real, origin).split(os.sep)):
            continue
        if kind == "w":
            strays.add(os.path.relpath(real, origin))
        elif len(reads) < MAX_READS and _changed_since(real, since):
            reads.add(os.path.relpath(real, origin))
    return strays, reads


@functools.cache
def _no_matter(home: str) -> tuple[str, ...]:
    """Beginnings of paths that do not count, as written and as they are."""
    places = [*(os.path.join(home, name) for name in _SETTINGS), *_NO_MATTER]
    return tuple(place + os.sep for place in {*places, *map(os.path.realpath, places)})


def _real(path: str, folders: dict[str, str]) -> str:
    """As ``os.path.realpath``; each folder is followed once, and kept in ``folders``."""
    folder, name = os.path.split(path)
    if name in ("", ".", "..") or not folder or os.path.islink(path):
        return os.path.realpath(path)
    if folder not in folders:
        folders[folder] = os.path.realpath(folder)
    return os.path.join(folders[folder], name)


def _changed_since(path: str, since: float) -> bool:
    """Whether a file was written after ``since``; one that is gone may have been."""
    try:
        return os.stat(path).st_ctime >= since
    except OSError:
        return True


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except PermissionError:
        return []


def _files(place: str, skip: str) -> Iterator[str]:
    if not os.path.isdir(place):
        yield place
        return
    for folder, folders, files in os.walk(place):
        folders[:] = sorted(
            name
            for name in folders
            if name not in LEFT_OUT and name not in LINKED and os.path.join(folder, name) != skip
        )
        yield from (os.path.join(folder, name) for name in sorted(files))


def conflicts(
    outcomes: Iterable[Outcome], *, reads: Mapping[str, Collection[str]] | None = None
) -> tuple[Conflict, ...]:
    """Paths outside their views that two runs changed, or that one changed and another reads.

    ``reads`` names, by run, what it reads (``provenance.named_inputs``). Who changed a file cannot
    be told from a scan, so code and prose, which a person edits meanwhile, do not count.
    """
    changed: dict[str, list[str]] = {}
    for outcome in outcomes:
        for path in outcome.strays:
            if os.path.splitext(path)[1] not in EDITED:
                changed.setdefault(os.path.normpath(path), []).append(outcome.run)
    readers: dict[str, list[str]] = {}
    for run, paths in (reads or {}).items():
        for path in paths:
            readers.setdefault(os.path.normpath(path), []).append(run)
    found = []
    for path, runs in sorted(changed.items()):
        everyone = [*dict.fromkeys([*runs, *readers.get(path, [])])]
        if len(everyone) > 1:
            found.append(Conflict(path=path, runs=tuple(everyone)))
    return tuple(found)
