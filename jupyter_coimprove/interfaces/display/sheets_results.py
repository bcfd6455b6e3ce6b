"""What the runs show, on a screen: effects with intervals and verdicts, arms, noise, the finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_coimprove.evidence.printing import percent
from jupyter_coimprove.interfaces.display.numbers import Scale, interval, number, p
from jupyter_coimprove.interfaces.display.sheet import (
    Block,
    Cell,
    Heading,
    Items,
    Line,
    Tone,
    Verbatim,
    facts,
    prose,
    table,
)
from jupyter_coimprove.interfaces.display.sheets import body
from jupyter_coimprove.workbench import views as v

_VERDICTS: dict[str, tuple[str, Tone]] = {
    "better": ("▲", "good"), "worse": ("▼", "bad"), "equivalent": ("≈", "same"), "undecided": ("?", "open"),
    "supported": ("✓", "good"), "refuted": ("✗", "bad"),
}  # fmt: skip


def verdict(name: str) -> Cell:
    """A verdict with its sign: ▲ better, ▼ worse, ≈ equivalent, ? undecided."""
    mark, tone = _VERDICTS.get(name, ("", ""))
    return Cell(f"{mark} {name}".strip(), tone)


@body.register
def _(view: v.ResultsView) -> list[Block]:
    better = {"max": "higher is better", "min": "lower is better"}.get(view.direction, view.direction)
    blocks: list[Block] = [
        facts(
            ("experiment", f"{view.experiment} ({view.status})" if view.experiment else view.status),
            ("response", f"{view.response} ({better})"),
            ("baseline", view.baseline),
            ("smallest effect", number(view.smallest_effect) if view.smallest_effect is not None else ""),
            ("margin", f"±{number(view.margin)}" if view.margin is not None else ""),
        )
    ]
    blocks += _effects(view.effects)
    blocks += _over_tasks(view.over_tasks)
    blocks += _interactions(view.interactions)
    blocks += _secondary(view.secondary)
    if view.controls:
        rows = [
            (Cell(one.arm, "strong"), Cell(one.text, "bad" if one.alarm else "")) for one in view.controls
        ]
        blocks += [Heading("Beside the comparison"), table(("arm", "says"), rows)]
    if view.arms:
        blocks += [Heading("Arms by themselves"), _arms(view.arms)]
    if view.residual is not None:
        blocks.append(Line(_residual(view), "muted"))
    if view.notes:
        blocks.append(Items(view.notes))
    if view.deviations:
        blocks += [Heading("Deviations from the plan"), Items(view.deviations, mark="!", tone="open")]
    if view.claim:
        state = f" ({view.finding_state})" if view.finding_state else ""
        blocks += [Heading(f"Finding {view.finding}{state}".strip()), *claim(view.claim)]
    if view.prediction:
        blocks += [Heading("Your prediction"), Line(view.prediction)]
    if view.plot_file:
        blocks.append(Line(f"plot: {view.plot_file}", "muted"))
    return blocks


def _residual(view: v.ResultsView) -> str:
    """How much chance is left within a block, beside the spread over blocks, and what may cause it."""
    text = f"The baseline repeated in its own block differs by {number(view.residual)}"
    if view.residual_share is not None and view.residual:
        text += f" ({view.residual_share:.2g} times its sd over blocks)"
    if view.uncontrolled:
        text += f"; not controlled: {'; '.join(view.uncontrolled)}"
    return text + "."


def claim(text: str) -> list[Block]:
    """The claim, its first sentence strong."""
    blocks = prose(text)
    if blocks and isinstance(blocks[0], Line):
        blocks[0] = Line(blocks[0].text, "strong")
    return blocks


def _effects(effects: Sequence[v.EffectRow]) -> list[Block]:
    if not effects:
        return []
    scale = Scale(x for row in effects for x in (row.estimate, row.low, row.high))
    levels = {percent(row.level) for row in effects if row.low is not None}
    level = f" [{levels.pop()}]" if len(levels) == 1 else ""
    several = bool(levels)
    rows = []
    for row in effects:
        text = interval(row.estimate, row.low, row.high)
        if several and row.low is not None:
            text += f" {percent(row.level)}"
        adjusted = row.p_adjusted if row.p_adjusted is not None else row.p
        plot = Cell(scale.draw(row.estimate, row.low, row.high), fixed=True)
        rows.append(
            (Cell(row.arm, "strong"), verdict(row.verdict), text, p(adjusted), f"{row.n}/{row.planned}", plot)
        )
    axis: tuple[Cell | str, ...] = ("", "", "", "", "", Cell(scale.axis(), "muted", fixed=True))
    titles = ("arm", "verdict", f"effect{level}", "p", "blocks", "")
    notes = [note for row in effects for note in _effect_notes(row)]
    out: list[Block] = [Heading("Effects"), table(titles, [*rows, axis], numbers="234", fixed="5")]
    return [*out, Items(tuple(notes))] if notes else out


def _effect_notes(row: v.EffectRow) -> list[str]:
    out = [f"{row.arm}: {note}" for note in row.notes]
    if row.pairing:
        out.append(f"{row.arm}: {row.pairing}")
    if row.hypothesis:
        out.append(f"{row.arm}: the hypothesis is {verdict(row.hypothesis).text}")
    if row.verdict == "undecided" and row.needed:
        out.append(f"{row.arm}: the smallest effect of interest needs about {row.needed} blocks")
    if row.better[1] and row.p is not None:
        likely = f", P(better) {row.p_better[0]:.0%} to {row.p_better[1]:.0%}" if row.p_better else ""
        out.append(f"{row.arm}: better in {row.better[0]} of {row.better[1]} blocks ({row.method}{likely})")
    return out


def _over_tasks(rows: Sequence[Mapping[str, Any]]) -> list[Block]:
    if not rows:
        return []
    cells = [
        (Cell(str(row.get("treatment", "")), "strong"),
         interval(row.get("estimate"), row.get("low"), row.get("high")), str(row.get("tasks", "")))
        for row in rows
    ]  # fmt: skip
    titles = ("treatment", f"interquartile mean, change [{percent(rows[0].get('level', 0.95))}]", "tasks")
    return [Heading("Over all tasks (no verdict)"), table(titles, cells, numbers="12")]


def _interactions(rows: Sequence[Mapping[str, Any]]) -> list[Block]:
    if not rows:
        return []
    both = [row for row in rows if "alone" in row]
    rows = [row for row in rows if "alone" not in row]
    shown = _both_ways(both) if both else []
    if not rows:
        return shown
    cells = [
        (Cell(" = ".join([" × ".join(str(f) for f in row.get("factors", ())), *row.get("aliases", ())]), "strong"),
         interval(row.get("estimate"), row.get("low"), row.get("high")), p(row.get("p_adjusted", row.get("p"))))
        for row in rows
    ]  # fmt: skip
    return [
        *shown,
        Heading("Interactions"),
        table(("factors", "difference of differences", "p"), cells, numbers="12"),
    ]


def _secondary(rows: Sequence[Mapping[str, Any]]) -> list[Block]:
    if not rows:
        return []
    tested = any(row.get("verdict") for row in rows)
    cells = [
        (Cell(str(row.get("response")), "strong"), str(row.get("arm")), interval(row.get("estimate"), row.get("low"), row.get("high")),
         p(row.get("p_adjusted")), verdict(str(row.get("verdict"))) if row.get("verdict") else Cell(""), f"{row.get('n')}/{row.get('planned')}")
        for row in rows
    ]  # fmt: skip
    title = (
        "Secondary responses: Holm over all of them"
        if tested
        else "Secondary responses: not adjusted, no verdict"
    )
    return [
        Heading(title),
        table(("response", "arm", "effect", "p", "verdict", "blocks"), cells, numbers="235"),
    ]


def _both_ways(rows: Sequence[Mapping[str, Any]]) -> list[Block]:
    """What each factor does alone and put in last; a disagreement in sign stands out."""
    cells = [
        (Cell(str(next(iter(row.get("factors", ())), "")), "strong"), number(row.get("alone")), number(row.get("last")),
         interval(row.get("estimate"), row.get("low"), row.get("high")), p(row.get("p_adjusted")),
         Cell("disagree in sign" if row.get("opposed") else "", "open"))
        for row in rows
    ]  # fmt: skip
    return [
        Heading("Added alone and left out last"),
        table(("factor", "alone", "last", "difference", "p", ""), cells, numbers="1234"),
    ]


def _arms(arms: Sequence[v.ArmResult]) -> Block:
    rows = []
    for arm in arms:
        failed = ", ".join(f"{count} {reason}" for reason, count in arm.failures.items())
        # None in n: the exact bound of the rate at 95 %, 1 − .05^(1/n).
        none = "" if arm.failure_bound is None else f"none (rate under {arm.failure_bound:.0%})"
        done = f"{arm.completed}/{arm.planned}"
        rows.append(
            (
                Cell(arm.arm, "strong"),
                number(arm.mean),
                number(arm.sd),
                done,
                Cell(failed or none, "bad" if failed else ""),
            )
        )
    return table(("arm", "mean", "sd", "completed", "failed"), rows, numbers="123")


@body.register
def _(view: v.FindingView) -> list[Block]:
    verdicts = [(Cell(arm, "strong"), verdict(name)) for arm, name in view.verdicts.items()]
    unbacked = sum(not ref.get("runs") for ref in view.references)
    backed = f"{len(view.references)} numbers" + (
        f", {unbacked} without a run" if unbacked else ", each backed by runs"
    )
    blocks: list[Block] = [
        facts(
            ("finding", f"{view.id} ({view.state}, {view.status})"), ("experiment", view.experiment),
            ("notebook", view.notebook), ("numbers", backed if view.references else ""),
        ),
        *claim(view.claim),
    ]  # fmt: skip
    if verdicts:
        blocks.append(table(("arm", "verdict"), verdicts))
    if view.deviations:
        blocks += [Heading("Deviations from the plan"), Items(view.deviations, mark="!", tone="open")]
    if view.markdown and view.markdown.strip() != view.claim.strip():
        blocks += [Heading("The cell it becomes"), Verbatim(view.markdown)]
    return blocks


@body.register
def _(view: v.NoiseView) -> list[Block]:
    blocks: list[Block] = [
        facts(
            ("source", view.source), ("response", view.response), ("runs", str(view.n)),
            ("mean", number(view.mean)),
            ("spread (sd)", number(view.sd) + (f", at most {number(view.sd_upper)}" if view.sd_upper is not None else "")),
            ("visible", f"at {view.blocks} blocks, differences from {number(view.visible)}" if view.visible is not None else ""),
            ("experiment", view.experiment),
        )
    ]  # fmt: skip
    if view.values:
        blocks += [Heading("Values"), Verbatim(strip(view.values))]
    if view.claims:
        titles = list(dict.fromkeys(key for claim in view.claims for key in claim))
        rows = [tuple(_plain(claim.get(key)) for key in titles) for claim in view.claims]
        blocks += [Heading("Claims"), table([title.replace("_", " ") for title in titles], rows)]
    if view.notes:
        blocks.append(Items(view.notes))
    return blocks


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(float(value))
    return "–" if value is None else str(value)


def strip(values: Sequence[float], width: int = 41) -> str:
    """Every value as a point on one line (digits where several coincide), ends labelled."""
    low, high = min(values), max(values)
    counts = [0] * width
    for value in values:
        counts[round((value - low) / (high - low) * (width - 1)) if high > low else width // 2] += 1
    marks = "".join(" " if not c else "●" if c == 1 else str(c) if c < 10 else "#" for c in counts)
    return f"{number(low)} ┤{marks}├ {number(high)}"


@body.register
def _(view: v.SkillView) -> list[Block]:
    rows = [
        (Cell(f"{row.get('by')} ({row.get('kind')})", "strong"), str(row.get("experiments")), f"{row.get('agreeing')}/{row.get('pairs')}",
         number(row.get("tau")), str(row.get("items")), number(row.get("brier")), number(row.get("brier_skill")), number(row.get("pinball_skill")))
        for row in view.forecasters
    ]  # fmt: skip
    titles = ("forecaster", "experiments", "order", "tau", "chances", "Brier", "skill", "quantile skill")
    blocks: list[Block] = [
        facts(("base rate", f"{number(view.base_rate)} of {view.effects} effects were better")),
        table(titles, rows, numbers="1234567"),
    ]
    if view.shared:
        lines = tuple(
            f"{row.get('one')} and {row.get('other')}: {row.get('sentence')}" for row in view.shared
        )
        blocks += [Heading("On the items that both predicted"), Items(lines)]
    return blocks
