"""What the finder of slices says in words, what it cannot do, and what large tables cost."""

from __future__ import annotations

import resource
import time

import numpy as np
import pytest

from jupyter_coimprove.activities.slices.finding import find
from jupyter_coimprove.activities.slices.measure import Scale, interval
from jupyter_coimprove.activities.slices.table import Column, Condition, members
from jupyter_coimprove.errors import UsageError

ROWS = 3000


@pytest.fixture
def draw() -> np.random.Generator:
    return np.random.default_rng(5)


def failing(draw: np.random.Generator, inside: np.ndarray, rate: float = 0.6) -> np.ndarray:
    return (draw.random(len(inside)) < np.where(inside, rate, 0.1)).astype(float)


def test_a_range_and_a_category_are_told_as_a_person_would(draw: np.random.Generator) -> None:
    age = np.round(draw.uniform(18, 80, ROWS))
    colour = draw.integers(0, 3, ROWS).astype(np.int32)
    inside = (age >= 60) & (colour == 1)
    columns = [
        Column(name="age", values=age),
        Column(name="colour", values=colour, levels=("red", "green", "blue")),
    ]
    found = find(columns, failing(draw, inside))
    (first,) = found.slices
    assert first.text() == "age ≥ 60 and colour is green"
    assert first.items == inside.sum()
    assert first.low < 0.6 < first.high
    assert first.p < 1e-20
    assert first.rest == pytest.approx(0.1, abs=0.02)


def test_two_groups_are_two_slices_the_worst_first(draw: np.random.Generator) -> None:
    columns = [Column(name=f"x{i}", values=draw.normal(size=ROWS)) for i in range(4)]
    one, other = columns[0].values > 1, columns[2].values < -1.2
    loss = np.maximum(failing(draw, one, 0.9), failing(draw, other, 0.5))
    found = find(columns, loss)
    assert [[c.name for c in one.conditions] for one in found.slices] == [["x0"], ["x2"]]


def test_missing_values_are_a_group_of_their_own(draw: np.random.Generator) -> None:
    values = draw.normal(size=ROWS)
    values[:300] = np.nan
    codes = draw.integers(0, 4, ROWS).astype(np.int32)
    codes[300:500] = -1
    columns = [Column(name="x", values=values), Column(name="c", values=codes, levels=tuple("abcd"))]
    loss = failing(draw, np.isnan(values) | (codes < 0))
    assert {one.text() for one in find(columns, loss).slices} == {"x is missing", "c is missing"}


def test_a_group_of_one_outlier_is_no_slice(draw: np.random.Generator) -> None:
    loss = np.abs(draw.normal(size=ROWS))
    loss[17] = 1e9
    assert find([Column(name="x", values=draw.normal(size=ROWS))], loss).slices == ()


@pytest.mark.parametrize(
    ("columns", "loss", "told"),
    [
        ([], np.ones(100), "no data to slice"),
        ([Column(name="x", values=np.zeros(0))], np.zeros(0), "no data to slice"),
        ([Column(name="x", values=np.arange(5.0))], np.array([0.0, 1, 0, 1, 0]), "5 items are too few"),
        ([Column(name="x", values=np.arange(100.0))], np.ones(100), "every item has the same loss, 1"),
        ([Column(name="x", values=np.arange(99.0))], np.arange(100.0), "x has 99 values and the loss 100"),
        ([Column(name="x", values=np.ones(100))], np.arange(100.0), "every feature has one value only"),
        ([Column(name="x", values=np.arange(100.0))], np.full(100, np.nan), "100 items have a loss that is no finite"),
        (
            [Column(name="id", values=np.arange(100, dtype=np.int32), levels=tuple(map(str, range(100))))],
            np.arange(100.0), "no feature splits the items",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_sliced_says_so(columns: list[Column], loss: np.ndarray, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        find(columns, loss)


@pytest.mark.slow
def test_a_million_items_and_five_thousand_features_are_bounded(draw: np.random.Generator) -> None:
    """Processor seconds and memory beyond the data; a group of 5 % is still found and counted over all items."""
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    many = [Column(name=f"x{i}", values=draw.normal(size=1_000_000)) for i in range(4)]
    inside = (many[0].values > 1) & (many[1].values < -0.5)
    (first,) = find(many, failing(draw, inside)).slices
    assert (members(many, first.conditions) & inside).sum() > 0.9 * (
        members(many, first.conditions) | inside
    ).sum()
    wide = draw.normal(size=(4000, 5000)).astype(np.float32)
    columns = [Column(name=f"x{i}", values=wide[:, i]) for i in range(5000)]
    (first,) = find(columns, failing(draw, wide[:, 7] > 1)).slices
    assert [c.name for c in first.conditions] == ["x7"]
    took = time.process_time() - began
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"{took:.0f} processor seconds, {grown:.0f} MB more")
    assert took < 90
    assert grown < 2000


def test_the_chance_of_a_slice_is_that_of_drawing_it_without_looking() -> None:
    scale = Scale.of(np.array([1.0] * 4 + [0.0] * 6))
    # 3 of the 4 wrong items among 5 of 10, or all 4: (4·15 + 1·6) / 252.
    assert np.exp(scale.log_p(5, 3.0)) == pytest.approx(66 / 252)


def test_wilsons_interval_is_the_textbooks() -> None:
    low, high = interval(np.array([1.0] * 10 + [0.0] * 90), 0.05)
    assert (round(low, 4), round(high, 4)) == (0.0552, 0.1744)


def test_a_condition_comes_back_from_json() -> None:
    for one in (
        Condition(name="a", low=1.0),
        Condition(name="b", is_="x"),
        Condition(name="c", missing=True),
    ):
        assert Condition.from_dict(one.as_dict()) == one
