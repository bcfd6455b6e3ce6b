"""Failures ranked worst, and several tasks taken together."""

from __future__ import annotations

import numpy as np
from simulated import ALPHA, Simulated, coverage, noise, oracle_power, power, rng, type_one

from jupyter_coimprove.evidence.paired import p_value
from jupyter_coimprove.evidence.pairing import Entry
from jupyter_coimprove.evidence.ranks import worst_rank_p
from jupyter_coimprove.evidence.tasks import interquartile_difference

#: Experiments of what is computed one by one.
FEW = 4000
#: Scores of both arms (experiments × tasks × blocks × 2) for the interquartile mean.
TASKS = ((10, 5), (10, 10), (26, 5))


def _ranked(values: np.ndarray, failed: np.ndarray) -> np.ndarray:
    """p of each experiment (experiments × 2 arms × blocks); 1 where no two blocks differ."""
    out = np.ones(len(values))
    for i, (y, gone) in enumerate(zip(values, failed, strict=True)):
        entries = [
            [
                Entry(value=None if f else float(v), failure="error" if f else "")
                for v, f in zip(row, of, strict=True)
            ]
            for row, of in zip(y, gone, strict=True)
        ]
        found = worst_rank_p([(b, t, z) for b, (z, t) in enumerate(zip(*entries, strict=True))], 1)
        out[i] = 1.0 if found is None else found[0]
    return out


def worst_rank() -> list[Simulated]:
    """Both arms fail equally often, and otherwise differ by noise only."""
    out, rule = [], "worst rank (sensitivity)"
    for share in (0.0, 0.2):
        for blocks in (8, 12, 20):
            g = rng(60, blocks, round(10 * share))
            y, failed = noise(g, (FEW, 2, blocks)), g.random((FEW, 2, blocks)) < share
            out.append(type_one(rule, f"{blocks} blocks, {share:.0%} fail", _ranked(y, failed) <= ALPHA))
    for blocks, effect in ((8, 2.2), (12, 1.6), (20, 1.2)):
        g = rng(61, blocks)
        y = noise(g, (FEW, 2, blocks))
        y[:, 1] += effect
        oracle = oracle_power(effect * np.sqrt(blocks / 2), blocks - 1)
        found = _ranked(y, np.zeros(y.shape, dtype=bool)) <= ALPHA
        out.append(power(rule, f"{blocks} blocks, effect {effect}, none fails", found, oracle))
    return out


def reseed() -> list[Simulated]:
    """The baseline again on blocks of its own: an alarm in one experiment, and in two running (the analysis stops)."""
    out, rule = [], "reseed check"
    for kind in ("normal", "t3"):
        for blocks in (5, 10):
            y = noise(rng(64, blocks, kind == "t3"), (2, 12_000, 2, blocks), kind)
            alarms = p_value(y[:, :, 1] - y[:, :, 0]) <= ALPHA
            out.append(type_one(rule, f"{blocks} blocks, {kind}", alarms[0]))
            out.append(type_one(rule, f"{blocks} blocks, {kind}, twice running", alarms.all(axis=0)))
    return out


def _scores(key: int, tasks: int, blocks: int, effect: float, kind: str = "normal") -> np.ndarray:
    """Scores (experiments × arms × tasks × blocks): tasks of their own difficulty, blocks shared by the arms."""
    g = rng(key, tasks, blocks, kind == "t3")
    level = g.standard_normal((FEW, 1, tasks, 1))
    shared = 0.5 * g.standard_normal((FEW, 1, tasks, blocks))
    y = level + shared + 0.5 * noise(g, (FEW, 2, tasks, blocks), kind)
    y[:, 1] += effect
    return y


def interquartile() -> list[Simulated]:
    out, rule = [], "interquartile mean (tasks)"
    for kind in ("normal", "t3"):
        for tasks, blocks in TASKS:
            y = _scores(62, tasks, blocks, 0.0, kind)
            excluded = np.empty(FEW, dtype=bool)
            for i in range(FEW):
                found = interquartile_difference(y[i, 0], y[i, 1], ALPHA, seed=i, resamples=600)
                excluded[i] = found.low > 0 or found.high < 0
            setting = f"{tasks} tasks x {blocks} blocks, {kind}"
            out.append(type_one(rule, setting, excluded))
            out.append(coverage(rule, setting, ~excluded))
    for tasks, blocks, effect in ((10, 5, 0.3), (10, 10, 0.2), (26, 5, 0.2)):
        y = _scores(63, tasks, blocks, effect)
        found = np.empty(FEW // 4, dtype=bool)
        for i in range(len(found)):
            one = interquartile_difference(y[i, 0], y[i, 1], ALPHA, seed=i, resamples=600)
            found[i] = one.low > 0 or one.high < 0
        # The paired t over all runs of all tasks, which differ by the same.
        oracle = oracle_power(effect / (0.5 * np.sqrt(2)) * np.sqrt(tasks * blocks), tasks * blocks - 1)
        out.append(
            power(rule, f"{tasks} tasks x {blocks} blocks, effect {effect}", found, oracle, decides=False)
        )
    return out
