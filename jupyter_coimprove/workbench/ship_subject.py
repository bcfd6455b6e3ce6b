"""What is shipped: a notebook as it is, or the treatment of an accepted finding as its runs had it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from jupyter_coimprove.errors import DecisionError, UnknownName, UsageError
from jupyter_coimprove.ids import looks_like_id
from jupyter_coimprove.workbench import concluding, planning, shelf

if TYPE_CHECKING:
    from jupyter_coimprove.experiments.experiment import Plan, Response
    from jupyter_coimprove.notebook.candidates import Reading
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.notebook.dataflow import Flow
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench

#: What a module can read again; what is written to files or loggers is not.
_READABLE = ("variable", "expression", "printed")


@dataclass(frozen=True, kw_only=True)
class Subject:
    """``notebook`` is the bound one, at ``path``. ``defaults`` are its parameters as source, set in ``parameter_cells``."""

    path: Path
    notebook: Notebook
    flow: Flow
    response: Response
    defaults: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    parameter_cells: tuple[int, ...] = ()
    added: tuple[int, ...] = ()
    arm: str = ""
    block: int | None = None
    recorded: float | None = None
    experiment: str = ""
    finding: str = ""
    claim: str = ""
    effect: str = ""
    runs: tuple[str, ...] = ()
    spread: tuple[float, float] | None = None
    spread_of: int = 0
    notes: tuple[str, ...] = ()


def subject(
    bench: Bench,
    source: str,
    *,
    response: str | None,
    direction: str | None,
    reduction: str | None,
    arm: str | None,
) -> Subject:
    """The subject that a person names by a notebook, a finding or an experiment (``last``: the newest)."""
    if source in ("last", "-") and not bench.path(source).exists():
        source = shelf.experiment_item(bench.record(), source).id
    if looks_like_id(source) and not bench.path(source).exists():
        if response or direction or reduction:
            raise UsageError(
                "the response of a finding is the registered one", remedy="ship the notebook to name another"
            )
        return _of_finding(bench, source, arm)
    if arm:
        raise UsageError("a notebook has no arms", remedy="name the finding that has this arm")
    return _of_notebook(bench, source, response, direction, reduction)


def _of_notebook(
    bench: Bench, source: str, response: str | None, direction: str | None, reduction: str | None
) -> Subject:
    from jupyter_coimprove.experiments import code, responding
    from jupyter_coimprove.kernelspace.transform import python_source
    from jupyter_coimprove.notebook.metrics import direction as direction_of

    notebook, reading = planning.read(bench, source)
    _python(notebook)
    way: Literal["max", "min"] | None = None
    if direction is not None:
        if direction not in ("max", "min"):
            raise UsageError(f"direction is max or min, not {direction!r}")
        way = "max" if direction == "max" else "min"
    name = response
    if name is None:
        known = [one for one in reading.measured if one.how not in ("file", "scalar", "logged", "scrap")]
        if known:
            best = max(known, key=lambda one: (one.direction != "unknown", one.score))
            name = best.name
            way = way or ("max" if best.direction == "unknown" else None)
    elif way is None and direction_of(name) == "unknown":
        way = "max"
    found = responding.resolve(
        reading, code.trees(notebook, python_source), response=name, direction=way, reduction=reduction
    )
    if found.response.how not in _READABLE:
        raise UsageError(
            f"{found.response.name} is read from what the notebook writes ({found.response.how}); a module returns a number",
            remedy="name a variable or an expression with --response",
        )
    notes = (
        ("which way it is better is not known; it makes no difference to the module",)
        if way and not direction
        else ()
    )
    node, at, said = _seeded(notebook, reading, code.trees(notebook, python_source))
    return _subject(
        bench.path(source), notebook, node, {}, moved(found.response, at), notes=(*notes, *said), added=() if at is None else (at,)
    )  # fmt: skip


def _seeded(
    notebook: Notebook, reading: Reading, trees: Any
) -> tuple[dict[str, Any], int | None, tuple[str, ...]]:
    """The notebook with the seeding cell that an experiment gives it in block 0, where it leaves a generator unseeded."""
    from jupyter_coimprove.experiments import code, redrawn, seeding

    node = {**notebook.node, "cells": list(notebook.node.get("cells", ()))}
    free = seeding.generators(reading, trees)
    text = seeding.seeding_source(free, code.imported(trees))
    if text is None or notebook.nbformat < 4:
        return node, None, ()
    at = redrawn.seeding_before(notebook, reading.chance, free)
    if at is None:
        home = code.parameters_cell(notebook)
        at = 0 if home is None else home.index + 1
    node["cells"].insert(at, _cell(node, text.replace(seeding.PLACEHOLDER, "0"), seeding.SEEDING_TAG))
    return (
        node,
        at,
        (
            f"the notebook does not seed {', '.join(free)}: it is seeded as block 0 of an experiment is, or no two runs would agree",
        ),
    )


def _cell(node: Mapping[str, Any], source: str, tag: str) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "cell_type": "code", "metadata": {"tags": [tag]}, "source": source, "outputs": [], "execution_count": None,
    }  # fmt: skip
    return {**cell, "id": tag} if int(node.get("nbformat_minor", 0)) >= 5 else cell


def _python(notebook: Notebook) -> None:
    if notebook.language != "python":
        raise UsageError(
            f"{notebook.path.name} is in {notebook.language}; modules are made of Python",
            remedy="ship it with --job",
        )


def _subject(
    path: Path,
    notebook: Notebook,
    node: Mapping[str, Any],
    parameters: Mapping[str, Any],
    response: Response,
    **more: Any,
) -> Subject:
    """With a cell of the injected parameters behind the tagged one, as papermill puts it."""
    from jupyter_coimprove.kernelspace.transform import python_source
    from jupyter_coimprove.notebook.dataflow import analyse
    from jupyter_coimprove.notebook.io import parse
    from jupyter_coimprove.notebook.parameters import parameters_cell

    node = {**node, "cells": list(node["cells"])}
    if parameters:
        home = parameters_cell(parse(json.dumps(node).encode(), notebook.path))
        at = 0 if home is None else home + 1
        text = "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
        cell = _cell(node, text, "injected-parameters")
        for old in node["cells"]:
            if "injected-parameters" in (old.get("metadata") or {}).get("tags", ()):
                # papermill puts the new ones in its place.
                node["cells"][node["cells"].index(old)] = {**old, "source": ""}
        node["cells"].insert(at, cell)
        response = moved(response, at)
        more["added"] = (*(one + (one >= at) for one in more.get("added", ())), at)
    made = dataclasses.replace(
        parse(json.dumps(node).encode(), notebook.path), beside=notebook.beside, left_out=notebook.left_out
    )
    flow = analyse(made, python_source)
    cells = tuple(
        cell.index for cell in made.code_cells if {"parameters", "injected-parameters"} & set(cell.tags)
    )
    defaults, values = _defaults(flow, cells)
    return Subject(
        path=path, notebook=made, flow=flow, response=response, defaults=defaults, values=values, parameter_cells=cells, **more
    )  # fmt: skip


def _defaults(flow: Flow, cells: tuple[int, ...]) -> tuple[dict[str, str], dict[str, Any]]:
    """Parameters that are literals, as source and as values that JSON knows; what is set last counts."""
    import ast

    from jupyter_coimprove.notebook.literals import MISSING, as_json, literal

    defaults: dict[str, str] = {}
    values: dict[str, Any] = {}
    for statement in flow.statements:
        node = statement.node
        if (
            statement.cell not in cells
            or not isinstance(node, (ast.Assign, ast.AnnAssign))
            or node.value is None
        ):
            continue
        target = (
            node.targets[0]
            if isinstance(node, ast.Assign) and len(node.targets) == 1
            else getattr(node, "target", None)
        )
        if isinstance(target, ast.Name) and (value := literal(node.value)) is not MISSING:
            defaults[target.id] = ast.unparse(node.value)
            told = as_json(value)
            if told is not None or value is None:
                values[target.id] = told
            else:
                values.pop(target.id, None)
    return defaults, values


def moved(response: Response, at: int | None) -> Response:
    """The response of a notebook that has one more cell at this place."""
    if at is None:
        return response
    cells = tuple(cell + (cell >= at) for cell in response.cells)
    by = moved(response.by, at) if response.by is not None else None
    return dataclasses.replace(response, cells=cells, by=by)


def _of_finding(bench: Bench, source: str, arm: str | None) -> Subject:
    from jupyter_coimprove.experiments.binding import bind
    from jupyter_coimprove.kernelspace.transform import python_source

    record = bench.record()
    item = shelf.own(shelf.experiment_item(record, source))
    named = record.get(source)
    finding = named if named.kind == "finding" else shelf.finding_of(record, item.id)
    if finding is None or finding.state not in ("accepted", "edited"):
        raise DecisionError(
            f"{item.id} has no accepted finding: what nobody accepted is not shipped",
            remedy=f"`coimprove accept {finding.id}`"
            if finding is not None
            else f"`coimprove results {item.id}`",
        )
    experiment = shelf.registered(item)
    plan = experiment.plan
    chosen = _arm(plan, concluding.evidence_of(record, item), arm)
    runs = [
        run
        for run in shelf.runs_of(record, item.id)
        if run.state in ("completed", "reused") and run.data["arm"] == chosen
    ]
    first = [run for run in runs if not int(run.data["replicate"])]
    if not first:
        raise UsageError(
            f"no run of {chosen} completed", remedy=f"`coimprove status {item.id}` shows each run"
        )
    numbers = {
        int(run.data["block"]): concluding.response_value(experiment, run.data).number for run in first
    }
    block = next((b for b in experiment.blocks if numbers.get(b) is not None), int(first[0].data["block"]))
    frozen = shelf.snapshot_notebook(bench.root(), item)
    _python(frozen)
    bound = bind(
        frozen, plan, next(one for one in plan.arms if one.name == chosen), block, transform=python_source
    )
    if bound.files:
        raise UsageError(
            f"{chosen} changes {', '.join(sorted(bound.files))}, beside the notebook: that cannot be shipped from a finding",
            remedy="make the change there yourself and ship the notebook",
        )
    home = shelf.notebook_path(bench.root(), plan.notebook)
    folder = shelf.source_folder(bench.root(), item, plan)
    path = home if home.is_file() else folder / Path(plan.notebook).name
    known = [number for number in numbers.values() if number is not None]
    response = moved(plan.response, bound.seeding)
    if response.how not in _READABLE:
        raise UsageError(
            f"{response.name} is read from what the notebook writes ({response.how}); a module returns a number"
        )
    notes = (
        ("the notebook is the one that was registered; it has changed since",)
        if _changed(bench, path, plan)
        else ()
    )
    return _subject(
        path, dataclasses.replace(frozen, path=path), bound.node, bound.parameters, response, added=() if bound.seeding is None else (bound.seeding,),
        arm=chosen, block=block, recorded=numbers.get(block), experiment=item.id, finding=finding.id, claim=str(finding.data["claim"]),
        effect=_effect(record, item, chosen), runs=tuple(run.id for run in _first(first, block)), spread=_spread(known), spread_of=len(known), notes=notes,
    )  # fmt: skip


def _first(runs: list[Item], block: int) -> list[Item]:
    """The run of this block before the others."""
    return sorted(runs, key=lambda run: (int(run.data["block"]) != block, int(run.data["block"])))


def _changed(bench: Bench, path: Path, plan: Plan) -> bool:
    from jupyter_coimprove.experiments.design import notebook_digest

    return not path.is_file() or notebook_digest(shelf.read_notebook(bench, path)) != plan.notebook_digest


def _arm(plan: Plan, evidence: Any, wanted: str | None) -> str:
    """The arm that a person names; else the best of those called better, else the baseline."""
    names = [arm.name for arm in plan.arms]
    if wanted is not None:
        if wanted not in names:
            raise UnknownName("arm", wanted, names)
        return wanted
    better = [one for one in evidence.effects if one.verdict == "better" and one.estimate is not None]
    sign = 1 if plan.response.direction == "max" else -1
    return max(better, key=lambda one: sign * one.estimate).arm if better else plan.baseline.name


def _effect(record: Any, item: Item, arm: str) -> str:
    for one in concluding.evidence_of(record, item).effects:
        if one.arm == arm and one.estimate is not None:
            interval = (
                f" [{one.low:.6g}, {one.high:.6g}] at {one.level:.0%}"
                if one.low is not None and one.high is not None
                else ""
            )
            return f"{one.estimate:+.6g}{interval} against the baseline, {one.n} blocks: {one.verdict}"
    return ""


def _spread(values: list[float]) -> tuple[float, float] | None:
    """The 95 % prediction interval for one more run (normal; Hahn and Meeker 1991, 4.7)."""
    if len(values) < 2:
        return None
    import math
    import statistics

    from scipy.stats import t

    reach = float(t.ppf(0.975, len(values) - 1)) * statistics.stdev(values) * math.sqrt(1 + 1 / len(values))
    return statistics.fmean(values) - reach, statistics.fmean(values) + reach
