"""Plans of ablations are carried out on tables that running the notebooks gave, and what they find out is measured."""

from __future__ import annotations

import math
import random
import statistics

import cobench_tables
import pytest

from jupyter_coimprove.bench.families import ablation_plan as plans
from jupyter_coimprove.bench.families.ablation_notebooks import PIPELINES, packed, table, unpacked
from jupyter_coimprove.bench.family import Ran
from jupyter_coimprove.bench.item import Answer, Sample
from jupyter_coimprove.workbench.cell_running import Executor

FAMILY = plans.ABLATION_PLAN


def nothing(*given: object, **more: object) -> Ran:
    raise AssertionError("a plan is carried out on the table")


def sample(template: str = "wine-tree", seed: int = 1) -> Sample:
    return FAMILY.make(template, seed)[0]


def worth(of: Sample, arms: list[dict[str, object]], blocks: int) -> float:
    return FAMILY.mark(of, Answer(value={"arms": arms, "blocks": blocks}), nothing).value


def entry(part: str, name: str = "", **changed: object) -> dict[str, object]:
    found = next(p for p in PIPELINES["wine-tree"].parts if p.name == part)
    return {
        "name": name or part, "ablated_part": part, "action": found.action, "replacement": found.replacement,
        "metrics": ["wrong"], **changed,
    }  # fmt: skip


@pytest.mark.parametrize("template", PIPELINES)
def test_the_table_is_what_running_the_notebook_gives(template: str, execute: Executor) -> None:
    changed, seed = random.Random(template).choice([1, 2, 4, 8, 15]), 7
    first, *rest = PIPELINES[template].sources(changed)
    ran = execute([first.replace("0", str(seed)), *rest], ["wrong"])
    assert not ran.error
    assert ran.values["wrong"] == table(template)[changed][seed]


@pytest.mark.slow
def test_every_combination_of_every_table_comes_out_the_same_on_the_first_seeds() -> None:
    for name in PIPELINES:
        for changed in range(16):
            assert cobench_tables.responses(name, changed, range(3)) == list(table(name)[changed][:3])


def test_tables_are_kept_exactly() -> None:
    rows = [[0, 1, 91], [2, 3, 4]]
    assert unpacked(packed(rows)) == tuple(map(tuple, rows))
    with pytest.raises(ValueError, match="too large"):
        packed([[92]])


def test_the_truth_has_parts_that_help_that_hurt_and_that_40_seeds_leave_open() -> None:
    verdicts = [v for name in PIPELINES for v in plans.truth(name).verdicts]
    assert {"helps", "hurts", "undecidable"} == set(verdicts)
    assert min(verdicts.count(v) for v in set(verdicts)) >= 8


def test_a_plan_of_everything_finds_the_truth_out() -> None:
    for name in PIPELINES:
        whole = plans.truth(name)
        assert plans.skill(whole, whole) == pytest.approx(1.0)


def test_a_plan_that_runs_nothing_earns_nothing() -> None:
    arms = [entry(p.name) for p in PIPELINES["wine-tree"].parts]
    assert worth(sample(), [], 10) == 0
    assert worth(sample(), arms, 0) == 0
    assert worth(sample(), arms, 1) == 0


def test_parts_that_change_together_are_not_identified_and_count_as_wrong() -> None:
    found = plans.carried_out("wine-tree", [0b0011, 0b0100, 0b1000], range(20))
    assert found.verdicts[:2] == ("not identified",) * 2
    assert all(math.isnan(x) for x in found.contributions[:2])
    assert "not identified" not in found.verdicts[2:]
    alone = [entry(p.name) for p in PIPELINES["wine-tree"].parts]
    both = [entry("scaling", "both"), entry("projection", "both"), entry("bins"), entry("depth")]
    assert worth(sample(), both, 8) < worth(sample(), alone, 8) - 0.2


def test_a_crossed_plan_identifies_what_it_crosses() -> None:
    found = plans.carried_out("wine-tree", [0b0001, 0b0010, 0b0011, 0b0100, 0b1000], range(30))
    assert "not identified" not in found.verdicts
    assert found.runs == 180


def test_an_arm_that_cannot_be_carried_out_shows_nothing() -> None:
    good = [entry(p.name) for p in PIPELINES["wine-tree"].parts]
    for wrong in (
        {"action": "ADD"},
        {"replacement": "MinMaxScaler()"},
        {"metrics": ["accuracy"]},
        {"ablated_part": "optimiser"},
    ):
        bad = [entry("scaling", **wrong), *good[1:]]
        assert worth(sample(), bad, 8) < worth(sample(), good, 8) - 0.1
    assert worth(sample(), [{"name": "x"}, 3], 8) == 0  # type: ignore[list-item]
    assert FAMILY.mark(sample(), Answer(value="ablate"), nothing).value == 0


def test_runs_cost_a_fifth_of_the_skill_at_most_and_the_budget_holds() -> None:
    of = sample()
    budget = of.truth.data["budget"]
    arms = [1, 2, 4, 8]
    found = plans.carried_out("wine-tree", arms, of.truth.data["order"][: budget // 5])
    factor = 1 - plans.COST * found.runs / budget
    assert factor >= 1 - plans.COST
    assert plans.raw("wine-tree", of.truth.data["order"], budget, arms, 40) == pytest.approx(
        plans.skill(found, plans.truth("wine-tree")) * factor
    )


def test_the_measures_one_is_a_good_plan() -> None:
    for template in PIPELINES:
        for seed in range(4):
            assert sample(template, seed).truth.data["best"][1] >= 0.45


def test_plans_by_lot_are_worth_no_more_than_none() -> None:
    chance = random.Random(5)
    made = [sample(t, s) for t in PIPELINES for s in range(3)]
    for how in ("random", "fail"):
        values = [
            FAMILY.mark(one, FAMILY.simple(one.item, how, chance), nothing).value  # type: ignore[arg-type]
            for one in made
            for _ in range(8)
        ]
        error = statistics.stdev(values) / len(values) ** 0.5
        assert statistics.fmean(values) <= plans.FLOOR + 2 * error
