"""Curves, as cells print them or keep them: those that go nowhere, the wrong way, or apart."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jupyter_coimprove.activities.activity import Card
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.metrics import direction, role
from jupyter_coimprove.notebook.ours import asks_us
from jupyter_coimprove.notebook.outputs import stream_text

#: Fewer points are no curve.
FEWEST = 5
#: A curve that moves by less than this share of its level over all its points is flat.
FLAT = 0.01
_PAIR = re.compile(r"([A-Za-z][A-Za-z _@\-/0-9]{0,40}?)\s*[:=]?\s*((?<![\w.])[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+|nan|inf)(?![\w.]*\w))(\s?%)?", re.IGNORECASE)  # fmt: skip
_COUNTER = re.compile(
    r"(?i)\b(?:epochs?|steps?|iter\w*|batch\w*|fold|round|time|lr|learning rate|seconds?|eta)\b"
)


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One name's values in the order they were given; ``cell`` counts from 1, and is 0 where none is known."""

    name: str
    cell: int
    values: tuple[float, ...]


def curves(notebook: Notebook) -> list[Curve]:
    """Names that several lines of a cell's output give a number to, as training loops print them."""
    out = []
    for cell in notebook.code_cells:
        if asks_us(cell):
            continue
        lines: dict[str, list[float]] = {}
        for line in stream_text(cell).splitlines():
            for name, value, _ in _PAIR.findall(line.rpartition("\r")[2]):
                plain = " ".join(name.strip(" -_/").lower().split())
                if plain and not _COUNTER.fullmatch(plain) and direction(plain) != "unknown":
                    lines.setdefault(plain, []).append(float(value))
        out += [
            Curve(name=name, cell=cell.index + 1, values=tuple(values))
            for name, values in lines.items() if len(values) >= FEWEST
        ]  # fmt: skip
    return out


def troubled(found: Sequence[Curve]) -> Iterator[Card]:
    """A card a curve that diverges or stays flat, and one a pair that comes apart (over-fitting)."""
    for one in found:
        finite = [value for value in one.values if math.isfinite(value)]
        way = direction(one.name)
        if len(finite) < len(one.values):
            at = next(i for i, value in enumerate(one.values) if not math.isfinite(value))
            yield _card(
                one,
                "diverges",
                f"`{one.name}` is {one.values[at]:g} from its point {at + 1} of {len(one.values)}",
                0.9,
            )
            continue
        if way == "max":
            finite = [-value for value in finite]
        best, first, last = min(finite), finite[0], finite[-1]
        span = max(finite) - best
        level = max(abs(first), 1e-12)
        if last > first and last - best > 0.5 * max(abs(best), 1e-12) and way == "min":
            yield _card(
                one,
                "diverges",
                f"`{one.name}` rises from {first:.4g} to {last:.4g} over {len(finite)} points",
                0.85,
            )
        elif span <= FLAT * level:
            yield _card(
                one,
                "flat",
                f"`{one.name}` moves by {span:.2g} over {len(finite)} points, from {one.values[0]:.4g} to {one.values[-1]:.4g}",
                0.7,
            )
        elif role(one.name) in ("test", "validation") and _turned(finite):
            at = finite.index(best) + 1
            yield _card(
                one,
                "apart",
                f"`{one.name}` is best at point {at} of {len(finite)} ({one.values[at - 1]:.4g}) and ends at {one.values[-1]:.4g}",
                0.65,
            )


def _turned(values: Sequence[float]) -> bool:
    """Whether the best is well before the end and what was gained is lost by more than a tenth; smaller is better."""
    best = min(values)
    gained, lost = values[0] - best, values[-1] - best
    return (
        values.index(best) < 0.7 * (len(values) - 1)
        and gained > 0
        and lost > 0.1 * gained
        and min(values[-2:]) > best
    )


def _card(one: Curve, how: str, evidence: str, weight: float) -> Card:
    titles = {
        "diverges": f"`{one.name}` diverges", "flat": f"`{one.name}` is flat",
        "apart": f"`{one.name}` gets worse after its best point",
    }  # fmt: skip
    untried = {
        "diverges": ("a smaller learning rate", "gradients clipped", "inputs scaled"),
        "flat": ("another learning rate", "whether labels and inputs belong together"),
        "apart": ("stopping at the best point", "more regularization", "more data"),
    }  # fmt: skip
    return Card(
        kind="problem", title=titles[how], key=f"curve:{one.cell}:{one.name}:{how}", goal=f"`{one.name}` improves to its end",
        evidence=(evidence,), untried=untried[how], weight=weight, cells=(one.cell,) if one.cell else (), data={"source": "curve", "how": how},
    )  # fmt: skip
