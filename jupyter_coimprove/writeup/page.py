"""The report as one HTML page: self-contained, inert, every number a link to its runs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from jupyter_coimprove.writeup import cases, checklist, tables
from jupyter_coimprove.writeup.contents import Mark, Report, Section
from jupyter_coimprove.writeup.elements import Markup, h, join
from jupyter_coimprove.writeup.elements import text as escaped
from jupyter_coimprove.writeup.outline import denominator
from jupyter_coimprove.writeup.plot import effects_plot
from jupyter_coimprove.writeup.style import STYLE
from jupyter_coimprove.writeup.tables import Cell, Table

#: Nothing is loaded, run, sent or framed, whatever a browser finds in the page.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

_INLINE = re.compile(r"(?P<fence>`+)(?P<code>.+?)(?<!`)(?P=fence)(?!`)|\*\*(?P<strong>.+?)\*\*")


def page(report: Report) -> str:
    """The whole page, from ``<!doctype html>`` on."""
    head = h(
        "head",
        h("meta", charset="utf-8"),
        h("meta", http_equiv="Content-Security-Policy", content=POLICY),
        h("meta", name="viewport", content="width=device-width, initial-scale=1"),
        h("meta", name="referrer", content="no-referrer"),
        h("title", report.title),
        h("style", Markup(STYLE)),
    )
    parts = [_header(report), *(_section(report, section) for section in report.sections)]
    if not report.sections:
        parts.append(h("p", "No finding was accepted yet; what was registered is listed below."))
    if report.cases:
        parts.append(cases.section(report.cases))
    if report.predictions:
        parts.append(_appendix("Predictions", tables.predictions(report)))
    parts.append(_appendix("Registered experiments", tables.registered(report)))
    if report.failed:
        parts.append(_appendix("Failed runs", tables.failed(report)))
    if report.numbers:
        parts.append(_appendix("Numbers", tables.numbers(report)))
    if report.runs:
        parts.append(_appendix("Runs", tables.runs(report)))
    if report.known.values:
        parts.append(_appendix("Values", tables.values(report)))
    parts.append(_appendix("Checklist", checklist.table(report)))
    parts.append(_footer(report))
    return "<!doctype html>\n" + h("html", head, h("body", join(parts, "\n")), lang="en") + "\n"


def _header(report: Report) -> Markup:
    notebooks = list(dict.fromkeys(section.accepted.finding.notebook for section in report.sections))
    lines = [
        h("p", "Report of experiments", class_="eyebrow"),
        h("h1", report.title),
        h("p", denominator(report)),
    ]
    if notebooks:
        lines.append(h("p", "Notebooks: ", join([h("code", n) for n in notebooks], ", "), class_="meta"))
    if report.at:
        lines.append(h("p", "Made ", h("time", report.at, datetime=report.at), class_="meta"))
    if report.unbacked:
        lines.append(
            h(
                "p",
                "Numbers told here that no run backs: ",
                h("mark", str(report.unbacked)),
                ", marked like this.",
            )
        )
    return h("header", join(lines))


def _section(report: Report, section: Section) -> Markup:
    accepted, plan = section.accepted, section.experiment.plan
    finding = accepted.finding
    words = "in their own words" if accepted.verb == "edited" else "as computed"
    meta = [finding.status]
    if accepted.by:
        meta.append(f"accepted {words} by {accepted.by}" + (f" on {accepted.at[:10]}" if accepted.at else ""))
    title = f"Effects on {plan.response.name}, with intervals and every block's difference"
    parts: list[Markup] = [
        h("h2", h("span", str(section.index), class_="number"), plan.question or "What the runs show"),
        h("p", " · ".join(meta), class_="meta"),
        h("div", _prose(section.text, section.marks, report), class_="claim"),
    ]
    effects = section.evidence.effects
    drawn = effects_plot(
        effects, section.rows, response=plan.response.name, caption=title, id=f"plot{section.index}"
    )
    if drawn is not None:
        better = "higher" if plan.response.direction == "max" else "lower"
        caption = (
            f"Figure {section.index}. Paired differences in {plan.response.name} ({better} is better): estimate, "
            "interval, and below it the difference in every block. Filled: decided; hollow: undecided."
        )
        parts.append(h("figure", h("div", drawn, class_="wide", tabindex=0), h("figcaption", caption)))
    if section.rows:
        parts.append(_table(tables.effects(section)))
    if section.evidence.arms:
        parts.append(_table(tables.arms(section)))
    notes = [
        *section.evidence.notes,
        *(f"{row['arm']}: {note}" for row in section.rows for note in row["notes"]),
    ]
    for heading, lines in (("Deviations from the plan", finding.deviations), ("Notes", notes)):
        if lines:
            parts.append(h("h3", heading))
            parts.append(h("ul", join([h("li", line) for line in dict.fromkeys(lines)])))
    if not finding.deviations:
        parts.append(h("p", "No deviation from the plan was recorded.", class_="small quiet"))
    parts.append(_facts(section))
    return h("section", join(parts, "\n"), id=f"f{section.index}")


def _facts(section: Section) -> Markup:
    finding, experiment = section.accepted.finding, section.experiment
    methods = list(dict.fromkeys(e.method for e in section.evidence.effects)) or ["none"]
    facts = [
        ("Finding", finding.id), ("Experiment", experiment.id), ("Registered", experiment.registered_at or "–"),
        ("Plan", experiment.digest), ("Notebook", finding.notebook),
        ("Blocks", f"{len(section.evidence.rules.blocks)} ({section.evidence.rules.block_kind})"),
        ("Analysis", f"{', '.join(methods)}; {section.evidence.rules.multiplicity.replace('-', ' ')}"),
    ]  # fmt: skip
    if section.accepted.reason:
        facts.append(("Reason", section.accepted.reason))
    return h("dl", join([join([h("dt", name), h("dd", value)]) for name, value in facts]))


# -- text ----------------------------------------------------------------------------------
def _prose(text: str, marks: Sequence[Mark], report: Report) -> Markup:
    """Paragraphs, lists, code and bold of a claim; everything else in it is text."""
    out: list[Markup] = []
    items: list[Markup] = []
    lines: list[Markup] = []

    def flush() -> None:
        if lines:
            out.append(h("p", join(lines, " ")))
            lines.clear()
        if items:
            out.append(h("ul", join(items)))
            items.clear()

    offset = 0
    for line in text.split("\n"):
        bullet = re.match(r"\s*[-*]\s+", line)
        if bullet:
            if lines:
                flush()
            start = bullet.end()
            items.append(h("li", _inline(text, offset + start, offset + len(line), marks, report)))
        elif line.strip():
            if items:
                flush()
            lines.append(_inline(text, offset, offset + len(line), marks, report))
        else:
            flush()
        offset += len(line) + 1
    flush()
    return join(out, "\n")


def _inline(text: str, start: int, end: int, marks: Sequence[Mark], report: Report) -> Markup:
    parts, at = [], start
    for match in _INLINE.finditer(text, start, end):
        parts.append(_linked(text, at, match.start(), marks, report))
        group = "code" if match["code"] is not None else "strong"
        inner = _linked(text, match.start(group), match.end(group), marks, report)
        parts.append(h(group, inner))
        at = match.end()
    parts.append(_linked(text, at, end, marks, report))
    return join(parts)


def _linked(text: str, start: int, end: int, marks: Sequence[Mark], report: Report) -> Markup:
    """Text in which backed numbers are links and the others are marked."""
    parts, at = [], start
    for mark in marks:
        if mark.start < at or mark.end > end:
            continue
        parts.append(escaped(text[at : mark.start]))
        parts.append(_number(text[mark.start : mark.end], mark.number, report, mark.why))
        at = mark.end
    parts.append(escaped(text[at:end]))
    return join(parts)


def _number(text: str, index: int | None, report: Report, why: str = "") -> Markup:
    if index is None:
        return h("mark", text, title=why or "no run backs this number")
    number = report.numbers[index - 1]
    backed = f"{len(number.runs)} runs" if number.runs else "registered"
    return h("a", text, href=f"#n{index}", title=f"{number.key} = {number.value:.6g} ({backed})")


# -- tables --------------------------------------------------------------------------------
def _appendix(heading: str, table: Table) -> Markup:
    return h("section", h("h2", heading), _table(table))


def _table(table: Table) -> Markup:
    numeric = [any(row[i].number for row in table.rows) for i in range(len(table.head))]
    head = [
        h("th", name, scope="col", class_="n" if numeric[i] else None) for i, name in enumerate(table.head)
    ]
    rows = [
        h("tr", join([_cell(cell) for cell in row]), id=f"{table.anchor}{index}" if table.anchor else None)
        for index, row in enumerate(table.rows, 1)
    ]
    made = h(
        "table", h("caption", table.caption), h("thead", h("tr", join(head))), h("tbody", join(rows, "\n"))
    )
    return h("div", made, class_="wide", tabindex=0)


def _cell(cell: Cell) -> Markup:
    if cell.runs:
        links = [
            h("a", str(first) if first == last else f"{first}–{last}", href=f"#r{first}")
            for first, last in tables.ranges(cell.runs)
        ]
        return h("td", join(links, ", "), class_="runs")
    inner = h("code", cell.text) if cell.code else escaped(cell.text)
    if cell.refers is not None:
        inner = h("a", inner, href=f"#n{cell.refers}")
    return h("td", inner, class_="n" if cell.number else "long" if len(cell.text) > 34 else None)


def _footer(report: Report) -> Markup:
    parts = [
        h(
            "p",
            "Written by jupyter-coimprove from accepted findings. The head of the decision chain was ",
            h("code", report.head or "not recorded"),
            "; coimprove verify checks the chain. It shows tampering; it does not prevent it.",
        )
    ]
    if report.versions:
        parts.append(h("p", ", ".join(f"{name} {version}" for name, version in report.versions.items())))
    return h("footer", join(parts))
