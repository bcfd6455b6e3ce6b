"""Named points at which a test can kill this process (``COIMPROVE_FAULT=name:n``)."""

from __future__ import annotations

import os
import signal

_seen: dict[str, int] = {}


def fault_point(name: str) -> None:
    """Die by SIGKILL at the n-th passage when the environment asks for it; else nothing."""
    wanted = os.environ.get("COIMPROVE_FAULT")
    if not wanted:
        return
    point, _, count = wanted.partition(":")
    if point != name:
        return
    _seen[name] = _seen.get(name, 0) + 1
    if _seen[name] == int(count or 1):
        os.kill(os.getpid(), signal.SIGKILL)
