"""HTML that is escaped by construction: text is text unless it came out of an element."""

from __future__ import annotations

import html
import re

from jupyter_coimprove.evidence.printing import clean

#: All that a report may be made of; no script, link out, form or frame among it.
TAGS = frozenset({
    "html", "head", "meta", "title", "style", "body", "main", "header", "footer", "section", "h1", "h2", "h3",
    "p", "div", "span", "a", "strong", "code", "mark", "ul", "li", "table", "caption", "thead", "tbody", "tr",
    "th", "td", "figure", "figcaption", "dl", "dt", "dd", "time", "svg", "g", "line", "circle", "text",
})  # fmt: skip
ATTRIBUTES = frozenset({
    "lang", "charset", "name", "content", "http-equiv", "class", "id", "href", "title", "scope", "role",
    "datetime", "viewBox", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "text-anchor",
    "aria-labelledby", "tabindex",
})  # fmt: skip
_VOID = frozenset({"meta"})
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}\Z")
_FRAGMENT = re.compile(r"#[a-z][a-z0-9-]*\Z")


class Markup(str):
    """HTML that an element made; everything else is escaped when it is put into one."""

    __slots__ = ()


def text(value: str) -> Markup:
    """Text of one line, escaped; controls and bidirectional marks are shown or dropped."""
    lead = " " if value[:1].isspace() else ""
    trail = " " if value[-1:].isspace() and value.strip() else ""
    return Markup(lead + html.escape(clean(value), quote=True) + trail)


def h(tag: str, *children: str | Markup, **attributes: str | float | None) -> Markup:
    """One element. Attribute names: a trailing underscore is dropped, others become hyphens.

    Raises ValueError for a tag or an attribute that is not allowed, and for any ``href`` that
    leaves the page.
    """
    if tag not in TAGS:
        raise ValueError(f"no element {tag!r} in a report")
    written = []
    for name, value in attributes.items():
        if value is None:
            continue
        name = name.rstrip("_").replace("_", "-")
        if name not in ATTRIBUTES:
            raise ValueError(f"no attribute {name!r} in a report")
        if name == "href" and not _FRAGMENT.match(str(value)):
            raise ValueError("links of a report stay in it")
        shown = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
        written.append(f' {name}="{html.escape(clean(shown), quote=True)}"')
    opening = f"<{tag}{''.join(written)}>"
    if tag in _VOID:
        return Markup(opening)
    inner = "".join(child if isinstance(child, Markup) else text(child) for child in children)
    return Markup(f"{opening}{inner}</{tag}>")


def image(kind: str, data: str, words: str) -> Markup:
    """A picture that is in the page itself. ValueError for any but a PNG or a JPEG in base64."""
    if kind not in ("image/png", "image/jpeg") or not _BASE64.match(data):
        raise ValueError(f"no picture of a report: {kind}")
    return Markup(f'<img src="data:{kind};base64,{data}" alt="{html.escape(clean(words), quote=True)}">')


def join(parts: list[Markup], between: str = "") -> Markup:
    """Elements one after another."""
    return Markup(between.join(parts))
