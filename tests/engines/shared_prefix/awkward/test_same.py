"""Every awkward notebook shows the same, whether its runs shared cells or not."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from awkward_cells import CASES, LEVELS, Case, generated
from same_outputs import executed, models, shown, told, works_of

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.engines.papermill.engine import PapermillEngine
from jupyter_coimprove.engines.shared_prefix.engine import SharedPrefixEngine
from jupyter_coimprove.runs.run import Work
from jupyter_coimprove.testing.engine_contract import Seen

#: Not looked at while the engine was made. Its predecessor, 20261129, was: its notebooks drew without a seed.
PRIVATE_SEED = 20261205
#: Cases that any run of two may have in common to the end of what both have.
PLAIN = (
    "counts",
    "closures",
    "numpy",
    "random",
    "files written",
    "logging handler",
    "sklearn",
    "temporary folder",
)

Both = tuple[list[Work], Seen, list[Work], Seen]
#: CI takes every so many; ``make acceptance`` takes all, so many together.
EVERY, TOGETHER = 8, 16


def both_ways(cases: Sequence[Case], base: Path) -> Both:
    # As a person's kernel: with it, ipykernel leaves the descriptors of the streams alone.
    env = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    plain = works_of(cases, base / "plain")
    shared = works_of(cases, base / "shared")
    first = executed(PapermillEngine(clock=SystemClock(), env=env), plain)
    return plain, first, shared, executed(SharedPrefixEngine(clock=SystemClock(), env=env), shared)


def differing(cases: Sequence[Case], both: Both) -> list[str]:
    """The cases that show something else, or end otherwise, when their runs share cells."""
    plain, first, shared, second = both
    return [
        f"{cases[place // len(LEVELS)].name} ({one.run})"
        for place, (one, other) in enumerate(zip(plain, shared, strict=True))
        if told(second.outcomes[other.run]) != told(first.outcomes[one.run])
        or shown(other) != shown(one)
        or models(other) != models(one)
    ]


def held(cases: Sequence[Case], folder: Path) -> None:
    both = both_ways(cases, folder)
    assert differing(cases, both) == []
    sharing = {run: dict(outcome.environment.get("shared", {})) for run, outcome in both[3].outcomes.items()}
    assert [run for run, of in sharing.items() if of.get("repeated")] == [], "none was stuck"
    plain = [n for n, case in enumerate(cases) if case.name in PLAIN]
    assert [cases[n].name for n in plain if sharing[f"run_{n}_{LEVELS[0]}"]["cells"] < 2] == []


@pytest.mark.slow
@pytest.mark.acceptance
@pytest.mark.timeout(900)
def test_awkward_notebooks_show_the_same_whether_their_runs_share_cells_or_not(tmp_path: Path) -> None:
    held(CASES[::EVERY], tmp_path)


@pytest.mark.slow
@pytest.mark.acceptance
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("first", range(0, len(CASES), TOGETHER))
def test_all_awkward_notebooks_show_the_same(tmp_path: Path, first: int) -> None:
    held(CASES[first : first + TOGETHER], tmp_path)


@pytest.mark.slow
@pytest.mark.acceptance
@pytest.mark.private
@pytest.mark.timeout(1200)
def test_awkward_notebooks_from_a_seed_show_the_same(tmp_path: Path) -> None:
    held(generated(PRIVATE_SEED, 32), tmp_path)
