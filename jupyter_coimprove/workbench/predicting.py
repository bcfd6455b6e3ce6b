"""What is expected before a result is seen: the ranking of the arms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_coimprove.errors import DecisionError, UsageError
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.workbench import planning, shelf
from jupyter_coimprove.workbench.editing import as_shown
from jupyter_coimprove.workbench.views import PlanView

if TYPE_CHECKING:
    from jupyter_coimprove.workbench.bench import Bench


def predict(
    bench: Bench, *, experiment: str, ranking: str, chance: list[str] | None = None,
    quantiles: list[str] | None = None, digest: str | None = None,
) -> PlanView:  # fmt: skip
    """Keep this person's ranking of the arms, with chances and quantiles of effects where given.

    DecisionError once a run has ended or somebody has looked: what is said then is no prediction.
    Stale where ``digest`` is given and the draft is another by now.
    """
    from jupyter_coimprove.experiments import forecasts
    from jupyter_coimprove.experiments.arms import contrasts
    from jupyter_coimprove.experiments.prediction import parse_ranking
    from jupyter_coimprove.record.base import Draft

    record = bench.record()
    item = shelf.own(shelf.experiment_item(record, experiment))
    if item.data.get("peeked"):
        raise DecisionError(
            f"{item.id} was looked at already", remedy="a prediction is made before anything is seen"
        )
    if any(run.state not in ("queued", "running", "lost") for run in shelf.runs_of(record, item.id)):
        raise DecisionError(
            f"{item.id} has results already", remedy="a prediction is made before the first run ends"
        )
    as_shown(bench, item, digest)
    draft = item.state in ("draft", "deferred")
    plan = shelf.current_plan(bench.root(), item)[0] if draft else shelf.recorded_plan(item)
    tested, base = contrasts(plan), plan.baseline.name
    better = [forecasts.chance(text, tested, base, plan.response.direction) for text in chance or ()]
    spread = [forecasts.quantiles(text, tested) for text in quantiles or ()]
    for said in (better, spread):
        names = [arm for arm, _ in said]
        if len(set(names)) < len(names):
            raise UsageError(
                "an arm is predicted twice", remedy="give each arm one chance and one set of quantiles"
            )
    arms = parse_ranking(ranking, [plan.baseline.name, *contrasts(plan)])
    record.append(
        [
            Draft(
                id=new_id("prediction", bench.clock), kind="prediction", event="predicted", actor=bench.actor,
                data={
                    "experiment": item.id, "ranking": list(arms), "p_better": dict(better),
                    "quantiles": {arm: {f"{level:g}": value for level, value in q.items()} for arm, q in spread},
                },
            )
        ]
    )  # fmt: skip
    if draft and plan.multiplicity == "holm" and len(contrasts(plan)) > 1 and not plan.sequence:
        _order_tests(bench, item.id, arms)
    return planning.view(bench, record.get(item.id))


def _order_tests(bench: Bench, experiment: str, arms: tuple[str, ...]) -> None:
    """The registered prediction fixes the order of the tests (STATISTICS 4): most expected first.

    The arms furthest from the baseline in the ranking, up or down, are tested first.
    """
    import dataclasses

    from jupyter_coimprove.experiments.arms import contrasts
    from jupyter_coimprove.experiments.planfile import dump
    from jupyter_coimprove.notebook.io import write_atomic
    from jupyter_coimprove.record.base import Draft

    root = bench.root()
    item = bench.record().get(experiment)
    plan, _ = shelf.current_plan(root, item)
    at = arms.index(plan.baseline.name) if plan.baseline.name in arms else 0
    order = sorted(
        contrasts(plan),
        key=lambda name: (-abs(arms.index(name) - at), arms.index(name)) if name in arms else (0, 0),
    )
    proposed = shelf.recorded_plan(item)
    if {arm.name for arm in proposed.arms} == {arm.name for arm in plan.arms}:
        # The order follows from the prediction: it is no edit of the proposal by the person.
        proposed = dataclasses.replace(proposed, multiplicity="fixed-sequence", sequence=tuple(order))
        line = Draft(
            id=experiment,
            kind="experiment",
            event="ordered",
            data={"plan_toml": dump(proposed)},
            actor=bench.actor,
        )
        bench.record().append([line])
    plan = dataclasses.replace(plan, multiplicity="fixed-sequence", sequence=tuple(order))
    write_atomic(shelf.plan_path(root, experiment), dump(plan).encode(), expect=None)
