"""Experiments whose runs share cells: the same numbers, what was shared said, and a difference said loudly."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_coimprove.engines.shared_prefix.compare import differences
from jupyter_coimprove.workbench import (
    concluding,
    planning,
    reading_results,
    running,
    sharing,
    shelf,
    watching,
)
from jupyter_coimprove.workbench.bench import Bench

PLAN = {"response": "score", "direction": "max", "blocks": 2}


def test_an_experiment_shares_cells_by_itself_says_so_and_is_verified(bench: Bench, train: Path) -> None:
    plan = planning.plan(bench, notebook=str(train), factor=["lr=0.3"], **PLAN)
    status = running.run(bench, experiment=plan.id, workers=2, wait=True, verify=4)
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
    rows = [row for row in status.experiments[0].runs if row.shared is not None]
    assert len(rows) == 5
    assert all(row.shared.fork_s > 0 for row in rows if row.shared is not None and row.shared.cells)
    assert "a repeat" in next(row.shared.why for row in rows if row.replicate and row.shared is not None)
    # What the next plan says it costs counts what the runs had in common: it may have to be executed again.
    run = next(run for run in shelf.runs_of(bench.record(), plan.id) if sharing.shared_of(run).get("cells"))
    assert sharing.whole_seconds(run) > run.data["seconds"]
    later = planning.plan(bench, notebook=str(train), factor=["lr=0.5"], **PLAN)
    assert "at most: cells that runs share are executed once" in later.cost.basis
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
    item = bench.record().get(later.id)
    assert sharing.engine_for(bench.record(), item, None) == "papermill"
    assert "once made a difference" in sharing.whole_because(bench.record(), item, None)
    # Also the rest of the experiment that showed it.
    failed = bench.record().get(plan.id)
    assert failed.data["engine"] == "shared"
    assert sharing.engine_for(bench.record(), failed, None) == "papermill"
    assert sharing.engine_for(bench.record(), failed, "shared") == "shared"


@pytest.mark.parametrize(
    ("platform", "isolation", "begun", "asked", "engine", "why"),
    [
        ("linux", None, {}, None, "shared", ""),
        ("linux", "auto", {}, None, "shared", ""),
        ("linux", None, {}, "papermill", "papermill", ""),
        ("linux", None, {"engine": "papermill"}, None, "papermill", ""),
        ("linux", None, {"engine": "papermill", "whole": "as it was"}, None, "papermill", "as it was"),
        ("linux", None, {"engine": "shared"}, None, "shared", ""),
        ("linux", None, {"engine": "dask"}, None, "dask", ""),
        ("linux", "links", {}, None, "papermill", "no private layers"),
        ("linux", "links", {}, "shared", "shared", ""),
        ("darwin", None, {}, None, "papermill", "only Linux"),
        ("win32", None, {}, None, "papermill", "only Linux"),
        ("darwin", None, {"engine": "shared"}, None, "papermill", "only Linux"),
    ],
)
def test_runs_share_by_themselves_where_it_is_safe(
    bench: Bench, train: Path, monkeypatch: pytest.MonkeyPatch, platform: str, isolation: str | None,
    begun: dict[str, str], asked: str | None, engine: str, why: str,
) -> None:  # fmt: skip
    plan = planning.plan(bench, notebook=str(train), factor=["lr=0.3"], **PLAN)
    item = bench.record().get(plan.id)
    item = dataclasses.replace(item, data={**item.data, **begun})
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.delenv("COIMPROVE_ISOLATION", raising=False)
    if isolation is not None:
        monkeypatch.setenv("COIMPROVE_ISOLATION", isolation)
    assert sharing.engine_for(bench.record(), item, asked) == engine
    told = sharing.whole_because(bench.record(), item, asked)
    assert why in told
    assert bool(told) == bool(why)


def test_where_runs_share_nothing_by_themselves_status_says_why(
    bench: Bench, train: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COIMPROVE_ISOLATION", "links")
    plan = planning.plan(bench, notebook=str(train), factor=["lr=0.3"], **{**PLAN, "blocks": 1})
    status = running.run(bench, experiment=plan.id, workers=2, wait=True)
    assert "every run is executed whole: runs have no private layers" in status.summary
    assert bench.record().get(plan.id).data["engine"] == "papermill"
    monkeypatch.delenv("COIMPROVE_ISOLATION")
    again = watching.status(bench, experiment=plan.id)
    assert "every run is executed whole: runs have no private layers" in again.summary


def test_what_nothing_drives_is_drawn_by_each_run_for_itself(
    bench: Bench, write: Callable[..., Path]
) -> None:
    # Drawn once for all blocks, it would look like no chance at all, and any difference like a sure one.
    path = write(
        ("parameters", "lr = 0.1"),
        "import random\nnoise = random.SystemRandom().random()",
        "score = lr + noise",
    )
    plan = planning.plan(bench, notebook=str(path), factor=["lr=0.3"], **PLAN)
    status = running.run(bench, experiment=plan.id, workers=2, wait=True)
    assert (
        "every run was executed whole: nothing drives its chance: cell 2: random.SystemRandom"
        in status.summary
    )
    runs = [run for run in shelf.runs_of(bench.record(), plan.id) if not run.data["replicate"]]
    registered = shelf.registered(bench.record().get(plan.id))
    noise = {
        round((concluding.response_value(registered, run.data).number or 0.0) - {"baseline": 0.1}.get(str(run.data["arm"]), 0.3), 9)
        for run in runs
    }  # fmt: skip
    assert len(noise) == 4


@pytest.mark.parametrize(
    ("cells", "options", "left"),
    [
        (("import numpy as np\nx = np.random.rand()",), {}, ""),
        (("import numpy as np\nx = np.random.rand()",), {"seeds": "none"}, "numpy's generator"),
        (("import numpy as np\nx = np.random.rand()",), {"no_seeding": True}, "numpy's generator"),
        (("import numpy as np\nnp.random.seed(0)\nx = np.random.rand()",), {"seeds": "none"}, ""),
        (("import numpy as np\nx = np.random.default_rng().random()",), {}, "takes a fresh seed"),
        (("import os\nx = os.urandom(1)[0]",), {}, "os.urandom"),
        (("x = 1.0",), {"seeds": "none"}, ""),
    ],
)
def test_chance_that_nothing_drives_is_named(
    bench: Bench, write: Callable[..., Path], cells: tuple[str, ...], options: dict[str, object], left: str
) -> None:
    path = write(("parameters", "lr = 0.1"), *cells, "score = lr + x")
    made = planning.plan(bench, notebook=str(path), factor=["lr=0.3"], **PLAN, **options)
    plan, _ = shelf.current_plan(bench.root(), bench.record().get(made.id))
    told = sharing.chance_left(shelf.read_notebook(bench, str(path)), plan)
    assert left in told
    assert bool(told) == bool(left)


def test_runs_that_show_what_differs_by_itself_share_nothing(bench: Bench, train: Path) -> None:
    made = planning.plan(bench, notebook=str(train), factor=["lr=0.3"], repeat=True, **PLAN)
    plan, _ = shelf.current_plan(bench.root(), bench.record().get(made.id))
    told = {arm.name: sharing.alone(plan, arm, 0) for arm in plan.arms}
    assert [name for name, why in told.items() if why] == [arm.name for arm in plan.controls] != []
    assert "a repeat" in sharing.alone(plan, plan.baseline, 1)
    noisy = dataclasses.replace(plan, design="baseline-only")
    assert "differ by themselves" in sharing.alone(noisy, plan.baseline, 0)


@pytest.mark.parametrize(
    ("state", "engine", "runs", "said"),
    [
        ("running", "shared", ("queued", "queued"), True),
        ("running", "shared", ("completed", "queued"), True),
        ("running", "shared", ("running", "queued"), False),
        ("running", "shared", ("completed",), False),
        ("running", "papermill", ("queued",), False),
        ("paused", "shared", ("queued",), False),
    ],
)
def test_while_cells_in_common_are_executed_it_is_said(
    bench: Bench, train: Path, state: str, engine: str, runs: tuple[str, ...], said: bool
) -> None:
    plan = planning.plan(bench, notebook=str(train), factor=["lr=0.3"], **PLAN)
    item = bench.record().get(plan.id)
    item = dataclasses.replace(item, state=state, data={**item.data, "engine": engine})
    assert bool(sharing.first(item, Counter(runs))[0]) is said


@pytest.mark.parametrize(
    ("runs", "whole", "said"),
    [
        (0, 3, "every run was executed whole: cell 1 depends on lr"),
        (
            4,
            1,
            "4 runs shared 2 to 3 cells, 1.5 s not spent again; 1 was executed whole: cell 1 depends on lr",
        ),
        (4, 0, "4 runs shared 2 to 3 cells, 1.5 s not spent again: cell 1 depends on lr"),
    ],
)
def test_what_was_shared_in_words(runs: int, whole: int, said: str) -> None:
    found = {
        "runs": runs, "whole": whole, "cells": [2, 3], "repeated": 0, "spared_s": 1.5, "fork_s": 0.0, "own_s": 0.0,
        "why": ["cell 1 depends on lr"],
    }  # fmt: skip
    assert sharing.sentence(found) == said


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
