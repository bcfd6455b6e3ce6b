"""Words that are sealed: kept on this machine, outside of what git shares, until they are revealed.

The shared journal holds their salted digest, so that a colleague who reads the file learns that somebody wrote, and
nothing of what; and later, that nothing was changed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import RecordReadOnly
from jupyter_coimprove.ids import is_id

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_coimprove.workbench.bench import Bench


def _path(bench: Bench, position: str) -> Path:
    return bench.layout().hidden / "debates" / f"{position}.json"


def keep(bench: Bench, position: str, content: Mapping[str, Any]) -> None:
    """On disk when this returns, readable by this user alone. RecordReadOnly where it cannot be kept."""
    from jupyter_coimprove.record.journal import sync_folder
    from jupyter_coimprove.record.roots import init

    init(bench.root())
    path = _path(bench, position)
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            os.write(fd, json.dumps(dict(content), ensure_ascii=True).encode())
            os.fsync(fd)
        finally:
            os.close(fd)
        sync_folder(path.parent)
    except OSError as error:
        raise RecordReadOnly(
            f"what you wrote cannot be sealed at {path}: {error.strerror or error}; nothing of it was kept",
            remedy="free some disk, or make the folder writable",
        ) from error


def forget(bench: Bench, position: str) -> None:
    """After it was revealed, or where its seal could not be recorded."""
    _path(bench, position).unlink(missing_ok=True)


def content(bench: Bench, position: str) -> dict[str, Any] | None:
    """What was sealed here; None where it was not, or its file is gone or damaged (its digest tells)."""
    if not is_id(position, "position"):
        return None
    try:
        found = json.loads(_path(bench, position).read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
