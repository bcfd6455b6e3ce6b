"""The write-up: accepted findings only, with what was left out said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import NothingToDo, UsageError
from jupyter_coimprove.workbench import concluding, reading_results, shelf
from jupyter_coimprove.workbench.views import ReportView

if TYPE_CHECKING:
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench


def report(
    bench: Bench, *, notebook: str | None = None, format: str = "md", output: str | None = None,
    title: str | None = None,
) -> ReportView:  # fmt: skip
    """Write the report of a notebook, or of the whole project."""
    from jupyter_coimprove.notebook.io import write_atomic
    from jupyter_coimprove.writeup.outline import outline
    from jupyter_coimprove.writeup.render import to_html, to_markdown

    record, root = bench.record(), bench.root()
    name = shelf.notebook_name(root, bench.path(notebook)) if notebook else None
    experiments = [
        item for item in record.find("experiment")
        if item.trust == "own" and "digest" in item.data and (name is None or item.data["notebook"] == name)
    ]  # fmt: skip
    findings = [card for item in experiments for card in record.find("finding", experiment=item.id)]
    accepted = [card for card in findings if card.state in ("accepted", "edited") and card.trust == "own"]
    if not accepted:
        waiting = [card.id for card in findings if card.state in ("pending", "deferred")]
        raise NothingToDo(
            "no finding is accepted yet",
            remedy=f"`coimprove accept {waiting[0]}`" if waiting else "`coimprove run` an experiment first",
        )
    built = outline(
        title=title or (f"Findings on {name}" if name else f"Findings in {root.name}"),
        findings=[_finding(card) for card in accepted],
        experiments=[_experiment(bench, item, findings) for item in experiments],
        head=record.verify().head, version=_version(),
    )  # fmt: skip
    text = to_html(built) if format == "html" else to_markdown(built)
    stem = "report" if name is None else name.rsplit("/", 1)[-1].removesuffix(".ipynb")
    path = bench.path(output) if output else bench.layout().reports / f"{stem}.{format}"
    if output and not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", remedy="make it first")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, text.encode(), expect=None)
    return ReportView(
        summary=f"{len(accepted)} finding{'s' if len(accepted) > 1 else ''} of {len(experiments)} registered"
        f" experiment{'s' if len(experiments) > 1 else ''} in {path}",
        path=str(path), format=format, findings=len(accepted), registered=len(experiments),
    )  # fmt: skip


def _version() -> str:
    from jupyter_coimprove import __version__

    return __version__


def _finding(card: Item) -> dict[str, Any]:
    return {"id": card.id, "state": card.state, "decided_by": dict(card.actor), **dict(card.data)}


def _experiment(bench: Bench, item: Item, findings: list[Item]) -> dict[str, Any]:
    """An experiment as the report needs it: what was registered, its evidence, its runs."""
    record = bench.record()
    registered = shelf.registered(item)
    runs = shelf.runs_of(record, item.id)
    rows = concluding.rows(registered, runs)
    found = concluding.evidence(registered, runs) if rows and registered.plan.treatments else None
    return {
        "id": item.id, "state": item.state, "registered": registered, "evidence": found,
        "deviations": shelf.deviations(item),
        "runs": [
            {
                "id": run.id, "arm": run.data["arm"], "block": run.data["block"],
                "replicate": run.data["replicate"], "state": run.state, "reason": run.data.get("reason") or "",
                "seconds": run.data.get("seconds"),
            }
            for run in runs
        ],
        "finding_state": next((card.state for card in findings if card.data["experiment"] == item.id), ""),
        "prediction": reading_results.scored(bench, item, found) if found is not None else "",
        "counts": concluding.denominators(record, item),
    }  # fmt: skip
