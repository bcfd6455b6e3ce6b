"""Whether a plan can decide, and what it costs: shown before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from jupyter_coimprove.runs.run import Value
from jupyter_coimprove.workbench import concluding, probing, sharing, shelf
from jupyter_coimprove.workbench.gating import most_kept_mb
from jupyter_coimprove.workbench.running import default_workers
from jupyter_coimprove.workbench.views import CostRow, PowerRow

if TYPE_CHECKING:
    import numpy as np

    from jupyter_coimprove.experiments.experiment import Plan
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.workbench.bench import Bench

SIMULATIONS = 400
#: Of a test that counts all signs, so that a plan takes no longer than a second.
FLIPPED = 100
#: A chance that a fixed design is asked for as well: under it any number of blocks would do, above it none is enough.
_LEAST_CHANCE, _SURE = 0.2, 0.99
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
        if dict(experiment.plan.baseline.settings) != dict(plan.baseline.settings):
            continue
        if not probing.same_number(experiment.plan.response, plan.response):
            continue
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
    from jupyter_coimprove.evidence.sequential import expected, stop_blocks
    from jupyter_coimprove.evidence.stopping import awaited
    from jupyter_coimprove.evidence.stopping import level as level_of
    from jupyter_coimprove.experiments import power as powers
    from jupyter_coimprove.experiments.arms import contrasts

    names = contrasts(plan)
    k = len(names)
    order = plan.sequence or names
    narrower, references = _contrasted(plan, order)

    sequential = plan.stopping == "sequential"

    def analyse(differences: np.ndarray) -> np.ndarray:
        if sequential:
            return stop_blocks(differences, level) > 0
        return decide(
            differences,
            multiplicity=plan.multiplicity,
            alpha=plan.alpha,
            split_ratio=_ratio(plan),
            test=plan.test,
        )

    def at(spread: float, effect: float) -> powers.Power:
        return powers.power(
            treatments=len(order) or k, blocks=plan.blocks, spread=spread, smallest_effect=effect,
            analyse=analyse, rng=np.random.default_rng(SEED),
            simulations=SIMULATIONS if plan.test == "paired t" else FLIPPED,
            split_ratio=_ratio(plan), references=references,
        )  # fmt: skip

    if not k:
        return PowerRow(power=None, needed=None, reachable=True, basis="nothing is compared")
    if plan.block_kind == "none":
        return PowerRow(
            power=None, needed=1, reachable=True, least=1,
            basis="blocks draw nothing anew: where the runs are determined, one block shows the exact difference",
        )  # fmt: skip
    method: Literal["paired t", "sign-flip"] = plan.test
    tested = 1 if plan.multiplicity == "primary" else k
    least = powers.blocks_to_reach(tested, method, plan.multiplicity, plan.alpha)
    level, waits_for = level_of(concluding.rules(plan)), len(awaited(concluding.rules(plan)))

    def takes(effect: float) -> float | None:
        if not sequential:
            return None
        rng = np.random.default_rng(SEED)
        return expected(
            effect, treatments=waits_for, most=plan.blocks, alpha=level * waits_for, rng=rng
        ).blocks

    def instead(effect: float, chance: float) -> int | None:
        """Blocks of a fixed design with that chance to decide the effect (in spreads); None where none has it."""
        if not sequential or chance < _LEAST_CHANCE:
            return None
        return powers.blocks_needed(effect, 1.0, alpha=level, aim=min(chance, _SURE)) or None

    values = baseline_values(bench, plan)
    if len(values) < 2 or plan.smallest_effect is None:
        one = at(1.0, 1.0)
        missing = "--smallest-effect" if plan.smallest_effect is None else "--pilot"
        assumed = (
            "assumed, as nothing is known of the spread: an effect as large as the differences spread"
            if len(values) < 2
            else "an effect of one spread of the differences"
        )
        equivalence = (
            "" if plan.margin is None else "equivalence: its chance rests on the spread, which --pilot tells"
        )
        return PowerRow(
            power=None, needed=None, reachable=one.reachable, least=least, equivalence=equivalence,
            basis=f"{assumed} is decided with probability {one.power:.0%}"
            f" at {plan.blocks} blocks; {missing} makes this a figure for your notebook"
            + ("" if one.reachable else f"; {_unreachable(plan, least)}"),
            curve=tuple(one.curve), expected_blocks=takes(1.0),
            fixed_blocks=instead(1.0, one.power),
        )  # fmt: skip
    spread = powers.spread_upper(float(np.std(values, ddof=1)), len(values)) * float(np.sqrt(2)) * narrower
    if spread == 0:
        return PowerRow(
            power=1.0, needed=1, reachable=True, basis="the baseline gave the same value every time"
        )
    found = at(spread, plan.smallest_effect)
    share = plan.alpha / tested if plan.multiplicity in ("holm", "bonferroni") else plan.alpha
    reason = found.reason if found.reachable else _unreachable(plan, least)
    basis = (
        f"spread of the differences at most {spread:.3g} (80 % bound from {len(values)} baseline runs, unpaired);"
        f" smallest effect {plan.smallest_effect:g}"
    )
    return PowerRow(
        power=found.power, needed=found.needed, reachable=found.reachable, least=least,
        basis=basis + (f"; {reason}" if reason else ""), curve=tuple(found.curve),
        equivalence=_equivalence(plan, spread, share),
        expected_blocks=takes(plan.smallest_effect / spread), never=_floor(plan, spread),
        fixed_blocks=instead(plan.smallest_effect / spread, found.power),
    )  # fmt: skip


def _unreachable(plan: Plan, least: int) -> str:
    """That no effect is large enough for this number of blocks, and how many could decide one."""
    noun = "block" if plan.blocks == 1 else "blocks"
    return f"{plan.blocks} {noun} cannot reach a verdict, however large the effect; {least} could"


def _equivalence(plan: Plan, spread: float, alpha: float) -> str:
    """Whether the plan can find a treatment equivalent that does not differ, in a sentence."""
    from jupyter_coimprove.experiments import power as powers

    if plan.margin is None:
        return ""
    ratio = _ratio(plan) or 0.0
    chance = powers.equivalence_power(plan.margin, spread, plan.blocks, alpha=alpha, ratio=ratio)
    needed = powers.equivalence_needed(plan.margin, spread, alpha=alpha, ratio=ratio)
    text = f"equivalence within ±{plan.margin:g}: found with a chance of {chance:.0%} where nothing differs"
    if needed == 0:
        return f"{text}; no number of splits would with 80 %: more data, or a wider margin"
    if needed is None:
        return f"{text}; not even {powers.MOST_BLOCKS} blocks would with 80 %: a wider margin would"
    return text if needed <= plan.blocks else f"{text}; 80 % needs about {needed} blocks"


def _contrasted(plan: Plan, order: tuple[str, ...]) -> tuple[float, list[int]]:
    """How much narrower a contrast spreads than a paired difference, and what each is compared with.

    A main effect is the difference of two means of half the runs of a block each: its variance is
    2/runs of a pair's, and main effects are independent.
    """
    from jupyter_coimprove.experiments.experiment import CROSSED

    if plan.design in CROSSED:
        return (2 / (len(plan.treatments) + 1)) ** 0.5, list(range(len(order)))
    added = {arm.name for arm in plan.treatments if plan.reference(arm) != plan.baseline}
    return 1.0, [int(name in added) for name in order]


def _ratio(plan: Plan) -> float | None:
    """n_test / n_train of repeated splits, as the analysis takes it: one to one where it is not known."""
    return (plan.split_ratio or 1.0) if plan.block_kind == "split" else None


def _floor(plan: Plan, spread: float) -> str:
    """What no number of splits can decide, in words; empty where blocks are no splits or it is in reach."""
    from jupyter_coimprove.evidence.stopping import level
    from jupyter_coimprove.experiments.power import blocks_needed

    ratio, smallest = _ratio(plan), plan.smallest_effect
    if ratio is None or smallest is None:
        return ""
    alpha = plan.alpha if plan.multiplicity == "fixed-sequence" else level(concluding.rules(plan))
    if blocks_needed(smallest, spread, alpha=alpha, ratio=ratio):
        return ""
    floor = 1.96 * ratio**0.5 * spread
    return (
        f"never: splits of the same data do not decide {smallest:g}, however many (their floor is {floor:.3g}); "
        "more data would"
    )


def cost(bench: Bench, plan: Plan, notebook: Notebook, *, workers: int | None = None) -> CostRow:
    """Runs and time, from earlier runs of this notebook, else from recorded cell times; of a sequential
    design the most there can be."""
    from jupyter_coimprove.experiments.cost import estimate

    workers = workers or default_workers()
    found = estimate(notebook, plan, cell_seconds=None, workers=workers)
    runs = found.runs
    measured = _measured_seconds(bench, plan)
    most = "" if sharing.whole_here() else "; at most: cells that runs share are executed once"
    if measured is not None:
        seconds, n = measured
        kept = most_kept_mb(bench.record(), plan.notebook)
        return CostRow(
            runs=runs, run_seconds=round(seconds, 2), total_seconds=round(seconds * runs / workers, 1),
            workers=workers, disk_mb=None if kept is None else round(kept * runs, 1),
            basis=f"median of {n} earlier run{'s' if n > 1 else ''}" + most,
        )  # fmt: skip
    return CostRow(
        runs=runs, run_seconds=found.run_seconds, total_seconds=found.total_seconds, workers=workers,
        basis=found.basis + (most if found.run_seconds is not None else ""),
    )  # fmt: skip


def _measured_seconds(bench: Bench, plan: Plan) -> tuple[float, int] | None:
    """The median over what runs of this notebook took or, where they shared cells, would have taken; and of how many."""
    record = bench.record()
    seconds = sorted(
        sharing.whole_seconds(run)
        for item in record.find("experiment", notebook=plan.notebook)
        for run in shelf.runs_of(record, item.id)
        if run.state == "completed" and run.data.get("seconds")
    )
    return (seconds[len(seconds) // 2], len(seconds)) if seconds else None
