"""Every view as a sheet of blocks; the one place that says what an answer looks like."""

from __future__ import annotations

import shlex
from functools import singledispatch

from jupyter_coimprove.interfaces.display.numbers import duration, number
from jupyter_coimprove.interfaces.display.sheet import (
    Block,
    Cell,
    Facts,
    Heading,
    Items,
    Line,
    Tone,
    Verbatim,
    facts,
    prose,
    table,
)
from jupyter_coimprove.workbench import views as v


def sheet(view: v.View) -> list[Block]:
    """Summary, body, warnings and what to do next."""
    import importlib

    for module in (
        "sheets_plan",
        "sheets_results",
        "sheets_checks",
        "sheets_curation",
        "sheets_talk",
        "sheets_fixing",
        "sheets_previews",
        "sheets_activities",
    ):  # importing them registers their views
        importlib.import_module(f"jupyter_coimprove.interfaces.display.{module}")
    blocks: list[Block] = [Heading(view.summary, 1)]
    blocks += body(view)
    if view.warnings:
        blocks.append(Items(tuple(view.warnings), mark="!", tone="open"))
    if view.next:
        blocks.append(Items(tuple(view.next), mark="→"))
    return blocks


@singledispatch
def body(view: v.View) -> list[Block]:
    """What stands between summary and next steps; nothing for a view of one line."""
    return []


@body.register
def _(view: v.CandidatesView) -> list[Block]:
    blocks: list[Block] = [facts(("notebook", view.notebook), ("kernel", view.kernel or "none named"))]
    if view.candidates:
        rows = [
            (
                Cell(row.name, "strong"),
                row.kind if row.operator == "set" else row.operator,
                _one_line(row.value),
                ", ".join(row.levels),
                ", ".join(row.where),
                row.label,
            )
            for row in view.candidates
        ]
        blocks += [
            Heading("Could be varied"),
            table(("name", "kind", "value", "levels", "where", "reaches"), rows, fixed="014"),
        ]
    if view.hidden:
        blocks.append(Line(f"{view.hidden} unlikely ones are not shown (--all shows them)", "muted"))
    if view.seeds:
        rows_s = [
            (
                Cell(row.name, "strong"),
                row.kind,
                row.value,
                ", ".join(row.where),
            )
            for row in view.seeds
        ]
        blocks += [Heading("Seeds"), table(("name", "kind", "value", "where"), rows_s, fixed="023")]
    if view.measured:
        rows_m = [
            (
                Cell(row.name, "strong"),
                row.how,
                row.expr,
                str(row.cell),
                row.direction,
                number(row.last),
                ": ".join(part for part in (row.source, row.reduction) if part),
            )
            for row in view.measured
        ]
        blocks += [
            Heading("Measured"),
            table(
                ("name", "how", "expression", "cell", "better", "last", "read"),
                rows_m,
                numbers="5",
                fixed="0",
            ),
        ]
    if view.splits:
        blocks += [Heading("Splits"), Items(view.splits)]
    return blocks


def _one_line(text: str) -> str:
    """Code in a table: its lines joined, its end cut where it is long."""
    joined = " ".join(text.split())
    return joined if len(joined) <= 60 else joined[:59] + "…"


_STATE_SIGNS: dict[str, tuple[str, Tone]] = {
    "completed": ("✓", "good"), "reused": ("=", "good"), "running": ("▸", "strong"), "queued": ("·", "muted"),
    "paused": ("‖", "open"), "failed": ("✗", "bad"), "timed_out": ("T", "bad"), "lost": ("?", "bad"),
    "cancelled": ("−", "muted"),
}  # fmt: skip


def sign(state: str) -> Cell:
    """The character of a run's state."""
    text, tone = _STATE_SIGNS.get(state, ("?", "open"))
    return Cell(text, tone)


@body.register
def _(view: v.StatusView) -> list[Block]:
    blocks: list[Block] = []
    for row in view.experiments:
        done = sum(
            count for state, count in row.counts.items() if state not in ("queued", "running", "paused")
        )
        counts = ", ".join(f"{count} {state}" for state, count in row.counts.items() if count)
        left = (
            f"about {duration(row.left_s)} left" if row.left_s is not None and row.state == "running" else ""
        )
        blocks.append(Heading(row.question or row.id))
        runner = (
            "" if row.alive or row.state != "running" else "no runner is alive: `coimprove resume` goes on"
        )
        blocks.append(
            facts(
                ("experiment", f"{row.id} ({row.state})"),
                ("notebook", row.notebook),
                (
                    "runs",
                    f"{bar(done, row.total)} {done} of {row.total}" + (f" ({counts})" if counts else ""),
                ),
                ("time", left),
                ("runner", runner),
                ("waits", row.waiting),
                ("first", row.first),
                ("finding", row.finding),
            )
        )
        if row.runs:
            blocks += _grid(row.runs)
    return blocks


def bar(done: int, total: int, cells: int = 20) -> str:
    """A bar of ``cells`` characters."""
    full = int(cells * min(1.0, done / total)) if total else 0
    return "█" * full + "░" * (cells - full)


def _grid(runs: tuple[v.RunRow, ...]) -> list[Block]:
    numbers = sorted({run.block for run in runs})
    arms = list(dict.fromkeys(run.arm for run in runs))
    by_place: dict[tuple[str, int], v.RunRow] = {}
    for run in sorted(runs, key=lambda run: run.replicate, reverse=True):
        by_place[run.arm, run.block] = run
    rows: list[tuple[Cell | str, ...]] = []
    for arm in arms:
        places = [by_place.get((arm, number)) for number in numbers]
        seconds = [run.seconds for run in runs if run.arm == arm and run.seconds is not None]
        mean = duration(sum(seconds) / len(seconds)) if seconds else ""
        rows.append((Cell(arm, "strong"), *(sign(run.state) if run else Cell("") for run in places), mean))
    # Block numbers are seeds, and may be long: columns are counted, the numbers stand in the records.
    titles = ("arm", *(str(place + 1) for place in range(len(numbers))), "a run")
    seen = {run.state for run in runs}
    legend = "blocks in order   " + "   ".join(
        f"{text} {state}" for state, (text, _) in _STATE_SIGNS.items() if state in seen
    )
    blocks: list[Block] = [table(titles, rows), Line(legend, "muted")]
    failed = [run for run in runs if run.reason]
    if failed:
        bad = [
            (run.arm, str(run.block), run.state, Cell(run.reason, "bad"), run.artifact or run.id)
            for run in failed
        ]
        blocks += [Heading("What went wrong"), table(("arm", "block", "state", "reason", "see"), bad)]
    return blocks


@body.register
def _(view: v.DecisionView) -> list[Block]:
    waits = view.application == "queued"
    remedy = (
        f"`coimprove apply {shlex.quote(view.notebook)}` (or `%coai apply`) writes it into the notebook"
        if waits
        else ""
    )
    return [
        facts(
            ("decision", f"{view.verb} {view.subject}"),
            ("state", view.state),
            ("experiment", view.experiment),
            ("notebook", f"{view.notebook}: {_APPLICATION[view.application]}" if view.notebook else ""),
            ("to do", remedy),
        )
    ]


_APPLICATION = {
    "none": "nothing to write", "applied": "written", "queued": "waits to be written", "reverted": "as it was before",
    "refused": "not written: it has changed",
}  # fmt: skip


@body.register
def _(view: v.ReviewView) -> list[Block]:
    rows = [
        (Cell(item.id, "strong"), item.kind, item.state, item.title, item.notebook, item.changed[:16].replace("T", " "),
         Cell(item.author) if item.trust == "own" else Cell("foreign, unverified", "open"))
        for item in view.items
    ]  # fmt: skip
    return [table(("id", "kind", "state", "what", "notebook", "changed", "by"), rows)] if rows else []


@body.register
def _(view: v.ShowView) -> list[Block]:
    trust = "" if view.trust == "own" else "foreign, unverified: it came with the folder"
    return [
        facts(("id", view.id), ("kind", view.kind), ("state", view.state), ("trust", trust)),
        Verbatim(view.text),
    ]


@body.register
def _(view: v.ReportView) -> list[Block]:
    return [
        facts(
            ("report", view.path),
            ("format", view.format),
            ("findings", f"{view.findings} accepted, of {view.registered} registered experiments"),
        )
    ]


@body.register
def _(view: v.ChecksView) -> list[Block]:
    rows = [
        (Cell("✓ ok", "good") if row.ok else Cell("✗ no", "bad"), Cell(row.name, "strong"), row.text)
        for row in view.checks
    ]
    remedies = tuple(f"{row.name}: {row.remedy}" for row in view.checks if row.remedy and not row.ok)
    blocks: list[Block] = [table(("", "check", ""), rows)] if rows else []
    return [*blocks, Items(remedies, mark="→")] if remedies else blocks


@body.register
def _(view: v.DemoView) -> list[Block]:
    return [
        Facts((
            ("notebook", view.notebook), ("report", view.report), ("experiment", view.experiment),
            ("finding", view.finding), ("time", duration(view.seconds)),
        )),
        *prose(view.claim),
    ]  # fmt: skip
