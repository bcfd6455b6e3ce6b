"""A report as Markdown or as a page of HTML."""

from __future__ import annotations

import re

from jupyter_coimprove.evidence.printing import clean, code, escape
from jupyter_coimprove.evidence.words import interval_plot
from jupyter_coimprove.writeup import cases, checklist, tables
from jupyter_coimprove.writeup.contents import Report, Section
from jupyter_coimprove.writeup.outline import denominator
from jupyter_coimprove.writeup.page import page
from jupyter_coimprove.writeup.tables import Cell, Table


def to_html(report: Report) -> str:
    """One self-contained page without script, for a browser, light, dark and printed."""
    return page(report)


def to_markdown(report: Report) -> str:
    """The same as Markdown without HTML; numbers of a claim refer to the table of numbers as ``[n]``."""
    parts = [f"# {escape(report.title)}", escape(denominator(report))]
    if report.at:
        parts.append(f"Made {escape(report.at)}.")
    if report.unbacked:
        parts.append(f"**Numbers told here that no run backs: {report.unbacked}, marked (no run).**")
    parts += [_section(section) for section in report.sections]
    if not report.sections:
        parts.append("No finding was accepted yet; what was registered is listed below.")
    if report.cases:
        parts.append(cases.markdown(report.cases))
    appendices = [
        ("Predictions", tables.predictions(report)), ("Registered experiments", tables.registered(report)),
        ("Failed runs", tables.failed(report)), ("Numbers", tables.numbers(report)), ("Runs", tables.runs(report)),
        ("Values", tables.values(report)), ("Checklist", checklist.table(report)),
    ]  # fmt: skip
    for heading, table in appendices:
        if table.rows:
            parts.append(f"## {heading}\n\n{_table(table)}")
    parts.append(f"Head of the decision chain: {code(report.head or 'not recorded')}")
    if report.versions:
        parts.append(escape(", ".join(f"{name} {version}" for name, version in report.versions.items())))
    return "\n\n".join(parts) + "\n"


def _section(section: Section) -> str:
    accepted, plan = section.accepted, section.experiment.plan
    finding = accepted.finding
    words = "in their own words" if accepted.verb == "edited" else "as computed"
    by = f"; accepted {words} by {escape(accepted.by)}" if accepted.by else ""
    when = f" on {escape(accepted.at[:10])}" if accepted.by and accepted.at else ""
    parts = [
        f"## {section.index}. {escape(plan.question or 'What the runs show')}",
        f"{finding.status}{by}{when}; experiment {code(finding.experiment)}, finding {code(finding.id)}.",
        _referenced(section),
    ]
    if section.rows:
        if drawn := interval_plot(section.rows):
            parts.append("```text\n" + drawn.replace("```", "'''") + "\n```")
        parts.append(_table(tables.effects(section)))
    if section.evidence.arms:
        parts.append(_table(tables.arms(section)))
    if finding.deviations:
        listed = "\n".join(f"- {escape(deviation)}" for deviation in finding.deviations)
        parts.append(f"Deviations from the plan:\n\n{listed}")
    else:
        parts.append("No deviation from the plan was recorded.")
    return "\n\n".join(parts)


def _referenced(section: Section) -> str:
    """The told text, each number followed by the row of the table of numbers it refers to."""
    text, out, at = section.text, [], 0
    for mark in section.marks:
        note = " (no run)" if mark.number is None else f" \\[{mark.number}\\]"
        out.append(text[at : mark.end] + note)
        at = mark.end
    return inert("".join([*out, text[at:]]))


def inert(text: str) -> str:
    """A person's Markdown with HTML shown as text and pictures as their words; code stays as it is."""
    parts = re.split(r"(`+.+?(?<!`)(?:`+)(?!`))", text)
    for index in range(0, len(parts), 2):
        parts[index] = parts[index].replace("<", "\\<").replace("![", "!\\[")
    return "".join(parts)


def _table(table: Table) -> str:
    lines = [
        "| " + " | ".join(table.head) + " |",
        "|"
        + "|".join(
            "--:" if any(row[i].number for row in table.rows) else "---" for i in range(len(table.head))
        )
        + "|",
    ]
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in table.rows]
    return f"{escape(table.caption)}\n\n" + "\n".join(lines)


def _cell(cell: Cell) -> str:
    if cell.runs:
        return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in tables.ranges(cell.runs))
    if cell.code:
        return code(cell.text).replace("|", "\\|")
    shown = escape(clean(cell.text))
    return shown if cell.refers is None else f"{shown} \\[{cell.refers}\\]"
