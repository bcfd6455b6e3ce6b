"""The record's twin without files: the same answers, gone with the process. For tests and trials."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from jupyter_coimprove.clock import Clock, SystemClock, iso
from jupyter_coimprove.errors import DecisionError, RecordError
from jupyter_coimprove.record.base import Draft, Item, Line, Trust
from jupyter_coimprove.record.folding import Folded, fold, matches, not_one, spellings
from jupyter_coimprove.record.lines import checked, text_of


class MemoryRecord:
    """Record (record/base.py) in memory; threads may share it."""

    read_only, reason = False, ""

    def __init__(self, *, clock: Clock | None = None) -> None:
        self.clock: Clock = clock or SystemClock()
        self._lines: list[Line] = []
        self._new: list[bool] = []
        self._of: dict[str, list[int]] = {}
        self._items: dict[str, Folded] = {}
        self._claims: dict[str, str] = {}
        self._changed = threading.Condition(threading.RLock())
        self._closed = False

    def append(self, drafts: Sequence[Draft], *, expect: Mapping[str, int] | None = None) -> list[Line]:
        """Keep these lines together (base.Record); 0 in ``expect`` is "not there"."""
        kept = [checked(draft) for draft in drafts]
        with self._open():
            for id_, seq in (expect or {}).items():
                now = self._items[id_].item.seq if id_ in self._items else 0
                if now != seq:
                    raise DecisionError(
                        f"{id_} has changed since you saw it" if now else f"{id_} is not here any more",
                        remedy="look at it as it is now and decide again",
                    )
            return [self._add(each.draft, each.data, "own") for each in kept]

    def bring(self, drafts: Sequence[Draft]) -> list[Line]:
        """Lines of somebody else, as they come with a cloned folder: imported claims."""
        kept = [checked(draft) for draft in drafts]
        with self._open():
            return [self._add(each.draft, each.data, "imported") for each in kept]

    def get(self, id_or_prefix: str) -> Item:
        """The object with this id or the only one whose id starts so; UnknownName lists several."""
        with self._open():
            matching: list[str] = []
            for text in spellings(id_or_prefix):
                if text in self._items:
                    return self._items[text].item
                found = sorted(id_ for id_ in self._items if text and id_.startswith(text))
                matching = found or matching
            if len(matching) == 1:
                return self._items[matching[0]].item
            raise not_one(id_or_prefix, matching, [] if matching else list(self._items)[-50:])

    def find(self, kind: str, **where: Any) -> list[Item]:
        """Objects of a kind, oldest first; ``state=`` or top-level keys of their data filter."""
        with self._open():
            items = (found.item for found in self._items.values())
            return [item for item in items if item.kind == kind and matches(item, where)]

    def claim(self, key: str, holder: str) -> bool:
        """Take ``key`` once and for all; True again for the same holder."""
        with self._open():
            return self._claims.setdefault(key, holder) == holder

    def follow(self, after: int = 0, *, id: str | None = None) -> Iterator[Line]:
        """Lines after that ``seq`` that are there now, in order; of one object, if given."""
        with self._open():
            lines = self._lines[max(0, after) :]
        yield from (line for line in lines if id is None or line.id == id)

    def wait(self, after: int, timeout: float) -> bool:
        """Whether a line with ``seq`` > after is there within ``timeout`` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._lines) > after, timeout)

    def trust_of(self, id: str) -> Trust:
        """Whether an object was made here or is an imported claim."""
        return self.get(id).trust

    def close(self) -> None:
        """Using it afterwards is an error."""
        self._closed = True

    def _open(self) -> threading.Condition:
        if self._closed:
            raise RecordError("the record was closed", remedy="open it again")
        return self._changed

    def _add(self, draft: Draft, data: dict[str, Any], trust: Trust) -> Line:
        body = {"id": draft.id, "event": draft.event, "data": data, "n": len(self._lines)}
        line = Line(
            seq=len(self._lines) + 1, id=draft.id, kind=draft.kind, event=draft.event, state=draft.state,
            data=data, actor=draft.actor.as_dict(), at=iso(self.clock.wall_ms()), v=draft.v, trust=trust,
            digest=sha256(text_of(body).encode("utf-8", "replace")).hexdigest(),
        )  # fmt: skip
        self._lines.append(line)
        self._new.append(draft.id not in self._items)
        self._of.setdefault(draft.id, []).append(len(self._lines) - 1)
        known = self._items.get(draft.id)
        more = known.add(line, new=self._new[-1]) if known is not None else None
        if more is None:
            more = fold((self._lines[place], self._new[place]) for place in self._of[draft.id])
        assert more is not None
        self._items[draft.id] = more
        self._changed.notify_all()
        return line
