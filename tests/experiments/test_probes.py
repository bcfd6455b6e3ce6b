"""What a probe puts into a run: rows counted, labels shuffled, inputs compared with the target."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_notebooks import made

from jupyter_coimprove.errors import PlanError
from jupyter_coimprove.experiments.probes.inside import Inside
from jupyter_coimprove.experiments.probes.spots import (
    NAME,
    REPORT,
    Labels,
    Spot,
    Spots,
    helper,
    texts,
    unpacked,
)


def watched(x, y, x2):
    """The report of a model fitted on ``x``, ``y`` and scored on ``x2``."""
    inside = Inside("watch", 1)
    assert inside.fit(0, x) is x
    assert inside.fit_y(0, y) is y
    assert inside.scored(1, [0], x2) is x2
    return unpacked(inside.report())


def columns(x, y):
    return {name or number: what for _, number, name, what in watched(x, y, x[:5])["columns"]}


@pytest.fixture
def rows():
    return np.random.default_rng(0).normal(size=(80, 4))


def test_rows_that_are_fitted_and_scored_are_counted_whatever_holds_them(rows):
    y = np.arange(80) % 2
    held = rows[50:70]
    for there in (held, pd.DataFrame(held), held.tolist(), pd.DataFrame(held).astype(object)):
        assert watched(rows[:60], y[:60], there)["scored"]["1"] == [20, 10, 60, 1]
    single = rows.astype("float32")
    assert watched(single[:60], y[:60], single[50:70].astype("float64"))["scored"]["1"][1] == 10


def test_a_score_of_the_very_rows_that_were_fitted_is_another_question(rows):
    assert watched(rows, np.arange(80) % 2, rows)["scored"] == {}


def test_equal_rows_of_few_values_may_be_different_ones():
    coins = np.random.default_rng(1).integers(0, 2, (80, 3))
    assert watched(coins[:60], coins[:60, 0], coins[60:])["scored"]["1"][3] == 0


def test_what_cannot_be_read_is_said_and_the_run_goes_on():
    inside = Inside("watch", 1)
    assert inside.fit(0, 3.5) == 3.5
    assert "has no rows" in unpacked(inside.report())["skipped"][0][1]


def test_a_copy_of_the_target_is_told_from_a_good_input(rows):
    y = (rows[:, 0] + 0.5 * rows[:, 1] > 0).astype(int)
    assert columns(rows, y) == {}
    assert columns(pd.DataFrame(rows).assign(code=np.where(y, 7, 3)), y) == {"code": "copy"}
    price = rows @ [1.0, 2.0, 0.5, 0.1]
    assert columns(rows, price) == {}
    assert columns(np.c_[rows, 3 * price - 1], price) == {4: "copy"}
    assert columns(np.c_[rows, np.digitize(price, [-2, 0, 2])], price) == {4: "bands"}
    noisy = np.c_[rows, y + 0.1 * rows[:, 2]]
    assert columns(noisy, y) == {4: "parts"}


def test_numbers_of_rows_are_told_by_the_order_in_which_classes_were_written(rows):
    y = np.sort(np.arange(80) % 2)
    mixed = np.random.default_rng(3).permutation(80)
    rng = np.random.default_rng(4)
    for number in (np.arange(80), 1000 + 2 * np.arange(80), np.arange(80) / 80):
        table = np.c_[number + 0.0, rows][mixed]
        assert columns(table, y[mixed]) == {0: "numbering"} or columns(table, y[mixed]) == {0: "parts"}
        assert columns(np.c_[rng.permutation(80), rows], y) == {}


def test_a_single_input_is_the_question_itself():
    x = np.linspace(0, 1, 60).reshape(-1, 1)
    assert columns(x, 2 * x[:, 0] + 1) == {}


@pytest.mark.parametrize("make", [list, tuple, np.array, pd.Series])
def test_labels_are_shuffled_and_stay_what_they_were(make):
    y = make([0, 1, 2, 3, 4, 5, 6, 7])
    new = Inside("shuffle", 4).labels(y, {}, "y")
    assert type(new) is type(y)
    assert sorted(new) == sorted(y)
    assert list(new) != list(y)
    if isinstance(y, pd.Series):
        assert list(new.index) == list(y.index)
    assert Inside("watch", 4).labels(y, {}, "y") is y


def test_whole_groups_exchange_their_labels_where_each_has_one():
    who = np.repeat(np.arange(12), 4)
    y = np.random.default_rng(0).integers(0, 2, 12)[who]
    inside = Inside("shuffle", 3)
    new = inside.labels(y, {"who": who, "noise": np.arange(48)}, "y")
    assert all(len(set(new[who == g])) == 1 for g in range(12))
    assert list(new) != list(y)
    assert unpacked(inside.report())["shuffled"] == [["y", 48, "who", 12]]


def test_for_chance_groups_exchange_again_where_the_rows_are_known():
    who = np.repeat(np.arange(20), 4)
    x = np.random.default_rng(0).normal(size=(80, 3))
    y = np.random.default_rng(1).integers(0, 2, 20)[who]
    inside = Inside("again", 3)
    new = inside.labels(y, {"who": who, "x": x}, "y")
    some = np.r_[10:70]
    inside.fit(0, x[some])
    fitted = inside.fit_y(0, new[some])
    assert all(len(set(fitted[who[some] == g])) == 1 for g in set(who[some]))
    assert list(fitted) != list(new[some])


def test_a_column_that_is_not_there_yet_is_said():
    inside = Inside("shuffle", 1)
    table = pd.DataFrame({"a": [1, 2, 3]})
    assert inside.column(table, "y", {}, "table['y']") is table
    assert unpacked(inside.report())["skipped"] == [["labels", "table['y'] is not there yet"]]


def test_labels_in_a_bunch_are_shuffled_in_a_copy_of_it():
    from sklearn.datasets import load_wine

    data = load_wine()
    new = Inside("shuffle", 1).column(data, "target", {}, "data.target")
    assert type(new) is type(data)
    assert list(new.target) != list(data.target)
    assert sorted(new.target) == sorted(data.target)
    assert new.data is data.data


def test_the_helper_runs_by_itself_and_binds_no_name_of_the_notebook():
    names = {"__name__": "__main__"}
    exec(helper("watch", 1), names)
    assert set(names) == {"__name__", "__builtins__"}
    assert unpacked(eval(REPORT, names))["skipped"] == []


def test_places_are_wrapped_and_labels_shuffled_before_they_are_read():
    cell = "m = Model().fit(X, y)\ns = m.score(A, b)"
    notebook = made("y = load()", cell)
    spots = (
        Spot(key=1, start=16, end=17, text="X", role="fit", site=0),
        Spot(key=1, start=34, end=35, text="A", role="scored", site=1, fits=(0,)),
    )
    found = Spots(spots=spots, labels=Labels(key=1, at=0, indent="", name="y"))
    (text,) = texts(notebook, found).values()
    assert text == (
        f"y = {NAME}.labels(y, locals(), 'y')\n"
        f"m = Model().fit({NAME}.fit(0, (X)), y)\ns = m.score({NAME}.scored(1, [0], (A)), b)"
    )
    assert Spots.from_dict(found.as_dict()) == found


@pytest.mark.parametrize(
    "labels",
    [
        Labels(key=1, at=0, indent="", name="y; import os"),
        Labels(key=1, at=0, indent="import os\n", name="y"),
        Labels(key=7, at=0, indent="", name="y"),
    ],
)
def test_no_code_comes_from_a_plan(labels):
    with pytest.raises(PlanError):
        texts(made("y = load()", "print(y)"), Spots(spots=(), labels=labels))


def test_other_code_than_planned_is_refused():
    spot = Spot(key=0, start=0, end=1, text="z", role="fit", site=0)
    with pytest.raises(PlanError, match="not what the probe was planned on"):
        texts(made("y = load()"), Spots(spots=(spot,), labels=None))
