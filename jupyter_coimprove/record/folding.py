"""How lines become an object: which of them count, and in what order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from jupyter_coimprove.errors import UnknownName
from jupyter_coimprove.ids import kind_of
from jupyter_coimprove.record.base import Item, Line


@dataclass(frozen=True, kw_only=True)
class Folded:
    """An object under way. ``own`` once this user made it; ``touched`` when this user's lines lie
    on top of an imported claim."""

    item: Item
    own: bool
    touched: bool

    def add(self, line: Line, *, new: bool) -> Folded | None:
        """With one more line; None when all lines have to be folded anew, in another order."""
        if line.trust == "imported":
            if self.own:
                # Nothing that came with a folder changes what was made here.
                return self
            return None if self.touched else Folded(item=_merge(self.item, line), own=False, touched=False)
        if new and not self.own:
            return None
        return Folded(item=_merge(self.item, line), own=self.own, touched=not self.own)


def _merge(item: Item, line: Line) -> Item:
    return replace(
        item, state=line.state or item.state, data={**item.data, **_data(line)}, changed=line.at, seq=line.seq
    )


def _data(line: Line) -> Mapping[str, Any]:
    # A tombstone tells of the lines it erased, not of the object.
    return {} if line.kind == "tombstone" else line.data


def begin(line: Line, *, own: bool) -> Folded:
    """An object of one line."""
    item = Item(
        id=line.id, kind=line.kind, state=line.state, data=dict(_data(line)), actor=line.actor, created=line.at,
        changed=line.at, trust="own" if own else "imported", seq=line.seq,
    )  # fmt: skip
    return Folded(item=item, own=own, touched=not own and line.trust == "own")


def fold(lines: Iterable[tuple[Line, bool]]) -> Folded | None:
    """The object of one id's (line, whether it was the first of that id where it was written).

    It is ``own`` when a line with this user's key made it. Then imported lines are left out,
    wherever they stand. Otherwise it is a claim: imported lines first, what this user said of
    it on top. None without lines.
    """
    both = sorted(lines, key=lambda each: each[0].seq)
    mine = [line for line, _ in both if line.trust == "own"]
    own = any(new for line, new in both if line.trust == "own")
    order = mine if own else [line for line, _ in both if line.trust == "imported"] + mine
    found: Folded | None = None
    for line in order:
        if found is None:
            found = begin(line, own=own)
        else:
            found = Folded(
                item=_merge(found.item, line),
                own=own,
                touched=found.touched or (not own and line.trust == "own"),
            )
    return found


def matches(item: Item, where: Mapping[str, Any]) -> bool:
    """Whether state and top-level data are as asked; ``True`` is not ``1``, absent is ``None``."""
    for name, wanted in where.items():
        found = item.state if name == "state" else item.data.get(name)
        if isinstance(wanted, bool) != isinstance(found, bool) or found != wanted:
            return False
    return True


def spellings(text: str) -> tuple[str, ...]:
    """How an id may have been meant: as typed, or with its letters in the usual case."""
    prefix, bar, body = text.strip().partition("_")
    usual = f"{prefix.lower()}{bar}{body.upper()}"
    return (text.strip(),) if usual == text.strip() else (text.strip(), usual)


def not_one(text: str, matching: list[str], known: list[str]) -> UnknownName:
    """The error for a text that begins no id, or several."""
    kind = kind_of(matching[0]) if matching else None
    what = kind or "record"
    if not matching:
        return UnknownName(what, text, known, remedy="" if known else "nothing is recorded here yet")
    shown = ", ".join(matching[:8]) + (", …" if len(matching) > 8 else "")
    error = UnknownName(what, text, [], remedy=f"several begin so: {shown}; type one more letter")
    error.close = tuple(matching[:8])
    return error
