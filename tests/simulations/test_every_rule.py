"""The acceptance of every rule that is offered: false alarms, power and coverage, by simulation.

Seeds and limits stand in ``simulated.py``; both were fixed before the first run. ``pytest -rP``
prints every figure, ``python tests/simulations/table.py`` the table of CONTRIBUTING.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
import sim_sequential
import sim_splits
from every_rule import SIMULATIONS, SLOW
from table import row

from jupyter_coimprove.evidence.decide import decide
from jupyter_coimprove.evidence.multiplicity import Multiplicity
from jupyter_coimprove.experiments.experiment import BlockKind, DesignKind, Stopping

CONTRIBUTING = Path(__file__).resolve().parents[2] / "CONTRIBUTING.md"


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in SIMULATIONS]
)
def test_it_keeps_its_limits(name: str) -> None:
    found = SIMULATIONS[name]()
    print(*found, sep="\n")
    assert {one.measure for one in found} >= {"type I"}
    assert all(one.experiments >= 4000 for one in found if one.measure == "type I")
    assert [str(one) for one in found if not one.ok] == []


def test_a_sequential_design_is_as_quick_as_the_rule_says() -> None:
    """STATISTICS 16: an effect of one spread is decided in about 13 blocks, of two in 7."""
    assert sim_sequential.blocks_taken(1.0) == pytest.approx(13, abs=1)
    assert sim_sequential.blocks_taken(2.0) == pytest.approx(7, abs=0.5)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_what_is_not_offered_has_its_reason() -> None:
    """The plain paired t over splits; and any correction of means over reshuffled folds, which all test
    the same rows: there the verdict is on these data, and is worded so."""
    assert sim_splits.not_offered("random", 30, None) > 0.15
    assert sim_splits.not_offered("folds", 10, 0.25) > 0.3
    assert sim_splits.not_offered("folds", 10, 5 / 4) > 0.3


def test_the_correction_of_splits_is_a_little_too_narrow_where_what_they_share_has_heavy_tails() -> None:
    """A known limit, not an acceptance: coverage stays above 93 %, the type-I error does not stay under 6.5 %."""
    alarms = decide(sim_splits.heavy(20)[:, None], split_ratio=0.25)[:, 0]
    assert 0.06 < alarms.mean() < 0.07


#: What a plan may ask for, and the row of the table that shows what it does.
ROWS = {
    "fixed-sequence": "fixed sequence", "holm": "Holm", "primary": "primary contrast",
    "bonferroni": "sequential (anytime t)", "sequential": "sequential (anytime t)", "fixed": "paired t",
    "one-at-a-time": "Holm", "leave-one-out": "Holm", "add-one-in": "Holm", "both": "opposed signs (both)",
    "full-factorial": "factorial main effects", "fractional-factorial": "factorial main effects",
    "baseline-only": "paired t", "split": "Nadeau-Bengio, real data", "folds": "paired t", "init": "paired t",
    "order": "paired t", "unknown": "paired t", "none": "paired t",
}  # fmt: skip


def test_the_table_in_the_documentation_has_every_rule() -> None:
    text = CONTRIBUTING.read_text(encoding="utf-8")
    table = {line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")}
    assert set(SIMULATIONS) <= table
    # A probe of `check` compares nothing: its own suite measures it (tests/checks).
    offered = [
        name
        for kind in (Multiplicity, Stopping, DesignKind, BlockKind)
        for name in get_args(kind)
        if name != "probe"
    ]
    assert {ROWS[name] for name in offered} <= table
    assert "fails" not in "".join(line for line in text.splitlines() if line.startswith("| "))


def test_the_table_says_what_its_simulations_give() -> None:
    """One quick rule made again: the committed row is this command's."""
    text = CONTRIBUTING.read_text(encoding="utf-8")
    assert row("paired t", SIMULATIONS["paired t"]()) in text
