"""The suite that checks are measured on: twins that differ in the flaw alone, and that really run."""

from __future__ import annotations

import ast
import random
import subprocess
import sys

import pytest
from suites.flaws import suite

from jupyter_coimprove.notebook.io import parse


@pytest.mark.parametrize("kind", suite.KINDS)
def test_a_kind_has_ten_templates_five_of_them_kept_for_the_end(kind):
    public, private = suite.half_of(kind, "public"), suite.half_of(kind, "private")
    assert len(public) == len(private) == 5
    assert {*public, *private} == set(suite.templates(kind))


@pytest.mark.parametrize("seed", [suite.PUBLIC_SEED, 101])
def test_twins_have_the_same_imports_cells_and_length(seed):
    for kind in suite.KINDS:
        for template in suite.half_of(kind, "public"):
            flawed, sound = suite.twins(kind, template, seed)
            assert flawed.flawed
            assert not sound.flawed
            assert flawed.cells != sound.cells
            assert len(flawed.cells) == len(sound.cells), flawed.name
            lines = [sum(c.count("\n") for c in twin.cells) for twin in (flawed, sound)]
            assert abs(lines[0] - lines[1]) <= 1, flawed.name
            assert _imports(flawed) == _imports(sound), flawed.name
            assert flawed.planted
            differ = [i + 1 for i, (a, b) in enumerate(zip(flawed.cells, sound.cells, strict=True)) if a != b]
            assert set(differ) <= {*flawed.planted, *sound.planted}, flawed.name


def test_a_seed_always_makes_the_same_notebooks_and_another_seed_others():
    once, again = list(suite.cases("public")), list(suite.cases("public"))
    assert once == again
    assert len(once) == 120
    other = list(suite.cases("public", 8))
    assert sum(a.cells != b.cells for a, b in zip(once, other, strict=True)) > 110


def test_generated_notebooks_are_notebook_files(tmp_path):
    case = next(suite.cases("public"))
    notebook = parse(case.notebook(), tmp_path / "case.ipynb")
    assert tuple(cell.source for cell in notebook.code_cells) == case.cells


@pytest.mark.slow
@pytest.mark.acceptance
@pytest.mark.torch
@pytest.mark.timeout(900)
def test_generated_notebooks_run_from_top_to_bottom():
    for case in random.Random(5).sample(list(suite.cases("public")), 24):
        _run(case)


def _run(case: suite.Case) -> None:
    script = "\n\n".join(case.cells)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, f"{case.name}\n{script}\n{done.stderr}"


def _imports(case: suite.Case) -> set[str]:
    trees = [ast.parse(cell) for cell in case.cells]
    return {
        ast.unparse(n)
        for tree in trees
        for n in ast.walk(tree)
        if isinstance(n, (ast.Import, ast.ImportFrom))
    }
