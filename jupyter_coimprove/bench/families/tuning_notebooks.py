"""Searches for settings: grids whose every configuration was run, so that what any proposal is worth is known.

``tables/tuning.json`` has how many test items were right in all over ``SPLITS`` splits, for each configuration in the
order of ``configurations`` (``tests/support/cobench_tables.py`` measures it again).
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from itertools import product
from typing import Any

#: Splits that a response is the mean of.
SPLITS = 4

Configuration = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Search:
    """``model`` is an expression over the names of ``space``; ``data`` one that gives features and labels."""

    words: str
    data: str
    imports: str
    model: str
    space: Mapping[str, tuple[Any, ...]]
    rows: int = 240

    @property
    def configurations(self) -> tuple[Configuration, ...]:
        return tuple(product(*self.space.values()))

    def sources(self) -> tuple[str, ...]:
        """Cells that measure one configuration; the first sets it, the last leaves the response in ``right``."""
        first = "\n".join(f"{name} = {levels[0]!r}" for name, levels in self.space.items())
        return (
            first,
            f"import numpy as np\nfrom sklearn import datasets\nfrom sklearn.model_selection import train_test_split\n"
            f"from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import *\n{self.imports}\n"
            f"X, y = {self.data}\norder = np.random.default_rng(0).permutation(len(y))[:{self.rows}]\nX, y = X[order], y[order]",
            f"right = 0\nfor split in range({SPLITS}):\n"
            "    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, stratify=y, random_state=split)\n"
            f"    model = {self.model}.fit(X_train, y_train)\n    right += int((model.predict(X_test) == y_test).sum())",
        )  # fmt: skip


_TREES = (
    "from sklearn.ensemble import RandomForestClassifier, GradientBoostingClassifier, ExtraTreesClassifier\n"
)
SEARCHES: dict[str, Search] = {
    "digits-svm": Search(
        words="a support vector machine on digits", data="datasets.load_digits(return_X_y=True)",
        imports="from sklearn.svm import SVC", model="SVC(C=C, gamma=gamma)",
        space={"C": (0.03, 0.1, 0.3, 1.0, 3.0, 10.0), "gamma": (1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2)},
    ),
    "wine-svm": Search(
        words="a support vector machine on wine, as it is or scaled", data="datasets.load_wine(return_X_y=True)",
        imports="from sklearn.svm import SVC\nSCALERS = {'none': FunctionTransformer(), 'standard': StandardScaler(), 'minmax': MinMaxScaler()}", model="make_pipeline(SCALERS[scaler], SVC(C=C, gamma=gamma))",
        space={"scaler": ("none", "standard", "minmax"), "C": (0.1, 1.0, 10.0, 100.0), "gamma": (1e-4, 1e-2, 0.1, 1.0)},
    ),
    "digits-neighbours": Search(
        words="nearest neighbours on digits", data="datasets.load_digits(return_X_y=True)",
        imports="from sklearn.neighbors import KNeighborsClassifier\nfrom sklearn.decomposition import PCA",
        model="make_pipeline(PCA(parts, random_state=0), KNeighborsClassifier(k, weights=weights))",
        space={"parts": (2, 4, 8, 16, 32), "k": (1, 3, 7, 15, 31), "weights": ("uniform", "distance")},
    ),
    "cancer-logistic": Search(
        words="logistic regression on breast_cancer", data="datasets.load_breast_cancer(return_X_y=True)",
        imports="from sklearn.linear_model import LogisticRegression\nfrom sklearn.feature_selection import SelectKBest",
        model="make_pipeline(StandardScaler(), SelectKBest(k=features), LogisticRegression(C=C, max_iter=150))",
        space={"features": (1, 2, 4, 8, 16, 30), "C": (1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0)},
    ),
    "wine-tree": Search(
        words="a decision tree on wine", data="datasets.load_wine(return_X_y=True)", imports="from sklearn.tree import DecisionTreeClassifier",
        model="DecisionTreeClassifier(max_depth=depth, min_samples_leaf=leaf, criterion=criterion, random_state=0)",
        space={"depth": (1, 2, 3, 4, 8), "leaf": (1, 2, 5, 10, 20), "criterion": ("gini", "entropy")},
    ),
    "noise-forest": Search(
        words="a random forest on make_classification", data="datasets.make_classification(240, 20, n_informative=5, flip_y=0.05, random_state=4)",
        imports=_TREES, model="RandomForestClassifier(trees, max_depth=depth, max_features=share, random_state=0)",
        space={"trees": (1, 3, 8, 16), "depth": (1, 2, 4, 8), "share": (0.1, 0.4, 1.0)},
    ),
    "moons-svm": Search(
        words="a support vector machine on make_moons", data="datasets.make_moons(240, noise=0.25, random_state=2)",
        imports="from sklearn.svm import SVC", model="SVC(C=C, kernel=kernel, gamma=gamma)",
        space={"kernel": ("linear", "rbf", "poly"), "C": (0.01, 0.1, 1.0, 10.0), "gamma": (0.1, 1.0, 3.0, 10.0)},
    ),
    "circles-ridge": Search(
        words="a ridge classifier over polynomials on make_circles", data="datasets.make_circles(240, noise=0.15, factor=0.6, random_state=3)",
        imports="from sklearn.linear_model import RidgeClassifier",
        model="make_pipeline(PolynomialFeatures(degree, interaction_only=crossed), RidgeClassifier(alpha=alpha))",
        space={"degree": (1, 2, 3, 4, 6), "alpha": (1e-3, 0.1, 1.0, 10.0, 100.0), "crossed": (False, True)},
    ),
    "iris-discriminant": Search(
        words="discriminant analysis on iris", data="datasets.load_iris(return_X_y=True)",
        imports="from sklearn.discriminant_analysis import LinearDiscriminantAnalysis\nfrom sklearn.decomposition import PCA",
        model="make_pipeline(PolynomialFeatures(degree), PCA(parts, random_state=0), LinearDiscriminantAnalysis(solver='lsqr', shrinkage=shrinkage))",
        space={"degree": (1, 2, 3), "parts": (1, 2, 3, 4), "shrinkage": (0.0, 0.1, 0.5, 0.9)},
    ),
    "diabetes-bins": Search(
        words="whether the disease of diabetes is above its middle, by naive Bayes",
        data="(lambda b: (b.data, (b.target > 140).astype(int)))(datasets.load_diabetes())",
        imports="from sklearn.naive_bayes import GaussianNB\nfrom sklearn.feature_selection import SelectKBest",
        model="make_pipeline(SelectKBest(k=features), PolynomialFeatures(degree), StandardScaler(), GaussianNB(var_smoothing=smoothing))",
        space={"features": (1, 2, 4, 6, 10), "degree": (1, 2), "smoothing": (1e-9, 0.01, 0.1, 1.0, 10.0)},
    ),
    "digits-descent": Search(
        words="stochastic gradient descent on digits", data="datasets.load_digits(return_X_y=True)",
        imports="from sklearn.linear_model import SGDClassifier",
        model="make_pipeline(MinMaxScaler(), SGDClassifier(loss=loss, alpha=alpha, eta0=rate, learning_rate='constant', max_iter=15, tol=None, random_state=0))",
        space={"loss": ("hinge", "log_loss", "squared_error"), "rate": (1e-4, 1e-3, 1e-2, 0.1), "alpha": (1e-5, 1e-3, 0.1, 1.0)},
    ),
}  # fmt: skip


@functools.cache
def table(name: str) -> tuple[int, ...]:
    """The responses of a search, in the order of its configurations."""
    text = resources.files(__package__).joinpath("tables", "tuning.json").read_text(encoding="utf-8")
    return tuple(json.loads(text)[name])
