"""What goes over the pipe between engine and worker: one JSON object a line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jupyter_coimprove.runs.run import Limits, Metric, Outcome, Probe, RunError, Value, Work


def without_outputs(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """The notebook without outputs: papermill drops them first thing, and they can be large."""
    cells = [{**c, "outputs": []} if c.get("cell_type") == "code" else c for c in notebook.get("cells", ())]
    return {**notebook, "cells": cells}


def work_to_dict(work: Work) -> dict[str, Any]:
    return {
        **{
            name: getattr(work, name)
            for name in ("run", "experiment", "arm", "block", "replicate", "attempt")
        },
        "notebook": without_outputs(work.notebook),
        "parameters": dict(work.parameters),
        "kernel": work.kernel,
        "source_dir": str(work.source_dir),
        "snapshot": None if work.snapshot is None else str(work.snapshot),
        "folder": str(work.folder),
        "overlay": dict(work.overlay),
        "probes": [asdict(probe) for probe in work.probes],
        "env": dict(work.env),
        "threads": work.threads,
        "device": work.device,
        "alone": work.alone,
        "limits": asdict(work.limits),
    }


def work_from_dict(data: Mapping[str, Any]) -> Work:
    changed = {
        "source_dir": Path(data["source_dir"]),
        "snapshot": None if data["snapshot"] is None else Path(data["snapshot"]),
        "folder": Path(data["folder"]),
        "probes": tuple(Probe(**{**probe, "cells": tuple(probe["cells"])}) for probe in data["probes"]),
        "limits": Limits(**data["limits"]),
    }
    return Work(**{**data, **changed})


def outcome_to_dict(outcome: Outcome) -> dict[str, Any]:
    metrics = [
        {"name": m.name, "value": m.value.as_dict(), "step": m.step, "source": m.source}
        for m in outcome.metrics
    ]
    error = None if outcome.error is None else asdict(outcome.error)
    names = ("run", "state", "reason", "seconds", "peak_mb", "gpu_peak_mb", "environment")
    lists = ("cell_seconds", "written", "strays", "reads", "defined")
    return {
        **{name: getattr(outcome, name) for name in names},
        **{name: list(getattr(outcome, name)) for name in lists},
        "metrics": metrics,
        "error": error,
    }


def outcome_from_dict(data: Mapping[str, Any]) -> Outcome:
    changed = {
        "metrics": tuple(Metric(**{**m, "value": Value.from_dict(m["value"])}) for m in data["metrics"]),
        "error": None if data["error"] is None else RunError(**data["error"]),
        **{name: tuple(data[name]) for name in ("cell_seconds", "written", "strays", "reads", "defined")},
    }
    return Outcome(**{**data, **changed})
