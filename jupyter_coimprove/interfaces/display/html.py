"""Views as HTML: the same sheets as text, in plain tags without colours, for either theme."""

from __future__ import annotations

from jupyter_coimprove.interfaces.display import markdown
from jupyter_coimprove.interfaces.display.sheet import (
    Block,
    Cell,
    Diff,
    Facts,
    Heading,
    Items,
    Line,
    Shown,
    Table,
    Verbatim,
    Words,
)
from jupyter_coimprove.interfaces.display.sheets import sheet
from jupyter_coimprove.interfaces.display.tags import Markup, fixed, inline, join, table, tag, text, unbroken
from jupyter_coimprove.workbench.views import View

#: Cells this short are not broken into lines.
_SHORT = 16


def render_html(view: View) -> str:
    """The whole answer as a fragment of HTML; every text in it is escaped."""
    return str(tag("div", *(_block(block) for block in sheet(view))))


def _block(block: Block) -> Markup:
    if isinstance(block, Heading):
        return tag("p", tag("b", block.text)) if block.level == 1 else tag("h4", block.text)
    if isinstance(block, Line):
        return tag("p", tag("b", inline(block.text)) if block.tone == "strong" else inline(block.text))
    if isinstance(block, Items):
        mark = "" if block.mark in "•→" else f"{block.mark} "
        return tag("ul", *(tag("li", mark, inline(item)) for item in block.texts))
    if isinstance(block, Facts):
        return table([], [(tag("em", name), value) for name, value in block.pairs])
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Diff):
        return tag("details", tag("summary", f"{block.title}: what it changes"), tag("pre", block.text))
    if isinstance(block, Words):
        return markdown.render(block.text)
    if isinstance(block, Shown):
        # Images stand below the answer, as outputs of their own: no address is written here.
        named = tag("p", inline(block.title), f" ({block.file})" if block.file else "")
        return join([named, tag("pre", block.data)]) if block.kind == "text/plain" else named
    return _verbatim(block)


def _verbatim(block: Verbatim) -> Markup:
    return tag("pre", block.text)


def _table(block: Table) -> Markup:
    def cell(cell: Cell, keep: bool) -> Markup:
        words = unbroken(cell.text) if keep or len(cell.text) <= _SHORT else cell.text
        content = fixed(cell.text) if cell.text and cell.fixed else text(words)
        return tag("b", content) if cell.tone == "strong" and cell.text else join([content])

    rows = [[cell(c, block.columns[i].number) for i, c in enumerate(row)] for row in block.rows]
    return table([(column.title, column.number) for column in block.columns], rows)
