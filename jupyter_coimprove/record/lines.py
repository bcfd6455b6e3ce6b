"""One line of a journal: what is in it, what its hash covers, and whether it says what was written.

A line is a JSON object. Its ``hash`` is the SHA-256 of all its fields in sorted order except
``hash``, ``mac``, ``salt`` and ``data``; ``prev`` is the hash of the line before it in the same
file, ``sum`` the SHA-256 of ``salt`` and data, ``mac`` the HMAC of the hash with the writer's key.
So the chain covers what ``data`` was without needing it: data and salt can be erased later, and
what stays can neither be changed nor guessed from its digest.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from jupyter_coimprove.errors import RecordError
from jupyter_coimprove.record.base import Draft, Line, Trust
from jupyter_coimprove.record.key import Key
from jupyter_coimprove.registry import EVENT_KINDS

#: The newest line version understood here.
VERSION = 1
#: What the first line of a file follows.
GENESIS = "0" * 64
MAX_DATA = 1_000_000
MAX_DEPTH = 64
#: Longer lines are not ours and are not parsed.
MAX_LINE = 2 * MAX_DATA
#: So many letters of a hash name a line in a tombstone (64 bits).
TOMB = 16
_OUTSIDE = frozenset({"hash", "mac", "salt", "data"})
_HEX = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line as its file has it. ``data`` is None where it was erased, ``text`` the same as JSON; ``sound`` says that hash
    and data digest fit; ``part`` is (place, size) in a group written together; ``new`` that its
    writer knew nothing of that id before."""

    v: int
    n: int
    at: str
    id: str
    kind: str
    event: str
    state: str
    actor: Mapping[str, str]
    prev: str
    hash: str
    key: str
    mac: str
    new: bool
    part: tuple[int, int]
    data: Mapping[str, Any] | None
    text: str
    sound: bool

    def trust(self, key: Key | None) -> Trust:
        """``own`` when this user's key signed exactly this line; no position or name counts."""
        own = key is not None and self.key == key.id and self.sound and key.signed(self.hash, self.mac)
        return "own" if own else "imported"

    def forged(self, key: Key | None) -> bool:
        """It names this user's key, which did not sign it."""
        return key is not None and self.key == key.id and not key.signed(self.hash, self.mac)

    def line(self, seq: int, trust: Trust) -> Line:
        """As the seam hands it out."""
        return Line(
            seq=seq, id=self.id, kind=self.kind, event=self.event, state=self.state, data=self.data or {},
            actor=self.actor, at=self.at, v=self.v, trust=trust, digest=self.hash,
        )  # fmt: skip


_encoder = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def text_of(value: Any) -> str:
    """JSON with sorted keys and no blanks; the same value always gives the same text."""
    return _encoder.encode(value)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A draft that may be kept: its data as plain JSON, and as text."""

    draft: Draft
    data: dict[str, Any]
    text: str


def plain(value: Any, at: str = "data", depth: int = 1) -> Any:
    """The value as JSON keeps it: tuples are lists, lone surrogates are replaced by ``?``.

    RecordError for NaN and infinite, for what JSON has no form for, and beyond 64 levels.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode() if not value.isascii() else value
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise RecordError(
                f"{at} is {value}, which is no JSON number", remedy="keep it as a kind: {'kind': 'nan'}"
            )
        return value
    if depth > MAX_DEPTH:
        raise RecordError(
            f"data is nested deeper than {MAX_DEPTH} levels at {at[:80]}",
            remedy="keep it as text or as a file",
        )
    if isinstance(value, Mapping):
        if not all(isinstance(name, str) for name in value):
            raise RecordError(f"{at[:80]} has keys that are not text", remedy="turn them into text")
        return {plain(name): plain(each, f"{at}.{name}", depth + 1) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each, f"{at}[{place}]", depth + 1) for place, each in enumerate(value)]
    raise RecordError(
        f"{at[:80]} is a {type(value).__name__}, which JSON has no form for",
        remedy="turn it into text or numbers",
    )


def checked(draft: Draft) -> Kept:
    """A draft with its data as they will be kept. RecordError when they cannot be."""
    if draft.kind not in EVENT_KINDS:
        raise RecordError(
            f"there is no kind {draft.kind!r} of record", remedy=f"one of {', '.join(EVENT_KINDS)}"
        )
    if not draft.id or len(draft.id) > 200 or not draft.event or not 1 <= draft.v <= VERSION:
        raise RecordError(f"a line of kind {draft.kind} needs an id, an event and a known version")
    data: dict[str, Any] = plain(draft.data)
    text = text_of(data)
    size = len(text.encode())
    if size > MAX_DATA:
        raise RecordError(
            f"data of {draft.id} is {size / 1e6:.1f} MB; a line keeps at most {MAX_DATA / 1e6:g} MB",
            remedy="keep it as a file in the run's folder, and its digest here",
        )
    return Kept(draft=draft, data=data, text=text)


def write_line(
    kept: Kept, *, n: int, prev: str, at: str, new: bool, part: tuple[int, int], key: Key, salt: str
) -> tuple[bytes, Entry]:
    """The bytes of a line, line end included, and the line itself."""
    draft = kept.draft
    head: dict[str, Any] = {
        "v": draft.v, "n": n, "at": at, "id": plain(draft.id), "kind": draft.kind, "event": plain(draft.event),
        "state": plain(draft.state), "actor": plain(draft.actor.as_dict()), "key": key.id, "prev": prev,
        "sum": _sum(salt, kept.text),
    }  # fmt: skip
    if new:
        head["new"] = True
    if part[1] > 1:
        head["part"] = list(part)
    hash_ = _hash(head)
    mac = key.sign(hash_)
    outside = {"hash": hash_, "mac": mac, "salt": salt}
    text = json.dumps({**head, **outside}, separators=(",", ":"), ensure_ascii=False)
    # The data as they are: turning them into text once is most of the work.
    raw = f'{text[:-1]},"data":{kept.text}}}\n'.encode()
    entry = Entry(
        v=draft.v, n=n, at=at, id=head["id"], kind=draft.kind, event=head["event"], state=head["state"],
        actor=head["actor"], prev=prev, hash=hash_, key=key.id, mac=mac, new=new, part=part, data=kept.data,
        text=kept.text, sound=True,
    )  # fmt: skip
    return raw, entry


def _sum(salt: str, text: str) -> str:
    return sha256(f"{salt}\0{text}".encode("utf-8", "replace")).hexdigest()


def _hash(head: Mapping[str, Any]) -> str:
    return sha256(text_of(head).encode("utf-8", "replace")).hexdigest()


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")


def read_json(raw: bytes) -> dict[str, Any] | None:
    """The object on a line, None when there is none (a torn or foreign line, a merge conflict)."""
    if len(raw) > MAX_LINE:
        return None
    try:
        found = json.loads(raw, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def read_line(raw: bytes) -> Entry | None:
    """The line in these bytes, None when they hold none. Never raises: a journal may come from anybody."""
    full = read_json(raw)
    if full is None:
        return None
    texts = [full.get(name) for name in ("at", "id", "kind", "event", "state", "prev", "hash", "sum")]
    signs = [full.get(name, "") for name in ("key", "mac", "salt")]
    v, n, actor, data = (full.get(name) for name in ("v", "n", "actor", "data"))
    if not all(isinstance(text, str) for text in (*texts, *signs)) or not _HEX.match(str(full["hash"])):
        return None
    if not (isinstance(v, int) and isinstance(n, int) and 0 < v < 2**53 and 0 < n < 2**53):
        return None
    if not isinstance(actor, dict) or not all(isinstance(value, str) for value in actor.values()):
        return None
    if not (data is None or isinstance(data, dict)) or len(str(full["id"])) > 200:
        return None
    text = "{}"
    try:
        sound = _hash({name: value for name, value in full.items() if name not in _OUTSIDE}) == full["hash"]
        if data is not None:
            text = text_of(data)
            sound = sound and _sum(signs[2], text) == full["sum"]
    except (ValueError, RecursionError):
        sound = False
    return Entry(
        v=v, n=n, at=full["at"], id=full["id"], kind=full["kind"], event=full["event"],
        state=full["state"], actor=actor, prev=full["prev"], hash=full["hash"], key=signs[0], mac=signs[1],
        new=full.get("new") is True, part=_part(full.get("part")), data=data, text=text, sound=sound,
    )  # fmt: skip


def _part(part: Any) -> tuple[int, int]:
    """(place, size) in a group written together; a line alone is (1, 1)."""
    if isinstance(part, list) and len(part) == 2 and all(isinstance(each, int) for each in part):
        place, size = part
        if 1 <= place <= size <= 100_000:
            return place, size
    return 1, 1


def erased(raw: bytes) -> bytes:
    """The same line without data and salt; its hash, and so the chain, stays."""
    full = read_json(raw)
    assert full is not None
    full["data"] = None
    full.pop("salt", None)
    return json.dumps(full, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode() + b"\n"
