"""Texts that say the same in the same words."""

from __future__ import annotations

import re
from collections.abc import Mapping

#: Share of common runs of words from which two texts are one text, and words of such a run.
SAME, _RUN = 0.6, 3


def resemblance(first: str, second: str) -> float:
    """Common share of runs of three words (Broder 1997), 1 for equal texts; of shorter texts, of their words."""
    a, b = _runs(first), _runs(second)
    return len(a & b) / len(a | b) if a | b else 0.0


def repeated(texts: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Groups of those (by key) whose texts repeat each other; a text without words repeats nothing."""
    keys = sorted(texts)
    return [
        (one, other)
        for i, one in enumerate(keys)
        for other in keys[i + 1 :]
        if resemblance(texts[one], texts[other]) >= SAME
    ]


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[^\W_]+", text.lower())
    length = min(_RUN, len(words))
    return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)} if words else set()
