"""Rankings and probabilities that people and models gave before runs, with what came of them: for skill, calibration and uplift."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from jupyter_coimprove.lessons.figures import Order, Said
from jupyter_coimprove.workbench import concluding, first_views

if TYPE_CHECKING:
    from jupyter_coimprove.evidence.effects import Evidence
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench


def said(bench: Bench, notebook: str | None = None) -> list[Said]:
    """Every probability of an arm of a completed experiment of this user's, oldest first.

    Of a person the first prediction of an experiment is their own; a later one, made when a model's was there to be
    seen, is aided. Of a model the newest counts. What is between is left out.
    """
    out: list[tuple[int, Said]] = []
    for prediction, aided, found in _ended(bench, notebook):
        sign = 1 if found.rules.direction == "max" else -1
        better = {e.arm: sign * e.estimate > 0 for e in found.effects if e.estimate is not None}
        by, kind = _who(prediction)
        for arm, p in dict(prediction.data.get("p_better") or {}).items():
            if arm in better:
                out.append(
                    (prediction.seq, Said(
                        item=f"{prediction.data['experiment']}/{arm}", by=by, kind=kind, p=float(p), happened=better[arm],
                        at=prediction.created, aided=aided,
                    ))
                )  # fmt: skip
    # Two of one millisecond stand as they were written.
    return [one for _, one in sorted(out, key=lambda pair: (pair[1].at, pair[0]))]


def orders(bench: Bench, notebook: str | None = None) -> list[Order]:
    """How the rankings of the same predictions did; also of those that gave no probability."""
    from jupyter_coimprove.workbench.reading_results import scored

    out = []
    for prediction, aided, found in _ended(bench, notebook):
        _, score = scored(prediction, found)
        by, kind = _who(prediction)
        out.append(Order(by=by, kind=kind, pairs=score.pairs, agreeing=score.agreeing, aided=aided))
    return out


def _who(prediction: Item) -> tuple[str, str]:
    actor = prediction.actor
    return str(actor.get("display") or actor.get("id")), "ai" if actor.get("kind") == "ai" else "person"


def _ended(bench: Bench, notebook: str | None) -> Iterator[tuple[Item, bool, Evidence]]:
    """The predictions that count, whether a model's was in sight, and what their experiments showed."""
    record = bench.record()
    for item in record.find("experiment"):
        if notebook is not None and item.data.get("notebook") != notebook:
            continue
        if item.state != "completed" or item.trust != "own":
            continue
        predictions = [one for one in record.find("prediction", experiment=item.id) if one.trust == "own"]
        if not predictions:
            continue
        found = concluding.evidence_of(record, item)
        blind = first_views.unaided(bench, item.id)
        for prediction, aided in _counted(predictions):
            if not (blind and aided):  # else the model's was not shown before the results
                yield prediction, aided, found


def _counted(predictions: list[Item]) -> list[tuple[Item, bool]]:
    """The predictions that count, each with whether it was made with a model's in sight."""
    ordered = sorted(predictions, key=lambda one: (one.created, one.seq))
    by: dict[tuple[str, str], list[Item]] = {}
    for one in ordered:
        by.setdefault((str(one.actor.get("kind")), str(one.actor.get("id"))), []).append(one)
    shown = next((one.seq for one in ordered if one.actor.get("kind") == "ai"), None)
    out: list[tuple[Item, bool]] = []
    for (kind, _), own in by.items():
        if kind == "ai":
            out.append((own[-1], False))
            continue
        out.append((own[0], False))
        if len(own) > 1 and shown is not None and own[-1].seq > shown:
            out.append((own[-1], True))
    return out
