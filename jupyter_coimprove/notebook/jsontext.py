"""Where things stand in a JSON text, and how its writer writes: so that an edit touches nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_WS = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()
_ESCAPED = re.compile(r"\\u(?:00[89a-fA-F]|0[1-9a-fA-F]|[1-9a-fA-F])[0-9a-fA-F]+")
_HTML = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True)
class Member:
    """One member of an object (``key``) or item of an array: where its value starts and ends.

    ``at`` is where the key (or the item itself) starts.
    """

    key: str | None
    at: int
    start: int
    end: int


def skip(text: str, index: int) -> int:
    """The first index that is not white space."""
    match = _WS.match(text, index)
    return match.end() if match else index


def value_end(text: str, start: int) -> int:
    """Where the value that starts here ends."""
    return _DECODER.raw_decode(text, start)[1]


def members(text: str, start: int) -> Iterator[Member]:
    """The members of the object or array that starts at ``start``, in order.

    Values are skipped at the speed of the C scanner; nothing is kept of them.
    """
    closing = "}" if text[start] == "{" else "]"
    index = skip(text, start + 1)
    while text[index] != closing:
        if text[index] == ",":
            index = skip(text, index + 1)
        at, key = index, None
        if closing == "}":
            key, index = _DECODER.raw_decode(text, index)
            index = skip(text, skip(text, index) + 1)
        end = value_end(text, index)
        yield Member(key=key, at=at, start=index, end=end)
        index = skip(text, end)


def find(text: str, start: int, key: str) -> Member | None:
    """The member of this name, the last one if the writer repeated it (as json reads it)."""
    found = None
    for member in members(text, start):
        if member.key == key:
            found = member
    return found


@dataclass(frozen=True, kw_only=True)
class Style:
    """How the writer of a file writes JSON.

    ``indent`` is the unit ("" for none: all on one line), ``html`` says that ``<>&`` are
    escaped (Colab), ``lines`` that cell sources are lists of lines.
    """

    indent: str = " "
    newline: str = "\n"
    comma: str = ","
    colon: str = ": "
    ascii: bool = False
    html: bool = False
    sorted: bool = True

    def string(self, value: str) -> str:
        out = json.dumps(value, ensure_ascii=self.ascii)
        if not self.ascii:
            out = _SURROGATE.sub(lambda m: f"\\u{ord(m[0]):04x}", out)
        return out.translate(_HTML) if self.html else out

    def dump(self, value: Any, level: int = 0, order: Sequence[str] = ()) -> str:
        """``value`` as this writer writes it, its first line being at depth ``level``.

        ``order`` is the key order of the outermost object; keys it lacks follow.
        """
        if isinstance(value, str):
            return self.string(value)
        if isinstance(value, Mapping):
            keys = [k for k in order if k in value]
            rest = [k for k in value if k not in keys]
            keys += sorted(rest) if self.sorted else rest
            parts = [self.string(k) + self.colon + self.dump(value[k], level + 1) for k in keys]
            return self._wrap("{", parts, "}", level)
        if isinstance(value, (list, tuple)):
            return self._wrap("[", [self.dump(v, level + 1) for v in value], "]", level)
        return json.dumps(value)

    def _wrap(self, opening: str, parts: list[str], closing: str, level: int) -> str:
        if not parts:
            return opening + closing
        inner, outer = self.pad(level + 1), self.pad(level)
        return opening + inner + (self.comma + inner).join(parts) + outer + closing

    def pad(self, level: int) -> str:
        """What stands before a thing at this depth: a line end and the indent, or nothing."""
        return self.newline + self.indent * level if self.indent else ""


def style_of(text: str) -> Style:
    """Read the style off the first members of the file."""
    first = next(members(text, skip(text, 0)), None)
    if first is None:
        return Style()
    lead = text[skip(text, 0) + 1 : first.at]
    newline = "\r\n" if "\r\n" in lead else "\n"
    indent = lead.rpartition("\n")[2] if "\n" in lead else ""
    key_end = value_end(text, first.at)
    colon = text[key_end : first.start]
    comma = ","
    if not indent:
        after = skip(text, first.end)
        comma = text[first.end : skip(text, after + 1)] if text[after] == "," else ", "
    keys = [m.key or "" for m in members(text, skip(text, 0))]
    return Style(
        indent=indent, newline=newline, comma=comma, colon=colon,
        ascii=text.isascii() and _ESCAPED.search(text) is not None,
        html="\\u003c" in text and "<" not in text, sorted=keys == sorted(keys),
    )  # fmt: skip
