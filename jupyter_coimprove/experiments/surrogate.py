"""Which settings to run next: a Gaussian process over the runs so far, and the largest expected improvement.

Rasmussen and Williams (2006), chapter 2, for the process; Jones et al. (1998) for expected improvement; several at once
by believing the mean of each before the next is chosen (Ginsbourger et al. 2010). What is proposed comes from a finite
set of settings, so that nothing has to be searched: the levels that a person offers.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from jupyter_coimprove.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Settings = Mapping[str, Any]
#: Fewer runs than this say nothing about which factor matters.
LEAST = 3
#: Length scales that are weighed, in the whole range of a factor; and noise as a share of the responses' variance.
_SCALES = (0.2, 0.35, 0.6, 1.0, 2.0)
_NOISES = (0.001, 0.05)
#: How far two categories are from each other, in the same unit.
_APART = 0.7
#: More combinations than this are not weighed against each other.
MOST = 20_000


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """Settings that should run next: what is expected of them (response units), how unsure that is, and by how much
    they are expected to exceed the best one known."""

    settings: Settings
    expected: float
    spread: float
    improvement: float


def next_settings(
    space: Mapping[str, Sequence[Hashable]], runs: Sequence[tuple[Settings, float]], many: int = 1, *,
    direction: Literal["max", "min"] = "max",
) -> tuple[Proposed, ...]:  # fmt: skip
    """The most promising untested settings, best first; numbers are ordered, everything else is a category.

    ``runs`` are settings (a level of each factor of ``space``) with their finite responses. UsageError for fewer than
    ``LEAST`` different ones, a level that the space lacks, or more than ``MOST`` combinations.
    """
    import numpy as np

    size = math.prod(len(levels) for levels in space.values())
    if size > MOST:
        raise UsageError(f"{size} combinations are more than are weighed", remedy="offer fewer levels")
    every = [dict(zip(space, levels, strict=True)) for levels in itertools.product(*space.values())]
    known = {_key(space, one): place for place, one in enumerate(every)}
    sign = 1.0 if direction == "max" else -1.0
    seen: list[int] = []
    found: list[float] = []
    for settings, value in runs:
        place = known.get(_key(space, settings))
        if place is None or not math.isfinite(value):
            raise UsageError(
                f"{dict(settings)} = {value} is no run of this space", remedy="offer the levels that ran"
            )
        seen.append(place)
        found.append(sign * float(value))
    if len(set(seen)) < LEAST:
        raise UsageError(f"{len(set(seen))} different runs say too little", remedy=f"run {LEAST} first")
    where = _Places(space, every)
    y = np.asarray(found)
    centre, unit = float(y.mean()), float(y.std()) or 1.0
    z = (y - centre) / unit
    scales, noise = _fitted(where, seen, z)
    out: list[Proposed] = []
    at, told = list(seen), list(z)
    while len(out) < many and len(set(at)) < len(every):
        mean, spread = _predicted(where, at, np.asarray(told), scales, noise)
        gain = _improvement(mean, spread, max(told))
        gain[list(set(at))] = -1.0
        best = int(np.argmax(gain))
        out.append(
            Proposed(
                settings=every[best], expected=sign * (centre + unit * float(mean[best])), spread=unit * float(spread[best]),
                improvement=unit * float(gain[best]),
            )
        )  # fmt: skip
        at.append(best)
        told.append(float(mean[best]))
    return tuple(out)


def _key(space: Mapping[str, Sequence[Hashable]], settings: Settings) -> tuple[str, ...]:
    """Equal for levels that are the same number, however they are written."""
    return tuple(
        repr(float(settings[name]) if type(settings[name]) in (int, float) else settings[name])
        for name in space
        if name in settings
    )


class _Places:
    """Distances between all settings, by factor: (factors, settings, settings)."""

    def __init__(self, space: Mapping[str, Sequence[Hashable]], every: Sequence[Settings]) -> None:
        import numpy as np

        self.apart: list[Array] = []
        for name, levels in space.items():
            numeric = all(type(level) in (int, float) for level in levels)
            if numeric:
                ranks = {level: place for place, level in enumerate(sorted(levels))}  # type: ignore[type-var]
                x = np.asarray([ranks[one[name]] for one in every], dtype=float) / max(1, len(levels) - 1)
                self.apart.append(np.abs(x[:, None] - x[None, :]))
            else:
                places = np.asarray([list(levels).index(one[name]) for one in every])
                self.apart.append(_APART * (places[:, None] != places[None, :]).astype(float))

    def kernel(
        self, scales: Sequence[float], rows: Sequence[int] | None = None, columns: Sequence[int] | None = None
    ) -> Array:
        import numpy as np

        total: Array | float = 0.0
        for apart, scale in zip(self.apart, scales, strict=True):
            part = apart if rows is None else apart[rows]
            part = part if columns is None else part[:, columns]
            total = total + (part / scale) ** 2
        r = np.sqrt(5.0 * np.asarray(total))
        return np.asarray((1 + r + r * r / 3) * np.exp(-r))


def _fitted(where: _Places, seen: Sequence[int], z: Array) -> tuple[tuple[float, ...], float]:
    """Length scales and noise of the largest marginal likelihood, long scales preferred where little is known."""
    import numpy as np

    best: tuple[float, tuple[float, ...], float] = (-math.inf, (1.0,) * len(where.apart), _NOISES[0])
    choices = (
        itertools.product(_SCALES, repeat=len(where.apart))
        if len(where.apart) <= 4
        else zip(*[_SCALES] * len(where.apart), strict=True)
    )
    for scales in choices:
        k = where.kernel(scales, list(seen), list(seen))
        for noise in _NOISES:
            try:
                factor = np.linalg.cholesky(k + (noise + 1e-8) * np.eye(len(z)))
            except np.linalg.LinAlgError:
                continue
            half = np.linalg.solve(factor, z)
            # A log-normal prior around 0.5 keeps a factor from being ruled out by three runs.
            prior = -sum((math.log(scale) - math.log(0.5)) ** 2 for scale in scales) / 2
            likelihood = -0.5 * float(half @ half) - float(np.log(np.diag(factor)).sum()) + prior
            if likelihood > best[0]:
                best = (likelihood, scales, noise)
    return best[1], best[2]


def _predicted(
    where: _Places, at: Sequence[int], told: Array, scales: Sequence[float], noise: float
) -> tuple[Array, Array]:
    """Mean and standard deviation of every setting, in units of the responses' spread."""
    import numpy as np

    k = where.kernel(scales, list(at), list(at)) + (noise + 1e-8) * np.eye(len(at))
    cross = where.kernel(scales, None, list(at))
    solved = np.linalg.solve(k, cross.T)
    mean = solved.T @ told
    variance = 1.0 - np.einsum("ij,ji->i", cross, solved)
    return np.asarray(mean), np.sqrt(np.maximum(variance, 1e-12))


def _improvement(mean: Array, spread: Array, best: float) -> Array:
    """E[max(f − best, 0)] of normals."""
    import numpy as np
    from scipy.special import ndtr

    u = (mean - best) / spread
    density = np.exp(-0.5 * u * u) / math.sqrt(2 * math.pi)
    return np.asarray((mean - best) * ndtr(u) + spread * density)
