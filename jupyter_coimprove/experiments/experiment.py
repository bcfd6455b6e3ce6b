"""An experiment: question, factors, arms, blocks, response; frozen when registered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from jupyter_coimprove.notebook.cells import Place

OperatorName = Literal["set", "drop-item"]
DesignKind = Literal["one-at-a-time", "leave-one-out", "full-factorial", "baseline-only"]
Status = Literal["confirmatory", "exploratory", "post hoc"]
BlockKind = Literal["split", "init", "order", "unknown", "none"]
Multiplicity = Literal["fixed-sequence", "holm", "primary"]


@dataclass(frozen=True, kw_only=True)
class Factor:
    """What varies. ``levels[0]`` is the baseline; levels are source text (``0.0``, ``"adam"``).

    With operator ``drop-item`` the levels are ``kept`` and ``dropped``. ``parameter`` says
    that it is a name of the parameters cell and is set the papermill way, not by substitution.
    """

    name: str
    operator: OperatorName
    places: tuple[Place, ...]
    levels: tuple[str, ...]
    kind: str
    parameter: bool = False


@dataclass(frozen=True, kw_only=True)
class Seed:
    """A seed site that blocks drive. ``varied`` False keeps the notebook's own value.

    ``group`` numbers the distinct original values: sites that shared a value keep sharing one.
    """

    name: str
    places: tuple[Place, ...]
    original: str
    group: int
    varied: bool = True
    parameter: bool = False


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One treatment: levels for the factors it changes; the baseline changes none."""

    name: str
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_baseline(self) -> bool:
        return not self.settings


@dataclass(frozen=True, kw_only=True)
class Response:
    """What is compared. ``how``: ``variable``/``expression`` (``expr`` evaluated after the last
    cell), ``logged`` or ``scrap`` (the metric ``expr``). ``reduction`` makes a series one number.
    ``items`` is an optional expression for a per-item score (STATISTICS 11)."""

    name: str
    how: Literal["variable", "expression", "logged", "scrap"]
    expr: str
    direction: Literal["max", "min"]
    reduction: Literal["last", "max", "min", "mean"] = "last"
    items: str | None = None


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Limits of one run and of the experiment; None is no limit."""

    run_seconds: float | None = 3600.0
    total_seconds: float | None = None
    output_mb: float = 64.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """An experiment as ``plan.toml`` has it: a draft until it is registered.

    ``blocks`` is how many; ``block_numbers`` are hand-picked ones (which makes the
    experiment exploratory) or empty when they are to be derived from the digest and the
    salt. ``smallest_effect`` and ``margin`` are in response units. ``sequence`` is the order
    of a fixed-sequence analysis, most expected first. ``sizes`` are the (train, test)
    expressions of a resampling block.
    """

    question: str
    notebook: str
    notebook_digest: str
    kernel: str | None
    design: DesignKind
    factors: tuple[Factor, ...]
    arms: tuple[Arm, ...]
    seeds: tuple[Seed, ...]
    seeding_cell: str | None
    blocks: int
    block_kind: BlockKind
    block_numbers: tuple[int, ...]
    response: Response
    multiplicity: Multiplicity = "holm"
    sequence: tuple[str, ...] = ()
    hypothesis: str | None = None
    smallest_effect: float | None = None
    margin: float | None = None
    alpha: float = 0.05
    repeat_baseline: bool = True
    split_sizes: tuple[str, str] | None = None
    split_ratio: float | None = None
    budget: Budget = field(default_factory=Budget)
    status: Status = "confirmatory"
    replicates: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def baseline(self) -> Arm:
        return next(arm for arm in self.arms if arm.is_baseline)

    @property
    def treatments(self) -> tuple[Arm, ...]:
        return tuple(arm for arm in self.arms if not arm.is_baseline)


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """A registered plan: it cannot change any more. ``digest`` is over the plan and its code;
    ``blocks`` are the block numbers, in order."""

    id: str
    plan: Plan
    digest: str
    blocks: tuple[int, ...]
    registered_at: str
    snapshot: str
