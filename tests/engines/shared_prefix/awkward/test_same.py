"""Every awkward notebook shows the same, whether its runs shared cells or not."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from awkward_cells import CASES, LEVELS, Case, generated
from same_outputs import executed, models, shown, told, works_of

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.engines.papermill.engine import PapermillEngine
from jupyter_coimprove.engines.shared_prefix.engine import SharedPrefixEngine
from jupyter_coimprove.runs.run import Work
from jupyter_coimprove.testing.engine_contract import Seen

#: Not looked at while the engine was made.
PRIVATE_SEED = 20261129
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


def both_ways(cases: Sequence[Case], base: Path) -> Both:
    # As a person's kernel: with it, ipykernel leaves the descriptors of the streams alone.
    env = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    plain = works_of(cases, base / "plain")
    shared = works_of(cases, base / "shared")
    first = executed(PapermillEngine(clock=SystemClock(), env=env), plain)
    return plain, first, shared, executed(SharedPrefixEngine(clock=SystemClock(), env=env), shared)


def chosen() -> Sequence[Case]:
    """All, or those named in COIMPROVE_AWKWARD (comma-separated), to look at one."""
    names = os.environ.get("COIMPROVE_AWKWARD")
    return CASES if not names else [case for case in CASES if case.name in names.split(",")]


def hold_against(both: Both, place: int) -> None:
    plain, first, shared, second = both
    for level in range(len(LEVELS)):
        one, other = plain[place * len(LEVELS) + level], shared[place * len(LEVELS) + level]
        assert told(second.outcomes[other.run]) == told(first.outcomes[one.run])
        assert shown(other) == shown(one)
        assert models(other) == models(one)


@pytest.mark.slow
@pytest.mark.timeout(1200)
class TestAwkwardCells:
    @pytest.fixture(scope="class")
    @classmethod
    def both(cls, tmp_path_factory: pytest.TempPathFactory) -> Both:
        return both_ways(chosen(), tmp_path_factory.mktemp("awkward"))

    @pytest.mark.parametrize("place", range(len(CASES)), ids=[case.name for case in CASES])
    def test_a_notebook_shows_the_same(self, both: Both, place: int) -> None:
        case = CASES[place]
        if case not in chosen():
            pytest.skip("left out by COIMPROVE_AWKWARD")
        hold_against(both, list(chosen()).index(case))

    def test_no_run_was_repeated_because_it_was_stuck(self, both: Both) -> None:
        assert [run for run, sharing in _sharing(both).items() if sharing.get("repeated")] == []

    def test_plain_notebooks_were_shared(self, both: Both) -> None:
        numbers = {case.name: number for number, case in enumerate(chosen())}
        sharing = _sharing(both)
        wanted = [name for name in PLAIN if name in numbers]
        assert [n for n in wanted if sharing[f"run_{numbers[n]}_{LEVELS[0]}"]["cells"] < 2] == []


@pytest.mark.slow
@pytest.mark.private
@pytest.mark.timeout(600)
class TestNotebooksFromASeed:
    @pytest.fixture(scope="class")
    @classmethod
    def both(cls, tmp_path_factory: pytest.TempPathFactory) -> Both:
        return both_ways(generated(PRIVATE_SEED, 32), tmp_path_factory.mktemp("generated"))

    @pytest.mark.parametrize("place", range(32))
    def test_a_notebook_shows_the_same(self, both: Both, place: int) -> None:
        hold_against(both, place)


def _sharing(both: Both) -> dict[str, dict[str, Any]]:
    return {run: dict(outcome.environment.get("shared", {})) for run, outcome in both[3].outcomes.items()}
