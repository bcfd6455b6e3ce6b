"""Evidence as Vega-Lite charts and as rows of a table: all points shown, nothing by colour alone."""

from __future__ import annotations

from typing import Any, Literal

from jupyter_coimprove.evidence.effects import Effect, Evidence
from jupyter_coimprove.evidence.saying import finite

Theme = Literal["both", "light", "dark"]

#: Ink by theme. No one colour has a contrast of 4.5 on white and on #111111 alike (the two limits
#: leave 4.35 at most), so ``both`` takes the grey in the middle and the others a full contrast.
_INK: dict[Theme, str] = {"both": "#79797a", "light": "#424242", "dark": "#c8c8c8"}
#: Marks (at least 3 on both backgrounds): blue better, orange worse, grey what is not decided.
_COLOUR = {"better": "#2f80d0", "worse": "#c8641e", "equivalent": "#8f6fc0", "undecided": "#808080"}
_SHAPE = {"better": "triangle-up", "worse": "triangle-down", "equivalent": "square", "undecided": "circle"}


def effects_chart(
    evidence: Evidence, *, title: str, unit: str = "", theme: Theme = "both", width: int = 420
) -> dict[str, Any]:
    """Vega-Lite of the effects: interval, estimate and every block's difference, by treatment.

    The zero line is drawn, and the margin as a band where one is registered; the verdict is a
    shape and a word beside it. ``theme`` ``both`` is readable on light and dark backgrounds.
    """
    import altair as alt

    rules = evidence.rules
    effects, order = evidence.effects, [effect.arm for effect in evidence.effects]
    rows = [_chart_row(effect) for effect in effects]
    points = [
        {"treatment": effect.arm, "block": block, "difference": difference}
        for effect in effects
        for block, difference in effect.points
    ]
    y = alt.Y("treatment:N", sort=order, title=None, axis=alt.Axis(labelLimit=240))
    what = f"difference to {rules.baseline}" + (f" in {unit}" if unit else "")
    arrow = "higher is better →" if rules.direction == "max" else "← lower is better"
    scale = alt.Scale(zero=True, nice=True)
    x = alt.X("difference:Q", title=f"{what}  ({arrow})", scale=scale)
    layers: list[Any] = []
    if rules.margin is not None:
        band = alt.Chart(alt.Data(values=[{"from": -rules.margin, "to": rules.margin}]))
        layers.append(band.mark_rect(opacity=0.18, color="#8f6fc0").encode(x=alt.X("from:Q"), x2="to:Q"))
    zero = alt.Chart(alt.Data(values=[{"zero": 0}]))
    layers.append(zero.mark_rule(strokeDash=[4, 3], color="#808080").encode(x="zero:Q"))
    dots = alt.Chart(alt.Data(values=points)).mark_point(shape="stroke", angle=90, size=110, opacity=0.85)
    layers.append(
        dots.encode(
            x=x, y=y, yOffset=alt.value(13), color=alt.value("#808080"),
            tooltip=["treatment:N", "block:N", alt.Tooltip("difference:Q", format=".4g")],
        )
    )  # fmt: skip
    colour = alt.Color(
        "verdict:N", legend=None, scale=alt.Scale(domain=list(_COLOUR), range=list(_COLOUR.values()))
    )
    shape = alt.Shape(
        "verdict:N", legend=None, scale=alt.Scale(domain=list(_SHAPE), range=list(_SHAPE.values()))
    )
    tips = ["treatment:N", "verdict:N", "effect:N", "interval:N", "blocks:N", "p:N"]
    base = alt.Chart(alt.Data(values=rows))
    whole = [row for row in rows if row["low"] is not None]
    intervals = alt.Chart(alt.Data(values=whole))
    layers += [
        intervals.mark_rule(strokeWidth=3).encode(
            x=alt.X("low:Q"), x2="high:Q", y=y, color=colour, tooltip=tips
        ),
        base.mark_point(filled=True, size=120, opacity=1).encode(
            x=alt.X("estimate:Q"), y=y, shape=shape, color=colour, tooltip=tips
        ),
        base.mark_text(align="left", dx=8, fontSize=12, color=_INK[theme]).encode(
            x=alt.value(width), y=y, text="label:N"
        ),
    ]
    chart = alt.layer(*layers).properties(title=title, width=width, height=alt.Step(44))
    return _finished(chart, theme)


def runs_chart(
    evidence: Evidence, *, title: str, unit: str = "", theme: Theme = "both", width: int = 420
) -> dict[str, Any]:
    """Vega-Lite of every response by arm, one line a block through the arms, and each arm's mean."""
    import altair as alt

    arms = [arm.arm for arm in evidence.arms]
    values = [
        {"arm": arm.arm, "block": block, "response": value}
        for arm in evidence.arms
        for block, value in arm.values
    ]
    means = [
        {"arm": arm.arm, "mean": arm.mean, "label": _arm_label(arm.completed, arm.planned)}
        for arm in evidence.arms
    ]
    y = alt.Y("arm:N", sort=arms, title=None, axis=alt.Axis(labelLimit=240))
    x = alt.X("response:Q", title=unit or "response", scale=alt.Scale(zero=False, nice=True))
    base = alt.Chart(alt.Data(values=values))
    layers = [
        base.mark_line(strokeWidth=1, opacity=0.35, color="#808080").encode(
            x=x, y=y, detail="block:N", order=alt.Order("block:Q")
        ),
        base.mark_point(filled=True, size=45, opacity=0.9, color="#2f80d0").encode(
            x=x, y=y, tooltip=["arm:N", "block:N", alt.Tooltip("response:Q", format=".5g")]
        ),
        alt.Chart(alt.Data(values=means)).mark_tick(thickness=3, size=22, color="#c8641e").encode(
            x=alt.X("mean:Q"), y=y, tooltip=["arm:N", alt.Tooltip("mean:Q", format=".5g"), "label:N"]
        ),
        alt.Chart(alt.Data(values=means)).mark_text(align="left", dx=8, fontSize=12, color=_INK[theme]).encode(
            x=alt.value(width), y=y, text="label:N"
        ),
    ]  # fmt: skip
    chart = alt.layer(*layers).properties(title=title, width=width, height=alt.Step(34))
    return _finished(chart, theme)


def table_rows(evidence: Evidence) -> list[dict[str, Any]]:
    """The effects as rows of a table: numbers as they are, None where there is none."""
    return [
        {
            "treatment": effect.arm, "verdict": effect.verdict, "estimate": effect.estimate, "low": effect.low,
            "high": effect.high, "level": effect.level, "p": effect.p, "p_adjusted": effect.p_adjusted,
            "blocks": effect.n, "planned": effect.planned, "better_in": effect.better[0],
            "compared": effect.better[1], "spread": effect.spread, "correlation": effect.correlation,
            "method": effect.method, "tested": effect.tested, "needed": effect.needed,
            "notes": "; ".join(effect.notes),
        }
        for effect in evidence.effects
    ]  # fmt: skip


def _arm_label(completed: int, planned: int) -> str:
    return f"{completed} of {planned}" if completed < planned else f"{completed} runs"


def _chart_row(effect: Effect) -> dict[str, Any]:
    def shown(value: float | None) -> str:
        return "–" if value is None else f"{value:+.3g}"

    verdict = effect.verdict if effect.tested else "not tested"
    return {
        "treatment": effect.arm, "verdict": effect.verdict, "label": verdict, "estimate": finite(effect.estimate),
        "low": finite(effect.low), "high": finite(effect.high), "effect": shown(effect.estimate),
        "interval": f"{shown(effect.low)} to {shown(effect.high)} ({effect.level:.4g})",
        "blocks": f"{effect.n} of {effect.planned}", "p": "–" if effect.p_adjusted is None else f"{effect.p_adjusted:.2g}",
    }  # fmt: skip


def _finished(chart: Any, theme: Theme) -> dict[str, Any]:
    """The specification with our colours, on a transparent ground, with the data inline."""
    ink, grid = _INK[theme], "#80808040"
    chart = (
        chart.configure(background="transparent")
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=ink, titleColor=ink, domainColor=grid, tickColor=grid, gridColor=grid,
            labelFontSize=12, titleFontSize=12, titleFontWeight="normal",
        )
        .configure_title(color=ink, anchor="start", fontSize=14, fontWeight="bold")
        .configure_text(color=ink)
    )  # fmt: skip
    out: dict[str, Any] = chart.to_dict()
    return out
