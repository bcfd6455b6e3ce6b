"""The suite that repairs are measured on: notebooks that fail, and twins that really run."""

from __future__ import annotations

import pytest
from failure_cases import run
from suites.failures import suite

from jupyter_coimprove.notebook.io import parse


def test_each_half_has_over_a_hundred_failures_and_shares_no_template_with_the_other():
    for kind in suite.KINDS:
        public, private = suite.half_of(kind, "public"), suite.half_of(kind, "private")
        assert {*public, *private} == set(suite.templates(kind))
        assert not {*public} & {*private}
    counts = [
        sum(len(suite.half_of(k, half)) for k in suite.KINDS if k != "honest")
        for half in ("public", "private")
    ]
    assert min(counts) >= 100


def test_a_seed_always_makes_the_same_failures_and_another_seed_others():
    once, again = list(suite.cases("public")), list(suite.cases("public"))
    assert once == again
    other = list(suite.cases("public", 8))
    assert sum(a != b for a, b in zip(once, other, strict=True)) > 0.9 * len(once)


def test_generated_notebooks_are_notebook_files(tmp_path):
    case = next(suite.cases("public"))
    notebook = parse(case.notebook({0: 1}, {}), tmp_path / "case.ipynb")
    assert tuple(cell.source for cell in notebook.code_cells) == tuple(cell.source for cell in case.cells)


@pytest.mark.slow
def test_failing_notebooks_fail_and_their_twins_hold_what_is_checked():
    assert not odd(suite.cases("public", 23))


def odd(cases):
    """What is wrong with cases: those that do not fail, twins that fail, or do not hold."""
    out = []
    for case in cases:
        broken = run([case.cells[i].source for i in case.order()])
        if broken.failed is None:
            out.append((case.name, "does not fail"))
        right = run(case.twin, checks=case.checks)
        if right.errors or not all(right.checks):
            out.append(
                (
                    case.name,
                    "twin",
                    right.errors and next(iter(right.errors.values()))["evalue"][:200],
                    right.checks,
                )
            )
    return out
