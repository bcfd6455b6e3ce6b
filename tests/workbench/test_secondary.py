"""Responses beside the primary one go the whole way and decide nothing, unless that was registered."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.experiments.planfile import changed, dump, load
from jupyter_coimprove.experiments.registration import digest
from jupyter_coimprove.interfaces.display.text import render
from jupyter_coimprove.wire.call import as_json
from jupyter_coimprove.wire.schema import schema
from jupyter_coimprove.workbench import deciding, planning, reading_results, running, shelf
from jupyter_coimprove.workbench.bench import Bench

WANTED = {"factor": ["lr=0.3"], "response": "score", "direction": "max", "blocks": 3}


@pytest.mark.slow
def test_secondary_responses_are_shown_without_a_verdict(bench: Bench, train: Path) -> None:
    plan = planning.plan(
        bench, notebook=str(train), also_response=["noise; min", "1 - score; min; value", "seconds"], **WANTED
    )
    assert [text.partition(" (")[0] for text in plan.also] == ["noise", "1 - score", "seconds"]
    item = bench.record().get(plan.id)
    stands = shelf.recorded_plan(item)
    assert load(dump(stands)) == stands
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    found = reading_results.results(bench, experiment=plan.id)
    jsonschema.validate(json.loads(as_json(found)), schema(type(found)))
    assert [effect.arm for effect in found.effects] == ["lr=0.3"]
    rows = {row["response"]: row for row in found.secondary}
    assert rows["1 - score"]["estimate"] == pytest.approx(-found.effects[0].estimate)
    assert rows["noise"]["estimate"] == 0
    assert rows["seconds"]["n"] == 3
    assert all(row["verdict"] == "" and row["p_adjusted"] is None for row in found.secondary)
    assert "Secondary responses: not adjusted, no verdict" in render(found, width=160)
    card = bench.record().get(found.finding)
    assert "secondary, not adjusted, no verdict" in card.data["markdown"]
    assert card.data["verdicts"] == {"lr=0.3": found.effects[0].verdict}
    assert any(ref["metric"] == "1 - score" and ref["runs"] for ref in card.data["references"])
    assert deciding.accept(bench, id=found.finding).application == "applied"


@pytest.mark.slow
def test_holm_over_all_secondary_responses_where_it_was_registered(bench: Bench, train: Path) -> None:
    plan = planning.plan(
        bench, notebook=str(train), also_response=["1 - score; min", "noise; min"], secondary="holm", **WANTED
    )
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    found = reading_results.results(bench, experiment=plan.id)
    rows = {row["response"]: row for row in found.secondary}
    assert rows["1 - score"]["verdict"] == "better"
    assert rows["1 - score"]["p_adjusted"] == pytest.approx(min(1, 2 * found.effects[0].p), rel=0.01)
    assert rows["noise"]["verdict"] == "undecided"
    assert "Holm over all" in render(found, width=160)


@pytest.mark.parametrize(
    ("more", "error", "says"),
    [
        ({"also_response": ["score"]}, UsageError, "comes twice"),
        ({"also_response": ["noise; min", "noise; max"]}, UsageError, "comes twice"),
        ({"also_response": ["gaim; max"]}, UnknownName, "gaim"),
        ({"also_response": ["noise / gain"]}, UsageError, "not clear whether more or less"),
        ({"also_response": ["noise; min; nonsense"]}, UsageError, "nonsense"),
        ({"also_response": ["noise; min; last; mean"]}, UsageError, "not understood"),
        ({"also_response": ["seconds; min; last"]}, UsageError, "takes no reduction"),
    ],
)  # fmt: skip
def test_a_secondary_response_that_cannot_be_meant_is_refused(
    bench: Bench, train: Path, more, error, says
) -> None:
    with pytest.raises(error, match=says):
        planning.plan(bench, notebook=str(train), **more, **WANTED)
    assert bench.record().find("experiment") == []


def test_holm_over_no_secondary_response_is_refused(bench: Bench, train: Path) -> None:
    from jupyter_coimprove.errors import PlanError

    with pytest.raises(PlanError, match="there are none"):
        planning.plan(bench, notebook=str(train), secondary="holm", **WANTED)


def test_secondary_responses_are_under_the_digest_and_their_edit_is_told(bench: Bench, train: Path) -> None:
    plain = shelf.recorded_plan(bench.record().get(planning.plan(bench, notebook=str(train), **WANTED).id))
    made = planning.plan(bench, notebook=str(train), also_response=["noise; min"], **WANTED)
    more = shelf.recorded_plan(bench.record().get(made.id))
    assert digest(plain) != digest(more)
    assert changed(plain, more) == ["the secondary responses"]
