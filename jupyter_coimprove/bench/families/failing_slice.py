"""Which rows a model fails on together: real predictions, and a subgroup whose labels were turned."""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from jupyter_coimprove.bench import valuing
from jupyter_coimprove.bench.family import Execute, Family, Mark, Simple
from jupyter_coimprove.bench.item import Answer, Item, Sample, Truth

if TYPE_CHECKING:
    import numpy as np

#: Rows of an item, the least and most of the turned subgroup, and how many of its labels are turned.
ROWS, LEAST, MOST, TURNED = 200, 24, 60, 0.8
_SITES = ("north", "south", "east", "west", "mobile")
Form = Literal["low", "high", "range", "site", "site and high", "gap", "corner"]


@dataclass(frozen=True, kw_only=True)
class _Kind:
    data: str
    model: str
    form: Form


_KINDS = {
    "iris-neighbours": _Kind(data="iris", model="neighbours", form="high"),
    "iris-tree": _Kind(data="iris", model="tree", form="site"),
    "wine-bayes": _Kind(data="wine", model="bayes", form="low"),
    "wine-logistic": _Kind(data="wine", model="logistic", form="site and high"),
    "digits-neighbours": _Kind(data="digits", model="neighbours", form="range"),
    "digits-bayes": _Kind(data="digits", model="bayes", form="site"),
    "cancer-tree": _Kind(data="breast_cancer", model="tree", form="corner"),
    "cancer-bayes": _Kind(data="breast_cancer", model="bayes", form="gap"),
    "cancer-logistic": _Kind(data="breast_cancer", model="logistic", form="range"),
    "diabetes-ridge": _Kind(data="diabetes", model="ridge", form="low"),
    "diabetes-neighbours": _Kind(data="diabetes", model="neighbours", form="site and high"),
    "made-logistic": _Kind(data="made", model="logistic", form="corner"),
    "moons-neighbours": _Kind(data="moons", model="neighbours", form="gap"),
}


def _table(kind: _Kind, seed: int) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Names, features and target of the data set, its rows in an order that the seed draws."""
    import numpy as np
    from sklearn import datasets

    rng = np.random.default_rng(seed)
    if kind.data == "made":
        x, y = datasets.make_classification(
            n_samples=ROWS, n_features=6, n_informative=4, class_sep=1.5, random_state=seed
        )
        names = [f"sensor {number}" for number in range(6)]
    elif kind.data == "moons":
        x, y = datasets.make_moons(n_samples=ROWS, noise=0.15, random_state=seed)
        x = np.column_stack([x, rng.normal(size=(ROWS, 2))])
        names = ["across", "up", "drift", "offset"]
    else:
        found = getattr(datasets, f"load_{kind.data}")()
        x, y = found.data, found.target
        names = [str(name) for name in getattr(found, "feature_names", ())]
        if kind.data == "digits":
            x = x.reshape(len(x), 8, 8).sum(axis=2)
            names = [f"ink of line {number}" for number in range(1, 9)]
    order = rng.permutation(len(x))[:ROWS]
    kept = np.sort(rng.permutation(x.shape[1])[:8])
    shown = np.array([[float(f"{value:.4g}") for value in row] for row in x[order][:, kept]])
    return [names[i] for i in kept], shown, y[order]


@functools.lru_cache(maxsize=64)
def _fitted(template: str, seed: int) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """Names, features, target and predictions: what takes time, kept in case the item is drawn again."""
    names, x, y = _table(_KINDS[template], seed)
    return names, x, y, _predicted(_KINDS[template], x, y)


def _predicted(kind: _Kind, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Out-of-fold predictions of the model, which never saw the turned labels."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.model_selection import cross_val_predict
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier

    models = {
        "neighbours": KNeighborsRegressor(9) if kind.data == "diabetes" else KNeighborsClassifier(5),
        "tree": DecisionTreeClassifier(max_depth=5, random_state=0), "bayes": GaussianNB(), "ridge": Ridge(),
        "logistic": LogisticRegression(max_iter=200),
    }  # fmt: skip
    return np.asarray(
        cross_val_predict(make_pipeline(StandardScaler(), models[kind.model]), x, y, cv=3, n_jobs=1)
    )


def _group(
    kind: _Kind, x: np.ndarray, sites: np.ndarray, chance: random.Random
) -> tuple[np.ndarray, list[int]]:
    """The rows of a subgroup of this form, and the columns whose values go missing there."""
    import numpy as np

    rows = len(x)
    columns = [i for i in range(x.shape[1]) if len(np.unique(x[:, i])) >= 20]
    most = min(MOST, rows // 3)
    for _ in range(500):
        one, other = chance.sample(columns, 2)
        cut = chance.uniform(0.55, 0.9)
        values, more = x[:, one], x[:, other]
        site = sites == chance.choice(_SITES)
        if kind.form == "low":
            inside = values <= np.quantile(values, 1 - cut)
        elif kind.form == "high":
            inside = values >= np.quantile(values, cut)
        elif kind.form == "range":
            inside = (values >= np.quantile(values, cut - 0.4)) & (values <= np.quantile(values, cut - 0.2))
        elif kind.form == "site":
            inside = site
        elif kind.form == "site and high":
            inside = site & (values >= np.quantile(values, 0.4))
        elif kind.form == "gap":
            inside = np.random.default_rng(chance.randrange(2**31)).random(rows) < 0.17
        else:
            inside = (values >= np.quantile(values, 0.55)) & (more <= np.quantile(more, 0.5))
        if LEAST <= inside.sum() <= most:
            return inside, [one] if kind.form == "gap" else []
    raise ValueError(f"{kind.data} has no subgroup of the form {kind.form}")


def _make(template: str, seed: int) -> tuple[Sample, ...]:
    import numpy as np

    kind = _KINDS[template]
    chance = random.Random(f"failing-slice/{template}/{seed}")
    names, x, y, predicted = _fitted(template, seed)
    sites = np.array([chance.choice(_SITES) for _ in y])
    inside, gaps = _group(kind, x, sites, chance)
    turned = inside & (np.array([chance.random() for _ in y]) < TURNED)
    label = y.copy()
    if kind.data == "diabetes":
        # Two deviations away, to where there is room.
        far = 2 * float(y.std())
        label = np.where(turned, np.where(y < y.mean(), y + far, y - far).round(), y)
    else:
        classes = int(y.max()) + 1
        label = np.where(turned, (y + 1) % classes, y)
    rows: list[list[Any]] = []
    for i in range(len(y)):
        values: list[Any] = [
            None if inside[i] and column in gaps else float(x[i, column]) for column in range(len(names))
        ]
        rows.append([*values, str(sites[i]), float(label[i]), round(float(predicted[i]), 3)])
    ask = (
        f"Rows of a test set ({kind.data}) with their label and what a model predicted. The labels of one group of rows, which one or "
        "two of the columns describe, are mostly wrong. Which rows belong to that group? Answer with their "
        "numbers, counted from 0, as value."
    )
    material = {"columns": [*names, "site", "label", "predicted"], "rows": rows}
    item = Item(
        family="failing-slice", template=template, seed=seed, ask=ask, material=material,
        schema={"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": len(rows) - 1}},
    )  # fmt: skip
    truth = Truth(data={"rows": [int(i) for i in np.flatnonzero(inside)], "of": len(rows)})
    return (Sample(item=item, truth=truth),)


def _mark(sample: Sample, answer: Answer, execute: Execute) -> Mark:
    del execute
    true = sample.truth.data["rows"]
    listed = answer.value if isinstance(answer.value, list) else []
    said = {one if isinstance(one, int) and not isinstance(one, bool) else repr(one) for one in listed}
    right = valuing.iou(said, true)
    # Naming every row has the largest overlap that no look at the rows can have.
    value = valuing.corrected(right, len(true) / sample.truth.data["of"])
    return valuing.mark(sample, value, f"{len(said)} rows named, {len(said & set(true))} of {len(true)}")


def _perfect(sample: Sample) -> Answer:
    return Answer(value=list(sample.truth.data["rows"]), confidence=1.0)


def _simple(item: Item, how: Simple, chance: random.Random) -> Answer:
    """No row, every row, or each by a coin."""
    if how == "pass":
        return Answer(value=[])
    every = range(len(item.material["rows"]))
    return Answer(value=[i for i in every if how == "fail" or chance.random() < 0.5])


FAILING_SLICE = Family(
    name="failing-slice", activity=1, title="Rows that fail together", measure="overlap of rows, above naming all",
    templates=tuple(_KINDS), make=_make, mark=_mark, perfect=_perfect, simple=_simple, total=valuing.above(0.0),
)  # fmt: skip
