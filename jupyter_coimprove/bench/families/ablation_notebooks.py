"""The notebooks that are ablated: each has four parts that can be taken out, replaced or put in, and one response.

``tables/ablation.json`` has the response of all sixteen combinations on ``SEEDS`` seeds, as running them gave it
(``tests/support/cobench_tables.py`` measures it again).
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from importlib import resources
from typing import Literal

Action = Literal["REMOVE", "REPLACE", "ADD"]
#: Seeds of each table, counted from 0.
SEEDS = 40
#: A response is one printable character: so much is added to the count.
_BEGINS = 35


@dataclass(frozen=True, kw_only=True)
class Part:
    """What is varied: in the notebook stands ``here``, and ``there`` once it is changed.

    ``replacement`` is what a REPLACE puts in its place, or an ADD puts in, by name.
    """

    name: str
    action: Action
    here: str
    there: str
    replacement: str = ""


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """``cells`` with ``[[name]]`` where parts stand; the last one leaves the response, a count, in ``wrong``."""

    words: str
    cells: tuple[str, ...]
    parts: tuple[Part, ...]

    def sources(self, changed: int = 0) -> tuple[str, ...]:
        """The cells with the parts of the bits of ``changed`` (part 0 the lowest) as they are once changed."""
        out = []
        for cell in self.cells:
            for place, part in enumerate(self.parts):
                cell = cell.replace(f"[[{part.name}]]", part.there if changed >> place & 1 else part.here)
            out.append("\n".join(line for line in cell.splitlines() if line.strip()))
        return tuple(out)


def _split(data: str, imports: str = "") -> str:
    return (
        f"import numpy as np\nfrom sklearn.datasets import {data.partition('(')[0]}\nfrom sklearn.model_selection import train_test_split\n"
        f"{imports}X, y = {data}\n[[sample]]"
        "X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, stratify=y, random_state=seed)"
    )  # fmt: skip


def _cells(data: str, imports: str, steps: str, model: str, sample: str = "") -> tuple[str, ...]:
    return (
        "seed = 0",
        _split(data).replace("[[sample]]", sample),
        f"{imports}\nfrom sklearn.pipeline import make_pipeline\nsteps = []\n{steps}",
        f"model = make_pipeline(*steps, {model})\nmodel.fit(X_train, y_train)",
        "wrong = int((model.predict(X_test) != y_test).sum())\nprint('wrong', wrong, 'of', len(y_test))",
    )


def _step(name: str, call: str, action: Action = "REMOVE", other: str = "") -> Part:
    """A step of a pipeline that is there, or could be, or could be another."""
    line = f"steps.append({call})"
    if action == "ADD":
        return Part(name=name, action=action, here="", there=line, replacement=call)
    return Part(
        name=name,
        action=action,
        here=line,
        there=f"steps.append({other})" if other else "",
        replacement=other,
    )


def _word(name: str, here: str, there: str) -> Part:
    return Part(name=name, action="REPLACE", here=here, there=there, replacement=there)


_PRE = "from sklearn.preprocessing import"
PIPELINES: dict[str, Pipeline] = {
    "wine-neighbours": Pipeline(
        words="wrong of the test wines, nearest neighbours",
        cells=_cells(
            "load_wine(return_X_y=True)",
            f"{_PRE} StandardScaler\nfrom sklearn.decomposition import PCA\nfrom sklearn.feature_selection import SelectKBest\n"
            "from sklearn.neighbors import KNeighborsClassifier",
            "[[scaling]]\n[[selection]]\n[[projection]]", "KNeighborsClassifier(5, weights=[[weights]])",
        ),
        parts=(
            _step("scaling", "StandardScaler()"), _step("selection", "SelectKBest(k=5)"),
            _step("projection", "PCA(2)", "ADD"), _word("weights", "'uniform'", "'distance'"),
        ),
    ),
    "wine-tree": Pipeline(
        words="wrong of the test wines, a tree",
        cells=_cells(
            "load_wine(return_X_y=True)",
            f"{_PRE} StandardScaler, KBinsDiscretizer\nfrom sklearn.decomposition import PCA\nfrom sklearn.tree import DecisionTreeClassifier",
            "[[scaling]]\n[[projection]]\n[[bins]]",
            "DecisionTreeClassifier(max_depth=[[depth]], random_state=seed)",
        ),
        parts=(
            _step("scaling", "StandardScaler()"), _step("projection", "PCA(2)"),
            _step("bins", "KBinsDiscretizer(4, encode='ordinal', strategy='uniform')", "ADD"), _word("depth", "2", "None"),
        ),
    ),
    "digits-logistic": Pipeline(
        words="wrong of the test digits, logistic regression on 300 images",
        cells=_cells(
            "load_digits(return_X_y=True)",
            f"{_PRE} MinMaxScaler, Binarizer\nfrom sklearn.decomposition import PCA\nfrom sklearn.linear_model import LogisticRegression",
            "[[scaling]]\n[[threshold]]\n[[projection]]", "LogisticRegression(C=[[strength]], max_iter=300)",
            "X, y = X[:300], y[:300]\n",
        ),
        parts=(
            _step("scaling", "MinMaxScaler()"), _step("threshold", "Binarizer(threshold=0.5)", "ADD"),
            _step("projection", "PCA(12, random_state=0)"), _word("strength", "1.0", "0.01"),
        ),
    ),
    "digits-neighbours": Pipeline(
        words="wrong of the test digits, nearest neighbours on 250 images",
        cells=_cells(
            "load_digits(return_X_y=True)",
            f"{_PRE} StandardScaler, Normalizer\nfrom sklearn.feature_selection import VarianceThreshold\n"
            "from sklearn.neighbors import KNeighborsClassifier",
            "[[variance]]\n[[scaling]]\n[[length]]", "KNeighborsClassifier([[count]])", "X, y = X[500:750], y[500:750]\n",
        ),
        parts=(
            _step("variance", "VarianceThreshold(12.0)"), _step("scaling", "StandardScaler()"),
            _step("length", "Normalizer()", "ADD"), _word("count", "9", "1"),
        ),
    ),
    "cancer-logistic": Pipeline(
        words="wrong of the test tumours, logistic regression on 200 patients",
        cells=_cells(
            "load_breast_cancer(return_X_y=True)",
            f"{_PRE} StandardScaler, QuantileTransformer\nfrom sklearn.feature_selection import SelectKBest\n"
            "from sklearn.linear_model import LogisticRegression",
            "[[scaling]]\n[[ranks]]\n[[selection]]", "LogisticRegression(C=0.1, class_weight=[[weights]], max_iter=200)",
            "X, y = X[:200], y[:200]\n",
        ),
        parts=(
            _step("scaling", "StandardScaler()", "REPLACE", "QuantileTransformer(n_quantiles=20)"),
            _step("ranks", "QuantileTransformer(n_quantiles=10, output_distribution='normal')", "ADD"),
            _step("selection", "SelectKBest(k=2)"), _word("weights", "'balanced'", "None"),
        ),
    ),
    "cancer-bayes": Pipeline(
        words="wrong of the test tumours, naive Bayes",
        cells=_cells(
            "load_breast_cancer(return_X_y=True)",
            f"{_PRE} PowerTransformer, StandardScaler\nfrom sklearn.decomposition import PCA\nfrom sklearn.feature_selection import SelectKBest\n"
            "from sklearn.naive_bayes import GaussianNB",
            "[[selection]]\n[[scaling]]\n[[projection]]", "GaussianNB(var_smoothing=[[smoothing]])", "X, y = X[:220], y[:220]\n",
        ),
        parts=(
            _step("selection", "SelectKBest(k=15)"), _step("scaling", "StandardScaler()"),
            _step("projection", "PCA(4)", "ADD"), _word("smoothing", "1e-9", "0.5"),
        ),
    ),
    "diabetes-ridge": Pipeline(
        words="patients whose disease is missed by more than 50, ridge regression",
        cells=(
            "seed = 0",
            "import numpy as np\nfrom sklearn.datasets import load_diabetes\nfrom sklearn.model_selection import train_test_split\n"
            "X, y = load_diabetes(return_X_y=True)\nX = X[:260] * 20\ny = y[:260]\n"
            "X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=seed)",
            f"{_PRE} PolynomialFeatures\nfrom sklearn.feature_selection import SelectKBest, f_regression\nfrom sklearn.linear_model import Ridge\n"
            "from sklearn.pipeline import make_pipeline\nsteps = []\n[[selection]]\n[[squares]]",
            "goal = [[goal]]\nmodel = make_pipeline(*steps, Ridge(alpha=[[strength]]))\nmodel.fit(X_train, goal)\n"
            "said = model.predict(X_test)\nsaid = np.exp(said) if goal.max() < 10 else said",
            "wrong = int((np.abs(said - y_test) > 50).sum())\nprint('wrong', wrong, 'of', len(y_test))",
        ),
        parts=(
            _step("selection", "SelectKBest(f_regression, k=2)"), _step("squares", "PolynomialFeatures(2)", "ADD"),
            _word("goal", "np.log(y_train)", "y_train"), _word("strength", "1.0", "300.0"),
        ),
    ),
    "moons-logistic": Pipeline(
        words="wrong of the test points, two moons",
        cells=_cells(
            "make_moons(n_samples=200, noise=0.35, random_state=seed)",
            f"{_PRE} StandardScaler, PolynomialFeatures, KBinsDiscretizer\nfrom sklearn.linear_model import LogisticRegression",
            "[[squares]]\n[[scaling]]\n[[bins]]", "LogisticRegression(C=[[strength]], max_iter=200)",
        ),
        parts=(
            _step("squares", "PolynomialFeatures(3)"), _step("scaling", "StandardScaler()"),
            _step("bins", "KBinsDiscretizer(5)", "ADD"), _word("strength", "1.0", "0.001"),
        ),
    ),
    "rare-logistic": Pipeline(
        words="wrong of the test rows, one class rare",
        cells=_cells(
            "make_classification(n_samples=240, n_features=16, n_informative=3, weights=[0.8], random_state=seed)",
            f"{_PRE} StandardScaler\nfrom sklearn.feature_selection import SelectKBest\nfrom sklearn.linear_model import LogisticRegression\n"
            "from sklearn.decomposition import PCA",
            "[[scaling]]\n[[selection]]\n[[projection]]", "LogisticRegression(class_weight=[[weights]], max_iter=200)",
        ),
        parts=(
            _step("scaling", "StandardScaler()"), _step("selection", "SelectKBest(k=6)"),
            _step("projection", "PCA(2)", "ADD"), _word("weights", "'balanced'", "None"),
        ),
    ),
    "noisy-tree": Pipeline(
        words="wrong of the test rows, a tree among noise",
        cells=_cells(
            "make_classification(n_samples=220, n_features=25, n_informative=4, flip_y=0.1, random_state=seed)",
            f"{_PRE} StandardScaler\nfrom sklearn.feature_selection import SelectKBest\nfrom sklearn.tree import DecisionTreeClassifier\n"
            "from sklearn.decomposition import PCA",
            "[[scaling]]\n[[selection]]\n[[projection]]",
            "DecisionTreeClassifier(min_samples_leaf=[[leaf]], random_state=seed)",
        ),
        parts=(
            _step("scaling", "StandardScaler()"), _step("selection", "SelectKBest(k=8)", "ADD"),
            _step("projection", "PCA(5)"), _word("leaf", "1", "8"),
        ),
    ),
    "iris-discriminant": Pipeline(
        words="wrong of the test flowers, with noise in the measurements",
        cells=_cells(
            "load_iris(return_X_y=True)",
            f"{_PRE} StandardScaler, PolynomialFeatures\nfrom sklearn.discriminant_analysis import LinearDiscriminantAnalysis\n"
            "from sklearn.decomposition import PCA",
            "[[scaling]]\n[[projection]]\n[[squares]]",
            "LinearDiscriminantAnalysis(solver='lsqr', shrinkage=[[shrinkage]])",
            "X = X + np.random.default_rng(seed).normal(0, 0.5, X.shape)\n",
        ),
        parts=(
            _step("scaling", "StandardScaler()"), _step("projection", "PCA(1)"),
            _step("squares", "PolynomialFeatures(2)", "ADD"), _word("shrinkage", "None", "0.9"),
        ),
    ),
}  # fmt: skip


@functools.cache
def table(name: str) -> tuple[tuple[int, ...], ...]:
    """Responses of a pipeline: of each combination of changed parts (as the bits say), on each seed."""
    text = resources.files(__package__).joinpath("tables", "ablation.json").read_text(encoding="utf-8")
    return unpacked(json.loads(text)[name])


def unpacked(rows: list[str]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(ord(one) - _BEGINS for one in row) for row in rows)


def packed(rows: list[list[int]]) -> list[str]:
    """The table as it is kept; ValueError for a count that is not one printable character."""
    if any(not 0 <= one <= 126 - _BEGINS for row in rows for one in row):
        raise ValueError("a response is too large to be kept")
    return ["".join(chr(one + _BEGINS) for one in row) for row in rows]
