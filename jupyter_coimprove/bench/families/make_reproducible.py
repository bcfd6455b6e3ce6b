"""Notebooks that do not give their result again after a restart: hidden state, no seed, a path of one machine, the order of cells."""

from __future__ import annotations

import difflib
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_coimprove.bench import detecting
from jupyter_coimprove.bench.family import Execute, Family, Mark
from jupyter_coimprove.bench.item import Answer, Item, Patch, Sample, Truth, book, sources

KINDS = ("state", "seed", "path", "order")
#: How far a result with another seed may be from the clean one, and how alike a patched cell has to stay to what it was.
_SPREAD, _ALIKE = 0.35, 0.4


@dataclass(frozen=True, kw_only=True)
class _Study:
    """What a notebook is about: ``data`` of scikit-learn, a ``model`` as module and call, ``task`` in a word."""

    data: str
    module: str
    model: str
    words: str
    columns: int = 4
    regression: bool = False


_STUDIES = {
    "iris-neighbours": _Study(data="load_iris", module="neighbors", model="KNeighborsClassifier(n_neighbors={k})", words="neighbours on iris", columns=2),
    "wine-logistic": _Study(data="load_wine", module="linear_model", model="LogisticRegression(C={k}, max_iter=50)", words="a linear model of wines"),
    "digits-tree": _Study(data="load_digits", module="tree", model="DecisionTreeClassifier(max_depth={k}, random_state=0)", words="one tree on digits", columns=20),
    "cancer-ridge": _Study(data="load_breast_cancer", module="linear_model", model="RidgeClassifier(alpha={k})", words="ridge on tumours", columns=6),
    "diabetes-ridge": _Study(data="load_diabetes", module="linear_model", model="Ridge(alpha=0.1 * {k})", words="progression of diabetes", columns=5, regression=True),
    "diabetes-tree": _Study(data="load_diabetes", module="tree", model="DecisionTreeRegressor(max_depth={k}, random_state=0)", words="a regression tree", columns=6, regression=True),
    "moons-neighbours": _Study(data="make_moons(n_samples=240, noise=0.3, random_state=3)", module="neighbors", model="KNeighborsClassifier(n_neighbors={k})", words="two moons", columns=2),
    "blobs-perceptron": _Study(data="make_blobs(n_samples=240, centers=4, cluster_std=4.0, n_features=5, random_state=5)", module="linear_model", model="Perceptron(max_iter={k}0, tol=None, random_state=0)", words="blobs and a perceptron", columns=5),
    "classification-sgd": _Study(data="make_classification(n_samples=260, flip_y=0.2, random_state=8)", module="linear_model", model="SGDClassifier(max_iter={k}00, random_state=0)", words="a noisy classification", columns=8),
    "friedman-neighbours": _Study(data="make_friedman1(n_samples=220, noise=1.0, random_state=2)", module="neighbors", model="KNeighborsRegressor(n_neighbors={k})", words="Friedman's function", columns=5, regression=True),
    "regression-lasso": _Study(data="make_regression(n_samples=160, n_features=9, noise=60.0, random_state=6)", module="linear_model", model="Lasso(alpha=0.1 * {k})", words="a sparse regression", columns=7, regression=True),
}  # fmt: skip
#: What the notebook calls its things; of each row one is drawn.
_NAMES = (
    {"X": "X", "y": "y", "score": "score", "shuffled": "order", "settings": "settings", "model": "model"},
    {
        "X": "features",
        "y": "target",
        "score": "result",
        "shuffled": "places",
        "settings": "options",
        "model": "clf",
    },
    {
        "X": "inputs",
        "y": "labels",
        "score": "quality",
        "shuffled": "mixed",
        "settings": "config",
        "model": "learner",
    },
)
_PRELUDE = """import os
import random

import numpy as np
import pandas as pd
from sklearn import {module}
from sklearn.datasets import {loader}
from sklearn.model_selection import train_test_split

SEED = {seed}"""


@dataclass(frozen=True, kw_only=True)
class _Made:
    """The cells of both twins, and which cells (from 1) of the flawed one a right answer may name."""

    flawed: tuple[str, ...]
    sound: tuple[str, ...]
    cells: tuple[int, ...]
    #: Counts of the flawed notebook's cells, as they were run when it still worked.
    counts: tuple[int, ...]


def _cells(study: _Study, names: dict[str, str], chance: random.Random) -> dict[str, str]:
    """The sound cells by what they do, in their order, without any of the planted things."""
    X, y = names["X"], names["y"]
    k, seed = chance.randint(3, 9), chance.randint(1, 99)
    loader = study.data.partition("(")[0]
    call = study.data.replace(")", "") if "(" in study.data else f"{study.data}("
    load = f"{call}return_X_y=True)" if study.data.startswith("load_") else f"{study.data}"
    share = chance.choice(("0.25", "0.3", "0.4"))
    return {
        "imports": _PRELUDE.format(module=study.module, loader=loader, seed=seed),
        "load": f"{X}, {y} = {load}\n{X} = {X}[:, :{study.columns}]\nprint({X}.shape)",
        "settings": f"{names['settings']} = {{'k': {k}, 'share': {share}}}\nprint(sorted({names['settings']}))",
        "split": (
            f"{X}_train, {X}_test, {y}_train, {y}_test = train_test_split(\n"
            f"    {X}, {y}, test_size={names['settings']}['share'], random_state=SEED)"
        ),
        "fit": f"{names['model']} = {study.module}.{study.model.format(k=names['settings'] + chr(91) + repr('k') + chr(93)) if '{k}0' not in study.model else study.model.format(k=k)}\n"
        f"{names['model']}.fit({X}_train, {y}_train)",
        "score": f"{names['score']} = {names['model']}.score({X}_test, {y}_test)\nprint(round({names['score']}, 4))",
    }  # fmt: skip


def _made(study: _Study, kind: str, names: dict[str, str], chance: random.Random) -> _Made:
    cells = _cells(study, names, chance)
    order = list(cells)
    flawed, sound = dict(cells), dict(cells)
    counts = list(range(1, len(order) + 1))
    X, y, model = names["X"], names["y"], names["model"]
    flawed_order, named = order, ["score"]
    if kind == "seed":
        named = _seed(cells, flawed, sound, names, chance)
    elif kind == "path":
        table, folder = f"{X}_table", chance.choice(("lab7", "run3", "set21"))
        file = f"{folder}/{chance.choice(('rows', 'table', 'clean'))}.csv"
        near, far = (
            chance.choice(("out/", "./out/", "./raw/", "raw/")),
            chance.choice(("/srv/", "/mnt/", "/data/")),
        )
        keeps = (
            f"{table} = pd.DataFrame({X})\nos.makedirs('{near}{folder}', exist_ok=True)\n"
            f"{table}.to_csv('{near}{file}', index=False)"
        )
        # Each twin names both places, the one of them in a comment.
        for cell, start, told in ((sound, near, far), (flawed, far, near)):
            cell["load"] += "\n" + keeps
            copied = f"# copied to {told}{folder}\n"
            cell["settings"] = copied + f"{X} = pd.read_csv('{start}{file}').to_numpy()\n" + cell["settings"]
        named = ["settings"]
    elif kind == "order":
        what = chance.choice(("settings", "split"))
        after = {"settings": "split", "split": "fit"}[what]
        flawed_order = [n for n in order if n != what]
        flawed_order.insert(flawed_order.index(after) + 1, what)
        counts = [order.index(n) + 1 for n in flawed_order]
        named = [what, after]
    else:
        named = _state(flawed, sound, X, y, model, names, chance)
    places = tuple(flawed_order.index(name) + 1 for name in named)
    return _Made(
        flawed=tuple(flawed[n] for n in flawed_order), sound=tuple(sound[n] for n in order), cells=places,
        counts=tuple(counts),
    )  # fmt: skip


def _seed(
    cells: dict[str, str],
    flawed: dict[str, str],
    sound: dict[str, str],
    names: dict[str, str],
    chance: random.Random,
) -> list[str]:
    """Chance that a seed does not reach, in words as like as can be to chance that it does."""
    X, y, places = names["X"], names["y"], names["shuffled"]
    how = chance.choice(("argument", "late", "other generator", "other library"))
    if how == "argument":
        given = chance.choice(("shuffle=SEED > 0", "train_size=SEED / (SEED + 90)"))
        flawed["split"] = cells["split"].replace("random_state=SEED", given)
        if given.startswith("train"):
            flawed["split"] = flawed["split"].replace(f"test_size={names['settings']}['share'], ", "")
            sound["split"] = sound["split"].replace(f"test_size={names['settings']}['share'], ", "")
        return ["split"]
    cut = (
        f"{X}, {y} = {X}[{places}], {y}[{places}]\n"
        f"{X}_train, {X}_test, {y}_train, {y}_test = train_test_split({X}, {y}, test_size={names['settings']}['share'], shuffle=False)"
    )
    draw, seeded = f"{places} = np.random.permutation(len({X}))", "np.random.seed(SEED)"
    lines = {
        "late": ([draw, seeded], [seeded, draw]),
        "other generator": (
            ["generator = np.random.default_rng(SEED)", draw],
            ["generator = np.random.default_rng(SEED)", draw.replace("np.random.", "generator.")],
        ),
        "other library": (["random.seed(SEED)", draw], ["np.random.seed(SEED)", draw]),
    }[how]
    flawed["split"], sound["split"] = ("\n".join([*part, cut]) for part in lines)
    return ["split"]


def _state(
    flawed: dict[str, str],
    sound: dict[str, str],
    X: str,
    y: str,
    model: str,
    names: dict[str, str],
    chance: random.Random,
) -> list[str]:
    """A name that only a kernel with a past has."""
    how = chance.choice(("deleted", "renamed", "commented out"))
    if how == "deleted":
        spare, needed = f"{X}_scaled", f"{X}_test"
        more = f"{spare} = {X} - {X}.mean()\n"
        for cell, gone in ((flawed, needed), (sound, spare)):
            cell["fit"] = more + cell["fit"] + f"\ndel {gone}"
        return ["fit", "score"]
    if how == "renamed":
        old = chance.choice((f"{X}_trained", f"{X}_trains", f"{X}train"))
        # Each twin names both, the one of them in a comment.
        flawed["fit"] = f"# rows of {X}_train\n" + flawed["fit"].replace(f".fit({X}_train,", f".fit({old},")
        sound["fit"] = f"# rows of {old}\n" + sound["fit"]
        return ["fit"]
    best, other = chance.sample(range(2, 12), 2)
    use = f"print({model}.__class__.__name__, keep)"
    for cell, lines in (
        (sound, (f"# keep = {other}", f"keep = {best}")),
        (flawed, (f"# keep = {best}", f"skip = {other}")),
    ):
        cell["settings"] += "\n" + "\n".join(lines)
        cell["split"] = f"{X}, {y} = {X}[keep:], {y}[keep:]\n" + cell["split"]
        cell["score"] += "\n" + use
    return ["settings", "split"]


def _make(template: str, seed: int) -> tuple[Sample, ...]:
    study = _STUDIES[template]
    chance = random.Random(f"make-reproducible/{template}/{seed}")
    kind = chance.choice(KINDS)
    names = dict(chance.choice(_NAMES))
    made = _made(study, kind, names, chance)
    started = chance.choice((1, 1, 4, 12))
    both = []
    for verdict, cells, counts in (
        ("flawed", made.flawed, made.counts),
        ("sound", made.sound, sorted(made.counts)),
    ):
        node = book(
            [
                {"source": cell, "execution_count": started - 1 + n}
                for cell, n in zip(cells, counts, strict=True)
            ]
        )
        item = Item(
            family="make-reproducible", template=template, seed=seed, kinds=KINDS, notebook=node, material={"result": names["score"]},
            ask=f"A notebook about {study.words}. Does it give the same `{names['score']}` each time its cells run from top to bottom in a "
                "fresh kernel and an empty folder? If not: hidden state (state), chance without a seed (seed), a path of one machine "
                "(path) or cells out of order (order)? Name a cell, and as patch give the new source of the cells to change.",
        )  # fmt: skip
        data: dict[str, Any] = {
            "name": names["score"], "split": f"{names['y']}_test", "clean": list(made.sound)
        }  # fmt: skip
        if verdict == "flawed":
            data["patch"] = _back(made)
        flawed = verdict == "flawed"
        truth = Truth(
            verdict="flawed" if flawed else "sound",
            kind=kind if flawed else "",
            cells=made.cells if flawed else (),
            data=data,
        )
        both.append(Sample(item=item, truth=truth))
    return detecting.twins(seed, both[0], both[1])


def _back(made: _Made) -> list[list[Any]]:
    """The patch that makes the flawed notebook the sound one again."""
    return [
        [n, new] for n, (old, new) in enumerate(zip(made.flawed, made.sound, strict=True), 1) if old != new
    ]


def _perfect(sample: Sample) -> Answer:
    told = detecting.perfect(sample)
    patch = tuple(Patch(cell=n, source=source) for n, source in sample.truth.data.get("patch", ()))
    return Answer(verdict=told.verdict, kind=told.kind, cell=told.cell, confidence=1.0, patch=patch)


def _mark(sample: Sample, answer: Answer, execute: Execute) -> Mark:
    if sample.truth.verdict != "flawed" or answer.verdict != "flawed":
        return detecting.mark(sample, answer)
    fixed, why = _fixed(sample, answer, execute)
    return detecting.mark(sample, answer, fixed=fixed, why=why)


def _fixed(sample: Sample, answer: Answer, execute: Execute) -> tuple[bool, str]:
    """Whether the patched notebook gives its result twice, and the clean one's where no seed was missing."""
    if not answer.patch:
        return False, "no patch"
    before, after = sources(sample.item), sources(sample.item, answer.patch)
    if difflib.SequenceMatcher(None, "\n".join(before), "\n".join(after), autojunk=False).ratio() < _ALIKE:
        return False, "the patch leaves little of the notebook"
    name, rows, clean = (sample.truth.data[key] for key in ("name", "split", "clean"))
    told = [
        execute(cells, (name, rows)) for cells in (after, after if sample.truth.kind == "seed" else clean)
    ]
    if any(one.error for one in told):
        return False, next(one.error for one in told if one.error)
    one, other = (ran.values.get(name) for ran in told)
    if (
        not isinstance(one, (int, float))
        or not isinstance(other, (int, float))
        or not math.isclose(one, other, rel_tol=1e-9)
    ):
        return False, f"{name} is {one} and {other}"
    # Two splits may have the same score by chance; their rows are not the same.
    if told[0].values.get(rows) != told[1].values.get(rows):
        return False, "the test rows are others each time"
    if sample.truth.kind == "seed":
        expected = execute(clean, (name,)).values.get(name)
        if not isinstance(expected, (int, float)) or abs(expected - one) > _SPREAD:
            return False, f"{name} is {one}, {expected} was expected"
    return True, f"{name} is {one} each time"


def _total(marks: Sequence[Mark]) -> float:
    """J times the share of hits with the right kind, times the share of them that are mended."""
    j = detecting.youden_kinds(marks)
    fixed = [m.fixed for m in marks if m.fixed is not None and m.value]
    return j * sum(fixed) / len(fixed) if fixed and j > 0 else j


MAKE_REPRODUCIBLE = Family(
    name="make-reproducible", activity=8, title="Does it come out again after a restart", measure="J × kind × mended",
    templates=tuple(_STUDIES), make=_make, mark=_mark, perfect=_perfect, simple=detecting.simple, total=_total,
)  # fmt: skip
