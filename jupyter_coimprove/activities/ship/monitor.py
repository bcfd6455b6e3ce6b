"""Whether what comes in now is what was shipped for: columns against their schema, metrics against their interval."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

#: The family of a file's columns is tested at this level (Holm), and a difference that is shown has to matter.
ALPHA = 0.01
#: The population stability index from which a shift matters: 0.1 is the customary "moderate" (Siddiqi 2006).
PSI = 0.1
#: Fewer rows show nothing.
FEWEST = 8
_BINS = 10
_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "nat", "<na>"})


@dataclass(frozen=True, kw_only=True)
class Drift:
    """One thing about one column. ``p`` and ``adjusted`` are None where nothing is tested: it shows by itself.

    ``drifts`` says that it is shown at ``alpha`` over the family and is large enough to matter.
    """

    column: str
    kind: str
    said: str
    p: float | None = None
    adjusted: float | None = None
    psi: float | None = None
    drifts: bool = False


def is_missing(value: Any) -> bool:
    """An empty entry of a table, however it is written."""
    return (
        value is None
        or (isinstance(value, float) and math.isnan(value))
        or str(value).strip().lower() in _MISSING
    )


def compare(
    frame: Mapping[str, Any], columns: Mapping[str, Sequence[Any]], *, alpha: float = ALPHA, psi: float = PSI
) -> list[Drift]:
    """A recorded frame against new ``columns`` (texts or numbers), the gravest first.

    ``alpha`` is the level over all tests of the frame (Holm), ``psi`` the stability index from which a shift matters.
    """
    import numpy as np

    from jupyter_coimprove.evidence.multiplicity import adjust

    found: list[Drift] = []
    known = {str(one["name"]) for one in frame["columns"]}
    for one in frame["columns"]:
        name = str(one["name"])
        if name not in columns:
            found.append(
                Drift(column=name, kind="missing column", said="it is not there any more", drifts=True)
            )
            continue
        found += _column(name, one, columns[name])
    extra = sorted(set(columns) - known)
    if extra and len(known) < 200:
        found.append(
            Drift(column=", ".join(extra[:5]), kind="new column", said="the module does not know it")
        )
    tested = [index for index, one in enumerate(found) if one.p is not None]
    if tested:
        holm = adjust(np.array([found[index].p for index in tested], dtype=float), "holm", alpha)
        for place, index in enumerate(tested):
            one = found[index]
            matters = one.psi is None or one.psi >= psi
            found[index] = replace(
                one, adjusted=float(holm.p[place]), drifts=bool(holm.rejected[place]) and matters
            )
    return sorted(
        found,
        key=lambda one: (
            not one.drifts,
            one.p is not None,
            one.adjusted if one.adjusted is not None else 0.0,
        ),
    )


def _column(name: str, recorded: Mapping[str, Any], values: Sequence[Any]) -> list[Drift]:
    there = [value for value in values if not is_missing(value)]
    out = [_missing(name, recorded, len(values) - len(there), len(values))]
    if not there:
        return [
            Drift(
                column=name,
                kind="empty",
                said="every entry is missing",
                drifts=bool(recorded["n"] > recorded["missing"]),
            )
        ]
    if recorded.get("kind") == "number":
        numbers = [number for value in there if (number := _number(value)) is not None]
        if len(numbers) < len(there):
            odd = next(value for value in there if _number(value) is None)
            said = f"{len(there) - len(numbers)} of {len(there)} entries are no numbers ({str(odd)[:40]!r}); it was {recorded['dtype']}"
            return [Drift(column=name, kind="type", said=said, drifts=True)]
        out += _numbers(name, recorded, sorted(numbers))
    elif recorded.get("kind") == "category":
        out += _levels(name, recorded, [str(value) for value in there])
    return [one for one in out if one is not None]


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or str(value).lower() in ("true", "false"):
        return float(str(value).lower() == "true")
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _missing(name: str, recorded: Mapping[str, Any], gone: int, n: int) -> Any:
    import numpy as np
    from scipy.stats import fisher_exact

    before, rows = int(recorded["missing"]), int(recorded["n"])
    if n < FEWEST or not rows or (not gone and not before):
        return None
    p = float(fisher_exact(np.array([[gone, n - gone], [before, rows - before]])).pvalue)
    said = f"{gone / n:.1%} missing, {before / rows:.1%} when it was shipped"
    # A share of missing entries matters from one in twenty on.
    return Drift(
        column=name,
        kind="missing values",
        said=said,
        p=p,
        psi=None if abs(gone / n - before / rows) >= 0.05 else 0.0,
    )


def _numbers(name: str, recorded: Mapping[str, Any], new: list[float]) -> list[Drift]:
    from scipy.stats import binomtest

    low, high, n = (
        float(recorded["min"]),
        float(recorded["max"]),
        int(recorded["n"]) - int(recorded["missing"]),
    )
    out = []
    outside = sum(not low <= value <= high for value in new)
    if outside:
        # Of as many again from the same source, two in n + 1 lie beyond the extremes.
        p = float(binomtest(outside, len(new), min(1.0, 2 / (n + 1)), alternative="greater").pvalue)
        far = new[-1] if new[-1] > high else new[0]
        out.append(
            Drift(
                column=name,
                kind="range",
                said=f"{outside} of {len(new)} outside {low:.6g} to {high:.6g} (as far as {far:.6g})",
                p=p,
            )
        )
    if len(new) < FEWEST or n < FEWEST:
        return out
    sample = [float(value) for value in recorded["sample"]]
    distance = _distance(sample, new)
    # The quantiles that were kept are at most this far from the whole sample.
    distance = max(0.0, distance - (0.5 / len(sample) if n > len(sample) else 0.0))
    psi = _psi_numbers(sample, new)
    middle = (sample[len(sample) // 2], new[len(new) // 2])
    said = (
        f"median {middle[1]:.6g}, was {middle[0]:.6g}; largest distance of the distributions {distance:.3f}"
    )
    return [
        *out,
        Drift(column=name, kind="distribution", said=said, p=_kolmogorov(distance, n, len(new)), psi=psi),
    ]


def _distance(old: list[float], new: list[float]) -> float:
    """The two-sample Kolmogorov-Smirnov distance; both are sorted."""
    import numpy as np

    places = np.concatenate([old, new])
    return float(
        np.max(
            np.abs(
                np.searchsorted(old, places, side="right") / len(old)
                - np.searchsorted(new, places, side="right") / len(new)
            )
        )
    )


def _kolmogorov(distance: float, n: int, m: int) -> float:
    """Its p value (Stephens 1970); with ties it is too large, never too small."""
    from scipy.special import kolmogorov

    root = math.sqrt(n * m / (n + m))
    return float(kolmogorov((root + 0.12 + 0.11 / root) * distance))


def _psi_numbers(old: list[float], new: list[float]) -> float:
    import numpy as np

    edges = np.unique(np.quantile(old, np.linspace(0, 1, _BINS + 1)[1:-1]))
    bins = len(edges) + 1
    return _psi(
        np.bincount(np.searchsorted(edges, old, side="right"), minlength=bins),
        np.bincount(np.searchsorted(edges, new, side="right"), minlength=bins),
    )


def _psi(old: Any, new: Any) -> float:
    """The population stability index of two tables of counts; half a case stands in an empty bin."""
    import numpy as np

    a = np.maximum(old, 0.5) / np.sum(np.maximum(old, 0.5))
    b = np.maximum(new, 0.5) / np.sum(np.maximum(new, 0.5))
    return float(np.sum((b - a) * np.log(b / a)))


def _levels(name: str, recorded: Mapping[str, Any], new: list[str]) -> list[Drift]:
    import numpy as np
    from scipy.stats import binomtest, chi2_contingency

    old = {str(level): int(count) for level, count in recorded.get("levels", {}).items()}
    counts = Counter(_plain(value, old) for value in new)
    out = []
    unseen = sorted(set(counts) - set(old))
    n = sum(old.values())
    if unseen:
        many = sum(counts[level] for level in unseen)
        # Good and Turing: what was seen once tells how often the unseen comes.
        share = min(1.0, (1 + sum(count == 1 for count in old.values())) / (n + 1))
        p = float(binomtest(many, len(new), share, alternative="greater").pvalue)
        out.append(
            Drift(
                column=name,
                kind="new categories",
                said=f"{', '.join(unseen[:5])}: {many} of {len(new)} rows",
                p=p,
            )
        )
    levels = [level for level in old if old[level] + counts[level] >= 10]
    rest_old, rest_new = (
        n - sum(old[level] for level in levels),
        len(new) - sum(counts[level] for level in levels),
    )
    table = np.array(
        [[*(old[level] for level in levels), rest_old], [*(counts[level] for level in levels), rest_new]]
    )
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2 or len(new) < FEWEST:
        return out
    p = float(chi2_contingency(table, correction=False).pvalue)
    most = max(old, key=lambda level: abs(counts[level] / len(new) - old[level] / n))
    said = f"{most}: {counts[most] / len(new):.1%}, was {old[most] / n:.1%}"
    return [*out, Drift(column=name, kind="distribution", said=said, p=p, psi=_psi(table[0], table[1]))]


def _plain(value: str, old: Mapping[str, int]) -> str:
    """A level as it was written: ``1`` of a file is ``1.0`` of a frame, ``true`` is ``True``."""
    if value in old:
        return value
    for other in (value.capitalize(), f"{value}.0", value.removesuffix(".0"), value.strip()):
        if other in old:
            return other
    return value


@dataclass(frozen=True, kw_only=True)
class Measured:
    """New metrics against the interval of the runs: ``low`` and ``high`` are for the mean of as many."""

    n: int
    mean: float
    low: float
    high: float
    drifts: bool
    worse: bool


def metrics(values: Sequence[float], spread: Sequence[float], of: int, direction: str) -> Measured:
    """The mean of new values against what the runs lead one to expect (95 %).

    ``spread`` is the prediction interval for one more run, made of ``of`` runs; for the mean of ``k`` it is
    narrower by ``sqrt((1/k + 1/of) / (1 + 1/of))``.
    """
    middle, reach = (spread[0] + spread[1]) / 2, (spread[1] - spread[0]) / 2
    reach *= math.sqrt((1 / len(values) + 1 / of) / (1 + 1 / of))
    mean = math.fsum(values) / len(values)
    low, high = middle - reach, middle + reach
    worse = mean < low if direction == "max" else mean > high
    return Measured(n=len(values), mean=mean, low=low, high=high, drifts=not low <= mean <= high, worse=worse)
