"""What the readers of candidates hand each other: a value found in the code, before it is ranked."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from jupyter_coimprove.notebook.candidates import CandidateKind, OperatorName
from jupyter_coimprove.notebook.literals import MISSING


@dataclass(frozen=True, kw_only=True)
class Found:
    """A value somewhere in statement ``statement`` (index in the flow).

    ``path`` is what the rest of the notebook reads to depend on it (``cfg.lr``, ``f`` for a
    value inside a function); None when it is the whole statement. ``callee`` is the dotted
    name of the call it is an argument of, ``function`` the notebook's own function or class
    around it. ``also`` are further nodes that go with it (a layer called twice). In a module or
    config file beside the notebook, ``file`` names it, ``statement`` is the first statement of
    the notebook that uses it, and ``through`` are all (statement, path) that do. ``span`` are
    offsets in a text that is no Python: the file's, or that of the string ``node``.
    ``condition`` says under which condition, that does not hold, it is used at all.
    """

    name: str
    kind: CandidateKind
    node: ast.expr | ast.stmt
    statement: int
    path: str | None = None
    value: Any = MISSING
    callee: str = ""
    argument: str = ""
    function: str = ""
    drawing: bool = False
    positional: bool = False
    weight: float = 0.0
    operator: OperatorName = "set"
    also: tuple[ast.expr | ast.stmt, ...] = ()
    file: str = ""
    through: tuple[tuple[int, str], ...] = ()
    span: tuple[int, int] | None = None
    condition: str = ""


#: What the first positional arguments of well-known calls are called.
POSITIONAL: dict[str, tuple[str, ...]] = {
    "Dropout": ("p",), "Dropout1d": ("p",), "Dropout2d": ("p",), "Dropout3d": ("p",), "AlphaDropout": ("p",),
    "SpatialDropout1D": ("rate",), "dropout": ("input", "p"), "Linear": ("in_features", "out_features"),
    "Conv1d": ("in_channels", "out_channels", "kernel_size", "stride", "padding"),
    "Conv2d": ("in_channels", "out_channels", "kernel_size", "stride", "padding"),
    "Conv1D": ("filters", "kernel_size"), "Conv2D": ("filters", "kernel_size"), "Dense": ("units", "activation"),
    "LSTM": ("input_size", "hidden_size", "num_layers"), "GRU": ("input_size", "hidden_size", "num_layers"),
    "RNN": ("input_size", "hidden_size", "num_layers"), "Embedding": ("num_embeddings", "embedding_dim"),
    "BatchNorm1d": ("num_features",), "BatchNorm2d": ("num_features",), "LayerNorm": ("normalized_shape",),
    "LeakyReLU": ("negative_slope",), "max_pool2d": ("input", "kernel_size"), "MaxPool2d": ("kernel_size",),
    "avg_pool2d": ("input", "kernel_size"), "AvgPool2d": ("kernel_size",), "SGD": ("params", "lr"),
    "Adam": ("params", "lr"), "AdamW": ("params", "lr"), "RMSprop": ("params", "lr"),
    "StepLR": ("optimizer", "step_size", "gamma"), "CosineAnnealingLR": ("optimizer", "T_max"),
    "clip_grad_norm_": ("parameters", "max_norm"), "HuberLoss": ("reduction", "delta"),
    "EarlyStopping": ("monitor", "min_delta", "patience"), "KFold": ("n_splits",), "StratifiedKFold": ("n_splits",),
    "GroupKFold": ("n_splits",), "ShuffleSplit": ("n_splits",), "StratifiedShuffleSplit": ("n_splits",),
    "TimeSeriesSplit": ("n_splits",), "KNeighborsClassifier": ("n_neighbors",), "KNeighborsRegressor": ("n_neighbors",),
    "PCA": ("n_components",), "TruncatedSVD": ("n_components",), "NMF": ("n_components",), "KMeans": ("n_clusters",),
    "SelectKBest": ("score_func", "k"), "SelectPercentile": ("score_func", "percentile"),
    "PolynomialFeatures": ("degree",), "RandomForestClassifier": ("n_estimators",), "Ridge": ("alpha",),
    "RandomForestRegressor": ("n_estimators",), "Lasso": ("alpha",), "ElasticNet": ("alpha",), "RBF": ("length_scale",),
    "cross_val_score": ("estimator", "X", "y"), "rolling": ("window",), "quantile": ("q",), "clip": ("lower", "upper"),
    "sample": ("n",), "Gaussian": ("scale",), "Normal": ("loc", "scale"), "uniform": ("low", "high", "size"),
    "normal": ("loc", "scale", "size"), "suggest_float": ("name", "low", "high"), "suggest_int": ("name", "low", "high"),
    "resample": ("rule",),
}  # fmt: skip
