"""Names of records: a prefix that says what it is, and a ULID that says when.

ULID: 48 bits of milliseconds since 1970 and 80 random bits in Crockford's
base 32 (specification at github.com/ulid/spec). Within one process ids only
grow, so that sorting by id is sorting by time of creation.
"""

from __future__ import annotations

import re
import threading

from jupyter_coimprove.clock import Clock
from jupyter_coimprove.registry import PREFIXES

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BODY = re.compile(rf"[{_ALPHABET}]{{26}}\Z")
_lock = threading.Lock()
_last = 0


def _encode(number: int) -> str:
    out = []
    for _ in range(26):
        number, digit = divmod(number, 32)
        out.append(_ALPHABET[digit])
    return "".join(reversed(out))


def new_id(kind: str, clock: Clock) -> str:
    """A fresh id such as ``run_01J…`` for a kind of ``registry.PREFIXES``."""
    global _last
    stamp = (clock.wall_ms() << 80) | int.from_bytes(clock.random_bytes(10), "big")
    with _lock:
        _last = stamp if stamp > _last else _last + 1
        number = _last
    return f"{PREFIXES[kind]}_{_encode(number % (1 << 128))}"


def kind_of(id_: str) -> str | None:
    """The kind an id names, or None when it is not an id of ours."""
    prefix, _, body = id_.partition("_")
    if not _BODY.match(body):
        return None
    return next((kind for kind, p in PREFIXES.items() if p == prefix), None)


def is_id(id_: str, kind: str | None = None) -> bool:
    """Whether this is a whole, well-formed id (of that kind). Safe as a folder name."""
    found = kind_of(id_)
    return found is not None and (kind is None or found == kind)


def looks_like_id(text: str) -> bool:
    """Whether this could be the beginning of an id (``exp_01J``)."""
    prefix, sep, body = text.partition("_")
    return bool(sep) and prefix in PREFIXES.values() and all(c in _ALPHABET for c in body.upper())
