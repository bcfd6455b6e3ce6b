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


DIGITS = (
    "%matplotlib inline\nimport matplotlib.pyplot as plt\nfrom sklearn.datasets import load_digits\n"
    "from sklearn.linear_model import LogisticRegression\nfrom sklearn.model_selection import train_test_split\n"
    "digits = load_digits()\n"
    "X_train, X_test, y_train, y_test = train_test_split(digits.data, digits.target, random_state=0)",
    "def show(i):\n    fig = plt.figure(figsize=(2, 2), frameon=False)\n    ax = fig.add_axes([0, 0, 1, 1])\n    ax.set_axis_off()\n"
    "    ax.imshow(X_test[i].reshape(8, 8), cmap='gray', vmin=0, vmax=16)\n    plt.show()\nshow(3)",
    "model = LogisticRegression(C=0.0001).fit(X_train, y_train)\nprint((model.predict(X_test) == y_test).mean())",
)  # fmt: skip
ROWS = (
    "from sklearn.datasets import load_breast_cancer\nfrom sklearn.linear_model import LogisticRegression\n"
    "from sklearn.model_selection import train_test_split\ndf = load_breast_cancer(as_frame=True).frame.iloc[:, [0, 1, -1]]\ndf.head()",
    "X_train, X_test, y_train, y_test = train_test_split(df.drop(columns='target'), df['target'], random_state=0)",
    "model = LogisticRegression(max_iter=200).fit(X_train, y_train)\nprint((model.predict(X_test) == y_test).mean())",
)  # fmt: skip


@pytest.mark.slow
def test_cases_are_shown_by_the_notebooks_own_function_in_files_and_in_every_door(bench, write) -> None:  # fmt: skip
    """Digits that were misread are pictures of eight by eight with their own pixels."""
    import base64
    import io
    from pathlib import Path

    import numpy as np
    from matplotlib.image import imread
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    from jupyter_coimprove.interfaces.display.answer import Answer
    from jupyter_coimprove.interfaces.server.lines import drawn
    from jupyter_coimprove.wire.call import as_json

    path = write(*DIGITS)
    before = path.read_bytes()
    shown = erring.errors(bench, notebook=str(path), tag=["7=thin"])
    view = json.loads(as_json(shown))
    assert path.read_bytes() == before
    cases = next(part for part in view["sections"] if part["title"] == "Cases worth looking at")
    assert {one["way"] for one in cases["shown"]} == {"show(_at)"}
    assert [one["item"] for one in cases["shown"]] == [row[0] for row in cases["rows"]] + [7]
    _, test, _, truth = train_test_split(*load_digits(return_X_y=True), random_state=0)
    for one in cases["shown"]:
        assert one["title"].startswith(f"item {one['item']}: true {truth[one['item']]}, predicted ")
        assert ", confidence 0." in one["title"]
        raw = Path(one["file"]).read_bytes()
        for png in (raw, base64.b64decode(one["data"]["image/png"])):
            picture = np.asarray(imread(io.BytesIO(png), format="png"))
            middle = ((np.arange(8) + 0.5) * picture.shape[0] / 8).astype(int)
            seen = picture[np.ix_(middle, middle)][:, :, 0] * 16
            assert np.abs(seen - test[one["item"]].reshape(8, 8)).max() < 0.1
    assert (Path(cases["shown"][0]["file"]).parents[1] / ".gitignore").read_text() == "*\n"

    pictures = Answer({"view": view, "text": ""}, None, live=False)._pictures()
    assert [one["image/png"] for one in pictures] == [one["data"]["image/png"] for one in cases["shown"]]
    blocks = [block for block in drawn(shown)["blocks"] if block["block"] == "Shown"]
    assert [block["kind"] for block in blocks] == ["image/png"] * len(cases["shown"])


@pytest.mark.slow
def test_cases_of_a_table_are_its_own_rows(bench, write) -> None:
    from sklearn.datasets import load_breast_cancer

    path = write(*ROWS)
    view = erring.errors(bench, notebook=str(path))
    cases = next(part for part in view.sections if part.title == "Cases worth looking at")
    frame = load_breast_cancer(as_frame=True).frame.iloc[:, [0, 1, -1]]
    assert {one.way for one in cases.shown} == {"_rows"}
    for row, one in zip(cases.rows, cases.shown, strict=True):
        assert one.data["text/plain"] == repr(frame.loc[[int(str(row[1]))]])
