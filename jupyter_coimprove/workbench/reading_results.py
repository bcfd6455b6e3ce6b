"""Effects with intervals and verdicts, and the finding card, of one experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import CoimproveError, PlanError, UsageError
from jupyter_coimprove.workbench import concluding, shelf, watching
from jupyter_coimprove.workbench.views import ArmResult, EffectRow, ResultsView

if TYPE_CHECKING:
    from jupyter_coimprove.evidence.effects import Effect, Evidence
    from jupyter_coimprove.experiments.prediction import Score
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench


def results(bench: Bench, *, experiment: str, peek: bool = False, plot: str | None = None) -> ResultsView:
    """What an experiment shows. Of one that has not ended only with ``peek``, which is recorded."""
    record = bench.record()
    item = shelf.experiment_item(record, experiment)
    registered = shelf.registered(item)
    ended = item.state in watching.ENDED
    if not ended and not peek and not item.data.get("peeked"):
        raise PlanError(
            f"{item.id} has not ended; effects of a fixed design are shown when it has",
            remedy=f"`coimprove status {item.id} --follow`, or `results --peek` (it is recorded as a deviation)",
        )
    if peek and not ended and not item.data.get("peeked"):
        item = _record_peek(bench, item)
    found = concluding.evidence(registered, shelf.runs_of(record, item.id))
    if ended and item.trust == "own" and not record.read_only:
        concluding.conclude(record, item)
    return view(bench, item, found, plot=plot)


def _record_peek(bench: Bench, item: Item) -> Item:
    from jupyter_coimprove.record.base import Draft

    ended = sum(run.state == "completed" for run in shelf.runs_of(bench.record(), item.id))
    text = f"interim effects were looked at after {ended} runs"
    bench.record().append(
        [
            Draft(
                id=item.id, kind="experiment", event="peeked", actor=bench.actor,
                data={"peeked": True, "deviations": [*shelf.deviations(item), text]},
            )
        ]
    )  # fmt: skip
    return bench.record().get(item.id)


def view(bench: Bench, item: Item, found: Evidence, *, plot: str | None = None) -> ResultsView:
    """The evidence of an experiment as every door draws it."""
    from jupyter_coimprove.evidence.plot import effects_chart

    plan = shelf.recorded_plan(item)
    record = bench.record()
    card = shelf.finding_of(record, item.id)
    chart = effects_chart(found, title=plan.question, unit=plan.response.name)
    deviations = shelf.deviations(item)
    decided = sum(effect.verdict != "undecided" for effect in found.effects)
    return ResultsView(
        experiment=item.id, status=plan.status, response=plan.response.name, direction=plan.response.direction,
        baseline=plan.baseline.name, effects=tuple(map(effect_row, found.effects)), arms=arm_rows(found),
        interactions=interactions(found), points=points(found), residual=found.residual, notes=found.notes,
        deviations=deviations, finding=card.id if card else "", finding_state=card.state if card else "",
        claim=str(card.data["claim"]) if card else "", chart=chart, prediction=prediction_text(bench, item, found),
        plot_file=save_plot(bench, chart, plot) if plot else "",
        summary=f"{item.id}: {decided} of {len(found.effects)} treatments decided",
        next=(f"coimprove accept {card.id}", f"coimprove show {card.id}")
        if card and card.state in ("pending", "deferred")
        else (f"coimprove report {plan.notebook}",),
    )  # fmt: skip


def effect_row(effect: Effect) -> EffectRow:
    return EffectRow(
        arm=effect.arm, verdict=effect.verdict, estimate=effect.estimate, low=effect.low, high=effect.high,
        level=effect.level, p=effect.p, p_adjusted=effect.p_adjusted, n=effect.n, planned=effect.planned,
        method=effect.method, hypothesis=effect.hypothesis, needed=effect.needed, better=effect.better,
        notes=effect.notes,
    )  # fmt: skip


def arm_rows(found: Evidence) -> tuple[ArmResult, ...]:
    return tuple(
        ArmResult(
            arm=arm.arm, mean=arm.mean, sd=arm.sd, completed=arm.completed, planned=arm.planned,
            failures=dict(arm.failures),
        )
        for arm in found.arms
    )  # fmt: skip


def interactions(found: Evidence) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "factors": list(entry.factors), "estimate": entry.estimate, "low": entry.low, "high": entry.high,
            "p": entry.p, "p_adjusted": entry.p_adjusted,
        }
        for entry in found.interactions
    )  # fmt: skip


def points(found: Evidence) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"arm": arm.arm, "block": block, "value": value} for arm in found.arms for block, value in arm.values
    )


def scored(item: Item, found: Evidence) -> tuple[tuple[str, ...], Score]:
    """A recorded prediction's ranking and how it did."""
    from jupyter_coimprove.experiments.prediction import Prediction, score

    estimates = {effect.arm: effect.estimate for effect in found.effects if effect.estimate is not None}
    ranking = tuple(str(arm) for arm in item.data["ranking"])
    prediction = Prediction(experiment=str(item.data["experiment"]), ranking=ranking, by=item.actor)
    return ranking, score(
        prediction, {found.rules.baseline: 0.0, **estimates}, direction=found.rules.direction
    )


def prediction_text(bench: Bench, item: Item, found: Evidence) -> str:
    """How the newest prediction did, in a sentence; empty where there is none or nothing to score it by."""
    predictions = bench.record().find("prediction", experiment=item.id)
    if not predictions:
        return ""
    ranking, result = scored(predictions[-1], found)
    said = f"predicted {' > '.join(ranking)}"
    if result.tau is None:
        return f"{said}: nothing to score it by"
    pairs = f"{result.agreeing} of {result.pairs} pairs came in that order"
    return f"{said}: {pairs} (tau {result.tau:+.2f}, by chance 0)"


def save_plot(bench: Bench, chart: dict[str, Any], text: str) -> str:
    """Write the chart where the person wants it: the specification, or drawn where that is possible."""
    import json

    from jupyter_coimprove.notebook.io import write_atomic

    path = bench.path(text)
    suffix = path.suffix.lower()
    if suffix == ".json":
        data = json.dumps(chart, indent=1).encode()
    elif suffix in (".svg", ".png"):
        data = _draw(chart, suffix[1:])
    else:
        raise UsageError(f"{path.name}: a plot is .json, .svg or .png", remedy="name the file so")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", remedy="make it first")
    write_atomic(path, data, expect=None)
    return str(path)


def _draw(chart: dict[str, Any], form: str) -> bytes:
    try:
        import vl_convert
    except ImportError as error:
        raise CoimproveError(
            f"drawing .{form} needs vl-convert-python",
            remedy="pip install 'jupyter-coimprove[plots]', or ask for .json",
        ) from error
    if form == "svg":
        return str(vl_convert.vegalite_to_svg(chart)).encode()
    return bytes(vl_convert.vegalite_to_png(chart, scale=2))
