"""What a report tells: accepted findings, everything behind their numbers, and the denominator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jupyter_coimprove.errors import DecisionError
from jupyter_coimprove.evidence.effects import Evidence
from jupyter_coimprove.evidence.finding import Finding, Reference
from jupyter_coimprove.evidence.grounding import check
from jupyter_coimprove.evidence.printing import decimals_of, printed
from jupyter_coimprove.evidence.saying import finite
from jupyter_coimprove.evidence.words import effect_rows
from jupyter_coimprove.experiments.experiment import Experiment
from jupyter_coimprove.writeup.contents import (
    Accepted,
    FailedRun,
    Known,
    ListedRun,
    Mark,
    Numbered,
    Registered,
    Report,
    Scored,
    Section,
)


def report(
    findings: Sequence[Accepted],
    experiments: Mapping[str, Experiment],
    evidences: Mapping[str, Evidence],
    *,
    counts: Mapping[str, int],
    registered: Sequence[Registered],
    failed: Sequence[FailedRun],
    head: str,
    at: str,
    title: str = "What the runs show",
    predictions: Sequence[Scored] = (),
    versions: Mapping[str, str] | None = None,
    known: Known | None = None,
) -> Report:
    """The report over accepted findings; ``experiments`` and ``evidences`` by experiment id.

    ``counts``: ``registered reported abandoned same_response pilots``; ``head`` is the digest of the
    last line of the decision chain, ``at`` when this was made. Raises DecisionError for a
    finding that nobody accepted.
    """
    numbering = _Numbering(failed)
    sections = []
    for index, accepted in enumerate(findings, 1):
        finding = accepted.finding
        if accepted.verb not in ("accepted", "edited"):
            raise DecisionError(
                f"finding {finding.id} is {accepted.verb} and cannot be reported",
                remedy=f"accept it first: coimprove accept {finding.id}",
            )
        evidence = evidences[finding.experiment]
        numbers = numbering.add(finding, evidence)
        text = accepted.text or finding.claim
        sections.append(
            Section(
                index=index,
                accepted=accepted,
                experiment=experiments[finding.experiment],
                evidence=evidence,
                text=text,
                marks=_marks(text, finding, numbers),
                rows=tuple(effect_rows(evidence)),
                numbers=numbers,
            )
        )
    return Report(
        title=title, at=at, sections=tuple(sections), counts=dict(counts), registered=tuple(registered),
        failed=tuple(failed), predictions=tuple(predictions), numbers=tuple(numbering.numbers),
        runs=tuple(numbering.runs), head=head, versions=dict(versions or {}), known=known or Known(),
    )  # fmt: skip


def _marks(text: str, finding: Finding, numbers: Mapping[str, int]) -> tuple[Mark, ...]:
    """The numbers of a text: by position in the claim itself, by grounding in a person's words."""
    if text == finding.claim:
        return tuple(
            Mark(start=r.start, end=r.start + len(r.text), number=numbers[r.key], why=r.key)
            for r in sorted(finding.references, key=lambda r: r.start)
            if r.start >= 0
        )
    marks = []
    for found in check(text, finding.references).numbers:
        if found.state == "backed" and found.reference is not None:
            marks.append(
                Mark(start=found.start, end=found.end, number=numbers[found.reference.key], why=found.why)
            )
        elif found.state == "flagged":
            marks.append(Mark(start=found.start, end=found.end, number=None, why=found.why))
    return tuple(marks)


class _Numbering:
    """Numbers and runs of a report, each counted once from 1."""

    def __init__(self, failed: Sequence[FailedRun]) -> None:
        self.numbers: list[Numbered] = []
        self.runs: list[ListedRun] = []
        self._index: dict[str, int] = {}
        self._failed = {run.id: run.reason for run in failed}

    def add(self, finding: Finding, evidence: Evidence) -> dict[str, int]:
        """The numbers of a finding by key, its runs listed along."""
        places = {
            arm.arm: decimals_of(finite(arm.sd), *(value for _, value in arm.values)) for arm in evidence.arms
        }
        values = {(arm.arm, block): value for arm in evidence.arms for block, value in arm.values}
        for arm, block, run in finding.extra.get("runs", ()):
            value = finite(values.get((arm, block)))
            response = printed(value, places[arm] + 1) if value is not None else self._failed.get(run, "none")
            self._list(run, finding.experiment, str(arm), int(block), response)
        out: dict[str, int] = {}
        for reference in finding.references:
            if reference.key not in out:
                out[reference.key] = self._number(reference, finding.experiment)
        return out

    def _list(self, run: str, experiment: str, arm: str, block: int, response: str) -> int:
        if run not in self._index:
            self._index[run] = len(self.runs) + 1
            self.runs.append(
                ListedRun(
                    index=self._index[run],
                    id=run,
                    experiment=experiment,
                    arm=arm,
                    block=block,
                    response=response,
                )
            )
        return self._index[run]

    def _number(self, reference: Reference, experiment: str) -> int:
        runs = tuple(self._index[run] for run in reference.runs if run in self._index)
        index = len(self.numbers) + 1
        self.numbers.append(
            Numbered(
                index=index,
                text=reference.text,
                key=f"{experiment}/{reference.key}",
                value=reference.value,
                runs=runs,
            )
        )
        return index


def denominator(report: Report) -> str:
    """The sentence that every report carries (STATISTICS 19)."""
    counts = report.counts

    def of(name: str) -> int:
        return int(counts.get(name, 0))

    total = of("registered") or sum(not one.pilot for one in report.registered)
    parts = [
        f"{total} experiment{'' if total == 1 else 's'} registered",
        f"{of('reported')} reported",
        f"{of('abandoned')} abandoned",
    ]
    if "same_response" in counts:
        parts.append(f"{of('same_response')} on the same response")
    beside = (
        f"; beside them {pilots} pilot{'' if pilots == 1 else 's'} (no effects)"
        if (pilots := of("pilots"))
        else ""
    )
    return (
        ", ".join(parts)
        + f"{beside}. This report tells {len(report.sections)} accepted finding"
        + ("." if len(report.sections) == 1 else "s.")
    )
