"""A plan becomes an experiment: checked, put under a digest, its blocks derived; it cannot change after."""

from __future__ import annotations

import ast
import dataclasses
import math
from collections.abc import Collection
from typing import Any

from jupyter_coimprove.digests import digest_json
from jupyter_coimprove.errors import CoimproveError, PlanChanged, PlanError
from jupyter_coimprove.experiments import blocks, levels
from jupyter_coimprove.experiments import reduction as reductions
from jupyter_coimprove.experiments.arms import contrasts
from jupyter_coimprove.experiments.checking import check_design
from jupyter_coimprove.experiments.experiment import Experiment, Plan, Response
from jupyter_coimprove.experiments.planfile import changed, load
from jupyter_coimprove.experiments.secondary import check_also
from jupyter_coimprove.experiments.sources import check_pattern
from jupyter_coimprove.experiments.stopping import check_sequential, check_test


def digest(plan: Plan) -> str:
    """Digest of everything in a plan that a decision rests on, the notebook's code included."""
    data = _plain(plan)
    for words in ("warnings", "chance"):  # about the plan, not part of it
        data["extra"].pop(words, None)
    if data["response"]["clusters"] is None:
        del data["response"]["clusters"]
    for name, usual in (("test", "paired t"), ("also", []), ("secondary", "descriptive")):
        if data[name] == usual:
            del data[name]
    if data["stopping"] == "fixed":
        del data["stopping"]  # as plans were before there was a choice
    for arm in data["arms"]:
        if arm["role"] == "treatment":
            del arm["role"]  # plans from before there were roles keep their digest
    if data["seeding_before"] is None:
        del data["seeding_before"]
    for limit in ("keep_mb", "disk_mb"):
        if data["budget"][limit] is None:
            del data["budget"][limit]  # as budgets were before there were these
    try:
        return digest_json(data)
    except ValueError as error:
        raise PlanError(f"the plan holds a value that cannot be kept: {error}") from error


def register(
    plan: Plan, *, id: str, salt: bytes, at: str, snapshot: str, earlier_blocks: Collection[int] = frozenset()
) -> Experiment:
    """Freeze a plan. Blocks come from its digest and the salt, never one of ``earlier_blocks``.

    Raises PlanError for a plan that cannot be run or could not be told apart later.
    """
    check(plan)
    frozen = digest(plan)
    numbers = plan.block_numbers or blocks.block_numbers(frozen, salt, plan.blocks, frozenset(earlier_blocks))
    reseeds: tuple[int, ...] = ()
    if any(arm.role == "reseed" for arm in plan.arms):
        reseeds = blocks.block_numbers(frozen, salt, len(numbers), frozenset((*earlier_blocks, *numbers)))
    return Experiment(
        id=id, plan=plan, digest=frozen, blocks=tuple(numbers), registered_at=at, snapshot=snapshot,
        reseeds=reseeds,
    )  # fmt: skip


def verify_unchanged(experiment: Experiment, plan_text: str) -> None:
    """Raise PlanChanged, saying what differs, when ``plan.toml`` is not what was registered."""
    remedy = "put back what was registered, or plan a new experiment"
    try:
        now = load(plan_text)
    except CoimproveError as error:
        raise PlanChanged(
            f"the plan was changed after registration and no longer reads: {error.message}", remedy=remedy
        ) from error
    if digest(now) != experiment.digest:
        what = changed(experiment.plan, now) or ["the registered plan itself"]
        raise PlanChanged(f"the plan was changed after registration: {'; '.join(what)}", remedy=remedy)


def check(plan: Plan) -> None:
    """Refuse (PlanError) what cannot be run or decided as it stands."""
    for response in (plan.response, *plan.also):
        _check_response(response)
    check_also(plan)
    _check_arms(plan)
    check_design(plan)
    _check_blocks(plan)
    _check_rules(plan)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if hasattr(value, "items"):
        return {key: _plain(entry) for key, entry in value.items()}
    return value


def _check_response(response: Response) -> None:
    if not response.name.strip() or not response.expr.strip():
        raise PlanError("the plan names no response", remedy="say what is measured: response.expr")
    _check_reduction(response)
    for text in (
        response.expr if response.how in ("variable", "expression") else "0",
        response.items or "0",
        response.clusters or "0",
    ):
        try:
            ast.parse(text.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise PlanError(
                f"the response {text!r} is not an expression",
                remedy="name a variable or write one expression",
            ) from error


def _check_reduction(response: Response) -> None:
    """The reduction is one, its series stands beside it, and a pattern has its one group."""
    reduction = reductions.parse(response.reduction)
    if (reduction.kind == "at best") != (response.by is not None):
        raise PlanError(
            f"the reduction is {response.reduction!r}, and [response.by] is "
            + ("missing" if response.by is None else "there"),
            remedy="plan again with --reduction, or give both or neither",
        )
    if response.by is not None:
        _check_response(response.by)
    if response.how == "printed" or response.pattern:
        check_pattern(response.pattern)
    if response.how == "file" and not response.file.strip():
        raise PlanError("the response is a column of no file", remedy="say which: response.file")


def _check_arms(plan: Plan) -> None:
    names = [arm.name for arm in plan.arms]
    if len(set(names)) < len(names):
        raise PlanError("two arms have the same name", remedy="rename one of them")
    baselines = [arm.name for arm in plan.arms if arm.is_baseline]
    if len(baselines) != 1:
        raise PlanError(f"the plan has {len(baselines)} baselines instead of one", remedy="plan again")
    factors = {factor.name: factor for factor in plan.factors}
    if len(factors) < len(plan.factors):
        raise PlanError("two factors have the same name", remedy="plan again")
    seen: dict[tuple[tuple[str, str], ...], str] = {}
    for arm in plan.arms:
        for name, level in arm.settings.items():
            if name not in factors:
                raise PlanError(f"arm {arm.name} sets {name}, which is no factor of the plan")
            if level not in factors[name].levels[1:]:
                raise PlanError(f"arm {arm.name} sets {name} to {level}, which is none of its levels")
        key = tuple(sorted(arm.settings.items()))
        if arm in plan.treatments and key in seen:
            raise PlanError(f"arms {seen[key]} and {arm.name} are the same", remedy="leave one out")
        if arm in plan.treatments:
            seen[key] = arm.name
    for factor in plan.factors:
        if factor.operator != "set" and factor.levels != (levels.KEPT, levels.DROPPED):
            raise PlanError(f"{factor.name} is kept or dropped; its levels are {', '.join(factor.levels)}")
        if factor.parameter and not levels.injectable(factor.name):
            raise PlanError(
                f"{factor.name!r} cannot be a parameter: not a plain name, or one of Python's own"
            )
    for seed in plan.seeds:
        if seed.parameter and not levels.injectable(seed.name):
            raise PlanError(f"{seed.name!r} cannot be a parameter: not a plain name, or one of Python's own")


def _check_blocks(plan: Plan) -> None:
    if plan.blocks < 1:
        raise PlanError("the plan has no blocks", remedy="an experiment has at least one block")
    if plan.block_numbers:
        if len(plan.block_numbers) != plan.blocks or len(set(plan.block_numbers)) != plan.blocks:
            raise PlanError(f"block_numbers does not name {plan.blocks} different blocks")
        if plan.status == "confirmatory":
            raise PlanError(
                "hand-picked blocks cannot be confirmatory",
                remedy='set status = "exploratory", or leave block_numbers out',
            )


def _check_rules(plan: Plan) -> None:
    treatments = contrasts(plan)
    if not 0 < plan.alpha < 0.5:
        raise PlanError(f"alpha is {plan.alpha}", remedy="write a number between 0 and 0.5, such as 0.05")
    for name in ("margin", "smallest_effect"):
        value = getattr(plan, name)
        if value is not None and not (math.isfinite(value) and value > 0):
            raise PlanError(f"{name} is {value}", remedy="write a positive number in units of the response")
    if len(set(plan.sequence)) < len(plan.sequence) or not set(plan.sequence) <= set(treatments):
        raise PlanError("the sequence names an arm twice, or one that is not there")
    if plan.multiplicity == "fixed-sequence" and set(plan.sequence) != set(treatments):
        rest = ", ".join(name for name in treatments if name not in plan.sequence)
        raise PlanError(f"the fixed sequence leaves out {rest}", remedy="order all arms in `sequence`")
    if plan.multiplicity == "primary" and len(plan.sequence) != 1:
        raise PlanError("a primary contrast names one arm", remedy='write sequence = ["ARM"]')
    check_test(plan)
    if plan.hypothesis and " = " in plan.hypothesis.replace(plan.baseline.name, "") and plan.margin is None:
        one = plan.hypothesis.rpartition(" = ")[2].strip()
        if one == plan.baseline.name:
            raise PlanError("an equality cannot be shown without a margin", remedy="write margin = … as well")
    if plan.stopping == "sequential":
        check_sequential(plan)
    elif plan.multiplicity == "bonferroni":
        raise PlanError(
            "bonferroni is the rule of a sequential design; at a fixed number of blocks holm decides more",
            remedy='set multiplicity = "holm", or stopping = "sequential"',
        )
