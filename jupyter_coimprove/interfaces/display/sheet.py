"""What a view looks like, before it is text or HTML: a few kinds of blocks, plain strings in them.

Strings are raw; each renderer escapes them as it writes (terminal controls, or markup).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

#: What a cell means. A sign or word always says it too; colour only repeats it.
Tone = Literal["", "good", "bad", "same", "open", "muted", "strong"]


@dataclass(frozen=True)
class Cell:
    """One table cell; ``fixed`` text keeps its spaces (plots, code)."""

    text: str
    tone: Tone = ""
    fixed: bool = False


@dataclass(frozen=True)
class Column:
    """A column's heading; numbers are aligned right, text left."""

    title: str
    number: bool = False
    fixed: bool = False


@dataclass(frozen=True)
class Heading:
    text: str
    level: Literal[1, 2] = 2


@dataclass(frozen=True)
class Line:
    """A paragraph of one or several sentences."""

    text: str
    tone: Tone = ""


@dataclass(frozen=True)
class Facts:
    """Names and what they are, in order."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Table:
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Diff:
    """What an arm changes in the code, as a unified diff."""

    title: str
    text: str


@dataclass(frozen=True)
class Verbatim:
    """Text whose lines and spaces stay as they are; ``language`` is that of code."""

    text: str
    language: str = ""


@dataclass(frozen=True)
class Words:
    """Markdown that a model wrote; only plain text in it is drawn."""

    text: str


@dataclass(frozen=True)
class Items:
    """Short lines under one another, marked."""

    texts: tuple[str, ...]
    mark: str = "•"
    tone: Tone = ""


@dataclass(frozen=True)
class Shown:
    """An output of the notebook's own code under a title: an image (base64) or text, and the file it was written to."""

    title: str
    kind: str
    data: str
    file: str = ""


Block = Heading | Line | Facts | Table | Diff | Verbatim | Words | Items | Shown


def prose(text: str) -> list[Block]:
    """Paragraphs and ``- `` lists of a text somebody wrote; nothing else in it is markup."""
    blocks: list[Block] = []
    for line in text.splitlines():
        words = line.strip()
        if words.startswith("- "):
            last = blocks[-1] if blocks else None
            if isinstance(last, Items):
                blocks[-1] = Items((*last.texts, words[2:]))
            else:
                blocks.append(Items((words[2:],)))
        elif words:
            blocks.append(Line(words))
    return blocks


def changes(title: str, unified: str) -> Diff:
    """A unified diff without its line numbers: ``cell 2`` stands once above what changes there."""
    out: list[str] = []
    for line in unified.splitlines():
        if line.startswith("--- "):
            out.append(line[4:].removesuffix(" (baseline)"))
        elif line.startswith("@@"):
            if out and out[-1].startswith((" ", "+", "-")):
                out.append(" …")
        elif not line.startswith("+++ "):
            out.append(line)
    return Diff(title, "\n".join(out))


def table(
    titles: Sequence[str], rows: Sequence[Sequence[Cell | str]], *, numbers: str = "", fixed: str = ""
) -> Table:
    """A table from plain strings; ``numbers`` and ``fixed`` name columns by position (``"13"``)."""
    columns = tuple(
        Column(title, number=str(i) in numbers, fixed=str(i) in fixed) for i, title in enumerate(titles)
    )
    cells = tuple(
        tuple(c if isinstance(c, Cell) else Cell(c, fixed=columns[i].fixed) for i, c in enumerate(row))
        for row in rows
    )
    return Table(columns, cells)


def facts(*pairs: tuple[str, str]) -> Facts:
    """The pairs that have a value."""
    return Facts(tuple((name, value) for name, value in pairs if value))
