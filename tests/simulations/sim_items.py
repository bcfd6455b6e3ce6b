"""A fixed test set: paired item differences, clusters of them, and McNemar's test."""

from __future__ import annotations

import numpy as np
from scipy import stats
from simulated import ALPHA, EXPERIMENTS, Simulated, coverage, noise, oracle_power, power, rng, type_one

from jupyter_coimprove.evidence.items import cluster_test, item_test, mcnemar

#: Test items, and clusters of one to nine of them.
ITEMS = (30, 100)
CLUSTERS = (10, 20, 40)


def paired_items() -> list[Simulated]:
    out, rule = [], "items (paired differences)"
    for kind in ("normal", "t3"):
        for items in ITEMS:
            g = rng(30, items, kind == "t3")
            # The mean over five blocks of an item's difference: its own part, and noise of the blocks.
            d = noise(g, (EXPERIMENTS, items), kind) + noise(g, (EXPERIMENTS, items)) / np.sqrt(5)
            _, half, p = item_test(d, ALPHA)
            assert np.allclose(p, stats.ttest_1samp(d, 0, axis=1).pvalue), "scipy has other p values"
            out.append(type_one(rule, f"{items} items, {kind}", p <= ALPHA))
            out.append(coverage(rule, f"{items} items, {kind}", np.abs(d.mean(axis=1)) <= half))
    for items, effect in ((30, 0.6), (50, 0.45), (100, 0.3)):
        d = noise(rng(31, items), (EXPERIMENTS, items)) + effect
        out.append(
            power(rule, f"{items} items, effect {effect}", item_test(d, ALPHA)[2] <= ALPHA,
                  oracle_power(effect * np.sqrt(items), items - 1))
        )  # fmt: skip
    return out


def _clustered(g: np.random.Generator, clusters: int) -> tuple[np.ndarray, np.ndarray]:
    """Items whose differences share half of their variance within a cluster, and which cluster each is of."""
    sizes = 1 + np.arange(clusters) % 9
    of = np.repeat(np.arange(clusters), sizes)
    shared = noise(g, (EXPERIMENTS, clusters)) * np.sqrt(0.5)
    return shared[:, of] + noise(g, (EXPERIMENTS, len(of))) * np.sqrt(0.5), of


def clustered_items() -> list[Simulated]:
    out, rule = [], "items (clustered)"
    for clusters in CLUSTERS:
        d, of = _clustered(rng(32, clusters), clusters)
        mean, half, p = cluster_test(d, of, ALPHA)
        setting = f"{clusters} clusters of 1 to 9 items"
        out.append(type_one(rule, setting, p <= ALPHA))
        # Ten clusters of unequal size: the jackknife errs on the safe side.
        out.append(coverage(rule, setting, np.abs(mean) <= half, anytime=True))
    for clusters, effect in ((10, 1.0), (20, 0.6), (40, 0.4)):
        d, of = _clustered(rng(33, clusters), clusters)
        # The oracle knows how much each cluster tells, and weighs it so.
        sizes = np.bincount(of)
        weight = 1 / (0.5 + 0.5 / sizes)
        oracle = oracle_power(effect * np.sqrt(sizes.sum() ** 2 / (sizes**2 / weight).sum()), clusters - 1)
        found = cluster_test(d + effect, of, ALPHA)[2] <= ALPHA
        out.append(power(rule, f"{clusters} clusters, effect {effect}", found, oracle))
    return out


def _counted(won: np.ndarray, lost: np.ndarray, items: int) -> list[np.ndarray]:
    """McNemar's test of each experiment; equal counts are computed once."""
    counts, back = np.unique(np.column_stack([won, lost]), axis=0, return_inverse=True)
    return [x[back.ravel()] for x in mcnemar(counts[:, 0], counts[:, 1], items, ALPHA)]


def mcnemar_midp() -> list[Simulated]:
    out, rule = [], "items (McNemar, mid-p)"
    for items, share in ((50, 0.3), (200, 0.2), (1000, 0.1)):
        g = rng(34, items)
        better = g.random((EXPERIMENTS, items)) < 0.5
        discordant = g.random((EXPERIMENTS, items)) < share
        won, lost = (better & discordant).sum(axis=1), (~better & discordant).sum(axis=1)
        low, high, p = _counted(won, lost, items)
        few = np.flatnonzero(won + lost)[:200]
        # Half of the observed table less than the exact p, which has it at both ends.
        oracle = [
            1.0 if w == v else stats.binomtest(int(w), int(w + v)).pvalue - stats.binom.pmf(w, w + v, 0.5)
            for w, v in zip(won[few], lost[few], strict=True)
        ]
        assert np.allclose(p[few], oracle), "scipy has other p values"
        out.append(type_one(rule, f"{items} items, {share:.0%} discordant", p <= ALPHA))
        out.append(
            coverage(rule, f"{items} items, {share:.0%} discordant", (low <= 0) & (high >= 0), anytime=True)
        )
    for items, share, tilt in ((100, 0.3, 0.75), (200, 0.2, 0.72), (1000, 0.1, 0.65)):
        g = rng(35, items)
        discordant = (g.random((EXPERIMENTS, items)) < share).sum(axis=1)
        won = g.binomial(discordant, tilt)
        found = _counted(won, discordant - won, items)[2] <= ALPHA
        # The paired t on the same zeros and ones.
        mean = (2 * won - discordant) / items
        spread = np.sqrt((discordant / items - mean**2) * items / (items - 1))
        oracle = float((np.abs(mean / (spread / np.sqrt(items))) > stats.t.isf(ALPHA / 2, items - 1)).mean())
        out.append(power(rule, f"{items} items, {tilt:.0%} of discordant won", found, oracle))
    return out
