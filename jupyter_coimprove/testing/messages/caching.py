"""What a request costs, with what of its beginning was sent before: the accounting of the prompt cache.

As the service documents it: tools, system and messages stand in this order; an entry is written at
each breakpoint (``cache_control``) from a least size on; a breakpoint reads the longest entry among
itself and the ``LOOKBACK`` blocks before it. Tokens are a quarter of the bytes of the JSON.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any

#: How many blocks before a breakpoint are looked at for an earlier entry.
LOOKBACK = 20
#: What an image counts, whatever its bytes.
IMAGE = 1_600


def tokens(value: Any) -> int:
    """Tokens of a block or several."""
    if isinstance(value, list):
        return sum(tokens(item) for item in value)
    if isinstance(value, Mapping) and value.get("type") == "image":
        return IMAGE
    return -(-len(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()) // 4)


def blocks(body: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], bool]]:
    """What stands in a request, in the order it is read, and whether a breakpoint is on it."""
    for tool in body.get("tools") or ():
        yield _bare({"part": "tool", **tool})
    for item in _pieces(body.get("system") or []):
        yield _bare({"part": "system", **item})
    # A change of these leaves tools and system cached, and nothing after them.
    extra = {key: body.get(key) for key in ("thinking", "tool_choice")}
    for message in body.get("messages") or ():
        for item in _pieces(message["content"]):
            yield _bare({"part": message["role"], "extra": extra, **item})


def _pieces(content: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def _bare(item: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    marked = "cache_control" in item
    return {key: value for key, value in item.items() if key != "cache_control"}, marked


class PromptCache:
    """The beginnings that were sent, by model. ``least``: tokens below which nothing is kept."""

    def __init__(self, least: int = 1024) -> None:
        self.least = least
        self._kept: set[str] = set()
        self._lock = threading.Lock()

    def usage(self, body: Mapping[str, Any]) -> dict[str, int]:
        """Input tokens: read from the cache, written to it, and neither; the cache is then as after it."""
        digest = hashlib.sha256(str(body.get("model")).encode())
        keys, sizes, marks, total = [], [], [], 0
        for position, (item, marked) in enumerate(blocks(body)):
            digest.update(json.dumps(item, sort_keys=True).encode())
            total += tokens({key: value for key, value in item.items() if key not in ("part", "extra")})
            keys.append(digest.hexdigest())
            sizes.append(total)
            if marked:
                marks.append(position)
        with self._lock:
            read = 0
            for mark in marks:
                for position in range(mark, max(-1, mark - LOOKBACK - 1), -1):
                    if keys[position] in self._kept:
                        read = max(read, sizes[position])
                        break
            written = max([sizes[mark] for mark in marks if sizes[mark] >= self.least], default=0)
            self._kept |= {keys[mark] for mark in marks if sizes[mark] >= self.least}
        end = max(read, written)
        return {
            "input_tokens": total - end, "cache_creation_input_tokens": end - read, "cache_read_input_tokens": read,
        }  # fmt: skip


def count(body: Mapping[str, Any]) -> int:
    """All tokens of a request, as ``count_tokens`` gives them."""
    return sum(
        tokens({key: value for key, value in item.items() if key not in ("part", "extra")})
        for item, _ in blocks(body)
    )
