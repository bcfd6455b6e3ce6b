"""New tables against what was recorded: what has drifted is found, what has not is left in peace."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jupyter_coimprove.activities.ship.inputs import WRITES, Read, instrument
from jupyter_coimprove.activities.ship.monitor import ALPHA, compare, metrics


def recorded(
    columns: dict[str, list[Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """The schema of a frame, as the instrument writes it in a kernel."""
    import pandas as pd

    monkeypatch.chdir(tmp_path)
    exec(instrument([Read(name="df", source="", cell=1)], ["numpy"]), {"df": pd.DataFrame(columns)})
    told = json.loads((tmp_path / WRITES).read_text())
    assert told["versions"] == {"numpy": np.__version__}
    (frame,) = told["frames"]
    return dict(frame)


def people(n: int, seed: int, *, shift: float = 0.0) -> dict[str, list[Any]]:
    draw = np.random.default_rng(seed)
    return {
        "age": (draw.normal(40 + shift, 10, n)).tolist(),
        "visits": draw.poisson(3, n).tolist(),
        "region": draw.choice(["north", "south", "east"], n, p=[0.5, 0.3, 0.2]).tolist(),
        "income": [None if draw.random() < 0.1 else float(x) for x in draw.lognormal(3, 1, n)],
    }


def test_a_schema_has_types_ranges_and_what_is_missing(tmp_path, monkeypatch) -> None:
    frame = recorded({"a": [1.0, None, 3.0], "b": ["x", "y", "x"], "c": [1, 2, 3]}, tmp_path, monkeypatch)
    a, b, c = frame["columns"]
    assert (a["dtype"], a["missing"], a["min"], a["max"], a["kind"]) == ("float64", 1, 1.0, 3.0, "number")
    assert (b["kind"], b["levels"]) == ("category", {"x": 2, "y": 1})
    assert (c["dtype"], c["mean"], frame["rows"]) == ("int64", 2.0, 3)


def test_a_planted_shift_is_found_in_its_column_alone(tmp_path, monkeypatch) -> None:
    frame = recorded(people(2000, 1), tmp_path, monkeypatch)
    found = compare(frame, people(500, 2, shift=8.0))
    drifts = [one for one in found if one.drifts]
    assert {one.column for one in drifts} == {"age"}
    (shift,) = [one for one in drifts if one.kind == "distribution"]
    assert shift.adjusted is not None
    assert shift.adjusted < 1e-6
    assert shift.psi is not None
    assert shift.psi > 0.1
    # The first that is told is one that drifts.
    assert found[0].drifts


def test_new_tables_from_the_same_source_rarely_alarm(tmp_path, monkeypatch) -> None:
    frame = recorded(people(1500, 3), tmp_path, monkeypatch)
    alarms = sum(any(one.drifts for one in compare(frame, people(300, 100 + seed))) for seed in range(150))
    # At most ALPHA of all tables: of 150, six or more would come up once in 400.
    assert alarms <= max(5, 150 * ALPHA * 2)


def test_categories_missing_values_and_types_are_told_apart(tmp_path, monkeypatch) -> None:
    frame = recorded(people(1000, 4), tmp_path, monkeypatch)
    new = people(400, 5)
    new["region"] = ["west" if i % 4 == 0 else one for i, one in enumerate(new["region"])]
    new["income"] = ["" if i % 2 else one for i, one in enumerate(new["income"])]
    new["visits"] = [f"{one} times" for one in new["visits"]]
    del new["age"]
    new["extra"] = new["region"]
    by = {(one.column, one.kind): one for one in compare(frame, new)}
    assert by["age", "missing column"].drifts
    assert by["region", "new categories"].said.startswith("west: 100 of 400 rows")
    assert by["region", "new categories"].drifts
    assert by["income", "missing values"].drifts
    assert "55" in by["income", "missing values"].said or "5" in by["income", "missing values"].said
    assert by["visits", "type"].said.startswith("400 of 400 entries are no numbers")
    assert not by["extra", "new column"].drifts


def test_texts_of_a_file_are_the_values_of_a_frame(tmp_path, monkeypatch) -> None:
    frame = recorded({**people(800, 6), "on": [i % 3 == 0 for i in range(800)]}, tmp_path, monkeypatch)
    new = {**people(300, 7), "on": [i % 3 == 0 for i in range(300)]}
    texts = {
        name: ["" if one is None else str(one).lower() if name == "on" else str(one) for one in column]
        for name, column in new.items()
    }
    assert not [one for one in compare(frame, texts) if one.drifts]


def test_few_rows_and_empty_columns_are_no_error(tmp_path, monkeypatch) -> None:
    frame = recorded(people(100, 8), tmp_path, monkeypatch)
    few = {name: column[:2] for name, column in people(10, 9).items()}
    assert not [one for one in compare(frame, few) if one.drifts]
    empty = {**few, "age": ["", None]}
    assert [one.kind for one in compare(frame, empty) if one.drifts] == ["empty"]


@pytest.mark.parametrize(
    ("values", "drifts", "worse"),
    [
        ([0.80], False, False),
        ([0.5], True, True),
        ([0.99], True, False),
        ([0.765] * 4, True, True),
        ([0.765], False, False),
    ],
)
def test_metrics_are_held_against_what_one_more_run_would_show(values, drifts, worse) -> None:
    found = metrics(values, (0.75, 0.85), 10, "max")
    assert found.drifts is drifts
    if drifts:
        assert found.worse is worse
    assert metrics(values, (0.75, 0.85), 10, "min").worse is (drifts and not worse)
