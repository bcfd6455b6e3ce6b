"""Two arms of an experiment item by item: where they disagree, and whether that is more than the blocks' noise."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_coimprove.activities.activity import Entry, Section
from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.evidence.items import item_sampling, item_test
from jupyter_coimprove.evidence.pairing import Entry as Response

#: Items that are listed.
MOST = 12


def disagreement(
    arm: str, baseline: str, pairs: Sequence[tuple[int, Response, Response]], alpha: float = 0.05
) -> Section:
    """Items that ``arm`` scores most differently from ``baseline``, averaged over blocks; ``pairs`` as the grid has them.

    An item's interval is over blocks and for that item alone. UsageError where the runs kept no score of each
    item, or cannot be paired.
    """
    import numpy as np

    whole, why = item_sampling(pairs, alpha)
    if whole is None:
        raise UsageError(
            why or f"the runs of {arm} and {baseline} kept one response each, and no score of each item",
            remedy="plan it with --items EXPR: a list with a score of each test item",
        )
    scores = np.array([(t.items, b.items) for _, t, b in pairs if t.items and b.items], dtype=float)
    each = scores[:, 0] - scores[:, 1]
    mean = each.mean(axis=0)
    half = item_test(each.T, alpha)[1] if len(each) > 1 else np.full(len(mean), np.nan)
    differs = int((np.abs(mean) > 0).sum())
    order = [int(i) for i in np.argsort(-np.abs(mean), kind="stable")[:MOST] if mean[i] != 0]
    rows: list[tuple[Entry, ...]] = [
        (
            i, round(float(scores[:, 0, i].mean()), 6), round(float(scores[:, 1, i].mean()), 6), round(float(mean[i]), 6),
            None if np.isnan(half[i]) else round(float(mean[i] - half[i]), 6),
            None if np.isnan(half[i]) else round(float(mean[i] + half[i]), 6),
        )
        for i in order
    ]  # fmt: skip
    blocks = len(each)
    return Section(
        title=f"{arm} against {baseline}, item by item",
        lines=(
            f"over {blocks} block{'s' if blocks != 1 else ''} they differ on {differs} of {len(mean)} items: up on "
            f"{int((mean > 0).sum())}, down on {int((mean < 0).sum())}",
            f"mean difference of an item {mean.mean():.4g}, {1 - alpha:.0%} interval {whole.low:.4g} to {whole.high:.4g} with "
            f"other items ({whole.method}, p = {whole.p:.2g})",
        ),
        columns=("item", arm, baseline, "difference", "from", "to"), rows=tuple(rows),
    )  # fmt: skip
