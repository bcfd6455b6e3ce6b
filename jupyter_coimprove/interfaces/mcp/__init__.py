"""The door for other programs' models: the one table of tools (``workbench/tools.py``) over MCP.

They read what a model of ours may read, under the same policies, and they propose; nothing is decided,
run, written into a notebook or fetched. ``__main__`` serves standard input and output; a Jupyter server
serves the same at ``…/coimprove/mcp`` (``interfaces/server/mcp.py``). The SDK is imported with the first use.
"""

from __future__ import annotations


def installed() -> None:
    """CoimproveError with the remedy where the SDK, or a recent enough one, is missing."""
    from importlib.util import find_spec

    from jupyter_coimprove.errors import CoimproveError

    if find_spec("mcp") is None or find_spec("mcp_types") is None:
        raise CoimproveError(
            "the MCP SDK is not installed here", remedy='pip install "jupyter-coimprove[mcp]"'
        )
