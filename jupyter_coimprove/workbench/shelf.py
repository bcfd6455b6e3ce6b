"""Experiments as they are kept: from lines of the record to plans and runs, and back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import PlanError, RecordError, UnknownName, UsageError
from jupyter_coimprove.ids import kind_of
from jupyter_coimprove.notebook.cells import Notebook

if TYPE_CHECKING:
    from jupyter_coimprove.experiments.experiment import Experiment, Plan
    from jupyter_coimprove.record.base import Item, Record
    from jupyter_coimprove.registry import Actor
    from jupyter_coimprove.workbench.bench import Bench

PLAN_FILE = "plan.toml"
NOTEBOOK_FILE = "notebook.ipynb"


def experiment_item(record: Record, text: str) -> Item:
    """The experiment meant by an id, the beginning of one, or ``last``."""
    if text in ("last", "-"):
        items = record.find("experiment")
        if not items:
            raise UnknownName("experiment", text, [], remedy="plan one: `coimprove plan NOTEBOOK`")
        return items[-1]
    item = record.get(text)
    if item.kind == "finding":
        item = record.get(str(item.data["experiment"]))
    if item.kind != "experiment":
        raise UsageError(
            f"{item.id} is a {item.kind}, not an experiment", remedy="`coimprove status` lists them"
        )
    return item


def item_of(record: Record, text: str, *kinds: str) -> Item:
    """The object meant; a kind's ``last`` is its newest. UsageError when it is of another kind."""
    if text in ("last", "-"):
        items = [item for kind in kinds for item in record.find(kind)]
        if not items:
            raise UnknownName(
                " or ".join(kinds),
                text,
                [],
                remedy="nothing of that kind is recorded here yet: `coimprove tour` says what makes it",
            )
        return max(items, key=lambda item: item.created)
    item = record.get(text)
    if kinds and item.kind not in kinds:
        raise UsageError(f"{item.id} is a {item.kind}, not a {' or '.join(kinds)}")
    return item


def own(item: Item) -> Item:
    """The item, if it was made here. Imported claims approve and run nothing (RELIABILITY)."""
    if item.trust != "own":
        raise RecordError(
            f"{item.id} is foreign and unverified: it came with the folder, it was not made by you",
            remedy="plan it again from the notebook; what it claims is shown by `coimprove show`",
        )
    return item


def plan_path(root: Path, experiment: str) -> Path:
    """Where the plan of an experiment is edited. Refuses what is not an id (it becomes a folder)."""
    from jupyter_coimprove.record.roots import Layout

    if kind_of(experiment) != "experiment":
        raise UsageError(f"{experiment!r} is not the id of an experiment")
    return Layout(root).experiment(experiment) / PLAN_FILE


def current_plan(root: Path, item: Item) -> tuple[Plan, str]:
    """The plan as the file says now, and its text; the recorded one where the file is gone."""
    from jupyter_coimprove.experiments.planfile import load

    path = plan_path(root, item.id)
    text = path.read_text(encoding="utf-8") if path.is_file() else str(item.data["plan_toml"])
    return load(text), text


def recorded_plan(item: Item) -> Plan:
    """The plan as the record has it: what was proposed or, once registered, what was decided on."""
    from jupyter_coimprove.experiments.planfile import load

    return load(str(item.data["plan_toml"]))


def registered(item: Item) -> Experiment:
    """The registered experiment. PlanError while it is a draft."""
    from jupyter_coimprove.experiments.experiment import Experiment

    if "digest" not in item.data or "blocks" not in item.data:
        raise PlanError(
            f"{item.id} is not registered yet", remedy=f"`coimprove run {item.id}` accepts and runs it"
        )
    return Experiment(
        id=item.id, plan=recorded_plan(item), digest=str(item.data["digest"]),
        blocks=tuple(int(block) for block in item.data["blocks"]),
        registered_at=str(item.data["registered_at"]), snapshot=str(item.data.get("snapshot", "")),
        reseeds=tuple(int(block) for block in item.data.get("reseeds", ())),
    )  # fmt: skip


def notebook_name(root: Path, path: Path) -> str:
    """A notebook's path as records have it: relative to the root where it lies inside."""
    resolved = path.resolve()
    return resolved.relative_to(root).as_posix() if resolved.is_relative_to(root) else str(resolved)


def notebook_path(root: Path, name: str) -> Path:
    """Where a recorded notebook lies now."""
    path = Path(name)
    return path if path.is_absolute() else root / path


def source_folder(root: Path, item: Item, plan: Plan) -> Path:
    """Where the notebook of a registered experiment lies: as registered, or where it was moved since."""
    registered_at = notebook_path(root, plan.notebook)
    if registered_at.is_file():
        return registered_at.parent
    return notebook_path(root, str(item.data.get("notebook") or plan.notebook)).parent


def read_notebook(bench: Bench, text: str | Path) -> Notebook:
    """The notebook at this path with the files that belong to its code.

    NotebookError also when it has no code to vary.
    """
    from jupyter_coimprove.errors import NotebookError
    from jupyter_coimprove.notebook.io import read
    from jupyter_coimprove.workbench.beside import with_files

    notebook = read(bench.path(text).resolve())
    if not any(cell.source.strip() for cell in notebook.code_cells):
        raise NotebookError(
            f"{notebook.path.name} has no code cells", remedy="point at a notebook that computes something"
        )
    return with_files(notebook)


def snapshot_notebook(root: Path, item: Item) -> Notebook:
    """The notebook and the files beside it as they were at registration. Checked against their digests."""
    from jupyter_coimprove.digests import digest_bytes
    from jupyter_coimprove.notebook.io import parse
    from jupyter_coimprove.record.roots import Layout
    from jupyter_coimprove.workbench.beside import MODULES, with_frozen

    folder = Layout(root).experiment(item.id)
    path = folder / NOTEBOOK_FILE
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise PlanError(
            f"the notebook frozen for {item.id} cannot be read: {error.strerror}",
            remedy="plan again on the notebook as it is now",
        ) from error
    if digest_bytes(raw) != item.data["notebook_bytes"]:
        raise PlanError(
            f"the notebook frozen for {item.id} was changed after registration",
            remedy=f"restore {path} or plan again",
        )
    return with_frozen(parse(raw, path), folder / MODULES, str(item.data.get("snapshot", "")))


def is_pilot(item: Item) -> bool:
    """Whether an experiment shows only the spread and cost of another, blinded."""
    return bool(item.data.get("blinded"))


def is_probe(item: Item) -> bool:
    """Whether an experiment only tries what `check --probe` asks; it compares no treatments."""
    return bool(item.data.get("probe"))


def compares(item: Item) -> bool:
    """Whether an experiment is one of those that a report counts: neither a pilot nor a probe."""
    return not is_pilot(item) and not is_probe(item)


def runs_of(record: Record, experiment: str) -> list[Item]:
    """All runs of an experiment, oldest first."""
    return record.find("run", experiment=experiment)


def finding_of(record: Record, experiment: str) -> Item | None:
    """The finding card of an experiment: the accepted one, else the computed one; None while there is none.

    Other words for it, a model's, are cards of their own until a person accepts them.
    """
    found = record.find("finding", experiment=experiment)
    decided = [item for item in found if item.trust == "own" and item.state in ("accepted", "edited")]
    computed = [item for item in found if not item.data.get("worded_by")]
    ranked = decided or computed or found
    return ranked[-1] if ranked else None


def computed_finding(record: Record, experiment: str) -> Item | None:
    """The card that the tool made of an experiment's runs, and of this user's own; None where there is none."""
    found = record.find("finding", experiment=experiment)
    return next(
        (item for item in reversed(found) if item.trust == "own" and not item.data.get("worded_by")), None
    )


def counts(runs: Sequence[Item]) -> dict[str, int]:
    """How many runs are in each state."""
    out: dict[str, int] = {}
    for run in runs:
        out[run.state] = out.get(run.state, 0) + 1
    return out


def deviations(item: Item) -> tuple[str, ...]:
    """What was done otherwise than registered, in order."""
    listed: Any = item.data.get("deviations", ())
    return tuple(str(entry) for entry in listed)


def salt(record: Record, fresh: bytes, actor: Actor) -> bytes:
    """This person's salt in this project, fixed at first use (STATISTICS 7).

    The first trusted line counts, so that two processes that start together agree.
    """
    from jupyter_coimprove.record.base import Draft

    id_ = f"salt_{actor.id}"

    def first() -> bytes | None:
        lines = (line for line in record.follow(0, id=id_) if line.trust == "own")
        return next((bytes.fromhex(str(line.data["hex"])) for line in lines), None)

    value = first()
    if value is None:
        record.append([Draft(id=id_, kind="salt", event="fixed", data={"hex": fresh.hex()}, actor=actor)])
        value = first()
    if value is None:
        raise RecordError("the salt that blocks derive from could not be kept", remedy="`coimprove verify`")
    return value
