"""Error analysis over items: confusion, calibration, slices, tags, and two arms item by item."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from jupyter_coimprove.activities.cases.arms import disagreement
from jupyter_coimprove.activities.cases.calibration import calibration
from jupyter_coimprove.activities.cases.instrument import Items
from jupyter_coimprove.activities.cases.tagging import shared
from jupyter_coimprove.activities.errors import errors
from jupyter_coimprove.activities.slices.table import Column
from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.evidence.pairing import Entry

ROWS = 2000


def items(labels: Sequence[str] = ("cat", "dog"), *, score: bool = True, flat: bool = False) -> Items:
    """Items with 60 % errors where size is large, and 5 % elsewhere."""
    draw = np.random.default_rng(3)
    size = draw.uniform(0, 100, ROWS)
    truth = draw.integers(0, len(labels), ROWS).astype(np.int32)
    wrong = draw.random(ROWS) < np.where(size >= 90, 0.6, 0.05)
    said = np.where(wrong, (truth + 1) % len(labels), truth).astype(np.int32)
    sure = np.full((ROWS, len(labels)), 0.1 / (len(labels) - 1))
    sure[np.arange(ROWS), said] = 0.9
    columns = (
        ()
        if flat
        else (Column(name="size", values=size), Column(name="noise", values=draw.normal(size=ROWS)))
    )
    return Items(
        named={"features": "X", "truth": "y", "predicted": "p"}, loss_of="", labels=tuple(labels), truth=truth, predicted=said,
        loss=wrong.astype(float), drawn=np.arange(ROWS), columns=columns, cases=(), classes=tuple(labels) if score else (),
        score=sure if score else None,
    )  # fmt: skip


def part(study, title: str):
    return next(one for one in study.sections if one.title == title)


def test_the_planted_slice_is_a_card_with_its_interval() -> None:
    given = items()
    study = errors(given).study
    (card,) = study.cards
    assert card.kind == "slice"
    assert "where size ≥ 90" in card.title
    assert card.data["low"] < 0.6 < card.data["high"]
    inside = given.columns[0].values >= card.data["conditions"][0]["low"]
    assert card.data["items"] == inside.sum()
    assert card.data["mean"] == pytest.approx(given.loss[inside].mean())


def test_confusion_counts_every_item() -> None:
    table = part(errors(items()).study, "Confusion")
    assert sum(row[1] + row[2] for row in table.rows) == ROWS
    many = part(errors(items([f"k{i}" for i in range(20)])).study, "Confusion")
    assert many.columns == ("true", "predicted", "items", "share of the class")
    assert all(int(row[1][1:]) == (int(row[0][1:]) + 1) % 20 for row in many.rows)


def test_what_cannot_be_seen_is_said() -> None:
    study = errors(items(score=False, flat=True)).study
    assert study.cards == ()
    assert any(one.startswith("slices: there are no data to slice") for one in study.unseen)
    assert any(one.startswith("calibration: no probabilities") for one in study.unseen)


def test_a_calibrated_model_is_not_called_off_and_an_overconfident_one_is() -> None:
    draw = np.random.default_rng(1)
    off = 0
    for seed in range(40):
        sure = draw.uniform(0.5, 1, 800)
        off += calibration(sure, (draw.random(800) < sure).astype(float), seed).off
    assert off <= 6
    covered = 0
    for seed in range(40):
        sure = draw.uniform(0.8, 1, 800)
        found = calibration(sure, (draw.random(800) < sure - 0.15).astype(float), seed)
        assert found.off
        assert sum(one.items for one in found.bins) == 800
        covered += found.low < 0.15 < found.high
    # 95 %: fewer than 34 of 40 would be seen once in 2,000 such tests.
    assert covered >= 34


def test_tagged_cases_share_what_is_rare_elsewhere() -> None:
    given = items()
    large = [int(i) for i in np.flatnonzero(given.columns[0].values > 88)[:12]]
    found = shared(given, {"huge": large, "other": list(range(0, 240, 20)), "few": [1, 2]})
    assert [(one.word, one.tagged, one.here) for one in found] == [("huge", 12, 12)]
    assert found[0].text.startswith("size ≥ 8")
    rows = part(errors(given, tags={"huge": large, "few": [1, 2]}).study, "Tagged cases").rows
    assert ("few", 2, "nothing beyond chance", None, None) in rows


def test_two_arms_are_compared_item_by_item() -> None:
    entry = [Entry(value=0.5, items=given) for given in ((1.0, 0.0, 1.0, 0.0), (1.0, 1.0, 0.0, 0.0))]
    section = disagreement("b", "a", [(block, entry[0], entry[1]) for block in (1, 2, 3)])
    assert "differ on 2 of 4 items: up on 1, down on 1" in section.lines[0]
    assert "McNemar" in section.lines[1]
    assert [row[0] for row in section.rows] == [1, 2]
    assert [row[3] for row in section.rows] == [-1.0, 1.0]


def test_a_response_without_items_says_what_to_plan() -> None:
    bare = Entry(value=0.5)
    with pytest.raises(UsageError, match="no score of each item") as error:
        disagreement("b", "a", [(1, bare, bare)])
    assert "--items" in error.value.remedy


def test_labels_of_one_class_are_said_to_be_and_calibration_is_not_told() -> None:
    from dataclasses import replace

    found = items()
    one = replace(found, truth=np.zeros_like(found.truth))
    study = errors(one).study
    assert any("the labels of all" in told and "cat" in told and "stratify" in told for told in study.unseen)
    assert "Calibration" in {section.title for section in errors(found).study.sections}
    assert "Calibration" not in {section.title for section in study.sections}
