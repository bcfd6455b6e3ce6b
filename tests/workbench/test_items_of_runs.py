"""Scores of test items, in clusters of any name, read from real kernels; and what splits can never decide."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from jupyter_coimprove.workbench import planning, powering, reading_results, running, shelf
from jupyter_coimprove.workbench.bench import Bench

CELLS = (
    ("parameters", "SEED = 0\nlr = 0.1"),
    "import random\nrandom.seed(SEED)\n"
    "patient = [f'p{i // 4}' for i in range(40)]\n"
    "base = [((7 * i) % 11) / 20 + random.random() / 100 for i in range(40)]",
    "scores = [b + lr * (1 + (i // 4) % 3) for i, b in enumerate(base)]\nscore = sum(scores) / len(scores)",
)


@pytest.mark.slow
def test_clusters_of_items_are_read_from_the_runs(bench: Bench, write) -> None:
    path = write(*CELLS)
    plan = planning.plan(
        bench, notebook=str(path), factor=["lr=0.3"], response="score", direction="max", blocks=3, items="scores",
        clusters="patient",
    )  # fmt: skip
    stands, _ = shelf.current_plan(bench.root(), bench.record().get(plan.id))
    assert stands.response.clusters == "patient"
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    found = reading_results.results(bench, experiment=plan.id)
    items = found.effects[0].items
    assert items is not None
    assert (items["method"], items["items"], items["clusters"]) == ("clustered items", 40, 10)
    assert items["low"] > 0
    assert "by cluster" in found.claim


def test_a_plan_over_splits_says_never_where_no_number_of_them_would_do(bench: Bench, write) -> None:
    path = write(
        ("parameters", "seed = 0\nlr = 0.1"),
        "from sklearn.model_selection import train_test_split\ndata = list(range(40))\n"
        "train, test = train_test_split(data, random_state=seed)\nscore = lr + sum(test) / 1e4",
    )
    plan = planning.plan(
        bench, notebook=str(path), factor=["lr=0.2"], response="score", direction="max", blocks=5,
        smallest_effect=0.001,
    )  # fmt: skip
    stands, _ = shelf.current_plan(bench.root(), bench.record().get(plan.id))
    assert stands.block_kind == "split"
    assert "never" in powering._floor(stands, 0.1)
    assert powering._floor(dataclasses.replace(stands, smallest_effect=1.0), 0.1) == ""
    assert powering._floor(dataclasses.replace(stands, block_kind="init"), 0.1) == ""


def test_folds_are_worded_as_these_data(bench: Bench, write) -> None:
    path = write(
        ("parameters", "seed = 0\nlr = 0.1"),
        "from sklearn.model_selection import KFold\ncv = KFold(5, shuffle=True, random_state=seed)\n"
        "score = lr + sum(i * test[0] for i, (train, test) in enumerate(cv.split(list(range(40))))) / 1e4",
    )
    plan = planning.plan(
        bench, notebook=str(Path(path)), factor=["lr=0.2"], response="score", direction="max"
    )
    assert plan.block_kind == "folds"


@pytest.mark.slow
def test_a_sequential_design_with_a_control_arm_runs_both(bench: Bench, write) -> None:
    path = write(*CELLS)
    plan = planning.plan(
        bench, notebook=str(path), factor=["lr=0.3"], response="score", direction="max", blocks=8, sequential=True,
        repeat=True,
    )  # fmt: skip
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    found = reading_results.results(bench, experiment=plan.id)
    assert found.effects[0].n == 5
    assert found.controls
