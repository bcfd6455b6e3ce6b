"""Metrics from messages, reasons from endings: what was seen decides, not what the artifact says."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from jupyter_coimprove.engines.papermill import failures
from jupyter_coimprove.engines.papermill.messages import outcome_from_dict, outcome_to_dict
from jupyter_coimprove.engines.papermill.readings import metrics_of
from jupyter_coimprove.kernelspace.log import MIME, log
from jupyter_coimprove.runs.run import Metric, Outcome, RunError, Value


@pytest.mark.parametrize("number", [0.25, math.nan, math.inf, -math.inf, 3])
def test_what_is_logged_arrives_as_it_was(number: float) -> None:
    InteractiveShell.instance()
    with capture_output() as captured:
        log("loss", number, step=3)
    (shown,) = captured.outputs
    assert MIME in shown.data
    assert shown.data["text/plain"].startswith("loss = ")
    (metric,) = metrics_of({"data": shown.data})
    assert metric == Metric(name="loss", value=Value.of(number), step=3)


@pytest.mark.parametrize(("name", "value"), [("", 1), (None, 1), ("x", "1"), ("x", [1]), ("x", None)])
def test_what_is_no_metric_is_refused_where_it_is_logged(name: Any, value: Any) -> None:
    with pytest.raises(TypeError):
        log(name, value)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ({"name": "a", "value": "x"}, "text"), ({"name": "a"}, "missing"), ({"name": "a", "value": [1, None]}, "series"),
        ({"name": "a", "value": {"kind": "evil"}}, "text"), ({"name": "a", "value": 10**400}, "inf"),
    ],
)  # fmt: skip
def test_malformed_metrics_are_never_numbers(data: dict[str, Any], kind: str) -> None:
    (metric,) = metrics_of({"data": {MIME: data}})
    assert metric.value.kind == kind


@pytest.mark.parametrize("content", [{}, {"data": []}, {"data": {MIME: 3}}, {"data": {MIME: {"name": 3}}}])
def test_messages_without_a_metric_give_none(content: dict[str, Any]) -> None:
    assert list(metrics_of(content)) == []


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("ValueError", "bad", "error"), ("SystemExit", "0", "exited"), ("StdinNotImplementedError", "", "needs_input"),
        ("MemoryError", "", "oom"), ("RuntimeError", "CUDA out of memory. Tried", "oom"),
        ("OSError", "[Errno 28] No space left on device", "disk_full"), ("OSError", "[Errno 2] gone", "error"),
        ("OperationalError", "database or disk is full", "disk_full"),
    ],
)  # fmt: skip
def test_exceptions_have_reasons(name: str, value: str, reason: str) -> None:
    assert failures.reason_of_exception(name, value) == reason


@pytest.mark.parametrize(
    ("code", "kills", "short", "reason"),
    [
        (0, 0, False, "exited"), (3, 1, True, "exited"), (-9, 0, False, "kernel_died"), (-9, 1, False, "oom"),
        (-9, 0, True, "oom"), (-11, 1, True, "kernel_died"), (None, 0, False, "kernel_died"),
    ],
)  # fmt: skip
def test_deaths_have_reasons(code: int | None, kills: int, short: bool, reason: str) -> None:
    assert failures.reason_of_death(code, oom_kills=kills, memory_short=short)[0] == reason


def test_an_outcome_survives_the_pipe() -> None:
    outcome = Outcome(
        run="run_1", state="failed", reason="error", seconds=1.5, cell_seconds=(0.5, 1.0), peak_mb=3.0,
        error=RunError(name="E", value="v", cell=1, traceback="t"),
        metrics=(Metric(name="a", value=Value.of(math.nan), step=1), Metric(name="b", value=Value.of(0.1), source="probe"),
                 Metric(name="c", value=Value(kind="series", series=(1.0, None)), source="scrap")),
        written=({"path": "x", "size": 1},), strays=("y",), defined=("z",), environment={"threads": 1},
    )  # fmt: skip
    assert outcome_from_dict(outcome_to_dict(outcome)) == outcome


def test_all_of_a_work_reaches_the_process_that_runs_it(tmp_path: Path) -> None:
    import dataclasses
    import json

    from jupyter_coimprove.engines.papermill.messages import work_from_dict, work_to_dict
    from jupyter_coimprove.runs.run import Limits, Probe, Work

    work = Work(
        run="r", experiment="e", arm="a", block=3, replicate=1, attempt=2, kernel="python3",
        notebook={"cells": [], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}, parameters={"x": 1},
        source_dir=tmp_path, snapshot=tmp_path / "s", folder=tmp_path / "f", overlay={"net.py": "x = 1"},
        probes=(Probe(name="p", expr="x"),), env={"A": "b"}, threads=3, limits=Limits(wall_s=1.0), alone=True,
    )  # fmt: skip
    plain = {f.name for f in dataclasses.fields(Work) if getattr(work, f.name) == f.default}
    assert plain <= {"gpu", "device", "devices"}, "every field is given another value than its default"
    assert work_from_dict(json.loads(json.dumps(work_to_dict(work)))) == work
