"""Rules for treatments that are each compared with the baseline, over independent blocks."""

from __future__ import annotations

import numpy as np
from scipy import stats
from simulated import (
    ALPHA,
    BLOCKS,
    SETTINGS,
    Simulated,
    coverage,
    differences,
    oracle_power,
    power,
    rng,
    type_one,
)

from jupyter_coimprove.evidence.decide import decide
from jupyter_coimprove.evidence.multiplicity import adjust
from jupyter_coimprove.evidence.paired import equivalence_p, p_value

FAMILIES = {"fixed sequence": "fixed-sequence", "Holm": "holm", "primary contrast": "primary"}


def paired_t() -> list[Simulated]:
    out = []
    for kind in ("normal", "t3"):
        for blocks in BLOCKS:
            d = differences(rng(1, blocks, kind == "t3"), 1, blocks, kind)
            p = p_value(d[:, 0])
            agree = np.allclose(p, stats.ttest_1samp(d[:, 0], 0, axis=1).pvalue)
            assert agree, "scipy has other p values"
            out.append(type_one("paired t", f"{blocks} blocks, {kind}", p <= ALPHA))
            covered = p_value(d[:, 0] + 0.7, shift=0.7) > ALPHA
            out.append(coverage("paired t", f"{blocks} blocks, {kind}", covered))
    for blocks, _, effect in SETTINGS:
        d = differences(rng(2, blocks), 1, blocks)[:, 0] + effect
        oracle = oracle_power(effect * np.sqrt(blocks / 2), blocks - 1)
        out.append(power("paired t", f"{blocks} blocks, effect {effect}", decide(d[:, None])[:, 0], oracle))
    return out


def sign_flip() -> list[Simulated]:
    """Beside the paired t as a sensitivity; with under six blocks no p of it is under 5 %."""
    out = []
    for kind in ("normal", "t3"):
        for blocks in (6, 10, 14):
            d = differences(rng(3, blocks, kind == "t3"), 1, blocks, kind, 6000)
            out.append(
                type_one("sign-flip (sensitivity)", f"{blocks} blocks, {kind}", decide(d, test="sign-flip"))
            )
            covered = p_value(d[:, 0] + 0.7, test="sign-flip", shift=0.7) > ALPHA
            # Its p goes in steps of 2¹⁻ⁿ: at six blocks the level is 3 %.
            out.append(coverage("sign-flip (sensitivity)", f"{blocks} blocks, {kind}", covered, anytime=True))
    for blocks, effect in ((8, 1.8), (12, 1.6), (14, 1.0)):
        d = differences(rng(4, blocks), 1, blocks, experiments=6000) + effect
        oracle = oracle_power(effect * np.sqrt(blocks / 2), blocks - 1)
        found = decide(d, test="sign-flip")[:, 0]
        out.append(power("sign-flip (sensitivity)", f"{blocks} blocks, effect {effect}", found, oracle))
    return out


def family(name: str) -> list[Simulated]:
    """Several treatments: none has an effect; one has and the others must not alarm more often."""
    out, at = [], list(FAMILIES).index(name)
    for kind in ("normal", "t3"):
        for blocks in (6, 12, 20):
            d = differences(rng(5, at, blocks, kind == "t3"), 4, blocks, kind)
            alarms = decide(d, multiplicity=FAMILIES[name])
            out.append(type_one(name, f"4 treatments, {blocks} blocks, {kind}", alarms))
    d = differences(rng(6, at), 4, 8)
    d[:, 0] += 5
    out.append(
        type_one(
            name, "3 of 4 without effect, 8 blocks, normal", decide(d, multiplicity=FAMILIES[name])[:, 1:]
        )
    )
    for blocks, treatments, effect in SETTINGS:
        d = differences(rng(7, at, blocks), treatments, blocks)
        d[:, 0] += effect
        level = ALPHA / treatments if name == "Holm" else ALPHA
        oracle = oracle_power(effect * np.sqrt(blocks / 2), blocks - 1, level)
        found = decide(d, multiplicity=FAMILIES[name])[:, 0]
        out.append(power(name, f"{treatments} treatments, {blocks} blocks, effect {effect}", found, oracle))
    for blocks in BLOCKS:
        # The interval of the first treatment, at the level that the rule gave it.
        d = differences(rng(8, at, blocks), 4, blocks)
        level = adjust(p_value(d), FAMILIES[name], ALPHA).alpha[:, 0]
        covered = p_value(d[:, 0]) > level
        out.append(coverage(name, f"4 treatments, {blocks} blocks, normal", covered, anytime=name == "Holm"))
    return out


def equivalence() -> list[Simulated]:
    """Type I at the margin: a difference exactly as large as the margin is not called equivalent."""
    out, margin = [], 1.0
    for treatments in (1, 4):
        for kind in ("normal", "t3"):
            for blocks in BLOCKS:
                d = (
                    differences(rng(9, treatments, blocks, kind == "t3"), treatments, blocks, kind) * 0.5
                    + margin
                )
                p = equivalence_p(d, margin)
                claimed = adjust(p, "holm", ALPHA).rejected
                out.append(
                    type_one(
                        "equivalence (TOST)", f"{treatments} at the margin, {blocks} blocks, {kind}", claimed
                    )
                )
    for blocks, treatments, _ in SETTINGS:
        d = differences(rng(10, blocks), treatments, blocks) * 0.4
        claimed = adjust(equivalence_p(d, margin), "holm", ALPHA).rejected[:, 0]
        sides = [
            stats.ttest_1samp(d[:, 0], sign * margin, axis=1, alternative=way).pvalue
            for sign, way in ((1, "less"), (-1, "greater"))
        ]
        oracle = float((np.maximum(*sides) <= ALPHA / treatments).mean())
        out.append(
            power(
                "equivalence (TOST)",
                f"{treatments} treatments, {blocks} blocks, margin 1.8 spreads",
                claimed,
                oracle,
            )
        )
    for blocks in BLOCKS:
        d = differences(rng(11, blocks), 1, blocks)[:, 0]
        covered = p_value(d) > 2 * ALPHA
        share = float(covered.mean())
        out.append(
            Simulated(
                rule="equivalence (TOST)", measure="coverage", setting=f"90 % interval, {blocks} blocks, normal",
                value=share, beside=0.9, ok=abs(share - 0.9) <= 0.02, experiments=len(covered),
            )
        )  # fmt: skip
    return out
