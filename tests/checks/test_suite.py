"""The checks on generated notebooks: flaws found, in the right cell, and sound twins left alone."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from suites.flaws import suite

from jupyter_coimprove.evidence.checks.check import check
from jupyter_coimprove.evidence.checks.finding import WHY
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.io import parse


def measured(cases: Iterable[suite.Case]) -> dict[str, list[float]]:
    """By kind: share of flaws found as what they are, share of them in a planted cell, share of sound
    twins with any finding."""
    tally: dict[str, list[list[bool]]] = {kind: [[], [], []] for kind in suite.KINDS}
    for case in cases:
        found, _ = check(parse(case.notebook(), Path("case.ipynb")), python_source)
        said = [f for f in found if f.confidence != "low"]
        hits, places, alarms = tally[case.kind]
        if case.flawed:
            right = [f for f in said if f.kind == case.kind]
            hits.append(bool(right))
            places.append(any(f.where.cell in case.planted for f in right))
        else:
            alarms.append(bool(said))
    return {kind: [sum(column) / len(column) for column in columns] for kind, columns in tally.items()}


def mean(table: dict[str, list[float]], column: int) -> float:
    return sum(row[column] for row in table.values()) / len(table)


@pytest.mark.parametrize("seed", [suite.PUBLIC_SEED, 21])
def test_flaws_are_found_where_they_are_and_sound_twins_are_left_alone(seed):
    table = measured(suite.cases("public", seed))
    assert mean(table, 0) >= 0.8, table
    assert mean(table, 1) >= 0.8, table
    assert mean(table, 2) <= 0.05, table


def test_every_kind_of_the_suite_is_explained():
    assert set(suite.KINDS) <= set(WHY)


@pytest.mark.private
def test_the_half_that_was_kept_for_the_end_is_judged_as_well():
    """Generated for the first time when the checks were done: 54 of 60 flaws found, 51 in the planted cell,
    no alarm on 60 sound twins; one pair stopped the reader, which was mended then."""
    table = measured(suite.cases("private"))
    assert mean(table, 0) >= 0.8, table
    assert mean(table, 1) >= 0.8, table
    assert mean(table, 2) <= 0.05, table
