"""A plan that cannot decide says so before it runs, with what could; equivalence asks for a margin."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_coimprove.errors import PlanError, UsageError
from jupyter_coimprove.evidence import flips
from jupyter_coimprove.experiments import power, stopping
from jupyter_coimprove.interfaces.display.text import render
from jupyter_coimprove.workbench import deciding, planning
from jupyter_coimprove.workbench.bench import Bench


def planned(bench: Bench, train: Path, **more: object) -> planning.PlanView:
    return planning.plan(
        bench, notebook=str(train), **{"factor": ["lr=0.3"], "response": "score", "direction": "max", **more}
    )


@pytest.mark.parametrize(
    ("levels", "blocks"),
    [("0.2", 6), ("0.2,0.3", 7), ("0.2,0.3,0.4,0.5", 8), ("0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9", 9)],
)
def test_an_exact_sign_flip_test_under_holm_says_how_many_blocks_could(
    bench: Bench, train: Path, levels: str, blocks: int
) -> None:
    short = planned(bench, train, factor=[f"lr={levels}"], test="sign-flip", blocks=blocks - 1)
    assert not short.power.reachable
    assert short.power.least == blocks
    assert f"✗ {blocks - 1} blocks cannot decide the smallest effect; {blocks} could" in render(
        short, width=300
    )
    assert planned(bench, train, factor=[f"lr={levels}"], test="sign-flip", blocks=blocks).power.reachable


def test_one_block_of_a_paired_t_cannot_decide_and_two_could(bench: Bench, train: Path) -> None:
    found = planned(bench, train, blocks=1).power
    assert not found.reachable
    assert found.least == 2


def test_without_a_pilot_power_says_what_it_assumes(bench: Bench, train: Path) -> None:
    found = planned(bench, train, margin=0.1)
    assert "assumed, as nothing is known of the spread" in found.power.basis
    assert "--pilot" in found.power.equivalence


def test_equivalence_is_asked_for_with_a_margin_only(bench: Bench, train: Path) -> None:
    with pytest.raises(UsageError, match="cannot be shown without a margin") as caught:
        planned(bench, train, hypothesis="lr=0.3 = baseline")
    assert "--margin" in caught.value.remedy
    found = planned(bench, train, hypothesis="lr=0.3 = baseline", margin=0.1)
    assert found.hypothesis == "lr=0.3 = baseline"
    path = Path(found.plan_file)
    path.write_text(path.read_text().replace("margin = 0.1", "# margin"))
    with pytest.raises((PlanError, UsageError), match="margin"):
        deciding.accept(bench, id=found.id)


def test_a_sign_flip_test_is_refused_where_its_signs_mean_nothing(bench: Bench, train: Path) -> None:
    with pytest.raises(PlanError, match="up to 16 blocks"):
        planned(bench, train, test="sign-flip", blocks=17)
    with pytest.raises(PlanError, match="own test"):
        planned(bench, train, test="sign-flip", sequential=True, multiplicity="bonferroni")
    assert stopping.MOST_FLIPPED == flips.MAX_EXACT


def test_the_power_of_equivalence_is_that_of_simulated_tests() -> None:
    import numpy as np

    from jupyter_coimprove.evidence.paired import equivalence_p

    rng = np.random.default_rng(12)
    found = [equivalence_p(d, 1.0) <= 0.05 for d in rng.normal(0, 1, (2000, 12))]
    assert power.equivalence_power(1.0, 1.0, 12) == pytest.approx(np.mean(found), abs=0.03)
    needed = power.equivalence_needed(1.0, 1.0)
    assert power.equivalence_power(1.0, 1.0, needed) >= 0.8 > power.equivalence_power(1.0, 1.0, needed - 1)


def test_no_number_of_splits_gets_under_the_floor() -> None:
    assert power.equivalence_needed(0.3, 1.0, ratio=0.25) == 0
    assert power.equivalence_needed(3.0, 1.0, ratio=0.25) > 1
    assert power.equivalence_power(1.0, 1.0, 1) == 0
    assert power.equivalence_power(1.0, 0.0, 5) == 1
