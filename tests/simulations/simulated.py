"""What a simulation gives: a rate, the limit it is held against, and whether it keeps it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special, stats

#: Null experiments of each setting; STATISTICS asks for 4,000. A rule at exactly 5 % crosses the
#: bound in one of 40 settings by chance with 4,000, and there are more settings than that.
EXPERIMENTS = 12_000
#: Fixed before the first look; each simulation adds numbers of its own.
SEED = 20261125
ALPHA = 0.05
#: Upper limits of STATISTICS: of the 99 % bound of a type-I error, of the distance to the oracle, of coverage.
MOST_ALARMS, MOST_LOST, COVERED = 0.065, 0.05, (0.93, 0.97)
Measure = Literal["type I", "power", "coverage"]


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """One setting of one rule. ``beside`` is the 99 % bound (type I) or the oracle's power."""

    rule: str
    measure: Measure
    setting: str
    value: float
    beside: float
    ok: bool
    experiments: int

    def __str__(self) -> str:
        beside = {"type I": "99 % bound", "power": "oracle", "coverage": "nominal"}[self.measure]
        verdict = "" if self.ok else "   <- fails"
        return (
            f"{self.rule:28} | {self.measure:8} | {self.setting:42} | {self.value:7.2%} | {beside} "
            f"{self.beside:.2%}{verdict}"
        )


def rng(*key: int) -> np.random.Generator:
    return np.random.default_rng([SEED, *key])


def upper(k: int, n: int, level: float = 0.99) -> float:
    """One-sided Clopper-Pearson bound of a rate."""
    return 1.0 if k == n else float(special.betaincinv(k + 1, n - k, level))


def type_one(rule: str, setting: str, alarms: np.ndarray) -> Simulated:
    """Alarms of null experiments, at least one of several counting once (family-wise)."""
    each = alarms.reshape(len(alarms), -1).any(axis=1)
    bound = upper(int(each.sum()), len(each))
    return Simulated(
        rule=rule, measure="type I", setting=setting, value=float(each.mean()), beside=bound,
        ok=bound <= MOST_ALARMS, experiments=len(each),
    )  # fmt: skip


def power(
    rule: str, setting: str, found: np.ndarray, oracle: float, *, decides: bool = True
) -> Simulated:  # fmt: skip
    """Decisions of experiments with an effect, beside those of an oracle; better than it is no fault.

    A summary that gives no verdict is shown beside the oracle, not held against it.
    """
    share = float(found.mean())
    return Simulated(
        rule=rule, measure="power", setting=setting, value=share, beside=oracle,
        ok=not decides or share >= oracle - MOST_LOST, experiments=len(found),
    )  # fmt: skip


def coverage(rule: str, setting: str, covered: np.ndarray, *, anytime: bool = False) -> Simulated:
    """How often the 95 % interval holds the truth; one that holds at any time covers more at one."""
    share = float(covered.mean())
    most = 1.0 if anytime else COVERED[1]
    return Simulated(
        rule=rule, measure="coverage", setting=setting, value=share, beside=0.95,
        ok=COVERED[0] <= share <= most, experiments=len(covered),
    )  # fmt: skip


def noise(generator: np.random.Generator, shape: tuple[int, ...], kind: str = "normal") -> np.ndarray:
    """Independent noise of unit spread: normal, or heavy-tailed (t with three degrees of freedom)."""
    if kind == "t3":
        return generator.standard_t(3, shape) / np.sqrt(3)
    return generator.standard_normal(shape)


def responses(
    generator: np.random.Generator, treatments: int, blocks: int, kind: str = "normal", experiments: int = EXPERIMENTS
) -> np.ndarray:  # fmt: skip
    """Baseline and treatments over blocks (experiments × arms × blocks): a block effect all share, and noise."""
    own = noise(generator, (experiments, treatments + 1, blocks), kind)
    return own + 2 * generator.standard_normal((experiments, 1, blocks))


def differences(
    generator: np.random.Generator, treatments: int, blocks: int, kind: str = "normal", experiments: int = EXPERIMENTS
) -> np.ndarray:  # fmt: skip
    """Treatments minus baseline (experiments × treatments × blocks); each spreads √2."""
    y = responses(generator, treatments, blocks, kind, experiments)
    return y[:, 1:] - y[:, :1]


def oracle_power(centre: float, free: int, alpha: float = ALPHA) -> float:
    """Power of a two-sided t test with this noncentrality."""
    critical = stats.t.isf(alpha / 2, free)
    return float(stats.nct.sf(critical, free, centre) + stats.nct.cdf(-critical, free, centre))


#: (blocks, treatments, effect in units of the noise of one arm).
SETTINGS = ((5, 1, 2.5), (8, 2, 1.8), (12, 4, 1.6))
BLOCKS = (5, 10, 20)
Simulation = Callable[[], list[Simulated]]
