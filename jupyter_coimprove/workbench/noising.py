"""The baseline's spread: from a table, an experiment, or by running the baseline."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from jupyter_coimprove.errors import DecisionError, NotebookError, NothingToDo, UsageError
from jupyter_coimprove.ids import looks_like_id
from jupyter_coimprove.workbench import concluding, piloting, planning, running, shelf
from jupyter_coimprove.workbench.registering import register
from jupyter_coimprove.workbench.views import NoiseView, PlanView

if TYPE_CHECKING:
    from jupyter_coimprove.experiments.experiment import Plan
    from jupyter_coimprove.workbench.bench import Bench


def noise(
    bench: Bench, *, source: str, blocks: int = 5, response: str | None = None, direction: str | None = None,
    reduction: str | None = None, claim: list[str] | None = None, treatment: str | None = None,
    block: str | None = None, baseline: str | None = None, split_ratio: float | None = None,
    kernel: str | None = None, workers: int | None = None,
) -> NoiseView:  # fmt: skip
    """What the baseline's spread can show and what it cannot; claims are checked against it."""
    claims = [_number(text) for text in claim or ()]
    if blocks < 2:
        raise UsageError(f"{blocks} blocks give no spread", remedy="use --blocks 2 or more")
    if source in ("last", "-") or (looks_like_id(source) and not bench.path(source).exists()):
        item = shelf.experiment_item(bench.record(), source)
        values, name = _values(bench, item.id), str(item.data.get("response"))
        shown = _view(
            values, blocks, claims, source=item.id, response=name, experiment=item.id,
            split_ratio=_split_ratio(bench, item.id),
        )  # fmt: skip
        if piloting.blinded(bench.record(), item):
            return dataclasses.replace(shown, mean=None, values=(), notes=(*shown.notes, piloting.WHY))
        return shown
    path = bench.path(source)
    if path.suffix == ".ipynb":
        plan = _baseline_plan(
            bench, source, blocks, response=response, direction=direction, reduction=reduction, kernel=kernel
        )
        experiment = run_baseline(bench, plan, workers)
        return _view(
            _values(bench, experiment), blocks, claims, source=path.name, response=plan.response.name,
            experiment=experiment, split_ratio=_split_ratio(bench, experiment),
        )  # fmt: skip
    from jupyter_coimprove.workbench.tabling import read_results

    table = read_results(path, block=block, treatment=treatment, response=response, reduction=reduction).table
    values = table.values(baseline)
    return _view(values, blocks, claims, source=path.name, response=table.response, split_ratio=split_ratio)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is not a difference", remedy="write a number, as in --claim 0.4"
        ) from error


def _view(
    values: list[float], blocks: int, claims: list[float], *, source: str, response: str, experiment: str = "",
    split_ratio: float | None = None,
) -> NoiseView:  # fmt: skip
    from jupyter_coimprove.evidence.noise import noise as spread

    if len(values) < 2:
        raise NotebookError(
            f"{source} gave {len(values)} finite value{'s' if len(values) != 1 else ''} of {response}",
            remedy="a spread needs two; `coimprove status` shows what failed",
        )
    found = spread(values, blocks=blocks, claims=claims, split_ratio=split_ratio)
    return NoiseView(
        summary=found.sentence, source=source, response=response, n=found.n, mean=found.mean, sd=found.sd,
        sd_upper=found.sd_upper, blocks=blocks, visible=found.visible,
        claims=tuple({"claim": value, "needed": needed} for value, needed in found.claims),
        values=tuple(values), experiment=experiment, notes=found.notes,
    )  # fmt: skip


def _values(bench: Bench, experiment: str) -> list[float]:
    """The baseline's finite responses, one a block."""
    record = bench.record()
    registered = shelf.registered(record.get(experiment))
    name = registered.plan.baseline.name
    table = concluding.rows(registered, shelf.runs_of(record, experiment))
    return [
        row.value.number
        for row in table
        if row.arm == name and not row.replicate and row.value.number is not None
    ]


def _split_ratio(bench: Bench, experiment: str) -> float | None:
    """n_test / n_train as the baseline's runs gave it, where blocks are repeated splits."""
    from jupyter_coimprove.evidence.pairing import grid, split_ratio

    registered = shelf.registered(bench.record().get(experiment))
    rows = concluding.rows(registered, shelf.runs_of(bench.record(), experiment))
    return split_ratio(grid(rows, concluding.rules(registered.plan, registered.blocks)))[0]


def _baseline_plan(bench: Bench, notebook: str, blocks: int, **wanted: str | None) -> Plan:
    """A plan with the baseline alone."""
    from jupyter_coimprove.experiments.design import build
    from jupyter_coimprove.experiments.request import PlanRequest
    from jupyter_coimprove.kernelspace.transform import python_source

    found, reading = planning.read(bench, notebook)
    known = {key: value for key, value in wanted.items() if value is not None}
    known.setdefault("direction", "max")
    request = PlanRequest(
        question=f"how noisy is {found.path.name}?",
        factors=(),
        design="baseline-only",
        blocks=blocks,
        **known,  # type: ignore[arg-type]
    )
    plan = build(found, reading, request, transform=python_source)
    bench.where = dataclasses.replace(bench.where, notebook=found.path)
    return dataclasses.replace(plan, notebook=shelf.notebook_name(bench.root(found.path), found.path))


def run_baseline(bench: Bench, plan: Plan, workers: int | None) -> str:
    """Register and run a baseline-only plan that the person just asked for; its experiment."""
    notebook = shelf.read_notebook(bench, shelf.notebook_path(bench.root(), plan.notebook))
    view = planning.keep(bench, notebook, plan, provider="the person's own")
    item = bench.record().get(view.id)
    running.check_kernel(bench, item)
    register(bench, item)
    waits, bench.waits = bench.waits, True
    try:
        running.start(bench, view.id, workers=workers, wait=True, detach=False)
    finally:
        bench.waits = waits
    _raise_if_all_failed(bench, view.id)
    return view.id


def _raise_if_all_failed(bench: Bench, experiment: str) -> None:
    runs = shelf.runs_of(bench.record(), experiment)
    if any(run.state in ("completed", "reused") for run in runs):
        return
    error = next((run.data["error"] for run in runs if run.data.get("error")), None)
    why = (
        f"{error['name']}: {error['value']}"
        if error
        else ", ".join(str(run.data.get("reason")) for run in runs[:1])
    )
    raise NotebookError(
        f"no baseline run completed: {why}", remedy=f"`coimprove status {experiment}` shows each run"
    )


def pilot_run(bench: Bench, plan: Plan, blocks: int, workers: int | None = None) -> str:
    """A blinded pilot of the baseline: it shows spread and cost, never an effect."""
    if blocks < 2:
        raise UsageError(f"a pilot of {blocks} shows no spread", remedy="use --pilot 3 or more")
    return run_baseline(bench, baseline_of(plan, blocks), workers)


def pilot(bench: Bench, *, experiment: str, blocks: int = 5, workers: int | None = None) -> PlanView:
    """Run the baseline of a draft, blinded, and keep with the draft what it showed of spread and cost.

    What decides is frozen before: the smallest effect and the margin that the draft has now.
    """
    bench.require_person("a pilot runs the notebook; it")
    item = shelf.own(shelf.experiment_item(bench.record(), experiment))
    if item.state not in ("draft", "deferred"):
        raise DecisionError(f"{item.id} is {item.state}: a pilot comes before", remedy="plan it again")
    plan, _ = shelf.current_plan(bench.root(), item)
    if plan.extra.get("pilot"):
        raise NothingToDo(f"{item.id} has its pilot already: {plan.extra['pilot']}")
    done = pilot_run(bench, plan, blocks, workers)
    piloting.keep(bench, item.id, done)
    return planning.view(bench, bench.record().get(item.id))


def baseline_of(plan: Plan, blocks: int) -> Plan:
    """The same plan with its baseline alone, over so many blocks; what decides is registered with it."""
    return dataclasses.replace(
        plan, question=f"pilot: {plan.question}", design="baseline-only", arms=(plan.baseline,),
        factors=plan.factors if plan.baseline.settings else (), test="paired t",
        blocks=blocks, block_numbers=(), stopping="fixed", multiplicity="holm", sequence=(), hypothesis=None,
        repeat_baseline=False, status="exploratory", extra={"blinded": True}, also=(), secondary="descriptive",
    )  # fmt: skip
