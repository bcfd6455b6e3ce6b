"""From the runs of an experiment to its evidence and its one finding card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import DecisionError, PlanError
from jupyter_coimprove.registry import INFRASTRUCTURE, PREFIXES, RUN_FINAL, TOOL
from jupyter_coimprove.runs.run import Value
from jupyter_coimprove.workbench import shelf

if TYPE_CHECKING:
    from jupyter_coimprove.evidence.effects import Evidence, Row, Rules
    from jupyter_coimprove.evidence.finding import Finding
    from jupyter_coimprove.experiments.experiment import Experiment, Plan
    from jupyter_coimprove.record.base import Item, Record

#: What is not settled while a finding still waits for its own decision; reports count it.
UNSETTLED = frozenset({"reported", "abandoned"})
RESPONSE_PROBE = "response"
ITEMS_PROBE = "items"
TRAIN_PROBE = "n_train"
TEST_PROBE = "n_test"


def rows(experiment: Experiment, runs: list[Item]) -> list[Row]:
    """One row a run that has ended; a completed run without its response is a failure of that kind."""
    from jupyter_coimprove.evidence.effects import Row

    out = []
    for run in runs:
        if run.state not in RUN_FINAL:
            continue
        data = run.data
        value = response_value(experiment, data)
        reason = "" if run.state in ("completed", "reused") else str(data.get("reason") or run.state)
        if run.state == "cancelled":
            reason = "cancelled"
        out.append(
            Row(
                arm=str(data["arm"]), block=int(data["block"]), replicate=int(data["replicate"]),
                run=run.id, value=value, failed=reason, infrastructure=reason in INFRASTRUCTURE,
                sizes=_sizes(data), items=_items(data),
            )
        )  # fmt: skip
    return out


def response_value(experiment: Experiment, data: Any) -> Value:
    """The response of one run, reduced as registered; missing when the run never gave it."""
    response = experiment.plan.response
    name = RESPONSE_PROBE if response.how in ("variable", "expression") else response.expr
    found = [metric for metric in data.get("metrics", ()) if metric["name"] == name]
    if not found:
        return Value.missing(f"{response.expr} was never recorded")
    values = [Value.from_dict(metric["value"]) for metric in found]
    if len(values) == 1 and values[0].kind != "series":
        return values[0]
    numbers: list[float | None] = []
    for value in values:
        numbers.extend(value.series if value.kind == "series" else [value.number])
    return _reduce(numbers, values, response.reduction)


def _reduce(numbers: list[float | None], values: list[Value], how: str) -> Value:
    if how == "last":
        if values[-1].kind != "series":
            return values[-1]
        return Value.of(numbers[-1]) if numbers and numbers[-1] is not None else Value(kind="nan")
    if any(number is None for number in numbers) or not numbers:
        return Value(kind="nan")
    finite = [number for number in numbers if number is not None]
    if how == "mean":
        return Value.of(sum(finite) / len(finite))
    return Value.of(max(finite) if how == "max" else min(finite))


def _probe(data: Any, name: str) -> Value | None:
    found = [
        metric for metric in data.get("metrics", ()) if metric["name"] == name and metric["source"] == "probe"
    ]
    return Value.from_dict(found[-1]["value"]) if found else None


def _sizes(data: Any) -> tuple[float, float] | None:
    train, test = _probe(data, TRAIN_PROBE), _probe(data, TEST_PROBE)
    if train is None or test is None or train.number is None or test.number is None:
        return None
    return (train.number, test.number)


def _items(data: Any) -> tuple[float, ...]:
    value = _probe(data, ITEMS_PROBE)
    if value is None or value.kind != "series" or any(number is None for number in value.series):
        return ()
    return tuple(number for number in value.series if number is not None)


def rules(plan: Plan, blocks: tuple[int, ...] = ()) -> Rules:
    """The registered analysis as the evidence stage takes it."""
    from jupyter_coimprove.evidence.effects import Rules

    levels = {factor.name: factor.levels for factor in plan.factors}
    settings = tuple(
        (arm.name, tuple((name, arm.settings.get(name, levels[name][0])) for name in levels))
        for arm in plan.arms
    )
    return Rules(
        baseline=plan.baseline.name, treatments=tuple(arm.name for arm in plan.treatments),
        blocks=blocks, direction=plan.response.direction, multiplicity=plan.multiplicity,
        sequence=plan.sequence, alpha=plan.alpha, margin=plan.margin, smallest_effect=plan.smallest_effect,
        hypothesis=plan.hypothesis, block_kind=plan.block_kind, split_ratio=plan.split_ratio,
        factors=settings if plan.design == "full-factorial" else (),
    )  # fmt: skip


def evidence(experiment: Experiment, runs: list[Item]) -> Evidence:
    """What the runs show, by the registered analysis. PlanError for an experiment without any."""
    from jupyter_coimprove.evidence.analysis import analyse

    table = rows(experiment, runs)
    if not table:
        raise PlanError(f"{experiment.id} has no finished run yet", remedy=f"`coimprove run {experiment.id}`")
    return analyse(table, rules(experiment.plan, experiment.blocks))


def check_hypothesis(plan: Plan) -> None:
    """UsageError or UnknownName for a hypothesis that the analysis could not test."""
    from jupyter_coimprove.evidence.hypotheses import directions

    directions(rules(plan))


def finding(record: Record, item: Item) -> Finding:
    """The finding card of a completed experiment (not yet kept)."""
    from jupyter_coimprove.evidence import words

    experiment = shelf.registered(item)
    runs = shelf.runs_of(record, item.id)
    by_cell = {
        (str(run.data["arm"]), int(run.data["block"])): run.id
        for run in runs
        if not int(run.data["replicate"])
    }
    return words.finding(
        evidence(experiment, runs), experiment, id=f"{PREFIXES['finding']}_{item.id.partition('_')[2]}", notebook=experiment.plan.notebook,
        runs=by_cell, deviations=shelf.deviations(item), counts={key: n for key, n in denominators(record, item, runs).items() if key not in UNSETTLED},
    )  # fmt: skip


def denominators(record: Record, item: Item, runs: list[Item]) -> dict[str, int]:
    """Runs by state; registered, reported, abandoned and same-response experiments (STATISTICS 19)."""
    notebook, response = item.data.get("notebook"), item.data.get("response")
    same = [other for other in record.find("experiment", notebook=notebook) if "digest" in other.data]
    accepted = {
        str(found.data["experiment"])
        for found in record.find("finding")
        if found.state in ("accepted", "edited")
    }
    return {
        **shelf.counts(runs),
        "runs": len(runs),
        "registered": len(same),
        "reported": sum(other.id in accepted for other in same),
        "abandoned": sum(other.state in ("cancelled", "abandoned") for other in same),
        "same_response": sum(other.data.get("response") == response for other in same),
    }


def conclude(record: Record, item: Item) -> str | None:
    """Keep the finding card of an experiment that has one to show; its id, None when it has it.

    The id follows from the experiment's, and the write expects it to be absent: made again
    after a crash, or by two processes at once, there is still one card.
    """
    from jupyter_coimprove.evidence import words
    from jupyter_coimprove.record.base import Draft

    if shelf.registered(item).plan.design == "baseline-only" or shelf.finding_of(record, item.id) is not None:
        return None
    card = finding(record, item)
    data = card.as_dict()
    data.pop("id")
    data["markdown"] = words.markdown(card, figures=False)
    draft = Draft(id=card.id, kind="finding", event="proposed", state="pending", data=data, actor=TOOL)
    try:
        record.append([draft], expect={card.id: 0})
    except DecisionError:
        return None
    return card.id
