"""Histories as values: flat, diverging and over-fitting curves of real training, and their sound twins."""

from __future__ import annotations

import contextlib
import io
import json
import warnings
from pathlib import Path
from typing import Any

import pytest

from jupyter_coimprove.activities.problems import inside, series
from jupyter_coimprove.activities.problems.curves import Curve, troubled
from jupyter_coimprove.activities.problems.history import Past
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.io import parse

DATA = (
    "import numpy as np\nfrom sklearn.datasets import load_breast_cancer\nfrom sklearn.model_selection import train_test_split\n"
    "from sklearn.preprocessing import StandardScaler\nX, y = load_breast_cancer(return_X_y=True)\n"
    "X_train, X_val, y_train, y_val = train_test_split(StandardScaler().fit_transform(X), y, random_state=0)"
)  # fmt: skip
#: Logistic regression by gradient descent; `lr` and what is fitted are planted.
DESCENT = (
    "w = np.zeros(X_train.shape[1]); losses = []\nfor epoch in range(40):\n    p = 1 / (1 + np.exp(-X_train @ w))\n"
    "    losses.append(float(np.mean((p - y_train) ** 2)))\n    w -= LR * X_train.T @ (p - y_train) / len(y_train)"
)  # fmt: skip
#: Least squares, which diverges where the step is too large.
SQUARES = (
    "w = np.zeros(X_train.shape[1]); history = {'loss': []}\nfor step in range(30):\n    r = X_train @ w - y_train\n"
    "    history['loss'].append(float(np.mean(r ** 2)))\n    w -= LR * X_train.T @ r / len(r)"
)  # fmt: skip
#: Many deep trees on few rows, half of their labels turned round, told by round as boosting libraries do.
BOOSTED = (
    "from sklearn.ensemble import GradientBoostingClassifier\nfrom sklearn.metrics import log_loss\n"
    "rng = np.random.default_rng(0)\nnoisy = np.where(rng.random(len(y_train)) < NOISE, 1 - y_train, y_train)[:150]\n"
    "model = GradientBoostingClassifier(n_estimators=ROUNDS, max_depth=4, learning_rate=0.2, random_state=0).fit(X_train[:150], noisy)\n"
    "evals_result = {'train': {'logloss': [log_loss(noisy, p) for p in model.staged_predict_proba(X_train[:150])]},\n"
    "                'valid': {'logloss': [log_loss(y_val, p) for p in model.staged_predict_proba(X_val)]}}"
)  # fmt: skip
NETWORK = (
    "from sklearn.neural_network import MLPClassifier\n"
    "net = MLPClassifier((8,), solver='sgd', learning_rate_init=LR, max_iter=25, random_state=0, tol=0, n_iter_no_change=100).fit(X_train, y_train)"
)  # fmt: skip
FRAME = (
    SQUARES + "\nimport pandas as pd\nframe = pd.DataFrame({'epoch': range(30), 'train_mse': history.pop('loss')})"
)  # fmt: skip
FOLDS = (
    "from sklearn.linear_model import LogisticRegression\nfrom sklearn.model_selection import KFold, cross_val_score, cross_validate\n"
    "scores = cross_val_score(LogisticRegression(), X, y > 0, cv=5) * 0 + 0.9\nresults = cross_validate(LogisticRegression(), X_train, y_train, cv=5)\n"
    "errors = []\nfor train, test in KFold(5).split(X):\n    errors.append(0.1)\n"
    "losses = []\nfor depth in range(1, 9):\n    losses.append(0.5)\n"
    "by_seed = {'accuracy': []}\nfor seed in range(6):\n    by_seed['accuracy'].append(0.9)"
)  # fmt: skip


def _notebook(*sources: str, shown: str = "", printed: str = "") -> Notebook:
    """Cells; the last shows this value, and printed this."""
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "metadata": {}, "source": source, "id": f"c{i}", "outputs": [], "execution_count": 1}
        for i, source in enumerate(sources)
    ]  # fmt: skip
    if shown:
        cells[-1]["outputs"].append(
            {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": shown}}
        )  # fmt: skip
    if printed:
        cells[-1]["outputs"].append({"output_type": "stream", "name": "stdout", "text": printed})
    text = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    return parse(text.encode(), Path("n.ipynb"))


def _appended(made: Notebook) -> frozenset[str]:
    return series.appended(cell.source for cell in made.code_cells)


def _shown(made: Notebook) -> list[Curve]:
    return series.shown(made, _appended(made))


def _trained(source: str, **planted: Any) -> dict[str, Any]:
    space: dict[str, Any] = dict(planted)
    with warnings.catch_warnings():
        # Training that goes wrong says so.
        warnings.simplefilter("ignore")
        exec(DATA, space)
        exec(source, space)
    return space


def _held(source: str, folder: Path, **planted: Any) -> list[str]:
    space = _trained(source, **planted)
    made = _notebook(DATA, source)
    inside.write(space, sorted(_appended(made)), str(folder / "c.json"))
    return [card.title for card in troubled(series.held((folder / "c.json").read_text(), made))]


@pytest.mark.parametrize(
    ("source", "planted", "titles"),
    [
        (DESCENT, {"LR": 1e-6}, ["`losses` is flat"]),
        (DESCENT, {"LR": 0.5}, []),
        (SQUARES, {"LR": 0.5}, ["`history loss` diverges"]),
        (SQUARES, {"LR": 0.02}, []),
        (FRAME, {"LR": 0.5}, ["`frame train_mse` diverges"]),
        (FRAME, {"LR": 0.02}, []),
        (BOOSTED, {"NOISE": 0.3, "ROUNDS": 60}, ["`evals_result valid logloss` gets worse after its best point"]),
        (BOOSTED, {"NOISE": 0.0, "ROUNDS": 12}, []),
        (NETWORK, {"LR": 1e-6}, ["`net loss_curve_` is flat"]),
        (NETWORK, {"LR": 0.05}, []),
        (FOLDS, {}, []),
    ],
    ids=["flat", "falls", "diverges", "falls too", "frame diverges", "frame falls", "over-fits", "fits", "network flat",
         "network learns", "folds, seeds and settings"],
)  # fmt: skip
def test_a_curve_that_variables_hold_is_judged_as_a_printed_one(
    tmp_path: Path, source: str, planted: dict[str, Any], titles: list[str]
) -> None:
    assert _held(source, tmp_path, **planted) == titles


def test_a_history_like_keras_keeps_it_is_read_without_a_call(tmp_path: Path) -> None:
    class History:
        def __init__(self) -> None:
            self.history = {
                "loss": [1.0, 0.7, 0.5, 0.4, 0.3, 0.2],
                "val_loss": [1.0, 0.6, 0.5, 0.7, 0.9, 1.1],
            }

        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"{name} was asked for")

        @property
        def epoch(self) -> Any:
            raise AssertionError("a property was read")

    fit = History()
    before = json.dumps(fit.history)
    inside.write({"fit": fit}, [], str(tmp_path / "c.json"))
    found = series.held((tmp_path / "c.json").read_text(), _notebook("fit = model.fit(X, y)"))
    assert [(one.name, one.cell) for one in found] == [("fit history loss", 1), ("fit history val_loss", 1)]
    assert [card.title for card in troubled(found)] == ["`fit history val_loss` diverges"]
    assert json.dumps(fit.history) == before


@pytest.mark.parametrize(
    ("last", "of"),
    [("losses", "losses"), ("history", "history"), ("frame", "frame"), ("print(history)", "history"), ("net.loss_curve_", "net")],
)  # fmt: skip
@pytest.mark.parametrize("sound", [False, True], ids=["planted", "sound"])
def test_what_a_cell_shows_of_a_history_is_read_as_it_stands(last: str, of: str, sound: bool) -> None:
    source = {"losses": DESCENT, "history": SQUARES, "frame": FRAME, "net": NETWORK}[of]
    bad, good = {"losses": (1e-6, 0.5), "history": (0.5, 0.02), "frame": (0.5, 0.02), "net": (1e-6, 0.05)}[of]
    space = _trained(source, LR=good if sound else bad)
    if last.startswith("print"):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(last, space)
        made = _notebook(source, f"{last}", printed=out.getvalue())
    else:
        made = _notebook(source, last, shown=repr(eval(last, space)))
    cards = list(troubled(_shown(made)))
    assert len(cards) == (0 if sound else 1)
    assert all(card.cells == (2,) for card in cards)


def test_a_table_of_folds_that_a_cell_shows_is_no_curve() -> None:
    table = "{'fit_time': [0.1, 0.1, 0.1, 0.1, 0.1], 'test_score': [0.9, 0.9, 0.9, 0.9, 0.9]}"
    assert _shown(_notebook("results = cross_validate(m, X, y)\nresults", shown=table)) == []
    assert _shown(_notebook("scores", shown="[0.9, 0.9, 0.9, 0.9, 0.9]")) == []
    frame = "   model  accuracy\n" + "".join(f"{i}      m      0.90\n" for i in range(6))
    assert _shown(_notebook("frame", shown=frame)) == []


def test_one_curve_that_is_printed_and_held_is_told_once() -> None:
    values = "[0.693, 0.693, 0.693, 0.693, 0.693, 0.693]"
    made = _notebook("for epoch in range(6):\n    losses.append(f())\nlosses", shown=values)
    assert len(series.together(_shown(made), _shown(made))) == 1


def test_the_newest_baselines_record_is_read_and_what_falls_is_no_problem() -> None:
    def past(id_: str, **logged: tuple[float, ...]) -> Past:
        return Past(id=id_, question="?", response="score", blocks=2, factors=(), logged=logged)

    bad, good = (1.0, 2.0, 4.0, 9.0, 20.0, 45.0), (1.0, 0.8, 0.6, 0.5, 0.45, 0.4)
    found = series.recorded([past("exp_1", loss=bad), past("exp_2", loss=good, val_loss=bad), past("exp_3")])
    cards = list(troubled(found))
    assert [(card.title, card.cells) for card in cards] == [("`val_loss` diverges", ())]
