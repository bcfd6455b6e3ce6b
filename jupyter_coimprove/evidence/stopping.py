"""Where a sequential design stops: at the first block that decides a treatment (STATISTICS 16)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jupyter_coimprove.evidence import sequential

if TYPE_CHECKING:
    from jupyter_coimprove.evidence.effects import Rules
    from jupyter_coimprove.evidence.pairing import Grid


def level(rules: Rules) -> float:
    """The alpha of one treatment: shared by all (Bonferroni), or the primary contrast's own."""
    return rules.alpha if rules.multiplicity == "primary" else rules.alpha / max(1, len(rules.treatments))


def awaited(rules: Rules) -> tuple[str, ...]:
    """The treatments whose decision ends the experiment: all, or the primary one."""
    if rules.multiplicity != "primary":
        return rules.treatments
    first = next((arm for arm in rules.sequence if arm in rules.treatments), None)
    return (first,) if first else rules.treatments[:1]


def stop(found: Grid, arm: str) -> int:
    """How many of the planned blocks had begun when the treatment was decided; 0 where it is not.

    Blocks count in their registered order, whichever ended first. While the treatment failed in
    more or fewer blocks than the baseline nothing is decided (STATISTICS 15).
    """
    import numpy as np

    rules = found.rules
    differences, at, equal = dict(found.differences(arm)), [], []
    failed = [0, 0]
    for block, treatment, base in found.pairs(arm):
        failed[0] += treatment.value is None
        failed[1] += base.value is None
        if block in differences:
            at.append(block)
            equal.append(failed[0] == failed[1])
    if not at:
        return 0
    d = np.array([differences[block] for block in at])
    mean, half = sequential.half_widths(d, level(rules))
    decided = (np.abs(mean) > half) & (np.maximum.accumulate(np.abs(d)) > 0)
    if rules.margin is not None:
        decided |= np.abs(mean) + half < rules.margin
    decided &= np.array(equal)
    return found.blocks.index(at[int(decided.argmax())]) + 1 if decided.any() else 0


def until(found: Grid, arm: str) -> Grid:
    """The blocks that count for a treatment: to its decision, or all that have been run."""
    used = stop(found, arm)
    if not used:
        begun = [found.blocks.index(block) for block, _, _ in found.pairs(arm)]
        used = max(begun) + 1 if begun else 0
    return replace(found, blocks=found.blocks[:used])


def stops(found: Grid) -> dict[str, int]:
    """For each treatment that is awaited, the blocks at its decision (0: not decided)."""
    return {arm: stop(found, arm) for arm in awaited(found.rules)}


def note(found: Grid) -> str:
    """When each treatment was decided, in a sentence."""
    parts = []
    for arm, used in stops(found).items():
        after = sum(block in found.blocks[used:] for block, _ in found.differences(arm)) if used else 0
        more = f" ({after} more already under way left out)" if after else ""
        parts.append(f"{arm} after {used} blocks{more}" if used else f"{arm} not yet")
    return (
        f"sequential, at most {len(found.blocks)} blocks: decided {', '.join(parts)}; the intervals hold at every "
        "time they are looked at (confidence sequence, Lindon et al. 2022)"
    )
