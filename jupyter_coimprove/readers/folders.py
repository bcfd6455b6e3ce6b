"""Folders that runs wrote: offline runs of W&B, and TensorBoard's event files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jupyter_coimprove.errors import EngineError, UsageError
from jupyter_coimprove.evidence.tracked import Tracked, TrackedRun
from jupyter_coimprove.readers.exports import flat

_EVENTS = "*tfevents*"


class WandbFolder:
    """``wandb/``: each run's ``files/wandb-summary.json`` and ``files/config.yaml``."""

    tool = "W&B"

    def recognises(self, path: Path) -> bool:
        return path.is_dir() and next(_wandb_runs(path), None) is not None

    def read(self, path: Path, part: str | None) -> Tracked:
        if part is not None:
            raise UsageError("a folder of W&B runs has no parts", remedy="leave --part out")
        return Tracked(tool=self.tool, runs=tuple(_wandb_run(files) for files in _wandb_runs(path)))


def _wandb_runs(path: Path) -> Iterator[Path]:
    for pattern in ("files", "*run-*/files", "wandb/*run-*/files"):
        for files in sorted(path.glob(pattern)):
            # ``latest-run`` is a link to one of them.
            if not files.parent.is_symlink() and (files / "wandb-summary.json").is_file():
                yield files


def _wandb_run(files: Path) -> TrackedRun:
    import yaml

    try:
        summary = json.loads((files / "wandb-summary.json").read_text(encoding="utf-8"))
        text = (
            (files / "config.yaml").read_text(encoding="utf-8") if (files / "config.yaml").is_file() else ""
        )
        config: Any = yaml.safe_load(text) or {}
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UsageError(f"the W&B run {files.parent.name} cannot be read: {error}") from error
    # Each entry of config.yaml is {value: …}, with a description in older versions.
    plain = {k: v["value"] if isinstance(v, dict) and "value" in v else v for k, v in config.items()}
    metrics = {
        k: float(v) for k, v in summary.items()
        if not k.startswith("_") and isinstance(v, (int, float)) and not isinstance(v, bool)
    }  # fmt: skip
    id_ = files.parent.name.rpartition("-")[2]
    return TrackedRun(id=id_, name=id_, params=flat(plain), metrics=metrics)


class TensorBoard:
    """A folder of event files: every folder that has some is a run, every scalar tag a metric."""

    tool = "TensorBoard"

    def recognises(self, path: Path) -> bool:
        return path.is_dir() and next(path.rglob(_EVENTS), None) is not None

    def read(self, path: Path, part: str | None) -> Tracked:
        if part is not None:
            raise UsageError("a folder of TensorBoard runs has no parts", remedy="leave --part out")
        try:
            from tensorboard.backend.event_processing.event_accumulator import (
                STORE_EVERYTHING_SIZE_GUIDANCE,
                EventAccumulator,
            )
            from tensorboard.util.tensor_util import make_ndarray
        except ImportError as error:
            raise EngineError(
                "TensorBoard's event files cannot be read: tensorboard is not installed where coimprove runs",
                remedy='pip install "jupyter-coimprove[tensorboard]"',
            ) from error
        runs = []
        for folder in sorted({file.parent for file in path.rglob(_EVENTS)}):
            events = EventAccumulator(str(folder), size_guidance=STORE_EVERYTHING_SIZE_GUIDANCE)
            events.Reload()
            tags = events.Tags()
            series: dict[str, list[tuple[int, float]]] = {}
            for tag in tags["scalars"]:
                series[tag] = [(event.step, float(event.value)) for event in events.Scalars(tag)]
            for tag in tags["tensors"]:
                for event in events.Tensors(tag):
                    array = make_ndarray(event.tensor_proto)
                    if array.size == 1 and array.dtype.kind in "fiu":
                        series.setdefault(tag, []).append((event.step, float(array.reshape(-1)[0])))
            if series:
                name = folder.relative_to(path).as_posix() if folder != path else path.name
                found = {tag: tuple(sorted(points, key=lambda p: p[0])) for tag, points in series.items()}
                runs.append(TrackedRun(id=name, name=name, series=found))
        return Tracked(tool=self.tool, runs=tuple(runs))
