"""Texts beside each other: a stale proposal three ways, and two runs parameter by parameter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import NothingToDo, UsageError
from jupyter_coimprove.workbench import piloting, shelf, watching, whereabouts
from jupyter_coimprove.workbench.rows_curation import CellPairRow, PairRow, ThreeTexts
from jupyter_coimprove.workbench.views import PairView, ThreeWayView

if TYPE_CHECKING:
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench

#: So much of a cell's printed text is shown.
OUTPUT = 4000


def three_way(bench: Bench, item: Item) -> ThreeWayView:
    """What was proposed, what it stood on, and what the notebook's file says now.

    NothingToDo where nothing of it was ever to be put into a notebook.
    """
    from jupyter_coimprove.notebook.io import read
    from jupyter_coimprove.proposals.proposal import Edit

    record = bench.record()
    if item.kind in ("application", "proposal"):
        found = [item]
    else:
        found = [one for one in record.find("application", subject=item.id) if not one.data.get("undoes")]
    if not found:
        raise NothingToDo(
            f"nothing of {item.id} was to be put into a notebook yet", remedy=f"`coimprove show {item.id}`"
        )
    last = found[-1]
    subject = last if last.kind == "proposal" else record.get(str(last.data["subject"]))
    name = str(last.data["notebook"])
    path = whereabouts.path_of(bench, name)
    notebook = read(path) if path is not None else None
    texts = tuple(_texts(dict(edit), Edit.from_dict(edit), notebook) for edit in last.data["edits"])
    stale = sum(text.stale for text in texts)
    return ThreeWayView(
        summary=f"{subject.id} is {subject.state}; {stale} of {len(texts)} cells are not what it stands on",
        id=subject.id, state=subject.state, notebook=name, texts=texts,
        next=(f"coimprove undo {subject.id}", f"coimprove reject {subject.id} --reason WHY")
        if subject.state == "stale"
        else (),
        warnings=() if notebook is not None else (whereabouts.remedy(bench, name, subject.id),),
    )  # fmt: skip


def _texts(kept: Mapping[str, Any], edit: Any, notebook: Notebook | None) -> ThreeTexts:
    cell = notebook.find(edit.address) if notebook is not None and edit.address is not None else None
    known = "was" in kept and edit.address is not None
    base = str(kept["was"]) if known else None
    now = cell.source if cell is not None else None
    # What is inserted needs its place alone: the cell before it may read otherwise by now.
    other = cell is None or (edit.kind != "insert" and cell.digest != edit.base)
    return ThreeTexts(
        kind=edit.kind, cell=cell.index + 1 if cell is not None else 0, base=base, proposed=edit.source, now=now,
        stale=edit.address is not None and other,
    )  # fmt: skip


def two_runs(bench: Bench, first: str, second: str) -> PairView:
    """Two runs beside each other: parameters, metrics, and their notebooks cell by cell.

    Where interim values are hidden, or a pilot is blinded, metrics and outputs are left out.
    """
    record = bench.record()
    left, right = (shelf.item_of(record, id_, "run") for id_ in (first, second))
    if left.id == right.id:
        raise UsageError(f"{left.id} is one run", remedy="name two: `coimprove show RUN RUN`")
    owners = [record.get(str(run.data["experiment"])) for run in (left, right)]
    hidden = any(watching.hides(owner) or piloting.blinded(record, owner) for owner in owners)
    parameters = _pairs(_settings(owners[0], left), _settings(owners[1], right))
    metrics = () if hidden else _pairs(_metrics(left), _metrics(right))
    differ = sum(not pair.same for pair in (*parameters, *metrics))
    return PairView(
        summary=f"{left.id} and {right.id} differ in {differ} of {len(parameters) + len(metrics)} entries",
        left=watching.run_row(bench, owners[0], left), right=watching.run_row(bench, owners[1], right),
        parameters=parameters, metrics=metrics, cells=_cells(bench, left, right, hidden),
        warnings=("metrics and outputs stay hidden until the experiment has ended",) if hidden else (),
    )  # fmt: skip


def _settings(owner: Item, run: Item) -> dict[str, str]:
    """What the run's arm sets, with its block; of runs that were planned here."""
    out = {"arm": str(run.data["arm"]), "block": str(run.data["block"])}
    if "digest" in owner.data and not owner.data.get("imported"):
        arms = {arm.name: arm for arm in shelf.recorded_plan(owner).arms}
        arm = arms.get(str(run.data["arm"]))
        out |= dict(arm.settings) if arm is not None else {}
    return out


def _metrics(run: Item) -> dict[str, str]:
    out: dict[str, str] = {}
    for metric in run.data.get("metrics", ()):
        value = metric["value"]
        step = "" if metric.get("step") is None else f" at step {metric['step']}"
        number = value.get("number")
        text = f"{number:.6g}" if number is not None else str(value.get("text") or value["kind"])
        out[f"{metric['name']}{step}"] = text
    return out | {
        name: f"{run.data[name]:.6g}" for name in ("seconds", "peak_mb") if run.data.get(name) is not None
    }


def _pairs(left: Mapping[str, str], right: Mapping[str, str]) -> tuple[PairRow, ...]:
    return tuple(
        PairRow(name=name, left=left.get(name), right=right.get(name), same=left.get(name) == right.get(name))
        for name in dict.fromkeys([*left, *right])
    )


def _cells(bench: Bench, left: Item, right: Item, hidden: bool) -> tuple[CellPairRow, ...]:
    """Executed cells side by side, matched in order; empty where a run left no notebook."""
    from jupyter_coimprove.notebook.diff import unified

    one, other = _artifact(bench, left), _artifact(bench, right)
    if one is None or other is None:
        return ()
    seconds = [list(run.data.get("cell_seconds", ())) for run in (left, right)]
    rows = []
    for index in range(max(len(one.cells), len(other.cells))):
        sources = [book.cells[index].source if index < len(book.cells) else None for book in (one, other)]
        outputs = ["" if hidden else _output(book, index) for book in (one, other)]
        rows.append(
            CellPairRow(
                cell=index + 1, left=sources[0], right=sources[1],
                diff=unified(sources[0] or "", sources[1] or "", name=f"cell {index + 1}"),
                left_seconds=seconds[0][index] if index < len(seconds[0]) else None,
                right_seconds=seconds[1][index] if index < len(seconds[1]) else None,
                left_output=outputs[0], right_output=outputs[1],
                same=sources[0] == sources[1] and outputs[0] == outputs[1],
            )
        )  # fmt: skip
    return tuple(rows)


def _artifact(bench: Bench, run: Item) -> Notebook | None:
    from jupyter_coimprove.notebook.io import read

    path = bench.layout().run(run.id) / "output.ipynb"
    return read(path) if path.is_file() else None


def _output(notebook: Notebook, index: int) -> str:
    """What a cell put out, as text; figures and the like by their kind."""
    if index >= len(notebook.cells):
        return ""
    parts = []
    for output in notebook.cells[index].outputs:
        data = output.get("data") or {}
        text: Any = output.get("text") or data.get("text/plain") or output.get("evalue") or ""
        kinds = [kind for kind in data if kind.startswith("image/")]
        said = (
            "".join(text) if isinstance(text, list) else text if isinstance(text, str) else json.dumps(text)
        )
        parts.append(said + "".join(f"[{kind}]" for kind in kinds))
    return "".join(parts)[:OUTPUT]
