"""No cell that is shared depends on what varies, on programs whose truth is what happened when they ran."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import sharing_measures
from sharing_measures import Measured, measure
from sharing_programs import programs

from jupyter_coimprove.engines.shared_prefix.sharing import Shared, Variant

#: One half is looked at while the rule is written, the other only at the end.
PUBLIC, PRIVATE = range(2_600), range(7_000_000, 7_002_600)


def holds(measured: Measured) -> None:
    print(measured)
    assert not measured.wrong
    assert not measured.continued
    assert not measured.tripped


def test_no_shared_cell_depends_on_what_varies() -> None:
    measured = measure(programs(PUBLIC[:100]))
    holds(measured)
    assert sum(measured.could.values()) > 300
    assert sum(measured.shared.values()) > 0.5 * sum(measured.could.values())


@pytest.mark.slow
@pytest.mark.acceptance
@pytest.mark.timeout(1800)
def test_no_shared_cell_depends_on_what_varies_over_the_whole_corpus() -> None:
    measured = measure(programs(PUBLIC))
    holds(measured)
    assert measured.programs == len(PUBLIC)


@pytest.mark.slow
@pytest.mark.acceptance
@pytest.mark.private
@pytest.mark.timeout(1800)
def test_no_shared_cell_depends_on_what_varies_over_the_half_not_looked_at() -> None:
    holds(measure(programs(PRIVATE)))


def test_the_programs_show_a_rule_that_shares_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    def everything(variants: Sequence[Variant], *, transform: object, settings: bool) -> list[list[Shared]]:
        cells = len(variants[0].sources)
        return [[Shared(key=str(i), needs=frozenset()) for i in range(cells)] for _ in variants]

    monkeypatch.setattr(sharing_measures, "share", everything)
    measured: Measured = measure(programs(PUBLIC[:60]))
    assert len(measured.wrong) > 50
