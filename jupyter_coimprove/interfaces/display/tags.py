"""HTML by construction: every text is escaped as it goes in, and only a few plain tags exist.

Standard library only: the kernel uses it too. There is no way to write an attribute that loads
or runs anything; no style, script, link or image can come out.
"""

from __future__ import annotations

import html as _html
from collections.abc import Iterable

from jupyter_coimprove.interfaces.display import safe

TAGS = frozenset(
    ["b", "br", "code", "dd", "details", "div", "dl", "dt", "em", "h3", "h4", "li", "ol", "p", "pre", "span", "summary",
     "table", "tbody", "td", "th", "thead", "tr", "ul"]
)  # fmt: skip
ATTRIBUTES = frozenset(["align", "role", "scope", "start", "title"])


class Markup(str):
    """HTML that was built here; a plain ``str`` is text and gets escaped."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: str) -> Markup:
    """``tag("td", "<b>")`` is ``<td>&lt;b&gt;</td>``; ValueError for other tags or attributes."""
    if name not in TAGS or not attributes.keys() <= ATTRIBUTES:
        raise ValueError(f"<{name} {' '.join(attributes)}> is not among the plain tags")
    inside = "".join(
        f' {key}="{_html.escape(safe.line(value), quote=True)}"' for key, value in attributes.items()
    )
    if name == "br":
        return Markup("<br>")
    return Markup(f"<{name}{inside}>{join(children)}</{name}>")


def join(parts: Iterable[str]) -> Markup:
    """Parts one after the other; those that are not markup are escaped."""
    return Markup("".join(part if isinstance(part, Markup) else text(part) for part in parts))


def text(value: str) -> Markup:
    """Text as text, with controls and bidirectional characters spelled out."""
    return Markup(_html.escape(safe.block(value), quote=True))


def inline(value: str) -> Markup:
    """Text in which ```` `code` ```` spans are set as code; nothing else in it is markup."""
    parts = value.split("`")
    if len(parts) % 2 == 0:
        return text(value)
    return join(tag("code", part) if number % 2 else text(part) for number, part in enumerate(parts))


def unbroken(value: str) -> str:
    """The same text, kept on one line: a number and its interval, a sign and its word."""
    return value.replace(" ", "\N{NO-BREAK SPACE}")


def fixed(value: str) -> Markup:
    """Text in a fixed-width face whose spaces stay, on one line."""
    return tag("code", unbroken(safe.line(value)))


def table(titles: Iterable[tuple[str, bool]], rows: Iterable[Iterable[str]]) -> Markup:
    """A table; ``titles`` are (heading, right-aligned?). Lab aligns all cells right, hence the divs."""
    columns = list(titles)

    def aligned(content: str, number: bool) -> Markup:
        return tag("div", content, align="right" if number else "left")

    head = tag("tr", *(tag("th", aligned(title, number), scope="col") for title, number in columns))
    body = [
        tag(
            "tr",
            *(
                tag("td", aligned(cell, columns[i][1] if i < len(columns) else False))
                for i, cell in enumerate(row)
            ),
        )
        for row in rows
    ]
    return tag("table", *([tag("thead", head)] if columns else []), tag("tbody", *body))
