"""Which score ranks systems as what they are used for does: real predictions, known costs of each mistake."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from jupyter_coimprove.bench import valuing
from jupyter_coimprove.bench.family import Execute, Family, Mark, Simple
from jupyter_coimprove.bench.item import Answer, Item, Sample, Truth

if TYPE_CHECKING:
    import numpy as np

#: Systems that are compared.
SYSTEMS = 10
#: Between the score that agrees most and the one that agrees least there is so much agreement.
_APART = 0.6


@dataclass(frozen=True, kw_only=True)
class _Use:
    """What mistakes cost. ``told``: the costs stand as numbers beside the outcomes, or in words alone."""

    data: str
    kind: Literal["yes or no", "classes", "number"]
    words: str
    costs: tuple[tuple[int, ...], ...]
    told: bool = True


_USES = {
    "screening": _Use(data="breast_cancer", kind="yes or no", words="a missed tumour costs {1} times a false alarm", costs=((1, 10), (1, 20), (1, 40))),
    "surgery": _Use(data="breast_cancer", kind="yes or no", words="an operation for nothing costs {0}, a delay {1}", costs=((12, 1), (20, 2), (9, 1))),
    "mail": _Use(data="made", kind="yes or no", words="a lost letter costs {0} unwanted ones", costs=((15, 1), (30, 1)), told=False),
    "rare": _Use(data="rare", kind="yes or no", words="a fault that is missed costs {1}, a look for nothing {0}", costs=((1, 8), (1, 15), (2, 50))),
    "even": _Use(data="moons", kind="yes or no", words="both mistakes cost {0}", costs=((1, 1), (2, 2))),
    "eights": _Use(data="eights", kind="yes or no", words="taking another digit for an eight costs {0}, missing one {1}", costs=((6, 1), (10, 1))),
    "wines": _Use(data="wine", kind="classes", words="a wine of the last grower that is taken for another costs {0}, any other mistake {1}", costs=((12, 1), (20, 1))),
    "flowers": _Use(data="iris", kind="classes", words="missing the last species costs {0} times any other mistake", costs=((10, 1), (15, 1)), told=False),
    "post": _Use(data="digits", kind="classes", words="a nine that is read as another digit costs {0}, any other mistake {1}", costs=((15, 1), (25, 1))),
    "stock": _Use(data="diabetes", kind="number", words="each unit too little costs {0}, each too much {1}", costs=((5, 1), (8, 1))),
    "load": _Use(data="friedman", kind="number", words="each unit too much costs {1}, each too little {0}", costs=((1, 6), (1, 10))),
    "dose": _Use(data="linear", kind="number", words="a unit too much is {1} times as bad as one too little", costs=((1, 5), (1, 9)), told=False),
}  # fmt: skip
_OUTCOMES = {
    "yes or no": ("false alarms", "missed"), "classes": ("last class missed", "other mistakes"),
    "number": ("units too little", "units too much"),
}  # fmt: skip


@functools.cache
def _data(name: str) -> tuple[np.ndarray, np.ndarray]:
    import numpy as np
    from sklearn import datasets

    made: dict[str, Callable[[], tuple[Any, Any]]] = {
        "made": lambda: datasets.make_classification(400, 8, n_informative=4, flip_y=0.1, random_state=1),
        "rare": lambda: datasets.make_classification(
            500, 8, n_informative=4, weights=[0.85], flip_y=0.05, random_state=2
        ),
        "moons": lambda: datasets.make_moons(400, noise=0.4, random_state=3),
        "friedman": lambda: datasets.make_friedman1(300, noise=2.0, random_state=4),
        "linear": lambda: datasets.make_regression(300, 6, noise=40.0, random_state=5),
    }
    if name in made:
        x, y = made[name]()
    else:
        x, y = getattr(datasets, f"load_{'digits' if name == 'eights' else name}")(return_X_y=True)
        x, y = x[:600], y[:600]
    return np.asarray(x), np.asarray(y == 8, dtype=int) if name == "eights" else np.asarray(y)


@functools.lru_cache(maxsize=64)
def _predicted(use: _Use, seed: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Truth of the test half, and what four models say of it: probabilities by class, or numbers."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    x, y = _data(use.data)
    order = np.random.default_rng(seed).permutation(len(y))
    fitted, asked = order[: len(y) // 2], order[len(y) // 2 :]
    number = use.kind == "number"
    models: list[Any] = (
        [Ridge(), KNeighborsRegressor(7), DecisionTreeRegressor(max_depth=4, random_state=0), Ridge(300.0)]
        if number
        else [LogisticRegression(max_iter=100, C=0.1), KNeighborsClassifier(9), DecisionTreeClassifier(max_depth=4, random_state=0), GaussianNB()]
    )  # fmt: skip
    out = []
    for model in models:
        made = make_pipeline(StandardScaler(), model).fit(x[fitted], y[fitted])
        out.append(np.asarray(made.predict(x[asked]) if number else made.predict_proba(x[asked])))
    return y[asked], out


def _systems(
    use: _Use, truth: np.ndarray, models: Sequence[np.ndarray], chance: random.Random
) -> list[dict[str, dict[str, float]]]:
    """Of each system (a model with a threshold, weights or an offset of its own) its outcomes and its scores."""
    import numpy as np

    out = []
    for number in range(SYSTEMS):
        said = models[number % len(models)]
        if use.kind == "number":
            spread = float(truth.std())
            out.append(_numbers(truth, said + chance.uniform(-0.6, 0.6) * spread))
        elif use.kind == "yes or no":
            told = said[:, 1] >= np.quantile(said[:, 1], chance.uniform(0.3, 0.95))
            out.append(_yes_or_no(truth.astype(bool), told))
        else:
            weights = np.array([chance.uniform(0.02, 1.0) ** 2 for _ in range(said.shape[1])])
            out.append(_classes(truth, (said * weights + 1e-9).argmax(axis=1)))
    return out


def _share(part: float, of: float) -> float:
    return float(part / of) if of else 0.0


def _yes_or_no(truth: np.ndarray, told: np.ndarray) -> dict[str, dict[str, float]]:
    hits, alarms = int((truth & told).sum()), int((~truth & told).sum())
    missed, rest = int((truth & ~told).sum()), int((~truth & ~told).sum())
    recall, precision, other = (
        _share(hits, hits + missed),
        _share(hits, hits + alarms),
        _share(rest, rest + alarms),
    )
    return {
        "outcomes": {"false alarms": alarms, "missed": missed},
        "scores": {
            "accuracy": (hits + rest) / len(truth), "balanced accuracy": (recall + other) / 2, "precision": precision,
            "recall": recall, "specificity": other, "F1": _share(2 * hits, 2 * hits + alarms + missed),
        },
    }  # fmt: skip


def _classes(truth: np.ndarray, told: np.ndarray) -> dict[str, dict[str, float]]:
    last, kinds = int(truth.max()), sorted(set(truth.tolist()))
    recalls = [_share(((truth == k) & (told == k)).sum(), (truth == k).sum()) for k in kinds]
    precisions = [_share(((truth == k) & (told == k)).sum(), (told == k).sum()) for k in kinds]
    wrong = int((truth != told).sum())
    missed = int(((truth == last) & (told != last)).sum())
    f1 = [_share(2 * r * p, r + p) for r, p in zip(recalls, precisions, strict=True)]
    return {
        "outcomes": {"last class missed": missed, "other mistakes": wrong - missed},
        "scores": {
            "accuracy": 1 - wrong / len(truth), "mean recall": sum(recalls) / len(kinds), "mean precision": sum(precisions) / len(kinds),
            "mean F1": sum(f1) / len(kinds), "recall of the last class": recalls[-1], "precision of the last class": precisions[-1],
        },
    }  # fmt: skip


def _numbers(truth: np.ndarray, told: np.ndarray) -> dict[str, dict[str, float]]:
    import numpy as np

    error = told - truth
    under, over = float(-error[error < 0].sum()), float(error[error > 0].sum())
    return {
        "outcomes": {"units too little": under, "units too much": over},
        "scores": {
            "minus mean absolute error": -float(np.abs(error).mean()), "minus root mean squared error": -float(np.sqrt((error**2).mean())),
            "minus median absolute error": -float(np.median(np.abs(error))), "minus largest error": -float(np.abs(error).max()),
            "minus 90 % quantile of the error": -float(np.quantile(error, 0.9)), "10 % quantile of the error": float(np.quantile(error, 0.1)),
        },
    }  # fmt: skip


def tau(one: Sequence[float], other: Sequence[float]) -> float:
    """Kendall's τ_b of two scores of the same systems; 0 where one of them tells none apart."""
    agree, mine, theirs = 0, 0, 0
    for i in range(len(one)):
        for j in range(i):
            a, b = one[i] - one[j], other[i] - other[j]
            agree += (a * b > 0) - (a * b < 0)
            mine += a != 0
            theirs += b != 0
    return float(agree / (mine * theirs) ** 0.5) if mine and theirs else 0.0


def _make(template: str, seed: int) -> tuple[Sample, ...]:
    use = _USES[template]
    chance = random.Random(f"metric-choice/{template}/{seed}")
    costs = chance.choice(use.costs)
    kinds = _OUTCOMES[use.kind]
    truth, models = _predicted(use, seed)
    for _ in range(60):
        # Rounded as they are shown: what is true is what the item shows.
        systems = [
            {part: {name: round(value, 4) for name, value in one[part].items()} for part in one}
            for one in _systems(use, truth, models, chance)
        ]
        utility = [-sum(c * one["outcomes"][k] for c, k in zip(costs, kinds, strict=True)) for one in systems]
        agrees = {
            name: tau([one["scores"][name] for one in systems], utility) for name in systems[0]["scores"]
        }
        if max(agrees.values()) - min(agrees.values()) >= _APART:
            break
    names = chance.sample(sorted(agrees), len(agrees))
    letters = chance.sample("ABCDEFGHJKLMNPQRSTUVWXYZ", SYSTEMS)
    material: dict[str, Any] = {
        "use": use.words.format(*costs), "scores": names,
        "systems": {
            letter: {"outcomes": one["outcomes"], "scores": {name: one["scores"][name] for name in names}}
            for letter, one in zip(letters, systems, strict=True)
        },
    }  # fmt: skip
    if use.told:
        material["cost_of_each"] = dict(zip(kinds, costs, strict=True))
    ask = (
        f"{SYSTEMS} systems for {use.data} were tried, and how each served its use is known by its outcomes and their costs. Which score "
        "ranks the systems as their use does? Answer with the list of scores as value, the one that agrees most first."
    )
    item = Item(
        family="metric-choice", template=template, seed=seed, ask=ask, material=material,
        schema={"type": "array", "items": {"enum": names}, "maxItems": len(names)},
    )  # fmt: skip
    return (Sample(item=item, truth=Truth(data={"agrees": agrees})),)


def agreement(said: Sequence[object], agrees: Mapping[str, float]) -> float:
    """Pairs of scores in the right order less those in the wrong one, of all that the truth tells apart.

    What is not named stands behind all that is, in no order.
    """
    places = {name: place for place, name in reversed(list(enumerate(map(str, said))))}
    right = pairs = 0
    for one, worth in agrees.items():
        for other, less in agrees.items():
            if worth > less:
                pairs += 1
                a, b = places.get(one, len(said)), places.get(other, len(said))
                right += (a < b) - (a > b)
    return right / pairs if pairs else 0.0


def _mark(sample: Sample, answer: Answer, execute: Execute) -> Mark:
    del execute
    listed = answer.value if isinstance(answer.value, list) else []
    agrees = sample.truth.data["agrees"]
    best = max(agrees, key=agrees.__getitem__)
    return valuing.mark(
        sample,
        agreement(listed, agrees),
        f"{str(listed[0]) if listed else 'none'} first, {best} agrees most",
    )


def _perfect(sample: Sample) -> Answer:
    agrees = sample.truth.data["agrees"]
    return Answer(value=sorted(agrees, key=lambda name: -agrees[name]), confidence=1.0)


def _simple(item: Item, how: Simple, chance: random.Random) -> Answer:
    """Nothing, the scores as they are listed, or in an order by lot."""
    names = list(item.material["scores"])
    if how == "pass":
        return Answer(value=[])
    return Answer(value=names if how == "fail" else chance.sample(names, len(names)))


METRIC_CHOICE = Family(
    name="metric-choice", activity=2, title="The score that ranks as its use does", measure="rank agreement with the known use",
    templates=tuple(_USES), make=_make, mark=_mark, perfect=_perfect, simple=_simple, total=valuing.above(0.0),
)  # fmt: skip
