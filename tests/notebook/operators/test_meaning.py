"""What operators do when the code runs: real transformers, layers and pipelines before and after."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.cells import Cell, Notebook
from jupyter_coimprove.notebook.operators import Surroundings, carry_out

DATA = """
import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
X = np.random.RandomState(0).normal(3, 2, (60, 4))
y = (X[:, 0] + X[:, 1] > 6).astype(int)
"""


def run(source: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(source, names)
    return names


def without(source: str, operand: str, operator: str, setup: str = DATA) -> dict[str, Any]:
    cells = (Cell(index=0, kind="code", source=setup), Cell(index=1, kind="code", source=source))
    notebook = Notebook(
        path=None, raw=b"", node={}, nbformat=4, minor=5, kernel=None, language="python", cells=cells,  # type: ignore[arg-type]
    )  # fmt: skip
    around = Surroundings.of(notebook, python_source).of_cell(1)
    start = source.index(operand)
    return run(setup + carry_out(source, source, start, start + len(operand), operator, around=around))  # type: ignore[arg-type]


@pytest.mark.parametrize("scaler", ["StandardScaler()", "MinMaxScaler()", "PCA(4)"])
def test_a_scaler_that_passes_on_can_still_be_used_as_one(scaler: str) -> None:
    source = f"s = {scaler}\nA = s.fit_transform(X)\nB = s.transform(X[:5])\nC = s.inverse_transform(B)"
    names = without(source, scaler, "identity")
    for name, rows in (("A", 60), ("B", 5), ("C", 5)):
        assert np.array_equal(names[name], names["X"][:rows])
    assert not np.allclose(run(DATA + source)["A"], names["X"])


@pytest.mark.parametrize(
    ("source", "step"),
    [
        ('p = Pipeline([("s", StandardScaler()), ("m", LogisticRegression())]).fit(X, y)', "StandardScaler()"),
        ('p = Pipeline([("k", SelectKBest(k=1)), ("m", LogisticRegression())]).fit(X, y)', "SelectKBest(k=1)"),
        ("p = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)", "StandardScaler()"),
        ('p = make_pipeline(ColumnTransformer([("a", PCA(1), [0, 1])], remainder="passthrough"), LogisticRegression()).fit(X, y)', "PCA(1)"),
    ],
)  # fmt: skip
def test_a_pipeline_without_a_step_learns_from_what_the_step_was_given(source: str, step: str) -> None:
    names = without(source, step, "identity")
    plain = names["LogisticRegression"]().fit(names["X"], names["y"])
    assert np.allclose(names["p"][-1].coef_, plain.coef_)
    assert not np.allclose(run(DATA + source)["p"][-1].coef_.sum(), plain.coef_.sum())


def test_a_list_of_steps_bound_before_its_pipeline_keeps_working() -> None:
    source = 'steps = [("s", StandardScaler()), ("m", LogisticRegression())]\np = Pipeline(steps).fit(X, y)'
    names = without(source, "StandardScaler()", "identity")
    plain = names["LogisticRegression"]().fit(names["X"], names["y"])
    assert np.allclose(names["p"][-1].coef_, plain.coef_)


@pytest.mark.torch
def test_a_layer_without_its_effect_gives_what_it_is_given() -> None:
    setup = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\ntorch.manual_seed(0)\nx = torch.randn(6, 4)\n"
    net = (
        "class Net(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.fc = nn.Linear(4, 4)\n"
        "        self.bn = nn.BatchNorm1d(4)\n"
        "    def forward(self, x):\n"
        "        h = F.relu(self.bn(self.fc(x)))\n"
        "        return h + x\n"
        "net = Net()\nout = net(x)\nfc = net.fc(x)\n"
    )
    base = run(setup + net)
    torch = base["torch"]
    for operand, operator, wanted in (
        ("nn.BatchNorm1d(4)", "identity", lambda n: torch.relu(n["fc"]) + n["x"]),
        ("self.bn(self.fc(x))", "identity", lambda n: torch.relu(n["fc"]) + n["x"]),
        ("F.relu(self.bn(self.fc(x)))", "identity", lambda n: n["net"].bn(n["fc"]) + n["x"]),
        ("h", "drop-term", lambda n: n["x"]),
    ):
        source = net if operand != "h" else net.replace("return h + x", "return (h) + x")
        place = operand if operand != "h" else "(h)"
        names = without(source, place, operator, setup)
        assert torch.allclose(names["out"], wanted(names), atol=1e-6)
        assert not torch.allclose(names["out"], base["out"])


def test_a_loss_without_a_term_is_smaller_by_that_term() -> None:
    setup = "ce, aux, w = 5.0, 2.0, 0.5\n"
    for source, operand, wanted in (
        ("loss = ce + w * aux", "w * aux", 5.0),
        ("loss = ce\nloss += w * aux\n", "w * aux", 5.0),
        ("loss = ce - w * aux", "ce", -1.0),
        ("loss = sum([ce, w * aux])", "ce", 1.0),
        ("loss = (ce - (aux + w)) * 2", "aux", 9.0),
    ):
        assert without(source, operand, "drop-term", setup)["loss"] == wanted
