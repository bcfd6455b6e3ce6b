"""What probes brought of a response, as one value; and what says that two responses are one number."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from jupyter_coimprove.experiments.experiment import Response
from jupyter_coimprove.runs.run import Probe
from jupyter_coimprove.workbench.probing import probes_of, same_number, shifted, value_of

ACC = Response(name="acc", how="logged", expr="acc", direction="max", reduction="last")
LOSS = Response(name="loss", how="logged", expr="loss", direction="min")


def logged(name: str, *values: tuple[int, float]) -> list[dict[str, Any]]:
    return [{"name": name, "value": {"kind": "finite", "number": v}, "step": s} for s, v in values]


def test_logged_series_are_matched_by_step() -> None:
    best = replace(ACC, reduction="at best loss min", by=LOSS)
    metrics = logged("acc", (0, 0.1), (5, 0.5), (10, 0.3)) + logged("loss", (0, 3.0), (10, 1.0), (5, 2.0))
    assert value_of(best, metrics, "response").number == 0.3
    assert value_of(replace(ACC, reduction="at 5"), metrics, "response").number == 0.5
    assert "no value was logged at step 7" in value_of(replace(ACC, reduction="at 7"), metrics, "r").text


def test_a_validation_series_of_another_length_is_refused() -> None:
    curve = Response(
        name="curve", how="expression", expr="curve", direction="max", reduction="at best val max"
    )
    both = replace(curve, by=replace(curve, name="val", expr="val", reduction="last"))
    assert [probe.name for probe in probes_of(both, "response")] == ["response", "response/by"]
    metrics = [
        {"name": "response", "value": {"kind": "series", "series": [0.1, 0.2, 0.3]}},
        {"name": "response/by", "value": {"kind": "series", "series": [0.1, 0.2]}},
    ]
    assert value_of(both, metrics, "response").text == "the series has 3 entries and val 2"
    assert "by which the epoch is chosen" in value_of(both, metrics[:1], "response").text


@pytest.mark.parametrize("kind", ["nan", "inf", "-inf", "missing"])
def test_kinds_that_are_no_numbers_stay_kinds(kind: str) -> None:
    metrics = [*logged("acc", (0, 0.5)), {"name": "acc", "value": {"kind": kind}, "step": 1}]
    assert value_of(ACC, metrics, "response").kind == kind


def test_cells_behind_an_inserted_one_stand_one_further() -> None:
    probe = Probe(name="response", expr="acc", how="printed", pattern="(1)", cells=(0, 2, 5))
    assert shifted([probe], 2)[0].cells == (0, 3, 6)
    assert shifted([probe], None)[0].cells == (0, 2, 5)


def test_another_reduction_is_another_number() -> None:
    assert same_number(ACC, replace(ACC, direction="min", notes=("said",)))
    assert not same_number(ACC, replace(ACC, reduction="mean"))
    assert not same_number(ACC, replace(ACC, reduction="at best loss min", by=LOSS))
