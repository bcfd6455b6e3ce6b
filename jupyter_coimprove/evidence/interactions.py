"""Interactions of two-level factors in a balanced full factorial (STATISTICS 13)."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from jupyter_coimprove.evidence.effects import Interaction
from jupyter_coimprove.evidence.multiplicity import adjust

if TYPE_CHECKING:
    from jupyter_coimprove.evidence.pairing import Grid


def interactions(found: Grid, ratio: float | None = None) -> tuple[tuple[Interaction, ...], str]:
    """All two-factor interactions, and why there are none where a factorial was registered.

    The difference of differences ``y₁₁ − y₁₀ − y₀₁ + y₀₀``, averaged over the levels of the
    other factors and over blocks: OLS of main effects, all pairs and a fixed effect of each
    block, on the blocks in which every cell completed. Holm over the pairs, the intervals at
    the level of their step. ``ratio`` widens them where blocks are repeated splits.
    """
    import numpy as np
    from scipy import special

    rules = found.rules
    cells, names, why = _cells(found)
    if why or not names:
        return (), why
    values = {arm: dict(found.completed(arm)) for arm in cells}
    blocks = [b for b in found.blocks if all(b in values[arm] for arm in cells)]
    if len(blocks) < 2:
        return (), "interactions need two blocks in which every arm completed"
    pairs = list(itertools.combinations(range(len(names)), 2))
    x, y = [], []
    for i, block in enumerate(blocks):
        for arm, levels in cells.items():
            code = [level - 0.5 for level in levels]
            x.append([*np.eye(len(blocks))[i], *code, *(code[a] * code[b] for a, b in pairs)])
            y.append(values[arm][block])
    design, response = np.array(x), np.array(y)
    beta = np.linalg.lstsq(design, response, rcond=None)[0]
    rest = response - design @ beta
    free = len(y) - design.shape[1]
    scale = max(1.0, float(np.abs(response).max()))
    variance = float(rest @ rest) / free
    if variance <= (1e-12 * scale) ** 2:
        return (
            (),
            "the responses are exactly additive over blocks: interactions have no spread to be tested by",
        )
    widen = 1 + len(blocks) * (ratio or 0.0)
    errors = np.sqrt(variance * np.diag(np.linalg.inv(design.T @ design)) * widen)[-len(pairs) :]
    estimates = beta[-len(pairs) :]
    p = 2 * special.stdtr(free, -np.abs(estimates / errors))
    adjusted = adjust(p, "holm", rules.alpha)
    half = special.stdtrit(free, 1 - adjusted.alpha / 2) * errors
    out = tuple(
        Interaction(
            factors=(names[a], names[b]), estimate=float(estimates[i]), low=float(estimates[i] - half[i]),
            high=float(estimates[i] + half[i]), p=float(p[i]), p_adjusted=float(adjusted.p[i]),
        )
        for i, (a, b) in enumerate(pairs)
    )  # fmt: skip
    left = len(found.blocks) - len(blocks)
    return out, f"{left} blocks with a missing cell are left out of the interactions" if left else ""


def _cells(found: Grid) -> tuple[dict[str, tuple[int, ...]], list[str], str]:
    """Arms by their 0/1 levels, the names of the factors, and what keeps it from a full 2^k."""
    rules = found.rules
    settings = {arm: dict(levels) for arm, levels in rules.factors}
    names = list(dict.fromkeys(name for levels in settings.values() for name in levels))
    if len(names) < 2:
        return {}, [], ""
    base = settings.get(rules.baseline, {})
    arms = (rules.baseline, *rules.treatments)
    changed: dict[str, set[str]] = {
        name: {
            levels[name] for levels in settings.values() if name in levels and levels[name] != base.get(name)
        }
        for name in names
    }
    if many := [name for name in names if len(changed[name]) != 1]:
        return (
            {},
            [],
            f"interactions are of two-level factors; {', '.join(many)} has another number of levels",
        )
    cells = {
        arm: tuple(int(settings.get(arm, {}).get(name, base.get(name)) in changed[name]) for name in names)
        for arm in arms
    }
    if len(set(cells.values())) != 2 ** len(names) or len(arms) != 2 ** len(names):
        return {}, [], "interactions need every combination of the factors, each once"
    return cells, names, ""
