"""The suite that probes are measured on: twins that differ in the leak alone, and that really run."""

from __future__ import annotations

import subprocess
import sys

import pytest
from suites.flaws.suite import Case
from suites.leaks import suite


@pytest.mark.parametrize("kind", suite.KINDS)
def test_a_kind_has_three_notebooks_in_each_half_and_two_templates_that_the_public_one_has_not(kind):
    public, private = suite.half_of(kind, "public"), suite.half_of(kind, "private")
    assert len(public) == len(private) == 3
    assert {*public, *private} == set(suite.templates(kind))
    assert len({*private} - {*public}) == 2


def test_twins_share_all_but_the_planted_cells():
    for kind in suite.KINDS:
        for template in suite.half_of(kind, "public"):
            flawed, sound = suite.twins(kind, template, 77)
            assert flawed.planted
            assert flawed.cells != sound.cells
            assert len(flawed.cells) == len(sound.cells), flawed.name
            differ = [i + 1 for i, (a, b) in enumerate(zip(flawed.cells, sound.cells, strict=True)) if a != b]
            assert set(differ) <= {*flawed.planted, *sound.planted}, flawed.name


def test_a_seed_always_makes_the_same_notebooks():
    assert list(suite.cases("public")) == list(suite.cases("public"))
    assert len(list(suite.cases("public"))) == 36


@pytest.mark.slow
@pytest.mark.acceptance
@pytest.mark.timeout(900)
def test_leaking_notebooks_and_their_twins_run_from_top_to_bottom():
    for case in suite.cases("public"):
        _run(case)


def _run(case: Case) -> None:
    script = "\n\n".join(case.cells)
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", script], capture_output=True, text=True, timeout=300, check=False
    )  # fmt: skip
    assert done.returncode == 0, f"{case.name}\n{script}\n{done.stderr}"
