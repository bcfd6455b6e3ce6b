"""MLflow: the file store ``mlruns/``, the SQLite backend, and ``search_runs`` saved as CSV.

Layouts: MLflow's documentation of the tracking store (file store: one file a parameter and metric, a line
``timestamp value step`` an entry; database: tables ``runs``, ``params``, ``metrics``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.evidence.tracked import Tracked, TrackedRun
from jupyter_coimprove.readers.base import is_sqlite, one_of, tables_of

#: RunStatus of MLflow's protocol, as numbers in the file store and as names elsewhere.
_STATES = {
    "1": "running", "2": "running", "3": "finished", "4": "failed", "5": "failed",
    "RUNNING": "running", "SCHEDULED": "running", "FINISHED": "finished", "FAILED": "failed", "KILLED": "failed",
}  # fmt: skip
#: A file that is no parameter is not read whole.
_MOST = 64 * 2**20


class FileStore:
    """``mlruns/``, or one experiment's folder in it."""

    tool = "MLflow"

    def recognises(self, path: Path) -> bool:
        return path.is_dir() and next(_runs(path), None) is not None

    def read(self, path: Path, part: str | None) -> Tracked:
        folders: dict[str, list[Path]] = {}
        for run in _runs(path):
            folders.setdefault(str(run.parent), []).append(run)
        names = {key: _experiment_name(Path(key)) for key in folders}
        chosen = one_of("experiment", names, part, path.name)
        read = [found for run in sorted(folders[chosen]) if (found := _read_run(run)) is not None]
        return Tracked(tool=self.tool, runs=tuple(read))


class Database:
    """``mlflow.db``."""

    tool = "MLflow"

    def recognises(self, path: Path) -> bool:
        return is_sqlite(path) and {"runs", "params", "metrics", "experiments"} <= tables_of(path)

    def read(self, path: Path, part: str | None) -> Tracked:
        import sqlite3
        from contextlib import closing

        try:
            with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
                return Tracked(tool=self.tool, runs=tuple(_from_database(database, part, path.name)))
        except sqlite3.Error as error:
            raise UsageError(f"{path.name} cannot be read as MLflow's database: {error}") from error


def _from_database(database: Any, part: str | None, where: str) -> Iterator[TrackedRun]:
    query = (
        "SELECT DISTINCT e.experiment_id, e.name FROM experiments e JOIN runs r ON r.experiment_id = e.experiment_id "
        "WHERE coalesce(r.lifecycle_stage, 'active') = 'active'"
    )
    names = {str(key): str(name) for key, name in database.execute(query)}
    chosen = one_of("experiment", names, part, where)
    runs = database.execute(
        "SELECT run_uuid, name, status FROM runs WHERE experiment_id = ? AND coalesce(lifecycle_stage, 'active') = "
        "'active' ORDER BY start_time, run_uuid",
        (int(chosen),),
    ).fetchall()
    for run, name, status in runs:
        params = dict(
            database.execute("SELECT key, value FROM params WHERE run_uuid = ? ORDER BY key", (run,))
        )
        series: dict[str, list[tuple[int, int, float]]] = {}
        for key, value, step, at, nan in database.execute(
            "SELECT key, value, step, timestamp, is_nan FROM metrics WHERE run_uuid = ?", (run,)
        ):
            series.setdefault(str(key), []).append(
                (int(step or 0), int(at), math.nan if nan else float(value))
            )
        tags = dict(database.execute("SELECT key, value FROM tags WHERE run_uuid = ?", (run,)))
        yield _made(str(run), str(tags.get("mlflow.runName") or name or run), str(status), params, series)


def _made(
    id_: str, name: str, status: str, params: dict[str, str], series: dict[str, list[tuple[int, int, float]]]
) -> TrackedRun:
    """Entries by step; of one step the one that was logged last, as MLflow's latest metric is."""
    ordered = {}
    for key, points in series.items():
        by_step = {step: value for step, _, value in sorted(points, key=lambda p: p[:2])}
        ordered[key] = tuple(by_step.items())
    return TrackedRun(
        id=id_, name=name, state=_STATES.get(status.upper(), "finished"), params=params, series=ordered
    )


def _runs(path: Path) -> Iterator[Path]:
    """Folders of runs below: they have a ``meta.yaml`` and keep ``params`` or ``metrics``."""
    for pattern in ("meta.yaml", "*/meta.yaml", "*/*/meta.yaml", "*/*/*/meta.yaml"):
        for meta in sorted(path.glob(pattern)):
            if (meta.parent / "params").is_dir() or (meta.parent / "metrics").is_dir():
                yield meta.parent


def _meta(path: Path) -> dict[str, Any]:
    import yaml

    try:
        found = yaml.safe_load((path / "meta.yaml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"{path.name}/meta.yaml cannot be read: {error}") from error
    return found if isinstance(found, dict) else {}


def _experiment_name(folder: Path) -> str:
    return str(_meta(folder).get("name", folder.name)) if (folder / "meta.yaml").is_file() else folder.name


def _read_run(run: Path) -> TrackedRun | None:
    meta = _meta(run)
    if str(meta.get("lifecycle_stage", "active")) != "active":
        return None
    params = {key: text.rstrip("\n") for key, text in _entries(run / "params")}
    tags = dict(_entries(run / "tags"))
    series: dict[str, list[tuple[int, int, float]]] = {}
    for key, text in _entries(run / "metrics"):
        for line in text.splitlines():
            parts = line.split()
            if len(parts) < 2:
                continue
            try:
                at, value, step = int(parts[0]), float(parts[1]), int(parts[2]) if len(parts) > 2 else 0
            except ValueError as error:
                raise UsageError(f"metric {key} of run {run.name} has the line {line[:60]!r}") from error
            series.setdefault(key, []).append((step, at, value))
    name = tags.get("mlflow.runName") or meta.get("run_name") or run.name
    return _made(
        str(meta.get("run_id", run.name)), str(name).strip(), str(meta.get("status", 3)), params, series
    )


def _entries(folder: Path) -> Iterator[tuple[str, str]]:
    """(key, text) of every file below; a key may hold slashes."""
    for file in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if file.is_file() and file.stat().st_size <= _MOST:
            try:
                yield file.relative_to(folder).as_posix(), file.read_text(encoding="utf-8")
            except UnicodeDecodeError as error:
                raise UsageError(f"{file.name} of {folder.parent.name} is not text") from error
