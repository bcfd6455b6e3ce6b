"""A sequential experiment on real kernels: it stops when its treatments are decided."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_coimprove.errors import PlanError, UsageError
from jupyter_coimprove.experiments.power import t_power
from jupyter_coimprove.record.base import Item
from jupyter_coimprove.workbench import (
    concluding,
    planning,
    powering,
    reading_results,
    registering,
    running,
    shelf,
    watching,
)
from jupyter_coimprove.workbench.bench import Bench


def plan(bench: Bench, train: Path, **more):
    chosen = {
        "factor": ["lr=0.3"],
        "response": "score",
        "direction": "max",
        "sequential": True,
        "blocks": 12,
        **more,
    }
    return planning.plan(bench, notebook=str(train), **chosen)


def test_a_repetition_that_is_under_way_holds_no_decision_up(ended: str, bench: Bench) -> None:
    """It is executed whole, in a fresh kernel, while runs beside it are forked and end long before."""
    item = bench.record().get(ended)
    made = shelf.registered(item)
    sequential = replace(made, plan=replace(made.plan, stopping="sequential"))
    runs = shelf.runs_of(bench.record(), ended)
    assert any(run.data["replicate"] for run in runs)
    assert concluding.counted_blocks(sequential, runs) == made.blocks

    def under_way(is_repetition: bool) -> list[Item]:
        return [
            replace(run, state="running")
            if run.data["block"] == made.blocks[0] and bool(run.data["replicate"]) == is_repetition
            else run
            for run in runs
        ]

    assert concluding.counted_blocks(sequential, under_way(True)) == made.blocks
    assert concluding.counted_blocks(sequential, under_way(False)) == ()


@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.slow), 2])
@pytest.mark.slow
def test_it_stops_when_the_treatment_is_decided(bench: Bench, train: Path, workers: int) -> None:
    made = plan(bench, train)
    assert made.multiplicity == "bonferroni"
    assert made.power.expected_blocks is not None
    running.run(bench, experiment=made.id, workers=workers, wait=True)
    found = reading_results.results(bench, experiment=made.id)
    (effect,) = found.effects
    assert (effect.verdict, effect.method, effect.planned) == ("better", "confidence sequence", 12)
    assert effect.n == 5
    item = bench.record().get(made.id)
    assert item.data["stops"] == {effect.arm: 5}
    runs = shelf.runs_of(bench.record(), made.id)
    assert not [run for run in runs if run.state in ("queued", "running")]
    completed = {int(run.data["block"]) for run in runs if run.state == "completed"}
    assert 5 <= len(completed) <= 5 + workers
    assert any(f"{effect.arm} after 5 blocks" in note for note in found.notes)
    assert found.deviations == ()
    assert "5 of 12 blocks" in found.claim
    # What it was planned instead of was written down before it began.
    fixed = item.data["fixed_blocks"]
    took = sum(run.state == "completed" and not run.data["replicate"] for run in runs)
    told = f"{took} runs over {len(completed)} blocks; a fixed design"
    assert any(
        note.startswith(told) and f"takes {2 * fixed} runs over {fixed} blocks" in note
        for note in found.notes
    )


@pytest.mark.slow
def test_effects_may_be_seen_while_it_runs_and_nothing_is_recorded_of_it(bench: Bench, train: Path) -> None:
    made = plan(bench, train, factor=["unused=4"], blocks=6)
    running.run(bench, experiment=made.id, workers=2, wait=True)
    item = bench.record().get(made.id)
    experiment = shelf.registered(item)
    runs = shelf.runs_of(bench.record(), made.id)
    assert len({run.data["block"] for run in runs}) == 6  # never decided: to the most there may be
    assert item.data["stops"] == {made.arms[1].name: 0}
    late = [run for run in runs if int(run.data["block"]) != experiment.blocks[1]]
    assert concluding.counted_blocks(experiment, late) == experiment.blocks
    assert reading_results.results(bench, experiment=made.id).deviations == ()


@pytest.mark.slow
def test_a_decided_treatment_runs_no_further_while_another_goes_on(bench: Bench, train: Path) -> None:
    made = plan(bench, train, factor=["lr=0.3", "unused=4"], blocks=8)
    running.run(bench, experiment=made.id, workers=1, wait=True)
    runs = shelf.runs_of(bench.record(), made.id)
    count = {
        arm.name: sum(run.data["arm"] == arm.name and run.state == "completed" for run in runs)
        for arm in made.arms
    }
    decided = next(name for name in count if name.startswith("lr"))
    other = next(name for name in count if name.startswith("unused"))
    assert count[other] == 8
    assert count[decided] < 8
    assert bench.record().get(made.id).data["stops"][decided] == count[decided]


def test_a_fixed_design_hides_what_a_sequential_one_may_show(bench: Bench, train: Path) -> None:
    for sequential in (True, False):
        made = plan(bench, train, sequential=sequential)
        registering.register(bench, bench.record().get(made.id))
        assert watching.hides(bench.record().get(made.id)) is not sequential
        why = "no finished run yet" if sequential else "has not ended"
        with pytest.raises(PlanError, match=why):
            reading_results.results(bench, experiment=made.id)
        assert not bench.record().get(made.id).data.get("peeked")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"multiplicity": "holm"}, "not tested by holm"),
        ({"design": "full-factorial", "factor": ["lr=0.3", "use_bias=False"]}, "cannot be sequential"),
    ],
)
def test_what_has_no_sequential_form_is_refused(bench: Bench, train: Path, more, message) -> None:
    with pytest.raises((UsageError, PlanError), match=message):
        plan(bench, train, **more)


def test_repeated_splits_are_refused(bench: Bench, write) -> None:
    path = write(
        ("parameters", "seed = 0\nlr = 0.1"),
        "from sklearn.model_selection import train_test_split\ndata = list(range(40))\n"
        "train, test = train_test_split(data, random_state=seed)\nscore = lr + sum(test) / 1e4",
    )
    with pytest.raises(PlanError, match="repeated splits"):
        plan(bench, path, factor=["lr=0.2"])


def test_the_plan_shows_what_the_rule_takes(bench: Bench, train: Path) -> None:
    fixed = plan(bench, train, sequential=False)
    assert fixed.power.expected_blocks is None
    made = plan(bench, train, blocks=30)
    stands, _ = shelf.current_plan(bench.root(), bench.record().get(made.id))
    assert stands.stopping == "sequential"
    power = powering.power(bench, stands)
    assert power.expected_blocks == pytest.approx(13.4, abs=1)
    # As many blocks as a paired t takes for the chance that the rule has with at most 30, held against its own power.
    chance = dict(power.curve)[30]
    assert power.fixed_blocks is not None
    assert (
        t_power(1.0, 1.0, power.fixed_blocks) >= min(chance, 0.99) > t_power(1.0, 1.0, power.fixed_blocks - 1)
    )
    assert fixed.power.fixed_blocks is None
