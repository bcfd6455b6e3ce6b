"""Whether a plan can decide: power by simulating the registered analysis, and how many blocks it takes.

The closed forms here (``t_power`` and what inverts it) serve single contrasts: the spread of a
baseline, the blocks that an undecided effect would need. A plan's own power is simulated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from jupyter_coimprove.errors import PlanError

if TYPE_CHECKING:
    import numpy as np

    from jupyter_coimprove.experiments.experiment import Multiplicity

#: Blocks up to which the number that would do is searched by simulation.
MOST_BLOCKS = 200
#: Probability of a decision that a plan aims at.
AIM = 0.8


@dataclass(frozen=True, kw_only=True)
class Power:
    """How likely the registered analysis decides the smallest effect at the planned blocks.

    ``power`` is for any one treatment, taken at random among those the analysis tests;
    ``by_treatment`` for each of these in the registered order. ``reachable``: a verdict can be reached at this number of blocks, however
    large the effect. ``needed`` blocks give a power of 0.8 (None: not with 200). ``curve`` are
    the (blocks, power) that were simulated, by blocks; ``reason`` says it in words.
    """

    power: float
    reachable: bool
    needed: int | None
    reason: str
    curve: tuple[tuple[int, float], ...]
    by_treatment: tuple[float, ...] = ()


def power(
    *, treatments: int, blocks: int, spread: float, smallest_effect: float,
    analyse: Callable[[np.ndarray], np.ndarray], rng: np.random.Generator, simulations: int = 400,
    split_ratio: float | None = None, references: Sequence[int] = (),
) -> Power:  # fmt: skip
    """Simulate the registered analysis of ``treatments`` against one baseline over ``blocks``.

    ``spread`` is the standard deviation of a paired difference and ``smallest_effect`` the
    effect of interest, both in response units; responses are normal, so that treatments share
    the baseline's noise (their differences correlate by one half). ``references`` numbers what each
    treatment is compared with, where that is not one baseline for all. ``analyse`` takes
    differences of shape (…, treatments, blocks), treatments in the registered order, and returns
    which treatments it decides, of shape (…, treatments). In the world of treatment ``i`` it and those before it have the effect and those
    after it have none: the least favourable one for Holm as for a fixed sequence that reached
    it. Over repeated splits (``split_ratio`` n_test / n_train) blocks share data, so that part
    of the noise, ``split_ratio`` times the variance, is the same in all of them (the model
    behind Nadeau, Bengio 2003). Raises PlanError for numbers no experiment can have.
    """
    if treatments < 1 or blocks < 1 or simulations < treatments:
        raise PlanError(
            f"{treatments} treatments over {blocks} blocks cannot be simulated {simulations} times",
            remedy="there must be a treatment, a block and at least one simulation a treatment",
        )
    if not (spread > 0 and math.isfinite(spread) and smallest_effect and math.isfinite(smallest_effect)):
        raise PlanError(
            f"spread {spread:g} and smallest effect {smallest_effect:g} leave nothing to simulate",
            remedy="both are numbers other than zero, in units of the response",
        )
    worlds = _Worlds(
        treatments, abs(smallest_effect) / spread, analyse, rng, simulations, split_ratio, references
    )
    at = worlds.power(blocks)
    reachable = worlds.reachable(blocks)
    needed = _search(worlds.mean, blocks)
    curve = tuple(sorted(worlds.seen.items()))
    return Power(
        power=worlds.mean(blocks), reachable=reachable, needed=needed, curve=curve, by_treatment=tuple(at),
        reason=_reason(treatments, blocks, smallest_effect, at, reachable, needed),
    )  # fmt: skip


class _Worlds:
    """The same random responses for every number of blocks, so that the curve is smooth."""

    def __init__(
        self, treatments: int, effect: float, analyse: Callable[[np.ndarray], np.ndarray],
        rng: np.random.Generator, simulations: int, split_ratio: float | None, references: Sequence[int],
    ) -> None:  # fmt: skip
        import numpy as np

        self.effect, self.analyse, self.rng = effect, analyse, rng
        self.shared = np.sqrt(split_ratio or 0.0)
        self.order = np.arange(treatments)
        self.references = np.array(references or [0] * treatments)
        self.noise = self._draw(simulations, MOST_BLOCKS)
        self.seen: dict[int, float] = {}
        # A secondary treatment that the analysis never tests has no power to speak of.
        decided = [t for t in range(treatments) if self._huge(self.noise[0], t)]
        self.tested = decided or list(range(treatments))

    def _draw(self, simulations: int, blocks: int) -> np.ndarray:
        import numpy as np

        k = len(self.order)
        shape = (simulations, k + 1 + int(self.references.max()), blocks)
        noise = self.rng.standard_normal(shape)
        noise += self.shared * self.rng.standard_normal((*shape[:2], 1))
        out: np.ndarray = (noise[:, :k] - noise[:, k + self.references]) / np.sqrt(2)
        return out

    def _world(self, noise: np.ndarray, t: int, effect: float) -> np.ndarray:
        """Whether treatment ``t`` is decided when it and those before it have the effect; shape (…)."""
        shift = effect * (self.order <= t)
        decided: np.ndarray = self.analyse(noise + shift[:, None])[..., t]
        return decided

    def _huge(self, noise: np.ndarray, t: int) -> bool:
        return bool(self._world(noise, t, 1e6))

    def power(self, blocks: int) -> list[float]:
        """Power for each treatment that is tested, at this number of blocks."""
        pool = self.noise if blocks <= MOST_BLOCKS else self._draw(len(self.noise), blocks)
        # Each treatment has a share of the worlds of its own, analysed at once.
        shares = [
            float(self._world(pool[i :: len(self.tested), :, :blocks], t, self.effect).mean())
            for i, t in enumerate(self.tested)
        ]
        self.seen[blocks] = sum(shares) / len(shares)
        return shares

    def mean(self, blocks: int) -> float:
        if blocks not in self.seen:
            self.power(blocks)
        return self.seen[blocks]

    def reachable(self, blocks: int) -> bool:
        """Whether an effect of a million spreads is decided, for each tested treatment in its world."""
        noise = self.noise[0, :, :blocks] if blocks <= MOST_BLOCKS else self._draw(1, blocks)[0]
        return all(self._huge(noise, t) for t in self.tested)


def _search(at: Callable[[int], float], start: int) -> int | None:
    """The smallest number of blocks whose power is at least AIM, by bisection; None above 200."""
    low, high = 1, max(2, min(start, MOST_BLOCKS))
    while at(high) < AIM:
        if high >= MOST_BLOCKS:
            return None
        low, high = high, min(MOST_BLOCKS, math.ceil(high * 1.6))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if at(middle) >= AIM else (middle, high)
    return high


def _reason(
    treatments: int, blocks: int, effect: float, at: list[float], reachable: bool, needed: int | None
) -> str:
    which = "" if treatments == 1 else f" for any one of {treatments} treatments"
    if len(at) < treatments:
        which = f" for the {len(at)} of {treatments} treatments that the analysis tests"
    elif max(at) - min(at) >= 0.1:
        which += f" (from {max(at):.0%} down to {min(at):.0%} in the registered order)"
    noun = "block decides" if blocks == 1 else "blocks decide"
    first = f"{blocks} {noun} an effect of {abs(effect):g} with probability {sum(at) / len(at):.0%}{which}"
    if not reachable:
        noun = "block" if blocks == 1 else "blocks"
        first = f"{blocks} {noun} cannot reach a verdict{which}, however large the effect"
    if reachable and needed is not None and needed <= blocks:
        return first
    if needed is None:
        return f"{first}; not even {MOST_BLOCKS} blocks would with {AIM:.0%}: it takes more data"
    return f"{first}; about {needed} would with {AIM:.0%}"


def spread_upper(sd: float, n: int, level: float = 0.8) -> float:
    """One-sided upper confidence bound of a standard deviation known from ``n`` normal values.

    ``sd · √((n−1)/χ²_{1−level, n−1})``; infinite for fewer than two values.
    """
    from scipy import special

    if n < 2:
        return math.inf
    return float(sd * math.sqrt((n - 1) / special.chdtri(n - 1, level)))


def reachable(
    treatments: int, blocks: int, method: Literal["paired t", "sign-flip", "bca", "nadeau-bengio"],
    multiplicity: Multiplicity, alpha: float = 0.05,
) -> bool:  # fmt: skip
    """Whether this many blocks can decide a treatment at all, however large its effect.

    A test with a spread can from two blocks; the exact sign-flip test has no p under 2¹⁻ⁿ, and
    the first step of Holm asks for ``alpha / treatments``.
    """
    if method != "sign-flip":
        return blocks >= 2
    return 2.0 ** (1 - blocks) <= (alpha / max(1, treatments) if multiplicity == "holm" else alpha)


def blocks_to_reach(
    treatments: int, method: Literal["paired t", "sign-flip", "bca", "nadeau-bengio"],
    multiplicity: Multiplicity, alpha: float = 0.05,
) -> int:  # fmt: skip
    """The fewest blocks that can decide a treatment at all: 6, 7, 8, 9 for 1, 2, 4, 8 (sign-flip, Holm)."""
    blocks = 2
    while not reachable(treatments, blocks, method, multiplicity, alpha):
        blocks += 1
    return blocks


def t_power(effect: float, spread: float, blocks: int, alpha: float = 0.05, ratio: float = 0.0) -> float:
    """Power of the two-sided paired t (``ratio`` n_test / n_train: Nadeau-Bengio) for one contrast."""
    from scipy import special

    if blocks < 2:
        return 0.0
    centre = abs(effect) / (spread * math.sqrt(1 / blocks + ratio))
    if blocks > 1000 or centre > 30:
        # The noncentral t is normal here, and its series would be slow or overflow.
        return float(special.ndtr(centre - special.ndtri(1 - alpha / 2)))
    critical = special.stdtrit(blocks - 1, 1 - alpha / 2)
    upper = 1 - special.nctdtr(blocks - 1, centre, critical)
    # A decision in the wrong direction: under 4e-5 from here on, where scipy gives NaN.
    lower = special.nctdtr(blocks - 1, centre, -critical) if centre < 4 else 0.0
    return float(upper + lower)


def blocks_needed(
    effect: float, spread: float, *, alpha: float = 0.05, aim: float = AIM, ratio: float = 0.0
) -> int:
    """The fewest blocks whose paired t decides ``effect`` with probability ``aim``; 0: no number does.

    Over repeated splits the standard error never falls under ``spread · √ratio``, so that
    small effects stay out of reach of any number of splits (STATISTICS 9).
    """
    from scipy import special

    if effect == 0 or not math.isfinite(spread):
        return 0
    if spread == 0:
        return 2
    aimed = special.ndtri(1 - alpha / 2) + special.ndtri(aim)
    rest = (abs(effect) / (spread * aimed)) ** 2 - ratio
    if rest <= 0:
        return 0
    high = max(2, math.ceil(1 / rest))
    if high > 1000:
        return high
    while t_power(effect, spread, high, alpha, ratio) < aim:
        high += 1
    while high > 2 and t_power(effect, spread, high - 1, alpha, ratio) >= aim:
        high -= 1
    return high


def equivalence_power(
    margin: float, spread: float, blocks: int, *, alpha: float = 0.05, ratio: float = 0.0
) -> float:
    """The chance that two one-sided tests find a treatment equivalent that does not differ at all.

    Averaged over the estimated spread's distribution (χ² quantiles); ``ratio`` n_test / n_train of
    repeated splits. 0 under two blocks.
    """
    import numpy as np
    from scipy import special

    if blocks < 2:
        return 0.0
    if spread == 0:
        return 1.0
    error = spread * math.sqrt(1 / blocks + ratio)
    at = (np.arange(400) + 0.5) / 400
    estimated = error * np.sqrt(special.chdtri(blocks - 1, at) / (blocks - 1))
    room = (margin - special.stdtrit(blocks - 1, 1 - alpha) * estimated) / error
    return float(np.maximum(0.0, 2 * special.ndtr(room) - 1).mean())


def equivalence_needed(
    margin: float, spread: float, *, alpha: float = 0.05, ratio: float = 0.0, aim: float = AIM
) -> int | None:
    """The fewest blocks that find equivalence with probability ``aim``; 0: no number does, None: not 200.

    Over repeated splits the interval never gets narrower than its floor (STATISTICS 9).
    """
    if equivalence_power(margin, spread, 1_000_000, alpha=alpha, ratio=ratio) < aim:
        return 0
    for blocks in range(2, MOST_BLOCKS + 1):
        if equivalence_power(margin, spread, blocks, alpha=alpha, ratio=ratio) >= aim:
            return blocks
    return None


def detectable(
    blocks: int, spread: float, *, alpha: float = 0.05, aim: float = AIM, ratio: float = 0.0
) -> float:
    """The smallest effect that the paired t decides with probability ``aim`` at this many blocks."""
    if blocks < 2:
        return math.inf
    if spread == 0:
        return 0.0
    low, high = 0.0, spread
    while t_power(high, spread, blocks, alpha, ratio) < aim:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if t_power(middle, spread, blocks, alpha, ratio) < aim else (low, middle)
    return high
