"""The one name that was meant, if exactly one is near enough; of two equally near, none."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: What other languages and libraries call it.
SYNONYMS = {
    "tolower": "lower", "to_lower": "lower", "lowercase": "lower", "to_lowercase": "lower", "toupper": "upper",
    "to_upper": "upper", "uppercase": "upper", "trim": "strip", "push": "append", "add_item": "append",
    "startsWith": "startswith", "endsWith": "endswith", "indexOf": "index", "contains": "__contains__",
}  # fmt: skip


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The nearest of these names, or None when none is near or several are equally so."""
    found = ranked(word, known)
    if not found or (len(found) > 1 and found[1][0] == found[0][0]):
        return None
    return found[0][1]


def ranked(word: str, known: Iterable[str]) -> list[tuple[float, str]]:
    """Those that are near enough, nearest first: (distance, name)."""
    out = []
    for name in set(known) - {word}:
        distance = _distance(word, name)
        if distance is not None:
            out.append((distance, name))
    return sorted(out)


def _distance(word: str, name: str) -> float | None:
    plain, other = _plain(word), _plain(name)
    if not plain or not other:
        return None
    if plain == other:
        return 0.5 if word.strip() != name.strip() else 0.4
    if SYNONYMS.get(word) == name:
        return 0.6
    tokens, others = _tokens(word), _tokens(name)
    if len(tokens) > 1 and sorted(tokens) == sorted(others):
        return 0.7
    # ``x3`` is not ``x1`` misspelt: numbers are chosen, letters slip.
    if re.sub(r"\d", "", plain) == re.sub(r"\d", "", other):
        return None
    # So are single letters at the end: ``rate_a``, ``rate_b``.
    if tokens[:-1] == others[:-1] and len(tokens) > 1 and len(tokens[-1]) == len(others[-1]) == 1:
        return None
    allowed = 0 if len(plain) < 3 else 1 if len(plain) < 6 else 2 if len(plain) < 12 else 3
    edits = _edits(plain, other, allowed)
    if edits is not None and (len(plain) > 3 or sorted(plain) == sorted(other) or plain[0] == other[0]):
        return float(edits)
    short, long = sorted((plain, other), key=len)
    if len(short) >= 3 and long.startswith(short) and (len(short) >= 4 or short == other):
        return 3.5
    return None


def _plain(word: str) -> str:
    return re.sub(r"[\s_\-.]+", "", word).lower()


def _tokens(word: str) -> list[str]:
    return [t.lower() for t in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", word)] or [word]


def _edits(a: str, b: str, most: int) -> int | None:
    """Letters put in, left out, changed or swapped with their neighbour; None above ``most``."""
    if abs(len(a) - len(b)) > most:
        return None
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, start=1):
        older, before, row = before, row, [i]
        for j, right in enumerate(b, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == b[j - 2] and a[i - 2] == right:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1] if row[-1] <= most else None
