"""How the findings of checks look."""

from __future__ import annotations

from jupyter_coimprove.interfaces.display.sheet import Block, Heading, Line, Tone, changes, facts
from jupyter_coimprove.interfaces.display.sheets import body
from jupyter_coimprove.workbench import views as v

_STATES: dict[str, tuple[str, Tone]] = {
    "pending": ("", ""),
    "deferred": ("decided later", "open"),
    "accepted": ("accepted: a problem", "bad"),
    "rejected": ("judged not a problem", "muted"),
}


@body.register
def _(view: v.CheckView) -> list[Block]:
    blocks: list[Block] = [Line(f"probed: {line}", "") for line in view.seen]
    blocks += [Line(f"not probed: {line}", "open") for line in view.unseen]
    for number, row in enumerate(view.findings, start=1):
        at = row.file or f"cell {row.cell}"
        blocks.append(Heading(f"{number}. {at}, line {row.line}: {row.title}"))
        said, tone = _STATES.get(row.state, (row.state, ""))
        if said:
            blocks.append(Line(said, tone))
        blocks += [
            Line(f"{row.evidence[:1].upper()}{row.evidence[1:]}."),
            Line(row.why, "muted"),
            facts(
                ("fix", row.fix),
                ("sure", row.confidence),
                ("rests on", "; ".join(_place(place) for place in row.trail)),
                ("runs", row.experiment),
                ("id", row.id),
            ),
        ]
        if row.diff:
            blocks.append(changes("a change that mends it (shown, not applied)", row.diff))
    return blocks


def _place(place: v.PlaceRow) -> str:
    return f"{place.file or f'cell {place.cell}'}, line {place.line}"
