"""How far an idea is from another: a written measure over what it changes, how, and for which items.

An idea has three parts: its settings (a factor and the level it is given), the operators that carry them
out, and the slices of items it is about. Each part has a distance from 0 to 1, and the whole is their
mean, weighted by ``WEIGHTS`` over the parts that either of the two has (after Gower 1971, whose
coefficient also leaves out what neither has). 0 means: the same change, by the same operators, for
the same items.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping, Set
from dataclasses import dataclass, field

#: What each part counts. What is changed says most of what an idea is.
WEIGHTS = {"settings": 0.6, "operators": 0.2, "slices": 0.2}
#: The level of a factor that is taken away.
GONE = "dropped"


@dataclass(frozen=True, kw_only=True)
class Features:
    """``settings`` are levels by factor, as source (``GONE`` where it is taken away); ``slices`` are conditions in words."""

    settings: Mapping[str, str] = field(default_factory=dict)
    operators: frozenset[str] = frozenset()
    slices: frozenset[str] = frozenset()

    @property
    def text(self) -> str:
        """``lr=0.3, without dropout, where size ≥ 90``."""
        said = [f"without {name}" if level == GONE else f"{name}={level}" for name, level in self.settings.items()]  # fmt: skip
        return ", ".join([*said, *(f"where {one}" for one in sorted(self.slices))])

    @property
    def key(self) -> str:
        """The same for the same idea, however its levels are written."""
        said = [f"{name}={_normal(level)}" for name, level in sorted(self.settings.items())]
        return "idea:" + "&".join([*said, *(f"[{one}]" for one in sorted(self.slices))])


def distance(one: Features, other: Features) -> float:
    """From 0 (the same) to 1 (nothing in common); symmetric."""
    parts = {
        "settings": _settings(one.settings, other.settings),
        "operators": _jaccard(one.operators, other.operators),
        "slices": _jaccard(one.slices, other.slices),
    }
    known = {name: value for name, value in parts.items() if value is not None}
    weight = sum(WEIGHTS[name] for name in known)
    return sum(WEIGHTS[name] * value for name, value in known.items()) / weight if weight else 0.0


def level_distance(one: str, other: str) -> float:
    """Of two levels of one factor: 0 the same, 1 apart.

    Of two positive numbers a factor of ten is wholly apart: ``min(1, |log10(a / b)|)``. Of others the
    difference against the larger: ``min(1, |a - b| / max(|a|, |b|))``. What is no number is the same or not.
    """
    first, second = _value(one), _value(other)
    if first == second and type(first) is type(second):
        return 0.0
    if not isinstance(first, float) or not isinstance(second, float):
        return 1.0
    if first > 0 and second > 0:
        return min(1.0, abs(math.log10(first) - math.log10(second)))
    return min(1.0, abs(first - second) / max(abs(first), abs(second)))


def _settings(one: Mapping[str, str], other: Mapping[str, str]) -> float | None:
    """The mean over all factors that either changes: 1 for one that only one of them does."""
    names = set(one) | set(other)
    if not names:
        return None
    apart = (
        level_distance(one[name], other[name]) if name in one and name in other else 1.0 for name in names
    )
    return sum(apart) / len(names)


def _jaccard(one: Set[str], other: Set[str]) -> float | None:
    return 1 - len(one & other) / len(one | other) if one | other else None


def _value(source: str) -> object:
    """The level as a value: all finite numbers as float, what is no literal as its text without spaces around."""
    try:
        value = ast.literal_eval(source.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return source.strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            return source.strip()
        return number if math.isfinite(number) else source.strip()
    return value


def _normal(source: str) -> str:
    return repr(_value(source))


def number(source: str) -> float | None:
    """The level as a finite number; None where it is none."""
    value = _value(source)
    return value if isinstance(value, float) else None
