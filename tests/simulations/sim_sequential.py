"""The sequential design: looked at after every block, stopped at the first that decides."""

from __future__ import annotations

import numpy as np
from simulated import ALPHA, EXPERIMENTS, Simulated, coverage, differences, oracle_power, power, rng, type_one

from jupyter_coimprove.evidence.sequential import half_widths, stop_blocks

RULE = "sequential (anytime t)"
#: (most blocks, treatments, effect in spreads of a difference).
SETTINGS = ((30, 1, 1.2), (40, 2, 1.2), (60, 4, 1.0))


def sequential() -> list[Simulated]:
    out = []
    for kind in ("normal", "t3"):
        for treatments, most in ((1, 30), (1, 100), (4, 60)):
            d = differences(rng(50, treatments, most, kind == "t3"), treatments, most, kind, EXPERIMENTS // 2)
            stops = stop_blocks(d, ALPHA / treatments)
            out.append(type_one(RULE, f"{treatments} treatments, looked at {most} times, {kind}", stops > 0))
    d = differences(rng(51), 4, 40, experiments=EXPERIMENTS // 2)
    d[:, 0] += 5
    alarms = stop_blocks(d, ALPHA / 4)[:, 1:] > 0
    out.append(type_one(RULE, "3 of 4 without effect, looked at 40 times, normal", alarms))
    for kind in ("normal", "t3"):
        # Equivalence: the true difference is as large as the margin.
        margin, most = 1.5, 60
        d = differences(rng(55, kind == "t3"), 1, most, kind, EXPERIMENTS // 2)[:, 0] / np.sqrt(2) + margin
        stops = stop_blocks(d, ALPHA, margin=margin)
        mean, half = (
            np.take_along_axis(x, np.maximum(stops, 1)[:, None] - 1, axis=1)[:, 0]
            for x in half_widths(d, ALPHA)
        )
        out.append(
            type_one(
                RULE,
                f"equivalence at the margin, {most} blocks, {kind}",
                (stops > 0) & (np.abs(mean) + half < margin),
            )
        )
    for kind in ("normal", "t3"):
        for effect in (0.5, 1.0, 2.0):
            most = 40
            d = (
                differences(rng(52, round(10 * effect), kind == "t3"), 1, most, kind, EXPERIMENTS // 2)[:, 0]
                / np.sqrt(2)
                + effect
            )
            stops = stop_blocks(d, ALPHA)
            at = np.where(stops > 0, stops, most)[:, None] - 1
            mean, half = (np.take_along_axis(x, at, axis=1)[:, 0] for x in half_widths(d, ALPHA))
            out.append(
                coverage(
                    RULE,
                    f"at the stop, effect {effect:g} spreads, {kind}",
                    np.abs(mean - effect) <= half,
                    anytime=True,
                )
            )
    for most, treatments, effect in SETTINGS:
        d = differences(rng(53, most), treatments, most, experiments=EXPERIMENTS // 2) / np.sqrt(2)
        d[:, 0] += effect
        oracle = oracle_power(effect * np.sqrt(most), most - 1, ALPHA / treatments)
        found = stop_blocks(d, ALPHA / treatments)[:, 0] > 0
        out.append(
            power(
                RULE,
                f"{treatments} treatments, at most {most} blocks, effect {effect:g} spreads",
                found,
                oracle,
            )
        )
    return out


def blocks_taken(effect: float, most: int = 200) -> float:
    """Mean number of blocks until an effect of so many spreads is decided."""
    d = differences(rng(54, round(10 * effect)), 1, most, experiments=4000)[:, 0] / np.sqrt(2) + effect
    stops = stop_blocks(d, ALPHA)
    return float(np.where(stops > 0, stops, most).mean())
