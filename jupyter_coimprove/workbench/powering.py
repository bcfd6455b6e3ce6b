"""Whether a plan can decide, and what it costs: shown before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_coimprove.runs.run import Value
from jupyter_coimprove.workbench import concluding, shelf
from jupyter_coimprove.workbench.running import default_workers
from jupyter_coimprove.workbench.views import CostRow, PowerRow

if TYPE_CHECKING:
    import numpy as np

    from jupyter_coimprove.experiments.experiment import Plan
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.workbench.bench import Bench

SIMULATIONS = 400
#: The seed of the power simulation: the same plan shows the same figure.
SEED = 20261123


def baseline_values(bench: Bench, plan: Plan) -> list[float]:
    """Responses of the baseline in earlier runs of this notebook: what its spread is known from."""
    record = bench.record()
    out = []
    for item in record.find("experiment", notebook=plan.notebook, response=plan.response.expr):
        if "digest" not in item.data or item.trust != "own":
            continue
        experiment = shelf.registered(item)
        for run in shelf.runs_of(record, item.id):
            if run.state != "completed" or str(run.data["arm"]) != experiment.plan.baseline.name:
                continue
            value: Value = concluding.response_value(experiment, run.data)
            if value.number is not None and not int(run.data["replicate"]):
                out.append(value.number)
    return out


def power(bench: Bench, plan: Plan) -> PowerRow:
    """The chance to decide the smallest effect of interest, by simulating the registered analysis.

    The spread of a difference is taken as that of two unpaired baseline runs (√2 times the
    baseline's, its 80 % upper bound): pairing can only make it smaller, so the figure is cautious.
    """
    import numpy as np

    from jupyter_coimprove.evidence.decide import decide
    from jupyter_coimprove.experiments import power as powers

    k = len(plan.treatments)
    order = plan.sequence or tuple(arm.name for arm in plan.treatments)

    def analyse(differences: np.ndarray) -> np.ndarray:
        return decide(differences, multiplicity=plan.multiplicity, alpha=plan.alpha, split_ratio=_ratio(plan))

    def at(spread: float, effect: float) -> powers.Power:
        return powers.power(
            treatments=len(order) or k, blocks=plan.blocks, spread=spread, smallest_effect=effect,
            analyse=analyse, rng=np.random.default_rng(SEED), simulations=SIMULATIONS,
            split_ratio=_ratio(plan),
        )  # fmt: skip

    if not k:
        return PowerRow(power=None, needed=None, reachable=True, basis="nothing is compared")
    values = baseline_values(bench, plan)
    if len(values) < 2 or plan.smallest_effect is None:
        one = at(1.0, 1.0)
        missing = "--smallest-effect" if plan.smallest_effect is None else "--pilot"
        return PowerRow(
            power=None, needed=None, reachable=one.reachable,
            basis=f"an effect of one spread of the differences is decided with probability {one.power:.0%}"
            f" at {plan.blocks} blocks; {missing} makes this a figure for your notebook"
            + ("" if one.reachable else f"; {one.reason}"),
            curve=tuple(one.curve),
        )  # fmt: skip
    spread = powers.spread_upper(float(np.std(values, ddof=1)), len(values)) * float(np.sqrt(2))
    if spread == 0:
        return PowerRow(
            power=1.0, needed=1, reachable=True, basis="the baseline gave the same value every time"
        )
    found = at(spread, plan.smallest_effect)
    basis = (
        f"spread of the differences at most {spread:.3g} (80 % bound from {len(values)} baseline runs, unpaired);"
        f" smallest effect {plan.smallest_effect:g}"
    )
    return PowerRow(
        power=found.power, needed=found.needed, reachable=found.reachable,
        basis=basis + (f"; {found.reason}" if found.reason else ""), curve=tuple(found.curve),
    )  # fmt: skip


def _ratio(plan: Plan) -> float | None:
    return plan.split_ratio if plan.block_kind == "split" else None


def cost(bench: Bench, plan: Plan, notebook: Notebook, *, workers: int | None = None) -> CostRow:
    """Runs and time, from earlier runs of this notebook, else from recorded cell times."""
    from jupyter_coimprove.experiments.cost import estimate

    workers = workers or default_workers()
    found = estimate(notebook, plan, cell_seconds=None, workers=workers)
    runs = found.runs
    measured = _measured_seconds(bench, plan)
    if measured is not None:
        seconds, n = measured
        return CostRow(
            runs=runs, run_seconds=round(seconds, 2), total_seconds=round(seconds * runs / workers, 1),
            workers=workers, basis=f"median of {n} earlier baseline run{'s' if n > 1 else ''}",
        )  # fmt: skip
    return CostRow(
        runs=runs, run_seconds=found.run_seconds, total_seconds=found.total_seconds, workers=workers,
        basis=found.basis,
    )  # fmt: skip


def _measured_seconds(bench: Bench, plan: Plan) -> tuple[float, int] | None:
    record = bench.record()
    seconds = sorted(
        float(run.data["seconds"])
        for item in record.find("experiment", notebook=plan.notebook)
        for run in shelf.runs_of(record, item.id)
        if run.state == "completed" and run.data.get("seconds")
    )
    return (seconds[len(seconds) // 2], len(seconds)) if seconds else None
