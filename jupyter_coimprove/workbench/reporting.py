"""The write-up: accepted findings only, with what was left out said."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jupyter_coimprove.clock import iso
from jupyter_coimprove.errors import NothingToDo, UsageError
from jupyter_coimprove.workbench import concluding, minding, reading_results, shelf
from jupyter_coimprove.workbench.views import ReportView

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_coimprove.evidence.effects import Evidence
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.writeup.contents import Accepted, FailedRun, Known, Report, Scored


def report(
    bench: Bench, *, notebook: str | None = None, format: str = "md", output: str | None = None,
    title: str | None = None,
) -> ReportView:  # fmt: skip
    """Write the report of a notebook, or of the whole project."""
    name = shelf.notebook_name(bench.root(), bench.path(notebook)) if notebook else None
    stem = "report" if name is None else name.rsplit("/", 1)[-1].removesuffix(".ipynb")
    path = bench.path(output) if output else bench.layout().reports / f"{stem}.{format}"
    if output and not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", remedy="make it first")
    built = write(bench, path, format=format, notebook=name, title=title)
    told, registered = len(built.sections), built.counts["registered"]
    return ReportView(
        summary=f"{told} finding{'s' if told > 1 else ''} of {registered} registered"
        f" experiment{'s' if registered > 1 else ''} in {path}",
        path=str(path), format=format, findings=told, registered=registered,
        warnings=(
            *((f"{built.unbacked} numbers in it resolve to no run",) if built.unbacked else ()), *built.known.violated,
        ),
    )  # fmt: skip


def write(bench: Bench, path: Path, *, format: str, notebook: str | None, title: str | None) -> Report:
    """Write it as it is now, and keep which findings it tells: one that is taken back leaves it again."""
    from jupyter_coimprove.notebook.io import write_atomic
    from jupyter_coimprove.workbench import exporting, reporting_cases, retracting
    from jupyter_coimprove.writeup.notebook import to_notebook
    from jupyter_coimprove.writeup.render import to_html, to_markdown

    built = gather(bench, notebook, title)
    about = sorted({notebook} if notebook else {s.accepted.finding.notebook for s in built.sections})
    # Other programs set LaTeX and PDF from a file of their own: no picture of ours lies beside it.
    told_cases = reporting_cases.cases(
        bench, about, beside=path.parent, pictures=format not in exporting.NEEDS
    )
    built = replace(built, cases=told_cases)
    text = to_html(built) if format == "html" else to_markdown(built)
    if format in ("ipynb", *exporting.NEEDS):
        text = to_notebook(text)
    raw = exporting.export(text, format) if format in exporting.NEEDS else text.encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, raw, expect=None)
    told = [section.accepted.finding.id for section in built.sections] + [one.id for one in built.cases]
    retracting.wrote(bench, path, raw, format=format, notebook=notebook, title=title, told=told)
    return built


def gather(bench: Bench, notebook: str | None, title: str | None) -> Report:
    """Everything a report tells of a notebook (by its recorded name), or of the whole project."""
    from jupyter_coimprove.writeup.contents import Registered
    from jupyter_coimprove.writeup.outline import report as told_by

    record, root = bench.record(), bench.root()
    items = [
        item
        for item in record.find("experiment")
        if item.trust == "own"
        and "digest" in item.data
        and not shelf.is_probe(item)
        and (notebook is None or item.data["notebook"] == notebook)
    ]
    cards = {item.id: card for item in items if (card := shelf.finding_of(record, item.id)) is not None}
    accepted = [
        card for card in cards.values() if card.state in ("accepted", "edited") and card.trust == "own"
    ]
    if not accepted:
        waiting = [card.id for card in cards.values() if card.state in ("pending", "deferred")]
        raise NothingToDo(
            "no finding is accepted yet",
            remedy=f"`coimprove accept {waiting[0]}`" if waiting else "`coimprove run` an experiment first",
        )
    told = {str(card.data["experiment"]) for card in accepted}
    experiments = {item.id: shelf.registered(item) for item in items if item.id in told}
    runs = {item.id: shelf.runs_of(record, item.id) for item in items}
    evidences = {id_: concluding.evidence_of(record, record.get(id_)) for id_ in experiments}
    built = told_by(
        [_accepted(bench, card) for card in accepted], experiments, evidences,
        counts=_counts(items, cards),
        registered=[
            Registered(
                id=item.id, question=str(item.data.get("question", "")), response=str(item.data.get("response", "")),
                status=str(item.data.get("status", "")), state=item.state, at=str(item.data["registered_at"]),
                finding=cards[item.id].state if item.id in cards else "", pilot=shelf.is_pilot(item),
            )
            for item in items
        ],
        failed=[_failed(item, run) for item in items for run in runs[item.id] if run.state in ("failed", "timed_out")],
        head=record.verify().head, at=iso(bench.clock.wall_ms()), predictions=_predictions(bench, evidences),
        title=title or (f"Findings on {notebook}" if notebook else f"Findings in {root.name}"),
        versions=_versions(), known=_known(bench, items),
    )  # fmt: skip
    violated, version = minding.report_notes(bench, built)
    return replace(built, known=replace(built.known, values=version, violated=violated))


def _known(bench: Bench, items: list[Item]) -> Known:
    """What the record answers beside the runs: data, environment, checks of these notebooks."""
    from jupyter_coimprove.runs.provenance import named_inputs
    from jupyter_coimprove.writeup.contents import Known

    names = sorted({str(item.data["notebook"]) for item in items})
    found = [c for name in names for c in bench.record().find("check", notebook=name) if c.trust == "own"]
    stand = [
        c
        for c in found
        if c.state in ("pending", "deferred", "accepted") and c.data.get("confidence") != "low"
    ]
    data = set()
    for item in items:
        if item.data.get("imported"):
            continue
        notebook = shelf.snapshot_notebook(bench.root(), item)
        folder = shelf.notebook_path(bench.root(), str(item.data["notebook"])).parent
        data |= {f["path"] for f in named_inputs([cell.source for cell in notebook.code_cells], folder).files}
    return Known(
        data=len(data), environment=any(item.data.get("environment") for item in items), checked=bool(found),
        open_checks=tuple(sorted({str(c.data["title"]) for c in stand})), judged=sum(c.state == "rejected" for c in found),
        goal="; ".join(_goals(bench, names)),
    )  # fmt: skip


def _goals(bench: Bench, names: list[str]) -> list[str]:
    """What a person said that a better score of these notebooks is to mean."""
    from jupyter_coimprove.workbench import cards

    return [
        str(said)
        for name in names
        for item in cards.of(bench, name, "benchmark")
        if item.data["card"] == "desiderata" and item.data["key"] == "goal" and item.state != "rejected"
        for said in item.data["more"]["said"]
    ]


def _accepted(bench: Bench, card: Item) -> Accepted:
    from jupyter_coimprove.evidence.finding import Finding
    from jupyter_coimprove.writeup.contents import Accepted

    decision = bench.record().get(str(card.data["decision"]))
    return Accepted(
        finding=Finding.from_dict({**card.data, "id": card.id}), verb=card.state,
        text=str(card.data.get("edited_text", "")), by=str(decision.actor.get("display", "")),
        at=decision.created, reason=str(decision.data.get("reason", "")),
    )  # fmt: skip


def _counts(items: list[Item], cards: dict[str, Item]) -> dict[str, int]:
    """Registered, reported, abandoned and same-response, over what the report is about; pilots beside them."""
    pilots = sum(map(shelf.is_pilot, items))
    items = [item for item in items if shelf.compares(item)]
    told = [item for item in items if item.id in cards and cards[item.id].state in ("accepted", "edited")]
    responses = {item.data.get("response") for item in told}
    return {
        "registered": len(items),
        "reported": len(told),
        "abandoned": sum(item.state in ("cancelled", "abandoned") for item in items),
        "same_response": sum(item.data.get("response") in responses for item in items),
        "pilots": pilots,
    }


def _failed(item: Item, run: Item) -> FailedRun:
    from jupyter_coimprove.writeup.contents import FailedRun

    error = run.data.get("error") or {}
    return FailedRun(
        id=run.id, experiment=item.id, arm=str(run.data["arm"]), block=int(run.data["block"]),
        reason=str(run.data.get("reason") or run.state),
        error=f"{error['name']}: {error['value'][:200]}" if error else "",
    )  # fmt: skip


def _predictions(bench: Bench, evidences: dict[str, Evidence]) -> list[Scored]:
    from jupyter_coimprove.writeup.contents import Scored

    out = []
    for id_, found in evidences.items():
        for item in bench.record().find("prediction", experiment=id_):
            ranking, result = reading_results.scored(item, found)
            out.append(
                Scored(
                    experiment=id_, by=str(item.actor.get("display", "")), said=" > ".join(ranking),
                    measure="Kendall's tau-b", score=result.tau, chance=0.0,
                )
            )  # fmt: skip
    return out


def _versions() -> dict[str, str]:
    from jupyter_coimprove import __version__

    return {"jupyter-coimprove": __version__}
