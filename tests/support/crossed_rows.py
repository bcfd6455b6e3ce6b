"""Rows of designs that cross factors or add them in, for tests of the analysis."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from jupyter_coimprove.evidence.effects import Row, Rules
from jupyter_coimprove.runs.run import Value

Truth = Callable[[dict[str, int]], float]


def crossed(
    names: str, truth: Truth, *, rows: Sequence[Sequence[int]] | None = None, blocks: int = 6, noise: float = 0.1,
    seed: int = 3, **changes: object,
) -> tuple[list[Row], Rules]:  # fmt: skip
    """Runs of all combinations (or of these rows) over blocks, and rules that test main effects."""
    rng = np.random.default_rng(seed)
    cells = list(rows or itertools.product((0, 1), repeat=len(names)))
    label = {tuple(c): "+".join(n for n, x in zip(names, c, strict=True) if x) or "base" for c in cells}
    factors = tuple(
        (label[tuple(c)], tuple((n, "on" if x else "off") for n, x in zip(names, c, strict=True)))
        for c in cells
    )
    shift = rng.normal(0, 3, blocks)
    made = [
        Row(
            arm=label[tuple(c)], block=b,
            value=Value.of(float(shift[b] + truth(dict(zip(names, c, strict=True))) + noise * rng.normal())),
        )
        for b in range(blocks)
        for c in cells
    ]  # fmt: skip
    rules = Rules(**{
        "baseline": "base", "treatments": tuple(names), "blocks": tuple(range(blocks)), "direction": "max",
        "block_kind": "init", "factors": factors, "mains": tuple((n, n) for n in names),
        "arms": tuple(label.values()), **changes,
    })  # fmt: skip
    return made, rules
