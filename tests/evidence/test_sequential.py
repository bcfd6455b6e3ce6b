"""The confidence sequence, and a sequential design read from its rows."""

from __future__ import annotations

import numpy as np
import pytest
from analysis_tables import arms, rows, rules
from scipy import integrate, stats

from jupyter_coimprove.evidence import sequential, stopping
from jupyter_coimprove.evidence.analysis import analyse
from jupyter_coimprove.evidence.effects import Row
from jupyter_coimprove.evidence.pairing import grid
from jupyter_coimprove.runs.run import Value

D = np.random.default_rng(3).normal(0.8, 1, 12)


def sequential_rules(*treatments, blocks=12, **changes):
    return rules(*treatments, blocks=blocks, test="sequential", **{"multiplicity": "bonferroni", **changes})


def test_the_bayes_factor_is_the_mixture_it_is_said_to_be():
    """Noncentral t against central t, integrated over the prior of the standardised mean."""
    n = len(D)
    t = D.mean() / (D.std(ddof=1) / np.sqrt(n))
    mixed = integrate.quad(
        lambda e: stats.nct.pdf(t, n - 1, e * np.sqrt(n)) * stats.norm.pdf(e, scale=1 / np.sqrt(sequential.PRIOR)),
        -8, 8,
    )[0]  # fmt: skip
    assert np.exp(sequential.log_bayes(D)[-1]) == pytest.approx(mixed / stats.t.pdf(t, n - 1), rel=1e-6)


def test_the_interval_holds_what_the_test_does_not_reject():
    mean, half = sequential.half_widths(D, 0.05)
    for n in range(5, 12):
        assert sequential.p_path(D, mean[n] - half[n])[n] == pytest.approx(0.05)
    assert not np.isfinite(half[:4]).any()


def test_units_and_sign_do_not_matter():
    assert sequential.log_bayes(1e6 * D) == pytest.approx(sequential.log_bayes(D))
    assert sequential.log_bayes(-D) == pytest.approx(sequential.log_bayes(D))
    assert sequential.log_bayes(D + 1e6, shift=1e6) == pytest.approx(sequential.log_bayes(D), rel=1e-4)


def test_a_treatment_is_decided_at_the_first_block_that_can_and_its_later_blocks_are_left_out():
    data = arms(2.0, blocks=12)
    found = analyse(rows(**data), sequential_rules("t1"))
    (effect,) = found.effects
    d = data["t1"] - data["base"]
    mean, half = sequential.half_widths(d, 0.05)
    first = int(np.argmax(np.abs(mean) > half)) + 1
    assert (effect.n, effect.planned, effect.verdict, effect.method) == (
        first,
        12,
        "better",
        "confidence sequence",
    )
    assert (effect.low, effect.high) == pytest.approx(
        (mean[first - 1] - half[first - 1], mean[first - 1] + half[first - 1])
    )
    assert effect.estimate == pytest.approx(d[:first].mean())
    assert effect.p == pytest.approx(sequential.p_path(d)[first - 1])
    assert effect.sign_flip_p is None
    assert len(found.arms[1].values) == 12
    assert any(
        f"t1 after {first} blocks ({12 - first} more already under way" in note for note in found.notes
    )


def test_what_was_decided_stays_decided_whatever_comes_after():
    data = arms(2.0, blocks=12)
    used = stopping.stop(grid(rows(**data), sequential_rules("t1")), "t1")
    data["t1"] = np.concatenate([data["t1"][:used], data["base"][used:] - 50])
    assert analyse(rows(**data), sequential_rules("t1")).effects[0].verdict == "better"


def test_several_treatments_share_alpha_whatever_the_others_show():
    data = arms(2.0, 0.0, 0.0, blocks=12)
    found = analyse(rows(**data), sequential_rules("t1", "t2", "t3"))
    one = found.effects[0]
    assert one.level == pytest.approx(1 - 0.05 / 3)
    assert one.p_adjusted == pytest.approx(3 * one.p)
    assert [e.verdict for e in found.effects] == ["better", "undecided", "undecided"]
    assert found.effects[1].n == 12


def test_a_primary_contrast_ends_the_experiment_alone():
    data = arms(2.0, 0.0, blocks=12)
    chosen = sequential_rules("t1", "t2", multiplicity="primary", sequence=("t1",))
    assert stopping.awaited(chosen) == ("t1",)
    found = analyse(rows(**data), chosen)
    assert found.effects[0].level == pytest.approx(0.95)
    assert not found.effects[1].tested


def test_equivalence_stops_it_too_at_the_level_of_both_sides():
    data = arms(0.0, blocks=12)
    (effect,) = analyse(rows(**data), sequential_rules("t1", margin=1.0)).effects
    assert effect.verdict == "equivalent"
    assert effect.n < 12
    assert effect.equivalence == pytest.approx((effect.low, effect.high))
    assert max(abs(effect.low), abs(effect.high)) < 1.0


def test_unequal_failures_keep_it_from_stopping():
    data = arms(2.0, blocks=12)
    table = [
        Row(arm=r.arm, block=r.block, value=Value.missing(), failed="error") if (r.arm, r.block) == ("t1", 1) else r
        for r in rows(**data)
    ]  # fmt: skip
    (effect,) = analyse(table, sequential_rules("t1")).effects
    assert (effect.verdict, effect.n) == ("undecided", 11)


def test_differences_that_are_all_zero_are_never_decided_without_a_margin():
    data = arms(0.0, blocks=12)
    data["t1"] = data["base"]
    (effect,) = analyse(rows(**data), sequential_rules("t1")).effects
    assert (effect.verdict, effect.low, effect.high, effect.p) == ("undecided", 0, 0, None)


def test_the_blocks_needed_are_those_of_the_rule():
    assert 13 <= sequential.blocks_needed(1.0, 0.05) <= 20
    assert sequential.blocks_needed(1.0, 0.01) > sequential.blocks_needed(1.0, 0.05)
    assert sequential.blocks_needed(0.01, 0.05) is None
