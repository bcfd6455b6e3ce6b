"""Parts of the answers: arms, power, cost and runs, a record each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jupyter_coimprove.workbench.rows_curation import PlannedRow


@dataclass(frozen=True, kw_only=True)
class ArmRow:
    name: str
    settings: Mapping[str, str]
    diff: str = ""
    role: str = "treatment"
    against: str = ""
    #: What ``edit --set`` calls it in a draft's plan.toml (``arms.1``); empty for the baseline.
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class PowerRow:
    """Chance to decide the smallest effect at the planned blocks; ``needed`` blocks for 80 %.

    ``least`` are the fewest blocks that can reach a verdict at all; ``never`` says why no number of
    blocks would do; ``equivalence`` says the same of the margin. ``expected_blocks`` is what a
    sequential design takes on average for it, ``fixed_blocks`` what a fixed number would be for the same chance."""

    power: float | None
    needed: int | None
    reachable: bool
    basis: str
    curve: tuple[tuple[int, float], ...] = ()
    expected_blocks: float | None = None
    fixed_blocks: int | None = None
    never: str = ""
    least: int = 0
    equivalence: str = ""


@dataclass(frozen=True, kw_only=True)
class PilotRow:
    """A blinded pilot: its spread and cost, nothing of the response's level or of an effect.

    ``when`` says whether it came before or after the prediction.
    """

    experiment: str
    runs: int
    sd: float | None
    sd_upper: float | None
    run_seconds: float | None
    when: str


@dataclass(frozen=True, kw_only=True)
class ForecastRow:
    """One forecaster's ranking beside the others'; ``tau`` and pairs where runs have shown the order."""

    by: str
    kind: str
    ranking: tuple[str, ...]
    tau: float | None = None
    agreeing: int = 0
    pairs: int = 0


@dataclass(frozen=True, kw_only=True)
class CostRow:
    runs: int
    run_seconds: float | None
    total_seconds: float | None
    workers: int
    basis: str
    disk_mb: float | None = None


@dataclass(frozen=True, kw_only=True)
class ControlRow:
    """An arm beside the comparison, and what it says; ``alarm`` where that is something to worry about."""

    arm: str
    role: str
    text: str
    alarm: bool = False


@dataclass(frozen=True, kw_only=True)
class SharedRow:
    """What a run had in common with others: ``cells`` that took ``seconds`` once, and ``fork_s`` to go on from
    there; ``why`` no more are shared."""

    cells: int
    seconds: float
    fork_s: float
    why: str


@dataclass(frozen=True, kw_only=True)
class RunRow:
    id: str
    arm: str
    block: int
    replicate: int
    state: str
    reason: str = ""
    seconds: float | None = None
    response: str = ""
    artifact: str = ""
    #: Seconds of each cell of the executed notebook, and where most of them went (from 1; 0: unknown).
    cell_seconds: tuple[float, ...] = ()
    slowest: int = 0
    #: When it was begun (ISO 8601), so that a window can count what it takes.
    since: str = ""
    #: None where it has not ended, or nobody asked it to share.
    shared: SharedRow | None = None


@dataclass(frozen=True, kw_only=True)
class ExperimentRow:
    id: str
    state: str
    question: str
    notebook: str
    counts: Mapping[str, int]
    total: int
    left_s: float | None
    alive: bool
    finding: str = ""
    runs: tuple[RunRow, ...] = ()
    #: Why no further run begins now, such as GPU memory that others hold.
    waiting: str = ""
    #: What is done before a run of its own begins, and since when (empty where it is not told yet).
    first: str = ""
    first_since: str = ""
    #: Of one experiment: its arms in the order they run in, and the runs that are not queued yet.
    arms: tuple[str, ...] = ()
    planned: tuple[PlannedRow, ...] = ()
