"""Whose file or folder a source of results is, told by what is in it."""

from __future__ import annotations

from pathlib import Path

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.evidence.tracked import Tracked
from jupyter_coimprove.readers.base import Reader
from jupyter_coimprove.readers.exports import MlflowTable, OptunaTable, WandbChart, WandbRuns
from jupyter_coimprove.readers.folders import TensorBoard, WandbFolder
from jupyter_coimprove.readers.mlflow import Database, FileStore
from jupyter_coimprove.readers.optuna import Study

#: In the order in which they are asked.
READERS: tuple[Reader, ...] = (
    MlflowTable(), OptunaTable(), WandbRuns(), WandbChart(), Database(), Study(), FileStore(), WandbFolder(), TensorBoard(),
)  # fmt: skip


def reader_of(path: Path) -> Reader | None:
    """The reader that knows this source, or None: then it is a table of its own. UsageError for what is neither."""
    if not path.exists():
        raise UsageError(f"there is no file {path.name}", remedy="check its name and folder")
    found = next((reader for reader in READERS if reader.recognises(path)), None)
    if found is None and path.is_dir():
        raise UsageError(
            f"{path.name} holds no runs that can be read",
            remedy="known are MLflow's mlruns, offline runs of W&B, and TensorBoard's event files",
        )
    return found


def read_tracked(path: Path, part: str | None = None) -> Tracked | None:
    """The runs of a tracker's file or folder, or None for a plain table."""
    reader = reader_of(path)
    return None if reader is None else reader.read(path, part)
