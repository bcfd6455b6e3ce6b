"""Which kernels of this server belong to which notebooks, for what a person wants to see run in a copy of one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_core.utils import ensure_async

if TYPE_CHECKING:
    from jupyter_coimprove.interfaces.server.handlers import Handler

Running = Mapping[Path, tuple[str, Path | None]]


async def running(handler: Handler) -> Running:
    """Notebook -> (what its kernel does, its connection file); None for a kernel that runs elsewhere."""
    base, found = handler.root_dir, {}
    sessions: Any = handler.session_manager
    for one in await ensure_async(sessions.list_sessions()):
        kernel = one.get("kernel") or {}
        if one.get("type") != "notebook" or kernel.get("id") not in handler.kernel_manager:
            continue
        manager = handler.kernel_manager.get_kernel(kernel["id"])
        file = getattr(manager, "connection_file", "") or ""
        notebook = base / str(one.get("path", "")).removeprefix("RTC:").lstrip("/")
        state = str(kernel.get("execution_state", ""))
        found[notebook.resolve()] = (state, Path(file) if os.path.isfile(file) else None)
    return found
