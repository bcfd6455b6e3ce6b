"""Experiments whose runs share cells: the same numbers, what was shared said, and a difference said loudly."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_coimprove.engines.shared_prefix.compare import differences
from jupyter_coimprove.workbench import planning, reading_results, running, sharing, shelf
from jupyter_coimprove.workbench.bench import Bench

PLAN = {"response": "score", "direction": "max", "blocks": 2}


def test_an_experiment_shares_cells_says_so_and_is_verified(bench: Bench, train: Path) -> None:
    plan = planning.plan(bench, notebook=str(train), factor=["lr=0.3"], **PLAN)
    status = running.run(bench, experiment=plan.id, workers=2, wait=True, engine="shared", verify=4)
    assert status.exit_code == 0
    assert "shared" in status.summary
    item = bench.record().get(plan.id)
    found = item.data["sharing"]
    # The repeat of the baseline shares nothing with what it repeats.
    assert (found["runs"], found["whole"]) == (4, 1)
    assert found["cells"][1] >= 3
    assert len(item.data["verified"]) == 4
    assert not item.data.get("sharing_failed")
    assert found["own_s"] > found["fork_s"] > 0
    assert "a fork took" in status.summary
    assert not any(
        "sharing" in warning for warning in reading_results.results(bench, experiment=plan.id).warnings
    )


def test_a_difference_that_sharing_made_fails_loudly_and_turns_it_off(
    bench: Bench, write: Callable[..., Path]
) -> None:
    # The clock is read in common: a value that no reading of code can tell apart.
    path = write(
        ("parameters", "SEED = 0\nlr = 0.1"), "import time\nbegun = time.time_ns()", "begun", "score = lr"
    )
    plan = planning.plan(bench, notebook=str(path), factor=["lr=0.3"], **PLAN)
    status = running.run(bench, experiment=plan.id, workers=2, wait=True, engine="shared", verify=1)
    assert status.exit_code == 1
    assert any("without sharing" in warning for warning in status.warnings)
    item = bench.record().get(plan.id)
    assert item.data["sharing_failed"]
    told = reading_results.results(bench, experiment=plan.id).warnings
    assert "sharing cells made a difference" in told[0]
    assert {run.state for run in shelf.runs_of(bench.record(), plan.id)} == {"completed", "failed"}
    later = planning.plan(bench, notebook=str(path), factor=["lr=0.5"], **PLAN)
    assert sharing.engine_for(bench.record(), bench.record().get(later.id), None) == "papermill"


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (lambda cell: cell, True),
        (lambda cell: {**cell, "outputs": [{**cell["outputs"][0], "text": ["<f at 0x7f00aa11bb22>"]}]}, True),
        (lambda cell: {**cell, "outputs": [{**cell["outputs"][0], "text": ["loss 0.25"]}]}, False),
        (lambda cell: {**cell, "execution_count": 9}, False),
        (lambda cell: {**cell, "outputs": []}, False),
    ],
)
def test_notebooks_are_compared_by_what_they_show(
    tmp_path: Path, change: Callable[[dict[str, object]], dict[str, object]], same: bool
) -> None:
    cell = {
        "cell_type": "code", "source": "f", "execution_count": 1, "metadata": {},
        "outputs": [{"output_type": "stream", "name": "stdout", "text": ["<f at 0x7f99cc22dd33>"]}],
    }  # fmt: skip
    for name, one in (("a", cell), ("b", change(cell))):
        (tmp_path / name).write_text(json.dumps({"cells": [one]}), encoding="utf-8")
    assert (differences(tmp_path / "a", tmp_path / "b") == []) is same


@pytest.mark.parametrize(
    "times", [("2.15 \u03bcs", "4.3 \u03bcs"), ("812 ns", "1.1 \u00b5s"), ("3 ms", "1e+03 ns")]
)
def test_what_a_cell_took_is_no_difference(tmp_path: Path, times: tuple[str, str]) -> None:
    for name, time in zip("ab", times, strict=True):
        text = f"CPU times: user {time}, sys: 0 ns, total: {time}\nWall time: {time}\n"
        output = {"output_type": "stream", "name": "stdout", "text": [text]}
        cell = {
            "cell_type": "code",
            "source": "%time f",
            "execution_count": 1,
            "metadata": {},
            "outputs": [output],
        }
        (tmp_path / name).write_text(json.dumps({"cells": [cell]}), encoding="utf-8")
    assert differences(tmp_path / "a", tmp_path / "b") == []
