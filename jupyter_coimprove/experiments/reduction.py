"""How a series becomes the one number of a run: the grammar of reductions, and what each computes.

=====================  =====================================================================
``value``              the number itself; a series is refused
``last`` ``first``     the value of the last, of the first entry
``mean``               over all entries (folds, seeds)
``mean-last K``        over the last K entries (or all, where there are fewer)
``at K``               the entry of epoch K, counted from 0; of step K where steps were logged
``at best SERIES``     the entry where another series, of validation data, is best;
                       ``max`` or ``min`` behind it says which way, else its name does
``max`` ``min``        the extreme entry; over epochs of test data it is nobody's score
=====================  =====================================================================
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from jupyter_coimprove.errors import UsageError

Kind = Literal["value", "last", "first", "mean", "max", "min", "mean-last", "at", "at best"]
WORDS = ("value", "last", "first", "mean", "max", "min")
#: As a person may write them, for messages and help.
GRAMMAR = "value, last, first, mean, max, min, 'mean-last K', 'at K', 'at best SERIES [max|min]'"
#: Those that make one number of a series, for a person who has one.
OF_SERIES = "last, mean, 'mean-last 3', 'at 9' or 'at best VALIDATION_SERIES'"


@dataclass(frozen=True, kw_only=True)
class Reduction:
    """One reduction. ``count`` is the K of ``mean-last`` and ``at``; ``by`` the series of ``at best``."""

    kind: Kind
    count: int = 0
    by: str = ""
    way: Literal["max", "min"] | None = None

    def __str__(self) -> str:
        if self.kind == "at best":
            return f"at best {self.by}" + (f" {self.way}" if self.way else "")
        return f"{self.kind} {self.count}" if self.kind in ("mean-last", "at") else self.kind


def parse(text: str) -> Reduction:
    """Read a reduction. Raises UsageError that names the grammar."""
    said = " ".join(text.split())
    if said in WORDS:
        return Reduction(kind=cast(Kind, said))
    if match := re.fullmatch(r"(mean-last|at) (\d+)", said):
        count = int(match[2])
        if match[1] == "mean-last" and not count:
            raise UsageError(
                "the mean of the last 0 entries is no number", remedy="write mean-last 1 or more"
            )
        return Reduction(kind=cast(Kind, match[1]), count=count)
    # ``best of SERIES max`` says the same.
    if match := re.fullmatch(r"(?:at best|best of) (.+?)(?: (max|min))?", said):
        # The series as it was written: blanks inside quotes of it count.
        raw = re.sub(r"^\s*(?:at\s+best|best\s+of)\s+", "", text).strip()
        by = re.sub(r"\s+(?:max|min)$", "", raw) if match[2] else raw
        return Reduction(kind="at best", by=by, way=cast("Literal['max', 'min'] | None", match[2]))
    close = difflib.get_close_matches(said.partition(" ")[0], [*WORDS, "mean-last", "at best"], n=2)
    raise UsageError(
        f"{text!r} is no reduction",
        remedy=("did you mean " + " or ".join(close) + "? " if close else "") + f"write one of {GRAMMAR}",
    )


def reduce(
    reduction: Reduction,
    series: Sequence[float],
    *,
    by: Sequence[float] = (),
    way: str = "max",
    steps: Sequence[int | None] = (),
) -> float | str:
    """The one number of ``series``, or why there is none. NaN and infinite entries stay what they are.

    A mean or an extreme over an entry that is not finite is NaN. ``by`` is the series of
    ``at best``, of equal length, and ``way`` which way that is better; ties go to the earliest
    entry, as ``if val > best`` keeps it. ``steps`` are those of logged values.
    """
    if not series:
        return "the series is empty"
    kind = reduction.kind
    if kind == "value":
        if len(series) == 1:
            return series[0]
        return f"a series of {len(series)} numbers where one is wanted: plan with --reduction {OF_SERIES}"
    if kind == "last":
        return series[-1]
    if kind == "first":
        return series[0]
    if kind == "at":
        return _at(reduction.count, series, steps)
    if kind == "at best":
        return _at_best(series, by, way, reduction.by)
    chosen = list(series[-reduction.count :]) if kind == "mean-last" else list(series)
    if not all(map(math.isfinite, chosen)):
        return math.nan
    if kind in ("mean", "mean-last"):
        return math.fsum(chosen) / len(chosen)
    return max(chosen) if kind == "max" else min(chosen)


def _at(count: int, series: Sequence[float], steps: Sequence[int | None]) -> float | str:
    known = [step for step in steps if step is not None]
    if known and len(known) == len(series):
        if count not in known:
            return f"no value was logged at step {count}; the last step is {known[-1]}"
        # Logged twice at a step: what was said last counts.
        return series[len(known) - 1 - known[::-1].index(count)]
    if count >= len(series):
        return f"the series has {len(series)} entries: counted from 0 there is no epoch {count}"
    return series[count]


def _at_best(series: Sequence[float], by: Sequence[float], way: str, name: str) -> float | str:
    if len(by) != len(series):
        return f"the series has {len(series)} entries and {name or 'its validation series'} {len(by)}"
    finite = [number for number in by if math.isfinite(number)]
    if not finite:
        return math.nan
    return series[list(by).index(max(finite) if way == "max" else min(finite))]
