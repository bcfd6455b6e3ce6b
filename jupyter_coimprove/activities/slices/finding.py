"""The worst slices of a table, found on a grid, sharpened to exact ends, and held against chance."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_coimprove.activities.slices import scan
from jupyter_coimprove.activities.slices.measure import Scale, interval
from jupyter_coimprove.activities.slices.sharpening import ends, sharpened
from jupyter_coimprove.activities.slices.table import Column, Condition, members
from jupyter_coimprove.errors import UsageError

if TYPE_CHECKING:
    import numpy as np

#: Entries (items × features) that are searched; of more, items are drawn.
ENTRIES = 50_000_000
#: Most items that are searched, and fewest that make a search.
ITEMS, FEWEST = 50_000, 60
#: Features that are cut finely, and of them those that are tried two by two: those that stand out most alone.
ALONE, PAIRED = 200, 30
#: A slice has so many items at least, and this share of them.
LEAST, SHARE = 20, 0.01


@dataclass(frozen=True, kw_only=True)
class Slice:
    """Items that share what ``conditions`` say. ``mean`` is their loss, ``rest`` that of all others.

    ``low`` to ``high`` hold the expected loss, over all slices tried together; ``p`` is the chance of
    such a one among all that were tried (at most 1), ``gain`` how far it stands out, in nats.
    """

    conditions: tuple[Condition, ...]
    items: int
    mean: float
    low: float
    high: float
    rest: float
    p: float
    gain: float

    def text(self) -> str:
        return " and ".join(one.text() for one in self.conditions)


@dataclass(frozen=True, kw_only=True)
class Found:
    """``slices`` the worst first; ``tried`` how many were compared, ``items`` how many were searched of ``all_items``."""

    slices: tuple[Slice, ...]
    tried: int
    items: int
    all_items: int
    features: int
    mean: float
    left_out: tuple[str, ...] = ()


def find(
    columns: Sequence[Column], loss: np.ndarray, *, alpha: float = 0.05, most: int = 5, seed: int = 0,
    tell: Callable[[str], None] = lambda text: None,
) -> Found:  # fmt: skip
    """Slices whose loss is higher than chance explains; with probability ``1 − alpha`` none where there is none.

    ``loss`` has shape (items,): 0 and 1, or real numbers (compared by ranks). What is tried depends on the
    features alone, so Bonferroni's bound over it holds whatever was searched first; half of ``alpha`` is for
    slices of one feature, half for those of two. The next slice is looked for among the items that are left.
    UsageError where there is nothing to slice.
    """
    import numpy as np

    loss = np.asarray(loss, dtype=float)
    usable, left_out = _usable(columns, loss)
    rows = len(loss)
    size = max(2000, min(rows, ITEMS, ENTRIES // len(usable)))
    drawn = np.arange(rows)
    if size < rows:
        drawn = np.sort(np.random.default_rng(seed).choice(rows, size, replace=False))
        tell(f"{size} of {rows} items are searched")
    part = usable if size >= rows else [_taken(column, drawn) for column in usable]
    search = _Search(part, loss[drawn], alpha)
    if not search.alone.pieces:
        raise UsageError(
            "no feature splits the items into groups that are large enough",
            remedy="give features that some items share: numbers or categories, not one value each",
        )
    slices: list[Slice] = []
    left = np.ones(len(drawn), dtype=bool)
    while len(slices) < most and left.sum() >= FEWEST:
        tell(f"slice {len(slices) + 1}")
        best = search.best(left)
        if best is None:
            break
        conditions, log_p, gain = best
        inside = members(usable, conditions)
        slices.append(
            _slice(conditions, inside, loss, alpha / search.tried, min(1.0, math.exp(min(0.0, log_p))), gain)
        )
        left &= ~inside[drawn]
    ordered = sorted(slices, key=lambda one: -one.gain)
    return Found(
        slices=tuple(ordered), tried=search.tried, items=len(drawn), all_items=rows, features=len(usable),
        mean=float(loss.mean()), left_out=tuple(left_out),
    )  # fmt: skip


def _usable(columns: Sequence[Column], loss: np.ndarray) -> tuple[list[Column], list[str]]:
    """The features that vary; UsageError where none does, or the loss does not."""
    import numpy as np

    if not columns or not len(loss):
        raise UsageError(
            "there are no data to slice", remedy="name them: --features EXPR --truth EXPR --predicted EXPR"
        )
    wrong = next((column for column in columns if len(column.values) != len(loss)), None)
    if wrong is not None:
        raise UsageError(
            f"{wrong.name} has {len(wrong.values)} values and the loss {len(loss)}",
            remedy="name features and labels of the same items",
        )
    if not np.isfinite(loss).all():
        raise UsageError(
            f"{int((~np.isfinite(loss)).sum())} items have a loss that is no finite number",
            remedy="look at those first: they are failures, not a slice",
        )
    if len(loss) < FEWEST:
        raise UsageError(f"{len(loss)} items are too few to slice", remedy=f"{FEWEST} are the least")
    if np.ptp(loss) == 0:
        raise UsageError(
            f"every item has the same loss, {loss[0]:g}",
            remedy="there is nothing worse than the rest: look at harder items",
        )
    usable = [c for c in columns if _varies(c)]
    gone = [f"{c.name}: one value" for c in columns if not _varies(c)]
    if not usable:
        raise UsageError("every feature has one value only", remedy="give features that differ between items")
    return usable, gone


def _varies(column: Column) -> bool:
    import numpy as np

    values = column.values
    if column.levels:
        return bool(len(values)) and bool((values != values[0]).any())
    there = values[~np.isnan(values)]
    return bool(len(there)) and (len(there) < len(values) or bool(np.ptp(there) > 0))


def _taken(column: Column, drawn: np.ndarray) -> Column:
    return Column(name=column.name, values=column.values[drawn], levels=column.levels)


def _slice(
    conditions: tuple[Condition, ...],
    inside: np.ndarray,
    loss: np.ndarray,
    alpha: float,
    p: float,
    gain: float,
) -> Slice:
    here = loss[inside]
    low, high = interval(here, alpha)
    return Slice(
        conditions=conditions, items=len(here), mean=float(here.mean()), low=low, high=high,
        rest=float(loss[~inside].mean()), p=p, gain=gain,
    )  # fmt: skip


class _Search:
    """The grids of one table, cut once; the loss is looked at among the items that are left."""

    def __init__(self, columns: Sequence[Column], loss: np.ndarray, alpha: float) -> None:
        self.loss, self.alpha = loss, alpha
        self.least = max(LEAST, math.ceil(SHARE * len(loss)))
        self.one = sum(scan.most_pieces(column, scan.ALONE) for column in columns)
        counts = [scan.most_pieces(column, scan.TOGETHER) for column in columns]
        self.pairs = (sum(counts) ** 2 - sum(count * count for count in counts)) // 2
        if len(columns) > ALONE:
            # Which are looked at depends on the loss, so all of them count as tried.
            scale = Scale.of(loss)
            columns = [
                columns[i] for i in scan.standing_out(columns, scale.gain, scale.score, self.least, ALONE)
            ]
        self.columns = columns
        self.alone = scan.grid(columns, scan.ALONE, self.least)
        self.tried = self.one + self.pairs

    def best(self, left: np.ndarray) -> tuple[tuple[Condition, ...], float, float] | None:
        """The slice that stands out most among the items ``left``: its conditions, log p over all tried, gain."""
        import numpy as np

        scale = Scale.of(self.loss[left])
        if not self.alone.pieces or np.ptp(scale.score) == 0:
            return None
        codes = self.alone.codes[left]
        single = scan.Grid(codes=codes, bins=self.alone.bins, pieces=self.alone.pieces)
        sizes, sums = scan.alone(single, scale.score)
        gains = np.where(sizes >= self.least, scale.gain(sizes, sums), 0)
        found: list[tuple[float, tuple[Condition, ...]]] = []
        first = int(np.argmax(gains))
        if gains[first] > 0:
            log_p = scale.log_p(int(sizes[first]), float(sums[first])) + math.log(2 * self.one)
            found.append((log_p, (self.alone.pieces[first].condition,)))
        if self.pairs:
            found += self._two(gains, left, scale)
        log_p = min((one[0] for one in found), default=0.0)
        if log_p > math.log(self.alpha):
            return None
        # Which of the two it is, is told by their exact ends: the grid's are coarser for two features.
        price = math.log(max(self.pairs, 1) / self.one)
        fitted = math.log(len(scale.score)) / 2
        sharp = []
        for _, conditions in found:
            names = {condition.name for condition in conditions}
            mine = [_taken(c, np.flatnonzero(left)) for c in self.columns if c.name in names]
            exact, gain = sharpened(mine, conditions, scale, self.least, price)
            sharp.append((gain - price * (len(exact) - 1) - fitted * ends(exact), gain, exact))
        _, gain, exact = max(sharp, key=lambda one: one[0])
        return exact, log_p, gain

    def _two(
        self, gains: np.ndarray, left: np.ndarray, scale: Scale
    ) -> list[tuple[float, tuple[Condition, ...]]]:
        import numpy as np

        best = np.zeros(len(self.columns))
        np.maximum.at(best, np.array([piece.column for piece in self.alone.pieces]), gains)
        chosen = np.sort(np.argsort(-best, kind="stable")[:PAIRED])
        kept = [_taken(self.columns[i], np.flatnonzero(left)) for i in chosen]
        grid = scan.grid(kept, scan.TOGETHER, self.least, 0.95)
        if not grid.pieces:
            return []
        sizes, sums = scan.together(grid, scale.score)
        every = np.where(sizes >= self.least, scale.gain(sizes, sums), 0)
        one, other = np.unravel_index(int(np.argmax(every)), every.shape)
        if every[one, other] <= 0:
            return []
        log_p = scale.log_p(int(sizes[one, other]), float(sums[one, other])) + math.log(2 * self.pairs)
        return [(log_p, (grid.pieces[int(one)].condition, grid.pieces[int(other)].condition))]
