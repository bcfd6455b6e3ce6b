"""A reseed arm that shows an effect: warned of, repeated on fresh blocks, and twice it stops the analysis."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_coimprove.workbench import planning, reading_results, running, shelf
from jupyter_coimprove.workbench.bench import Bench

#: Runs on the numbers of the reseed arm score higher, as if blocks reached more than chance.
DRIFTS = "import random\nrandom.seed(SEED)\nscore = lr + (1.0 if SEED in RESEEDED else 0.0) + random.random() * lr / 10"


def reseeded(bench: Bench, plan: str) -> str:
    return ",".join(map(str, bench.record().get(plan).data["reseeds"]))


@pytest.mark.slow
def test_an_alarm_proposes_a_repetition_and_a_second_one_decides_nothing(
    bench: Bench, write, monkeypatch
) -> None:
    path: Path = write(
        ("parameters", "SEED = 0\nlr = 0.1"),
        "import os\nRESEEDED = set(map(int, os.environ.get('RESEEDED', '').split(',')))",
        DRIFTS,
    )
    plan = planning.plan(
        bench, notebook=str(path), factor=["lr=0.3"], response="score", direction="max", blocks=3, reseed=True
    )
    from jupyter_coimprove.workbench import deciding

    deciding.accept(bench, id=plan.id)
    monkeypatch.setenv("RESEEDED", reseeded(bench, plan.id))
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    first = reading_results.results(bench, experiment=plan.id)
    assert first.effects[0].verdict == "better"
    assert "repeats the experiment on fresh blocks" in first.warnings[0]
    (again,) = bench.record().find("experiment", replicates=plan.id)
    assert first.next == (f"coimprove run {again.id}",)
    assert reading_results.results(bench, experiment=plan.id).next == first.next
    assert again.state == "draft"
    assert shelf.runs_of(bench.record(), again.id) == []

    deciding.accept(bench, id=again.id)
    numbers = reseeded(bench, again.id)
    assert not set(numbers.split(",")) & set(reseeded(bench, plan.id).split(","))
    monkeypatch.setenv("RESEEDED", numbers)
    running.run(bench, experiment=again.id, workers=2, wait=True)
    second = reading_results.results(bench, experiment=again.id)
    assert second.effects[0].verdict == "undecided"
    assert "analysis stops" in second.warnings[0]
    assert second.next == ()
