"""An experiment: question, factors, arms, blocks, response; frozen when registered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from jupyter_coimprove.notebook.candidates import OperatorName
from jupyter_coimprove.notebook.cells import Place

DesignKind = Literal[
    "one-at-a-time", "leave-one-out", "add-one-in", "both", "full-factorial", "fractional-factorial",
    "baseline-only", "probe",
]  # fmt: skip
ArmRole = Literal["treatment", "baseline", "added", "reference", "whole", "repeat", "reseed", "dummy"]
#: Designs in which a factor's level may mean that it is taken away.
WITHOUT = ("leave-one-out", "add-one-in", "both")
#: Designs whose treatments are main effects, read from all runs.
CROSSED = ("full-factorial", "fractional-factorial")
#: The kind of a factor that stands for the estimator a dummy replaces.
DUMMY = "dummy"
Status = Literal["confirmatory", "exploratory", "post hoc"]
BlockKind = Literal["split", "folds", "init", "order", "unknown", "none"]
TestName = Literal["paired t", "sign-flip"]
Multiplicity = Literal["fixed-sequence", "holm", "primary", "bonferroni"]
Stopping = Literal["fixed", "sequential"]
ResponseHow = Literal["variable", "expression", "printed", "file", "scalar", "logged", "scrap", "run"]


@dataclass(frozen=True, kw_only=True)
class Factor:
    """What varies. ``levels[0]`` is the baseline; levels are source text (``0.0``, ``"adam"``).

    With any other operator than ``set`` the levels are ``kept`` and ``dropped``. ``parameter`` says
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
    """Levels for the factors it changes, and what it is there for.

    A ``treatment`` that changes nothing is the baseline: the notebook as it is. Where all factors
    are taken away first (add-one-in), the stripped notebook has the role ``baseline`` and the
    notebook as it is stands beside as ``whole``; with both, ``added`` arms are compared with the
    stripped ``reference``. ``repeat``, ``reseed`` and ``dummy`` are controls: the baseline again, on
    fresh seeds, and with a model that knows nothing. They are no treatments.
    """

    name: str
    settings: Mapping[str, str] = field(default_factory=dict)
    role: ArmRole = "treatment"

    @property
    def is_baseline(self) -> bool:
        return self.role == "baseline" or (self.role == "treatment" and not self.settings)


@dataclass(frozen=True, kw_only=True)
class Response:
    """What is compared, and where a run has it.

    ``how``: ``variable``/``expression`` (``expr`` evaluated after the last cell); ``printed`` (in
    what ``cells``, by index, print, found by ``pattern``, a regular expression with one group, and
    known to ``decimals``; no cells: in all; of an expression the same tells what was printed of it,
    to compare with); ``file`` (column ``expr`` of ``file``, which the run
    writes; relative to the notebook's folder); ``scalar`` (TensorBoard's tag ``expr``); ``logged``
    or ``scrap`` (the metric ``expr``); ``run`` (``seconds`` or ``peak_mb`` of the run itself). ``reduction`` makes a series one number, in the grammar of
    experiments/reduction; ``by`` is the validation series of its ``at best``. ``items`` is an
    optional expression for a per-item score, ``clusters`` one that says which of them belong
    together (STATISTICS 11). ``notes`` go with the result.
    """

    name: str
    how: ResponseHow
    expr: str
    direction: Literal["max", "min"]
    reduction: str = "last"
    items: str | None = None
    clusters: str | None = None
    pattern: str = ""
    cells: tuple[int, ...] = ()
    decimals: int | None = None
    file: str = ""
    by: Response | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Limits of one run and of the experiment; None is no limit.

    ``keep_mb`` of files that one run wrote are kept (smaller ones first, the others are named);
    ``disk_mb`` is what all runs together may keep.
    """

    run_seconds: float | None = 3600.0
    total_seconds: float | None = None
    output_mb: float = 64.0
    keep_mb: float | None = None
    disk_mb: float | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """An experiment as ``plan.toml`` has it: a draft until it is registered.

    ``blocks`` is how many; ``block_numbers`` are hand-picked ones (which makes the
    experiment exploratory) or empty when they are to be derived from the digest and the
    salt. ``smallest_effect`` and ``margin`` are in response units. ``sequence`` is the order
    of a fixed-sequence analysis, most expected first. ``stopping`` ``sequential`` runs block by
    block until every treatment is decided, ``blocks`` being the most. ``sizes`` are the (train, test)
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
    stopping: Stopping = "fixed"
    test: TestName = "paired t"
    also: tuple[Response, ...] = ()
    secondary: Literal["descriptive", "holm"] = "descriptive"
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
    #: The cell (0-based, of the notebook) before which ``seeding_cell`` is put in; None: after the
    #: parameters cell, or first.
    seeding_before: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def baseline(self) -> Arm:
        return next(arm for arm in self.arms if arm.is_baseline)

    @property
    def treatments(self) -> tuple[Arm, ...]:
        """The arms that make the comparison: neither the baseline, nor what is only shown beside."""
        return tuple(arm for arm in self.arms if arm.role in ("treatment", "added") and not arm.is_baseline)

    @property
    def controls(self) -> tuple[Arm, ...]:
        """The arms beside the comparison: sanity arms, and references shown for themselves."""
        return tuple(arm for arm in self.arms if not arm.is_baseline and arm not in self.treatments)

    @property
    def varied(self) -> tuple[Factor, ...]:
        """The factors that are the question; what a dummy replaces is none of them."""
        return tuple(factor for factor in self.factors if factor.kind != DUMMY)

    def reference(self, arm: Arm) -> Arm:
        """The arm that this one is compared with."""
        stripped = next((one for one in self.arms if one.role == "reference"), None)
        return stripped if stripped is not None and arm.role == "added" else self.baseline


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """A registered plan: it cannot change any more. ``digest`` is over the plan and its code;
    ``blocks`` are the block numbers, in order;
    ``reseeds`` those that a reseed arm has in their places."""

    id: str
    plan: Plan
    digest: str
    blocks: tuple[int, ...]
    registered_at: str
    snapshot: str
    reseeds: tuple[int, ...] = ()

    def seeds_of(self, arm: Arm, block: int) -> int:
        """The number that an arm's seeds are derived from in a block: the block's own, but for a reseed arm."""
        return self.reseeds[self.blocks.index(block)] if arm.role == "reseed" else block
