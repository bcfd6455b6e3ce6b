"""Chances and quantiles go from a prediction to the skill of a forecaster."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from jupyter_coimprove.errors import DecisionError, NothingToDo, UnknownName, UsageError
from jupyter_coimprove.interfaces.display.text import render
from jupyter_coimprove.wire.call import as_json
from jupyter_coimprove.wire.schema import schema
from jupyter_coimprove.workbench import deciding, planning, predicting, reading_results, running, skill
from jupyter_coimprove.workbench.bench import Bench

FACTORS = {"factor": ["lr=0.3", "unused=4"], "response": "score", "direction": "max", "blocks": 2}


@pytest.mark.slow
def test_a_prediction_with_chances_and_quantiles_is_scored_when_all_has_run(
    bench: Bench, train: Path
) -> None:
    plan = planning.plan(bench, notebook=str(train), **FACTORS)
    with pytest.raises(NothingToDo, match="no prediction"):
        skill.skill(bench)
    predicting.predict(
        bench, experiment=plan.id, ranking="lr=0.3 > baseline > unused=4",
        chance=["P(lr=0.3>baseline)=0.9", "unused=4=20%"], quantiles=["lr=0.3=10%:0.1,50%:0.2,90%:0.3"],
    )  # fmt: skip
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    found = reading_results.results(bench, experiment=plan.id)
    assert "Brier 0.025, skill +0.90" in found.prediction
    assert "pinball" in found.prediction
    seen = skill.skill(bench)
    jsonschema.validate(json.loads(as_json(seen)), schema(type(seen)))
    (row,) = seen.forecasters
    assert (row["experiments"], row["items"]) == (1, 2)
    assert row["brier"] == pytest.approx((0.01 + 0.04) / 2)
    assert row["pinball_skill"] > 0.5
    assert seen.base_rate == 0.5
    assert "forecaster" in render(seen, width=160)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"chance": ["lr=0.4=0.5"]}, UnknownName), ({"chance": ["lr=0.3=2"]}, UsageError),
        ({"quantiles": ["lr=0.3=90%:1,10%:2"]}, UsageError), ({"chance": ["lr=0.3=0.5", "lr=0.3=0.6"]}, UsageError),
        ({"chance": ["baseline=0.5"]}, UsageError),
    ],
)  # fmt: skip
def test_a_prediction_that_cannot_be_scored_is_refused_and_nothing_is_kept(
    bench: Bench, train: Path, said, error
) -> None:
    plan = planning.plan(bench, notebook=str(train), **FACTORS)
    with pytest.raises(error):
        predicting.predict(bench, experiment=plan.id, ranking="lr=0.3 > baseline", **said)
    assert bench.record().find("prediction") == []


def test_no_prediction_after_a_look(bench: Bench, train: Path) -> None:
    from jupyter_coimprove.record.base import Draft

    plan = planning.plan(bench, notebook=str(train), **FACTORS)
    deciding.accept(bench, id=plan.id)
    bench.record().append(
        [Draft(id=plan.id, kind="experiment", event="peeked", data={"peeked": True}, actor=bench.actor)]
    )
    with pytest.raises(DecisionError, match="looked at"):
        predicting.predict(bench, experiment=plan.id, ranking="lr=0.3 > baseline")
