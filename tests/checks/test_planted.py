"""Flaws planted by one edit in training notebooks that others wrote are found, and say where."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from made_notebooks import made

from jupyter_coimprove.evidence.checks.check import check
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.io import read
from jupyter_coimprove.workbench.beside import with_files

EDITS = [
    ("10_intent_emb", "evaluate(model, val)", "evaluate(model, test)", "tuned"),
    ("12_load_gru", "if va < best:\n        best, best_te, stall = va,", "if te < best:\n        best, best_te, stall = te,", "tuned"),
    ("12_load_gru", "load[:i_val].mean(), load[:i_val].std()", "load.mean(), load.std()", "preprocessing"),
    ("03_resnet_mini", "mu, sd = Xtr.mean(), Xtr.std()", "mu, sd = X.mean(), X.std()", "preprocessing"),
    ("03_resnet_mini", 'history["acc"][-1]', 'max(history["acc"])', "tuned"),
    ("02_bike_demand", "TimeSeriesSplit(n_splits=N_SPLITS, gap=GAP, test_size=168)", "KFold(n_splits=N_SPLITS, shuffle=True)", "temporal"),
    ("02_bike_demand", ".shift(k)", ".shift(-k)", "temporal"),
    ("02_bike_demand", 'df["windspeed"]', 'df["rentals"] * 2', "target"),
    ("04_reviews_bow", "pipe.fit(df.text.iloc[tr], df.label.iloc[tr])", "pipe.fit(df.text, df.label)", "overlap"),
    ("07_wine_bn", "mean, std = X_train.mean(0), X_train.std(0)", "mean, std = X.mean(0), X.std(0)", "preprocessing"),
    ("06_strength_mlp", "net(Xva_t).squeeze(1), yva_t)", "net(Xte_t).squeeze(1), yte_t)", "tuned"),
]  # fmt: skip


@pytest.mark.shared_data
@pytest.mark.parametrize(("name", "old", "new", "kind"), EDITS)
def test_one_edit_that_spoils_a_sound_notebook_is_found(shared_data: Path, name, old, new, kind) -> None:
    (path,) = (shared_data / "training" / name).rglob("*.ipynb")
    notebook = read(path)
    sound, _ = check(with_files(notebook), python_source)
    assert not [f for f in sound if f.confidence != "low"]
    (at,) = (cell.index for cell in notebook.code_cells if old in cell.source)
    cells = tuple(
        dataclasses.replace(cell, source=cell.source.replace(old, new)) if cell.index == at else cell
        for cell in notebook.cells
    )
    found, _ = check(with_files(dataclasses.replace(notebook, cells=cells)), python_source)
    assert kind in [f.kind for f in found]
    assert at in [f.where.cell for f in found if f.kind == kind] + [w.cell for f in found for w in f.trail]


def test_three_hundred_cells_are_read_whole_and_raise_no_alarm() -> None:
    cell = """
    def prepare_{0}(X, y):
        scaler = StandardScaler()
        a, b, c, d = train_test_split(X, y, random_state={0})
        return scaler.fit_transform(a), scaler.transform(b), c, d
    a, b, c, d = prepare_{0}(X, y)
    scores = []
    for depth in range(1, 9):
        model = DecisionTreeClassifier(max_depth=depth).fit(a, c)
        scores.append({{"depth": depth, "train": model.score(a, c), "test": model.score(b, d)}})
    print(pd.DataFrame(scores))
    """
    head = "import pandas as pd\ndf = pd.read_csv('x.csv')\nX, y = df.drop(columns='y'), df['y']"
    notebook = made(head, *(cell.format(n) for n in range(299)))
    found, whole = check(notebook, python_source)
    assert whole
    assert not found
