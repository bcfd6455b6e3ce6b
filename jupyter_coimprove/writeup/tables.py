"""The tables of a report as plain rows: drawn as HTML and as Markdown alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from jupyter_coimprove.evidence.printing import MINUS, decimals_of, key, p_value, printed
from jupyter_coimprove.evidence.saying import finite
from jupyter_coimprove.writeup.contents import Report, Section


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell: text, whether it is a name, whether it is a number, and the number it refers to."""

    text: str
    code: bool = False
    number: bool = False
    refers: int | None = None
    runs: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Table:
    """Head and rows of cells; ``anchor`` names the rows (``n`` gives ``n1``, ``n2``, …)."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    anchor: str = ""

    def without_empty(self) -> Table:
        """The table without columns in which no row says anything."""
        said = [
            i
            for i in range(len(self.head))
            if any(row[i].runs or row[i].text not in ("", "–") for row in self.rows)
        ]
        return replace(
            self,
            head=tuple(self.head[i] for i in said),
            rows=tuple(tuple(row[i] for i in said) for row in self.rows),
        )


def ranges(indices: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending numbers as (first, last) of each unbroken stretch."""
    out: list[tuple[int, int]] = []
    for index in sorted(indices):
        if out and out[-1][1] == index - 1:
            out[-1] = (out[-1][0], index)
        else:
            out.append((index, index))
    return out


def _n(text: str, refers: int | None = None) -> Cell:
    return Cell(text=text or "–", number=True, refers=refers)


def effects(section: Section) -> Table:
    """Every treatment: change, interval, blocks, p and verdict."""
    response, rows = section.experiment.plan.response.name, []
    for row in section.rows:
        arm, number = row["arm"], section.numbers.get
        blocks = str(row["n"]) if row["n"] == row["planned"] else f"{row['n']} of {row['planned']}"
        won, of = row["better"]
        p = row["p_adjusted"]
        relation = "" if p is None else "".join(p_value(p)).removeprefix("=")
        rows.append((
            Cell(text=arm, code=True),
            _n(row["change"], number(key("effects", arm, "estimate"))),
            _n(f"{row['interval']} ({row['level']})" if row["interval"] else "", number(key("effects", arm, "low"))),
            _n(blocks, number(key("effects", arm, "blocks"))),
            _n(f"{won} of {of}" if of else "", number(key("effects", arm, "better"))),
            _n(relation, number(key("effects", arm, "p_adjusted"))),
            Cell(text=row["verdict"]),
        ))  # fmt: skip
    return Table(
        caption=f"Change in {response} against the baseline, paired by block; p adjusted for the number of treatments.",
        head=("Treatment", "Change", "Interval", "Blocks", "Better in", "p", "Verdict"), rows=tuple(rows),
    )  # fmt: skip


def arms(section: Section) -> Table:
    """Every arm by itself: completed runs, mean, spread and failures."""
    rows = []
    for arm in section.evidence.arms:
        mean, sd, number = finite(arm.mean), finite(arm.sd), section.numbers.get
        places = decimals_of(sd, mean)
        failed = ", ".join(f"{count} {reason.replace('_', ' ')}" for reason, count in arm.failures)
        rows.append((
            Cell(text=arm.arm, code=True), _n(f"{arm.completed} of {arm.planned}"),
            _n("" if mean is None else printed(mean, places), number(key("arms", arm.arm, "mean"))),
            _n("" if sd is None else printed(sd, places), number(key("arms", arm.arm, "sd"))),
            Cell(text=failed or "none"),
        ))  # fmt: skip
    return Table(
        caption="Every arm by itself: runs with a response, their mean and standard deviation.",
        head=("Arm", "Completed", "Mean", "SD", "Failed"), rows=tuple(rows),
    )  # fmt: skip


def failed(report: Report) -> Table:
    """Runs that gave no response."""
    made = Table(
        caption="Runs that gave no response, of all experiments told here.",
        head=("Run", "Experiment", "Arm", "Block", "Reason", "Error"),
        rows=tuple(
            (
                Cell(text=run.id, code=True), Cell(text=run.experiment, code=True), Cell(text=run.arm, code=True),
                _n(str(run.block)), Cell(text=run.reason.replace("_", " ")), Cell(text=run.error or "–"),
            )
            for run in report.failed
        ),
    )  # fmt: skip
    return made.without_empty()


def predictions(report: Report) -> Table:
    """What was expected before the runs, and how it scored."""
    made = Table(
        caption="Predictions made before the runs.",
        head=("Experiment", "By", "Prediction", "Measure", "Score", "Chance"),
        rows=tuple(
            (
                Cell(text=p.experiment, code=True), Cell(text=p.by), Cell(text=p.said), Cell(text=p.measure),
                _n("" if p.score is None else f"{p.score:.2f}"), _n("" if p.chance is None else f"{p.chance:.2f}"),
            )
            for p in report.predictions
        ),
    )  # fmt: skip
    return made.without_empty()


def registered(report: Report) -> Table:
    """Every registered experiment, told about or not."""
    return Table(
        caption="Every experiment registered here, also those that this report does not tell.",
        head=("Experiment", "Question", "Response", "Status", "State", "Finding"),
        rows=tuple(
            (
                Cell(text=e.id, code=True), Cell(text=e.question), Cell(text=e.response, code=True),
                Cell(text=e.status), Cell(text=e.state), Cell(text=e.finding or ("pilot" if e.pilot else "not reported")),
            )
            for e in report.registered
        ),
    )  # fmt: skip


def numbers(report: Report) -> Table:
    """Every number with its place in the evidence, unrounded, and the runs behind it."""
    return Table(
        caption="Every number: as printed, where it stands in the evidence, unrounded, and the runs behind it.",
        head=("No.", "Printed", "In the evidence", "Unrounded", "Runs"), anchor="n",
        rows=tuple(
            (
                _n(str(n.index)), _n(n.text), Cell(text=n.key), _n(f"{n.value:.10g}".replace("-", MINUS)),
                Cell(text="" if n.runs else "registered", runs=n.runs),
            )
            for n in report.numbers
        ),
    )  # fmt: skip


def runs(report: Report) -> Table:
    """Every run behind a number."""
    return Table(
        caption="Every run behind a number, with its response.",
        head=("No.", "Run", "Experiment", "Arm", "Block", "Response"), anchor="r",
        rows=tuple(
            (
                _n(str(run.index)), Cell(text=run.id, code=True), Cell(text=run.experiment, code=True),
                Cell(text=run.arm, code=True), _n(str(run.block)), _n(run.response),
            )
            for run in report.runs
        ),
    )  # fmt: skip


def values(report: Report) -> Table:
    """What the report violates of the values in force; no row where none are."""
    known = report.known
    said = known.violated or (("nothing in it violates them",) if known.values else ())
    return Table(
        caption=f"Held against the values in force here, {known.values}.", head=("what was found",),
        rows=tuple((Cell(text=one),) for one in said),
    )  # fmt: skip
