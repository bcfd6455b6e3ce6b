"""A pilot shows spread and cost, and nothing of an effect or of the response's level."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_coimprove.errors import DecisionError, NothingToDo, PlanError
from jupyter_coimprove.interfaces.display.text import render
from jupyter_coimprove.wire.call import as_json
from jupyter_coimprove.workbench import (
    deciding,
    noising,
    planning,
    predicting,
    reading_results,
    reporting,
    running,
    shelf,
    showing,
    watching,
)
from jupyter_coimprove.workbench.bench import Bench

WANTED = {
    "factor": ["lr=0.3"],
    "response": "score",
    "direction": "max",
    "blocks": 3,
    "smallest_effect": 0.1,
    "margin": 0.05,
}


@pytest.mark.slow
def test_a_pilot_is_blinded_until_its_experiment_has_ended(bench: Bench, train: Path) -> None:
    plan = planning.plan(bench, notebook=str(train), pilot=3, **WANTED)
    assert plan.pilot is not None
    assert (plan.pilot.runs, plan.pilot.when) == (3, "no prediction yet")
    assert plan.pilot.sd is not None
    assert 0 < plan.pilot.sd < plan.pilot.sd_upper
    assert plan.pilot.run_seconds > 0
    assert "80 % bound from 3 baseline runs" in plan.power.basis
    assert "equivalence within ±0.05" in plan.power.equivalence
    assert "blinded: 3 baseline runs" in render(plan, width=200)

    pilot = bench.record().get(plan.pilot.experiment)
    levels = [
        f"{run.data['metrics'][0]['value']['number']:.6g}" for run in shelf.runs_of(bench.record(), pilot.id)
    ]
    first = shelf.runs_of(bench.record(), pilot.id)[0].id
    seen = [
        plan, watching.status(bench, experiment=pilot.id), noising.noise(bench, source=pilot.id),
        showing.show(bench, id=first), showing.show(bench, id=pilot.id),
    ]  # fmt: skip
    for view in seen:
        assert not any(level in as_json(view) for level in levels)
    with pytest.raises(PlanError, match="is a pilot") as caught:
        reading_results.results(bench, experiment=pilot.id)
    assert "noise" in caught.value.remedy

    predicting.predict(bench, experiment=plan.id, ranking="lr=0.3 > baseline")
    assert showing.show(bench, id=plan.id).pilot.when == "before the prediction"
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    blocks = set(bench.record().get(plan.id).data["blocks"])
    assert blocks.isdisjoint(pilot.data["blocks"])
    assert reading_results.results(bench, experiment=plan.id).deviations == ()
    shown = watching.status(bench, experiment=pilot.id).experiments[0]
    assert {run.response for run in shown.runs} == set(levels)


@pytest.mark.slow
def test_a_pilot_is_listed_beside_the_experiments_and_counts_as_none(bench: Bench, train: Path) -> None:
    plan = planning.plan(bench, notebook=str(train), pilot=2, **WANTED)
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    card = reading_results.results(bench, experiment=plan.id).finding
    shown = render(showing.show(bench, id=card), width=400)
    assert "experiments here: 1 registered, 1 on the same response · 1 pilot beside them" in shown
    deciding.accept(bench, id=card)
    told = reporting.report(bench)
    assert (told.findings, told.registered) == (1, 1)
    text = Path(told.path).read_text(encoding="utf-8")
    assert (
        "1 experiment registered, 1 reported, 0 abandoned, 1 on the same response; beside them 1 pilot"
        in text
    )
    listed = next(
        line for line in text.splitlines() if line.startswith("|") and plan.pilot.experiment in line
    )
    assert listed.endswith("pilot |")


@pytest.mark.slow
def test_what_decides_is_registered_with_the_pilot_and_moving_it_later_is_a_deviation(
    bench: Bench, train: Path
) -> None:
    plan = planning.plan(bench, notebook=str(train), pilot=2, **WANTED)
    pilot = shelf.recorded_plan(bench.record().get(plan.pilot.experiment))
    assert (pilot.smallest_effect, pilot.margin, pilot.status) == (0.1, 0.05, "exploratory")
    seen = deciding.edit(bench, id=plan.id, set=["margin=0.2", "budget.run_seconds=0.001"])
    assert not any("over budget" in text for text in plan.warnings)
    assert any("over budget: a run of" in text for text in seen.warnings)
    deciding.accept(bench, id=plan.id)
    assert shelf.deviations(bench.record().get(plan.id)) == (
        "the equivalence margin was 0.05 before the pilot and is 0.2 since",
    )


@pytest.mark.slow
def test_a_draft_gets_its_pilot_later_and_once(bench: Bench, train: Path) -> None:
    plan = planning.plan(bench, notebook=str(train), **WANTED)
    assert "assumed" in plan.power.basis or plan.power.power is None
    predicting.predict(bench, experiment=plan.id, ranking="lr=0.3 > baseline")
    seen = noising.pilot(bench, experiment=plan.id, blocks=2)
    assert seen.pilot.when == "after the prediction"
    with pytest.raises(NothingToDo, match="its pilot already"):
        noising.pilot(bench, experiment=plan.id)
    deciding.accept(bench, id=plan.id)
    assert bench.record().get(bench.record().get(plan.id).data["decision"]).data["verb"] == "accepted"
    with pytest.raises(DecisionError, match="a pilot comes before"):
        noising.pilot(bench, experiment=plan.id)


def test_the_runs_of_a_pilot_stand_for_no_other(bench: Bench, train: Path) -> None:
    planning.plan(bench, notebook=str(train), pilot=2, **WANTED)
    from jupyter_coimprove.errors import UsageError

    with pytest.raises(UsageError, match="no earlier experiment"):
        planning.plan(bench, notebook=str(train), reuse=True, **WANTED)


def test_a_pilot_of_add_one_in_runs_the_stripped_notebook(bench: Bench, write) -> None:
    path = write(
        ("parameters", "SEED = 0\na = True\nb = True"),
        "import random\nrandom.seed(SEED)\nscore = 1.0 * a + 2.0 * b + random.random()",
    )
    plan = planning.plan(
        bench, notebook=str(path), factor=["a", "b"], design="add-one-in", response="score", direction="max",
        blocks=2, smallest_effect=0.1, pilot=2,
    )  # fmt: skip
    runs = shelf.runs_of(bench.record(), plan.pilot.experiment)
    assert {run.data["arm"] for run in runs} == {"stripped"}
    assert all(run.data["metrics"][0]["value"]["number"] < 1 for run in runs)
