"""What changed outside of the runs' own views: found by looking before and after."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
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


def scan(origin: Path, chain: Sequence[Path], skip: Path) -> dict[str, Stamp]:
    """(mtime_ns, size) of the originals that a run could reach through its view, by path from ``origin``.

    The notebook's folder first, then what stands beside it and above, up to SCAN_ENTRIES.
    """
    found: dict[str, Stamp] = {}
    todo = [(str(origin), "")]
    for level in reversed(chain[:-1]):
        todo.append((str(level), next(c.name for c in chain if c.parent == level)))
    for start, but in todo:
        for folder, folders, files in os.walk(start):
            folders[:] = [
                name
                for name in folders
                if name not in LEFT_OUT
                and name not in LINKED
                # Above the notebook's own folder, hidden folders are other programs' business.
                and not (start != str(origin) and name.startswith("."))
                and not (folder == start and name == but)
                and os.path.join(folder, name) != str(skip)
            ]
            for name in files:
                path = os.path.join(folder, name)
                try:
                    info = os.stat(path)
                except OSError:
                    continue
                found[os.path.relpath(path, origin)] = (info.st_mtime_ns, info.st_size)
                if len(found) >= SCAN_ENTRIES:
                    return found
    return found


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
