"""What the runs of a probe showed, as findings: rows in both parts, inputs that are the answer, labels that leak."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from jupyter_coimprove.evidence.checks.finding import CheckFinding, Confidence
from jupyter_coimprove.evidence.checks.labelling import Source
from jupyter_coimprove.evidence.checks.listening import Call
from jupyter_coimprove.evidence.checks.rules import place

#: Share of scored rows that stand among the fitted ones, from which on it is a finding; below, a remark.
SHARE = 0.05
FEW = 0.01
#: A score over shuffled labels is above chance at this level (one-sided Welch t over the shuffles) …
LEVEL = 0.01
#: … and by at least this share of what the notebook's own score is above chance.
LIFT = 0.25
#: Share of fitted rows that are copies of others from which on chance is not known: the runs that show it part
#: copies from each other, and learn to say a rare class less often.
COPIED = 0.05
#: Runs of each kind without which nothing is said.
LEAST = 3

_COLUMNS: dict[str, tuple[str, Confidence, str]] = {
    "copy": ("target", "high", "{column} is the target under another name, in another unit or order: each tells the other"),
    "bands": ("target", "high", "{column} is the target in bands: it never falls where the target rises, or the reverse"),
    "tells": ("target", "medium", "each value of {column} goes with one class alone"),
    "parts": ("target", "medium", "{column} alone parts all classes, and no other column comes near"),
    "numbering": ("identifier", "medium", "{column} numbers the rows, and rows with neighbouring numbers have the same target far beyond chance"),
}  # fmt: skip


def rows(
    reports: Mapping[str, Any], calls: Sequence[Call], grouped: frozenset[int]
) -> Iterator[CheckFinding]:
    """Rows that stand in what is fitted on and in what is scored on, counted by their hashes."""
    by_number = {call.number: call for call in calls}
    for site, (scored, shared, fitted, telling) in sorted(reports.get("scored", {}).items()):
        call = by_number[int(site)]
        fit = by_number[call.fits[-1]]
        if not shared:
            continue
        chance = "" if telling else "; their values are few, so that equal rows may be different ones"
        yield CheckFinding(
            kind="overlap", where=call.where, trail=(fit.where, call.where), confidence=_sure(shared, scored, telling),
            evidence=f"{shared} of the {scored} rows that `{_short(call.where.text)}` is given ({_percent(shared, scored)}) stand "
            f"among the {fitted} that the model is fitted on in {place(fit.where)}, counted in a run{chance}",
            fix="make both parts by one split; drop copies before it, and resample or add rows to the training part alone",
        )  # fmt: skip
    for site, (count, twice, telling) in sorted(reports.get("crossed", {}).items()):
        call = by_number[int(site)]
        if not twice or call.number in grouped:
            continue
        yield CheckFinding(
            kind="overlap", where=call.where, trail=(call.where,), confidence=_sure(twice, count, telling),
            evidence=f"{twice} of the {count} rows that `{_short(call.where.text)}` divides into folds ({_percent(twice, count)}) "
            "stand there more than once, counted in a run",
            fix="drop copies before, resample inside each fold (a Pipeline), or keep copies together with GroupKFold",
        )  # fmt: skip


def _sure(shared: int, of: int, telling: int) -> Confidence:
    if not telling or shared < 2 or shared < FEW * of:
        return "low"
    return "high" if shared >= SHARE * of else "medium"


def columns(reports: Mapping[str, Any], calls: Sequence[Call]) -> Iterator[CheckFinding]:
    """Inputs that are the target, or the order in which rows of a class were written down."""
    by_number = {call.number: call for call in calls}
    seen: set[tuple[str, str]] = set()
    for site, column, name, what in reports.get("columns", ()):
        call = by_number[int(site)]
        kind, confidence, text = _COLUMNS[what]
        called = f"`{name}`" if name else f"column {int(column) + 1} of the inputs"
        if (called, kind) in seen:
            continue
        seen.add((called, kind))
        yield CheckFinding(
            kind=kind, where=call.where, trail=(call.where,), confidence=confidence,
            evidence=f"{text.format(column=called)} (`{_short(call.where.text)}`, seen in a run)",
            fix=f"leave {called} out of the inputs",
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Shuffles:
    """Scores of runs: as the notebook is, with shuffled labels, and shuffled once more for fitting (chance)."""

    whole: float
    shuffled: tuple[float, ...]
    chance: tuple[float, ...]
    direction: Literal["max", "min"]

    @property
    def enough(self) -> bool:
        return min(len(self.shuffled), len(self.chance)) >= LEAST

    @property
    def learnt(self) -> float:
        """How much better than chance the notebook's own score is, in its units."""
        return self._sign * (self.whole - statistics.fmean(self.chance))

    @property
    def lift(self) -> float:
        return self._sign * (statistics.fmean(self.shuffled) - statistics.fmean(self.chance))

    @property
    def _sign(self) -> int:
        return 1 if self.direction == "max" else -1

    @property
    def p(self) -> float:
        """One-sided Welch t: shuffled labels score no better than chance."""
        spread = [statistics.variance(s) / len(s) for s in (self.shuffled, self.chance)]
        if sum(spread) == 0:
            return 0.0 if self.lift > 0 else 1.0
        from scipy.stats import t

        degrees = sum(spread) ** 2 / sum(
            v**2 / (len(s) - 1) for v, s in zip(spread, (self.shuffled, self.chance), strict=True)
        )
        return float(t.sf(self.lift / math.sqrt(sum(spread)), degrees))

    @property
    def leaks(self) -> bool:
        return self.enough and self.learnt > 0 and self.lift >= LIFT * self.learnt and self.p < LEVEL

    def words(self, name: str) -> str:
        """``score 0.93; with shuffled labels 0.91 (0.88 to 0.94), where chance is 0.52 (0.47 to 0.58)``."""
        return f"{name} is {self.whole:.3g}; with shuffled labels {_range(self.shuffled)}, where chance is {_range(self.chance)}"


def labels(
    shuffles: Shuffles, name: str, source: Source, group: str, groups: int, score: Call
) -> CheckFinding | None:
    """The finding that a score survives shuffled labels, if it does."""
    if not shuffles.leaks:
        return None
    said = f"{shuffles.words(name)} ({len(shuffles.shuffled)} shuffles)"
    if group:
        return CheckFinding(
            kind="groups", where=source.where, trail=(source.where, score.where), confidence="high",
            evidence=f"the {groups} values of `{group}` have one label each, and when they exchange it at random the model "
            f"still knows it: {said}",
            fix=f"split by {group}: GroupShuffleSplit or GroupKFold with it as groups; then what is left is another leak",
        )  # fmt: skip
    readers = "; ".join(dict.fromkeys(f"`{_short(w.text)}` ({place(w)})" for w in source.readers[:3]))
    return CheckFinding(
        kind="shuffled", where=source.readers[0] if source.readers else source.where, confidence="high",
        trail=(source.where, *source.readers[:3], score.where),
        evidence=said + (f"; the labels are read before the split by {readers}" if readers else ""),
        fix="split first; choose, encode and resample with the labels of the training rows alone, or in a Pipeline",
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Ran:
    """One run of a probe: its response (None with the reason ``why``) and what it saw inside."""

    value: float | None
    report: Mapping[str, Any]
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Findings; ``seen`` what was tried and came out, ``unseen`` what could not be and why, a sentence each."""

    findings: tuple[CheckFinding, ...]
    seen: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


def of_rows(whole: Ran, calls: Sequence[Call], grouped: frozenset[int]) -> Judged:
    """What the run of the notebook as it is shows of rows and columns."""
    report = whole.report
    counted = [*report["scored"].values(), *report["crossed"].values()]
    scored, shared = sum(entry[0] for entry in counted), sum(entry[1] for entry in counted)
    said = f"rows: {scored} scored, {shared or 'none'} of them also fitted on (equal in every column)"
    if not scored:
        said = "rows: no rows but the fitted ones were scored"
    return Judged(
        findings=(*rows(report, calls, grouped), *columns(report, calls)), seen=(said,),
        unseen=tuple(f"{_site(calls, site)} was not looked at: {why}" for site, why in report["skipped"]),
    )  # fmt: skip


def of_labels(
    whole: Ran, shuffled: Sequence[Ran], chance: Sequence[Ran], source: Source, calls: Sequence[Call], *, name: str,
    direction: Literal["max", "min"], why: str = "",
) -> Judged:  # fmt: skip
    """What runs with shuffled labels show; ``why`` is what ended runs that are missing."""
    what = source.labels.what
    if whole.value is None:
        return _not(f"{name} is not one number ({whole.why}); name another with --response")
    values = [tuple(run.value for run in of if run.value is not None) for of in (shuffled, chance)]
    if min(map(len, values)) < LEAST:
        reason = why or next((run.why for run in (*shuffled, *chance) if run.why), "they did not end")
        return _not(
            f"too few of the runs with shuffled labels gave {name} ({len(values[0])} and {len(values[1])}): {reason}"
        )
    done = [entry for run in shuffled for entry in run.report["shuffled"]]
    if not done:
        reason = next(
            (text for run in shuffled for _, text in run.report["skipped"]), f"`{what}` was not reached"
        )
        return _not(f"they could not be shuffled: {reason}")
    if all(run.report["fits"] == whole.report["fits"] for run in shuffled):
        return _not(
            f"after `{what}` is shuffled the model is fitted on the same labels of the same rows: they are made, or "
            "read, anew, or all of them are one class"
        )
    group, groups = (
        (str(done[0][2]), int(done[0][3])) if len({str(entry[2]) for entry in done}) == 1 else ("", 0)
    )
    found = Shuffles(whole=whole.value, shuffled=values[0], chance=values[1], direction=direction)
    if whole.report["copied"] >= COPIED:
        share = _percent(round(100 * whole.report["copied"]), 100)
        return _not(
            f"{share} of the fitted rows are copies of others, where chance is not known ({found.words(name)})"
        )
    score = next((call for call in reversed(calls) if call.kind != "fit"), calls[-1])
    between = f", exchanged between the {groups} values of {group}" if group else ""
    said = f"labels: {found.words(name)} ({len(found.shuffled)} shuffles of {what}{between})"
    if found.learnt <= 0:
        said += "; it is no better than chance as it is"
    finding = labels(found, name, source, group, groups, score)
    return Judged(findings=() if finding is None else (finding,), seen=(said,))


def _not(why: str) -> Judged:
    return Judged(findings=(), unseen=(f"labels: {why}",))


def _site(calls: Sequence[Call], site: object) -> str:
    call = next((call for call in calls if call.number == site), None)
    return "the labels" if call is None else f"`{_short(call.where.text)}`"


def _range(values: Sequence[float]) -> str:
    return f"{statistics.fmean(values):.3g} ({min(values):.3g} to {max(values):.3g})"


def _percent(part: int, of: int) -> str:
    share = 100 * part / of
    return f"{share:.1f} %" if share < 10 else f"{share:.0f} %"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"
