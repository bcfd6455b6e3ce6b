"""How applications, stale texts and two runs beside each other look."""

from __future__ import annotations

from jupyter_coimprove.interfaces.display.sheet import (
    Block,
    Cell,
    Column,
    Heading,
    Line,
    Table,
    Tone,
    Verbatim,
    changes,
    facts,
    table,
)
from jupyter_coimprove.interfaces.display.sheets import body
from jupyter_coimprove.interfaces.display.sheets_previews import blocks as previewed
from jupyter_coimprove.workbench import views as v

_KINDS = {"insert": "inserted after", "replace": "in place of", "delete": "taken out:"}


@body.register
def _(view: v.ApplicationsView) -> list[Block]:
    rows = tuple(
        (
            Cell(row.subject), Cell(row.notebook), Cell("take back" if row.undoes else "put in"),
            Cell(f"{row.state} by {row.by}" if row.by else row.state), Cell(row.remedy or row.why, "bad"),
        )
        for row in view.applications
    )  # fmt: skip
    titles = ("of", "notebook", "what", "state", "to do")
    return [Table(tuple(map(Column, titles)), rows)] if rows else []


@body.register
def _(view: v.ProposalView) -> list[Block]:
    author = f"{view.author} ({view.author_kind}{', ' + view.model if view.model else ''})"
    blocks: list[Block] = [
        facts(("by", author), ("notebook", view.notebook), ("why", view.why), ("expected", view.expected))
    ]
    for change in view.changes:
        at = f"cell {change.cell}" if change.cell else "the top"
        if change.diff:
            blocks += [
                Heading(f"{'changes' if change.kind == 'replace' else 'takes out'} {at}"),
                changes(at, change.diff),
            ]
        else:
            where = f"after {at}" if change.cell else f"at {at}"
            language = view.language if change.cell_kind == "code" else "markdown"
            blocks += [Heading(f"new {change.cell_kind} cell {where}"), Verbatim(change.source, language)]
    return blocks + (previewed(view.preview) if view.preview is not None else [])


@body.register
def _(view: v.TrailView) -> list[Block]:
    rows = tuple(
        (
            Cell(row.at), Cell(row.verb, "strong"), Cell(row.subject), Cell(f"{row.by} ({row.kind}, {row.auth})"),
            Cell(f"{row.reason}{'' if row.trust == 'own' else ' [foreign, unverified]'}{' [with others]' if row.bulk else ''}".strip()),
        )
        for row in view.decisions
    )  # fmt: skip
    titles = ("when", "what", "on", "by", "why")
    way: list[tuple[Cell, ...]] = []
    for step in view.way:
        deep = "  " * (step.distance - view.way[0].distance)
        tone: Tone = "strong" if step.distance == 0 else "muted" if step.gone else ""
        way.append(
            (
                Cell(f"{deep}{'▸' if step.distance == 0 else '·'} {step.kind}", tone, fixed=True),
                Cell(step.title, "muted" if step.gone else ""), Cell(step.state), Cell(step.id),
            )
        )  # fmt: skip
        for mark in step.marks:
            text = f"{mark.text} (taken back)" if mark.gone else mark.text
            way.append(
                (Cell(f"{deep}    {mark.kind}", "muted", fixed=True), Cell(text, "muted"), Cell(""), Cell(""))
            )
    blocks: list[Block] = [table(("", "what", "state", "id"), way)] if len(way) > 1 else []
    return [*blocks, Table(tuple(map(Column, titles)), rows)] if rows else blocks


@body.register
def _(view: v.ThreeWayView) -> list[Block]:
    blocks: list[Block] = []
    for text in view.texts:
        at = (
            f"cell {text.cell}"
            if text.cell
            else "a cell that is gone"
            if text.base is not None
            else "the top"
        )
        blocks.append(Heading(f"{_KINDS[text.kind]} {at}"))
        if text.stale:
            blocks.append(Line("it is not what this stands on any more", "bad"))
        for title, said in (("stood on", text.base), ("proposes", text.proposed), ("says now", text.now)):
            blocks += [Line(title, "muted"), Verbatim(said if said is not None else "(gone)")]
    return blocks


@body.register
def _(view: v.PairView) -> list[Block]:
    blocks: list[Block] = [facts(("left", _run(view.left)), ("right", _run(view.right)))]
    for title, pairs in (("Parameters", view.parameters), ("Metrics", view.metrics)):
        if pairs:
            rows = tuple(
                (
                    Cell(pair.name),
                    Cell(pair.left or ""),
                    Cell(pair.right or ""),
                    Cell("" if pair.same else "differs"),
                )
                for pair in pairs
            )
            blocks += [Heading(title), Table((Column(""), Column("left"), Column("right"), Column("")), rows)]
    blocks += [changes(f"cell {cell.cell}", cell.diff) for cell in view.cells if cell.diff]
    printed = [cell for cell in view.cells if cell.left_output != cell.right_output]
    for cell in printed:
        blocks += [
            Heading(f"Cell {cell.cell} put out"), Line("left", "muted"), Verbatim(cell.left_output),
            Line("right", "muted"), Verbatim(cell.right_output),
        ]  # fmt: skip
    return blocks


def _run(row: v.RunRow) -> str:
    took = f", {row.seconds:.1f} s" if row.seconds is not None else ""
    return f"{row.id}: {row.arm}, block {row.block}, {row.state}{took}"
