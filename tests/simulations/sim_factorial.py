"""Factors that are crossed: main effects and interactions over all runs, whole and fractional."""

from __future__ import annotations

import numpy as np
from scipy import special
from simulated import (
    ALPHA,
    BLOCKS,
    EXPERIMENTS,
    Simulated,
    coverage,
    noise,
    oracle_power,
    power,
    rng,
    type_one,
)

from jupyter_coimprove.evidence import ols
from jupyter_coimprove.evidence.multiplicity import adjust
from jupyter_coimprove.evidence.paired import p_value, standard_error
from jupyter_coimprove.experiments import factorial
from jupyter_coimprove.experiments.experiment import Factor

#: Two-level factors of the designs that are offered: whole up to four, fractions from five.
DESIGNS = {"2²": 2, "2³": 3, "2⁵⁻¹": 5, "2⁶⁻²": 6}


def terms(name: str) -> tuple[int, tuple[ols.Term, ...]]:
    """How many runs a plan of this design has, and the effects that they tell."""
    factors = [
        Factor(name=letter, operator="set", places=(), levels=("0", "1"), kind="assignment")
        for letter in "abcdef"[: DESIGNS[name]]
    ]
    whole = len(factors) <= factorial.MAX_FACTORIAL
    arms = [{}, *(factorial.full(factors) if whole else factorial.fraction(factors, None))]
    base = {factor.name: factor.levels[0] for factor in factors}
    found, why = ols.terms([{**base, **arm} for arm in arms], base)
    assert not why
    return len(arms), found


def opposed() -> list[Simulated]:
    """What each of four factors gains alone against what it gains with the others (designs of both)."""
    rule, out, factors = "opposed signs (both)", [], 4

    def contrasts(key: int, blocks: int, kind: str, effect: float = 0.0) -> np.ndarray:
        g = rng(43, key, blocks, kind == "t3")
        whole, stripped = (noise(g, (EXPERIMENTS // 2, 1, blocks), kind) for _ in range(2))
        without, alone = (noise(g, (EXPERIMENTS // 2, factors, blocks), kind) for _ in range(2))
        d = (alone - stripped) - (whole - without)
        d[:, 0] += effect
        return d

    for kind in ("normal", "t3"):
        for blocks in BLOCKS:
            p = p_value(contrasts(0, blocks, kind))
            out.append(
                type_one(rule, f"4 factors, {blocks} blocks, {kind}", adjust(p, "holm", ALPHA).rejected)
            )
            out.append(coverage(rule, f"4 factors, {blocks} blocks, {kind}", p[:, 0] > ALPHA))
    for blocks, effect in ((5, 6.0), (8, 3.5), (12, 2.5)):
        p = adjust(p_value(contrasts(1, blocks, "normal", effect)), "holm", ALPHA)
        oracle = oracle_power(effect * np.sqrt(blocks) / 2, blocks - 1, ALPHA / factors)
        out.append(power(rule, f"4 factors, {blocks} blocks, effect {effect}", p.rejected[:, 0], oracle))
    return out


def _tests(
    y: np.ndarray, told: tuple[ols.Term, ...], order: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Estimates, half widths at 95 % and p of the main effects (1) or interactions (2).

    A main effect is tested as a paired t over its contrasts, one a block; interactions by least
    squares with a fixed effect of each block.
    """
    mine = [i for i, term in enumerate(told) if len(term.factors) == order]
    if order == 2:
        found = ols.fit(y, told)
        return (
            found.estimates[:, mine],
            ols.half_widths(found, np.array(ALPHA))[:, mine],
            ols.p_values(found)[:, mine],
        )
    sides = np.sign(np.array([told[i].column for i in mine]))
    contrasts = np.moveaxis(y @ (2 * sides.T / y.shape[-1]), -1, 1)
    half = special.stdtrit(y.shape[-2] - 1, 1 - ALPHA / 2) * standard_error(contrasts)
    return contrasts.mean(axis=-1), half, p_value(contrasts)


def effects(order: int) -> list[Simulated]:
    """Main effects (order 1) or interactions (order 2), one family under Holm."""
    rule, out = ("factorial main effects", "interactions")[order - 1], []
    for at, name in enumerate(DESIGNS):
        runs, told = terms(name)
        for kind in ("normal", "t3"):
            for blocks in (3, 5, 10):
                g = rng(40, order, at, blocks, kind == "t3")
                y = noise(g, (EXPERIMENTS // 2, blocks, runs), kind)
                y += 2 * g.standard_normal((EXPERIMENTS // 2, blocks, 1))
                alarms = adjust(_tests(y, told, order)[2], "holm", ALPHA).rejected
                out.append(type_one(rule, f"{name}, {blocks} blocks, {kind}", alarms))
    runs, told = terms("2³")
    for kind in ("normal", "t3"):
        for blocks in BLOCKS:
            g = rng(41, order, blocks, kind == "t3")
            estimates, half, _ = _tests(noise(g, (EXPERIMENTS, blocks, runs), kind), told, order)
            covered = np.abs(estimates[:, 0]) <= half[:, 0]
            out.append(coverage(rule, f"2³, {blocks} blocks, {kind}", covered))
    for name, blocks, effect in (("2²", 5, 1.2), ("2³", 3, 1.1), ("2⁵⁻¹", 5, 0.8)):
        runs, told = terms(name)
        mine = [term for term in told if len(term.factors) == order]
        column = np.array(mine[0].column)
        size = effect * (1, 2)[order - 1]
        y = noise(rng(42, order, blocks, runs), (EXPERIMENTS, blocks, runs)) + size * column
        p = adjust(_tests(y, told, order)[2], "holm", ALPHA)
        error = 1 / np.sqrt(blocks * ((column - column.mean()) ** 2).sum())
        free = blocks - 1 if order == 1 else blocks * runs - blocks - len(told)
        oracle = oracle_power(size / error, free, ALPHA / len(mine))
        out.append(power(rule, f"{name}, {blocks} blocks, effect {size:g}", p.rejected[:, 0], oracle))
    return out
