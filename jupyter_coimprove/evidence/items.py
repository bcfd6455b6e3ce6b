"""What a fixed test set adds: how far an effect would change with other items (STATISTICS 11)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from jupyter_coimprove.evidence.effects import ItemSampling
from jupyter_coimprove.evidence.pairing import Entry

if TYPE_CHECKING:
    import numpy as np

Method = Literal["paired items", "clustered items", "McNemar"]


def item_test(differences: np.ndarray, alpha: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean item difference, half its t interval at ``1 − alpha``, and p. Shape (…, items)."""
    import numpy as np

    d = np.asarray(differences, dtype=float)
    n = d.shape[-1]
    return _t(d.mean(axis=-1), d.std(axis=-1, ddof=1) / np.sqrt(n), n - 1, alpha)


def cluster_test(
    differences: np.ndarray, clusters: Sequence[int] | np.ndarray, alpha: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same where items come in clusters that resemble each other (one patient's slices).

    The spread of the mean is the jackknife's that leaves out one cluster at a time (CR3; Bell,
    McCaffrey 2002; MacKinnon, Nielsen, Webb 2023). Clusters of unequal size tell as much as
    ``(Σ n)² / Σ n²`` equal ones (Kish 1965), and the t has one degree of freedom less than that:
    with the plain number of clusters, ten of one to nine items alarm in 6.5 % of null
    experiments. ``clusters`` numbers each item's cluster from 0.
    """
    import numpy as np

    d = np.asarray(differences, dtype=float)
    of = np.asarray(clusters)
    member = (of[:, None] == np.arange(of.max() + 1)).astype(float)
    sizes, sums = member.sum(axis=0), d @ member
    total = sums.sum(axis=-1, keepdims=True)
    mean = total / len(of)
    left = (total - sums) / (len(of) - sizes)
    g = len(sizes)
    error = np.sqrt((g - 1) / g * ((left - mean) ** 2).sum(axis=-1))
    alike = float(sizes.sum() ** 2 / (sizes**2).sum())
    return _t(mean[..., 0], error, max(1.0, alike - 1), alpha)


def _t(
    mean: np.ndarray, error: np.ndarray, free: float, alpha: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    import numpy as np
    from scipy import special

    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.where(error > 0, 2 * special.stdtr(free, -np.abs(mean / error)), np.where(mean == 0, 1.0, 0.0))
    return mean, special.stdtrit(free, 1 - alpha / 2) * error, p


def mcnemar(
    won: np.ndarray | int, lost: np.ndarray | int, items: int, alpha: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lower and upper end of the difference of two shares of the same items, and McNemar's mid-p.

    Conditional on the items that only one of them got right, ``won`` are binomial with 1/2
    (McNemar 1947). The exact p counts the observed table whole and is too cautious; the mid-p
    counts half of it, keeps the level and is nearly as sharp as a t test (Fagerland, Lydersen,
    Laake 2013). The interval holds the shares that it does not reject.
    """
    import numpy as np
    from scipy import special

    w, v = np.asarray(won, dtype=float), np.asarray(lost, dtype=float)
    n = w + v

    def below(k: np.ndarray, share: np.ndarray) -> np.ndarray:
        """P(fewer than k of n) and half of P(k)."""
        most = np.where(k >= n, 1.0, special.betainc(np.maximum(n - k, 1), k + 1, 1 - share))
        fewer = np.where(k > 0, special.betainc(n - k + 1, np.maximum(k, 1), 1 - share), 0.0)
        out: np.ndarray = (most + fewer) / 2
        return out

    def end(k: np.ndarray) -> np.ndarray:
        """The share under which so few as ``k`` are seen with probability ``alpha/2``."""
        low, high = np.zeros_like(n), np.ones_like(n)
        for _ in range(50):
            middle = (low + high) / 2
            seldom = below(k, middle) < alpha / 2
            low, high = np.where(seldom, low, middle), np.where(seldom, middle, high)
        out: np.ndarray = high
        return out

    half = np.full_like(n, 0.5)
    p = np.where(n > 0, np.minimum(1.0, 2 * np.minimum(below(w, half), below(v, half))), 1.0)
    share = n / items
    return (1 - 2 * end(v)) * share, (2 * end(w) - 1) * share, p


def item_sampling(pairs: Sequence[tuple[int, Entry, Entry]], alpha: float) -> tuple[ItemSampling | None, str]:
    """How far the mean paired item difference (treatment − baseline) would go with other items.

    Each item's difference is averaged over the blocks, so that what is left varies over items;
    zeros and ones of one block are counted (McNemar). Returns None with the reason (or an
    empty one where no run gave items). ``pairs`` are (block, treatment, baseline).
    """
    import numpy as np

    both = [(t, z) for _, t, z in pairs if t.value is not None and z.value is not None]
    if not any(t.items or z.items for t, z in both):
        return None, ""
    counts = {len(entry.items) for pair in both for entry in pair}
    if len(counts) > 1 or not both:
        sizes = ", ".join(str(count) for count in sorted(counts))
        return None, f"the runs scored different numbers of items ({sizes}), so items cannot be paired"
    n = counts.pop()
    if n < 2:
        return None, "one item has no spread over items"
    scores = np.array([(t.items, z.items) for t, z in both], dtype=float)
    if not np.isfinite(scores).all():
        return None, "an item's score is not a finite number, so items are not compared"
    given = {entry.clusters for pair in both for entry in pair}
    if len(given) > 1 or not all(len(of) in (0, n) for of in given):
        return None, "the runs put the items into different clusters, so items are not compared"
    clusters = given.pop()
    differences = (scores[:, 0] - scores[:, 1]).mean(axis=0)
    method: Method
    if clusters:
        g = len(set(clusters))
        if g < 2:
            return None, "the items are one cluster, which has no spread over clusters"
        mean, half, p = cluster_test(differences, clusters, alpha)
        low, high, method = mean - half, mean + half, "clustered items"
    elif bool(np.isin(scores, (0.0, 1.0)).all() and (scores == scores[:1]).all()):
        g, method = 0, "McNemar"
        low, high, p = mcnemar(int((differences > 0).sum()), int((differences < 0).sum()), n, alpha)
    else:
        g, method = 0, "paired items"
        mean, half, p = item_test(differences, alpha)
        low, high = mean - half, mean + half
    return ItemSampling(
        low=float(low), high=float(high), p=float(p), items=n, clusters=g, method=method,
    ), ""  # fmt: skip
