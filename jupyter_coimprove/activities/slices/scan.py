"""The grid of slices that are tried, and how far each stands out; fixed by the features before a loss is seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_coimprove.activities.slices.table import Column, Condition

if TYPE_CHECKING:
    import numpy as np

#: Quantile cuts of a number where features stand alone, and where two stand together.
ALONE, TOGETHER = 40, 8
#: Categories of one feature that are tried together with another's, and alone, the largest first.
_LEVELS, _MANY = 12, 500
#: Quantile cuts of a first look, where there are more features than are tried.
_SCREEN = 6

Gain = Callable[["np.ndarray", "np.ndarray"], "np.ndarray"]


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One grid slice of one feature: bins ``first`` to ``last`` of its ``column``."""

    column: int
    first: int
    last: int
    condition: Condition


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Features cut into bins: ``codes`` of shape (items, features), ``bins`` how many each has, and its pieces."""

    codes: np.ndarray
    bins: tuple[int, ...]
    pieces: tuple[Piece, ...]


def grid(columns: Sequence[Column], cuts: int, least: int, most: float = 0.5) -> Grid:
    """Cut every feature: a number at ``cuts`` quantiles, a category into its levels; each with what is missing.

    Pieces with fewer than ``least`` items, or with more than the share ``most`` of them, are none.
    """
    import numpy as np

    rows = len(columns[0].values)
    codes = np.zeros((rows, len(columns)), dtype=np.int16)
    bins: list[int] = []
    pieces: list[Piece] = []
    for place, column in enumerate(columns):
        codes[:, place], found = _levels(column, cuts) if column.levels else _ranges(column, cuts)
        count = found[0]
        bins.append(count)
        sizes = np.concatenate([[0], np.cumsum(np.bincount(codes[:, place], minlength=count))])
        for first, last, condition in found[1]:
            if least <= sizes[last + 1] - sizes[first] <= most * rows:
                pieces.append(Piece(column=place, first=first, last=last, condition=condition))
    return Grid(codes=codes, bins=tuple(bins), pieces=tuple(pieces))


_Found = tuple[int, list[tuple[int, int, Condition]]]


def _levels(column: Column, cuts: int) -> tuple[np.ndarray, _Found]:
    import numpy as np

    values = column.values
    sizes = np.bincount(values[values >= 0], minlength=len(column.levels))
    most = _LEVELS if cuts <= TOGETHER else _MANY
    kept = np.argsort(-sizes, kind="stable")[:most]
    code = np.full(len(column.levels) + 1, len(kept) + 1, dtype=np.int16)
    code[kept] = np.arange(len(kept))
    # An index of -1 is the last entry: what is missing.
    code[-1] = len(kept)
    out = [(i, i, Condition(name=column.name, is_=column.levels[int(level)])) for i, level in enumerate(kept)]
    out.append((len(kept), len(kept), Condition(name=column.name, missing=True)))
    return code[np.where(values < 0, -1, values)], (len(kept) + 2, out)


def _ranges(column: Column, cuts: int) -> tuple[np.ndarray, _Found]:
    import numpy as np

    values = column.values
    gaps = np.isnan(values)
    there = values[~gaps]
    if not len(there):
        return np.zeros(len(values), dtype=np.int16), (1, [(0, 0, Condition(name=column.name, missing=True))])
    edges = np.unique(np.quantile(there, np.linspace(0, 1, cuts + 1)[1:-1], method="lower"))
    # Bin k holds what is above edge k-1 and not above edge k.
    code = np.searchsorted(edges, values, side="left").astype(np.int16)
    count = len(edges) + 1
    code[gaps] = count
    order = np.sort(there)
    lows = [order[0], *(order[min(np.searchsorted(order, e, side="right"), len(order) - 1)] for e in edges)]
    highs = [*edges, order[-1]]
    out = [
        (
            first, last,
            Condition(
                name=column.name, low=float(lows[first]) if first else None,
                high=float(highs[last]) if last < count - 1 else None,
            ),
        )
        for first in range(count) for last in range(first, count) if not (first == 0 and last == count - 1)
    ]  # fmt: skip
    out.append((count, count, Condition(name=column.name, missing=True)))
    return code, (count + 1, out)


def most_pieces(column: Column, cuts: int) -> int:
    """At most so many pieces a feature is cut into."""
    if column.levels:
        return min(len(column.levels), _LEVELS if cuts <= TOGETHER else _MANY) + 1
    return cuts * (cuts + 1) // 2 + 1


def standing_out(
    columns: Sequence[Column], gain: Gain, score: np.ndarray, least: int, most: int
) -> list[int]:
    """The ``most`` features whose coarse pieces stand out furthest, in their own order."""
    import numpy as np

    best = []
    for column in columns:
        one = grid([column], _SCREEN, least)
        sizes, sums = alone(one, score)
        best.append(float(gain(sizes, sums).max()) if len(sizes) else 0.0)
    return sorted(int(i) for i in np.argsort(-np.array(best), kind="stable")[:most])


def alone(grid: Grid, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Items and summed score of every piece; shape (pieces,)."""
    import numpy as np

    sizes, sums = np.zeros(len(grid.pieces)), np.zeros(len(grid.pieces))
    by_column: dict[int, list[int]] = {}
    for place, piece in enumerate(grid.pieces):
        by_column.setdefault(piece.column, []).append(place)
    for column, places in by_column.items():
        codes, count = grid.codes[:, column], grid.bins[column]
        here = np.array(places)
        first = np.array([grid.pieces[i].first for i in places])
        last = np.array([grid.pieces[i].last for i in places]) + 1
        for weights, out in ((None, sizes), (score, sums)):
            total = np.concatenate([[0.0], np.cumsum(np.bincount(codes, weights=weights, minlength=count))])
            out[here] = total[last] - total[first]
    return sizes, sums


def together(grid: Grid, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Items and summed score of every two pieces of different features; shape (pieces, pieces), upper half."""
    import numpy as np

    offsets = np.concatenate([[0], np.cumsum(grid.bins)]).astype(int)
    rows, width = len(grid.codes), int(offsets[-1])
    piled = np.zeros((len(grid.pieces), width), dtype=np.float32)
    for place, piece in enumerate(grid.pieces):
        start = offsets[piece.column]
        piled[place, start + piece.first : start + piece.last + 1] = 1
    counts, sums = np.zeros((width, width)), np.zeros((width, width))
    for start in range(0, rows, _ROWS):
        part = slice(start, start + _ROWS)
        marked = np.zeros((len(grid.codes[part]), width), dtype=np.float32)
        at = grid.codes[part].astype(int) + offsets[:-1]
        np.put_along_axis(marked, at, 1, axis=1)
        counts += marked.T @ marked
        sums += marked.T @ (marked * score[part, None].astype(np.float32))
    of = np.array([piece.column for piece in grid.pieces])
    later = of[:, None] < of[None, :]
    return (
        np.where(later, piled @ counts.astype(np.float32) @ piled.T, 0),
        np.where(later, piled @ sums.astype(np.float32) @ piled.T, 0),
    )


#: Items that are multiplied at once.
_ROWS = 8192
