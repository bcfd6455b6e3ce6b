"""What a reader of research with machine learning should find answered, and what the record answers of it.

The points are those of the REFORMS checklist (Kapoor et al., Science Advances 10, 2024), in our own words
and as far as a record can speak of them; what it cannot know is said to be open, never passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from jupyter_coimprove.writeup.contents import Report
from jupyter_coimprove.writeup.tables import Cell, Table

Answered = Literal["answered", "in part", "open"]


@dataclass(frozen=True, kw_only=True)
class Point:
    """One point: ``part`` of the checklist, what is asked, whether the record answers it, and with what."""

    part: str
    asked: str
    answered: Answered
    by: str


def points(report: Report) -> tuple[Point, ...]:
    """Every point, in the checklist's order."""
    known = report.known
    plans = [section.experiment.plan for section in report.sections]
    questions = sorted({plan.question for plan in plans if plan.question})
    blocks = sorted({plan.blocks for plan in plans})
    tests = sorted({plan.multiplicity for plan in plans})
    metrics = sorted({f"{plan.response.name} ({plan.response.direction})" for plan in plans})
    failed = len(report.failed)
    dummies = [
        control
        for section in report.sections
        for control in section.evidence.controls
        if control.role == "dummy"
    ]
    leaks: Answered = (
        "answered" if known.checked and not known.open_checks else "in part" if known.checked else "open"
    )
    checked = (
        f"open: {', '.join(known.open_checks)}" if known.open_checks
        else f"checked, nothing stands; {known.judged} judged not a problem" if known.checked
        else "no check of it is on record"
    )  # fmt: skip

    def point(part: str, asked: str, answered: Answered | bool, by: str) -> Point:
        state: Answered = answered if isinstance(answered, str) else "answered" if answered else "open"
        return Point(part=part, asked=asked, answered=state, by=by)

    return (
        point("study", "which question is asked", bool(questions), "; ".join(questions)),
        point("study", "for which population it is to hold", False, "the record does not know it"),
        point("study", "why machine learning is the means", False, "the record does not know it"),
        point("reproducing", "the data that was used", "in part" if known.data else "open", f"{known.data} files by digest"),
        point("reproducing", "the code that was run", True, "frozen with each plan, by digest"),
        point("reproducing", "the environment", known.environment, "versions recorded with each experiment"),
        point("reproducing", "how to run it again", True, "`coimprove share`, then `coimprove verify FILE --rerun`"),
        point("data", "where it comes from and how it was sampled", False, "the record does not know it"),
        point("data", "what the outcome is, and how it is measured", bool(metrics), "; ".join(metrics)),
        point("modelling", "which alternatives were compared", bool(plans), "; ".join(sorted({arm.name for plan in plans for arm in plan.arms}))),
        point(
            "modelling", "whether a simple baseline was among them", bool(dummies),
            "; ".join(dict.fromkeys(one.sentence for one in dummies)) or "no model that knows nothing was run (`plan --dummy`)",
        ),
        point("modelling", "how a choice between them was made", True, "plans were registered before their runs; deviations are told"),
        point("leakage", "whether training and test data are apart", leaks, checked),
        point("metrics", "why this one is right for the question", bool(known.goal), known.goal or "nobody has said (`benchmark --goal`)"),
        point("metrics", "uncertainty", bool(blocks), f"intervals over {' or '.join(map(str, blocks))} paired blocks" if blocks else ""),
        point("metrics", "several comparisons", bool(tests), "; ".join(tests)),
        point("metrics", "what was not told", True, f"{failed} failed runs and every registered experiment are listed"),
        point("generality", "what it does not show", False, "other data than the blocks drew: the record does not know it"),
    )  # fmt: skip


def table(report: Report) -> Table:
    """The checklist as a table of a report."""
    rows = tuple(
        (Cell(text=one.part), Cell(text=one.asked), Cell(text=one.answered), Cell(text=one.by or "–"))
        for one in points(report)
    )
    return Table(
        caption="What the record answers of the REFORMS checklist; the rest is the authors' to say.",
        head=("part", "asked", "", "by"), rows=rows,
    )  # fmt: skip
