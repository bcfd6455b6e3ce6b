"""The effects plot as static SVG: every point, the interval, the estimate, and zero."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_coimprove.evidence.effects import Effect
from jupyter_coimprove.evidence.printing import MINUS, clean, printed
from jupyter_coimprove.evidence.saying import finite
from jupyter_coimprove.writeup.elements import Markup, h, join

WIDTH, LEFT, RIGHT, ROW, TOP = 780.0, 160.0, 545.0, 34.0, 12.0


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Round numbers within [low, high] around zero, about ``wanted`` (steps of 1, 2 or 5)."""
    raw = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [i * step for i in range(first, last + 1)]


def effects_plot(
    effects: Sequence[Effect], rows: Sequence[Mapping[str, Any]], *, response: str, caption: str, id: str
) -> Markup | None:
    """One row a treatment on a common axis; None when no effect has an estimate.

    A filled mark is a decided effect, a hollow one an undecided: nothing rests on colour. The
    colour is the text's, so that both themes and print can be read.
    """
    shown = [(e, r) for e, r in zip(effects, rows, strict=True) if finite(e.estimate) is not None]
    values = [
        v for e, _ in shown for v in (finite(e.low), finite(e.estimate), finite(e.high), *(p for _, p in e.points))
        if v is not None
    ]  # fmt: skip
    if not shown:
        return None
    low, high = min(0.0, *values), max(0.0, *values)
    if low == high:
        low, high = -1.0, 1.0
    pad = 0.04 * (high - low)
    low, high = low - pad, high + pad

    def x(value: float) -> float:
        return LEFT + (value - low) / (high - low) * (RIGHT - LEFT)

    bottom = TOP + ROW * len(shown)
    marks = [h("line", class_="zero", x1=x(0.0), x2=x(0.0), y1=TOP - 6, y2=bottom + 4)]
    for position, (effect, row) in enumerate(shown):
        marks.append(_row(effect, row, x, TOP + ROW * (position + 0.5)))
    steps = ticks(low, high)
    places = -math.floor(math.log10(steps[1] - steps[0]) + 1e-9) if len(steps) > 1 else 2
    marks.append(h("line", class_="axis", x1=LEFT, x2=RIGHT, y1=bottom + 4, y2=bottom + 4))
    for tick in steps:
        label = printed(tick, places) if tick else "0"
        marks.append(h("line", class_="axis", x1=x(tick), x2=x(tick), y1=bottom + 4, y2=bottom + 9))
        marks.append(
            h(
                "text",
                label,
                class_="tick",
                x=x(tick),
                y=bottom + 22,
                text_anchor="middle",
            )
        )
    marks.append(
        h("text", f"change in {_short(response, 40)}, treatment {MINUS} baseline", class_="label",
          x=(LEFT + RIGHT) / 2, y=bottom + 40, text_anchor="middle")
    )  # fmt: skip
    title = h("title", caption, id=f"{id}-title")
    return h(
        "svg", title, join(marks), viewBox=f"0 0 {WIDTH:.0f} {bottom + 48:.0f}", role="img",
        class_="effects", aria_labelledby=f"{id}-title",
    )  # fmt: skip


def _row(effect: Effect, row: Mapping[str, Any], x: Any, y: float) -> Markup:
    parts = [h("text", _short(effect.arm, 20), class_="arm", x=0.0, y=y + 4)]
    for index, (_, difference) in enumerate(effect.points):
        # A fixed zigzag keeps equal points apart; it carries no meaning.
        parts.append(h("circle", class_="point", cx=x(difference), cy=y + 9 + 3 * (index % 2), r=2.2))
    low, high = finite(effect.low), finite(effect.high)
    if low is not None and high is not None:
        parts.append(h("line", class_="interval", x1=x(low), x2=x(high), y1=y, y2=y))
        parts += [
            h("line", class_="interval", x1=x(end), x2=x(end), y1=y - 4, y2=y + 4) for end in (low, high)
        ]
    decided = row["verdict"] in ("better", "worse", "equivalent")
    parts.append(
        h("circle", class_="estimate" if decided else "estimate open", cx=x(effect.estimate), cy=y, r=4.2)
    )
    parts.append(h("text", row["change"], class_="value", x=RIGHT + 66, y=y + 4, text_anchor="end"))
    parts.append(h("text", row["verdict"], class_="verdict", x=RIGHT + 84, y=y + 4))
    said = f"{effect.arm}: {row['change']}" + (
        f", {row['level']} interval {row['interval']}" if row["interval"] else ""
    )
    return h("g", h("title", f"{said}; {row['verdict']}"), join(parts))


def _short(name: str, most: int) -> str:
    name = clean(name)
    return name if len(name) <= most else name[: most - 1] + "…"
