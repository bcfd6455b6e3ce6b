"""Items of a fixed test set: paired, in clusters, and zeros and ones of one block."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from analysis_tables import arms, only, rows, rules
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as oracle

from jupyter_coimprove.evidence.analysis import analyse
from jupyter_coimprove.evidence.items import cluster_test, mcnemar

RNG = np.random.default_rng(8)


def with_items(table, scores, clusters=()):
    return [replace(row, items=tuple(scores[row.arm][row.block]), clusters=clusters) for row in table]


def test_zeros_and_ones_of_one_block_are_counted_by_mcnemar():
    table = [row for row in rows(**arms(1.0)) if row.block == 0]
    base, other = RNG.random(60) < 0.6, RNG.random(60) < 0.75
    scores = {"base": {0: base.astype(float)}, "t1": {0: other.astype(float)}}
    found = only(analyse(with_items(table, scores), rules("t1", blocks=1, block_kind="none"))).items
    counts = [[(base & other).sum(), (base & ~other).sum()], [(~base & other).sum(), (~base & ~other).sum()]]
    won, lost = counts[1][0], counts[0][1]
    exact = oracle(counts, exact=True).pvalue
    assert found.method == "McNemar"
    assert found.p == pytest.approx(exact - stats.binom.pmf(won, won + lost, 0.5))
    assert found.low < (won - lost) / 60 < found.high
    assert (found.low > 0) == (found.p <= 0.05)


def test_the_interval_of_mcnemar_ends_where_its_test_rejects():
    low, high, p = mcnemar(np.array([12, 4, 0, 7]), np.array([3, 4, 6, 0]), 50, 0.05)
    assert ((low > 0) | (high < 0)).tolist() == (p <= 0.05).tolist()
    assert mcnemar(0, 0, 50, 0.05)[2] == 1


def test_items_of_one_cluster_count_as_little_as_they_tell():
    shared = np.repeat(RNG.normal(0.3, 1, 12), 5)
    d = shared + RNG.normal(0, 0.1, 60)
    of = np.repeat(np.arange(12), 5)
    mean, half, p = cluster_test(d, of, 0.05)
    means = d.reshape(12, 5).mean(axis=1)
    by_cluster = stats.ttest_1samp(means, 0)
    assert mean == pytest.approx(means.mean())
    assert p == pytest.approx(by_cluster.pvalue)  # equal clusters: the t over their means
    assert mean - half == pytest.approx(by_cluster.confidence_interval(0.95).low)


def test_clusters_widen_the_interval_over_items():
    table = rows(**arms(1.0))
    of = np.repeat(np.arange(10), 6)
    shift = RNG.normal(0.5, 1, 10)[of]
    scores = {
        "base": {b: RNG.normal(0, 0.1, 60) for b in range(8)},
        "t1": {b: shift + RNG.normal(0, 0.1, 60) for b in range(8)},
    }
    alone = only(analyse(with_items(table, scores), rules("t1"))).items
    together = only(analyse(with_items(table, scores, tuple(of)), rules("t1"))).items
    assert (alone.method, together.method) == ("paired items", "clustered items")
    assert (together.items, together.clusters) == (60, 10)
    assert together.high - together.low > 1.5 * (alone.high - alone.low)


def test_better_on_these_items_is_not_better_in_general():
    table = rows(**arms(1.0))
    scores = {
        "base": {b: np.zeros(20) for b in range(8)},
        "t1": {b: RNG.normal(0.0, 3, 20) for b in range(8)},
    }
    effect = only(analyse(with_items(table, scores), rules("t1")))
    assert effect.verdict == "better"
    assert any("on these items, not in general" in note for note in effect.notes)


@pytest.mark.parametrize(("clusters", "why"), [((0,) * 20, "one cluster"), ((0, 1), "different clusters")])
def test_clusters_that_cannot_be_used_are_said(clusters, why):
    table = rows(**arms(1.0))
    scores = {arm: {b: RNG.normal(0, 1, 20) for b in range(8)} for arm in ("base", "t1")}
    effect = only(analyse(with_items(table, scores, clusters), rules("t1")))
    assert effect.items is None
    assert any(why in note for note in effect.notes)
