"""From a table of responses to effects with intervals and verdicts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from jupyter_coimprove.runs.run import Value

Verdict = Literal["better", "worse", "equivalent", "undecided"]
Method = Literal["paired t", "bca", "sign-flip", "nadeau-bengio", "exact difference", "none"]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One response: of which arm, in which block, and from which run.

    ``failed`` carries the run's failure reason; ``sizes`` are (n_train, n_test) as read from
    the run; ``items`` a per-item score on a fixed test set.
    """

    arm: str
    block: int
    value: Value
    run: str = ""
    replicate: int = 0
    failed: str = ""
    infrastructure: bool = False
    sizes: tuple[float, float] | None = None
    items: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The registered analysis: everything that was fixed before a number was seen.

    ``sequence`` is the order of a fixed sequence, and its first arm the primary contrast.
    ``hypothesis`` is directional when it reads ``ARM > BASELINE``, ``ARM < BASELINE`` (the
    response itself), ``ARM better`` or ``ARM worse``; several are joined by ``;``.
    ``factors`` are ``((arm, ((factor, level), …)), …)`` of a full factorial, baseline included.
    ``test`` is the paired t at any number of blocks; ``bca`` from 30 blocks (asked for only: with
    heavy tails it calls an effect too often, 8 % at 5 %), or the exact sign-flip test where the
    blocks can be enumerated.
    """

    baseline: str
    treatments: tuple[str, ...]
    blocks: tuple[int, ...]
    direction: Literal["max", "min"]
    multiplicity: Literal["fixed-sequence", "holm", "primary"] = "holm"
    sequence: tuple[str, ...] = ()
    alpha: float = 0.05
    margin: float | None = None
    smallest_effect: float | None = None
    hypothesis: str | None = None
    block_kind: str = "unknown"
    split_ratio: float | None = None
    factors: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    test: Literal["paired t", "bca", "sign-flip"] = "paired t"


@dataclass(frozen=True, kw_only=True)
class Effect:
    """Treatment minus baseline, paired by block, in response units.

    ``low``/``high`` invert the very test that gave ``p`` and follow the multiplicity rule
    (``level`` is the interval's confidence). ``points`` are all (block, difference).
    ``tested`` False: a fixed sequence had stopped before. ``needed`` is the number of blocks
    that would decide the registered smallest effect (None: unknown; 0: never, more data).
    ``better`` is (blocks in which the treatment was better, blocks compared), ``p_better`` its
    exact 95 % interval. ``equivalence`` is the interval that an equivalence claim rests on (90 %,
    or as wide as its step of the multiplicity rule asks), ``p_equivalence`` the larger of its
    two one-sided p, adjusted; both None without a registered margin.
    """

    arm: str
    n: int
    planned: int
    estimate: float | None
    low: float | None
    high: float | None
    level: float
    p: float | None
    p_adjusted: float | None
    verdict: Verdict
    hypothesis: Literal["supported", "refuted", "undecided", ""] = ""
    method: Method = "paired t"
    tested: bool = True
    spread: float | None = None
    correlation: float | None = None
    better: tuple[int, int] = (0, 0)
    p_better: tuple[float, float] | None = None
    sign_flip_p: float | None = None
    needed: int | None = None
    item_interval: tuple[float, float] | None = None
    equivalence: tuple[float, float] | None = None
    p_equivalence: float | None = None
    points: tuple[tuple[int, float], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ArmSummary:
    """One arm by itself: completed values, failures by reason, exact bound on its failure rate."""

    arm: str
    completed: int
    planned: int
    mean: float | None
    sd: float | None
    failures: tuple[tuple[str, int], ...] = ()
    failure_bound: float | None = None
    values: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Interaction:
    """Difference of differences of two factors, OLS with block fixed effects."""

    factors: tuple[str, str]
    estimate: float
    low: float
    high: float
    p: float
    p_adjusted: float


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What the runs show: one effect a treatment, each arm by itself, and what to keep in mind.

    ``residual`` is |baseline − baseline repeated| in the same block (nondeterminism).
    """

    rules: Rules
    effects: tuple[Effect, ...]
    arms: tuple[ArmSummary, ...]
    interactions: tuple[Interaction, ...] = ()
    residual: float | None = None
    deterministic: bool = False
    notes: tuple[str, ...] = field(default_factory=tuple)
