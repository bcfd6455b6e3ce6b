"""Blocks that draw the data anew: Nadeau and Bengio's correction, on its model and on data really resampled."""

from __future__ import annotations

import numpy as np
from simulated import ALPHA, EXPERIMENTS, Simulated, coverage, noise, oracle_power, power, rng, type_one

from jupyter_coimprove.evidence.decide import decide
from jupyter_coimprove.evidence.paired import p_value
from jupyter_coimprove.notebook.splits import bootstrap_ratio

RULE = "Nadeau-Bengio"
#: Data sets that are really drawn and split, each with its number of rows.
DATA_SETS, ROWS = 4000, 80


def model() -> list[Simulated]:
    """Splits whose differences share a part: ``ratio`` times the variance is the same in all of them."""
    out = []
    for ratio in (1 / 9, 0.25, 0.5):
        for blocks in (5, 10, 30):
            g = rng(20, blocks, round(100 * ratio))
            d = g.standard_normal((EXPERIMENTS, blocks)) + np.sqrt(ratio) * g.standard_normal(
                (EXPERIMENTS, 1)
            )
            setting = f"{blocks} splits, n_test/n_train {ratio:.2f}, model"
            out.append(type_one(RULE, setting, decide(d[:, None], split_ratio=ratio)))
            out.append(coverage(RULE, setting, p_value(d + 1, ratio=ratio, shift=1) > ALPHA))
    for blocks in (5, 10, 20):
        covered = p_value(heavy(blocks) + 1, ratio=0.25, shift=1) > ALPHA
        out.append(coverage(RULE, f"{blocks} splits, n_test/n_train 0.25, model, t3", covered))
    for ratio, blocks, effect in ((0.25, 5, 2.5), (0.25, 10, 1.8), (1 / 9, 20, 1.2)):
        g = rng(21, blocks)
        d = (
            g.standard_normal((EXPERIMENTS, blocks))
            + np.sqrt(ratio) * g.standard_normal((EXPERIMENTS, 1))
            + effect
        )
        oracle = oracle_power(effect / np.sqrt(1 / blocks + ratio), blocks - 1)
        found = decide(d[:, None], split_ratio=ratio)[:, 0]
        out.append(
            power(RULE, f"{blocks} splits, n_test/n_train {ratio:.2f}, effect {effect}, model", found, oracle)
        )
    return out


def heavy(blocks: int) -> np.ndarray:
    """The model where both parts have heavy tails, the one that all splits share too."""
    g = rng(23, blocks)
    return noise(g, (EXPERIMENTS, blocks), "t3") + 0.5 * noise(g, (EXPERIMENTS, 1), "t3")


def _data(g: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two features that tell as much of the target, and the target (data sets × rows)."""
    x = g.standard_normal((2, DATA_SETS, ROWS))
    return x, 0.5 * x.sum(axis=0) + g.standard_normal((DATA_SETS, ROWS))


def _losses(x: np.ndarray, y: np.ndarray, weights: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Squared error of the model of the one feature minus that of the other, trained and tested by weights."""
    slope = (weights * x * y).sum(axis=-1) / (weights * x * x).sum(axis=-1)
    squared = (y - slope[..., None] * x) ** 2
    each = (squared * test).sum(axis=-1) / test.sum(axis=-1)
    return each[0] - each[1]


def resampled(kind: str, splits: int) -> np.ndarray:
    """Differences of two equally good models (data sets × splits), each split drawn anew."""
    g = rng(22, ["random", "folds", "bootstrap"].index(kind), splits)
    x, y = _data(g)
    out = np.empty((DATA_SETS, splits))
    for s in range(splits):
        if kind == "bootstrap":
            drawn = g.multinomial(ROWS, np.full(ROWS, 1 / ROWS), size=DATA_SETS).astype(float)
            out[:, s] = _losses(x, y, drawn, drawn == 0)
            continue
        place = g.random((DATA_SETS, ROWS)).argsort(axis=1)
        if kind == "random":
            test = place < ROWS // 5
            out[:, s] = _losses(x, y, ~test, test)
        else:
            folds = [(place % 5) == fold for fold in range(5)]
            out[:, s] = np.mean([_losses(x, y, ~test, test) for test in folds], axis=0)
    return out


#: How the data are split, and n_test / n_train.
KINDS = {"random": 0.25, "bootstrap": bootstrap_ratio()}
_SAID = {"random": "random 80:20 splits", "bootstrap": "bootstraps, rest as test"}


def data() -> list[Simulated]:
    out = []
    for kind, ratio in KINDS.items():
        for splits in (5, 10, 30):
            d = resampled(kind, splits)
            found = type_one(
                RULE, f"{splits} {_SAID[kind]}, real data", decide(d[:, None], split_ratio=ratio)
            )
            out.append(found)
    return out


def not_offered(kind: str, splits: int, ratio: float | None) -> float:
    """False alarms of what is not done: no correction of splits, or one of means over reshuffled folds."""
    return float(decide(resampled(kind, splits)[:, None], split_ratio=ratio)[:, 0].mean())
