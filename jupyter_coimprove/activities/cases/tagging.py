"""What the cases that a person gave one word have in common."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jupyter_coimprove.activities.cases.instrument import Items
from jupyter_coimprove.activities.slices import scan
from jupyter_coimprove.activities.slices.measure import Scale

#: Fewer tagged cases have nothing that could be told from chance.
FEWEST = 3


@dataclass(frozen=True, kw_only=True)
class Shared:
    """Of ``tagged`` cases called ``word``, ``here`` share what ``text`` says, as do ``share`` of all items.

    ``p`` is the chance of so many among cases drawn without looking, over all that was tried.
    """

    word: str
    text: str
    here: int
    tagged: int
    share: float
    p: float


def shared(items: Items, tags: Mapping[str, Sequence[int]], alpha: float = 0.05) -> list[Shared]:
    """For each word the feature values that its cases share beyond chance (Bonferroni), the clearest first."""
    import numpy as np

    out: list[Shared] = []
    if not items.columns:
        return out
    grid = scan.grid(items.columns, scan.TOGETHER, 1)
    for word, numbers in sorted(tags.items()):
        marks = np.isin(items.drawn, list(numbers)).astype(float)
        count = int(marks.sum())
        if count < FEWEST or count == len(marks) or not grid.pieces:
            continue
        scale = Scale.of(marks)
        sizes, sums = scan.alone(grid, scale.score)
        best: dict[int, Shared] = {}
        for place in np.argsort(-scale.gain(sizes, sums), kind="stable")[:200]:
            piece, size, here = grid.pieces[int(place)], int(sizes[place]), round(float(sums[place]))
            if here < FEWEST or piece.column in best:
                continue
            log_p = scale.log_p(size, float(here)) + math.log(len(grid.pieces))
            if log_p <= math.log(alpha):
                best[piece.column] = Shared(
                    word=word, text=piece.condition.text(), here=here, tagged=count, share=size / len(marks),
                    p=math.exp(log_p),
                )  # fmt: skip
        out += sorted(best.values(), key=lambda one: one.p)
    return out
