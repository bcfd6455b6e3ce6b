"""Making room: artifacts of old runs go, what was recorded of them stays."""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.ids import is_id
from jupyter_coimprove.record.base import Item
from jupyter_coimprove.record.roots import Layout
from jupyter_coimprove.record.store import open_record
from jupyter_coimprove.registry import RUN_FINAL

#: A folder without a record may be one whose first line is being written.
_YOUNG_S = 3600.0
_TRASH = ".removing-"


@dataclass(frozen=True, kw_only=True)
class GcReport:
    """What went or, when ``dry_run``, would go: ids of runs and bytes of disk they hold alone.

    ``kept`` counts the run folders that stay; ``failed`` are (run, why) that could not be removed.
    """

    runs: tuple[str, ...]
    bytes: int
    kept: int
    dry_run: bool
    failed: tuple[tuple[str, str], ...] = ()


def gc(root: Path, *, keep_runs: int = 200, max_bytes: int | None = None, dry_run: bool = True) -> GcReport:
    """Remove the artifacts of runs that will not change any more, but for the newest ``keep_runs``
    and, with ``max_bytes``, as many of those, newest first, as fit into it.

    Folders of runs that no record knows go, too, when an hour old. Nothing but folders named by
    a run's id directly in ``coimprove/runs`` is ever touched, and no link is followed. There is
    no undo. Raises what ``open_record`` raises.
    """
    layout = Layout(Path(root).resolve())
    record = open_record(layout.root, clock=SystemClock(), read_only=dry_run)
    try:
        known = {item.id: item for item in record.find("run")}
    finally:
        record.close()
    final = [item for item in known.values() if item.state in RUN_FINAL]
    newest = {
        item.id for item in sorted(final, key=lambda item: item.changed)[max(0, len(final) - keep_runs) :]
    }
    if max_bytes is not None:
        newest = _fitting(layout.runs, [known[run] for run in newest], max_bytes)
    gone: list[str] = []
    failed: list[tuple[str, str]] = []
    total = kept = 0
    for path in _folders(layout.runs):
        if not (path.name.startswith(_TRASH) or _goes(path, known.get(path.name), newest)):
            kept += 1
            continue
        size = size_of(path)
        try:
            if not dry_run:
                _remove(path)
        except OSError as error:
            failed.append((path.name, error.strerror or str(error)))
            continue
        gone.append(path.name.removeprefix(_TRASH))
        total += size
    return GcReport(runs=tuple(gone), bytes=total, kept=kept, dry_run=dry_run, failed=tuple(failed))


def _fitting(runs: Path, items: list[Item], most: int) -> set[str]:
    """The newest of these runs whose artifacts together take at most ``most`` bytes."""
    kept: set[str] = set()
    for item in sorted(items, key=lambda item: item.changed, reverse=True):
        most -= size_of(runs / item.id)
        if most < 0:
            break
        kept.add(item.id)
    return kept


def _folders(runs: Path) -> list[Path]:
    """Folders of runs, and what an interrupted removal left; links and everything else are not ours."""
    if runs.is_symlink() or not runs.is_dir():
        return []
    return sorted(
        path
        for path in runs.iterdir()
        if not path.is_symlink() and path.is_dir() and is_id(path.name.removeprefix(_TRASH), "run")
    )


def _goes(path: Path, item: Item | None, newest: set[str]) -> bool:
    if item is None:
        return SystemClock().wall_ms() / 1000 - path.lstat().st_mtime > _YOUNG_S
    return item.state in RUN_FINAL and item.id not in newest


def size_of(path: Path) -> int:
    """Bytes of the files below that have no other name; links count as themselves."""
    total = 0
    for folder, _, names in os.walk(path, followlinks=False):
        for name in names:
            info = os.lstat(os.path.join(folder, name))
            if info.st_nlink == 1:
                total += info.st_size
    return total


def _remove(path: Path) -> None:
    """Under another name first, so that a crash leaves no half of an artifact that looks whole."""
    aside = path if path.name.startswith(_TRASH) else path.with_name(_TRASH + path.name)
    if aside != path:
        path.rename(aside)
    for folder, _, _ in os.walk(aside, followlinks=False):
        # Runs may have made their folders read-only.
        os.chmod(folder, stat.S_IRWXU)
    shutil.rmtree(aside)
