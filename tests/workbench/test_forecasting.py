"""A person and a model each predict without the other; both are kept, shown together, and scored together."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from jupyter_coimprove.proposals.provider import Block
from jupyter_coimprove.registry import Actor
from jupyter_coimprove.wire.call import as_json
from jupyter_coimprove.wire.schema import schema
from jupyter_coimprove.workbench import planning, predicting, proposed, reading_results, running, showing
from jupyter_coimprove.workbench.bench import Bench

AI = Actor(kind="ai", id="some-model", display="Some model", auth="os")


def foretells(bench: Bench, notebook: Path, experiment: str, *ranking: str) -> None:
    guess = Block(kind="prediction", v=1, data={"experiment": experiment, "ranking": list(ranking)})
    assert proposed.keep(bench, notebook, [guess], AI, cell=None, prompt="p")[1] == []


def test_what_a_model_said_is_out_of_sight_until_a_person_has_predicted(bench: Bench, train: Path) -> None:
    plan = planning.plan(bench, notebook=str(train), factor=["lr=0.3"], response="score", direction="max")
    foretells(bench, train, plan.id, "baseline", "lr=0.3")
    seen = showing.show(bench, id=plan.id)
    assert (seen.foretold_by, seen.forecasts, seen.prediction) == (("Some model",), (), ())
    assert "baseline" not in json.dumps([list(seen.foretold_by), list(seen.forecasts)])
    after = predicting.predict(bench, experiment=plan.id, ranking="lr=0.3 > baseline")
    assert [(row.kind, row.ranking) for row in after.forecasts] == [
        ("person", ("lr=0.3", "baseline")),
        ("ai", ("baseline", "lr=0.3")),
    ]
    jsonschema.validate(json.loads(as_json(after)), schema(type(after)))


def test_the_newest_of_each_counts_and_the_model_may_come_second(bench: Bench, train: Path) -> None:
    plan = planning.plan(bench, notebook=str(train), factor=["lr=0.3"], response="score", direction="max")
    for ranking in ("lr=0.3 > baseline", "baseline > lr=0.3"):
        seen = predicting.predict(bench, experiment=plan.id, ranking=ranking)
    assert [(row.kind, row.ranking) for row in seen.forecasts] == [("person", ("baseline", "lr=0.3"))]
    assert seen.foretold_by == ()
    foretells(bench, train, plan.id, "lr=0.3", "baseline")
    assert [row.kind for row in showing.show(bench, id=plan.id).forecasts] == ["person", "ai"]


@pytest.mark.slow
def test_after_the_runs_both_have_a_score_and_who_skipped_has_none(bench: Bench, train: Path) -> None:
    plan = planning.plan(
        bench, notebook=str(train), factor=["lr=0.3"], response="score", direction="max", blocks=2
    )
    foretells(bench, train, plan.id, "baseline", "lr=0.3")
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    found = reading_results.results(bench, experiment=plan.id)
    assert found.prediction == "", "nobody had to predict"
    assert [(row.kind, row.agreeing, row.pairs) for row in found.forecasts] == [("ai", 0, 1)]
