"""Runs that stand for others, budgets that end, and runs that meet outside their own folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_coimprove.errors import DecisionError, UsageError
from jupyter_coimprove.registry import Actor
from jupyter_coimprove.workbench import deciding, noising, planning, reading_results, running, shelf, watching
from jupyter_coimprove.workbench.bench import Bench, Where

PLAN = {"response": "score", "direction": "max", "blocks": 2}


@pytest.mark.slow
def test_an_arm_added_later_reuses_the_baseline_and_is_post_hoc(bench: Bench, train: Path) -> None:
    first = planning.plan(bench, notebook=str(train), factor=["lr=0.3"], **PLAN)
    running.run(bench, experiment=first.id, workers=2, wait=True)
    again = planning.plan(bench, notebook=str(train), factor=["lr=0.3,0.5"], reuse=True, **PLAN)
    assert again.status == "post hoc"
    status = running.run(bench, experiment=again.id, workers=2, wait=True)
    states = {(run.arm, run.state) for run in status.experiments[0].runs if not run.replicate}
    assert states == {("baseline", "reused"), ("lr=0.3", "reused"), ("lr=0.5", "completed")}
    values = {(r.arm, r.block): r.response for r in status.experiments[0].runs if not r.replicate}
    for run in watching.status(bench, experiment=first.id).experiments[0].runs:
        if not run.replicate:
            assert values[run.arm, run.block] == run.response
    found = reading_results.results(bench, experiment=again.id)
    assert found.status == "post hoc"
    assert "post hoc" in found.claim.lower()


@pytest.mark.slow
def test_a_run_that_read_something_else_stands_for_none(bench: Bench, train: Path) -> None:
    first = planning.plan(bench, notebook=str(train), factor=["lr=0.3"], **PLAN)
    running.run(bench, experiment=first.id, workers=2, wait=True)
    other = planning.plan(
        bench, notebook=str(train), factor=["lr=0.3"], reuse=True, **{**PLAN, "response": "gain"}
    )
    status = running.run(bench, experiment=other.id, workers=2, wait=True)
    assert {run.state for run in status.experiments[0].runs} == {"completed"}
    assert {run.response for run in status.experiments[0].runs} == {"0.5"}


def test_reuse_without_an_earlier_experiment_says_so(bench: Bench, train: Path) -> None:
    with pytest.raises(UsageError, match="no earlier experiment"):
        planning.plan(bench, notebook=str(train), factor=["lr=0.3"], reuse=True, **PLAN)


def test_an_experiment_over_its_budget_pauses_and_can_go_on(bench: Bench, write: Callable[..., Path]) -> None:
    path = write(
        ("parameters", "SEED = 0\nlr = 0.1"),
        "import random, time\nrandom.seed(SEED)\ntime.sleep(1)\nscore = lr",
    )
    plan = planning.plan(
        bench, notebook=str(path), factor=["lr=0.3"], response="score", direction="max", blocks=20
    )
    deciding.edit(bench, id=plan.id, set=["budget.total_seconds=4.0"])
    status = running.run(bench, experiment=plan.id, workers=1, wait=True)
    row = status.experiments[0]
    assert row.state == "paused"
    assert "budget" in str(bench.record().get(plan.id).data["why"])
    assert sum(row.counts.values()) == 41
    assert row.counts["queued"] >= 20


@pytest.mark.slow
def test_runs_that_write_one_file_outside_their_folders_fail_loudly(
    bench: Bench, write: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COIMPROVE_ISOLATION", "links")
    shared = tmp_path / "shared.txt"
    path = write(
        ("parameters", "SEED = 0\nlr = 0.1"),
        f"open({str(shared)!r}, 'a').write(f'{{lr}}')\nscore = lr",
    )
    shared.write_text("before")
    plan = planning.plan(bench, notebook=str(path), factor=["lr=0.3"], **PLAN)
    status = running.run(bench, experiment=plan.id, workers=2, wait=True)
    assert status.exit_code == 1
    assert any("shared.txt" in text for text in status.warnings)
    assert {run.reason for run in status.experiments[0].runs} == {"isolation"}
    assert reading_results.results(bench, experiment=plan.id).effects[0].verdict == "undecided"


@pytest.mark.slow
def test_a_pilot_shows_cost_and_spread_and_no_effect(bench: Bench, train: Path) -> None:
    plan = planning.plan(bench, notebook=str(train), factor=["lr=0.3"], pilot=3, smallest_effect=0.05, **PLAN)
    assert plan.power.power is not None
    assert plan.cost.run_seconds is not None
    assert "earlier" in plan.cost.basis
    pilot = next(item for item in bench.record().find("experiment") if item.id != plan.id)
    assert shelf.finding_of(bench.record(), pilot.id) is None
    blocks = set(pilot.data["blocks"])
    deciding.accept(bench, id=plan.id)
    assert blocks.isdisjoint(bench.record().get(plan.id).data["blocks"])


def test_a_pilot_needs_a_person_at_the_prompt(bench: Bench, train: Path, tmp_path: Path) -> None:
    bench.actor = Actor(kind="person", id="k", display="k", auth="kernel")
    bench.where = Where(cwd=tmp_path, at_prompt=False)
    with pytest.raises(DecisionError, match="person"):
        planning.plan(bench, notebook=str(train), factor=["lr=0.3"], pilot=3, **PLAN)
    assert bench.record().find("experiment") == []


@pytest.mark.slow
def test_noise_of_a_notebook_tells_what_its_baseline_can_show(bench: Bench, train: Path) -> None:
    found = noising.noise(bench, source=str(train), blocks=4, response="score", claim=["0.001"])
    assert found.n == 4
    assert found.sd is not None
    assert found.sd > 0
    assert found.claims[0]["needed"] > 4


@pytest.mark.slow
def test_a_logged_metric_is_a_response(bench: Bench, write: Callable[..., Path]) -> None:
    path = write(
        ("parameters", "SEED = 0\nlr = 0.1"),
        "import random\nfrom jupyter_coimprove import log\nrandom.seed(SEED)\n"
        "for step in range(3):\n    log('accuracy', lr * (1 + step) + random.random() / 100, step)",
    )
    plan = planning.plan(
        bench, notebook=str(path), factor=["lr=0.3"], response="accuracy", direction="max", blocks=2
    )
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    found = reading_results.results(bench, experiment=plan.id)
    assert found.effects[0].estimate == pytest.approx(0.6, abs=0.05)


def test_stale_outputs_are_said_when_candidates_are_read(bench: Bench, tmp_path: Path) -> None:
    import json

    cells = [
        {"cell_type": "code", "execution_count": 5, "id": "a", "metadata": {}, "outputs": [], "source": "lr = 0.1"},
        {"cell_type": "code", "execution_count": 2, "id": "b", "metadata": {}, "source": "print(lr)",
         "outputs": [{"output_type": "stream", "name": "stdout", "text": "0.2\n"}]},
    ]  # fmt: skip
    node = {
        "cells": cells,
        "metadata": {"language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (tmp_path / "old.ipynb").write_text(json.dumps(node))
    found = planning.candidates(bench, notebook=str(tmp_path / "old.ipynb"))
    assert any("older than what they read" in text for text in found.warnings)
