"""Answers to free text, exactly what would be sent, and what was used."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_coimprove.interfaces.display.laid_out import laid_out
from jupyter_coimprove.interfaces.display.sheet import (
    Block,
    Cell,
    Heading,
    Items,
    Line,
    Verbatim,
    Words,
    facts,
    table,
)
from jupyter_coimprove.interfaces.display.sheets import body
from jupyter_coimprove.workbench import views as v
from jupyter_coimprove.workbench.views_talk import StatedRow


@body.register
def _(view: v.AskView) -> list[Block]:
    blocks: list[Block] = [Words(view.text)] if view.text else []
    if view.asked:
        blocks += [
            Heading("It asks you"),
            Line(view.asked, "strong"),
            *([Items(view.options)] if view.options else []),
        ]
    if view.request is not None:
        blocks.append(Verbatim(laid_out(view.request)))
        blocks.append(Line("laid out to be read; --json has it to the byte", "muted"))
    return [*blocks, *_numbers(view), Line(about(view), "muted")]


def _numbers(view: v.AskView) -> list[Block]:
    """What backs the numbers of an answer, and those that nothing backs with what is nearest."""
    found: list[Block] = []
    if wrong := _by_reason([row for row in view.numbers if not row.backed]):
        found.append(Line(f"Nothing here backs: {wrong}", "bad"))
    if right := _by_reason([row for row in view.numbers if row.backed]):
        found.append(Line(f"Backed: {right}", "muted"))
    return found


def _by_reason(rows: Sequence[StatedRow]) -> str:
    """Numbers of one reason together, each once: a table of them would say it twenty times."""
    said: dict[str, dict[str, None]] = {}
    for row in rows:
        said.setdefault(row.why, {})[row.text] = None
    return "; ".join(f"{', '.join(texts)} ({why})" for why, texts in said.items())


def about(view: v.AskView) -> str:
    """Who answered, what was sent, and what it took, on one line."""
    parts = [view.provider, f"sent: {view.sent}"]
    if view.recorded:
        parts.append(f"the answer of {view.recorded[:16].replace('T', ' ')}, nothing was asked now")
    usage = view.usage
    read = sum(usage.get(kind, 0) for kind in ("input", "cache_read", "cache_write"))
    if read or usage.get("output"):
        cached = f" ({usage['cache_read']} from the cache)" if usage.get("cache_read") else ""
        parts.append(f"{read} tokens read{cached}, {usage.get('output', 0)} written")
    if view.cost is not None:
        parts.append(f"cost {view.cost:.3g}")
    return "; ".join(parts)


@body.register
def _(view: v.UsageView) -> list[Block]:
    rows = [
        (
            row.day, Cell(row.model or row.provider, "strong"), str(row.questions), str(row.requests), str(row.input),
            str(row.cache_read), str(row.cache_write), str(row.output), "" if row.cost is None else f"{row.cost:.4g}",
        )
        for row in view.rows
    ]  # fmt: skip
    titles = ("day", "model", "questions", "requests", "read", "from cache", "into cache", "written", "cost")
    today = f"{view.today_tokens} tokens" + ("" if view.today_cost is None else f", {view.today_cost:.4g}")
    return [
        *([table(titles, rows, numbers="2345678", fixed="0")] if rows else []),
        facts(("today", today), ("budgets", ", ".join(view.budgets) or "none set")),
    ]
