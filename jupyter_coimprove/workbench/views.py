"""The answers: what each use case gives to whichever door asked.

Frozen records of plain values; the JSON schema of each verb's ``--json`` is made from
them, and renderers draw them. Numbers that may be missing are None, never NaN.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class View:
    """Any answer: one line that says it, and what a person may do next."""

    summary: str
    next: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    exit_code: int = 0


@dataclass(frozen=True, kw_only=True)
class CandidateRow:
    name: str
    kind: str
    value: str
    levels: tuple[str, ...]
    cells: tuple[int, ...]
    reaches: tuple[int, ...]
    label: str


@dataclass(frozen=True, kw_only=True)
class MeasureRow:
    name: str
    how: str
    expr: str
    cell: int
    direction: str
    last: float | None


@dataclass(frozen=True, kw_only=True)
class CandidatesView(View):
    """Cells are numbered from 1, as people count."""

    notebook: str
    kernel: str | None
    candidates: tuple[CandidateRow, ...]
    seeds: tuple[CandidateRow, ...]
    measured: tuple[MeasureRow, ...]
    splits: tuple[str, ...] = ()
    hidden: int = 0


@dataclass(frozen=True, kw_only=True)
class ArmRow:
    name: str
    settings: Mapping[str, str]
    diff: str = ""


@dataclass(frozen=True, kw_only=True)
class PowerRow:
    """Chance to decide the smallest effect at the planned blocks; ``needed`` blocks for 80 %."""

    power: float | None
    needed: int | None
    reachable: bool
    basis: str
    curve: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, kw_only=True)
class CostRow:
    runs: int
    run_seconds: float | None
    total_seconds: float | None
    workers: int
    basis: str


@dataclass(frozen=True, kw_only=True)
class PlanView(View):
    id: str
    state: str
    status: str
    notebook: str
    question: str
    design: str
    response: str
    direction: str
    arms: tuple[ArmRow, ...]
    blocks: int
    block_kind: str
    seeds: tuple[str, ...]
    seeding_cell: bool
    smallest_effect: float | None
    margin: float | None
    multiplicity: str
    sequence: tuple[str, ...]
    hypothesis: str | None
    power: PowerRow
    cost: CostRow
    plan_file: str
    digest: str
    prediction: tuple[str, ...] = ()
    rationale: str = ""
    provider: str = ""


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


@dataclass(frozen=True, kw_only=True)
class StatusView(View):
    experiments: tuple[ExperimentRow, ...]


@dataclass(frozen=True, kw_only=True)
class EffectRow:
    arm: str
    verdict: str
    estimate: float | None
    low: float | None
    high: float | None
    level: float
    p: float | None
    p_adjusted: float | None
    n: int
    planned: int
    method: str
    hypothesis: str = ""
    needed: int | None = None
    better: tuple[int, int] = (0, 0)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ArmResult:
    arm: str
    mean: float | None
    sd: float | None
    completed: int
    planned: int
    failures: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ResultsView(View):
    """``chart`` is a Vega-Lite specification; ``text`` the whole in words."""

    experiment: str
    status: str
    response: str
    direction: str
    baseline: str
    effects: tuple[EffectRow, ...]
    arms: tuple[ArmResult, ...]
    interactions: tuple[Mapping[str, Any], ...] = ()
    points: tuple[Mapping[str, Any], ...] = ()
    residual: float | None = None
    notes: tuple[str, ...] = ()
    deviations: tuple[str, ...] = ()
    finding: str = ""
    finding_state: str = ""
    claim: str = ""
    chart: Mapping[str, Any] | None = None
    prediction: str = ""
    plot_file: str = ""


@dataclass(frozen=True, kw_only=True)
class FindingView(View):
    id: str
    state: str
    experiment: str
    notebook: str
    claim: str
    markdown: str
    verdicts: Mapping[str, str]
    references: tuple[Mapping[str, Any], ...]
    deviations: tuple[str, ...]
    status: str


@dataclass(frozen=True, kw_only=True)
class DecisionView(View):
    """What was decided, and whether it stands in the notebook already."""

    id: str
    subject: str
    verb: str
    state: str
    application: Literal["none", "applied", "queued", "reverted"]
    notebook: str = ""
    experiment: str = ""


@dataclass(frozen=True, kw_only=True)
class NoiseView(View):
    source: str
    response: str
    n: int
    mean: float | None
    sd: float | None
    sd_upper: float | None
    blocks: int
    visible: float | None
    claims: tuple[Mapping[str, Any], ...] = ()
    values: tuple[float, ...] = ()
    experiment: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReviewRow:
    id: str
    kind: str
    state: str
    notebook: str
    title: str
    changed: str
    trust: str


@dataclass(frozen=True, kw_only=True)
class ReviewView(View):
    items: tuple[ReviewRow, ...]


@dataclass(frozen=True, kw_only=True)
class ShowView(View):
    """Anything by id that has no view of its own; ``text`` is for people, ``data`` as recorded."""

    id: str
    kind: str
    state: str
    trust: str
    text: str
    data: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ReportView(View):
    path: str
    format: str
    findings: int
    registered: int


@dataclass(frozen=True, kw_only=True)
class CheckRow:
    name: str
    ok: bool
    text: str
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class ChecksView(View):
    """A list of checks: of the journal, of this machine, or of what was removed."""

    ok: bool
    checks: tuple[CheckRow, ...]


@dataclass(frozen=True, kw_only=True)
class DemoView(View):
    notebook: str
    report: str
    experiment: str
    finding: str
    claim: str
    seconds: float
