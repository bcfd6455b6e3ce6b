"""Reading ``plan.toml`` back: every entry checked, every complaint with its line."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, cast, get_args

from jupyter_coimprove.errors import CoimproveError, PlanError, UnknownName
from jupyter_coimprove.experiments import levels
from jupyter_coimprove.experiments.arms import BASELINE, UNCHANGED, arm_name, contrasts
from jupyter_coimprove.experiments.experiment import (
    Arm,
    ArmRole,
    BlockKind,
    Budget,
    DesignKind,
    Factor,
    Multiplicity,
    Plan,
    Seed,
    Status,
    Stopping,
    TestName,
)
from jupyter_coimprove.experiments.planresponse import load_response
from jupyter_coimprove.experiments.plantable import Table as _Table
from jupyter_coimprove.notebook.candidates import OperatorName
from jupyter_coimprove.notebook.cells import Place

_TOP = (
    "version", "question", "notebook", "kernel", "design", "status", "blocks", "block_numbers",
    "block_kind", "repeat_baseline", "smallest_effect", "margin", "hypothesis", "alpha", "stopping", "test", "multiplicity",
    "sequence", "response", "also", "secondary", "arms", "seeds", "budget", "internal",
)  # fmt: skip
_INTERNAL = (
    "notebook_digest", "baseline", "split_sizes", "split_ratio", "replicates", "seeding_cell", "seeding_before", "extra",
    "factors", "seeds",
)  # fmt: skip


def load(text: str) -> Plan:
    """The plan that a ``plan.toml`` holds.

    Raises UnknownName for an entry or arm that is not known, PlanError with the line for
    anything else that is wrong.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlanError(
            f"plan.toml cannot be read: {error}", remedy="texts stand in quotes, lists in []"
        ) from error
    except RecursionError as error:
        raise PlanError("plan.toml is nested too deeply to be read") from error
    top = _Table(text, "", data).only(_TOP)
    version = top.get("version", int)
    if version != 1:
        raise top.refuse(
            "version", f"is {version}: written by a newer coimprove", "upgrade jupyter-coimprove"
        )
    internal = top.table("internal").only(_INTERNAL)
    design = cast(DesignKind, top.choice("design", get_args(DesignKind)))
    known = [_factor(table) for table in internal.tables("factors")]
    factors, arms = _arms(top, internal, known, design)
    sequence = top.texts("sequence", [])
    sizes = internal.texts("split_sizes", [])
    plan = Plan(
        question=top.get("question", str),
        notebook=top.get("notebook", str),
        notebook_digest=internal.get("notebook_digest", str),
        kernel=top.get("kernel", str, None),
        design=design,
        factors=factors,
        arms=arms,
        seeds=_seeds(top, internal),
        seeding_cell=internal.get("seeding_cell", str, None),
        seeding_before=internal.get("seeding_before", int, None),
        blocks=_blocks(top),
        block_kind=cast(BlockKind, top.choice("block_kind", get_args(BlockKind))),
        block_numbers=_block_numbers(top),
        response=load_response(top.table("response")),
        also=tuple(load_response(table) for table in top.tables("also")),
        secondary=top.choice("secondary", ("descriptive", "holm"), "descriptive"),
        test=cast(TestName, top.choice("test", get_args(TestName), "paired t")),
        stopping=cast(Stopping, top.choice("stopping", get_args(Stopping), "fixed")),
        multiplicity=cast(Multiplicity, top.choice("multiplicity", get_args(Multiplicity), "holm")),
        sequence=sequence,
        hypothesis=top.get("hypothesis", str, None),
        smallest_effect=_positive(top, "smallest_effect", None),
        margin=_positive(top, "margin", None),
        alpha=top.get("alpha", float, 0.05),
        repeat_baseline=top.get("repeat_baseline", bool, True),
        split_sizes=_pair(internal, sizes),
        split_ratio=internal.get("split_ratio", float, None),
        budget=_budget(top),
        status=cast(Status, top.choice("status", get_args(Status), "confirmatory")),
        replicates=internal.get("replicates", str, None),
        extra=_extra(internal),
    )
    tested = contrasts(plan)
    for name in sequence:
        if name not in tested:
            raise UnknownName(f"arm for the sequence (plan.toml, line {top.line('sequence')})", name, tested)
    return plan


def _positive(table: _Table, key: str, default: Any) -> Any:
    value = table.get(key, float, default)
    if value is not None and value <= 0:
        raise table.refuse(key, f"is {value}", "write a positive number")
    return value


def _blocks(top: _Table) -> int:
    blocks = top.get("blocks", int)
    numbers = top.data.get("block_numbers")
    if blocks < 1:
        raise top.refuse("blocks", f"is {blocks}", "an experiment has at least one block")
    if isinstance(numbers, list) and numbers and len(numbers) != blocks:
        raise top.refuse("blocks", f"is {blocks}, but block_numbers names {len(numbers)}")
    return int(blocks)


def _block_numbers(top: _Table) -> tuple[int, ...]:
    numbers = top.get("block_numbers", list, [])
    for number in numbers:
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 2**31 - 1:
            raise top.refuse("block_numbers", f"has {number!r}", "write whole numbers from 0 to 2147483646")
    if len(set(numbers)) < len(numbers):
        raise top.refuse("block_numbers", "names a block twice")
    return tuple(numbers)


def _pair(internal: _Table, sizes: tuple[str, ...]) -> tuple[str, str] | None:
    if not sizes:
        return None
    if len(sizes) != 2:
        raise internal.refuse("split_sizes", "is not two expressions")
    return sizes[0], sizes[1]


def _budget(top: _Table) -> Budget:
    table = top.table("budget", {}).only([f.name for f in fields(Budget)])
    limit: float | None
    if table.data.get("run_seconds") == "none":
        limit = None
    else:
        limit = _positive(table, "run_seconds", Budget.run_seconds)
    return Budget(
        run_seconds=limit,
        total_seconds=_positive(table, "total_seconds", None),
        output_mb=_positive(table, "output_mb", Budget.output_mb),
        keep_mb=_positive(table, "keep_mb", None),
        disk_mb=_positive(table, "disk_mb", None),
    )


def _extra(internal: _Table) -> Mapping[str, Any]:
    text = internal.get("extra", str, "{}")
    try:
        extra = json.loads(text)
    except ValueError as error:
        raise internal.refuse("extra", "is not JSON") from error
    if not isinstance(extra, dict):
        raise internal.refuse("extra", "is not a JSON object")
    return extra


def _places(table: _Table) -> tuple[Place, ...]:
    try:
        return tuple(Place.from_dict(entry) for entry in table.get("places", list))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise table.refuse("places", f"is not as it was written ({error})", "plan again") from error


def _factor(table: _Table) -> Factor:
    table.only(("name", "operator", "kind", "parameter", "levels", "places"))
    found = table.texts("levels")
    if not found:
        raise table.refuse("levels", "is empty")
    return Factor(
        name=table.get("name", str),
        operator=cast(OperatorName, table.choice("operator", get_args(OperatorName))),
        places=_places(table),
        levels=found,
        kind=table.get("kind", str),
        parameter=table.get("parameter", bool, False),
    )


def _seeds(top: _Table, internal: _Table) -> tuple[Seed, ...]:
    tables = internal.tables("seeds")
    varied = top.table("seeds", {}).only([table.get("name", str) for table in tables])
    out = []
    for table in tables:
        table.only(("name", "original", "group", "parameter", "places"))
        name = table.get("name", str)
        out.append(
            Seed(
                name=name, places=_places(table), original=table.get("original", str),
                group=table.get("group", int), varied=varied.get(name, bool, False),
                parameter=table.get("parameter", bool, False),
            )
        )  # fmt: skip
    return tuple(out)


def _arms(
    top: _Table, internal: _Table, known: list[Factor], design: DesignKind
) -> tuple[tuple[Factor, ...], tuple[Arm, ...]]:
    """Arms as written, and factors with the levels that the arms use; a changed level is checked."""
    factors = {factor.name: factor for factor in known}
    used: dict[str, list[str]] = {name: [] for name in factors}
    tables = top.tables("arms")
    arms = [Arm(name=internal.get("baseline", str, BASELINE))]
    if any(table.data.get("role") == "baseline" for table in tables):
        arms.clear()  # it stands among them: the notebook with every factor taken away
    for table in tables:
        table.only(("name", "set", "role"))
        role = cast(ArmRole, table.choice("role", get_args(ArmRole), "treatment"))
        settings = {}
        for name, written in table.table("set").data.items():
            if name not in factors:
                raise UnknownName(f"factor (plan.toml, line {table.line('set')})", name, factors)
            level = _level(table, factors[name], written)
            settings[name] = level
            if level not in used[name]:
                used[name].append(level)
        if not settings and role not in UNCHANGED:
            raise table.refuse("set", "changes nothing", "the baseline runs anyway: delete this arm")
        name = table.get("name", str, arm_name(settings, known, design, role))
        if any(arm.name == name for arm in arms):
            raise PlanError(
                f"plan.toml, line {table.line('set')}: two arms are called {name!r}",
                remedy="delete one of them",
            )
        arms.append(Arm(name=name, settings=settings, role=role))
    return tuple(_with_levels(factor, used[factor.name]) for factor in known), tuple(arms)


def _with_levels(factor: Factor, used: list[str]) -> Factor:
    kept = [level for level in factor.levels[1:] if level in used]
    new = [level for level in used if level not in kept]
    if kept == list(factor.levels[1:]) and not new:
        return factor
    exact = factor.operator == "set" and all(
        levels.json_exact(levels.literal(level)) for level in (*kept, *new)
    )
    return Factor(
        name=factor.name, operator=factor.operator, places=factor.places,
        levels=(factor.levels[0], *kept, *new), kind=factor.kind, parameter=factor.parameter and exact,
    )  # fmt: skip


def _level(table: _Table, factor: Factor, written: Any) -> str:
    text = written if isinstance(written, str) else repr(written)
    if text in factor.levels[1:]:
        return text
    where = f"plan.toml, line {table.line('set')}: "
    if factor.operator != "set":
        if text.lower() in levels.OFF_WORDS:
            return levels.DROPPED
        raise PlanError(f'{where}{factor.name} can only be set to "{levels.DROPPED}", not {text!r}')
    try:
        level, _ = levels.coerce(factor.name, text, baseline=factor.levels[0])
        levels.distinct(factor.name, [factor.levels[0], level])
    except CoimproveError as error:
        raise PlanError(where + error.message, remedy=error.remedy) from error
    same = [old for old in factor.levels[1:] if levels.same(levels.literal(old), levels.literal(level))]
    return same[0] if same else level
