"""From a plan to the notebook of one run: levels and seeds put where the plan says, nothing else changed."""

from __future__ import annotations

import copy
import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_coimprove.errors import NotebookError, PlanError, UnknownName
from jupyter_coimprove.experiments.blocks import seed_value
from jupyter_coimprove.experiments.code import Transform, parameters_cell, parse
from jupyter_coimprove.experiments.dropping import drop
from jupyter_coimprove.experiments.experiment import Arm, Factor, Plan, Seed
from jupyter_coimprove.experiments.levels import DROPPED, KEPT, NotLiteral, injectable, json_exact, literal
from jupyter_coimprove.experiments.seeding import PLACEHOLDER, SEEDING_TAG
from jupyter_coimprove.notebook.cells import Cell, Notebook, Place


@dataclass(frozen=True, kw_only=True)
class Bound:
    """The notebook of one run, as an engine gets it.

    ``node`` is nbformat 4 JSON with joined sources and no outputs; ``parameters`` are for
    papermill to inject; ``edits`` are (cell index in the notebook, source before, source
    after); ``seeding`` is the index of the inserted seeding cell in ``node``, if there is one.
    """

    node: dict[str, Any]
    parameters: dict[str, Any]
    edits: tuple[tuple[int, str, str], ...]
    seeding: int | None = None


@dataclass(frozen=True, kw_only=True)
class _Change:
    place: Place
    cell: Cell
    text: str | None  # None: the member that stands there is dropped
    owner: str


def bind(
    notebook: Notebook, plan: Plan, arm: Arm, block_number: int, *, transform: Transform | None = None
) -> Bound:
    """The notebook of this arm in this block.

    ``transform`` makes plain Python of a cell (IPython's magics), to check that the result
    still parses. Raises NotebookError when the code is not what was planned on, PlanError
    when the arm cannot be bound.
    """
    changes = _arm_changes(notebook, plan, arm, inject=True)
    changes += _seed_changes(notebook, plan.seeds, block_number)
    edits = _edits(changes, transform)
    node = _node(notebook)
    for index, _, source in edits:
        node["cells"][index]["source"] = source
    parameters = _parameters(plan, arm, block_number)
    if parameters:
        parameters = {**_injected(notebook), **parameters}
    seeding = None
    if plan.seeding_cell is not None:
        home = parameters_cell(notebook)
        seeding = 0 if home is None else home.index + 1
        node["cells"].insert(seeding, _seeding_cell(node, plan.seeding_cell, block_number))
    return Bound(node=node, parameters=parameters, edits=edits, seeding=seeding)


def arm_diff(notebook: Notebook, plan: Plan, arm: Arm) -> str:
    """What the arm changes, as a unified diff a cell; empty for the baseline. Seeds are left out.

    A parameter shows in the parameters cell, though papermill sets it after that cell.
    """
    out = []
    for index, old, new in _edits(_arm_changes(notebook, plan, arm, inject=False), None):
        name = f"cell {index + 1}"
        lines = difflib.unified_diff(
            old.splitlines(), new.splitlines(), f"{name} (baseline)", f"{name} ({arm.name})", lineterm="", n=1
        )
        out.append("\n".join(lines))
    return "\n".join(out) + ("\n" if out else "")


def _arm_changes(notebook: Notebook, plan: Plan, arm: Arm, *, inject: bool) -> list[_Change]:
    factors = {factor.name: factor for factor in plan.factors}
    out = []
    for name, level in arm.settings.items():
        factor = factors.get(name)
        if factor is None:
            raise UnknownName("factor", name, factors)
        out += [
            _Change(place=place, cell=place.check(notebook), text=_text(factor, level), owner=name)
            for place in factor.places
            if not (inject and factor.parameter) and level != factor.levels[0]
        ]
    return out


def _text(factor: Factor, level: str) -> str | None:
    if factor.operator == "drop-item":
        if level != DROPPED:
            raise PlanError(f"{factor.name} is {KEPT} or {DROPPED}, not {level!r}")
        return None
    try:
        literal(level)
    except NotLiteral as error:
        raise PlanError(f"level {level!r} of {factor.name} is not a literal value") from error
    return level


def _seed_changes(notebook: Notebook, seeds: Sequence[Seed], block: int) -> list[_Change]:
    return [
        _Change(
            place=place, cell=place.check(notebook), text=_seed_text(seed, place, block), owner=seed.name
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
    return repr(_seed_number(seed, place.text, block))


def _edits(
    changes: Sequence[_Change], transform: Transform | None
) -> tuple[tuple[int, str, str], ...]:  # fmt: skip
    """One edit a cell, with its changes applied from the end so that earlier offsets hold."""
    cells: dict[int, list[_Change]] = {}
    for change in changes:
        cells.setdefault(change.cell.index, []).append(change)
    out = []
    for index in sorted(cells):
        old = new = cells[index][0].cell.source
        for change in sorted(_outermost(cells[index]), key=lambda c: -c.place.start):
            start, end = change.place.start, change.place.end
            if change.text is None:
                new = drop(new, start, end)
            else:
                new = new[:start] + _fitted(new, start, end, change.text) + new[end:]
        if parse(old, transform) is not None and parse(new, transform) is None:
            owners = ", ".join(sorted({c.owner for c in cells[index]}))
            raise PlanError(
                f"cell {index + 1} no longer parses with {owners} changed", remedy="leave this level out"
            )
        if new != old:
            out.append((index, old, new))
    return tuple(out)


def _outermost(changes: Sequence[_Change]) -> list[_Change]:
    """Changes that are not inside another: what is replaced or dropped takes its inside along."""
    out: list[_Change] = []
    for change in sorted(changes, key=lambda c: (c.place.start, -c.place.end)):
        if out and change.place.start < out[-1].place.end:
            if change.place.end > out[-1].place.end or (
                change.place == out[-1].place and change.text != out[-1].text
            ):
                raise PlanError(
                    f"{out[-1].owner} and {change.owner} overlap in cell {change.cell.index + 1}",
                    remedy="vary one of them",
                )
            continue
        out.append(change)
    return out


def _fitted(source: str, start: int, end: int, text: str) -> str:
    """A level in parentheses where its neighbours would otherwise read into it (``-1 ** 2``, ``1.real``)."""
    before, after = source[start - 1 : start], source[end : end + 1]
    following = source[end:].lstrip(" \t")
    glued = (before.isalnum() or before == "_") or (after.isalnum() or after in ("_", "."))
    signed = text.startswith(("-", "+")) and following.startswith(("**", ".", "[", "("))
    return f"({text})" if glued or signed else text


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
            value = None if text is None else literal(text)
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
    cell: dict[str, Any] = {
        "cell_type": "code", "execution_count": None, "outputs": [],
        "metadata": {"tags": [SEEDING_TAG]}, "source": template.replace(PLACEHOLDER, str(block)),
    }  # fmt: skip
    if (node.get("nbformat_minor") or 0) >= 5:
        taken = {c.get("id") for c in node["cells"]}
        cell["id"] = next(i for n in range(len(taken) + 1) if (i := SEEDING_TAG + "-x" * n) not in taken)
    return cell
