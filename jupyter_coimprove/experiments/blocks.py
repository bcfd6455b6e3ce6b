"""Block numbers: derived, so that nobody picks the lucky ones (STATISTICS 7)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator

#: Below 2**31 with room above, so that a notebook's own ``seed + fold`` stays a valid seed too.
LIMIT = 2**31 - 2**20


def block_numbers(
    plan_digest: str, salt: bytes, n: int, exclude: Collection[int] = frozenset()
) -> tuple[int, ...]:
    """``n`` distinct numbers in ``[1, LIMIT)`` from sha256 of digest, salt and a counter.

    Numbers in ``exclude`` (blocks seen earlier) are passed over: a replicate gets fresh ones.
    """
    out: list[int] = []
    for number in _stream(b"block", plan_digest.encode(), salt):
        if len(out) == n:
            break
        if number not in exclude and number not in out:
            out.append(number)
    return tuple(out)


def seed_value(block_number: int, group: int) -> int:
    """The seed of a group of sites in a block: the block number itself for group 0, else hashed from it."""
    if group == 0:
        return block_number
    return next(_stream(b"group", str(block_number).encode(), str(group).encode()))


def _stream(*parts: bytes) -> Iterator[int]:
    """An endless sequence of numbers in ``[1, LIMIT)``; parts are hashed with their lengths."""
    seed = hashlib.sha256(b"coimprove")
    for part in parts:
        seed.update(len(part).to_bytes(8, "big") + part)
    counter = 0
    while True:
        draw = seed.copy()
        draw.update(counter.to_bytes(8, "big"))
        # 64 bits reduced to 31: the bias is below 2**-32.
        yield 1 + int.from_bytes(draw.digest()[:8], "big") % (LIMIT - 1)
        counter += 1
