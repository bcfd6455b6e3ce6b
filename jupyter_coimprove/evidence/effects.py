"""From a table of responses to effects with intervals and verdicts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from jupyter_coimprove.runs.run import Value

Verdict = Literal["better", "worse", "equivalent", "undecided"]
Method = Literal[
    "paired t", "bca", "sign-flip", "nadeau-bengio", "confidence sequence", "exact difference", "none"
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ItemSampling:
    """How far an effect would go with other items of the kind, averaged over the blocks.

    ``p`` and the interval are of one test: paired item differences (t), the same by clusters
    (``clusters`` of them, 0 where items stand alone), or McNemar (mid-p).
    """

    low: float
    high: float
    p: float
    items: int
    clusters: int
    method: Literal["paired items", "clustered items", "McNemar"]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One response: of which arm, in which block, and from which run.

    ``failed`` carries the run's failure reason; ``sizes`` are (n_train, n_test) as read from
    the run; ``items`` a per-item score on a fixed test set,
    ``clusters`` which cluster each is of (numbered from 0; empty where items stand alone).
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
    clusters: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The registered analysis: everything that was fixed before a number was seen.

    ``sequence`` is the order of a fixed sequence, and its first arm the primary contrast.
    ``hypothesis`` is directional when it reads ``ARM > BASELINE``, ``ARM < BASELINE`` (the
    response itself), ``ARM better`` or ``ARM worse``; several are joined by ``;``.
    ``factors`` are ``((arm, ((factor, level), …)), …)`` of a crossed design, whole or a balanced
    fraction, baseline included, and
    ``mains`` its main effects, ``((treatment, factor), …)``: the treatments are then read from all
    runs. ``arms`` are all arms where they are more than baseline and treatments, ``references``
    ``((treatment, arm it is compared with), …)`` where that is not the baseline, ``controls``
    ``((arm, role), …)`` what stands beside the family. ``opposed`` are ``((factor, arm without it,
    arm with it alone), …)`` of a design that does both. ``reseed_before`` says that the experiment
    which this one repeats had a reseed arm with an effect.
    ``test`` is the paired t at any number of blocks; ``bca`` from 30 blocks (asked for only: with
    heavy tails it calls an effect too often, 8 % at 5 %), or the exact sign-flip test where the
    blocks can be enumerated. ``sequential`` decides each treatment at the first block that can,
    ``blocks`` being the most there are.
    """

    baseline: str
    treatments: tuple[str, ...]
    blocks: tuple[int, ...]
    direction: Literal["max", "min"]
    multiplicity: Literal["fixed-sequence", "holm", "primary", "bonferroni"] = "holm"
    sequence: tuple[str, ...] = ()
    alpha: float = 0.05
    margin: float | None = None
    smallest_effect: float | None = None
    hypothesis: str | None = None
    block_kind: str = "unknown"
    split_ratio: float | None = None
    factors: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    test: Literal["paired t", "bca", "sign-flip", "sequential"] = "paired t"
    #: What may make two runs of the same arm and block differ, as read from the code.
    uncontrolled: tuple[str, ...] = ()
    mains: tuple[tuple[str, str], ...] = ()
    arms: tuple[str, ...] = ()
    references: tuple[tuple[str, str], ...] = ()
    controls: tuple[tuple[str, str], ...] = ()
    opposed: tuple[tuple[str, str, str], ...] = ()
    reseed_before: bool = False

    @property
    def every_arm(self) -> tuple[str, ...]:
        """All arms that are run, the baseline first."""
        return self.arms or (self.baseline, *self.treatments)

    def reference(self, arm: str) -> str:
        """What an arm is compared with: the baseline, where nothing else is registered."""
        return dict(self.references).get(arm, self.baseline)


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
    items: ItemSampling | None = None
    equivalence: tuple[float, float] | None = None
    p_equivalence: float | None = None
    points: tuple[tuple[int, float], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def item_interval(self) -> tuple[float, float] | None:
        """The interval over items, where the runs gave their scores."""
        return None if self.items is None else (self.items.low, self.items.high)


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
    """Difference of differences of two factors, OLS with block fixed effects.

    ``aliases`` are other interactions that a fraction of the runs cannot tell from it.
    ``alone`` is, of a factor both added to nothing and left out of the whole, (its gain alone, its
    gain with all the others); the difference between them is ``estimate``.
    """

    factors: tuple[str, str]
    estimate: float
    low: float
    high: float
    p: float
    p_adjusted: float
    aliases: tuple[str, ...] = ()
    alone: tuple[float, float] | None = None

    @property
    def opposed(self) -> bool:
        """Whether the factor helps alone and hurts with the others, or the other way round."""
        return self.alone is not None and self.alone[0] * self.alone[1] < 0


@dataclass(frozen=True, kw_only=True)
class Control:
    """An arm beside the family of tested treatments: what it is, its difference, and what it says.

    ``alarm`` is what to worry about: a reseed arm with an effect, a baseline no better than a dummy.
    """

    arm: str
    role: str
    effect: Effect
    sentence: str
    alarm: bool = False


@dataclass(frozen=True, kw_only=True)
class Secondary:
    """The effects on one response beside the primary one; ``tested`` where Holm over all was registered."""

    response: str
    direction: str
    effects: tuple[Effect, ...]
    tested: bool = False


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What the runs show: one effect a treatment, each arm by itself, and what to keep in mind.

    ``residual`` is |baseline − baseline repeated| in the same block (nondeterminism).
    """

    rules: Rules
    effects: tuple[Effect, ...]
    arms: tuple[ArmSummary, ...]
    interactions: tuple[Interaction, ...] = ()
    controls: tuple[Control, ...] = ()
    secondary: tuple[Secondary, ...] = ()
    residual: float | None = None
    deterministic: bool = False
    notes: tuple[str, ...] = field(default_factory=tuple)
