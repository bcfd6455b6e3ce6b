"""Reading ``plan.toml`` back: every entry checked, every complaint with its line."""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, cast, get_args

from jupyter_coimprove.errors import CoimproveError, PlanError, UnknownName
from jupyter_coimprove.experiments import levels
from jupyter_coimprove.experiments.arms import BASELINE, arm_name
from jupyter_coimprove.experiments.experiment import (
    Arm,
    BlockKind,
    Budget,
    DesignKind,
    Factor,
    Multiplicity,
    Plan,
    Response,
    Seed,
    Status,
)
from jupyter_coimprove.notebook.cells import Place

_TOP = (
    "version", "question", "notebook", "kernel", "design", "status", "blocks", "block_numbers",
    "block_kind", "repeat_baseline", "smallest_effect", "margin", "hypothesis", "alpha", "multiplicity",
    "sequence", "response", "arms", "seeds", "budget", "internal",
)  # fmt: skip
_INTERNAL = (
    "notebook_digest", "baseline", "split_sizes", "split_ratio", "replicates", "seeding_cell", "extra",
    "factors", "seeds",
)  # fmt: skip
_TYPES: dict[type, str] = {str: "text in quotes", bool: "true or false", int: "a whole number", float: "a number",
                           list: "a list in brackets", dict: "a table"}  # fmt: skip
_MISSING = object()


@dataclass(frozen=True)
class _Table:
    """A table of the file that knows where it stands, so that complaints can say so."""

    text: str
    path: str
    data: Mapping[str, Any]

    def only(self, known: Collection[str]) -> _Table:
        for key in self.data:
            if key not in known:
                where = f" of [{self.path}]" if self.path else ""
                raise UnknownName(f"entry{where} (plan.toml, line {self.line(key)})", key, known)
        return self

    def line(self, key: str) -> int:
        """The line on which an entry stands, as near as can be told."""
        lines = self.text.splitlines()
        start = 0
        header = re.compile(rf"\s*\[\[?\s*{re.escape(self.path.partition('[')[0])}\s*\]\]?")
        if self.path:
            hits = [n for n, line in enumerate(lines) if header.match(line)]
            number = re.search(r"\[(\d+)\]\Z", self.path)
            nth = int(number.group(1)) - 1 if number else 0
            start = hits[nth] if nth < len(hits) else 0
        entry = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]|\s*\[\[?\s*{re.escape(key)}\s*\]\]?")
        return 1 + next((n for n in range(start, len(lines)) if entry.match(lines[n])), start)

    def refuse(self, key: str, why: str, remedy: str = "") -> PlanError:
        name = f"{self.path}.{key}" if self.path else key
        return PlanError(f"plan.toml, line {self.line(key)}: {name} {why}", remedy=remedy)

    def get(self, key: str, kind: type, default: Any = _MISSING) -> Any:
        """An entry of this type; PlanError otherwise, or when it is missing without a default."""
        value = self.data.get(key, default)
        if value is _MISSING:
            raise self.refuse(key, "is missing", f"write {key} = … with {_TYPES[kind]}")
        if value is default:
            return value
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
            raise self.refuse(key, f"is {value!r}, not {_TYPES[kind]}")
        if isinstance(value, float) and not math.isfinite(value):
            raise self.refuse(key, f"is {value}, not a finite number")
        return value

    def choice(self, key: str, known: tuple[str, ...], default: Any = _MISSING) -> Any:
        value = self.get(key, str, default)
        if value not in known:
            raise self.refuse(key, f"is {value!r}", f"write one of {', '.join(known)}")
        return value

    def texts(self, key: str, default: Any = _MISSING) -> tuple[str, ...]:
        value = self.get(key, list, default)
        if not all(isinstance(entry, str) for entry in value):
            raise self.refuse(key, f"is {value!r}, not a list of texts in quotes")
        return tuple(value)

    def table(self, key: str, default: Any = _MISSING) -> _Table:
        path = f"{self.path}.{key}" if self.path else key
        return _Table(self.text, path, self.get(key, dict, default))

    def tables(self, key: str) -> list[_Table]:
        path = f"{self.path}.{key}" if self.path else key
        value = self.get(key, list, [])
        if not all(isinstance(entry, dict) for entry in value):
            raise self.refuse(key, "is not a list of tables", f"write each as [[{path}]]")
        return [_Table(self.text, f"{path}[{n}]", entry) for n, entry in enumerate(value, 1)]


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
    treatments = [arm.name for arm in arms if not arm.is_baseline]
    sequence = top.texts("sequence", [])
    for name in sequence:
        if name not in treatments:
            raise UnknownName(
                f"arm for the sequence (plan.toml, line {top.line('sequence')})", name, treatments
            )
    sizes = internal.texts("split_sizes", [])
    return Plan(
        question=top.get("question", str),
        notebook=top.get("notebook", str),
        notebook_digest=internal.get("notebook_digest", str),
        kernel=top.get("kernel", str, None),
        design=design,
        factors=factors,
        arms=arms,
        seeds=_seeds(top, internal),
        seeding_cell=internal.get("seeding_cell", str, None),
        blocks=_blocks(top),
        block_kind=cast(BlockKind, top.choice("block_kind", get_args(BlockKind))),
        block_numbers=_block_numbers(top),
        response=_response(top),
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


def _response(top: _Table) -> Response:
    table = top.table("response").only([f.name for f in fields(Response)])
    return Response(
        name=table.get("name", str),
        how=table.choice("how", ("variable", "expression", "logged", "scrap")),
        expr=table.get("expr", str),
        direction=table.choice("direction", ("max", "min")),
        reduction=table.choice("reduction", ("last", "max", "min", "mean"), "last"),
        items=table.get("items", str, None),
    )


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
        operator=cast(Literal["set", "drop-item"], table.choice("operator", ("set", "drop-item"))),
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
    arms = [Arm(name=internal.get("baseline", str, BASELINE))]
    for table in top.tables("arms"):
        table.only(("name", "set"))
        settings = {}
        for name, written in table.table("set").data.items():
            if name not in factors:
                raise UnknownName(f"factor (plan.toml, line {table.line('set')})", name, factors)
            level = _level(table, factors[name], written)
            settings[name] = level
            if level not in used[name]:
                used[name].append(level)
        if not settings:
            raise table.refuse("set", "changes nothing", "the baseline runs anyway: delete this arm")
        name = table.get("name", str, arm_name(settings, known, design))
        if any(arm.name == name for arm in arms):
            raise PlanError(
                f"plan.toml, line {table.line('set')}: two arms are called {name!r}",
                remedy="delete one of them",
            )
        arms.append(Arm(name=name, settings=settings))
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
    if factor.operator == "drop-item":
        raise PlanError(f'{where}{factor.name} can only be set to "{levels.DROPPED}", not {text!r}')
    try:
        level, _ = levels.coerce(factor.name, text, baseline=factor.levels[0])
        levels.distinct(factor.name, [factor.levels[0], level])
    except CoimproveError as error:
        raise PlanError(where + error.message, remedy=error.remedy) from error
    same = [old for old in factor.levels[1:] if levels.same(levels.literal(old), levels.literal(level))]
    return same[0] if same else level
