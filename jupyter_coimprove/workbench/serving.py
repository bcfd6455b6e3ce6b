"""``coimprove mcp``: this process becomes the one that serves a client over its standard input and output."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from jupyter_coimprove.errors import UsageError

if TYPE_CHECKING:
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.views import ChecksView

#: A door is not imported from here: it is started.
_DOOR = "jupyter_coimprove.interfaces.mcp"


def mcp(bench: Bench, *, target: str | None = None) -> ChecksView:
    """Serve a notebook, or those below a folder, to a client over MCP. Does not return."""
    if bench.actor.auth != "os" or not bench.waits:
        raise UsageError(
            "MCP over standard input and output is served from a terminal",
            remedy="a client starts `coimprove mcp FOLDER`; a Jupyter server serves it at …/coimprove/mcp",
        )
    env = dict(os.environ)
    if bench.root_override is not None:
        env["COIMPROVE_ROOT"] = str(bench.root_override.resolve())
    sys.stdout.flush()
    sys.stderr.flush()
    # -P: what lies in the folder is no module of this process.
    words = [sys.executable, "-P", "-m", _DOOR, str(bench.path(target or "."))]
    os.execve(sys.executable, words, env)
