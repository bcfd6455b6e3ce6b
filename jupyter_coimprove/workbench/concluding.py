"""From the runs of an experiment to its evidence and its one finding card."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import DecisionError, PlanError
from jupyter_coimprove.registry import INFRASTRUCTURE, PREFIXES, RUN_FINAL, TOOL
from jupyter_coimprove.runs.run import Value
from jupyter_coimprove.workbench import probing, shelf

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_coimprove.evidence.effects import Evidence, Row, Rules, Secondary
    from jupyter_coimprove.evidence.finding import Finding
    from jupyter_coimprove.experiments.experiment import Experiment, Plan
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.record.base import Item, Record

#: Why a run that waited was never begun: its treatment was decided before (a sequential design).
NOT_NEEDED = "not needed"
RESPONSE_PROBE = "response"
ITEMS_PROBE = "items"
CLUSTERS_PROBE = "clusters"
TRAIN_PROBE = "n_train"
TEST_PROBE = "n_test"
#: What `check --probe` saw inside a run, as numbers.
PROBE = "probe"


def also_probe(number: int) -> str:
    """The name under which a secondary response is read."""
    return f"also/{number}"


def rows(experiment: Experiment, runs: list[Item], also: int | None = None) -> list[Row]:
    """One row a run that has ended; a completed run without its response is a failure of that kind.

    ``also`` numbers a secondary response, whose rows carry no items.
    """
    from jupyter_coimprove.evidence.effects import Row

    out = []
    for run in runs:
        data = run.data
        if run.state not in RUN_FINAL or data.get("reason") == NOT_NEEDED:
            continue
        value = response_value(experiment, data, also)
        reason = "" if run.state in ("completed", "reused") else str(data.get("reason") or run.state)
        if run.state == "cancelled":
            reason = "cancelled"
        out.append(
            Row(
                arm=str(data["arm"]), block=int(data["block"]), replicate=int(data["replicate"]),
                run=run.id, value=value, failed=reason, infrastructure=reason in INFRASTRUCTURE,
                sizes=_sizes(data), items=_items(data), clusters=tuple(map(int, _items(data, CLUSTERS_PROBE))),
            )
        )  # fmt: skip
    return out


def response_value(experiment: Experiment, data: Any, also: int | None = None) -> Value:
    """The response of one run, reduced as registered; missing when the run never gave it."""
    response = experiment.plan.response if also is None else experiment.plan.also[also]
    if response.how == "run":
        number = data.get(response.expr)
        return (
            Value.missing(f"{response.expr} of the run is not known")
            if number is None
            else Value.of(float(number))
        )
    if also is not None:
        return probing.value_of(response, data.get("metrics", ()), also_probe(also))
    return probing.value_of(experiment.plan.response, data.get("metrics", ()), RESPONSE_PROBE)


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


def _items(data: Any, name: str = ITEMS_PROBE) -> tuple[float, ...]:
    value = _probe(data, name)
    if value is None or value.kind != "series" or any(number is None for number in value.series):
        return ()
    return tuple(number for number in value.series if number is not None)


def rules(plan: Plan, blocks: tuple[int, ...] = (), *, reseed_before: bool = False) -> Rules:
    """The registered analysis as the evidence stage takes it."""
    from jupyter_coimprove.evidence.effects import Rules
    from jupyter_coimprove.experiments.arms import contrasts, main_effects
    from jupyter_coimprove.experiments.experiment import CROSSED
    from jupyter_coimprove.experiments.factorial import used

    levels = {factor.name: factor.levels for factor in used(plan)}
    settings = tuple(
        (arm.name, tuple((name, arm.settings.get(name, levels[name][0])) for name in levels))
        for arm in (plan.baseline, *plan.treatments)
    )
    return Rules(
        baseline=plan.baseline.name, treatments=contrasts(plan),
        blocks=blocks, direction=plan.response.direction,
        test="sequential" if plan.stopping == "sequential" else plan.test, multiplicity=plan.multiplicity,
        sequence=plan.sequence, alpha=plan.alpha, margin=plan.margin, smallest_effect=plan.smallest_effect,
        uncontrolled=tuple(map(str, plan.extra.get("uncontrolled", ()))),
        hypothesis=plan.hypothesis, block_kind=plan.block_kind, split_ratio=plan.split_ratio,
        factors=settings if plan.design in CROSSED else (), mains=main_effects(plan),
        arms=tuple(arm.name for arm in plan.arms), controls=tuple((arm.name, arm.role) for arm in plan.controls),
        references=tuple(
            (arm.name, plan.reference(arm).name)
            for arm in plan.treatments
            if plan.reference(arm) != plan.baseline
        ),
        opposed=_opposed(plan), reseed_before=reseed_before,
    )  # fmt: skip


def _opposed(plan: Plan) -> tuple[tuple[str, str, str], ...]:
    """Each factor of a design of both, with the arm without it and the arm with it alone."""
    if plan.design != "both":
        return ()
    out = {next(iter(arm.settings)): arm.name for arm in plan.treatments if arm.role == "treatment"}
    return tuple(
        (factor, out[factor], arm.name)
        for arm in plan.treatments
        if arm.role == "added"
        for factor in plan.reference(arm).settings
        if factor not in arm.settings and factor in out
    )


def evidence(experiment: Experiment, runs: list[Item], *, reseed_before: bool = False) -> Evidence:
    """What the runs show, by the registered analysis. PlanError for an experiment without any.

    ``reseed_before``: the experiment that this one repeats had a reseed arm with an effect.
    """
    from jupyter_coimprove.evidence.analysis import analyse
    from jupyter_coimprove.experiments.tuning import unequal

    table = rows(experiment, runs)
    if not table:
        raise PlanError(f"{experiment.id} has no finished run yet", remedy=f"`coimprove run {experiment.id}`")
    found = analyse(
        table, rules(experiment.plan, counted_blocks(experiment, runs), reseed_before=reseed_before)
    )
    found = replace(found, secondary=_secondary(experiment, runs, found.rules))
    # What was said of the response, and of the tuning, before it ran stays with its result.
    response = experiment.plan.response
    ended = [run.data.get("metrics", ()) for run in runs if run.state in ("completed", "reused")]
    differs = probing.disagreement(response, ended, RESPONSE_PROBE)
    tuned = unequal(experiment.plan.factors)
    return replace(found, notes=(*response.notes, *differs, *tuned, *found.notes))


def _secondary(experiment: Experiment, runs: list[Item], registered: Rules) -> tuple[Secondary, ...]:
    from jupyter_coimprove.evidence.analysis import analyse
    from jupyter_coimprove.evidence.secondaries import secondaries

    plan = experiment.plan
    tables = [
        (
            response.name,
            response.direction,
            [replace(row, items=()) for row in rows(experiment, runs, number)],
        )
        for number, response in enumerate(plan.also)
    ]
    return secondaries(tables, registered, holm=plan.secondary == "holm", analyse=analyse) if tables else ()


def evidence_of(record: Record, item: Item) -> Evidence:
    """The evidence of an experiment as it is kept, with what the one it repeats says of it."""
    experiment = shelf.registered(item)
    return evidence(
        experiment, shelf.runs_of(record, item.id), reseed_before=_reseed_before(record, experiment.plan)
    )


def _reseed_before(record: Record, plan: Plan) -> bool:
    """Whether the experiment that this one repeats had a reseed arm with an effect (STATISTICS 8)."""
    if plan.replicates is None or not any(arm.role == "reseed" for arm in plan.arms):
        return False
    first = record.get(plan.replicates)
    runs = shelf.runs_of(record, first.id)
    if "digest" not in first.data or not rows(shelf.registered(first), runs):
        return False
    return reseed_alarm(evidence(shelf.registered(first), runs))


def reseed_alarm(found: Evidence) -> bool:
    """Whether the baseline on fresh seeds shows an effect."""
    return any(control.role == "reseed" and control.alarm for control in found.controls)


def counted_blocks(experiment: Experiment, runs: list[Item]) -> tuple[int, ...]:
    """The blocks that the analysis looks at: all, or of a sequential design those it has come to.

    A sequential rule takes blocks in their registered order, up to the first in which a run is
    still under way, so that what it decides does not depend on which of two ended first. A repetition
    is no part of what it decides on, and is not waited for.
    """
    if experiment.plan.stopping == "fixed":
        return experiment.blocks
    under_way = {
        int(run.data["block"])
        for run in runs
        if run.state not in RUN_FINAL and not int(run.data["replicate"])
    }
    return tuple(itertools.takewhile(lambda block: block not in under_way, experiment.blocks))


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
        evidence_of(record, item), experiment, id=f"{PREFIXES['finding']}_{item.id.partition('_')[2]}", notebook=experiment.plan.notebook,
        runs=by_cell, deviations=shelf.deviations(item), counts=counts(record, item, runs),
    )  # fmt: skip


def counts(record: Record, item: Item, runs: list[Item]) -> dict[str, int]:
    """Runs by state; the experiments registered on the notebook, and on its response (STATISTICS 19).

    A pilot has no effects to report and is counted beside them. What was reported and abandoned is
    the report's to say: it changes after a finding is kept.
    """
    notebook, response = item.data.get("notebook"), item.data.get("response")
    here = [other for other in record.find("experiment", notebook=notebook) if "digest" in other.data]
    same = [other for other in here if shelf.compares(other)]
    return {
        **shelf.counts(runs),
        "runs": len(runs),
        "registered": sum("imported" not in other.data for other in same),
        "same_response": sum(other.data.get("response") == response for other in same),
        "pilots": sum(map(shelf.is_pilot, here)),
    }


def conclude(root: Path, record: Record, item: Item) -> str | None:
    """Keep the finding card of an experiment that has one to show; its id, None when it has it.

    The id follows from the experiment's, and the write expects it to be absent: made again
    after a crash, or by two processes at once, there is still one card.
    """
    from jupyter_coimprove.evidence import words
    from jupyter_coimprove.record.base import Draft

    if (
        shelf.registered(item).plan.design in ("baseline-only", "probe")
        or shelf.finding_of(record, item.id) is not None
    ):
        return None
    card = finding(record, item)
    data = card.as_dict()
    data.pop("id")
    data["markdown"] = words.markdown(card, figures=False)
    data["place"] = place(root, item)
    draft = Draft(id=card.id, kind="finding", event="proposed", state="pending", data=data, actor=TOOL)
    try:
        record.append([draft], expect={card.id: 0})
    except DecisionError:
        return None
    return card.id


def place(root: Path, item: Item) -> dict[str, Any]:
    """The cell that a finding is about, for who looks at it there: its number from 1 and its id.

    It is where it was when the experiment was registered. Number 0 where that cannot be read any
    more: a finding stands in the record all the same.
    """
    try:
        notebook = shelf.snapshot_notebook(root, item)
    except PlanError:
        return {"cell": 0, "cell_id": ""}
    cell = notebook.cells[response_cell(shelf.recorded_plan(item), notebook)]
    return {"cell": cell.index + 1, "cell_id": cell.id or ""}


def response_cell(plan: Plan, notebook: Notebook) -> int:
    """The cell whose result a finding is about: the last that defines or shows the response."""
    from jupyter_coimprove.kernelspace.transform import python_source
    from jupyter_coimprove.notebook.reading import read_candidates

    cells = [
        measured.cell
        for measured in read_candidates(notebook, python_source).measured
        if plan.response.expr in (measured.expr, measured.name)
    ]
    code = [cell.index for cell in notebook.code_cells]
    return max(cells) if cells else code[-1]
