"""A plan becomes an experiment: frozen with its code and decided on, before anything runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_coimprove.clock import iso
from jupyter_coimprove.digests import digest_bytes
from jupyter_coimprove.errors import DecisionError, PlanChanged, PlanError, RecordReadOnly
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.registry import Actor
from jupyter_coimprove.workbench import concluding, piloting, shelf

if TYPE_CHECKING:
    from jupyter_coimprove.experiments.experiment import Experiment, Plan
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench


def register(
    bench: Bench,
    item: Item,
    *,
    reason: str = "",
    actor: Actor | None = None,
    bulk: bool = False,
    despite: str | None = None,
) -> Experiment:
    """Register a draft as its ``plan.toml`` says now; the decision and the freezing are one write.

    Raises DecisionError when it is not a draft any more or violates what must hold here (without a reason, ``despite``), NotebookError or PlanError when the
    notebook no longer holds the code the plan binds to.
    """
    from jupyter_coimprove.experiments import planfile, registration
    from jupyter_coimprove.notebook.io import write_atomic
    from jupyter_coimprove.record.base import Draft
    from jupyter_coimprove.workbench import minding
    from jupyter_coimprove.workbench.beside import MODULES, freeze_files

    actor = actor or bench.actor
    shelf.own(item)
    if item.state not in ("draft", "deferred"):
        raise DecisionError(
            f"{item.id} is {item.state}, not a draft", remedy=f"`coimprove status {item.id}` shows it"
        )
    root = bench.root()
    record = bench.record()
    if record.read_only:
        raise RecordReadOnly(f"nothing can be kept in {root}", remedy="use --root with a folder of yours")
    plan, text = shelf.current_plan(root, item)
    proposed = shelf.recorded_plan(item)
    changes = planfile.changed(proposed, plan)
    notebook = shelf.read_notebook(bench, shelf.notebook_path(root, plan.notebook))
    check_binding(notebook, plan)
    concluding.check_hypothesis(plan)
    # What only measures spread, or tries a check, compares nothing that values speak of.
    minded = minding.gate_plan(bench, plan, notebook, despite, item.id) if shelf.compares(item) else {}
    folder = shelf.plan_path(root, item.id).parent
    folder.mkdir(parents=True, exist_ok=True)
    snapshot = freeze_files(notebook, folder / MODULES)
    write_atomic(folder / shelf.NOTEBOOK_FILE, notebook.raw, expect=None)
    salt = shelf.salt(record, bench.clock.random_bytes(16), actor)
    experiment = registration.register(
        plan, id=item.id, salt=salt, at=iso(bench.clock.wall_ms()), snapshot=snapshot,
        earlier_blocks=blocks_seen(bench, plan),
    )  # fmt: skip
    decision = new_id("decision", bench.clock)
    late = piloting.moved(bench, plan)
    record.append(
        [
            Draft(
                id=decision, kind="decision", event="edited" if changes else "accepted", actor=actor,
                data={
                    "subject": item.id, "verb": "edited" if changes else "accepted",
                    "digest": experiment.digest, "reason": reason, "changes": list(changes),
                    **({"bulk": True} if bulk else {}), **minded,
                },
            ),
            Draft(
                id=item.id, kind="experiment", event="registered", state="registered", actor=actor,
                data={
                    "plan_toml": text, "digest": experiment.digest, "blocks": list(experiment.blocks),
                    "reseeds": list(experiment.reseeds),
                    **({"deviations": [*shelf.deviations(item), *late]} if late else {}),
                    "registered_at": experiment.registered_at, "snapshot": snapshot,
                    "notebook_bytes": digest_bytes(notebook.raw), "decision": decision,
                    "status": experiment.plan.status, "question": experiment.plan.question, **_instead(bench, experiment.plan),
                },
            ),
        ],
        expect={item.id: item.seq},
    )  # fmt: skip
    return experiment


def _instead(bench: Bench, plan: Plan) -> dict[str, int | None]:
    """What a sequential design is compared with when it has ended, as it is known before it begins."""
    from jupyter_coimprove.workbench.powering import power

    return {"fixed_blocks": power(bench, plan).fixed_blocks} if plan.stopping == "sequential" else {}


def check_binding(notebook: Notebook, plan: Plan) -> None:
    """Bind every arm once, so that what cannot be run is refused before anything is registered.

    The code must be what the plan was made on: also where nothing varies, it is what all arms run.
    """
    from jupyter_coimprove.experiments.binding import bind
    from jupyter_coimprove.experiments.design import notebook_digest
    from jupyter_coimprove.kernelspace.transform import python_source

    if notebook_digest(notebook) != plan.notebook_digest:
        raise PlanError(
            f"the code of {notebook.path.name} or of a file beside it has changed since the plan was made",
            remedy="plan again on the notebook as it is now",
        )
    for arm in plan.arms:
        bind(notebook, plan, arm, 1, transform=python_source)


def blocks_seen(bench: Bench, plan: Plan) -> frozenset[int]:
    """Block numbers that runs of this notebook have used already: a confirmatory verdict needs others."""
    seen: set[int] = set()
    for item in bench.record().find("experiment"):
        if item.data.get("notebook") == plan.notebook and "blocks" in item.data:
            seen.update(int(block) for name in ("blocks", "reseeds") for block in item.data.get(name, ()))
    return frozenset(seen)


def verify_unchanged(root: Path, item: Item) -> None:
    """PlanChanged when ``plan.toml`` is no longer what was registered (nothing runs then)."""
    from jupyter_coimprove.experiments.registration import verify_unchanged as verify

    path = shelf.plan_path(root, item.id)
    text = path.read_text(encoding="utf-8") if path.is_file() else str(item.data["plan_toml"])
    try:
        verify(shelf.registered(item), text)
    except PlanChanged as error:
        raise PlanChanged(
            error.message,
            remedy=error.remedy or f"put back what was registered in {path}, or plan a new experiment",
        ) from error
