"""The exact ends of a slice that the grid found: those that the items themselves make likeliest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from jupyter_coimprove.activities.slices.measure import Scale
from jupyter_coimprove.activities.slices.table import Column, Condition, holds

if TYPE_CHECKING:
    import numpy as np

#: Rounds over the conditions; each round can only make the slice likelier.
_ROUNDS = 8


def sharpened(
    columns: Sequence[Column], conditions: tuple[Condition, ...], scale: Scale, least: int, price: float
) -> tuple[tuple[Condition, ...], float]:
    """The slice with exact ends, and how far it stands out (nats).

    Ends of a range move in turn to where the summed log likelihood ratio of the items between them
    is largest, with the two losses as they are inside and outside now; a condition that does not
    help is left out. ``least`` items remain; ``price`` is how
    much a second condition has to bring (nats).
    """
    import numpy as np

    by_name = {column.name: column for column in columns}
    now = list(conditions)
    inside = _of(by_name, now)
    gain = _gain(scale, inside)
    for _ in range(_ROUNDS):
        before = gain
        for place, condition in enumerate(now):
            column = by_name[condition.name]
            if column.levels or condition.missing:
                continue
            others = _of(by_name, [c for i, c in enumerate(now) if i != place], len(inside))
            moved = _stretch(column, scale.weights(inside), others)
            if moved is None:
                continue
            trial = [*now[:place], moved, *now[place + 1 :]]
            rows = _of(by_name, trial)
            better = _gain(scale, rows)
            if better > gain and rows.sum() >= least and not rows.all():
                now, inside, gain = trial, rows, better
        if gain <= before:
            break
    # An end is a number that was fitted (Schwarz 1978); it may go where it brings less than that.
    slack = float(np.log(len(inside))) / 2
    for place, condition in enumerate(now):
        for simpler in (replace(condition, low=None), replace(condition, high=None)):
            trial = [*now[:place], simpler, *now[place + 1 :]]
            if simpler != now[place] and _gain(scale, _of(by_name, trial)) >= gain - slack:
                now = trial
    kept = [c for c in now if c.missing or c.is_ is not None or c.low is not None or c.high is not None]
    for condition in list(kept):
        rest = [c for c in kept if c is not condition]
        if rest and _gain(scale, _of(by_name, rest)) >= gain - price - slack * ends(
            c for c in kept if c is condition
        ):
            kept = rest
    final = _of(by_name, kept)
    return tuple(kept), _gain(scale, final)


def ends(conditions: Iterable[Condition]) -> int:
    """How many numbers were fitted: the ends of its ranges."""
    return sum((one.low is not None) + (one.high is not None) for one in conditions)


def _of(by_name: dict[str, Column], conditions: Sequence[Condition], rows: int = 0) -> np.ndarray:
    import numpy as np

    inside = [holds(by_name[c.name], c) for c in conditions]
    return np.asarray(np.logical_and.reduce(inside)) if inside else np.ones(rows, dtype=bool)


def _gain(scale: Scale, inside: np.ndarray) -> float:
    import numpy as np

    return float(scale.gain(np.array([inside.sum()]), np.array([scale.score[inside].sum()]))[0])


def _stretch(column: Column, weights: np.ndarray, others: np.ndarray) -> Condition | None:
    """The range whose items, of those in ``others``, have the largest sum of weights (Kadane, over distinct values)."""
    import numpy as np

    here = others & ~np.isnan(column.values)
    values, inverse = np.unique(column.values[here], return_inverse=True)
    if len(values) < 2:
        return None
    total = np.concatenate(
        [[0.0], np.cumsum(np.bincount(inverse, weights=weights[here], minlength=len(values)))]
    )
    lowest = np.minimum.accumulate(total[:-1])
    last = int(np.argmax(total[1:] - lowest))
    first = int(np.argmin(total[: last + 1]))
    return Condition(
        name=column.name, low=float(values[first]) if first else None,
        high=float(values[last]) if last < len(values) - 1 else None,
    )  # fmt: skip
