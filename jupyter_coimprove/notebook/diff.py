"""What would change, line by line, with nothing hidden in it."""

from __future__ import annotations

import difflib
import unicodedata

# Bidirectional marks, controls, private and unassigned characters can make a diff read
# otherwise than it runs (CVE-2021-42574); they are shown as escapes.
_HIDDEN = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}


def visible(text: str) -> str:
    """The text with control, format and bidirectional characters as ``\\u202e``; tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_show(c) for c in text)


def _show(char: str) -> str:
    if char == "\t" or unicodedata.category(char) not in _HIDDEN:
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def unified(old: str, new: str, *, name: str) -> str:
    """A unified diff of two sources, three lines of context; empty when they are equal."""
    a, b = ([visible(line) for line in text.split("\n")] for text in (old, new))
    lines = difflib.unified_diff(a, b, f"a/{visible(name)}", f"b/{visible(name)}", lineterm="")
    return "\n".join(lines) + ("\n" if old != new else "")
