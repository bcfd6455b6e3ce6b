"""Nested data as a person reads it: a key a line, text with its own lines, nothing longer than a terminal is wide.

What would be sent to a model is JSON with JSON in its texts. Here each such line is taken apart as well; nothing is
left out, and ``--json`` has it to the byte.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

#: No line is longer, in characters; what has to be folded goes on two columns further in.
WIDTH = 96
#: Where folding would leave less room than this, it does not look for a space.
_NARROW = 24
#: Lists and objects up to this length stand on one line.
_ONE_LINE = 64


def laid_out(value: object, width: int = WIDTH) -> str:
    """The lines of a value of JSON's types, joined."""
    return "\n".join(line for text in _lines(value, width) for line in folded(text, width))


def folded(line: str, width: int) -> Iterator[str]:
    """One line in pieces of at most ``width`` characters, cut at spaces where there are some; no character is lost."""
    bar = line.rfind("│ ", 0, width - _NARROW) + 2 if "│ " in line[: width - _NARROW] else 0
    lead = line[:bar] + " " * (len(line) - bar - len(line[bar:].lstrip(" ")) + 2)
    if len(lead) > width - _NARROW:
        lead = line[:bar]
    while len(line) > width:
        at = line.rfind(" ", len(lead) + _NARROW, width) + 1 or width
        yield line[:at]
        line = lead + line[at:]
    yield line


def _lines(value: object, width: int) -> Iterator[str]:
    if isinstance(value, str) and not _short(value, width):
        for line in value.removesuffix("\n").split("\n"):
            fact = _fact(line)
            inner = _items([fact], width - 2) if fact is not None else [line]
            yield from (f"│ {text}" for text in inner)
    elif isinstance(value, Mapping) and not _short(value, width):
        for key, one in value.items():
            yield from _under(f"{key}:", one, width)
    elif isinstance(value, Sequence) and not isinstance(value, str) and not _short(value, width):
        yield from _items(value, width)
    else:
        yield _plain(value)


def _items(values: Sequence[object], width: int) -> Iterator[str]:
    for one in values:
        for number, line in enumerate(_lines(one, width - 2)):
            yield ("  " if number else "- ") + line


def _under(name: str, value: object, width: int) -> Iterator[str]:
    """A value beside its name where it fits, else below it."""
    inner = list(_lines(value, width - 2))
    if len(inner) == 1 and len(name) + len(inner[0]) < width and not inner[0].startswith(("│", "- ")):
        yield f"{name} {inner[0]}"
        return
    yield name
    yield from (f"  {line}" for line in inner)


def _short(value: object, width: int) -> bool:
    """Whether it stands on one line: short text without line breaks, or a container that fits."""
    if isinstance(value, str):
        return len(value) <= width - _NARROW and value.isprintable()
    return len(_plain(value)) <= min(_ONE_LINE, width) and not _has_more(value)


def _has_more(value: object) -> bool:
    """Whether objects or lines lie in it, which are easier to read one below the other."""
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return any(isinstance(one, Mapping) or (isinstance(one, str) and "\n" in one) for one in inner)


def _plain(value: object) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False, default=str)


def _fact(line: str) -> Mapping[str, Any] | None:
    """What a line of text says in JSON, where it is a whole object."""
    if not line.startswith("{"):
        return None
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
