"""What the suite of awkward cells is worth: plain papermill against itself shows no difference."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from awkward_cells import CASES, LEVELS, generated
from same_outputs import executed, shown, told, works_of

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.engines.papermill.engine import PapermillEngine


def test_there_are_at_least_sixty_cases_each_with_a_name_of_its_own() -> None:
    assert len(CASES) >= 60
    assert len({case.name for case in CASES}) == len(CASES)


def test_notebooks_from_a_seed_are_the_same_every_time() -> None:
    assert generated(5, 8) == generated(5, 8)
    assert generated(5, 8) != generated(6, 8)


@pytest.mark.slow
@pytest.mark.acceptance
@pytest.mark.timeout(900)
def test_plain_papermill_twice_shows_the_same(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    both = []
    for name in ("first", "second"):
        works = works_of(CASES, tmp_path / name)
        both.append((works, executed(PapermillEngine(clock=SystemClock(), env=env), works)))
    (first, seen), (second, again) = both
    different = [
        CASES[place // len(LEVELS)].name
        for place, (one, other) in enumerate(zip(first, second, strict=True))
        if shown(one) != shown(other) or told(seen.outcomes[one.run]) != told(again.outcomes[other.run])
    ]
    assert different == []
