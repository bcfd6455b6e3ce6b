"""Scores: chance-corrected, clustered on templates, and compared on the same items."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from jupyter_coimprove.bench import detecting, valuing
from jupyter_coimprove.bench.family import Mark
from jupyter_coimprove.bench.scoring import difference, scores
from jupyter_coimprove.bench.table import families

FAMILY = replace(families()[0], name="made-up", activity=6, total=detecting.youden_kinds)


def marks(hits: str, false: str) -> list[Mark]:
    """Marks of twins by template a, b, c …: 1 says flawed."""
    out = []
    for place, (hit, wrong) in enumerate(zip(hits, false, strict=True)):
        template = chr(ord("a") + place)
        out.append(
            Mark(template=template, part="flawed", value=float(hit), kind_right=True if hit == "1" else None)
        )
        out.append(Mark(template=template, part="sound", value=float(wrong)))
    return out


def test_j_is_hits_less_false_alarms_and_its_interval_draws_templates() -> None:
    told = scores({"made-up": marks("1110", "0100")}, [FAMILY])
    (row,) = told.families
    assert (row.tpr, row.fpr) == (0.75, 0.25)
    assert row.score.value == pytest.approx(0.5)
    assert row.score.low < 0.5 < row.score.high
    assert told.activities[6].value == told.total.value == pytest.approx(0.5)


def test_wrong_kinds_take_their_share_off_a_positive_score_only() -> None:
    wrong = [replace(m, kind_right=False if m.kind_right else None) for m in marks("11", "00")]
    assert detecting.youden_kinds(wrong) == 0
    assert detecting.youden_kinds(marks("00", "11")) == -1


def test_always_flawed_and_always_sound_are_both_zero() -> None:
    assert detecting.youden(marks("1111", "1111")) == detecting.youden(marks("0000", "0000")) == 0


def test_a_difference_is_of_the_same_items_and_wider_at_a_higher_level() -> None:
    before, after = {"made-up": marks("11000000", "00000000")}, {"made-up": marks("11110000", "00000000")}
    found = difference(before, after, [FAMILY])
    assert found.value == pytest.approx(0.25)
    wide = difference(before, after, [FAMILY], level=0.999)
    assert wide.low <= found.low <= found.value <= found.high <= wide.high
    same = difference(before, before, [FAMILY])
    assert (same.low, same.value, same.high) == (0, 0, 0)
    with pytest.raises(ValueError, match="same items"):
        difference(before, {"made-up": marks("1", "0")}, [FAMILY])


def test_a_floor_is_what_no_skill_gets_and_nothing_is_below_it() -> None:
    total = valuing.above(0.2)
    assert total([Mark(template="a", part="all", value=0.1)]) == 0
    assert total([Mark(template="a", part="all", value=1.0)]) == 1
    assert total([Mark(template="a", part="all", value=0.6)]) == pytest.approx(0.5)
    assert math.isnan(total([]))
    with pytest.raises(ValueError, match="nothing is left"):
        valuing.corrected(1.0, 1.0)


def test_sets_agree_by_f1_and_iou() -> None:
    assert valuing.f1([], []) == valuing.iou([], []) == 1
    assert valuing.f1([1, 2], [2, 3]) == pytest.approx(0.5)
    assert valuing.iou([1, 2], [2, 3]) == pytest.approx(1 / 3)
