"""Numbers in a text: where they stand, what they are worth, and which of them state no result."""

from __future__ import annotations

import re
from collections.abc import Sequence

NUMBER = re.compile(
    r"(?P<sign>[+\-−–±])?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?P<exponent>[eE][+\-−]?\d+)?(?P<percent>[  \u202f]?%)?"
)


def spans(text: str, name: str) -> list[tuple[int, int]]:
    """Where a name stands on its own: not inside a longer word or number."""
    pattern = re.compile(r"(?<![\w.])" + re.escape(name) + r"(?![\w]|\.\d)")
    return [match.span() for match in pattern.finditer(text)]


def named(text: str, names: Sequence[str]) -> list[tuple[int, int]]:
    """Stretches of names, links and code: numbers in them state nothing."""
    out = [span for name in names for span in spans(text, name)]
    out += [m.span() for m in re.finditer(r"https?://\S+|```.*?```", text, re.S)]
    # A code span with a name or an assignment in it is code; a bare number in one is a number.
    out += [m.span() for m in re.finditer(r"(`+)(?!\s*[+\-−]?[\d.,eE%\s]+\1)[^`\n]+\1", text)]
    return out


_LABEL = re.compile(
    r"\b(?:cells?|lines?|figs?|figures?|tables?|sections?|steps?|eqs?|equations?|runs?|seeds?|chapters?|pages?|"
    r"versions?|python|issue|footnote|appendix|folds?\s+no|random_state|layer|epoch|block)\.?\s*[=#]?\s*$",
    re.IGNORECASE,
)
_RANGE = re.compile(
    r"\b(?:cells|lines|figures|tables|sections|runs|seeds|pages)\s+[\d,\s–-]*(?:and\s+|to\s+)?$", re.I
)
#: Dates, times of day, versions with two dots or a v, IP addresses.
DATED = re.compile(
    r"\b\d{4}[-/.]\d\d?[-/.]\d\d?(?:T[\d:.]+Z?)?\b|\b\d\d?/\d\d?/\d{4}\b|\b\d\d?\.\d\d?\.\d{4}\b|"
    r"\b\d\d?:\d\d(?::\d\d)?\b|\bv?\d+(?:\.\d+){2,}\w*|\bv\d+(?:\.\d+)*"
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"


def no_result(
    text: str, match: re.Match[str], covered: Sequence[tuple[int, int]], dated: Sequence[tuple[int, int]]
) -> str:
    """Why this number states no result, or an empty string."""
    start, end = match.start("digits"), match.end("digits")
    if any(left <= start < right for left, right in covered):
        return "part of a name"
    before, after = text[:start], text[end:]
    if re.search(r"[^\W\d_]$|_$|[^\W\d_][-.]$", before) or (
        not match["percent"] and re.match(r"_|(?![eE][+\-−\d])[^\W\d_]", after)
    ):
        return "part of a word"
    if any(left <= start < right for left, right in dated):
        return "date, time or version"
    if re.search(r"(?:^|\n)[ \t]*$", before) and re.match(r"[.)]\s", after):
        return "numbering"
    # A section: ``## 4.1 Decoding``.
    if re.search(r"(?:^|\n)#{1,6}[ \t]+$", before) and re.match(r"\.?[ \t]+[^\W\d_]", after):
        return "numbering"
    if (
        re.search(r"\[$|\($", before)
        and re.match(r"[\])]", after)
        and match["digits"].isdigit()
        and not match["sign"]
        and len(match["digits"]) <= 3
    ):
        return "numbering"
    if _LABEL.search(before) or _RANGE.search(before) or re.search(r"#$", before):
        return "label"
    if re.search(rf"\b{_MONTH}\s+$", before, re.I) or re.match(rf"\.?\s+{_MONTH}\s+\d{{4}}", after, re.I):
        return "date, time or version"
    if re.fullmatch(r"(?:19|20)\d\d", match["digits"]) and re.search(
        rf"(?:\b(?:in|since|by|of|from|until|year|et al\.?,?|{_MONTH}(?:\s+\d+,?)?)\s+|\(|[A-Z][a-z]+,?\s+|©\s*)$",
        before,
        re.I,
    ):
        return "date, time or version"
    return ""


def sign_counts(text: str, at: int) -> bool:
    """Whether the mark before the digits is a sign: not the hyphen of a word or of a range."""
    return at == 0 or not re.match(r"[\w)\]]", text[at - 1])


def value_of(match: re.Match[str], sign: str) -> tuple[float, float]:
    """The number, and one unit of its last printed digit."""
    digits = match["digits"].replace(",", "")
    exponent = int((match["exponent"] or "e0")[1:].replace("−", "-"))
    places = len(digits.partition(".")[2])
    value = float(f"{digits}e{exponent}")
    return (-value if sign in ("-", "−", "–") else value), float(f"1e{exponent - places}")
