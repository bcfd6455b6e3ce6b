"""Effects with intervals and verdicts, and the finding card, of one experiment."""

from __future__ import annotations

import shlex
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import CoimproveError, PlanError, UsageError
from jupyter_coimprove.evidence.controls import STOPPED
from jupyter_coimprove.workbench import (
    checking,
    concluding,
    forecasting,
    piloting,
    planning,
    sequencing,
    sharing,
    shelf,
    watching,
)  # fmt: skip
from jupyter_coimprove.workbench.views import ArmResult, ControlRow, EffectRow, ResultsView

if TYPE_CHECKING:
    from jupyter_coimprove.evidence.effects import Effect, Evidence
    from jupyter_coimprove.experiments.prediction import Score
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench


def results(bench: Bench, *, experiment: str, peek: bool = False, plot: str | None = None) -> ResultsView:
    """What an experiment shows. Of one that has not ended only with ``peek``, which is recorded."""
    record = bench.record()
    item = shelf.experiment_item(record, experiment)
    shelf.registered(item)
    ended = item.state in watching.ENDED
    if piloting.blinded(record, item):
        raise PlanError(
            f"{item.id} is a pilot: it shows spread and cost, nothing of effects or of the response's level",
            remedy=f"`coimprove noise {item.id}` shows its spread",
        )
    if shelf.is_probe(item):
        raise PlanError(
            f"{item.id} is a probe for leaks: it compares no treatments",
            remedy=f"`coimprove check {shlex.quote(str(item.data['notebook']))}` shows what it found",
        )
    if watching.hides(item) and not peek:
        raise PlanError(
            f"{item.id} has not ended; effects of a fixed design are shown when it has",
            remedy=f"`coimprove status {item.id} --follow`, or `results --peek` (it is recorded as a deviation)",
        )
    if peek and watching.hides(item):
        item = _record_peek(bench, item)
    found = concluding.evidence_of(record, item)
    if not (ended and item.trust == "own" and not record.read_only):
        return view(bench, item, found, plot=plot)
    concluding.conclude(bench.root(), record, item)
    shown = view(bench, item, found, plot=plot)
    if not concluding.reseed_alarm(found):
        return shown
    said, following = _alarmed(bench, item, found)
    return replace(
        shown, warnings=(said, *shown.warnings), next=shown.next if following is None else following
    )


def _alarmed(bench: Bench, item: Item, found: Evidence) -> tuple[str, tuple[str, ...] | None]:
    """What is said of a reseed arm with an effect, and what is next: once, a repetition is proposed; twice
    in a row the analysis stops. None leaves what is next as it is."""
    if found.rules.reseed_before:
        return STOPPED, ()
    again = next(
        (one for one in bench.record().find("experiment", replicates=item.id) if one.state != "rejected"),
        None,
    )
    text = "the reseed arm shows an effect where nothing was changed"
    if again is None:
        try:
            proposed = planning.replicate(bench, finding=item.id).id
        except PlanError as error:
            return f"{text}; it cannot be repeated: {error.message}", None
    else:
        proposed = again.id
    return f"{text}: {proposed} repeats the experiment on fresh blocks", (f"coimprove run {proposed}",)


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
    saved = sequencing.saved(item, plan, shelf.runs_of(record, item.id))
    decided = sum(effect.verdict != "undecided" for effect in found.effects)
    return ResultsView(
        experiment=item.id, status=plan.status, response=plan.response.name, direction=plan.response.direction,
        smallest_effect=plan.smallest_effect, margin=plan.margin,
        baseline=plan.baseline.name, effects=tuple(map(effect_row, found.effects)), arms=arm_rows(found),
        interactions=interactions(found), controls=controls(found), secondary=secondary(found), points=points(found),
        residual=found.residual, residual_share=residual_share(found), uncontrolled=found.rules.uncontrolled,
        notes=(*found.notes, *((saved,) if saved else ())),
        deviations=deviations, finding=card.id if card else "", finding_state=card.state if card else "",
        claim=str(card.data["claim"]) if card else "", chart=chart, prediction=prediction_text(bench, item, found),
        forecasts=forecasting.after(bench, item, found),
        plot_file=save_plot(bench, chart, plot) if plot else "",
        summary=f"{item.id}: {decided} of {len(found.effects)} treatments decided",
        warnings=(*sharing.warned(item), *checking.noted(bench.record(), plan.notebook)),
        next=(f"coimprove accept {card.id}", f"coimprove show {card.id}")
        if card and card.state in ("pending", "deferred")
        else (f"coimprove report {shlex.quote(plan.notebook)}",),
    )  # fmt: skip


def residual_share(found: Evidence) -> float | None:
    """The residual in standard deviations of the baseline over blocks."""
    base = next(arm for arm in found.arms if arm.arm == found.rules.baseline)
    return found.residual / base.sd if found.residual is not None and base.sd else None


def effect_row(effect: Effect) -> EffectRow:
    from jupyter_coimprove.evidence.pairing import pairing_words

    return EffectRow(
        arm=effect.arm, verdict=effect.verdict, estimate=effect.estimate, low=effect.low, high=effect.high,
        level=effect.level, p=effect.p, p_adjusted=effect.p_adjusted, n=effect.n, planned=effect.planned,
        method=effect.method, hypothesis=effect.hypothesis, needed=effect.needed, better=effect.better,
        p_better=effect.p_better, equivalence=effect.equivalence,
        items=asdict(effect.items) if effect.items else None,
        notes=effect.notes, correlation=effect.correlation,
        pairing=pairing_words(effect.correlation, effect.n),
    )  # fmt: skip


def arm_rows(found: Evidence) -> tuple[ArmResult, ...]:
    return tuple(
        ArmResult(
            arm=arm.arm, mean=arm.mean, sd=arm.sd, completed=arm.completed, planned=arm.planned,
            failures=dict(arm.failures), failure_bound=arm.failure_bound,
        )
        for arm in found.arms
    )  # fmt: skip


def interactions(found: Evidence) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "factors": list(entry.factors), "estimate": entry.estimate, "low": entry.low, "high": entry.high,
            "p": entry.p, "p_adjusted": entry.p_adjusted, "aliases": list(entry.aliases),
            **({"alone": entry.alone[0], "last": entry.alone[1], "opposed": entry.opposed} if entry.alone else {}),
        }
        for entry in found.interactions
    )  # fmt: skip


def secondary(found: Evidence) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "response": one.response, "direction": one.direction, "arm": effect.arm, "estimate": effect.estimate,
            "low": effect.low, "high": effect.high, "level": effect.level, "n": effect.n, "planned": effect.planned,
            "p_adjusted": effect.p_adjusted if one.tested else None, "verdict": effect.verdict if one.tested else "",
        }
        for one in found.secondary
        for effect in one.effects
    )  # fmt: skip


def controls(found: Evidence) -> tuple[ControlRow, ...]:
    return tuple(
        ControlRow(arm=one.arm, role=one.role, text=one.sentence, alarm=one.alarm) for one in found.controls
    )


def points(found: Evidence) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"arm": arm.arm, "block": block, "value": value} for arm in found.arms for block, value in arm.values
    )


def scored(item: Item, found: Evidence) -> tuple[tuple[str, ...], Score]:
    """A recorded prediction's ranking and how it did."""
    from jupyter_coimprove.experiments.prediction import Prediction, score

    estimates = {effect.arm: effect.estimate for effect in found.effects if effect.estimate is not None}
    ranking = tuple(str(arm) for arm in item.data["ranking"])
    prediction = Prediction(
        experiment=str(item.data["experiment"]), ranking=ranking, by=item.actor,
        p_better={str(arm): float(p) for arm, p in dict(item.data.get("p_better", {})).items()},
        quantiles={
            str(arm): {float(level): float(value) for level, value in dict(said).items()}
            for arm, said in dict(item.data.get("quantiles", {})).items()
        },
    )  # fmt: skip
    return ranking, score(
        prediction, {found.rules.baseline: 0.0, **estimates}, direction=found.rules.direction
    )


def prediction_text(bench: Bench, item: Item, found: Evidence) -> str:
    """How the newest prediction did, in a sentence; empty where there is none or nothing to score it by."""
    predictions = [
        p for p in bench.record().find("prediction", experiment=item.id) if p.actor.get("kind") != "ai"
    ]
    if not predictions:
        return ""
    ranking, result = scored(predictions[-1], found)
    said = f"predicted {' > '.join(ranking)}"
    parts = []
    if result.tau is not None:
        pairs = f"{result.agreeing} of {result.pairs} pairs came in that order"
        parts.append(f"{pairs} (tau {result.tau:+.2f}, by chance 0)")
    if result.brier is not None and result.brier_skill is not None:
        parts.append(
            f"chances: Brier {result.brier:.3f}, skill {result.brier_skill:+.2f} over always saying one half"
        )
    if result.pinball is not None:
        skill = (
            f", skill {result.pinball_skill:+.2f} over predicting no effect"
            if result.pinball_skill is not None
            else ""
        )
        parts.append(f"quantiles: pinball {result.pinball:.3g}{skill}")
    return f"{said}: {'; '.join(parts) or 'nothing to score it by'}"


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
