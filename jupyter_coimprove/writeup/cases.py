"""The cases of a report: what a person accepted of an error analysis, with its items as their notebook shows them."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_coimprove.evidence.printing import escape
from jupyter_coimprove.writeup.contents import ToldCase, ToldCases
from jupyter_coimprove.writeup.elements import Markup, h, image, join


def section(told: Sequence[ToldCases]) -> Markup:
    """As a part of the page; pictures are in it."""
    parts = [h("h2", "Cases")]
    for one in told:
        parts.append(h("h3", one.title))
        parts += [h("p", line) for line in one.evidence]
        parts += [_figure(case) for case in one.cases]
    return h("section", join(parts, "\n"), id="cases")


def _figure(case: ToldCase) -> Markup:
    shown = [image(case.kind, case.data, case.title)] if case.kind.startswith("image/") else []
    if case.kind == "text/plain":
        shown = [join([h("p", h("code", line)) for line in case.data.splitlines()])]
    said = case.title + (f" ({case.note})" if case.note else "")
    return h("figure", *shown, h("figcaption", said))


def markdown(told: Sequence[ToldCases]) -> str:
    """As Markdown; a picture is named by its file, as seen from the report."""
    parts = ["## Cases"]
    for one in told:
        parts.append(f"### {escape(one.title)}")
        parts += [escape(line) for line in one.evidence]
        for case in one.cases:
            said = escape(case.title) + (f" ({escape(case.note)})" if case.note else "")
            if case.kind.startswith("image/") and case.file:
                said = f"![{said}](<{case.file}>)"
            elif case.kind == "text/plain":
                text = case.data.replace("```", "'''")
                said += f"\n\n```text\n{text}\n```"
            parts.append(said)
    return "\n\n".join(parts)
