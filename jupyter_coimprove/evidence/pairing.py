"""Rows sorted into arms and blocks: what completed, what failed and how, what was never run."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jupyter_coimprove.evidence.effects import Row, Rules
from jupyter_coimprove.registry import INFRASTRUCTURE

#: Differences below this share of the responses are rounding, and zero.
_ROUNDING = 1e-14
#: Ratios of sizes that differ by less than this are those of one way to split (groups, rounding).
_SAME_SIZES = 1.05


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One arm in one block. ``value`` is finite, or None with the kind of ``failure``."""

    value: float | None
    failure: str = ""
    sizes: tuple[float, float] | None = None
    items: tuple[float, ...] = ()
    clusters: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Every arm by block; a block an arm was not run in (or was lost to the machine) is absent.

    ``residual`` is the largest |baseline − baseline repeated| within a block.
    """

    rules: Rules
    blocks: tuple[int, ...]
    entries: Mapping[tuple[str, int], Entry]
    residual: float | None
    notes: tuple[str, ...]

    def completed(self, arm: str) -> tuple[tuple[int, float], ...]:
        """(block, response) of the arm's completed runs, in the order of the blocks."""
        found = ((block, self.entries.get((arm, block))) for block in self.blocks)
        return tuple((block, e.value) for block, e in found if e is not None and e.value is not None)

    def failures(self, arm: str) -> tuple[tuple[str, int], ...]:
        """The arm's failures by kind, most frequent first."""
        found = (self.entries.get((arm, block)) for block in self.blocks)
        counts = Counter(e.failure for e in found if e is not None and e.failure)
        return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))

    def pairs(self, arm: str) -> tuple[tuple[int, Entry, Entry], ...]:
        """(block, treatment, baseline) wherever both were run and counted, failures included."""
        base = self.rules.reference(arm)
        both = ((b, self.entries.get((arm, b)), self.entries.get((base, b))) for b in self.blocks)
        return tuple((b, t, z) for b, t, z in both if t is not None and z is not None)

    def differences(self, arm: str) -> tuple[tuple[int, float], ...]:
        """(block, treatment − baseline) where both completed; rounding alone is zero."""
        out = []
        for block, treatment, base in self.pairs(arm):
            if treatment.value is None or base.value is None:
                continue
            difference = treatment.value - base.value
            if abs(difference) <= _ROUNDING * max(abs(treatment.value), abs(base.value)):
                difference = 0.0
            out.append((block, difference))
        return tuple(out)


def grid(rows: Sequence[Row], rules: Rules) -> Grid:
    """Sort the rows; what the plan did not register is left out and said.

    Failures of the machine are no failures of the arm, and a cancelled run is none either
    (STATISTICS 15); NaN, infinite and missing responses are, each of its own kind. Rows of the
    same arm, block and replicate are all kept: their mean counts, and they are flagged (F23).
    """
    arms = rules.every_arm
    blocks = rules.blocks or tuple(sorted({row.block for row in rows}))
    notes, found = [], dict[tuple[str, int, int], list[Row]]()
    strangers = {row.arm for row in rows} - set(arms)
    if strangers:
        notes.append(f"rows of arms that are not registered are left out: {', '.join(sorted(strangers))}")
    if late := sorted({row.block for row in rows} - set(blocks)):
        notes.append(f"rows of blocks that are not registered are left out: {', '.join(map(str, late))}")
    cancelled = 0
    for row in rows:
        if row.arm in strangers or row.block not in blocks:
            continue
        cancelled += row.failed == "cancelled"
        if not (row.infrastructure or row.failed in INFRASTRUCTURE or row.failed == "cancelled"):
            found.setdefault((row.arm, row.block, row.replicate), []).append(row)
    if cancelled:
        notes.append(
            f"{cancelled} run{'s were' if cancelled > 1 else ' was'} cancelled: a deviation, not a failure"
        )
    if twice := [key for key, same in found.items() if len(same) > 1]:
        names = ", ".join(f"{arm} in block {block}" for arm, block, _ in twice[:4])
        more = f" and {len(twice) - 4} more" if len(twice) > 4 else ""
        notes.append(f"more than one response for {names}{more}: all are kept, their mean is compared")
    entries = {(arm, block): _entry(same) for (arm, block, n), same in found.items() if n == 0}
    return Grid(
        rules=rules, blocks=blocks, entries=entries, residual=_residual(found, rules), notes=tuple(notes)
    )


def residual_share(found: Grid) -> float | None:
    """``residual`` in standard deviations of the baseline over blocks; None without either, or without spread."""
    values = [value for _, value in found.completed(found.rules.baseline)]
    if found.residual is None or len(values) < 2:
        return None
    mean = math.fsum(values) / len(values)
    sd = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
    return found.residual / sd if sd > 0 else None


def pairing_words(correlation: float | None, blocks: int) -> str:
    """What pairing by block gained, in a sentence; empty where it cannot be told.

    Of two arms with equal spread the paired difference has 1 - correlation of the variance of an unpaired
    one, so that pairing stands for 1 / (1 - correlation) times as many runs.
    """
    if correlation is None:
        return ""
    few = f" ({blocks} blocks know this only roughly)" if blocks < 10 else ""
    text = f"over blocks it correlates {correlation:.2f} with the baseline"
    if correlation >= 0.995:
        return f"{text}: nearly all that varies is shared, and pairing takes it out{few}"
    if correlation >= 0.2:
        return f"{text}: pairing is worth {1 / (1 - correlation):.1f} times as many unpaired runs{few}"
    if correlation > -0.2:
        return f"{text}: pairing gains nothing here; what the blocks share hardly moves the response{few}"
    return f"{text}: what helps one arm in a block hurts the other, and pairing costs precision{few}"


def _entry(rows: Sequence[Row]) -> Entry:
    """One entry of the rows of one arm in one block; a failure among them makes it one."""
    for row in rows:
        if row.failed or row.value.kind != "finite" or row.value.number is None:
            return Entry(value=None, failure=row.failed or row.value.kind)
    numbers = [row.value.number for row in rows if row.value.number is not None]
    value = numbers[0] if len(numbers) == 1 else math.fsum(numbers) / len(numbers)
    one = len(rows) == 1
    return Entry(
        value=value, sizes=rows[0].sizes, items=rows[0].items if one else (),
        clusters=rows[0].clusters if one else (),
    )  # fmt: skip


def _residual(found: Mapping[tuple[str, int, int], Sequence[Row]], rules: Rules) -> float | None:
    gaps = []
    again = {arm for arm, role in rules.controls if role == "repeat"}
    for (arm, block, replicate), rows in found.items():
        first = found.get((rules.baseline, block, 0))
        if not (arm in again or (arm == rules.baseline and replicate)) or first is None:
            continue
        one, other = _entry(first).value, _entry(rows).value
        if one is not None and other is not None:
            gaps.append(abs(one - other))
    return max(gaps) if gaps else None


def split_ratio(found: Grid) -> tuple[float | None, str]:
    """n_test / n_train of blocks that are repeated splits, and what to say of it.

    From the sizes that the runs reported (their means; the largest ratio where they differ by
    more than a twentieth), else as registered, else one to one,
    the most cautious that is common; None where blocks are not splits.
    """
    rules = found.rules
    if rules.block_kind != "split":
        return None, ""
    sizes = [
        entry.sizes
        for entry in found.entries.values()
        if entry.sizes and all(math.isfinite(size) and size > 0 for size in entry.sizes)
    ]
    if sizes:
        ratios = [test / train for train, test in sizes]
        if max(ratios) <= _SAME_SIZES * min(ratios):
            return math.fsum(test for _, test in sizes) / math.fsum(train for train, _ in sizes), ""
        return max(ratios), (
            f"the runs were not split alike: n_test/n_train goes from {min(ratios):.3g} to {max(ratios):.3g}; the "
            "largest is taken, the most cautious"
        )
    if rules.split_ratio is not None and rules.split_ratio > 0:
        return rules.split_ratio, ""
    return 1.0, (
        "the sizes of the splits are not known: as many test as training items are assumed, the most "
        "cautious; registering the two sizes makes the intervals narrower"
    )
