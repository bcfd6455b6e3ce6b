"""Error analysis of a real model on real data: the planted slice is found, and becomes a problem by one action."""

from __future__ import annotations

import json

import pytest
from kernel_door import Kernel

from jupyter_coimprove.errors import NotebookError, UsageError
from jupyter_coimprove.interfaces.cli import main
from jupyter_coimprove.testing.messages import Answer, MessagesServer, Text
from jupyter_coimprove.workbench import deciding, erring, planning, running

#: Breast cancer (scikit-learn's), with labels turned round for two thirds of the smooth tumours: 20 % of the rows.
MODEL = (
    "import numpy as np\nfrom sklearn.datasets import load_breast_cancer\nfrom sklearn.linear_model import LogisticRegression\n"
    "from sklearn.model_selection import cross_val_predict\nfrom sklearn.pipeline import make_pipeline\n"
    "from sklearn.preprocessing import StandardScaler",
    "X, y = load_breast_cancer(return_X_y=True, as_frame=True)\nsmooth = X['mean smoothness'] <= X['mean smoothness'].quantile(0.2)\n"
    "turned = smooth & (np.random.default_rng(0).random(len(X)) < 0.66)\ny_test = y.where(~turned, 1 - y)",
    "model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))\n"
    "pred = cross_val_predict(model, X, y, cv=3)\nprint('accuracy', (pred == y_test).mean())",
)  # fmt: skip


@pytest.mark.slow
def test_the_planted_slice_is_found_tagged_and_accepted(bench, write, capsys) -> None:
    path = write(*MODEL)
    before = path.read_bytes()
    assert main(["errors", str(path), "--root", str(path.parent), "--tag", "3=smooth", "--json"]) == 0
    view = json.loads(capsys.readouterr().out)
    assert view["view"] == "ActivityView"
    assert path.read_bytes() == before
    (card,) = [one for one in view["cards"] if one["kind"] == "slice"]
    assert [c["name"] for c in card["data"]["conditions"]] == ["mean smoothness"]
    edge = card["data"]["conditions"][0]["high"]

    from sklearn.datasets import load_breast_cancer

    smooth = load_breast_cancer(as_frame=True).data["mean smoothness"]
    planted, found = smooth <= smooth.quantile(0.2), smooth <= edge
    assert (planted & found).sum() / (planted | found).sum() >= 0.8
    assert card["data"]["low"] < 0.65 < card["data"]["high"]
    parts = {part["title"]: part for part in view["sections"]}
    assert dict(parts["What was looked at"]["facts"])["labels"] == "y_test"
    assert sum(sum(row[1:3]) for row in parts["Confusion"]["rows"]) == 569
    assert parts["Tagged cases"]["rows"] == [["smooth", 1, "nothing beyond chance", None, None]]
    assert any(one.startswith("calibration: no probabilities") for one in view["unseen"])
    assert "a model would read the cases" in view["adds"]
    deciding.accept(bench, id=card["id"])
    assert bench.record().get(card["id"]).state == "accepted"


def test_what_cannot_be_asked_is_told_before_anything_runs(bench, write) -> None:
    path = str(write("x = 1"))
    for given, told in (
        ({"truth": "y ==", "predicted": "p"}, "no Python expression"), ({"tag": ["x=1"]}, "is no tag"),
        ({"arm": "a"}, "--arm is one of an experiment"), ({"slices": 0}, "0 slices"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=told):
            erring.errors(bench, notebook=path, **given)
    with pytest.raises(NotebookError, match="compares no labels with predictions") as error:
        erring.errors(bench, notebook=path)
    assert "--truth EXPR" in error.value.remedy


def test_one_class_and_losses_that_are_no_list_of_items_are_told(bench, write) -> None:
    path = str(
        write(
            "import numpy as np\nX = np.random.default_rng(0).normal(size=(80, 2))\ny = np.ones(80, dtype=int)"
        )
    )
    names = {"truth": "y", "predicted": "y", "features": "X"}
    view = erring.errors(bench, notebook=path, **names)
    assert view.summary.startswith("error 0.0% over 80 items")
    assert any("every item has the same loss, 0" in one for one in view.unseen)
    with pytest.raises(NotebookError, match="a loss of each item is needed"):
        erring.errors(bench, notebook=path, loss="np.zeros(3)", **names)


def test_arms_without_items_say_what_to_plan(ended, bench, write) -> None:
    path = str(bench.root() / "train.ipynb")
    with pytest.raises(UsageError, match="no score of each item"):
        erring.errors(bench, notebook=path, experiment=ended, truth="[1]", predicted="[1]")
    with pytest.raises(UsageError, match="lr=0"):
        erring.errors(bench, notebook=path, experiment=ended, arm="lr=0.2", truth="[1]", predicted="[1]")


@pytest.mark.slow
def test_two_arms_are_compared_item_by_item_and_nothing_runs_again(bench, write, monkeypatch) -> None:
    path = write(
        ("parameters", "SEED = 0\nlr = 0.1"),
        "import random\nrandom.seed(SEED)\nbase = [i / 20 + random.random() / 100 for i in range(12)]",
        "scores = [b + (lr if i % 4 == 0 else 0) for i, b in enumerate(base)]\nscore = sum(scores) / len(scores)",
    )
    plan = planning.plan(
        bench,
        notebook=str(path),
        factor=["lr=0.3"],
        response="score",
        direction="max",
        blocks=3,
        items="scores",
    )
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    monkeypatch.setattr(erring, "look", None)
    view = erring.errors(bench, notebook=str(path), experiment=plan.id)
    assert view.summary == "over 3 blocks they differ on 3 of 12 items: up on 3, down on 0"
    (part,) = view.sections
    assert part.title == "lr=0.3 against baseline, item by item"
    assert sorted(row[0] for row in part.rows) == [0, 4, 8]
    assert all(row[3] == pytest.approx(0.2) for row in part.rows)
    assert any(one.startswith("slices, confusion") for one in view.unseen)


@pytest.mark.slow
def test_a_person_at_a_kernel_sees_slices_with_a_models_words(write, monkeypatch) -> None:
    path = write(*MODEL)
    asked = []

    def answers(body) -> Answer:
        asked.append(json.dumps(body))
        return Answer(content=(Text("They are smooth tumours, read as their opposite."),))

    with MessagesServer(answers) as service:
        folder = path.parent
        kernel = Kernel(
            folder, ANTHROPIC_API_KEY="sk-ant-canary-0123456789", ANTHROPIC_BASE_URL=service.url,
            JUPYTER_DATA_DIR=str(folder / "data"), JUPYTER_CONFIG_DIR=str(folder / "config"),
        )  # fmt: skip
        try:
            assert kernel.run("%load_ext jupyter_coimprove") == []
            out = kernel.run(f"%coai errors {path.name} --provider anthropic", patience=180)
        finally:
            kernel.end()
    shown = "\n".join(one["data"]["text/plain"] for one in out if "data" in one)
    assert "mean smoothness ≤" in shown
    assert "They are smooth tumours" in shown
    assert "mean smoothness" in asked[0]
    assert "Confusion" in asked[0]
