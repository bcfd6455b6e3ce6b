"""Every design goes the whole way, and results that exist already need no run."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.workbench import comparing, noising, planning, reading_results, running
from jupyter_coimprove.workbench.bench import Bench

RESULTS = Path(__file__).resolve().parents[2] / "notebooks" / "results.csv"


def test_a_full_factorial_goes_the_whole_way_with_its_interaction(bench: Bench, train: Path) -> None:
    plan = planning.plan(
        bench, notebook=str(train), factor=["lr=0.3", "use_bias=False"], design="full-factorial",
        response="score", direction="max", blocks=2,
    )  # fmt: skip
    assert len(plan.arms) == 4
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    found = reading_results.results(bench, experiment=plan.id)
    assert len(found.effects) == 3
    assert [set(one["factors"]) for one in found.interactions] == [{"lr", "use_bias"}]
    assert found.finding


def test_a_member_left_out_goes_the_whole_way(bench: Bench, write) -> None:
    path = write(
        "import random\nrandom.seed(3)\nnoise = random.random() / 100",
        "parts = [0.1, 0.2, 0.4]\nscore = sum(parts) + noise",
    )
    dropped = next(
        row.name
        for row in planning.candidates(bench, notebook=str(path), all=True).candidates
        if row.kind == "item" and row.value == "0.2"
    )
    plan = planning.plan(
        bench,
        notebook=str(path),
        drop=[dropped],
        design="leave-one-out",
        response="score",
        direction="max",
        blocks=2,
    )
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    found = reading_results.results(bench, experiment=plan.id)
    assert found.effects[0].estimate == pytest.approx(-0.2)


def test_a_table_of_results_is_compared_by_the_same_rules_and_called_post_hoc(bench: Bench) -> None:
    with pytest.raises(UsageError, match="baseline"):
        comparing.compare(bench, table=str(RESULTS))
    found = comparing.compare(bench, table=str(RESULTS), baseline="logistic", plot="effects.json")
    assert found.status == "post hoc"
    assert {effect.n for effect in found.effects} == {10}
    assert Path(found.plot_file).is_file()


def test_the_noise_of_a_table_says_what_a_claim_would_need(bench: Bench) -> None:
    found = noising.noise(bench, source=str(RESULTS), baseline="forest", claim=["0.001"])
    assert found.n == 10
    assert found.claims[0]["needed"] > 10
    assert bench.record().find("experiment") == []
