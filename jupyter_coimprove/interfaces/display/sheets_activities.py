"""How an activity looks: what was computed, the cards that wait, and what a model would add."""

from __future__ import annotations

from jupyter_coimprove.interfaces.display.numbers import number
from jupyter_coimprove.interfaces.display.sheet import (
    Block,
    Cell,
    Column,
    Facts,
    Heading,
    Items,
    Line,
    Shown,
    Table,
    Tone,
    Verbatim,
    Words,
    facts,
)
from jupyter_coimprove.interfaces.display.sheets import body
from jupyter_coimprove.workbench import views as v

_STATES: dict[str, tuple[str, Tone]] = {
    "pending": ("", ""), "deferred": ("decided later", "open"), "accepted": ("accepted", "good"),
    "rejected": ("rejected", "muted"), "superseded": ("no longer found", "muted"),
}  # fmt: skip
#: Kinds of output that doors draw, the most telling first; no markup is among them.
_KINDS = ("image/png", "image/jpeg", "text/plain")


@body.register
def _(view: v.ActivityView) -> list[Block]:
    blocks: list[Block] = []
    for part in view.sections:
        blocks += _section(part)
    for place, card in enumerate(view.cards, start=1):
        blocks += _card(place, card)
    if view.unseen:
        blocks += [Heading("Not looked at"), Items(view.unseen, tone="muted")]
    if view.files:
        blocks += [Heading("Written"), Items(view.files)]
    if view.words:
        blocks += [Heading(f"{view.model} over these facts"), Words(view.words)]
    elif view.adds:
        blocks.append(Line(f"Without a model this is all computed; {view.adds}.", "muted"))
    return blocks


def _section(part: v.SectionRow) -> list[Block]:
    blocks: list[Block] = [Heading(part.title)]
    if part.facts:
        blocks.append(Facts(part.facts))
    blocks += [Line(line) for line in part.lines]
    if part.columns:
        numeric = [
            any(isinstance(row[i], int | float) for row in part.rows)
            and not any(isinstance(row[i], str) for row in part.rows)
            for i in range(len(part.columns))
        ]
        columns = tuple(
            Column(name, number=is_number) for name, is_number in zip(part.columns, numeric, strict=True)
        )
        blocks.append(Table(columns, tuple(tuple(Cell(_entry(one)) for one in row) for row in part.rows)))
    if part.code:
        blocks.append(Verbatim(part.code, part.language))
    for one in part.shown:
        kind = next((kind for kind in _KINDS if kind in one.data), "")
        blocks.append(Shown(one.title, kind, one.data.get(kind, ""), one.file))
    return blocks


def _entry(one: str | int | float | None) -> str:
    if one is None:
        return ""
    return one if isinstance(one, str) else str(one) if isinstance(one, int) else number(one)


def _card(place: int, card: v.CardRow) -> list[Block]:
    blocks: list[Block] = [Heading(f"{place}. {card.title}")]
    said, tone = _STATES.get(card.state, (card.state, ""))
    if said:
        blocks.append(Line(said, tone))
    blocks += [Line(line) for line in card.evidence]
    blocks.append(
        facts(
            ("goal", card.goal),
            ("cells", ", ".join(map(str, card.cells))),
            ("known", "; ".join(card.known)),
            ("not tried", "; ".join(card.untried)),
            ("rests on", ", ".join(card.used)),
            ("by", card.author if card.author_kind == "person" else ""),
            ("id", card.id),
        )
    )
    if card.next:
        blocks.append(Items(tuple(f"coimprove {one}" for one in card.next), mark="→"))
    return blocks
