"""What a fixed test set adds: how far an effect would change with other items (STATISTICS 11)."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_coimprove.evidence.pairing import Entry


def item_interval(
    pairs: Sequence[tuple[int, Entry, Entry]], alpha: float
) -> tuple[tuple[float, float] | None, str]:
    """Interval of the mean paired item difference (treatment − baseline) at ``1 − alpha``.

    Each item's difference is averaged over the blocks; the t interval is over items. Returns
    None with the reason (or an empty one where no run gave items). ``pairs`` are
    (block, treatment, baseline).
    """
    import numpy as np
    from scipy import special

    both = [(t.items, z.items) for _, t, z in pairs if t.value is not None and z.value is not None]
    if not any(t or z for t, z in both):
        return None, ""
    counts = {len(items) for pair in both for items in pair}
    if len(counts) > 1 or not both:
        sizes = ", ".join(str(count) for count in sorted(counts))
        return None, f"the runs scored different numbers of items ({sizes}), so items cannot be paired"
    n = counts.pop()
    if n < 2:
        return None, "one item has no spread over items"
    scores = np.array(both, dtype=float)
    if not np.isfinite(scores).all():
        return None, "an item's score is not a finite number, so items are not compared"
    differences = (scores[:, 0] - scores[:, 1]).mean(axis=0)
    half = special.stdtrit(n - 1, 1 - alpha / 2) * differences.std(ddof=1) / np.sqrt(n)
    mean = differences.mean()
    return (float(mean - half), float(mean + half)), ""
