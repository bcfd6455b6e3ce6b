"""A table that comes in against the one a model was shipped with: is one column another, and which."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jupyter_coimprove.bench import detecting
from jupyter_coimprove.bench.family import Execute, Family, Mark
from jupyter_coimprove.bench.item import Answer, Item, Sample, Truth

Column = list[float | None]
Table = dict[str, Column]
_COLUMNS = 5
#: Rows of a small made table.
_MADE = 400
#: Least share of a column's entries that a shift changes.
_CHANGED = 0.15
#: Share of entries that are missing in any table.
_GAPS = 0.03


@dataclass(frozen=True, kw_only=True)
class _Source:
    """Where rows come from: ``name`` of scikit-learn's data, with arguments where it makes them; or columns made here."""

    words: str
    name: str = ""
    arguments: tuple[tuple[str, Any], ...] = ()
    made: tuple[tuple[str, Callable[[random.Random], float]], ...] = ()


_SOURCES = {
    "iris": _Source(words="measured flowers", name="load_iris"),
    "wine": _Source(words="wines analysed in a laboratory", name="load_wine"),
    "digits": _Source(words="scanned digits", name="load_digits"),
    "cancer": _Source(words="cell nuclei in images", name="load_breast_cancer"),
    "diabetes": _Source(words="patients at a first visit", name="load_diabetes", arguments=(("scaled", False),)),
    "classification": _Source(words="a made classification", name="make_classification", arguments=(("n_samples", _MADE), ("n_features", 9))),
    "friedman": _Source(words="Friedman's function", name="make_friedman1", arguments=(("n_samples", _MADE), ("n_features", 8))),
    "blobs": _Source(words="clusters", name="make_blobs", arguments=(("n_samples", _MADE), ("n_features", 6), ("centers", 4))),
    "regression": _Source(words="a made regression", name="make_regression", arguments=(("n_samples", _MADE), ("n_features", 7))),
    "shop": _Source(
        words="orders of a shop",
        made=(
            ("basket", lambda r: round(r.lognormvariate(3, 0.7), 2)), ("items", lambda r: float(1 + min(14, int(r.expovariate(0.4))))),
            ("minutes", lambda r: round(r.gammavariate(2.0, 6.0), 1)), ("visits", lambda r: float(int(r.gammavariate(1.5, 4)))),
            ("discount", lambda r: round(r.betavariate(2, 6), 2)),
        ),
    ),
    "sensors": _Source(
        words="readings of a machine",
        made=(
            ("pressure", lambda r: round(r.gauss(4.2, 0.4), 2)), ("heat", lambda r: round(r.gauss(60, 9), 1)),
            ("speed", lambda r: round(r.choice((1200, 1500)) + r.gauss(0, 40), 0)), ("noise", lambda r: round(r.gammavariate(9, 2), 1)),
            ("load", lambda r: round(r.betavariate(3, 2), 3)),
        ),
    ),
}  # fmt: skip


@functools.lru_cache(maxsize=32)
def _rows(template: str) -> tuple[tuple[str, ...], tuple[tuple[float, ...], ...]]:
    """Names and rows of a source, the same each time; columns of few values are left out."""
    source = _SOURCES[template]
    if source.made:
        chance = random.Random(template)
        return tuple(n for n, _ in source.made), tuple(
            tuple(draw(chance) for _, draw in source.made) for _ in range(_MADE)
        )
    from sklearn import datasets

    options = dict(source.arguments)
    if source.name.startswith("load"):
        bunch = getattr(datasets, source.name)(**options)
        names, values = [str(n).replace(" (cm)", "") for n in bunch.feature_names], bunch.data
    else:
        values = getattr(datasets, source.name)(**options, random_state=11)[0].round(3)
        names = [f"x{i}" for i in range(values.shape[1])]
    rich = [i for i in range(values.shape[1]) if len(set(values[:, i])) > 12]
    return tuple(names[i] for i in rich), tuple(tuple(float(row[i]) for i in rich) for row in values)


def _tables(template: str, chance: random.Random) -> tuple[Table, Table]:
    """The table that was shipped and one of other rows from the same source, both with some gaps."""
    names, rows = _rows(template)
    chosen = chance.sample(range(len(names)), min(_COLUMNS, len(names)))
    order = chance.sample(range(len(rows)), min(len(rows), 2 * chance.randint(70, 110)))
    half = len(order) // 2
    out = []
    for part in (order[:half], order[half:]):
        table: Table = {names[c]: [rows[i][c] for i in part] for c in chosen}
        for column in table.values():
            for i in range(len(column)):
                if chance.random() < _GAPS:
                    column[i] = None
        out.append(table)
    return out[0], out[1]


def _shifted(column: Column, chance: random.Random) -> Column:
    """The column after something happened to it that changed at least ``_CHANGED`` of its entries."""
    while True:
        made = _once(column, chance)
        if sum(a != b for a, b in zip(made, column, strict=True)) >= _CHANGED * len(column):
            return made


def _once(column: Column, chance: random.Random) -> Column:
    """The column moved, stretched, cut off, mixed with another unit, or emptied."""
    there = sorted(x for x in column if x is not None)
    middle = there[len(there) // 2]
    spread = (there[int(0.84 * len(there))] - there[int(0.16 * len(there))]) / 2 or 1.0
    how = chance.choice(("moved", "stretched", "cut", "unit", "emptied"))
    way, share = chance.choice((-1, 1)), chance.uniform(0.18, 0.3)
    by = way * spread * chance.uniform(0.9, 1.5)
    factor = chance.uniform(2.0, 2.8)
    edge = there[int((0.35 if way > 0 else 0.65) * len(there))]
    places = max(_places(x) for x in there)

    def one(x: float | None) -> float | None:
        if how == "emptied":
            return None if chance.random() < share else x
        mixed = chance.random() < 0.45
        if x is None:
            return None
        if how == "moved":
            return round(x + by, places)
        if how == "stretched":
            return round(middle + (x - middle) * factor, places)
        if how == "cut":
            return (max if way > 0 else min)(x, edge)
        return round(x + 3 * by, places) if mixed else x

    return [one(x) for x in column]


def _places(x: float) -> int:
    return len(repr(x).partition(".")[2]) if x != int(x) else 0


def _make(template: str, seed: int) -> tuple[Sample, ...]:
    chance = random.Random(f"shift-monitor/{template}/{seed}")
    before, now = _tables(template, chance)
    feature = chance.choice(sorted(now))
    order = chance.sample(sorted(now), len(now))
    both = {}
    for flawed in (True, False):
        table = {**now, feature: _shifted(now[feature], chance)} if flawed else now
        item = Item(
            family="shift-monitor", template=template, seed=seed, kinds=tuple(order),
            material={"shipped": {n: before[n] for n in order}, "now": {n: table[n] for n in order}},
            ask=f"Rows of {_SOURCES[template].words}: does one column of `now` come from another distribution than in `shipped` (moved, "
                "stretched, cut off, mixed with another unit, entries missing)? Name it as kind.",
        )  # fmt: skip
        both[flawed] = Sample(
            item=item, truth=Truth(verdict="flawed" if flawed else "sound", kind=feature if flawed else "")
        )
    return detecting.twins(seed, both[True], both[False])


def _mark(sample: Sample, answer: Answer, execute: Execute) -> Mark:
    del execute
    return detecting.mark(sample, answer)


SHIFT_MONITOR = Family(
    name="shift-monitor", activity=9, title="Is one column another", measure="J × the right column",
    templates=tuple(_SOURCES), make=_make, mark=_mark, perfect=detecting.perfect, simple=detecting.simple,
    total=detecting.youden_kinds,
)  # fmt: skip
