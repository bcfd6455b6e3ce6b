"""Tables that trackers export: MLflow's ``search_runs``, W&B's runs and charts, Optuna's ``trials_dataframe``."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.evidence.reading import Columns, label_of, read_columns, value_of
from jupyter_coimprove.evidence.tables import direction_of, is_block_name
from jupyter_coimprove.evidence.tracked import Tracked, TrackedRun

_TABLES = frozenset({".csv", ".tsv"})
_STATES = {
    "finished": "finished", "complete": "finished", "pruned": "finished", "running": "running",
    "scheduled": "running", "waiting": "running", "pending": "running", "failed": "failed", "fail": "failed",
    "crashed": "failed", "killed": "failed",
}  # fmt: skip
#: Columns that W&B's table of runs has of itself.
_WANDB = frozenset(
    """Name State Notes User Tags Created Runtime Sweep Hostname Host ID GitHub Job_Type Group Updated End_Time
    Commit Description Visibility Agent""".split()  # noqa: SIM905
)
_CHART = re.compile(r"(?P<run>.+) - (?P<metric>.+?)(?P<edge>__MIN|__MAX)?")


def _header(path: Path) -> tuple[str, ...]:
    """The first line's cells; empty where it is no table."""
    if not path.is_file() or path.suffix.lower() not in _TABLES:
        return ()
    import csv

    with path.open("rb") as file:
        first = file.readline(2**20)
    try:
        text = first.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ()
    sign = "\t" if path.suffix.lower() == ".tsv" else ","
    return tuple(cell.strip() for cell in next(csv.reader([text], delimiter=sign), ()))


def _one_table(path: Path, part: str | None, tool: str) -> Columns:
    if part is not None:
        raise UsageError(f"a table of {tool} has no parts", remedy="leave --part out")
    return read_columns(path)


def _state(cell: Any) -> str:
    return _STATES.get(label_of(cell).rpartition(".")[2].lower(), "finished")


def _numbers(cells: Mapping[str, Any]) -> dict[str, float]:
    """Those cells that hold a number; NaN and infinite are numbers here, missing and text are not."""
    import math

    out = {}
    for name, cell in cells.items():
        value = value_of(cell)
        if value.kind == "finite" and value.number is not None:
            out[name] = value.number
        elif value.kind in ("nan", "inf", "-inf"):
            out[name] = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[value.kind]
    return out


def _rows(columns: Columns) -> list[dict[str, Any]]:
    return [dict(zip(columns.names, row, strict=True)) for row in columns.rows]


class MlflowTable:
    """``mlflow.search_runs()`` as CSV: ``params.…``, ``metrics.…`` and ``tags.…`` in the names of its columns."""

    tool = "MLflow"

    def recognises(self, path: Path) -> bool:
        names = _header(path)
        return "run_id" in names and any(n.startswith(("metrics.", "params.")) for n in names)

    def read(self, path: Path, part: str | None) -> Tracked:
        runs = []
        for row in _rows(_one_table(path, part, self.tool)):
            under = {
                k: {n.partition(".")[2]: c for n, c in row.items() if n.startswith(f"{k}.")}
                for k in ("params", "metrics", "tags")
            }
            runs.append(
                TrackedRun(
                    id=label_of(row["run_id"]), name=label_of(under["tags"].get("mlflow.runName")) or label_of(row["run_id"]),
                    state=_state(row.get("status", "FINISHED")),
                    params={n: label_of(c) for n, c in under["params"].items() if label_of(c)},
                    metrics=_numbers(under["metrics"]),
                )
            )  # fmt: skip
        return Tracked(tool=self.tool, runs=tuple(runs))


class OptunaTable:
    """``study.trials_dataframe()`` as CSV: ``params_…``, ``user_attrs_…``, ``value`` and ``state``."""

    tool = "Optuna"

    def recognises(self, path: Path) -> bool:
        names = _header(path)
        return {"number", "state"} <= set(names) and any(n.startswith("params_") for n in names)

    def read(self, path: Path, part: str | None) -> Tracked:
        runs = []
        for row in _rows(_one_table(path, part, self.tool)):
            given = {
                n.removeprefix(k): label_of(c)
                for k in ("params_", "user_attrs_")
                for n, c in row.items()
                if n.startswith(k) and label_of(c)
            }
            values = {n: c for n, c in row.items() if n == "value" or n.startswith("values_")}
            number = label_of(row["number"])
            runs.append(
                TrackedRun(id=number, name=f"trial {number}", state=_state(row["state"]), params=given, metrics=_numbers(values))
            )  # fmt: skip
        return Tracked(tool=self.tool, runs=tuple(runs), notes=(SEARCHED,))


#: What a study is, and a comparison of its trials therefore is not.
SEARCHED = (
    "an optimiser chose these settings one after the other, from earlier results: what it tried more of is not "
    "tried fairly"
)


class WandbRuns:
    """W&B's table of runs as the page exports it, or ``summary``, ``config``, ``name`` as its guide writes them."""

    tool = "W&B"

    def recognises(self, path: Path) -> bool:
        names = set(_header(path))
        return {"summary", "config", "name"} <= names or (
            {"Name", "State"} <= names and bool(names & {"Created", "Runtime", "User", "Sweep"})
        )

    def read(self, path: Path, part: str | None) -> Tracked:
        columns = _one_table(path, part, self.tool)
        if {"summary", "config", "name"} <= set(columns.names):
            return Tracked(tool=self.tool, runs=tuple(_written_out(row) for row in _rows(columns)))
        rest = [n for n in columns.names if n.replace(" ", "_") not in _WANDB]
        metrics = [n for n in rest if _is_metric(columns, n)]
        runs = tuple(
            TrackedRun(
                id=label_of(row.get("ID")) or label_of(row["Name"]), name=label_of(row["Name"]), state=_state(row["State"]),
                params={n: label_of(row[n]) for n in rest if n not in metrics and label_of(row[n])},
                metrics=_numbers({n: row[n] for n in metrics}),
            )
            for row in _rows(columns)
        )  # fmt: skip
        note = f"W&B's table does not say what was set and what came out: taken as measured are {', '.join(metrics) or 'none'}"
        return Tracked(tool=self.tool, runs=runs, notes=(note,))


def _is_metric(columns: Columns, name: str) -> bool:
    """A column of numbers that is called like a measure, or that differs from run to run."""
    plain = re.split(r"[./]", name)[-1].lower()
    cells = columns.column(name)
    kinds = {value_of(cell).kind for cell in cells} - {"missing"}
    if not kinds <= {"finite", "nan", "inf", "-inf"} or not kinds or is_block_name(name):
        return False
    if direction_of(plain) is not None and not re.search(r"lr|rate|dropout|weight|smoothing", plain):
        return True
    several = len({label_of(cell) for cell in cells})
    return several == len(cells) > 3 and any(not (value_of(c).number or 0.0).is_integer() for c in cells)


def _written_out(row: Mapping[str, Any]) -> TrackedRun:
    config, summary = _mapping(row["config"], "config"), _mapping(row["summary"], "summary")
    return TrackedRun(
        id=label_of(row.get("id")) or label_of(row["name"]), name=label_of(row["name"]),
        state=_state(row.get("state", "finished")), params=flat(config),
        metrics=_numbers({k: v for k, v in summary.items() if not k.startswith("_") and not isinstance(v, (dict, list, bool))}),
    )  # fmt: skip


def _mapping(cell: Any, what: str) -> dict[str, Any]:
    text = str(cell)
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(text)
        except (ValueError, SyntaxError):
            continue
        if isinstance(found, dict):
            return {str(k): v for k, v in found.items()}
    raise UsageError(f"a cell of the column {what} is no mapping: {text[:60]}", remedy="export it as JSON")


def flat(config: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested settings as ``optim.lr``; what a tracker keeps for itself is left out."""
    out: dict[str, str] = {}
    for key, value in config.items():
        if str(key).startswith("_") or key == "wandb_version":
            continue
        if isinstance(value, Mapping):
            out.update(flat(value, f"{prefix}{key}."))
        elif value is not None:
            out[f"{prefix}{key}"] = label_of(value)
    return out


class WandbChart:
    """A chart's data as W&B exports it: ``Step`` and ``RUN - METRIC`` with its ``__MIN`` and ``__MAX``."""

    tool = "W&B"

    def recognises(self, path: Path) -> bool:
        names = _header(path)
        return names[:1] in (("Step",), ("epoch",), ("_step",)) and any(n.endswith("__MIN") for n in names)

    def read(self, path: Path, part: str | None) -> Tracked:
        columns = _one_table(path, part, self.tool)
        steps = columns.column(columns.names[0])
        series: dict[str, dict[str, tuple[tuple[int, float], ...]]] = {}
        for name in columns.names[1:]:
            found = _CHART.fullmatch(name)
            if found is None or found["edge"] or found["metric"] == "_step":
                continue
            points = []
            for step, cell in zip(steps, columns.column(name), strict=True):
                at, value = value_of(step).number, value_of(cell).number
                if at is not None and value is not None:
                    points.append((int(at), value))
            series.setdefault(found["run"], {})[found["metric"]] = tuple(points)
        runs = tuple(TrackedRun(id=run, name=run, series=given) for run, given in series.items())
        return Tracked(tool=self.tool, runs=runs)
