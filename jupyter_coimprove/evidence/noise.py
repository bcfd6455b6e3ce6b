"""What the baseline's spread over blocks can show, and what it hides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.experiments.power import AIM, blocks_needed, detectable, spread_upper


@dataclass(frozen=True, kw_only=True)
class Noise:
    """The baseline's spread, in response units.

    ``sd_upper`` is the 80 % upper confidence bound of ``sd``. ``visible`` is the smallest
    difference that ``blocks`` blocks show with probability ``power``, and ``visible_upper`` the
    same if the spread is as large as its bound. ``claims`` are (claimed difference, blocks it
    needs; 0: no number does). ``correlation`` of treatment and baseline over blocks is assumed.
    """

    n: int
    mean: float
    sd: float
    sd_upper: float
    blocks: int
    visible: float
    visible_upper: float
    claims: tuple[tuple[float, int], ...]
    sentence: str
    correlation: float = 0.5
    notes: tuple[str, ...] = ()


def noise(
    values: Sequence[float], *, blocks: int = 5, claims: Sequence[float] = (), alpha: float = 0.05,
    power: float = AIM, split_ratio: float | None = None, correlation: float = 0.5,
) -> Noise:  # fmt: skip
    """The spread of the baseline's ``values``, one a block, and which differences it lets through.

    A paired difference spreads ``sd·√(2(1−correlation))``; from the baseline alone the
    correlation is unknown, and the assumed 0.5 makes differences spread as the responses do.
    ``split_ratio`` is n_test / n_train where blocks are repeated splits. Raises UsageError for
    fewer than two values, a value that is not finite, or fewer than two blocks.
    """
    numbers = [float(value) for value in values]
    if len(numbers) < 2 or blocks < 2:
        raise UsageError(
            f"{len(numbers)} value{'s' if len(numbers) != 1 else ''} at {blocks} block{'s' if blocks != 1 else ''}"
            " have no spread",
            remedy="two are the least, and five tell more",
        )
    if not all(map(math.isfinite, numbers)):
        raise UsageError(
            "a value is NaN or infinite", remedy="leave failed blocks out; they are failures, not noise"
        )
    if not -1 <= correlation < 1:
        raise UsageError(
            f"{correlation:g} is no correlation of two arms", remedy="it lies from -1 to below 1"
        )
    n = len(numbers)
    mean = math.fsum(numbers) / n
    sd = math.sqrt(math.fsum((x - mean) ** 2 for x in numbers) / (n - 1))
    if sd <= 1e-12 * abs(mean):
        sd = 0.0
    upper, ratio = spread_upper(sd, n), split_ratio or 0.0
    widen = math.sqrt(2 * (1 - correlation))
    visible, visible_upper = (
        detectable(blocks, spread * widen, alpha=alpha, aim=power, ratio=ratio) for spread in (sd, upper)
    )
    needs = tuple(
        (claim, blocks_needed(claim, sd * widen, alpha=alpha, aim=power, ratio=ratio)) for claim in claims
    )
    return Noise(
        n=n, mean=mean, sd=sd, sd_upper=upper, blocks=blocks, visible=visible, visible_upper=visible_upper,
        claims=needs, sentence=_sentence(sd, blocks, visible, needs), correlation=correlation,
        notes=_notes(n, sd, upper, widen, correlation, power, visible_upper, blocks, ratio),
    )  # fmt: skip


def _sentence(sd: float, blocks: int, visible: float, claims: Sequence[tuple[float, int]]) -> str:
    if sd == 0:
        return "no spread: the response is the same in all blocks, so any difference shows in one"
    parts = [f"spread {sd:.2g}; at {blocks} blocks differences under {visible:.2g} are invisible"]
    for claim, needed in claims:
        if needed == 0:
            parts.append(f"no number of blocks shows the claimed {claim:g}: never; more data would")
        elif needed <= blocks:
            parts.append(f"the claimed {claim:g} needs about {needed}, so {blocks} are enough")
        else:
            parts.append(f"the claimed {claim:g} needs about {needed}")
    return "; ".join(parts)


def _notes(
    n: int, sd: float, upper: float, widen: float, correlation: float, power: float, visible_upper: float,
    blocks: int, ratio: float,
) -> tuple[str, ...]:  # fmt: skip
    if sd == 0:
        return (f"{n} equal values do not show that other blocks would give the same: check that they vary",)
    notes = [
        f"invisible: found with a probability under {power:.0%}",
        f"assumes that pairing gives treatment and baseline a correlation of {correlation:g}, which the "
        f"baseline alone cannot tell: differences then spread {sd * widen:.2g} (unpaired: {sd * math.sqrt(2):.2g})",
        f"{n} blocks know the spread only roughly: it is under {upper:.2g} with 80% confidence, and then "
        f"differences under {visible_upper:.2g} are invisible at {blocks} blocks",
    ]
    if ratio:
        notes.append(
            f"blocks are repeated splits of the same data: no number of them shows differences under "
            f"{1.96 * math.sqrt(ratio) * sd * widen:.2g}; more data would"
        )
    return tuple(notes)
