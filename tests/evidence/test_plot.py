"""Charts that are the same every time, readable on light and dark, and not by colour alone."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

from jupyter_coimprove.evidence.analysis import analyse
from jupyter_coimprove.evidence.effects import Row, Rules
from jupyter_coimprove.evidence.plot import effects_chart, runs_chart, table_rows
from jupyter_coimprove.runs.run import Value

NOISE = np.random.default_rng(5).normal(0, 1, (4, 6))
SHIFTS = {"base": 0.0, "up": 3.0, "down": -3.0, "same": 0.0}


@pytest.fixture
def evidence():
    rows = [
        Row(arm=arm, block=b, value=Value.of(90 + NOISE[0, b] + shift + 0.2 * NOISE[i, b] * (i > 0)))
        for i, (arm, shift) in enumerate(SHIFTS.items())
        for b in range(6)
    ]
    rules = Rules(
        baseline="base", treatments=("up", "down", "same"), blocks=tuple(range(6)), direction="max", margin=1.0,
        block_kind="init",
    )  # fmt: skip
    return analyse(rows, rules)


def values(spec):
    """All inline data of a specification."""
    out, held = [], [spec]
    while held:
        node = held.pop()
        if isinstance(node, dict):
            out += node["values"] if isinstance(node.get("values"), list) else []
            held += list(node.values())
        elif isinstance(node, list):
            held += node
    return out


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("chart", [effects_chart, runs_chart])
def test_the_same_evidence_gives_the_same_specification(evidence, chart):
    one, other = (json.dumps(chart(evidence, title="which?", unit="accuracy")) for _ in range(2))
    assert one == other


@pytest.mark.parametrize("chart", [effects_chart, runs_chart])
def test_the_specification_is_vega_lite(evidence, chart):
    import altair as alt

    alt.LayerChart.from_dict(chart(evidence, title="which?"), validate=True)


def test_every_difference_every_interval_and_the_margin_are_in_the_chart(evidence):
    spec = effects_chart(evidence, title="which?", unit="accuracy")
    shown = values(spec)
    points = {(row["treatment"], row["block"]): row["difference"] for row in shown if "difference" in row}
    assert points == {(e.arm, b): d for e in evidence.effects for b, d in e.points}
    assert {row["treatment"] for row in shown if row.get("low") is not None} == {"up", "down", "same"}
    assert {"from": -1.0, "to": 1.0} in shown
    assert {"zero": 0} in shown
    assert "accuracy" in json.dumps(spec)


def test_verdicts_are_words_and_shapes_beside_colours(evidence):
    spec = effects_chart(evidence, title="which?")
    assert {row["label"] for row in values(spec) if "label" in row} == {"better", "worse", "equivalent"}
    marks = [layer["encoding"] for layer in spec["layer"]]
    assert any("shape" in encoding for encoding in marks)


def test_every_response_is_in_the_chart_of_runs(evidence):
    shown = {(row["arm"], row["block"]) for row in values(runs_chart(evidence, title="x")) if "block" in row}
    assert shown == set(itertools.product(SHIFTS, range(6)))


def test_text_and_marks_stand_out_on_light_and_dark(evidence):
    """One ink for both backgrounds can reach 4.35 at most, √(1.05 / 0.0556); a known theme gets 7."""
    for theme, grounds, least in (
        ("both", ("#ffffff", "#111111"), 4.3), ("light", ("#ffffff",), 7), ("dark", ("#111111",), 7),
    ):  # fmt: skip
        spec = effects_chart(evidence, title="which?", theme=theme)
        assert spec["config"]["background"] == "transparent"
        inks = {spec["config"]["axis"]["labelColor"], spec["config"]["title"]["color"]}
        assert min(contrast(ink, ground) for ink in inks for ground in grounds) >= least
    scales = [layer["encoding"].get("color", {}).get("scale") for layer in spec["layer"]]
    marks = {colour for scale in scales if scale for colour in scale["range"]}
    assert len(marks) == 4
    assert min(contrast(mark, ground) for mark in marks for ground in ("#ffffff", "#111111")) >= 3


def test_a_treatment_without_an_interval_is_still_shown():
    rows = [Row(arm=a, block=0, value=Value.of(v)) for a, v in (("base", 1.0), ("x", 2.0))]
    rules = Rules(baseline="base", treatments=("x", "gone"), blocks=(0,), direction="max")
    spec = effects_chart(analyse(rows, rules), title="one block")
    shown = [row for row in values(spec) if "label" in row]
    assert {(row["treatment"], row["label"]) for row in shown} == {("x", "undecided"), ("gone", "undecided")}
    json.dumps(spec, allow_nan=False)
    json.dumps(runs_chart(analyse(rows, rules), title="one block"), allow_nan=False)


def test_the_table_has_a_row_a_treatment(evidence):
    rows = table_rows(evidence)
    assert [row["treatment"] for row in rows] == ["up", "down", "same"]
    assert rows[0]["verdict"] == "better"
    json.dumps(rows, allow_nan=False)
