"""The answers: what each use case gives to whichever door asked.

Frozen records of plain values; the JSON schema of each verb's ``--json`` is made from
them, and renderers draw them. Numbers that may be missing are None, never NaN.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from jupyter_coimprove.workbench.rows import ArmRow as ArmRow
from jupyter_coimprove.workbench.rows import ControlRow as ControlRow
from jupyter_coimprove.workbench.rows import CostRow as CostRow
from jupyter_coimprove.workbench.rows import ExperimentRow as ExperimentRow
from jupyter_coimprove.workbench.rows import ForecastRow as ForecastRow
from jupyter_coimprove.workbench.rows import PilotRow as PilotRow
from jupyter_coimprove.workbench.rows import PowerRow as PowerRow
from jupyter_coimprove.workbench.rows import RunRow as RunRow
from jupyter_coimprove.workbench.rows_activities import CardRow as CardRow
from jupyter_coimprove.workbench.rows_activities import SectionRow as SectionRow
from jupyter_coimprove.workbench.rows_activities import ShownRow as ShownRow
from jupyter_coimprove.workbench.rows_checks import FlawRow as FlawRow
from jupyter_coimprove.workbench.rows_checks import PlaceRow as PlaceRow
from jupyter_coimprove.workbench.rows_curation import ApplicationRow as ApplicationRow
from jupyter_coimprove.workbench.rows_curation import CellPairRow as CellPairRow
from jupyter_coimprove.workbench.rows_curation import ChangeRow as ChangeRow
from jupyter_coimprove.workbench.rows_curation import FieldRow as FieldRow
from jupyter_coimprove.workbench.rows_curation import PairRow as PairRow
from jupyter_coimprove.workbench.rows_curation import PlannedRow as PlannedRow
from jupyter_coimprove.workbench.rows_curation import ReviewRow as ReviewRow
from jupyter_coimprove.workbench.rows_curation import StepRow as StepRow
from jupyter_coimprove.workbench.rows_curation import ThreeTexts as ThreeTexts
from jupyter_coimprove.workbench.rows_curation import TrailRow as TrailRow
from jupyter_coimprove.workbench.view import View as View
from jupyter_coimprove.workbench.views_activities import ActivityView as ActivityView
from jupyter_coimprove.workbench.views_fixing import FixView as FixView
from jupyter_coimprove.workbench.views_previews import PreviewedCell as PreviewedCell
from jupyter_coimprove.workbench.views_previews import PreviewRow as PreviewRow
from jupyter_coimprove.workbench.views_previews import PreviewView as PreviewView
from jupyter_coimprove.workbench.views_talk import AskView as AskView
from jupyter_coimprove.workbench.views_talk import UsageRow as UsageRow
from jupyter_coimprove.workbench.views_talk import UsageView as UsageView


@dataclass(frozen=True, kw_only=True)
class CandidateRow:
    name: str
    kind: str
    value: str
    levels: tuple[str, ...]
    cells: tuple[int, ...]
    reaches: tuple[int, ...]
    label: str
    #: Files beside the notebook that it stands in.
    files: tuple[str, ...] = ()
    #: What an arm does there (``set``, ``drop-term``, ...), and where, as a person reads it.
    operator: str = "set"
    where: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MeasureRow:
    name: str
    how: str
    expr: str
    cell: int
    direction: str
    last: float | None
    reduction: str = ""
    source: str = ""


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
    #: What seeds which generator, and what a block draws anew, in sentences.
    chance: tuple[str, ...] = ()
    #: What may make two runs of one block differ.
    uncontrolled: tuple[str, ...] = ()
    repeats_baseline: bool = True
    smallest_effect: float | None
    margin: float | None
    multiplicity: str
    sequence: tuple[str, ...]
    hypothesis: str | None
    power: PowerRow
    cost: CostRow
    plan_file: str
    digest: str
    stopping: str = "fixed"
    prediction: tuple[str, ...] = ()
    #: Models that have predicted, by name; what they said stands in ``forecasts`` once a person has, too.
    foretold_by: tuple[str, ...] = ()
    forecasts: tuple[ForecastRow, ...] = ()
    aliases: tuple[str, ...] = ()
    test: str = "paired t"
    also: tuple[str, ...] = ()
    pilot: PilotRow | None = None
    rationale: str = ""
    provider: str = ""
    #: Where every run has the response, and what makes a series of it one number.
    source: str = ""
    reduction: str = ""
    items: str | None = None
    #: What a form shows of plan.toml and changes by ``edit --set``; empty once it is registered.
    fields: tuple[FieldRow, ...] = ()


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
    p_better: tuple[float, float] | None = None
    equivalence: tuple[float, float] | None = None
    items: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()
    #: Of the two arms over blocks: what pairing gained.
    correlation: float | None = None
    pairing: str = ""


@dataclass(frozen=True, kw_only=True)
class ArmResult:
    arm: str
    mean: float | None
    sd: float | None
    completed: int
    planned: int
    failures: Mapping[str, int] = field(default_factory=dict)
    failure_bound: float | None = None


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
    over_tasks: tuple[Mapping[str, Any], ...] = ()
    controls: tuple[ControlRow, ...] = ()
    secondary: tuple[Mapping[str, Any], ...] = ()
    smallest_effect: float | None = None
    margin: float | None = None
    points: tuple[Mapping[str, Any], ...] = ()
    #: The baseline against itself in one block: what seeds do not determine. In units of the response, and
    #: in standard deviations of the baseline over blocks.
    residual: float | None = None
    residual_share: float | None = None
    uncontrolled: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    deviations: tuple[str, ...] = ()
    finding: str = ""
    finding_state: str = ""
    claim: str = ""
    chart: Mapping[str, Any] | None = None
    prediction: str = ""
    #: Everybody's newest prediction and how it did, people first.
    forecasts: tuple[ForecastRow, ...] = ()
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
    #: Of the words as they stand: ``accept --digest`` accepts them only while they are these.
    digest: str = ""


@dataclass(frozen=True, kw_only=True)
class ProposalView(View):
    """Changes to the cells of a notebook that somebody proposes; nothing of it stands there yet.

    ``alone`` says that it mentions this tool or its record, so that it is never accepted together
    with others.
    """

    id: str
    state: str
    trust: str
    notebook: str
    title: str
    author: str
    author_kind: str
    model: str
    why: str
    expected: str
    digest: str
    language: str
    changes: tuple[ChangeRow, ...]
    alone: bool = False
    #: The last preview of just this, where a person asked for one.
    preview: PreviewRow | None = None


@dataclass(frozen=True, kw_only=True)
class DecisionView(View):
    """What was decided, and whether it stands in the notebook already."""

    id: str
    subject: str
    verb: str
    state: str
    application: Literal["none", "applied", "queued", "reverted", "refused"]
    notebook: str = ""
    experiment: str = ""


@dataclass(frozen=True, kw_only=True)
class ApplicationsView(View):
    """Edits that were decided on and wait for their notebooks, oldest first."""

    applications: tuple[ApplicationRow, ...]


@dataclass(frozen=True, kw_only=True)
class ThreeWayView(View):
    """What was proposed against what its cell was and what it is now."""

    id: str
    state: str
    notebook: str
    texts: tuple[ThreeTexts, ...]


@dataclass(frozen=True, kw_only=True)
class PairView(View):
    """Two runs beside each other: parameters, metrics, and cell by cell."""

    left: RunRow
    right: RunRow
    parameters: tuple[PairRow, ...]
    metrics: tuple[PairRow, ...]
    cells: tuple[CellPairRow, ...]


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
class CheckView(View):
    """What the checks of a notebook find; ``judged`` are those a person called no problem.

    ``whole`` is false where the notebook was too long to be read to its end. Of a probe, ``seen`` is what
    was tried and came out, ``unseen`` what could not be tried and why, ``experiment`` has its runs.
    """

    notebook: str
    findings: tuple[FlawRow, ...]
    judged: int
    whole: bool
    seen: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    experiment: str = ""


@dataclass(frozen=True, kw_only=True)
class DemoView(View):
    notebook: str
    report: str
    experiment: str
    finding: str
    claim: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class SkillView(View):
    """Forecasters by how their predictions did; ``base_rate`` is the share of effects that were better."""

    base_rate: float | None
    effects: int
    forecasters: tuple[Mapping[str, Any], ...]
    shared: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class TrailView(View):
    """The history of decisions, newest first; of one thing also the way that led to it and what came of it."""

    decisions: tuple[TrailRow, ...]
    way: tuple[StepRow, ...] = ()
