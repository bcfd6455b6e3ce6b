"""Results that exist already, kept as evidence: an experiment that is post hoc for good, with its source."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from jupyter_coimprove.clock import iso
from jupyter_coimprove.errors import RecordReadOnly, UsageError
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.workbench import reading_results, shelf
from jupyter_coimprove.workbench.tabling import Source, kind_of_blocks, numbered, read_results
from jupyter_coimprove.workbench.views import ResultsView

if TYPE_CHECKING:
    from jupyter_coimprove.evidence.effects import Evidence
    from jupyter_coimprove.experiments.experiment import Plan
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.record.base import Draft
    from jupyter_coimprove.workbench.bench import Bench

BlockKindName = Literal["split", "folds", "init", "order", "unknown"]


def import_results(
    bench: Bench, *, source: str, notebook: str | None = None, baseline: str | None = None,
    treatment: str | None = None, block: str | None = None, block_kind: BlockKindName | None = None,
    response: str | None = None, direction: Literal["max", "min"] | None = None, reduction: str | None = None,
    part: str | None = None, margin: float | None = None, split_ratio: float | None = None, question: str | None = None,
) -> ResultsView:  # fmt: skip
    """Keep a table of results in the record, as a post hoc experiment with one finding to decide on.

    The same results, understood the same way, are kept once. Raises UsageError for what
    ``compare`` refuses, and where it is not said which notebook they are about.
    """
    from jupyter_coimprove.evidence.compare import compare
    from jupyter_coimprove.record.roots import init

    about = notebook or (str(bench.where.notebook) if bench.where.notebook else None)
    if about is None:
        raise UsageError("which notebook are these results about?", remedy="name it with --notebook")
    code = shelf.read_notebook(bench, about)
    path = bench.path(source)
    read = read_results(
        path, block=block, treatment=treatment, response=response, reduction=reduction, part=part
    )
    read = replace(read, table=numbered(read.table))
    found = compare(
        read.table,
        baseline=baseline,
        direction=direction,
        margin=margin,
        block_kind=kind_of_blocks(block_kind, split_ratio),
        split_ratio=split_ratio,
    )
    root = bench.root(code.path)
    plan = _plan(read, found, code, shelf.notebook_name(root, code.path), path.name, question)
    key = _key(read, plan)
    record = bench.record()
    kept = [item for item in record.find("experiment", import_key=key) if item.trust == "own"]
    if kept:
        view = reading_results.results(bench, experiment=kept[-1].id)
        return replace(view, summary=f"these results are kept already as {kept[-1].id}; nothing was added")
    if record.read_only:
        raise RecordReadOnly(f"nothing can be kept in {root}", remedy="use --root with a folder of yours")
    init(root)
    id_ = new_id("experiment", bench.clock)
    bench.record().append(_drafts(bench, id_, plan, read, path.name, key))
    view = reading_results.results(bench, experiment=id_)
    more = f"{view.summary}, imported from {path.name} ({read.tool}), post hoc"
    return replace(view, summary=more, warnings=(*view.warnings, *_others(bench, id_, read)))


def _plan(read: Source, found: Evidence, code: Notebook, name: str, file: str, question: str | None) -> Plan:
    """The plan that these results would have been; it binds to no code and cannot be run."""
    from jupyter_coimprove.experiments.design import notebook_digest
    from jupyter_coimprove.experiments.experiment import Arm, Factor, Plan, Response

    rules = found.rules
    names = (rules.baseline, *rules.treatments)
    factor = Factor(
        name="treatment", operator="set", places=(), levels=tuple(map(repr, names)), kind="imported"
    )
    arms = (
        Arm(name=rules.baseline),
        *(Arm(name=arm, settings={"treatment": repr(arm)}) for arm in rules.treatments),
    )
    origin = (
        f"post hoc: imported from {file} ({read.tool}); the results existed before the analysis was chosen, so this "
        "suggests and does not confirm"
    )
    notes = [note for note in found.notes if not note.startswith("post hoc") and note not in _analysed(found)]
    return Plan(
        question=(question or "").strip() or f"What do {file}'s treatments do to {read.table.response}?",
        notebook=name, notebook_digest=notebook_digest(code), kernel=code.kernel, design="one-at-a-time",
        factors=(factor,), arms=arms, seeds=(), seeding_cell=None, blocks=len(read.table.blocks),
        block_kind=rules.block_kind,  # type: ignore[arg-type]
        block_numbers=tuple(read.table.number(block) for block in read.table.blocks),
        response=Response(
            name=read.table.response, how="logged", expr=read.table.response, direction=rules.direction,
            reduction="value", notes=(origin, *notes),
        ),
        split_ratio=rules.split_ratio, margin=rules.margin, repeat_baseline=False, status="post hoc",
        extra={"imported": {"source": file, "tool": read.tool, "digest": read.digest}},
    )  # fmt: skip


def _analysed(found: Evidence) -> frozenset[str]:
    """Notes that the analysis says again by itself."""
    from jupyter_coimprove.evidence.analysis import analyse
    from jupyter_coimprove.evidence.effects import Row
    from jupyter_coimprove.runs.run import Value

    rows = [
        Row(arm=arm.arm, block=block, value=Value.of(value))
        for arm in found.arms
        for block, value in arm.values
    ]
    return frozenset(analyse(rows, found.rules).notes)


def _key(read: Source, plan: Plan) -> str:
    """What is the same import: these results, understood this way, about this notebook."""
    from jupyter_coimprove.digests import digest_json

    table = read.table
    cells = [[r.block, r.treatment, r.value.as_dict()] for r in table.results]
    return digest_json(
        [read.digest, plan.notebook, table.response, plan.baseline.name, plan.response.direction, plan.block_kind,
         plan.margin, plan.split_ratio, cells]
    )  # fmt: skip


def _drafts(bench: Bench, id_: str, plan: Plan, read: Source, file: str, key: str) -> list[Draft]:
    """The experiment, completed from the start, and a run for each row, marked with where it came from."""
    from jupyter_coimprove.experiments.planfile import dump
    from jupyter_coimprove.experiments.registration import digest
    from jupyter_coimprove.record.base import Draft

    origin: dict[str, Any] = {"source": file, "tool": read.tool, "digest": read.digest}
    drafts = [
        Draft(
            id=id_, kind="experiment", event="imported", state="completed", actor=bench.actor,
            data={
                "plan_toml": dump(plan), "notebook": plan.notebook, "question": plan.question,
                "response": plan.response.expr, "status": plan.status, "digest": digest(plan),
                "blocks": list(plan.block_numbers), "registered_at": iso(bench.clock.wall_ms()), "snapshot": "",
                "imported": origin, "import_key": key, "asked_by": bench.actor.as_dict(), "replicates": "",
            },
        )
    ]  # fmt: skip
    for place, result in enumerate(read.table.results, start=1):
        metric = {
            "name": plan.response.expr,
            "value": result.value.as_dict(),
            "step": None,
            "source": "imported",
        }
        drafts.append(
            Draft(
                id=new_id("run", bench.clock), kind="run", event="imported", state="completed", actor=bench.actor,
                data={
                    "experiment": id_, "arm": result.treatment, "block": read.table.number(result.block),
                    "replicate": 0, "attempt": 0, "key": "", "metrics": [metric], "seconds": 0.0,
                    "imported": {**origin, "row": place},
                },
            )
        )  # fmt: skip
    return drafts


def _others(bench: Bench, id_: str, read: Source) -> tuple[str, ...]:
    """The same results looked at in another way: that counts (STATISTICS 19)."""
    same = [
        item.id for item in bench.record().find("experiment")
        if item.id != id_ and dict(item.data.get("imported", {})).get("digest") == read.digest
    ]  # fmt: skip
    if not same:
        return ()
    return (f"the same results were imported before, understood otherwise: {', '.join(same)}",)
