"""From a plan to the notebook of one run: levels and seeds put where the plan says, nothing else changed."""

from __future__ import annotations

import copy
import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_coimprove.errors import NotebookError, PlanError, UnknownName
from jupyter_coimprove.experiments.blocks import seed_value
from jupyter_coimprove.experiments.changes import Change, Edit, Key, edits, is_config, where
from jupyter_coimprove.experiments.code import Transform, parameters_cell, parse
from jupyter_coimprove.experiments.dummies import checked
from jupyter_coimprove.experiments.experiment import DUMMY, Arm, Factor, Plan, Seed
from jupyter_coimprove.experiments.levels import DROPPED, KEPT, NotLiteral, injectable, json_exact, literal
from jupyter_coimprove.experiments.probes import spots as probes
from jupyter_coimprove.experiments.seeding import PLACEHOLDER, SEEDING_TAG
from jupyter_coimprove.notebook.cells import Notebook, Place


@dataclass(frozen=True, kw_only=True)
class Bound:
    """The notebook of one run, as an engine gets it.

    ``node`` is nbformat 4 JSON with joined sources and no outputs; ``parameters`` are for
    papermill to inject; ``edits`` are (cell index in the notebook, source before, source
    after); ``files`` are the texts of files beside the notebook that this run reads instead
    of the folder's own; ``seeding`` is the index of the inserted seeding cell in ``node``, if there is one.
    """

    node: dict[str, Any]
    parameters: dict[str, Any]
    edits: tuple[tuple[int, str, str], ...]
    seeding: int | None = None
    files: Mapping[str, str] = field(default_factory=dict)


def bind(
    notebook: Notebook, plan: Plan, arm: Arm, block_number: int, *, transform: Transform | None = None
) -> Bound:
    """The notebook of this arm in this block.

    ``transform`` makes plain Python of a cell (IPython's magics), to check that the result
    still parses. Raises NotebookError when the code is not what was planned on, PlanError
    when the arm cannot be bound.
    """
    if plan.design == "probe":
        return _probed(notebook, plan, arm, block_number)
    changes = _arm_changes(notebook, plan, arm, inject=True)
    changes += _seed_changes(notebook, plan.seeds, block_number)
    carried = edits(notebook, changes, transform)
    node = _node(notebook)
    for edit in carried:
        if isinstance(edit.key, int):
            node["cells"][edit.key]["source"] = edit.after
    parameters = _parameters(plan, arm, block_number)
    if parameters:
        parameters = {**_injected(notebook), **parameters}
    seeding = None
    if plan.seeding_cell is not None:
        home = parameters_cell(notebook)
        seeding = plan.seeding_before
        if seeding is None:
            seeding = 0 if home is None else home.index + 1
        elif not 0 <= seeding <= len(node["cells"]):
            raise PlanError(f"the plan puts its seeding cell before cell {seeding + 1}, which is not there")
        node["cells"].insert(seeding, _seeding_cell(node, plan.seeding_cell, block_number))
    return Bound(
        node=node, parameters=parameters, seeding=seeding,
        edits=tuple((edit.key, edit.before, edit.after) for edit in carried if isinstance(edit.key, int)),
        files={edit.key: edit.after for edit in carried if isinstance(edit.key, str)},
    )  # fmt: skip


def _probed(notebook: Notebook, plan: Plan, arm: Arm, block_number: int) -> Bound:
    """The notebook as it is, with a cell before it and calls around what a probe listens to."""
    if arm.name not in probes.MODES:
        raise UnknownName("arm of a probe", arm.name, probes.MODES)
    node = _node(notebook)
    carried = probes.texts(notebook, probes.Spots.from_dict(plan.extra.get("probe")))
    for key, text in carried.items():
        if isinstance(key, int):
            node["cells"][key]["source"] = text
    helper = probes.helper(probes.MODES[arm.name], block_number)
    node["cells"].insert(0, _added_cell(node, helper, "coimprove-probe"))
    return Bound(
        node=node, parameters={}, seeding=0,
        edits=tuple((key, notebook.cells[key].source, text) for key, text in carried.items() if isinstance(key, int)),
        files={key: text for key, text in carried.items() if isinstance(key, str)},
    )  # fmt: skip


def against(plan: Plan, arm: Arm) -> str:
    """The arm whose code this one's is shown as a difference to; empty: the notebook as it is.

    What is put back shows against the stripped notebook; the stripped one and the whole against the
    notebook as it is.
    """
    if arm.is_baseline or arm not in plan.treatments:
        return ""
    reference = plan.reference(arm)
    return reference.name if reference.settings else ""


def _carried(notebook: Notebook, plan: Plan, arm: Arm | None, transform: Transform | None) -> dict[Key, Edit]:
    """What an arm makes of each text that it changes."""
    if arm is None:
        return {}
    found = edits(notebook, _arm_changes(notebook, plan, arm, inject=False), transform)
    return {edit.key: edit for edit in found}


def arm_diff(notebook: Notebook, plan: Plan, arm: Arm, *, transform: Transform | None = None) -> str:
    """What the arm changes, as a unified diff a cell or file; empty for the baseline. Seeds are left out.

    A parameter shows in the parameters cell, though papermill sets it after that cell.
    """
    if plan.design == "probe":
        return _probe_diff(notebook, plan)
    out = []
    base = against(plan, arm)
    first = _carried(notebook, plan, next((a for a in plan.arms if a.name == base), None), transform)
    changed = _carried(notebook, plan, arm, transform)
    for key, edit in {**first, **changed}.items():
        old = first[key].after if key in first else edit.before
        new = changed[key].after if key in changed else edit.before
        name = where(key)
        lines = difflib.unified_diff(
            old.splitlines(), new.splitlines(), f"{name} ({base or 'baseline'})", f"{name} ({arm.name})",
            lineterm="", n=1,
        )  # fmt: skip
        out.append("\n".join(lines))
    return "\n".join(out) + ("\n" if out else "")


def _probe_diff(notebook: Notebook, plan: Plan) -> str:
    """What every run of a probe has in its code; a cell before it makes what is called there."""
    out: list[str] = []
    for key, text in probes.texts(notebook, probes.Spots.from_dict(plan.extra.get("probe"))).items():
        old = notebook.cells[key].source if isinstance(key, int) else notebook.beside[key]
        name = where(key)
        out += difflib.unified_diff(
            old.splitlines(), text.splitlines(), f"{name} (as it is)", f"{name} (probed)", lineterm="", n=1
        )
    return "\n".join(out) + ("\n" if out else "")


def _arm_changes(notebook: Notebook, plan: Plan, arm: Arm, *, inject: bool) -> list[Change]:
    factors = {factor.name: factor for factor in plan.factors}
    out = []
    for name, level in arm.settings.items():
        factor = factors.get(name)
        if factor is None:
            raise UnknownName("factor", name, factors)
        out += [
            Change(
                place=place, key=place.key(notebook), operator=factor.operator,
                text=_text(factor, level), owner=name,
            )
            for place in factor.places
            if not (inject and factor.parameter) and level != factor.levels[0]
        ]  # fmt: skip
    return out


def _text(factor: Factor, level: str) -> str:
    if factor.operator != "set":
        if level != DROPPED:
            raise PlanError(f"{factor.name} is {KEPT} or {DROPPED}, not {level!r}")
        return ""
    if factor.kind == DUMMY:
        return checked(factor, level)
    try:
        literal(level)
    except NotLiteral as error:
        raise PlanError(f"level {level!r} of {factor.name} is not a literal value") from error
    return level


def _seed_changes(notebook: Notebook, seeds: Sequence[Seed], block: int) -> list[Change]:
    return [
        Change(
            place=place, key=place.key(notebook), operator="set", text=_seed_text(seed, place, block),
            owner=seed.name,
        )
        for seed in seeds
        if seed.varied and not seed.parameter
        for place in seed.places
    ]  # fmt: skip


def _seed_number(seed: Seed, original: str, block: int) -> int | float | str:
    """The seed of this block in the type of the original: a number, or digits in a string."""
    number = seed_value(block, seed.group)
    try:
        value = literal(original)
    except NotLiteral as error:
        raise PlanError(f"seed {seed.name} reads {original!r}, not a number") from error
    return str(number) if isinstance(value, str) else float(number) if isinstance(value, float) else number


def _seed_text(seed: Seed, place: Place, block: int) -> str:
    # In a configuration the text is not Python's: the seed's own literal says what it is.
    return repr(_seed_number(seed, seed.original if is_config(place) else place.text, block))


def _parameters(plan: Plan, arm: Arm, block: int) -> dict[str, Any]:
    """Values for papermill: literals of exact JSON type under plain names (RELIABILITY)."""
    out: dict[str, Any] = {}
    for seed in plan.seeds:
        if seed.varied and seed.parameter:
            out[_safe(seed.name)] = _seed_number(seed, seed.original, block)
    for factor in plan.factors:
        level = arm.settings.get(factor.name)
        if factor.parameter and level is not None and level != factor.levels[0]:
            text = _text(factor, level)
            value = literal(text)
            if not json_exact(value):
                raise PlanError(f"level {level} of the parameter {factor.name} is not a JSON value")
            out[_safe(factor.name)] = value
    return out


def _safe(name: str) -> str:
    if not injectable(name):
        raise PlanError(f"{name!r} cannot be a parameter: not a plain name, or one of Python's own")
    return name


def _injected(notebook: Notebook) -> Mapping[str, Any]:
    """What an earlier papermill run injected: a new injection replaces that cell, so it is kept."""
    import ast

    cell = next((c for c in notebook.cells if "injected-parameters" in c.tags), None)
    tree = None if cell is None else parse(cell.source)
    out = {}
    for stmt in tree.body if tree else ():
        if isinstance(stmt, ast.Assign) and isinstance(stmt.targets[0], ast.Name):
            value = ast.unparse(stmt.value)
            try:
                out[stmt.targets[0].id] = literal(value)
            except NotLiteral as error:
                raise PlanError(
                    f"the cell that papermill injected sets {stmt.targets[0].id} to {value}, not a literal",
                    remedy="plan on the notebook that papermill was given",
                ) from error
    return out


def _node(notebook: Notebook) -> dict[str, Any]:
    """The notebook as nbformat 4 JSON: sources joined, outputs and counts cleared."""
    if notebook.nbformat == 4:
        node = copy.deepcopy(dict(notebook.node))
    else:
        import nbformat
        from nbformat.v3.rwbase import rejoin_lines

        # The converter wants nbformat's own nodes with joined lines, and writes into them.
        old = rejoin_lines(nbformat.from_dict(copy.deepcopy(dict(notebook.node))))
        node = json.loads(json.dumps(nbformat.convert(old, 4)))
    if len(node["cells"]) != len(notebook.cells):
        raise NotebookError(
            f"{notebook.path} has cells that nbformat 4 cannot hold", remedy="save it with a current Jupyter"
        )
    for cell in node["cells"]:
        if not isinstance(cell.get("source", ""), str):
            cell["source"] = "".join(cell["source"])
        if cell["cell_type"] == "code":
            cell["outputs"] = []
            cell["execution_count"] = None
    return node


def _seeding_cell(node: Mapping[str, Any], template: str, block: int) -> dict[str, Any]:
    return _added_cell(node, template.replace(PLACEHOLDER, str(block)), SEEDING_TAG)


def _added_cell(node: Mapping[str, Any], source: str, tag: str) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "cell_type": "code", "execution_count": None, "outputs": [],
        "metadata": {"tags": [tag]}, "source": source,
    }  # fmt: skip
    if (node.get("nbformat_minor") or 0) >= 5:
        taken = {c.get("id") for c in node["cells"]}
        cell["id"] = next(i for n in range(len(taken) + 1) if (i := tag + "-x" * n) not in taken)
    return cell
