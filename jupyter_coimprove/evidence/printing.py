"""How numbers and names are printed in claims: no more digits than the interval allows."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence

from jupyter_coimprove.evidence.finding import Reference

MINUS = "\N{MINUS SIGN}"


def decimals_of(half_width: float | None, *values: float | None) -> int:
    """Decimals that show two significant digits of an interval's half width.

    Without a width (exact differences) four significant digits of the largest value. Negative
    for digits left of the point; such numbers are printed in scientific notation.
    """
    if half_width is not None and math.isfinite(half_width) and half_width > 0:
        return 1 - math.floor(math.log10(half_width))
    sizes = [abs(v) for v in values if v is not None and math.isfinite(v) and v != 0]
    return 3 - math.floor(math.log10(max(sizes))) if sizes else 1


def printed(value: float, decimals: int, *, sign: bool = False) -> str:
    """``value`` to that many decimals; ``sign`` writes a plus too. A rounded zero has no sign.

    Very small and very large numbers are written ``1.2e-08``, to the same absolute precision.
    """
    rounded = _round(value, decimals)
    if rounded == 0:
        return f"{0:.{max(0, min(decimals, 6))}f}"
    mark = MINUS if rounded < 0 else "+" if sign else ""
    size = abs(rounded)
    if decimals > 7 or size >= 1e7:
        exponent = math.floor(math.log10(size))
        return mark + f"{size:.{max(0, exponent + decimals)}e}"
    return mark + f"{size:.{max(0, decimals)}f}"


def _round(value: float, decimals: int) -> float:
    # Below 1e7 whole numbers are printed as they are: "1,234 images" never becomes "1200".
    return round(value, decimals if abs(value) >= 1e7 else max(0, decimals))


def percent(level: float) -> str:
    """``95 %`` for 0.95, ``98.33 %`` for a Holm level."""
    return f"{round(100 * level, 2):g} %"


def p_value(p: float) -> tuple[str, str]:
    """Relation and number: ``("=", "0.013")``, ``("<", "0.001")``."""
    return ("<", "0.001") if p < 0.001 else ("=", f"{p:.3f}")


_BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}


def clean(text: str) -> str:
    """One line of text without controls: bidirectional ones are shown, lone surrogates replaced.

    RELIABILITY F24: what a person decides on must read in the order in which it is stored.
    """
    out = []
    for char in text:
        code = ord(char)
        if code in _BIDI:
            out.append(f"<U+{code:04X}>")
        elif 0xD800 <= code <= 0xDFFF:
            out.append("\N{REPLACEMENT CHARACTER}")
        elif unicodedata.category(char) == "Cc" or char in "\u2028\u2029":
            out.append(" ")
        else:
            out.append(char)
    return " ".join("".join(out).split())


def code(name: str) -> str:
    """A name as a Markdown code span, whatever characters it has."""
    text = clean(name) or "?"
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def escape(text: str) -> str:
    """Text as it stands, for Markdown: nothing in it becomes markup, HTML, a link or mathematics."""
    return re.sub(r"([\\`*_{}\[\]<>#|$~!&])", r"\\\1", clean(text))


def listed(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(names) < 2:
        return "".join(names)
    return ", ".join(names[:-1]) + " and " + names[-1]


def key(*steps: str) -> str:
    """A path into the evidence, names escaped as in RFC 6901."""
    return "/".join(step.replace("~", "~0").replace("/", "~1") for step in steps)


class Prose:
    """Text under construction that remembers, for each number, what backs it."""

    def __init__(self, metric: str) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._metric = metric
        self.references: list[Reference] = []

    def say(self, text: str) -> Prose:
        """Add words (without numbers)."""
        self._parts.append(text)
        self._length += len(text)
        return self

    def number(
        self, text: str, value: float, key: str, *, runs: tuple[str, ...] = (), arm: str = "", quantity: str
    ) -> Prose:
        """Add a number as printed, with its unrounded value and where it comes from."""
        self.references.append(
            Reference(
                text=text,
                key=key,
                value=float(value),
                runs=runs,
                start=self._length,
                arm=arm,
                quantity=quantity,
                metric=self._metric,
            )
        )
        return self.say(text)

    @property
    def text(self) -> str:
        return "".join(self._parts)
