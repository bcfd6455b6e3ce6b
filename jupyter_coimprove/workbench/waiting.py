"""What a person wants to know of something that waits before they look at it whole: who, why, where."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from jupyter_coimprove.record.base import Item


class About(TypedDict):
    """``author`` made it, ``why`` it was made; ``cell`` counts from 1 (0: of no one cell), and has ``cell_id``.

    ``cell_id`` is empty where the notebook has no ids.
    """

    author: str
    author_kind: str
    why: str
    cell: int
    cell_id: str


def about(item: Item, *, words: bool = True) -> About:
    """Who made it, why (where its ``words`` may be seen already), and at which cell it stands."""
    cell, cell_id = _cell(item)
    author = _author(item)
    return {
        "author": str(author.get("display") or author.get("id") or ""),
        "author_kind": str(author.get("kind", "")),
        "why": _why(item) if words else "",
        "cell": cell,
        "cell_id": cell_id,
    }


def _author(item: Item) -> Mapping[str, Any]:
    """Who made it; of a plan whose factors a person named, that person."""
    asked = item.data.get("asked_by")
    own = str(item.data.get("provider", "")).startswith("the person's own")
    return asked if own and isinstance(asked, dict) else item.actor


def _why(item: Item) -> str:
    data = item.data
    if item.kind == "check":
        return str(data.get("why", ""))
    if item.kind == "lesson":
        return str(data.get("suspended_why") or data.get("why", ""))
    if item.kind == "card":
        return str(data.get("goal") or next(iter(data.get("evidence") or ()), ""))
    if item.kind == "finding":
        extra = data.get("extra")
        return str(extra.get("question", "")) if isinstance(extra, dict) else ""
    return str(data.get("why" if item.kind == "proposal" else "rationale", ""))


def _cell(item: Item) -> tuple[int, str]:
    if item.kind == "check":
        found = item.data.get("cell", 0)
        return (found if isinstance(found, int) else 0), ""
    if item.kind == "card":
        cells = item.data.get("cells") or (0,)
        return (cells[0] if isinstance(cells[0], int) else 0), ""
    if item.kind == "experiment":
        return _first_place(str(item.data.get("plan_toml", "")))
    place = item.data.get("place")
    if item.kind in ("finding", "proposal") and isinstance(place, dict):
        cell = place.get("cell")
        return (cell if isinstance(cell, int) else 0), str(place.get("cell_id", ""))
    return 0, ""


def _first_place(plan: str) -> tuple[int, str]:
    """The first cell that a plan varies, where it was when the plan was made."""
    try:
        read: dict[str, Any] = tomllib.loads(plan)
        places = [
            (int(place["address"]["ordinal"]) + 1, str(place["address"].get("id", "")))
            for factor in read["internal"]["factors"]
            for place in factor["places"]
            if not place.get("file")
        ]
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError):
        return 0, ""  # imported from somebody else: `show` says what is wrong with it
    return min(places, default=(0, ""))
