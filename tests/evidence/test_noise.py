"""The baseline's spread: what it can show and what it cannot."""

from __future__ import annotations

import math

import numpy as np
import pytest
from statsmodels.stats.power import TTestPower

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.evidence.noise import noise


def spread(sd, n=5):
    """n values with exactly this standard deviation."""
    x = np.linspace(-1, 1, n)
    return list(90 + x / x.std(ddof=1) * sd)


def test_a_claim_under_the_noise_is_told_how_many_blocks_it_needs():
    found = noise(spread(0.7), claims=[0.4, 3.0])
    assert found.sd == pytest.approx(0.7)
    assert dict(found.claims)[0.4] == 27
    assert found.sentence == (
        "spread 0.7; at 5 blocks differences under 1.2 are invisible; the claimed 0.4 needs about 27; "
        "the claimed 3 needs about 3, so 5 are enough"
    )


def test_what_is_visible_is_what_the_paired_t_finds_with_the_power_asked_for():
    found = noise(spread(0.7), blocks=8, power=0.9)
    assert found.visible == pytest.approx(0.7 * TTestPower().solve_power(None, 8, 0.05, 0.9), rel=1e-4)
    assert found.visible < found.visible_upper


def test_five_values_know_the_spread_only_roughly():
    found = noise(spread(1.0))
    assert found.sd_upper == pytest.approx(1.557, abs=1e-3)
    assert any("80% confidence" in note for note in found.notes)


def test_what_pairing_would_gain_is_assumed_and_said():
    assert any("correlation of 0.5" in note for note in noise(spread(1.0)).notes)
    unpaired = noise(spread(1.0), correlation=0.0)
    assert unpaired.visible == pytest.approx(math.sqrt(2) * noise(spread(1.0)).visible)


def test_repeated_splits_have_a_floor():
    found = noise(spread(0.7), claims=[0.4], split_ratio=0.25)
    assert dict(found.claims)[0.4] == 0
    assert "no number of blocks shows the claimed 0.4" in found.sentence
    assert any("no number of them" in note for note in found.notes)


def test_no_spread_shows_everything():
    found = noise([0.9, 0.9, 0.9], claims=[0.1])
    assert (found.sd, found.visible) == (0, 0)
    assert "no spread" in found.sentence


@pytest.mark.parametrize("values", [[], [1.0], [1.0, math.nan], [1.0, math.inf]])
def test_too_few_or_broken_values_are_refused(values):
    with pytest.raises(UsageError):
        noise(values)


def test_one_block_shows_nothing_and_a_correlation_of_one_is_none():
    with pytest.raises(UsageError):
        noise([1.0, 2.0], blocks=1)
    with pytest.raises(UsageError, match="correlation"):
        noise([1.0, 2.0], correlation=1.0)
