"""Runs that travel together: of one block, because they share the most cells; as JSON, never as pickles."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from jupyter_coimprove.engines.papermill import messages
from jupyter_coimprove.errors import EngineError
from jupyter_coimprove.runs.engine import Queue
from jupyter_coimprove.runs.run import Work

#: A group is at most this many runs, and is told of so many that come later elsewhere.
MOST, AHEAD = 32, 4


@dataclass(kw_only=True)
class Group:
    """Runs under way at one worker. ``folder`` is where it writes their artifacts if it sees it, and a late worker's
    do not meet anybody's there; ``begun`` names the process that took them."""

    id: str
    worker: str
    works: dict[str, Work]
    folder: Path
    future: Any = None
    begun: str = ""
    started: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    recalled: bool = False

    @property
    def waiting(self) -> list[str]:
        """The runs that have not begun yet."""
        return [run for run in self.works if run not in self.started and run not in self.ended]


def take(queue: Queue, back: list[Work], seats: int) -> list[Work]:
    """The next group: runs that came ``back``, else the next of one block; split so that all seats have work."""
    if back:
        first = back[0]
        size = min(MOST, -(-len(back) // max(1, seats)))
        mine = [work for work in back if _together(work, first)][:size]
        back[:] = [work for work in back if work not in mine]
        return mine
    work = queue.next(0.0)
    if work is None:
        return []
    waits = waiting(queue)
    size = min(MOST, -(-(len(waits) + 1) // max(1, seats)))
    out = [work]
    for other in waits:
        if len(out) >= size or not _together(other, work):
            break
        more = queue.next(0.0)
        if more is None:
            break
        out.append(more)
    return out


def waiting(queue: Queue) -> Sequence[Work]:
    """What waits in the queue, where it tells."""
    told = getattr(queue, "waiting", None)
    return tuple(told()) if callable(told) else ()


def ahead(group: Sequence[Work], waits: Sequence[Work]) -> list[Work]:
    """A few runs that come later, of other blocks if there are: they show what varies and what stays in common."""
    # No further than needed: a million may wait, and every group asks.
    other = list(islice((work for work in waits if not _together(work, group[0])), AHEAD))
    return other or list(waits[:AHEAD])


def _together(one: Work, other: Work) -> bool:
    return (one.block, one.replicate, one.source_dir, one.snapshot) == (
        other.block, other.replicate, other.source_dir, other.snapshot,
    )  # fmt: skip


def encode(works: Sequence[Work], later: Sequence[Work], **facts: Any) -> bytes:
    """A group as it travels; equal notebooks travel once. Raises EngineError for what no message can hold."""
    notebooks: dict[str, int] = {}

    def plain(work: Work) -> dict[str, Any]:
        data = messages.work_to_dict(work)
        text = json.dumps(data.pop("notebook"), allow_nan=False)
        return {**data, "notebook": notebooks.setdefault(text, len(notebooks))}

    try:
        body = {"works": [plain(work) for work in works], "ahead": [plain(work) for work in later]}
        text = json.dumps({**facts, **body, "notebooks": list(notebooks)}, allow_nan=False)
    except (TypeError, ValueError):
        check_sendable([*works, *later])
        raise
    return zlib.compress(text.encode(), 1)


def decode(data: bytes) -> dict[str, Any]:
    """What ``encode`` made, with works as ``Work``."""
    found: dict[str, Any] = json.loads(zlib.decompress(data))
    notebooks = [json.loads(text) for text in found.pop("notebooks")]
    for name in ("works", "ahead"):
        found[name] = [
            messages.work_from_dict({**work, "notebook": notebooks[work["notebook"]]}) for work in found[name]
        ]
    return found


def check_sendable(works: Sequence[Work]) -> None:
    """Refuse, before the first run, what cannot travel. Raises EngineError that names it."""
    for work in works:
        data = messages.work_to_dict(work)
        for part in ("parameters", "env", "overlay", "notebook"):
            for name, value in data[part].items():
                why = _cannot(value)
                if why:
                    what = (
                        f"{part} {name!r} ({value!r:.60})" if part != "notebook" else f"its notebook's {name}"
                    )
                    raise EngineError(
                        f"arm {work.arm} cannot be sent to a worker: {what}: {why}",
                        remedy="give plain numbers, text, lists and mappings",
                    )


def _cannot(value: Any) -> str:
    """Why a value cannot be a message; empty when it can."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        return str(error)
    return ""
