"""Cards as they are kept: found once, decided by a person, gone when they are no longer found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.digests import digest_json
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.registry import TOOL, Actor
from jupyter_coimprove.workbench.rows_activities import CardRow
from jupyter_coimprove.workbench.views_activities import ActivityView

if TYPE_CHECKING:
    from jupyter_coimprove.activities.activity import Card
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench

#: States of a card that stand; what was rejected stays away, what is superseded is no longer found.
STAND = ("pending", "deferred", "accepted")


def keep(
    bench: Bench, activity: str, notebook: str, cards: Sequence[Card], *, looked: frozenset[str] | None = None,
    author: Actor = TOOL,
) -> list[CardRow]:  # fmt: skip
    """Record what is new, refresh what is known, and let go of what is no longer found; the rows in order.

    ``notebook`` is its recorded name. ``looked`` are the kinds of cards that this look could have found
    (None: it lets go of nothing); a person's own cards are never let go of.
    """
    from jupyter_coimprove.record.base import Draft

    record = bench.record()
    known = {str(item.data["digest"]): item for item in of(bench, notebook, activity)}
    lines: list[Draft] = []
    rows: list[CardRow] = []
    found = set()
    for card in cards:
        digest = digest_of(activity, card)
        found.add(digest)
        data = {**fields(card), "activity": activity, "notebook": notebook, "digest": digest}
        old = known.get(digest)
        if old is None or old.state == "superseded":
            id_ = old.id if old else new_id("card", bench.clock)
            lines.append(Draft(id=id_, kind="card", event="found", state="pending", data=data, actor=author))
            rows.append(_row(id_ if not record.read_only else "", "pending", data, author.as_dict()))
            continue
        if {key: old.data.get(key) for key in data} != data and old.state in ("pending", "deferred"):
            lines.append(Draft(id=old.id, kind="card", event="found_again", data=data, actor=author))
        rows.append(_row(old.id, old.state, data, old.actor))
    for digest, item in known.items():
        gone = looked is not None and item.data["card"] in looked and item.actor.get("kind") == "tool"
        if digest not in found and gone and item.state in ("pending", "deferred"):
            lines.append(Draft(id=item.id, kind="card", event="gone", state="superseded", actor=TOOL))
    if lines and not record.read_only:
        record.append(lines)
    return rows


def of(bench: Bench, notebook: str, activity: str | None = None) -> list[Item]:
    """Cards of a notebook that were made here, the oldest first; of one activity where it is named."""
    return [
        item
        for item in bench.record().find("card", notebook=notebook)
        if item.trust == "own" and activity in (None, item.data.get("activity"))
    ]


def digest_of(activity: str, card: Card) -> str:
    """What makes two cards the same, and what a decision on it is pinned to."""
    return digest_json({"activity": activity, "card": card.kind, "key": card.key})


def row(item: Item) -> CardRow:
    """A card as it is kept."""
    return _row(item.id, item.state, item.data, item.actor)


def one(bench: Bench, item: Item) -> ActivityView:
    """One card by its id."""
    from jupyter_coimprove.activities.table import BY_NAME
    from jupyter_coimprove.workbench import amending

    data = item.data
    name = str(data.get("activity", ""))
    waits = item.state in ("pending", "deferred") and item.trust == "own"
    foreign = (
        () if item.trust == "own" else ("foreign, unverified: it was not made here and approves nothing",)
    )
    activity = BY_NAME.get(name)
    return ActivityView(
        summary=f"{item.id} is {item.state}", activity=name, number=activity.number if activity else 0,
        title=activity.title if activity else name, notebook=str(data.get("notebook", "")), sections=amending.shown(bench, item) if amending.is_ours(item) else (), cards=(row(item),),
        warnings=foreign, next=(f"coimprove accept {item.id}", f"coimprove reject {item.id} --reason WHY") if waits else (),
    )  # fmt: skip


def fields(card: Card) -> dict[str, Any]:
    """A card as data of the record."""
    return {
        "card": card.kind, "title": card.title, "key": card.key, "goal": card.goal, "evidence": list(card.evidence),
        "known": list(card.known), "untried": list(card.untried), "weight": card.weight, "cells": list(card.cells),
        "used": list(card.used), "next": list(card.next), "more": dict(card.data),
    }  # fmt: skip


def _row(id_: str, state: str, data: Any, actor: Any) -> CardRow:
    return CardRow(
        id=id_, state=state, kind=str(data["card"]), title=str(data["title"]), goal=str(data["goal"]),
        evidence=tuple(map(str, data["evidence"])), known=tuple(map(str, data["known"])), untried=tuple(map(str, data["untried"])),
        weight=float(data["weight"]), cells=tuple(int(cell) for cell in data["cells"]), used=tuple(map(str, data["used"])),
        next=tuple(str(one).replace("{id}", id_) for one in data["next"]), author=str(actor.get("display") or actor.get("id") or ""),
        author_kind=str(actor.get("kind", "")), data=dict(data["more"]),
    )  # fmt: skip
