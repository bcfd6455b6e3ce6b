"""From a notebook to a curated ablation, on real kernels, in the four gestures a person makes."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import jsonschema
import pytest

from jupyter_coimprove.errors import DecisionError, NothingToDo, PlanChanged, PlanError
from jupyter_coimprove.wire.call import as_json
from jupyter_coimprove.wire.schema import schema
from jupyter_coimprove.workbench import (
    applying,
    deciding,
    keeping,
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

FACTORS = {"factor": ["lr=0.3", "unused=4"], "response": "score", "direction": "max", "blocks": 3}


def test_four_gestures_lead_from_a_notebook_to_a_finding_in_it(bench: Bench, train: Path) -> None:
    before = train.read_bytes()

    plan = planning.plan(bench, notebook=str(train), **FACTORS)
    assert [arm.name for arm in plan.arms] == ["baseline", "lr=0.3", "unused=4"]
    assert train.read_bytes() == before

    predicting.predict(bench, experiment=plan.id, ranking="lr=0.3 > baseline > unused=4")
    status = running.run(bench, experiment=plan.id, workers=2, wait=True)
    assert status.experiments[0].state == "completed"
    assert dict(status.experiments[0].counts) == {"completed": 3 * 3 + 1}
    assert train.read_bytes() == before

    found = reading_results.results(bench, experiment=plan.id)
    effects = {effect.arm: effect for effect in found.effects}
    assert effects["lr=0.3"].estimate == pytest.approx(0.2, abs=0.02)
    assert effects["lr=0.3"].verdict == "better"
    assert effects["unused=4"].estimate == 0
    assert found.residual == 0

    (row,) = (row for row in deciding.review(bench).items if row.id == found.finding)
    shown = json.loads(before)["cells"][row.cell - 1]
    assert "score" in "".join(shown["source"]), "it stands at the cell of the response"
    assert row.cell_id == shown["id"]

    decision = deciding.accept(bench, id=found.finding)
    assert decision.application == "applied"
    cells = json.loads(train.read_bytes())["cells"]
    assert len(cells) == 5
    added = next(cell for cell in cells if cell["cell_type"] == "markdown")
    assert added["metadata"]["coimprove"]["finding"] == found.finding
    assert "lr=0.3" in "".join(added["source"])

    report = reporting.report(bench, notebook=str(train), format="html")
    assert "lr=0.3" in Path(report.path).read_text()

    card = showing.show(bench, id=found.finding)
    for view in (plan, status, found, decision, report, card, deciding.review(bench), keeping.verify(bench)):
        jsonschema.validate(json.loads(as_json(view)), schema(type(view)))

    deciding.undo(bench, id=found.finding)
    assert train.read_bytes() == before
    assert keeping.verify(bench).ok


def test_an_undecided_plan_runs_nothing_and_changes_no_file(bench: Bench, train: Path) -> None:
    before = train.read_bytes()
    plan = planning.plan(bench, notebook=str(train), **FACTORS)
    assert shelf.runs_of(bench.record(), plan.id) == []
    assert train.read_bytes() == before
    with pytest.raises(PlanError, match="not registered"):
        reading_results.results(bench, experiment=plan.id)


def test_a_plan_changed_after_registration_does_not_run(bench: Bench, train: Path) -> None:
    plan = planning.plan(bench, notebook=str(train), **FACTORS)
    deciding.accept(bench, id=plan.id)
    path = Path(plan.plan_file)
    path.write_text(path.read_text().replace("blocks = 3", "blocks = 2"))
    with pytest.raises(PlanChanged):
        running.run(bench, experiment=plan.id)
    assert shelf.runs_of(bench.record(), plan.id) == []


def test_an_edited_plan_is_what_runs_and_the_edit_is_in_the_record(bench: Bench, train: Path) -> None:
    plan = planning.plan(bench, notebook=str(train), **FACTORS)
    deciding.edit(bench, id=plan.id, set=["blocks=2"])
    deciding.accept(bench, id=plan.id)
    item = bench.record().get(plan.id)
    assert len(item.data["blocks"]) == 2
    decision = bench.record().get(item.data["decision"])
    assert decision.data["verb"] == "edited"
    assert any("blocks" in change for change in decision.data["changes"])


def test_the_prediction_orders_the_tests_and_is_no_edit_of_the_plan(bench: Bench, train: Path) -> None:
    plan = planning.plan(bench, notebook=str(train), **FACTORS)
    seen = predicting.predict(bench, experiment=plan.id, ranking="baseline > unused=4 > lr=0.3")
    assert seen.multiplicity == "fixed-sequence"
    assert seen.sequence == ("lr=0.3", "unused=4")
    deciding.accept(bench, id=plan.id)
    item = bench.record().get(plan.id)
    assert bench.record().get(item.data["decision"]).data["verb"] == "accepted"


def test_a_prediction_after_results_is_refused(ended: str, bench: Bench, train: Path) -> None:
    with pytest.raises(DecisionError, match="results"):
        predicting.predict(bench, experiment=ended, ranking="lr=0.3 > baseline")


def test_a_run_that_is_complete_is_not_run_again(ended: str, bench: Bench, train: Path) -> None:
    with pytest.raises(NothingToDo):
        running.run(bench, experiment=ended)


def test_rejecting_a_finding_keeps_it_in_the_record_with_its_reason(
    ended: str, bench: Bench, train: Path
) -> None:
    finding = reading_results.results(bench, experiment=ended).finding
    decision = deciding.reject(bench, id=finding, reason="two blocks are too few")
    assert bench.record().get(finding).state == "rejected"
    assert bench.record().get(decision.id).data["reason"] == "two blocks are too few"
    with pytest.raises(DecisionError):
        deciding.accept(bench, id=finding)
    deciding.undo(bench, id=finding)
    assert showing.show(bench, id=finding).state == "pending"


def test_an_edited_finding_stands_in_the_persons_words(ended: str, bench: Bench, train: Path) -> None:
    finding = reading_results.results(bench, experiment=ended).finding
    deciding.edit(bench, id=finding, text="A higher rate helps here; I would not generalise.")
    sources = ["".join(cell["source"]) for cell in json.loads(train.read_bytes())["cells"]]
    assert any("I would not generalise" in source for source in sources)
    assert bench.record().get(finding).state == "edited"


def test_an_accept_where_the_notebook_is_open_waits_for_apply(ended: str, bench: Bench, train: Path) -> None:
    finding = reading_results.results(bench, experiment=ended).finding
    before = train.read_bytes()
    bench.where = dataclasses.replace(bench.where, open=True)
    assert deciding.accept(bench, id=finding).application == "queued"
    assert train.read_bytes() == before
    bench.where = dataclasses.replace(bench.where, open=False)
    assert applying.apply(bench).ok
    assert train.read_bytes() != before


def test_a_dropped_arm_is_a_deviation_and_stands_in_the_finding(bench: Bench, train: Path) -> None:
    plan = planning.plan(bench, notebook=str(train), **{**FACTORS, "blocks": 2})
    deciding.accept(bench, id=plan.id)
    running.cancel(bench, target=plan.id, arm="unused=4", reason="pointless")
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    found = reading_results.results(bench, experiment=plan.id)
    assert any("unused=4" in text and "pointless" in text for text in found.deviations)
    card = bench.record().get(found.finding)
    assert any("unused=4" in text for text in card.data["deviations"])


def test_a_replication_is_a_new_draft_on_blocks_never_seen(ended: str, bench: Bench, train: Path) -> None:
    first = set(bench.record().get(ended).data["blocks"])
    finding = reading_results.results(bench, experiment=ended).finding
    again = planning.replicate(bench, finding=finding)
    assert again.state == "draft"
    deciding.accept(bench, id=again.id)
    assert first.isdisjoint(bench.record().get(again.id).data["blocks"])


def test_looking_early_is_refused_unless_it_is_recorded(bench: Bench, write) -> None:
    slow = write(
        ("parameters", "SEED = 0\nlr = 0.1"),
        "import random, time\nrandom.seed(SEED)\ntime.sleep(1.0)\nscore = lr + random.random()",
    )
    plan = planning.plan(
        bench, notebook=str(slow), factor=["lr=0.3"], response="score", direction="max", blocks=6
    )
    running.run(bench, experiment=plan.id, workers=1, detach=True)
    try:
        while not any(run.state == "completed" for run in shelf.runs_of(bench.record(), plan.id)):
            watching.nap(0.1)
        assert all(not run.response for run in watching.status(bench, experiment=plan.id).experiments[0].runs)
        with pytest.raises(PlanError, match="not ended"):
            reading_results.results(bench, experiment=plan.id)
        found = reading_results.results(bench, experiment=plan.id, peek=True)
        assert any("looked at" in text for text in found.deviations)
    finally:
        running.cancel(bench, target=plan.id)
    assert not watching.alive(bench, plan.id)


def test_pause_and_resume_lose_and_repeat_nothing(bench: Bench, write) -> None:
    slow = write(
        ("parameters", "SEED = 0\nlr = 0.1"),
        "import random, time\nrandom.seed(SEED)\ntime.sleep(0.4)\nscore = lr + random.random()",
    )
    plan = planning.plan(
        bench, notebook=str(slow), factor=["lr=0.3"], response="score", direction="max", blocks=3
    )
    running.run(bench, experiment=plan.id, workers=1, detach=True)
    while not any(run.state == "completed" for run in shelf.runs_of(bench.record(), plan.id)):
        watching.nap(0.1)
    watching.pause_now(bench, plan.id)
    assert not watching.alive(bench, plan.id)
    done = {run.id: run.changed for run in shelf.runs_of(bench.record(), plan.id) if run.state == "completed"}
    assert 1 <= len(done) < 7
    status = running.resume(bench, experiment=plan.id, workers=2, wait=True)
    assert status.experiments[0].state == "completed"
    kept = {run.id: run for run in shelf.runs_of(bench.record(), plan.id)}
    assert all(kept[id_].changed == changed for id_, changed in done.items())
    assert len(kept) == 7
