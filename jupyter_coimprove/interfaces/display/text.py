"""Views as text for a terminal, by rich; nothing in a notebook's text commands the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_coimprove.interfaces.display import safe
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
from jupyter_coimprove.workbench.views import View

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

WIDTH = 100
_STYLES = {
    "": "",
    "good": "green",
    "bad": "red",
    "same": "cyan",
    "open": "yellow",
    "muted": "dim",
    "strong": "bold",
}


def render(view: View, *, color: bool = False, width: int | None = None) -> str:
    """The whole answer as text that ends with a newline; ``width`` in characters (default 100)."""
    import io

    from rich.console import Console

    out = io.StringIO()
    console = Console(
        file=out, width=max(40, width or WIDTH), color_system="standard" if color else None, force_terminal=color,
        force_jupyter=False, highlight=False, markup=False, emoji=False, legacy_windows=False,
    )  # fmt: skip
    for number, block in enumerate(sheet(view)):
        _write(console, block, first=number == 0)
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    return "\n".join(lines).strip("\n") + "\n"


def _text(text: str, style: str = "", *, block: bool = False) -> Text:
    from rich.text import Text

    return Text(safe.block(text) if block else safe.line(text), style=style, end="")


def _write(console: Console, block: Block, *, first: bool) -> None:
    if isinstance(block, Heading):
        if not first:
            console.print()
        console.print(_text(block.text, "bold" if block.level == 1 else "underline"), soft_wrap=False)
    elif isinstance(block, Line):
        console.print(_text(block.text, _STYLES[block.tone]))
    elif isinstance(block, Items):
        _items(console, block)
    elif isinstance(block, Facts):
        console.print(_facts(block))
    elif isinstance(block, Table):
        console.print(_table(block))
    elif isinstance(block, Diff):
        _diff(console, block)
    elif isinstance(block, Verbatim):
        console.print(_code(block) if block.language else _text(block.text, block=True))
    elif isinstance(block, Words):
        console.print(_text(block.text, block=True))
    elif isinstance(block, Shown):
        console.print(_text(f"{block.title}{f': {block.file}' if block.file else ''}"))
        if block.kind == "text/plain":
            console.print(_text(block.data, block=True))


def _code(block: Verbatim) -> Text:
    """Code as its language is coloured; plain where that is not known, or nothing is coloured."""
    from rich.syntax import Syntax

    coloured = Syntax("", block.language, background_color="default").highlight(safe.block(block.text))
    coloured.rstrip()
    return coloured


def _items(console: Console, block: Items) -> None:
    from rich.table import Table as RichTable

    grid = RichTable(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for text in block.texts:
        grid.add_row(_text(block.mark, _STYLES[block.tone]), _text(text))
    console.print(grid)


def _facts(block: Facts) -> RenderableType:
    from rich.table import Table as RichTable

    grid = RichTable(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for name, value in block.pairs:
        grid.add_row(_text(name), _text(value))
    return grid


def _table(block: Table) -> RenderableType:
    from rich import box
    from rich.table import Table as RichTable

    table = RichTable(
        box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False, header_style="dim"
    )
    for column in block.columns:
        table.add_column(
            _text(column.title), justify="right" if column.number else "left", overflow="fold",
            no_wrap=column.number or column.fixed,
        )  # fmt: skip
    for row in block.rows:
        table.add_row(*(_cell(cell) for cell in row))
    return table


def _cell(cell: Cell) -> Text:
    return _text(cell.text, _STYLES[cell.tone])


def _diff(console: Console, block: Diff) -> None:
    console.print(_text(f"── {block.title}", "bold"))
    for line in safe.block(block.text).rstrip("\n").split("\n"):
        style = "green" if line.startswith("+") else "red" if line.startswith("-") else "dim"
        console.print(_text(f"   {line}", style))
