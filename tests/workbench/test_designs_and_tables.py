"""Every design goes the whole way, and results that exist already need no run."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.workbench import comparing, noising, planning, reading_results, running
from jupyter_coimprove.workbench.bench import Bench

RESULTS = Path(__file__).resolve().parents[2] / "notebooks" / "results.csv"


@pytest.mark.slow
def test_a_full_factorial_goes_the_whole_way_with_its_interaction(bench: Bench, train: Path) -> None:
    plan = planning.plan(
        bench, notebook=str(train), factor=["lr=0.3", "use_bias=False"], design="full-factorial",
        response="score", direction="max", blocks=2,
    )  # fmt: skip
    assert len(plan.arms) == 4
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    found = reading_results.results(bench, experiment=plan.id)
    assert [effect.arm for effect in found.effects] == ["lr=0.3", "use_bias=False"]
    assert len(found.arms) == 4
    assert [set(one["factors"]) for one in found.interactions] == [{"lr", "use_bias"}]
    assert found.finding


@pytest.mark.slow
def test_both_ways_go_the_whole_way_and_tell_what_disagrees(bench: Bench, write) -> None:
    path = write(
        ("parameters", "SEED = 0\na = True\nb = True\nc = True"),
        "import random\nrandom.seed(SEED)\nnoise = [random.gauss(0, 0.001) for _ in range(8)]",
        "score = 0.1 * a + 0.2 * b + 0.3 * c - 0.5 * a * b * c + noise[a + 2 * b + 4 * c]",
    )
    plan = planning.plan(
        bench, notebook=str(path), factor=["a", "b", "c"], design="both", response="score", direction="max", blocks=2,
    )  # fmt: skip
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    found = reading_results.results(bench, experiment=plan.id)
    assert found.effects[0].estimate == pytest.approx(0.4, abs=0.01)
    assert found.effects[3].estimate == pytest.approx(0.1, abs=0.01)
    assert [row["opposed"] for row in found.interactions] == [True, True, True]
    assert [row.arm for row in found.controls] == ["stripped"]
    assert "disagree in sign" in found.claim


@pytest.mark.slow
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


@pytest.mark.slow
def test_controls_run_beside_and_the_reseed_arm_draws_other_seeds(bench: Bench, train: Path) -> None:
    plan = planning.plan(
        bench, notebook=str(train), factor=["lr=0.3"], response="score", direction="max", blocks=2, repeat=True,
        reseed=True,
    )  # fmt: skip
    assert [arm.role for arm in plan.arms] == ["treatment", "treatment", "repeat", "reseed"]
    assert plan.cost.runs == 8
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    found = reading_results.results(bench, experiment=plan.id)
    points = {(one["arm"], one["block"]): one["value"] for one in found.points}
    blocks = {block for _, block in points}
    assert all(points["repeat", block] == points["baseline", block] for block in blocks)
    assert all(points["reseed", block] != points["baseline", block] for block in blocks)
    assert [effect.arm for effect in found.effects] == ["lr=0.3"]
    assert {row.role for row in found.controls} == {"repeat", "reseed"}
    assert found.residual == 0


def test_tasks_of_a_table_stand_each_and_are_summarised_from_ten_on(bench: Bench, tmp_path: Path) -> None:
    lines = ["env,seed,agent,score"]
    for env in range(10):
        for seed in range(4):
            lines += [f"e{env},{seed},base,{env + seed / 10}", f"e{env},{seed},new,{env + 1 + seed / 9}"]
    path = tmp_path / "agents.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = comparing.compare(bench, table=str(path), task="env", treatment="agent", response="score")
    assert len(found.effects) == 10
    assert [(row["treatment"], row["tasks"]) for row in found.over_tasks] == [("new", 10)]


def test_repeated_splits_of_a_table_are_corrected_and_may_say_never(bench: Bench) -> None:
    plain = comparing.compare(bench, table=str(RESULTS), baseline="logistic")
    split = comparing.compare(bench, table=str(RESULTS), baseline="logistic", split_ratio=0.25)
    assert split.effects[0].method == "nadeau-bengio"
    assert split.effects[0].high - split.effects[0].low > plain.effects[0].high - plain.effects[0].low
    told = noising.noise(bench, source=str(RESULTS), baseline="forest", claim=["0.001"], split_ratio=0.25)
    assert told.claims[0]["needed"] == 0
    assert "never; more data would" in told.summary
    with pytest.raises(UsageError, match="n_test / n_train"):
        comparing.compare(bench, table=str(RESULTS), baseline="logistic", split_ratio=-1)


@pytest.mark.slow
def test_arms_that_are_tuned_unequally_are_called_confounded_in_plan_and_results(bench: Bench, write) -> None:
    path = write(("parameters", "SEED = 0\nn_trials = 2"), "import random\nrandom.seed(SEED)",
                 "score = max(random.random() for _ in range(n_trials))")  # fmt: skip
    plan = planning.plan(
        bench, notebook=str(path), factor=["n_trials=8"], response="score", direction="max", blocks=2
    )
    assert any("budget of tuning" in warning for warning in plan.warnings)
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    found = reading_results.results(bench, experiment=plan.id)
    assert any("confounded" in note for note in found.notes)
