"""Text from notebooks and records as a screen may show it: nothing in it commands the screen."""

from __future__ import annotations

import unicodedata

#: Characters that reorder or hide what is read (RELIABILITY F24); joiners stay, scripts need them.
_HIDDEN = frozenset(
    [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0x200B, 0x2060, 0xFEFF, 0x00AD,
     0x2028, 0x2029, *range(0xE0000, 0xE0080)]
)  # fmt: skip


def block(text: str) -> str:
    """Text of several lines: escape sequences, bidirectional and invisible characters are spelled out.

    ``\\x1b`` becomes ``<U+001B>``; a lone surrogate becomes the replacement character; tabs are
    four spaces; line ends are ``\\n``.
    """
    out = []
    for char in text.replace("\r\n", "\n"):
        code = ord(char)
        if char == "\n":
            out.append(char)
        elif char == "\t":
            out.append("    ")
        elif 0xD800 <= code <= 0xDFFF:
            out.append("\N{REPLACEMENT CHARACTER}")
        elif code in _HIDDEN or unicodedata.category(char) == "Cc":
            out.append(f"<U+{code:04X}>")
        else:
            out.append(char)
    return "".join(out)


def line(text: str) -> str:
    """The same on one line: line ends are shown as ``⏎``."""
    return block(text).strip("\n").replace("\n", " ⏎ ")
