"""What of the facts a plan can be made of: the same for every provider that proposes one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_coimprove.proposals.provider import Block

NOTHING = (
    "Nothing was found in the code that could be varied: no parameter, constant, argument or "
    "list member with another level. Name one yourself: --factor NAME=LEVEL."
)


def of_kind(context: Sequence[Block], kind: str) -> list[Mapping[str, Any]]:
    """Data of the blocks of a kind, whether one a block or several (``{"candidates": […]}``)."""
    out: list[Mapping[str, Any]] = []
    for block in context:
        if block.kind not in (kind, kind + "s"):
            continue
        several = block.data.get("items", block.data.get(block.kind))
        out.extend(several if isinstance(several, (list, tuple)) else [block.data])
    return out


#: Labels of what the code shows to change no result.
_IDLE = ("drawing only", "never read", "changes no result by its name")


def likely(candidates: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those that may change a result; a plan of the others would be runs for nothing."""
    return [c for c in candidates if c.get("label") not in _IDLE]


def can_vary(candidate: Mapping[str, Any]) -> bool:
    """Whether there is anything to put in its place, or it can be left out."""
    # What a later cell overwrites changes nothing, however few others there are.
    if str(candidate.get("label") or "").startswith("overwritten"):
        return False
    return candidate.get("kind") != "seed" and (operator(candidate) != "set" or bool(candidate.get("levels")))


def operator(candidate: Mapping[str, Any]) -> str:
    """What an arm does to it."""
    return "drop-item" if candidate.get("kind") == "item" else str(candidate.get("operator", "set"))


def ranked(candidates: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Likeliest first, by name among equals."""
    return sorted(candidates, key=lambda c: (-float(c.get("score") or 0.0), str(c["name"])))


def apart(candidates: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Without what stands on the code of a likelier one: one would hide the other.

    What is called the same at several places comes once before any of it comes again.
    """
    taken: list[Sequence[Any]] = []
    out = []
    called: dict[str, int] = {}
    again = []
    for candidate in candidates:
        name = str(candidate["name"]).partition("@")[0]
        again.append(called.get(name, 0))
        called[name] = again[-1] + 1
    for _, _, candidate in sorted(
        zip(again, range(len(candidates)), candidates, strict=True), key=lambda row: row[:2]
    ):
        spans = candidate.get("spans") or []
        if not any(where == w and start < e and s < end for where, start, end in spans for w, s, e in taken):
            taken += spans
            out.append(candidate)
    return out
