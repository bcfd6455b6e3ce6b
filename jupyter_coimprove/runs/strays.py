"""What changed outside of the runs' own views: found by looking before and after."""

from __future__ import annotations

import os
import re
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
    in ``text`` (the run's code): other programs write there too. Up to SCAN_ENTRIES files.
    """
    found: dict[str, Stamp] = {}
    words = set(re.findall(r"[^\s'\"/\\]+", text))
    places = [str(origin)]
    for level in reversed(chain[:-1]):
        below = next(c.name for c in chain if c.parent == level)
        names = [name for name in _names(level) if name in words and name != below and name not in LEFT_OUT]
        places += [os.path.join(level, name) for name in names]
    for place in places:
        for path in _files(place, str(skip)):
            try:
                info = os.stat(path)
            except OSError:
                continue
            found[os.path.relpath(path, origin)] = (info.st_mtime_ns, info.st_size)
            if len(found) >= SCAN_ENTRIES:
                return found
    return found


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
