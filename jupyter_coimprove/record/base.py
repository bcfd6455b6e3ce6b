"""The seam behind which everything acknowledged is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from jupyter_coimprove.registry import Actor

Trust = Literal["own", "imported"]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A line to be written: something (``event``) happened to ``id``; ``data`` is merged into it.

    ``kind`` is one of registry.EVENT_KINDS; ``state`` the state the object has from now on
    (empty: unchanged). ``data`` is JSON without NaN.
    """

    id: str
    kind: str
    event: str
    state: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    actor: Actor
    v: int = 1


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line as kept: the draft, when, where in the chain, and whether this user's key signed it."""

    seq: int
    id: str
    kind: str
    event: str
    state: str
    data: Mapping[str, Any]
    actor: Mapping[str, str]
    at: str
    v: int
    trust: Trust
    digest: str


@dataclass(frozen=True, kw_only=True)
class Item:
    """An object: all its trusted lines merged in order (shallow, later wins).

    ``trust`` is that of its first line. Imported lines never change an own item; an item made
    of imported lines alone is a claim: it approves and runs nothing here.
    """

    id: str
    kind: str
    state: str
    data: Mapping[str, Any]
    actor: Mapping[str, str]
    created: str
    changed: str
    trust: Trust
    seq: int


class Record(Protocol):
    """Keeps lines and answers from them. Six methods; the contract is shipped in ``testing``."""

    def append(self, drafts: Sequence[Draft], *, expect: Mapping[str, int] | None = None) -> list[Line]:
        """Write these lines together, on disk when this returns.

        ``expect`` maps ids to the ``seq`` the writer saw; DecisionError when one has moved on.
        Raises RecordReadOnly, RecordBusy or RecordCorrupt, and then none of them is written.
        """

    def get(self, id_or_prefix: str) -> Item:
        """The object with this id, or the only one whose id starts so. UnknownName otherwise."""

    def find(self, kind: str, **where: Any) -> list[Item]:
        """Objects of a kind, oldest first; ``state=`` or any top-level key of their data filters."""

    def claim(self, key: str, holder: str) -> bool:
        """Take ``key`` once and for all; False when somebody else has it. Survives a crash."""

    def follow(self, after: int = 0, *, id: str | None = None) -> Iterator[Line]:
        """Lines with ``seq`` > after that are there now, in order (of one object, if given)."""

    def close(self) -> None:
        """Let go of files; using it afterwards is an error."""
