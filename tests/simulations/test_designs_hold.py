"""Error rates of the designs whose treatments are read from several arms, on 4,000 nulls (STATISTICS, acceptance)."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from crossed_rows import crossed
from scipy import stats

from jupyter_coimprove.evidence.analysis import analyse
from jupyter_coimprove.evidence.decide import decide

NULLS = 4000
FULL = np.array(list(itertools.product((0, 1), repeat=3)))
HALF = np.array([(*c, sum(c) % 2) for c in itertools.product((0, 1), repeat=4)])


def upper(hits: int, of: int) -> float:
    """The 99 % upper bound of a rate."""
    return float(stats.beta.ppf(0.99, hits + 1, of - hits))


def noise(rng, kind, *shape):
    return rng.standard_t(3, shape) if kind == "t3" else rng.standard_normal(shape)


def main_effects(y, design):
    """Contrasts (…, factors, blocks) of responses (…, blocks, runs): the mean with less the mean without."""
    weights = np.where(design == 1, 1.0, -1.0) / (len(design) / 2)
    return np.moveaxis(y @ weights, -1, -2)


@pytest.mark.parametrize("kind", ["normal", "t3"])
@pytest.mark.parametrize(("design", "blocks"), [(FULL, 5), (FULL, 10), (HALF, 3), (HALF, 5)])
def test_main_effects_under_holm_err_as_often_as_they_may(design, blocks, kind):
    rng = np.random.default_rng(20261125)
    y = noise(rng, kind, NULLS, blocks, len(design)) + noise(rng, kind, NULLS, blocks, 1)
    hits = int(decide(main_effects(y, design)).any(axis=-1).sum())
    assert upper(hits, NULLS) <= 0.065


@pytest.mark.parametrize("kind", ["normal", "t3"])
@pytest.mark.parametrize(("factors", "blocks"), [(3, 5), (4, 5), (3, 10)])
def test_both_ways_under_holm_err_as_often_as_they_may(factors, blocks, kind):
    rng = np.random.default_rng(20261126)
    block = noise(rng, kind, NULLS, 1, blocks)
    out, back = (noise(rng, kind, NULLS, factors, blocks) + block for _ in range(2))
    whole, stripped = (noise(rng, kind, NULLS, 1, blocks) + block for _ in range(2))
    effects = np.concatenate([out - whole, back - stripped], axis=1)
    assert upper(int(decide(effects).any(axis=-1).sum()), NULLS) <= 0.065
    # What a factor gains alone against what it gains last, where both are the same.
    against = (back - stripped) - (whole - out)
    assert upper(int(decide(against).any(axis=-1).sum()), NULLS) <= 0.065


@pytest.mark.parametrize(("blocks", "effect"), [(5, 1.0), (8, 0.7), (10, 0.5)])
def test_the_power_of_a_main_effect_is_that_of_a_paired_t_on_its_contrasts(blocks, effect):
    rng = np.random.default_rng(7)
    y = rng.standard_normal((2000, blocks, len(FULL))) + effect * FULL[:, 0]
    found = decide(main_effects(y, FULL), multiplicity="primary")[:, 0].mean()
    from jupyter_coimprove.experiments.power import t_power

    assert found == pytest.approx(t_power(effect, 2 / np.sqrt(len(FULL)), blocks), abs=0.05)


@pytest.mark.parametrize("design", [FULL, HALF])
def test_the_analysis_decides_what_the_simulation_does(design):
    names = "abcde"[: design.shape[1]]
    rows, rules = crossed(names, lambda x: 0.05 * x["a"], rows=[tuple(map(int, c)) for c in design], blocks=5)
    y = np.array([[r.value.number for r in rows if r.block == b] for b in range(5)])
    effects = analyse(rows, rules).effects
    expected = decide(main_effects(y, design))
    assert [e.verdict != "undecided" for e in effects] == expected.tolist()
