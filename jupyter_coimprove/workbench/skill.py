"""How predictions did so far: order, probabilities and quantiles, by forecaster (STATISTICS 20)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from jupyter_coimprove.errors import NothingToDo
from jupyter_coimprove.workbench import concluding, reading_results, shelf
from jupyter_coimprove.workbench.views import SkillView

if TYPE_CHECKING:
    from jupyter_coimprove.experiments.forecasts import Forecast
    from jupyter_coimprove.workbench.bench import Bench


def skill(bench: Bench, *, notebook: str | None = None) -> SkillView:
    """The skill of each forecaster over completed experiments, and comparisons on shared items."""
    from jupyter_coimprove.experiments.forecasts import shared, skills

    name = shelf.notebook_name(bench.root(), bench.path(notebook)) if notebook else None
    forecasts, outcomes = _forecasts(bench, name)
    if not forecasts:
        raise NothingToDo(
            "no prediction of a completed experiment is there to score",
            remedy="`coimprove predict EXPERIMENT RANKING` before the first run ends",
        )
    rate = sum(outcomes.values()) / len(outcomes) if outcomes else None
    rows = skills(forecasts, rate)
    return SkillView(
        summary=f"{len(forecasts)} prediction{'s' if len(forecasts) > 1 else ''} scored;"
        f" of {len(outcomes)} effects {sum(outcomes.values())} were better than their baseline",
        base_rate=rate, effects=len(outcomes), forecasters=tuple(asdict(row) for row in rows),
        shared=tuple(
            {"one": row.one, "other": row.other, "items": row.items, "sentence": row.sentence,
             "briers": list(row.briers) if row.briers else None}
            for row in shared(forecasts)
        ),
    )  # fmt: skip


def _forecasts(bench: Bench, notebook: str | None) -> tuple[list[Forecast], dict[str, bool]]:
    """Each forecaster's newest prediction of each completed experiment, and what came of every effect."""
    from jupyter_coimprove.experiments.forecasts import Forecast

    record = bench.record()
    forecasts: list[Forecast] = []
    outcomes: dict[str, bool] = {}
    for item in record.find("experiment"):
        known = notebook is None or item.data.get("notebook") == notebook
        predictions = record.find("prediction", experiment=item.id)
        if not (known and predictions and item.state == "completed" and item.trust == "own"):
            continue
        found = concluding.evidence_of(record, item)
        sign = 1 if found.rules.direction == "max" else -1
        better = {e.arm: sign * e.estimate > 0 for e in found.effects if e.estimate is not None}
        outcomes |= {f"{item.id}/{arm}": value for arm, value in better.items()}
        newest = {
            (str(p.actor.get("id")), str(p.actor.get("kind"))): p for p in predictions if p.trust == "own"
        }
        for prediction in newest.values():
            _, score = reading_results.scored(prediction, found)
            said = dict(prediction.data.get("p_better", {}))
            forecasts.append(
                Forecast(
                    by=str(prediction.actor.get("display") or prediction.actor.get("id")),
                    kind=str(prediction.actor.get("kind")), experiment=item.id, score=score,
                    said=tuple(
                        (f"{item.id}/{arm}", float(p), better[arm]) for arm, p in said.items() if arm in better
                    ),
                )
            )  # fmt: skip
    return forecasts, outcomes
