"""`problem --run` on real data: the planted group is the first problem, with an interval that holds its error rate."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jupyter_coimprove.interfaces.cli import main
from jupyter_coimprove.workbench import planning, problems, running

#: Breast cancer (scikit-learn's) with labels turned round in one group of rows, predicted out of fold.
CANCER = (
    "import numpy as np\nfrom sklearn.datasets import load_breast_cancer\nfrom sklearn.linear_model import LogisticRegression\n"
    "from sklearn.model_selection import cross_val_predict\nfrom sklearn.pipeline import make_pipeline\n"
    "from sklearn.preprocessing import StandardScaler",
    "X, y = load_breast_cancer(return_X_y=True, as_frame=True)\n"
    "group = (X['mean texture'] >= 19) & (X['mean symmetry'] <= 0.18)\n"
    "turned = group & (np.random.default_rng(1).random(len(X)) < 0.6)\ny_test = y.where(~turned, 1 - y)",
    "model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))\n"
    "pred = cross_val_predict(model, X, y, cv=3)\nprint('accuracy', (pred == y_test).mean())",
)  # fmt: skip
#: Diabetes (scikit-learn's): the progression of a tenth of the patients, by age, is noted down ten times too large.
DIABETES = (
    "from sklearn.datasets import load_diabetes\nfrom sklearn.linear_model import Ridge\n"
    "from sklearn.metrics import mean_absolute_error\nfrom sklearn.model_selection import cross_val_predict",
    "X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)\nold = X['age'] >= X['age'].quantile(0.9)\n"
    "y_test = y.where(~old, 10 * y)",
    "pred = cross_val_predict(Ridge(), X, y, cv=4)\nprint('mae', mean_absolute_error(y_test, pred))",
)  # fmt: skip


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def inside(frame: Any, conditions: list[dict[str, Any]]) -> Any:
    """The rows of a slice as a card states it."""
    rows = frame.index >= 0
    for one in conditions:
        column = frame[one["name"]]
        if one.get("low") is not None:
            rows &= column >= one["low"]
        if one.get("high") is not None:
            rows &= column <= one["high"]
    return rows


def iou(one: Any, other: Any) -> float:
    return float((one & other).sum() / (one | other).sum())


@pytest.mark.slow
def test_a_planted_group_of_two_features_is_the_first_problem_and_leads_to_a_plan(
    bench, write, capsys
) -> None:
    from sklearn.datasets import load_breast_cancer

    path = write(*CANCER)
    before = path.read_bytes()
    root = ("--root", str(path.parent))
    view = asked(capsys, "problem", str(path), "--run", *root)
    card = view["cards"][0]
    assert (card["kind"], card["state"]) == ("slice", "pending")
    assert {one["name"] for one in card["data"]["conditions"]} == {"mean texture", "mean symmetry"}
    X = load_breast_cancer(as_frame=True).data
    planted = (X["mean texture"] >= 19) & (X["mean symmetry"] <= 0.18)
    assert iou(planted, inside(X, card["data"]["conditions"])) >= 0.8
    # 60 % of the group's labels were turned round; the interval is one for all groups that were compared.
    assert card["data"]["low"] < 0.6 < card["data"]["high"]
    assert (
        f"interval {100 * card['data']['low']:.1f}% to {100 * card['data']['high']:.1f}% over all slices tried"
        in card["evidence"][0]
    )
    assert path.read_bytes() == before
    asked(capsys, "accept", card["id"], *root)
    again = asked(capsys, "problem", str(path), "--run", *root)
    assert [(one["id"], one["state"]) for one in again["cards"] if one["kind"] == "slice"] == [
        (card["id"], "accepted")
    ]
    plan = asked(
        capsys, "plan", str(path), "-f", "LogisticRegression.max_iter=2000", "-r", "printed:accuracy (.*)", "--direction", "max",
        "--because", card["id"], *root,
    )  # fmt: skip
    way = asked(capsys, "trail", plan["id"], *root)["way"]
    assert [step["id"] for step in way] == [card["id"], plan["id"]]


@pytest.mark.slow
def test_a_group_of_patients_whose_numbers_are_wrong_is_the_first_problem(bench, write, capsys) -> None:
    from sklearn.datasets import load_diabetes

    path = write(*DIABETES)
    view = asked(capsys, "problem", str(path), "--run", "--root", str(path.parent))
    card = view["cards"][0]
    assert card["kind"] == "slice"
    assert [one["name"] for one in card["data"]["conditions"]] == ["age"]
    frame = load_diabetes(as_frame=True, scaled=False)
    old = frame.data["age"] >= frame.data["age"].quantile(0.9)
    assert iou(old, inside(frame.data, card["data"]["conditions"])) >= 0.8
    # Ten times the progression, of which the model says about one: the loss is about nine times it.
    assert card["data"]["low"] < 9 * frame.target[old].mean() < card["data"]["high"]


#: Least squares by gradient descent, with a step that is too large for it; nothing is printed.
DIVERGES = (
    "import numpy as np\nfrom sklearn.datasets import load_diabetes\nX, y = load_diabetes(return_X_y=True)\n"
    "X = X / X.std(axis=0)\ny = y / y.std()",
    "w = np.zeros(X.shape[1])\nlosses = []\nfor epoch in range(30):\n    r = X @ w - y\n"
    "    losses.append(float((r ** 2).mean()))\n    w -= LR * X.T @ r / len(r)",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("labelled", [False, True], ids=["nothing compared", "with test items"])
def test_a_curve_that_only_a_variable_holds_is_seen_by_the_run_and_leaves_no_name(
    write, capsys, labelled: bool
) -> None:
    data, loop = DIVERGES
    calm = loop.replace("losses", "calm_losses").replace("LR *", "0.05 *")
    cells = [data, "LR = 0.9", loop, calm] + [
        "y_test, pred = y, X @ w\nmae = abs(pred - y_test).mean()"
    ] * labelled
    path = write(*cells)
    before = path.read_bytes()
    root = ("--root", str(path.parent))
    told = asked(capsys, "problem", str(path), *root)
    assert not any("diverges" in card["title"] for card in told["cards"])
    told = asked(capsys, "problem", str(path), "--run", *root)
    card = next(card for card in told["cards"] if card["title"] == "`losses` diverges")
    assert card["cells"] == [3]
    assert path.read_bytes() == before
    # The same loop with a smaller step stands beside it.
    assert not any("calm" in card["title"] for card in told["cards"])
    curves = next(part for part in told["sections"] if part["title"] == "Curves")
    assert {row[1] for row in curves["rows"]} == {"losses", "calm_losses"}


@pytest.mark.slow
def test_a_curve_that_runs_of_an_experiment_recorded_is_seen_without_a_run(bench, write, capsys) -> None:
    loop = (
        "from jupyter_coimprove import log\nw = np.zeros(X.shape[1])\nfor epoch in range(12):\n    r = X @ w - y\n"
        "    log('train_mse', float((r ** 2).mean()), step=epoch)\n    w -= LR * X.T @ r / len(r)\nscore = float((r ** 2).mean())"
    )  # fmt: skip
    path = write(DIVERGES[0], ("parameters", "LR = 0.9"), loop)
    plan = planning.plan(
        bench, notebook=str(path), factor=["LR=0.05"], response="score", direction="min", blocks=2
    )
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    titles = [card.title for card in problems.problem(bench, notebook=str(path)).cards]
    assert titles.count("`train_mse` diverges") == 1
