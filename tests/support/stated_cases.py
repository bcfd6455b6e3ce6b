"""True and false twins of what a model says about a notebook: each world has cells, outputs, variables, runs.

``cases(seed, count)`` gives statements; ``wrong`` are the numbers in them that nothing backs. A false
twin is made from its true one by another number, another thing's number, or digits that nobody printed.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: What is printed, and how a person or a model calls it.
METRICS: dict[str, tuple[str, ...]] = {
    "accuracy": ("accuracy", "the accuracy", "acc"),
    "test_accuracy": ("test accuracy", "the accuracy on the test set", "`test_accuracy`"),
    "val_loss": ("validation loss", "val_loss", "the loss on the validation set"),
    "train_loss": ("training loss", "`train_loss`", "the train loss"),
    "r2": ("R²", "r2", "the r2 score"),
    "rmse": ("RMSE", "the root mean squared error", "`rmse`"),
    "f1": ("F1", "the F1 score"),
    "auc": ("AUC", "the area under the curve", "the ROC AUC"),
    "silhouette": ("silhouette score", "the silhouette"),
    "mae": ("MAE", "the mean absolute error"),
}
KNOBS: dict[str, tuple[str, ...]] = {
    "lr": ("learning rate", "`lr`", "lr"), "dropout": ("dropout", "the dropout rate"), "n_estimators": ("n_estimators", "trees"),
    "alpha": ("alpha", "`alpha`"), "max_depth": ("max_depth", "the depth limit max_depth"), "batch_size": ("batch size", "`batch_size`"),
}  # fmt: skip
FRAMES = ("df", "train", "houses", "X_train", "data")
COLUMNS = ("age", "price", "income", "area", "score_raw")


@dataclass(frozen=True, kw_only=True)
class Case:
    """A statement about ``world``; ``wrong`` are its numbers, as printed, that must be flagged."""

    kind: str
    world: World
    text: str
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class World:
    """A notebook (source, output of each cell), its live variables, and effects of its runs."""

    cells: tuple[tuple[str, str], ...]
    variables: tuple[dict[str, Any], ...]
    #: Arm to (estimate, low, high).
    effects: dict[str, tuple[float, float, float]]
    metrics: dict[str, tuple[float, int]]
    knobs: dict[str, float]
    #: Frame to (rows, columns).
    frames: dict[str, tuple[int, int]]
    #: (frame, column) to (missing, low, high).
    columns: dict[tuple[str, str], tuple[int, float, float]]
    #: Metric that is printed once an epoch, with its values.
    curve: tuple[str, tuple[float, ...]]
    at: dict[str, int] = field(default_factory=dict)

    def write(self, path: Path) -> Path:
        """The notebook as a file."""
        cells = [
            {
                "cell_type": "code", "id": f"c{n}", "metadata": {}, "execution_count": n + 1, "source": source,
                "outputs": [{"output_type": "stream", "name": "stdout", "text": shown}] if shown else [],
            }
            for n, (source, shown) in enumerate(self.cells)
        ]  # fmt: skip
        node = {"cells": cells, "metadata": {"kernelspec": {"name": "python3", "display_name": "", "language": "python"}}, "nbformat": 4, "nbformat_minor": 5}  # fmt: skip
        path.write_text(json.dumps(node))
        return path


def world(rng: random.Random) -> World:
    """One notebook with what it printed."""
    names = rng.sample(sorted(METRICS), 4)
    metrics = {}
    for name in names:
        value = rng.uniform(0.2, 0.99) if name not in ("rmse", "mae") else rng.uniform(1, 60)
        places = rng.choice((3, 4, 4, 6))
        metrics[name] = (round(value, places), places)
    knobs = {
        "lr": rng.choice((0.1, 0.01, 0.003, 0.0005)), "dropout": rng.choice((0.1, 0.25, 0.4)),
        "n_estimators": rng.choice((80, 120, 300)), "alpha": rng.choice((0.5, 1.7, 0.08)),
        "max_depth": rng.choice((4, 7, 12)), "batch_size": rng.choice((32, 64, 256)),
    }  # fmt: skip
    knobs = {name: knobs[name] for name in rng.sample(sorted(knobs), 3)}
    frames = {name: (rng.randrange(150, 90_000), rng.randrange(4, 80)) for name in rng.sample(FRAMES, 2)}
    first = next(iter(frames))
    columns = {
        (first, c): (rng.randrange(1, 90), round(rng.uniform(0, 40), 2), round(rng.uniform(50, 900), 1))
        for c in rng.sample(COLUMNS, 2)
    }
    curve_name = rng.choice(
        [n for n in ("val_loss", "train_loss", "accuracy") if n not in metrics] or ["loss"]
    )
    start = rng.uniform(0.9, 2.4)
    curve = tuple(round(start * 0.8**epoch + rng.uniform(0, 0.02), 4) for epoch in range(6))
    arms = rng.sample(("dropout=0.0", "no scaler", "lr=0.3", "without augment", "max_depth=2"), 2)
    effects = {}
    for arm in arms:
        estimate = rng.choice((-1, 1)) * rng.uniform(0.012, 0.09)
        half = abs(estimate) * rng.uniform(0.2, 0.7)
        effects[arm] = (round(estimate, 6), round(estimate - half, 6), round(estimate + half, 6))
    cells: list[tuple[str, str]] = [("import numpy as np\nimport pandas as pd", "")]
    at = {}
    for name, value in knobs.items():
        at[name] = len(cells) + 1
        cells.append((f"{name} = {value!r}", ""))
    at["curve"] = len(cells) + 1
    cells.append(("for epoch in range(6):\n    step(epoch)", "".join(f"epoch {e + 1}: {curve_name}={v:.4f}\n" for e, v in enumerate(curve))))  # fmt: skip
    for name, (value, places) in metrics.items():
        at[name] = len(cells) + 1
        style = rng.randrange(4)
        if style == 0:
            cells.append((f"print('{name}:', {name})", f"{name}: {value:.{places}f}\n"))
        elif style == 1:
            cells.append((f"print(f'{name.replace('_', ' ')} = {{{name}}}')", f"{name.replace('_', ' ')} = {value:.{places}f}\n"))  # fmt: skip
        elif style == 2:
            cells.append((name, f"{value:.{places}f}"))
        else:
            other = round(rng.uniform(100, 900), 1)
            cells.append((f"report({name}, seconds)", f"took {other} s, {name} {value:.{places}f}\n"))
    variables: list[dict[str, Any]] = [{"name": n, "type": "float", "value": v} for n, v in knobs.items()]
    for name, (rows, cols) in frames.items():
        listed = [
            {"name": c, "dtype": "float64", "missing": m}
            for (frame, c), (m, _, _) in columns.items()
            if frame == name
        ]
        variables.append({"name": name, "type": "pandas.DataFrame", "rows": rows, "columns_count": cols, "columns": listed})  # fmt: skip
    for (_, c), (_, low, high) in columns.items():
        variables.append({"name": f"{c}_values", "type": "numpy.ndarray", "shape": [250], "dtype": "float64", "min": low, "max": high})  # fmt: skip
    return World(
        cells=tuple(cells), variables=tuple(variables), effects=effects, metrics=metrics, knobs=knobs,
        frames=frames, columns=columns, curve=(curve_name, curve), at=at,
    )  # fmt: skip


Made = tuple[str, str, tuple[str, ...]]


def cases(seed: int, count: int) -> list[Case]:
    """``count`` worlds; of each kind a true statement and its false twin."""
    rng = random.Random(f"stated {seed}")
    out: list[Case] = []
    for _ in range(count):
        here = world(rng)
        for maker in KINDS:
            true, false, wrong = maker(here, rng)
            kind = maker.__name__
            out.append(Case(kind=kind, world=here, text=true))
            if false:
                out.append(Case(kind=kind, world=here, text=false, wrong=wrong))
    return out


def _other(value: float, places: int, rng: random.Random) -> str:
    """Another number of the same look: off by at least two units of its last digit."""
    step = 10.0**-places
    by = rng.choice((-1, 1)) * rng.choice((2, 3, 7, 19, 40)) * step
    if value + by <= 0:
        by = abs(by)
    return f"{value + by:.{places}f}"


def _rounded(value: float, places: int, rng: random.Random) -> tuple[str, int]:
    keep = rng.randrange(min(2, places), places + 1)
    return f"{value:.{keep}f}", keep


def a_metric(here: World, rng: random.Random) -> Made:
    name = rng.choice(sorted(here.metrics))
    value, places = here.metrics[name]
    shown, keep = _rounded(value, places, rng)
    called = rng.choice(METRICS[name])
    form = rng.choice((
        "{Called} is {n}.", "The notebook reports {called} of {n}.", "Cell {at} prints {called} = {n}.",
        "With these settings {called} comes to **{n}**, which is decent.", "{Called} ({n}) looks plausible.",
        "The model reaches {n} in {called}.", "- {called}: {n}",
    ))  # fmt: skip

    def say(number: str) -> str:
        return form.format(Called=called[0].upper() + called[1:] if not called.startswith("`") else called, called=called, n=number, at=here.at[name])  # fmt: skip

    other = _other(float(shown), keep, rng)
    return say(shown), say(other), (other,)


def a_percentage(here: World, rng: random.Random) -> Made:
    names = [n for n in here.metrics if here.metrics[n][0] < 1]
    if not names:
        return "Nothing here is a share.", "", ()
    name = rng.choice(names)
    value = here.metrics[name][0]
    called = rng.choice(METRICS[name])
    shown, other = f"{100 * value:.1f}", _other(100 * value, 1, rng)
    form = rng.choice(("{c} is {n} %.", "About {c}: it is at {n}% now.", "{c} stands at {n} percent"))
    return form.format(c=called, n=shown), form.format(c=called, n=other), (other,)


def two_metrics(here: World, rng: random.Random) -> Made:
    """The false twin has each one's number at the other."""
    one, two = rng.sample(sorted(here.metrics), 2)
    a, b = (f"{here.metrics[n][0]:.3f}" for n in (one, two))
    form = rng.choice((
        "{x} is {a} and {y} is {b}.", "{x} reaches {a}, while {y} stays at {b}.",
        "The run ends with {x} = {a} and {y} = {b}.",
    ))  # fmt: skip
    x, y = METRICS[one][0], METRICS[two][0]
    if {x, y} == {"accuracy", "test accuracy"}:
        return form.format(x=x, a=a, y=y, b=b), "", ()
    return form.format(x=x, a=a, y=y, b=b), form.format(x=x, a=b, y=y, b=a), (a, b)


def too_precise(here: World, rng: random.Random) -> Made:
    name = rng.choice(sorted(here.metrics))
    value, places = here.metrics[name]
    shown, more = f"{value:.{places}f}", f"{value:.{places}f}{rng.randrange(11, 99)}"
    called = METRICS[name][0]
    return f"{called} was {shown}.", f"{called} was {more}.", (more,)


def a_knob(here: World, rng: random.Random) -> Made:
    name = rng.choice(sorted(here.knobs))
    value = here.knobs[name]
    called = rng.choice(KNOBS[name])
    other = f"{value * rng.choice((2, 5, 0.5)):g}"
    form = rng.choice((
        "The notebook sets {c} to {n}.", "{c} is {n} (cell {at}).", "It was trained with {c} = {n}.", "Right now {c} is {n}.",
    ))  # fmt: skip
    if name == "n_estimators":
        form = "The notebook sets {c} to {n}."
    at = here.at[name]
    return form.format(c=called, n=f"{value:g}", at=at), form.format(c=called, n=other, at=at), (other,)


def a_shape(here: World, rng: random.Random) -> Made:
    name = rng.choice(sorted(here.frames))
    rows, cols = here.frames[name]
    wrong = rows + rng.choice((-7, 3, 12, 140))
    form = rng.choice((
        "`{f}` has {r:,} rows and {c} columns.", "{f} holds {r} samples with {c} features each.", "The shape of `{f}` is ({r}, {c}).",
    ))  # fmt: skip
    shown = f"{wrong:,}" if "{r:,}" in form else str(wrong)
    return form.format(f=name, r=rows, c=cols), form.format(f=name, r=wrong, c=cols), (shown,)


def missing_values(here: World, rng: random.Random) -> Made:
    (frame, column), (missing, _, _) = rng.choice(sorted(here.columns.items()))
    wrong = missing + rng.choice((2, 5, 31))
    form = rng.choice(
        ("{n} values of `{c}` are missing in {f}.", "In {f}, column {c} has {n} missing values.")
    )
    return form.format(n=missing, c=column, f=frame), form.format(n=wrong, c=column, f=frame), (str(wrong),)


def a_range(here: World, rng: random.Random) -> Made:
    (_, column), (_, low, high) = rng.choice(sorted(here.columns.items()))
    wrong = _other(high, 1, rng)
    form = rng.choice(
        ("`{c}_values` runs from {a} to {b}.", "The maximum of `{c}_values` is {b}, the minimum {a}.")
    )
    return form.format(c=column, a=low, b=high), form.format(c=column, a=low, b=wrong), (wrong,)


def a_curve(here: World, rng: random.Random) -> Made:
    name, values = here.curve
    called = {"val_loss": "validation loss", "train_loss": "training loss"}.get(name, name)
    wrong = _other(values[-1], 3, rng)
    form = rng.choice((
        "The {c} goes from {a} in epoch 1 to {b} in epoch 6.", "{c} starts at {a} and ends at {b}.",
        "Over the epochs the {c} falls from {a} to {b}, a difference of {d}.",
    ))  # fmt: skip
    a, b = f"{values[0]:.3f}", f"{values[-1]:.3f}"
    d = f"{abs(float(a) - float(b)):.2f}"
    if "{d}" in form:
        bad = _other(abs(float(a) - float(b)), 2, rng)
        return form.format(c=called, a=a, b=b, d=d), form.format(c=called, a=a, b=b, d=bad), (bad,)
    return form.format(c=called, a=a, b=b), form.format(c=called, a=a, b=wrong), (wrong,)


def an_effect(here: World, rng: random.Random) -> Made:
    arm = rng.choice(sorted(here.effects))
    estimate = here.effects[arm][0]
    way, not_so = ("raises", "lowers") if estimate > 0 else ("lowers", "raises")
    n = f"{abs(estimate):.3f}"
    form = rng.choice(("`{arm}` {way} the response by {n}.", "The runs show that {arm} {way} it by {n}."))
    if rng.random() < 0.3:
        return form.format(arm=arm, way=way, n=n), form.format(arm=arm, way=not_so, n=n), (n,)
    wrong = _other(abs(estimate), 3, rng)
    return form.format(arm=arm, way=way, n=n), form.format(arm=arm, way=way, n=wrong), (wrong,)


def advice(here: World, rng: random.Random) -> Made:
    """Numbers that say what to do, or what is expected: nothing that was measured, so nothing to back."""
    return rng.choice((
        "Try a learning rate of 0.03 and 0.3.", "I would run at least 12 seeds before believing it.",
        "You could set dropout to 0.15 instead.", "Consider 5-fold cross validation.", "A plan with 8 blocks should do.",
        "I expect about 0.02 more from it, but nothing has been run.", "Use `n_estimators=500` and see.",
        "1. Fix the seed (e.g. 42).\n2. Rerun cells 3 to 5.", "See Smith (2019), section 3.2, for python 3.11.",
        "As a rule of thumb, differences under 0.5 % are noise.", "It may take 20 minutes.",
        "```python\nmodel = Model(lr=0.3, depth=99)\n```",
    )), "", ()  # fmt: skip


def an_invention(here: World, rng: random.Random) -> Made:
    """Nothing in the notebook is called so at all."""
    number = f"{rng.uniform(0.3, 0.95):.3f}"
    said = rng.choice(("The Cohen's kappa is {n}.", "Top-5 recall was {n} on the holdout.", "The calibration error came to {n}."))  # fmt: skip
    return "No calibration was measured.", said.format(n=number), (number,)


KINDS: tuple[Callable[[World, random.Random], Made], ...] = (
    a_metric, a_percentage, two_metrics, too_precise, a_knob, a_shape, missing_values, a_range, a_curve, an_effect,
    advice, an_invention,
)  # fmt: skip
