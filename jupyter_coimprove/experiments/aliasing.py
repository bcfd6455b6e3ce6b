"""Which effects of a two-level design cannot be told apart: its defining words and aliases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

Effect = tuple[str, ...]
_ORDERS = {1: "main effect", 2: "two-factor interaction", 3: "three-factor interaction"}


@dataclass(frozen=True, kw_only=True)
class Aliases:
    """The alias structure of a design of two-level factors.

    ``resolution`` is the length of the shortest defining word (None: a full factorial, nothing is
    aliased). ``mains`` gives for each factor the interactions of the lowest order that its main
    effect cannot be told from; ``pairs`` are the groups of two-factor interactions that have one
    estimate together, a group of one being clear. ``balanced``: every level of every factor meets
    every level of every other equally often, as the estimates need it.
    """

    names: tuple[str, ...]
    runs: int
    resolution: int | None
    mains: Mapping[str, tuple[Effect, ...]]
    pairs: tuple[tuple[Effect, ...], ...]
    balanced: bool

    @property
    def clear(self) -> tuple[Effect, ...]:
        """Two-factor interactions that are aliased with no main effect and no other of them."""
        return tuple(group[0] for group in self.pairs if len(group) == 1)

    @property
    def lines(self) -> tuple[str, ...]:
        """The structure in words, a line each; empty where nothing is aliased."""
        out = []
        for name, others in self.mains.items():
            if others:
                order = _ORDERS.get(len(others[0]), f"{len(others[0])}-factor interaction")
                out.append(f"{name} = {' = '.join(map(product_of, others))} ({order})")
        out += [" = ".join(map(product_of, group)) for group in self.pairs if len(group) > 1]
        return tuple(out)


def product_of(effect: Effect) -> str:
    """An interaction as it is written: ``lr×momentum``."""
    return "×".join(effect)


def aliases(rows: Sequence[Sequence[int]], names: Sequence[str]) -> Aliases:
    """The aliases of a design of 0/1 ``rows``, a column each of ``names``.

    The column of an interaction is the parity of its factors' columns; two effects are aliased
    where their columns are equal or opposite, and a constant column is a defining word (Box,
    Hunter, Hunter 2005, chapter 6).
    """
    names = tuple(names)
    columns: dict[Effect, tuple[int, ...]] = {}
    for order in range(1, len(names) + 1):
        for chosen in combinations(range(len(names)), order):
            parity = [sum(row[i] for i in chosen) % 2 for row in rows]
            columns[tuple(names[i] for i in chosen)] = tuple(one ^ parity[0] for one in parity)
    words = [effect for effect, column in columns.items() if not any(column)]
    mains: dict[str, tuple[Effect, ...]] = {}
    for name in names:
        same = [e for e, column in columns.items() if len(e) > 1 and column == columns[(name,)]]
        lowest = min((len(effect) for effect in same), default=0)
        mains[name] = tuple(effect for effect in same if len(effect) == lowest)
    groups: dict[tuple[int, ...], list[Effect]] = {}
    taken = {columns[(name,)] for name in names}
    for effect, column in columns.items():
        if len(effect) == 2 and column not in taken:
            groups.setdefault(column, []).append(effect)
    return Aliases(
        names=names, runs=len(rows), resolution=min(map(len, words), default=None), mains=mains,
        pairs=tuple(map(tuple, groups.values())), balanced=_balanced(rows, len(names)),
    )  # fmt: skip


def _balanced(rows: Sequence[Sequence[int]], factors: int) -> bool:
    """Whether the rows are distinct, and every combination of two factors' levels is equally frequent."""
    if len({tuple(row) for row in rows}) != len(rows):
        return False
    for a, b in combinations(range(factors), 2):
        counts = [sum((row[a], row[b]) == pair for row in rows) for pair in ((0, 0), (0, 1), (1, 0), (1, 1))]
        if len(set(counts)) > 1:
            return False
    return True
