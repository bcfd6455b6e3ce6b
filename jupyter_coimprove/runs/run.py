"""One execution of one treatment in one block: what is asked of an engine and what comes back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

ValueKind = Literal["finite", "nan", "inf", "-inf", "missing", "text", "series"]


@dataclass(frozen=True, kw_only=True)
class Value:
    """A number as it is kept: NaN, infinite and missing are kinds, never JSON numbers.

    ``series`` keeps a sequence of finite numbers (None for those that are not).
    ``text`` is what was there instead of a number.
    """

    kind: ValueKind
    number: float | None = None
    text: str = ""
    series: tuple[float | None, ...] = ()

    @classmethod
    def of(cls, number: float) -> Value:
        number = float(number)
        if math.isnan(number):
            return cls(kind="nan")
        if math.isinf(number):
            return cls(kind="inf" if number > 0 else "-inf")
        return cls(kind="finite", number=number)

    @classmethod
    def missing(cls, why: str = "") -> Value:
        return cls(kind="missing", text=why)

    def as_dict(self) -> dict[str, Any]:
        out: dict[str, Any] = {"kind": self.kind}
        if self.number is not None:
            out["number"] = self.number
        if self.text:
            out["text"] = self.text
        if self.series:
            out["series"] = list(self.series)
        return out

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Value:
        return cls(
            kind=data["kind"], number=data.get("number"), text=data.get("text", ""),
            series=tuple(data.get("series", ())),
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A recorded number: ``log(name, value, step)``, a scrap, or a probe read at the end."""

    name: str
    value: Value
    step: int | None = None
    source: Literal["logged", "scrap", "probe"] = "logged"


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A value to be read once a run has ended, leaving no trace in it.

    ``how``: ``namespace`` evaluates ``expr`` in the kernel after the last cell; ``printed`` finds
    ``pattern`` (one group: the number) in what ``cells`` print, by index in ``Work.notebook``, or
    all where there are none; ``file`` reads column ``expr`` of ``file``, relative to the
    notebook's folder; ``scalar`` the TensorBoard tag ``expr``, of event files below ``file`` or
    anywhere. Files count only where the run itself wrote them.
    ``shape``: ``number`` wants one number, ``series`` a sequence of numbers.
    """

    name: str
    expr: str
    shape: Literal["number", "series"] = "number"
    how: Literal["namespace", "printed", "file", "scalar"] = "namespace"
    pattern: str = ""
    cells: tuple[int, ...] = ()
    file: str = ""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Wall time and output of one run. ``output_bytes`` is over all cells, ``keep_bytes`` over the
    files it wrote: what is over is named, not kept."""

    wall_s: float | None = 3600.0
    output_bytes: int = 64 * 2**20
    interrupt_s: float = 5.0
    keep_bytes: int | None = None


@dataclass(frozen=True, kw_only=True)
class Work:
    """Everything an engine needs for one run; nothing in it is live.

    ``notebook`` is the bound notebook (nbformat 4 JSON), ``parameters`` are injected the
    papermill way, ``folder`` is ``runs/<id>`` (the engine creates ``output.ipynb`` and
    ``log.txt`` there, and the run's own view of the notebook's folder), ``source_dir`` the
    notebook's real folder, ``snapshot`` the frozen local modules that stand in for its own,
    ``overlay`` texts by path relative to ``source_dir`` that this run reads instead of either,
    ``device`` the card it has (empty: not limited), ``alone`` why it must not go on from cells that were
    executed for another run (empty: it may).
    """

    run: str
    experiment: str
    arm: str
    block: int
    replicate: int
    attempt: int
    notebook: Mapping[str, Any]
    parameters: Mapping[str, Any]
    kernel: str
    source_dir: Path
    snapshot: Path | None
    folder: Path
    overlay: Mapping[str, str] = field(default_factory=dict)
    probes: tuple[Probe, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    threads: int = 1
    device: str = ""
    alone: str = ""
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, kw_only=True)
class RunError:
    """What a run died of: exception name, text, cell (index in the bound notebook), traceback tail."""

    name: str
    value: str
    cell: int | None = None
    traceback: str = ""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one run. ``reason`` is one of registry.FAILURES when ``state`` is failed.

    ``cell_seconds`` by index in the bound notebook; ``written`` are paths (relative to the
    notebook's folder) that the run wrote, with size and digest; ``strays`` paths outside its
    own view that changed while it ran, ``reads`` paths that it read there.
    """

    run: str
    state: Literal["completed", "failed", "cancelled", "timed_out", "lost"]
    reason: str = ""
    error: RunError | None = None
    metrics: tuple[Metric, ...] = ()
    seconds: float = 0.0
    cell_seconds: tuple[float, ...] = ()
    peak_mb: float | None = None
    gpu_peak_mb: float | None = None
    written: tuple[Mapping[str, Any], ...] = ()
    strays: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    defined: tuple[str, ...] = ()
    environment: Mapping[str, Any] = field(default_factory=dict)
