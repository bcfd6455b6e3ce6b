"""A notebook's test items as the instrument writes them, by its own text and without pickles."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jupyter_coimprove.activities.benchmark_items import cell
from jupyter_coimprove.activities.cases import inside
from jupyter_coimprove.activities.cases.expressions import Named
from jupyter_coimprove.activities.cases.instrument import Items, source

NAMES = {"features": "X", "truth": "y", "predicted": "p", "model": ""}


def read(tmp_path: Path, space: Mapping[str, Any], loss: str = "", **names: str) -> Items:
    path = tmp_path / "items.npz"
    inside.write(dict(space), [{**NAMES, **names}], loss, str(path))
    with np.load(path, allow_pickle=False) as arrays:
        return Items.of({key: arrays[key] for key in arrays.files})


def test_a_table_comes_as_numbers_and_categories_with_what_is_missing(tmp_path: Path) -> None:
    X = pd.DataFrame(
        {
            "age": [20, 30, 40, 50], "town": ["a", None, "b", "a"], "paid": [True, False, True, True],
            "on": pd.to_datetime(["2020-01-01", "2020-01-02", None, "2020-01-04"]), "gap": [1.5, np.nan, 2.5, 3.5],
        },
        index=[7, 8, 9, 10],
    )  # fmt: skip
    y, p = pd.Series(["no", "yes", "no", "yes"], index=X.index), np.array(["no", "no", "no", "yes"])
    items = read(tmp_path, {"X": X, "y": y, "p": p})
    columns = {column.name: column for column in items.columns}
    assert columns["town"].levels == ("a", "b")
    assert columns["town"].values.tolist() == [0, -1, 1, 0]
    assert columns["paid"].levels == ("False", "True")
    assert columns["on"].values[3] - columns["on"].values[0] == 3
    assert np.isnan(columns["gap"].values[1])
    assert items.labels == ("no", "yes")
    assert items.loss.tolist() == [0, 1, 0, 0]
    (case,) = items.cases
    assert (case.item, case.name, case.truth, case.predicted) == (1, "8", "yes", "no")
    assert "age 30" in case.shown


def test_numbers_are_compared_by_their_distance_and_a_loss_of_ones_own_by_its_values(tmp_path: Path) -> None:
    space = {
        "X": np.eye(3),
        "y": np.array([1.0, 2.5, 3.0]),
        "p": np.array([1.0, 2.0, 5.0]),
        "mine": [3, 2, 1],
    }
    assert read(tmp_path, space).loss.tolist() == [0, 0.5, 2]
    assert read(tmp_path, space).labels == ()
    assert read(tmp_path, space, "mine").loss.tolist() == [3, 2, 1]


def test_probabilities_are_predictions_and_scores(tmp_path: Path) -> None:
    many = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0.3, 0.4, 0.3]])
    items = read(tmp_path, {"X": np.zeros((3, 2)), "y": np.array([0, 1, 1]), "p": many})
    assert items.score is not None
    assert items.loss.tolist() == [0, 1, 0]
    two = read(tmp_path, {"X": np.zeros((3, 2)), "y": np.array([0, 1, 1]), "p": np.array([0.2, 0.4, 0.9])})
    assert two.loss.tolist() == [0, 1, 0]
    assert two.classes == ("0", "1")


def test_pictures_have_their_brightness_and_texts_their_length(tmp_path: Path) -> None:
    y = np.array([0, 1])
    pictures = read(tmp_path, {"X": np.ones((2, 4, 4)), "y": y, "p": y[::-1]})
    assert [column.name for column in pictures.columns] == ["mean", "spread", "largest"]
    texts = read(tmp_path, {"X": ["one two", "three"], "y": y, "p": y})
    assert [column.values.tolist() for column in texts.columns] == [[7, 5], [2, 1]]


def test_what_does_not_fit_is_told_and_the_next_is_tried(tmp_path: Path) -> None:
    space = {"X": np.zeros((3, 1)), "y": np.arange(3), "p": np.arange(2), "q": np.arange(3)}
    with pytest.raises(LookupError, match="3 labels and 2 predictions"):
        read(tmp_path, space)
    with pytest.raises(LookupError, match="NameError"):
        read(tmp_path, space, predicted="gone")
    with pytest.raises(LookupError, match="a loss of each item is needed"):
        read(tmp_path, space, "X.sum()[None].ravel()", predicted="q")
    path = tmp_path / "items.npz"
    inside.write(space, [NAMES, {**NAMES, "predicted": "q"}], "", str(path))
    assert path.is_file()


def test_many_rows_are_drawn_and_all_labels_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside, "ENTRIES", 4000)
    y = np.arange(5000) % 2
    items = read(tmp_path, {"X": np.zeros((5000, 4)), "y": y, "p": y})
    assert (len(items.drawn), len(items.columns[0].values), len(items.truth)) == (1000, 1000, 5000)


def test_the_cells_text_stands_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = source([Named(features="", truth="[1, 2]", predicted="[1, 3]")])
    assert "jupyter_coimprove" not in text
    monkeypatch.chdir(tmp_path)
    exec(text, {})
    with np.load("coimprove-items.npz", allow_pickle=False) as arrays:
        assert json.loads(arrays["meta"].tobytes())["items"] == 2


def test_batches_are_asked_in_one_pass_whatever_their_order(tmp_path: Path) -> None:
    class Shuffled:
        """Another order each time, as a loader that shuffles has."""

        def __init__(self) -> None:
            self.draw = np.random.default_rng(0)

        def __iter__(self) -> Any:
            rows = self.draw.permutation(60)
            return ((rows[i : i + 16, None], rows[i : i + 16] % 3) for i in range(0, 60, 16))

    space = {"loader": Shuffled(), "net": lambda x: np.eye(3)[x[:, 0] % 3]}
    names = {"features": "x", "truth": "y", "predicted": "net(x).argmax(1)", "batches": "for x, y in loader"}
    items = read(tmp_path, space, **names)
    assert len(items.loss) == 60
    assert items.loss.sum() == 0
    assert sorted(items.columns[0].values.tolist()) == list(range(60))
    with pytest.raises(LookupError, match="there is no batch"):
        read(tmp_path, {**space, "loader": []}, **names)
    written = cell(items)
    shown: dict[str, Any] = dict(space)
    exec(compile(written, "cell", "exec"), shown)  # the benchmark cell that is proposed of such items
    assert (shown["_truth"] == shown["_told"]).all()
    assert len(shown["_truth"]) == 60
