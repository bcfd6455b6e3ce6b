"""What an experiment costs before it runs."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.experiments.cost import estimate, over_budget, recorded_seconds, runs_of
from jupyter_coimprove.experiments.design import FactorRequest, PlanRequest, build
from jupyter_coimprove.experiments.experiment import Budget, Plan

LAB = {
    "execution": {
        "iopub.status.busy": "2024-05-01T10:00:00.000000Z", "iopub.execute_input": "2024-05-01T10:00:01.000000Z",
        "shell.execute_reply": "2024-05-01T10:00:03.500000Z", "iopub.status.idle": "2024-05-01T10:00:04.000000Z",
    }
}  # fmt: skip
PAPERMILL = {
    "papermill": {"duration": 4.0, "start_time": "2024-05-01T10:00:00", "end_time": "2024-05-01T10:00:09"}
}


def planned(make: Any, **metadata: Any) -> tuple[Any, Plan]:
    notebook = make.notebook("# Title", "lr = 0.1", "acc = lr", **metadata)
    reading = make.reading(make.candidate(notebook, "lr", 1, "0.1"), measured=(make.measured("acc", 2),))
    return notebook, build(
        notebook, reading, PlanRequest(factors=(FactorRequest.parse("lr=0.2,0.3"),), blocks=4)
    )


def test_runs_are_arms_times_blocks_and_the_repeated_baseline(make):
    _, plan = planned(make)
    assert runs_of(plan) == 3 * 4 + 1
    assert runs_of(dataclasses.replace(plan, repeat_baseline=False)) == 12


def test_times_are_those_that_the_notebook_recorded(make):
    notebook, plan = planned(make, cell1=LAB, cell2=PAPERMILL)
    assert recorded_seconds(notebook) == {1: 2.5, 2: 4.0}
    found = estimate(notebook, plan, workers=2)
    assert (found.runs, found.run_seconds, found.total_seconds) == (13, 7.5, 7.5 * 7)
    assert "recorded in the notebook" in found.basis


def test_cells_that_ask_us_take_no_time_of_a_run(make):
    notebook = make.notebook(
        "# Title",
        "lr = 0.1",
        "acc = lr",
        "%coai run last",
        "%load_ext jupyter_coimprove",
        cell1=LAB,
        cell2=LAB,
        cell3=LAB,
    )
    plan = planned(make)[1]
    found = estimate(notebook, plan)
    assert (found.run_seconds, "no time" in found.basis) == (2.5 + 2.5 + 1, False)


def test_a_pilot_knows_better(make):
    notebook, plan = planned(make, cell1=LAB, cell2=PAPERMILL)
    found = estimate(notebook, plan, cell_seconds={1: 10.0, 2: 9.0}, workers=1)
    assert found.run_seconds == 20
    assert "pilot" in found.basis


def test_without_times_it_says_so(make):
    notebook, plan = planned(make)
    found = estimate(notebook, plan)
    assert (found.run_seconds, found.total_seconds, found.runs) == (None, None, 13)
    assert "no times are recorded" in found.basis


def test_cells_without_a_time_are_counted(make):
    notebook, plan = planned(make, cell2=PAPERMILL)
    assert "1 of 2 cells have no time" in estimate(notebook, plan).basis


@pytest.mark.parametrize(
    "metadata",
    [
        {"execution": {}}, {"execution": None}, {"execution": {"iopub.execute_input": "yesterday", "shell.execute_reply": "today"}},
        {"execution": {"iopub.execute_input": "2024-05-01T10:00:01Z", "shell.execute_reply": "2024-05-01T10:00:00Z"}},
        {"execution": {"iopub.execute_input": "2024-05-01T10:00:01Z", "shell.execute_reply": "2024-05-01T10:00:02"}},
        {"papermill": {"duration": None}}, {"papermill": {"duration": -1}}, {"papermill": {"duration": float("nan")}}, {"papermill": 3},
    ],
)  # fmt: skip
def test_times_that_are_broken_are_no_times(make, metadata):
    notebook, _ = planned(make, cell1=metadata)
    assert recorded_seconds(notebook) == {}


def test_a_budget_that_will_not_do_is_named(make):
    _, plan = planned(make)
    tight = dataclasses.replace(plan, budget=Budget(run_seconds=5.0))
    assert over_budget(tight, 21.0, 273.0) == "a run of 21 s is over its limit of 5 s"
    tight = dataclasses.replace(plan, budget=Budget(total_seconds=60.0))
    assert "273 s in all" in over_budget(tight, 21.0, 273.0)
    assert over_budget(tight, None, None) == over_budget(plan, 21.0, 273.0) == ""


def test_no_workers_is_an_error(make):
    notebook, plan = planned(make)
    with pytest.raises(UsageError, match="0 workers"):
        estimate(notebook, plan, workers=0)
