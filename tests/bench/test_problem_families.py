"""Problem identification: the holes are holes, the subgroup fails, and what no skill gets is what is taken off."""

from __future__ import annotations

import random
import statistics

import numpy as np
import pytest

from jupyter_coimprove.bench.families import failing_slice
from jupyter_coimprove.bench.families.failing_slice import FAILING_SLICE
from jupyter_coimprove.bench.families.gap_in_grid import GAP_IN_GRID
from jupyter_coimprove.bench.family import SIMPLE, Family, Ran
from jupyter_coimprove.bench.item import Answer, Sample
from jupyter_coimprove.evidence.gaps import level


def nothing(*given: object, **more: object) -> Ran:
    raise AssertionError("these families execute nothing")


@pytest.mark.parametrize("template", FAILING_SLICE.templates)
def test_the_model_fails_in_the_planted_rows_and_seldom_elsewhere(template: str) -> None:
    (sample,) = FAILING_SLICE.make(template, 11)
    columns = list(zip(*sample.item.material["rows"], strict=True))
    label, predicted = (np.array(one, dtype=float) for one in columns[-2:])
    loss = np.abs(label - predicted)
    if template.partition("-")[0] != "diabetes":
        loss = (loss > 0).astype(float)
    inside = np.isin(np.arange(len(loss)), sample.truth.data["rows"])
    assert 20 <= inside.sum() <= len(loss) / 3
    assert loss[inside].mean() > 1.6 * loss[~inside].mean()


@pytest.mark.parametrize("template", [t for t in GAP_IN_GRID.templates if t != "log"])
def test_every_cell_has_a_run_that_counts_or_is_a_hole(template: str) -> None:
    (sample,) = GAP_IN_GRID.make(template, 5)
    seeds = len(sample.item.material.get("seeds", [0]))
    filled: dict[tuple[str, ...], set[int]] = {}
    for run in sample.item.material["runs"]:
        wanted = "wine" if template == "two-data" else run["data"]
        if (
            run["state"] == "finished"
            and run["score"] is not None
            and run["code"] == "v2"
            and run["data"] == wanted
        ):
            key = tuple(level(run["params"][name]) for name in sample.truth.data["names"])
            filled.setdefault(key, set()).add(run["seed"])
    whole = {key for key, found in filled.items() if len(found) == seeds}
    missing = {tuple(map(level, cell)) for cell in sample.truth.data["missing"]}
    assert not whole & missing
    assert len(whole) + len(missing) == sample.truth.data["cells"]


def _raw(family: Family, sample: Sample, how: str, chance: random.Random) -> float:
    answer = family.simple(sample.item, how, chance)  # type: ignore[arg-type]
    return family.mark(sample, answer, nothing).value


def test_naming_all_is_the_best_of_what_no_skill_gets() -> None:
    chance = random.Random(0)
    for family in (GAP_IN_GRID, FAILING_SLICE):
        made = [family.make(t, s)[0] for t in family.templates[:4] for s in range(2)]
        means = {
            how: statistics.fmean(_raw(family, s, how, chance) for s in made for _ in range(20))
            for how in SIMPLE
        }
        assert means["fail"] == pytest.approx(0.0, abs=1e-9)
        assert means["pass"] < 0
        assert means["random"] < 0


def test_what_is_no_combination_and_no_row_counts_against_the_answer() -> None:
    (sample,) = GAP_IN_GRID.make("iris-svm", 3)
    right = GAP_IN_GRID.perfect(sample).value
    noisy = Answer(value=[*right, {"C": 1}, "?", None])
    assert GAP_IN_GRID.mark(sample, noisy, nothing).value < 1.0
    assert GAP_IN_GRID.mark(sample, Answer(value="all of them"), nothing).value < 0
    (sample,) = FAILING_SLICE.make("iris-tree", 3)
    rows = FAILING_SLICE.perfect(sample).value
    assert FAILING_SLICE.mark(sample, Answer(value=[*rows, "7", True, 1e9]), nothing).value < 1.0


def test_an_item_is_the_same_when_its_model_is_fitted_again() -> None:
    (before,) = FAILING_SLICE.make("wine-bayes", 5)
    failing_slice._fitted.cache_clear()
    (after,) = FAILING_SLICE.make("wine-bayes", 5)
    assert before == after
