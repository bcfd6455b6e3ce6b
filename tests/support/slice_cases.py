"""Data sets with one group of items that a model is wrong on, and data sets without any.

Each planted set has one group: a range or a category of one feature with 3 % of the rows and more, or two
features together with 5 % and more. Its items fail with 45 to 80 %, the others with 4 to 20 %; where the
loss is a real number the group's is 1.2 to 2 spreads larger. Features are numbers (even, skewed, correlated with
another, whole, with gaps) and categories. A null set is the same without a group.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jupyter_coimprove.activities.slices.table import Column

KINDS = ("category", "range", "tail", "range and category", "two ranges", "two categories")
#: The smallest share of the rows that a planted group has, by how many features it takes.
LEAST = {1: 0.03, 2: 0.05}


@dataclass(frozen=True, kw_only=True)
class Case:
    """``inside`` marks the planted group's rows (none in a null set); ``features`` are the planted ones."""

    kind: str
    columns: tuple[Column, ...]
    loss: np.ndarray
    inside: np.ndarray
    features: tuple[str, ...] = ()
    #: The expected loss of a row of the group.
    rate: float = 0.0


def _number(draw: np.random.Generator, rows: int, other: np.ndarray | None) -> np.ndarray:
    form = int(draw.integers(5))
    if form == 0:
        return draw.uniform(-1, 1, rows)
    if form == 1:
        return np.exp(draw.normal(0, 1, rows))
    if form == 2 and other is not None:
        return other + draw.normal(0, 0.7 * other.std(), rows)
    if form == 3:
        return np.round(draw.gamma(3.0, 10.0, rows))
    values = draw.normal(50, 12, rows)
    values[draw.random(rows) < 0.08] = np.nan
    return values


def _columns(draw: np.random.Generator, rows: int, count: int) -> list[Column]:
    out: list[Column] = []
    other: np.ndarray | None = None
    for place in range(count):
        if place % 3 == 2:
            levels = int(draw.integers(2, 13))
            shares = draw.dirichlet(np.full(levels, 3.0))
            codes = draw.choice(levels, rows, p=shares)
            names = tuple(f"level {i}" for i in range(levels))
            out.append(Column(name=f"c{place}", values=codes.astype(np.int32), levels=names))
        else:
            values = _number(draw, rows, other)
            other = values if np.isfinite(values).all() else other
            out.append(Column(name=f"x{place}", values=values))
    return out


def _piece(
    draw: np.random.Generator, column: Column, share: float, *, tail: bool = False
) -> np.ndarray | None:
    """Rows of one range or category with about this share; None where the feature has no such piece."""
    values = column.values
    if column.levels:
        sizes = np.bincount(values, minlength=len(column.levels)) / len(values)
        fit = np.flatnonzero((sizes >= share) & (sizes <= 2.5 * share))
        return values == draw.choice(fit) if len(fit) else None
    there = values[np.isfinite(values)]
    size = share * draw.uniform(1.0, 1.6) * len(values) / len(there)
    start = (0.0 if draw.random() < 0.5 else 1 - size) if tail else draw.uniform(0.02, 0.98 - size)
    low, high = np.quantile(there, [max(0.0, start), min(1.0, start + size)])
    inside = (values >= low) & (values <= high)
    return inside if inside.mean() <= 2.5 * share else None


def planted(seed: int, number: int) -> Case:
    """The ``number``-th planted set of a seed; kinds and kinds of loss take turns."""
    draw = np.random.default_rng([seed, number, 1])
    kind, real = KINDS[number % len(KINDS)], number // len(KINDS) % 3 == 2
    rows, count = int(draw.integers(2000, 6001)), int(draw.integers(6, 19))
    while True:
        columns = _columns(draw, rows, count)
        numbers = [c for c in columns if not c.levels]
        words = [c for c in columns if c.levels]
        least = LEAST[2 if "two" in kind or "and" in kind else 1]
        share = least * draw.uniform(1.05, 2.5)
        if kind == "category":
            chosen = [words[draw.integers(len(words))]]
        elif kind in ("range", "tail"):
            chosen = [numbers[draw.integers(len(numbers))]]
        elif kind == "range and category":
            chosen = [numbers[draw.integers(len(numbers))], words[draw.integers(len(words))]]
        else:
            pool = numbers if kind == "two ranges" else words
            chosen = [pool[i] for i in draw.permutation(len(pool))[:2]]
        if len({c.name for c in chosen}) < (2 if least == LEAST[2] else 1):
            continue
        each = share if len(chosen) == 1 else np.sqrt(share)
        pieces = [_piece(draw, c, each, tail=kind == "tail") for c in chosen]
        if any(piece is None for piece in pieces):
            continue
        inside = np.logical_and.reduce(pieces)
        if least <= inside.mean() <= 0.25 and all(p.mean() < 0.6 for p in pieces):
            break
    loss, rate = _loss(draw, inside, real)
    return Case(
        kind=f"{kind}{', real loss' if real else ''}", columns=tuple(columns), loss=loss, inside=inside,
        features=tuple(c.name for c in chosen), rate=rate,
    )  # fmt: skip


def _loss(draw: np.random.Generator, inside: np.ndarray, real: bool) -> tuple[np.ndarray, float]:
    rows = len(inside)
    if real:
        # Absolute errors of a regression, with a group that is shifted.
        noise = draw.normal(0, 1, rows) if draw.random() < 0.5 else draw.laplace(0, 0.7, rows)
        shift = draw.uniform(2.2, 3.2)
        return np.abs(noise + shift * inside), float(np.abs(draw.normal(shift, 1, 20000)).mean())
    low, high = draw.uniform(0.04, 0.2), draw.uniform(0.45, 0.8)
    return (draw.random(rows) < np.where(inside, high, low)).astype(float), high


def null(seed: int, number: int) -> Case:
    """The ``number``-th set without a group: the loss has nothing to do with any feature."""
    draw = np.random.default_rng([seed, number, 2])
    rows, count = int(draw.integers(150, 4001)), int(draw.integers(2, 31))
    columns = _columns(draw, rows, count)
    form = number % 4
    if form == 0:
        loss = (draw.random(rows) < draw.uniform(0.02, 0.5)).astype(float)
    elif form == 1:
        loss = np.abs(draw.normal(0, 1, rows))
    elif form == 2:
        loss = np.exp(draw.normal(0, 2.0, rows))
    else:
        # Counts of mistakes: many ties.
        loss = draw.poisson(0.3, rows).astype(float)
    return Case(kind="null", columns=tuple(columns), loss=loss, inside=np.zeros(rows, dtype=bool))


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Rows in both over rows in either (IoU)."""
    either = int((one | other).sum())
    return int((one & other).sum()) / either if either else 0.0
