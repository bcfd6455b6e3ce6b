"""From evidence to one finding card: a claim to sign, a cell for the notebook, lines for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from jupyter_coimprove.digests import digest_json
from jupyter_coimprove.evidence.effects import Evidence
from jupyter_coimprove.evidence.finding import Finding, Reference
from jupyter_coimprove.evidence.printing import (
    clean,
    code,
    decimals_of,
    escape,
    key,
    p_value,
    percent,
    printed,
)
from jupyter_coimprove.evidence.saying import (
    Runs,
    arms_behind,
    bounds,
    decimals,
    finite,
    runs_of,
    sayable,
    unchanged,
)
from jupyter_coimprove.evidence.sentences import Telling
from jupyter_coimprove.experiments.experiment import Experiment

_COUNTS = (
    ("registered", "registered"), ("reported", "reported"), ("abandoned", "abandoned"),
    ("same_response", "on the same response"),
)  # fmt: skip
_RUN_COUNTS = ("completed", "failed", "timed_out", "cancelled", "lost", "reused")


def finding(
    evidence: Evidence,
    experiment: Experiment,
    *,
    id: str,
    notebook: str,
    runs: Runs,
    deviations: Sequence[str],
    counts: Mapping[str, int],
) -> Finding:
    """The finding of an experiment; every number in its claim is a reference, in order.

    ``runs`` gives the run of (arm, block). ``counts`` may hold ``runs`` and its parts
    (``completed failed timed_out cancelled lost reused``) and the denominators of
    STATISTICS 19: ``registered reported abandoned same_response``, and ``pilots`` beside them.
    """
    telling = Telling(evidence, experiment, runs)
    effects = evidence.effects
    if not effects:
        telling.baseline_only()
    elif len(effects) == 1:
        telling.treatment(effects[0], scope=True)
    else:
        telling.lead()
        telling.prose.say("\n")
        for effect in effects:
            telling.prose.say("\n- ")
            telling.treatment(effect, scope=False)
        telling.prose.say("\n\n")
    before = len(telling.prose.text)
    telling.interactions()
    telling.controls()
    telling.hypothesis()
    telling.failures()
    telling.residual()
    telling.closing(deviations)
    claim, references = _tidy(telling.prose.text, telling.prose.references, before)
    made = Finding(
        id=id, experiment=experiment.id, notebook=notebook, claim=claim,
        verdicts={effect.arm: sayable(effect, evidence.rules) for effect in effects},
        references=(*references, *_unprinted(evidence, experiment, runs)),
        deviations=tuple(deviations), status=experiment.plan.status,
        extra=_extra(evidence, experiment, runs, counts),
    )  # fmt: skip
    made = Finding.from_dict(_storable(made.as_dict()))
    return replace(made, digest=digest(made))


def _storable(value: Any) -> Any:
    """The same JSON with lone surrogates replaced, as UTF-8 and a digest need it (F24)."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Mapping):
        return {_storable(name): _storable(of) for name, of in value.items()}
    return [_storable(of) for of in value] if isinstance(value, (list, tuple)) else value


def digest(finding: Finding) -> str:
    """What a decision on this finding is on: everything but its id."""
    content = finding.as_dict()
    return digest_json({name: content[name] for name in content if name not in ("id", "digest")})


def _tidy(text: str, references: Sequence[Reference], at: int) -> tuple[str, tuple[Reference, ...]]:
    """Without the blank with which a paragraph would open at ``at``."""
    if text[at - 1 : at] != "\n" or text[at : at + 1] != " ":
        return text, tuple(references)
    moved = tuple(replace(r, start=r.start - 1) if r.start > at else r for r in references)
    return text[:at] + text[at + 1 :], moved


def _unprinted(evidence: Evidence, experiment: Experiment, runs: Runs) -> list[Reference]:
    """Numbers that the claim does not print and a person may: means, spreads, p, blocks won."""
    metric = experiment.plan.response.name
    out: list[Reference] = []

    def add(text: str, value: float, path: str, arm: str, quantity: str, of: tuple[str, ...]) -> None:
        out.append(
            Reference(text=text, key=path, value=value, runs=of, arm=arm, quantity=quantity, metric=metric)
        )

    for arm in evidence.arms:
        of, places = runs_of(runs, (arm.arm,)), decimals_of(finite(arm.sd), arm.mean)
        for quantity, value in (("mean", finite(arm.mean)), ("sd", finite(arm.sd))):
            if value is not None:
                add(printed(value, places), value, key("arms", arm.arm, quantity), arm.arm, quantity, of)
    for effect in evidence.effects:
        behind = arms_behind(evidence.rules, effect.arm)
        of = runs_of(runs, behind, [block for block, _ in effect.points])
        for quantity, value in (("p", finite(effect.p)), ("p_adjusted", finite(effect.p_adjusted))):
            if value is not None:
                add(p_value(value)[1], value, key("effects", effect.arm, quantity), effect.arm, quantity, of)
        if effect.better[1]:
            won, path = effect.better[0], key("effects", effect.arm, "better")
            add(str(won), float(won), path, effect.arm, "better", of)
    for one in evidence.secondary:
        for effect in one.effects:
            behind = arms_behind(evidence.rules, effect.arm)
            of = runs_of(runs, behind, [block for block, _ in effect.points])
            for quantity, value in (
                ("estimate", effect.estimate),
                ("low", effect.low),
                ("high", effect.high),
            ):
                if (number := finite(value)) is not None:
                    path = key("secondary", one.response, effect.arm, quantity)
                    out.append(
                        Reference(
                            text=printed(number, decimals(effect), sign=True), key=path, value=number, runs=of,
                            arm=effect.arm, quantity=quantity, metric=one.response,
                        )
                    )  # fmt: skip
    return out


def secondary_lines(evidence: Evidence) -> list[str]:
    """A line a secondary response and treatment; without a verdict unless one was registered."""
    out = []
    for one in evidence.secondary:
        for effect in one.effects:
            estimate, ends = finite(effect.estimate), bounds(effect)
            if estimate is None:
                continue
            places = decimals(effect)
            interval = ""
            if ends is not None:
                interval = f" ({percent(effect.level)} interval {' to '.join(printed(end, places, sign=True) for end in ends)})"
            mark = (
                f"{effect.verdict}, Holm over all secondary responses"
                if one.tested
                else "secondary, not adjusted, no verdict"
            )
            change = printed(estimate, places, sign=True)
            out.append(f"{code(one.response)} changes by {change}{interval} with {code(effect.arm)}: {mark}")
    return out


def effect_rows(evidence: Evidence) -> list[dict[str, Any]]:
    """One row a treatment, numbers both as they are and as printed; JSON."""
    rows = []
    for effect in evidence.effects:
        places, ends, estimate = decimals(effect), bounds(effect), finite(effect.estimate)
        rows.append({
            "arm": effect.arm, "verdict": _verdict(sayable(effect, evidence.rules), effect.tested, unchanged(effect)),
            "estimate": estimate, "low": ends[0] if ends else None, "high": ends[1] if ends else None,
            "change": "" if estimate is None else printed(estimate, places, sign=True),
            "interval": "" if ends is None else " to ".join(printed(end, places, sign=True) for end in ends),
            "level": percent(effect.level), "n": effect.n, "planned": effect.planned,
            "better": list(effect.better), "p_adjusted": finite(effect.p_adjusted), "notes": list(effect.notes),
        })  # fmt: skip
    return rows


def _extra(
    evidence: Evidence, experiment: Experiment, runs: Runs, counts: Mapping[str, int]
) -> dict[str, Any]:
    plan = experiment.plan
    return {
        "question": plan.question, "response": plan.response.name, "direction": plan.response.direction,
        "baseline": evidence.rules.baseline, "block_kind": evidence.rules.block_kind,
        "blocks": len(evidence.rules.blocks), "effects": effect_rows(evidence), "counts": dict(counts),
        "runs": [[arm, block, run] for (arm, block), run in runs.items() if run],
        "notes": list(evidence.notes),
        "secondary": secondary_lines(evidence),
        "controls": [f"{one.arm}: {one.sentence}" for one in evidence.controls],
    }  # fmt: skip


def _verdict(verdict: str, tested: bool, still: bool) -> str:
    if still:
        return "no change observed"
    return verdict if tested else "not tested"


def markdown(finding: Finding, *, figures: bool) -> str:
    """The text of the cell that an accepted finding becomes; ``figures`` draws the intervals as text.

    No HTML, no picture: it reads the same on GitHub, in a diff and in an editor.
    """
    extra = finding.extra
    parts = [f"### Finding: {escape(str(extra.get('question') or 'what the runs show'))}", finding.claim]
    if rows := extra.get("effects"):
        parts.append(_table(rows, str(extra.get("response", "response"))))
        if figures and (drawn := interval_plot(rows)):
            parts.append("```text\n" + drawn.replace("```", "'''") + "\n```")
    if lines := extra.get("secondary"):
        parts.append("Secondary responses:\n\n" + "\n".join(f"- {line}" for line in lines))
    if finding.deviations:
        parts.append(
            "Deviations from the plan:\n\n" + "\n".join(f"- {escape(d)}" for d in finding.deviations)
        )
    if notes := _notes(extra):
        parts.append("Notes:\n\n" + "\n".join(f"- {escape(note)}" for note in notes))
    parts.append(status_line(finding, mark=code))
    return "\n\n".join(parts) + "\n"


def plain(finding: Finding, *, width: int = 96) -> str:
    """The finding for a terminal: claim, intervals as text, deviations, status."""
    import textwrap

    def wrap(text: str, indent: str = "") -> str:
        return textwrap.fill(
            text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        )

    lines = [wrap(line, "  " if line.startswith("- ") else "") for line in finding.claim.splitlines()]
    parts = ["\n".join(lines)]
    if drawn := interval_plot(finding.extra.get("effects", ())):
        parts.append(drawn)
    listed = [f"deviation: {d}" for d in finding.deviations] + [f"note: {n}" for n in _notes(finding.extra)]
    if listed:
        parts.append("\n".join(wrap(f"- {clean(line)}", "  ") for line in listed))
    parts.append(wrap(status_line(finding)))
    return "\n\n".join(parts)


def _notes(extra: Mapping[str, Any]) -> list[str]:
    notes = [str(note) for name in ("controls", "notes") for note in extra.get(name, ())]
    for row in extra.get("effects", ()):
        notes += [f"{row['arm']}: {note}" for note in row.get("notes", ())]
    return list(dict.fromkeys(notes))


def _table(rows: Sequence[Mapping[str, Any]], response: str) -> str:
    """A small table of effects; the level stands in the head when all rows share it."""
    levels = {row["level"] for row in rows if row["interval"]}
    shared = levels.pop() if len(levels) == 1 else ""
    head = (
        f"| treatment | change in {_cell(response)} | {shared + ' ' if shared else ''}interval | "
        "blocks | better in | verdict |"
    )
    lines = [head, "|---|--:|:-:|--:|--:|---|"]
    for row in rows:
        interval = row["interval"] or "–"
        if row["interval"] and not shared:
            interval += f" ({row['level']})"
        blocks = str(row["n"]) if row["n"] == row["planned"] else f"{row['n']} of {row['planned']}"
        won, of = row["better"]
        cells = (
            _cell(row["arm"]), row["change"] or "–", interval, blocks,
            f"{won} of {of}" if of else "–", row["verdict"],
        )  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(name: str) -> str:
    # In a table of GitHub's Markdown a bar ends the cell even inside a code span.
    return code(name).replace("|", "\\|")


def status_line(finding: Finding, mark: Callable[[str], str] = str) -> str:
    """Experiment, finding, blocks, runs, and the denominator, in one line."""
    extra, counts = finding.extra, finding.extra.get("counts", {})
    parts = [finding.status, f"experiment {mark(finding.experiment)}", f"finding {mark(finding.id)}"]
    if blocks := extra.get("blocks"):
        kind = extra.get("block_kind", "")
        parts.append(
            f"{blocks} block{'' if blocks == 1 else 's'}" + (f" ({kind})" if kind not in ("", "none") else "")
        )
    if total := counts.get("runs", len(extra.get("runs", ()))):
        states = ", ".join(f"{counts[s]} {s.replace('_', ' ')}" for s in _RUN_COUNTS if counts.get(s))
        parts.append(f"{total} run{'' if total == 1 else 's'}" + (f" ({states})" if states else ""))
    denominators = [f"{counts[name]} {words}" for name, words in _COUNTS if name in counts]
    if denominators:
        parts.append("experiments here: " + ", ".join(denominators))
    if pilots := counts.get("pilots"):
        parts.append(f"{pilots} pilot{'' if pilots == 1 else 's'} beside them")
    text = " · ".join(parts)
    return text[:1].upper() + text[1:]


def interval_plot(rows: Sequence[Mapping[str, Any]], width: int = 45) -> str:
    """Intervals and estimates on one axis with its zero, as text; empty when there is none to draw."""
    shown = [row for row in rows if row["estimate"] is not None]
    ends: list[float] = [
        v for row in shown for v in (row["low"], row["estimate"], row["high"]) if v is not None
    ]
    if not ends or max(ends) == min(ends) == 0:
        return ""
    low, high = min(0.0, *ends), max(0.0, *ends)

    def column(value: float) -> int:
        return round((value - low) / (high - low) * (width - 1))

    names = [name if len(name) <= 28 else name[:27] + "…" for name in (clean(row["arm"]) for row in shown)]
    pad = max(len(name) for name in names)
    lines = []
    for name, row in zip(names, shown, strict=True):
        line = [" "] * width
        line[column(0.0)] = "┊"
        if row["low"] is not None and row["high"] is not None:
            left, right = column(row["low"]), column(row["high"])
            line[left : right + 1] = "─" * (right - left + 1)
            line[left], line[right] = "├", "┤"
        line[column(row["estimate"])] = "●"
        lines.append(f"{name:<{pad}}  {''.join(line)}  {row['change']}")
    zero = " " * (pad + 2 + column(0.0))
    return "\n".join([*lines, zero + "0"])
