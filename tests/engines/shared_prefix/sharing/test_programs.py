"""No cell that is shared depends on what varies, on programs whose truth is what happened when they ran."""

from __future__ import annotations

import pytest
from sharing_measures import Measured, measure
from sharing_programs import programs

#: One half is looked at while the rule is written, the other only at the end.
PUBLIC, PRIVATE = range(2_600), range(7_000_000, 7_002_600)


def holds(measured: Measured) -> None:
    print(measured)
    assert not measured.wrong
    assert not measured.continued


def test_no_shared_cell_depends_on_what_varies() -> None:
    measured = measure(programs(PUBLIC[:250]))
    holds(measured)
    assert sum(measured.could.values()) > 500
    assert sum(measured.shared.values()) > 0.5 * sum(measured.could.values())


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_no_shared_cell_depends_on_what_varies_over_the_whole_corpus() -> None:
    measured = measure(programs(PUBLIC))
    holds(measured)
    assert measured.programs == len(PUBLIC)


@pytest.mark.slow
@pytest.mark.private
@pytest.mark.timeout(1800)
def test_no_shared_cell_depends_on_what_varies_over_the_half_not_looked_at() -> None:
    holds(measure(programs(PRIVATE)))
