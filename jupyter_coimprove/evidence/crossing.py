"""Effects that are read from several arms: main effects of a crossed design, and opposed signs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from jupyter_coimprove.evidence.effects import Interaction
from jupyter_coimprove.evidence.multiplicity import adjust
from jupyter_coimprove.evidence.paired import interval, p_value
from jupyter_coimprove.evidence.pairing import Entry, Grid


def main_effects(found: Grid) -> Grid:
    """The grid with a pair of entries a main effect and block: the means of all runs with and without.

    Their difference is the factor's contrast in that block; block effects cancel in it, as with a fixed
    effect of each block in a balanced design, and everything that holds for a paired difference
    (its test over blocks, equivalence, failures) holds for it. A block in which one of the runs
    failed has that failure on its side. The grid as it is where nothing is crossed.
    """
    rules = found.rules
    if not rules.mains:
        return found
    settings = {arm: dict(levels) for arm, levels in rules.factors}
    base = settings[rules.baseline]
    entries, references = dict(found.entries), dict(rules.references)
    for name, factor in rules.mains:
        other = f"{name} (off)"
        references[name] = other
        for side, on in ((name, True), (other, False)):
            arms = [arm for arm, levels in settings.items() if (levels[factor] != base[factor]) is on]
            for block in found.blocks:
                made = _mean([found.entries.get((arm, block)) for arm in arms])
                if made is not None:
                    entries[side, block] = made
    return replace(found, entries=entries, rules=replace(rules, references=tuple(references.items())))


def _mean(entries: Sequence[Entry | None]) -> Entry | None:
    """Several runs of a block as one; None where one of them was not run."""
    whole = [entry for entry in entries if entry is not None]
    if len(whole) < len(entries) or not whole:
        return None
    failed = next((entry for entry in whole if entry.value is None), None)
    if failed is not None:
        return Entry(value=None, failure=failed.failure)
    numbers = [entry.value for entry in whole if entry.value is not None]
    items: tuple[float, ...] = ()
    if len({len(entry.items) for entry in whole}) == 1:
        items = tuple(
            math.fsum(scores) / len(whole) for scores in zip(*(e.items for e in whole), strict=True)
        )
    return Entry(value=math.fsum(numbers) / len(numbers), sizes=whole[0].sizes, items=items)


def opposed(found: Grid, ratio: float | None = None) -> tuple[Interaction, ...]:
    """What each factor gains alone against what it gains with all the others (STATISTICS 1).

    In each block the first is ``y(alone) − y(stripped)``, the second ``y(whole) − y(without)``; their
    difference is an interaction of the factor with all the others. Paired t over blocks
    (``ratio`` widens it over repeated splits), Holm over the factors.
    """
    import numpy as np

    rules = found.rules
    made: list[tuple[str, np.ndarray, tuple[float, float]]] = []
    for factor, without, alone in rules.opposed:
        gains, losses = dict(found.differences(alone)), dict(found.differences(without))
        blocks = [block for block in found.blocks if block in gains and block in losses]
        if len(blocks) < 2:
            continue
        first = np.array([gains[block] for block in blocks])
        second = -np.array([losses[block] for block in blocks])
        made.append((factor, first - second, (float(first.mean()), float(second.mean()))))
    if not made:
        return ()
    raw = np.array([float(p_value(d, ratio=ratio)) for _, d, _ in made])
    adjusted = adjust(raw, "holm", rules.alpha)
    out = []
    for i, (factor, d, gained) in enumerate(made):
        ends = interval(d, float(adjusted.alpha[i]), ratio=ratio) or (float(d.mean()), float(d.mean()))
        p = 1.0 if math.isnan(raw[i]) else float(raw[i])
        out.append(
            Interaction(
                factors=(factor, "the others"), estimate=float(d.mean()), low=ends[0], high=ends[1], p=p,
                p_adjusted=float(adjusted.p[i]), alone=gained,
            )
        )  # fmt: skip
    return tuple(out)
