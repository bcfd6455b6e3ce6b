"""A model's Markdown as plain tags: headings, lists, code, tables of text; no image, no link that loads.

An address is shown as text. What is no Markdown of these kinds stays as it was written.
"""

from __future__ import annotations

import re

from jupyter_coimprove.interfaces.display.tags import Markup, join, table, tag, text

_FENCE = re.compile(r"^\s{0,3}(`{3,}|~{3,})\s*([\w+-]*)")
_HEADING = re.compile(r"^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_ITEM = re.compile(r"^\s*(?:[-*+]|(\d{1,3})[.)])\s+(.*)$")
_ROW = re.compile(r"^\s*\|(.*)\|\s*$")
_RULE = re.compile(r"^[\s|:-]+$")
_INLINE = re.compile(
    r"(?P<code>`+)(?P<inside>.+?)(?P=code)(?!`)|\*\*(?P<bold>[^*\n]+)\*\*|(?<![\w*])\*(?P<em>[^*\s][^*\n]*)\*(?![\w*])"
    r"|!?\[(?P<label>[^\]\n]*)\]\((?P<url>[^)\s]*)[^)]*\)"
)


def render(markdown: str) -> Markup:
    """The text as a fragment of plain HTML; also of one that is not finished yet."""
    lines = markdown.replace("\r\n", "\n").split("\n")
    out: list[Markup] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if fence := _FENCE.match(line):
            end = at + 1
            while end < len(lines) and not _closes(lines[end], fence[1]):
                end += 1
            out.append(tag("pre", tag("code", "\n".join(lines[at + 1 : end]))))
            at = end + 1
        elif heading := _HEADING.match(line):
            out.append(tag("h3" if len(heading[1]) < 3 else "h4", inline(heading[2])))
            at += 1
        elif first := _ITEM.match(line):
            end, items = at, []
            # A list of numbers is another than one of points, and begins where it says.
            while (
                end < len(lines)
                and (item := _ITEM.match(lines[end]))
                and (item[1] is None) == (first[1] is None)
            ):
                items.append(tag("li", inline(item[2])))
                end += 1
            out.append(tag("ul", *items) if first[1] is None else tag("ol", *items, start=first[1]))
            at = end
        elif _ROW.match(line):
            end = at
            while end < len(lines) and _ROW.match(lines[end]):
                end += 1
            out.append(_table(lines[at:end]))
            at = end
        elif line.strip():
            end = at
            while end < len(lines) and lines[end].strip() and not _begins(lines[end], first=end == at):
                end += 1
            out.append(tag("p", inline("\n".join(lines[at:end]))))
            at = end
        else:
            at += 1
    return join(out)


def code(markdown: str) -> str:
    """The code of the fenced blocks, one after the other."""
    out: list[str] = []
    fence = ""
    for line in markdown.splitlines():
        if fence:
            if _closes(line, fence):
                fence = ""
                out.append("")
            else:
                out.append(line)
        elif found := _FENCE.match(line):
            fence = found[1]
    return "\n".join(out).strip("\n")


def _closes(line: str, fence: str) -> bool:
    words = line.strip()
    return len(words) >= len(fence) and set(words) == {fence[0]}


def _begins(line: str, *, first: bool) -> bool:
    """Whether another kind of block begins here."""
    return not first and any(kind.match(line) for kind in (_FENCE, _HEADING, _ITEM, _ROW))


def inline(words: str) -> Markup:
    """Code, bold and emphasis inside a line; of a link its words and its address."""
    parts: list[str] = []
    at = 0
    for found in _INLINE.finditer(words):
        parts.append(words[at : found.start()])
        if found["inside"] is not None:
            parts.append(tag("code", found["inside"].strip()))
        elif found["bold"] is not None:
            parts.append(tag("b", found["bold"]))
        elif found["em"] is not None:
            parts.append(tag("em", found["em"]))
        else:
            parts.append(join([found["label"], text(f" ({found['url']})") if found["url"] else ""]))
        at = found.end()
    parts.append(words[at:])
    return join(parts)


def _table(lines: list[str]) -> Markup:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    head = rows[0] if len(rows) > 1 and _RULE.match("|".join(rows[1])) else []
    body = rows[2:] if head else rows
    return table([(title, False) for title in head], [[inline(cell) for cell in row] for row in body])
