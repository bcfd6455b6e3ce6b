"""Predictions of one experiment side by side: each made without the others, shown together, scored together."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from jupyter_coimprove.workbench.rows import ForecastRow

if TYPE_CHECKING:
    from jupyter_coimprove.evidence.effects import Evidence
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench


def newest(bench: Bench, experiment: str) -> list[Item]:
    """Each forecaster's newest prediction that was made here, people before models."""
    found = {
        (str(item.actor.get("kind")), str(item.actor.get("id"))): item
        for item in bench.record().find("prediction", experiment=experiment)
        if item.trust == "own"
    }
    return sorted(found.values(), key=lambda item: item.actor.get("kind") == "ai")


def foretold_by(bench: Bench, experiment: str) -> tuple[str, ...]:
    """The models that have predicted, without what they said."""
    return tuple(_row(item).by for item in newest(bench, experiment) if item.actor.get("kind") == "ai")


def side_by_side(bench: Bench, experiment: str) -> tuple[ForecastRow, ...]:
    """All of them; none before a person's own is there, which a model's would lead; on a share of experiments a
    model's not before the results (``first_views``)."""
    from jupyter_coimprove.workbench import first_views

    rows = tuple(map(_row, newest(bench, experiment)))
    if first_views.unaided(bench, experiment):
        rows = tuple(row for row in rows if row.kind != "ai")
    return rows if any(row.kind != "ai" for row in rows) else ()


def after(bench: Bench, item: Item, found: Evidence) -> tuple[ForecastRow, ...]:
    """All of them with how they did; a model's also where no person predicted, once results are shown."""
    from jupyter_coimprove.workbench.reading_results import scored

    rows = []
    for prediction in newest(bench, item.id):
        _, score = scored(prediction, found)
        rows.append(
            dataclasses.replace(_row(prediction), tau=score.tau, agreeing=score.agreeing, pairs=score.pairs)
        )
    return tuple(rows)


def _row(item: Item) -> ForecastRow:
    return ForecastRow(
        by=str(item.actor.get("display") or item.actor.get("id")), kind=str(item.actor.get("kind")),
        ranking=tuple(str(arm) for arm in item.data["ranking"]),
    )  # fmt: skip
