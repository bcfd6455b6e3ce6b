"""Where a call comes from: its notebook and cell, and whether a person typed just this.

Read from what the front end sent with the request, never from what a cell's code says; one
operating-system user stays the boundary (RELIABILITY, "Kernel code that decides").
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from typing import Any

_CALL = re.compile(r"(?:[A-Za-z_]\w*\s*=\s*)?%?coai(?:\s+(.*))?\Z", re.DOTALL)


def place(shell: Any, line: str | None = None) -> dict[str, Any]:
    """``{cwd, notebook, cell_id, lone_line, at_prompt}`` of a ``%coai line`` that runs in this shell.

    ``line`` None: the call is not a magic line (completion), and decides nothing.
    """
    parent = _parent(shell)
    return {
        "cwd": os.getcwd(),
        "notebook": notebook(shell),
        "cell_id": _cell_id(parent),
        "lone_line": line is not None and is_lone_line(_raw_cell(shell, parent), line),
        "at_prompt": at_prompt(shell),
    }


def click(shell: Any) -> dict[str, Any]:
    """The same for a click on a card's button: a person's act, if a front end sent it.

    Code in a cell that calls the button's handler is not a click: the message that the kernel
    carries out is then an execute request.
    """
    clicked = _message_type(_parent(shell)) == "comm_msg"
    return {**place(shell), "lone_line": clicked, "at_prompt": clicked}


def at_prompt(shell: Any) -> bool:
    """Whether a person could be asked: the front end of this request takes input.

    nbclient, papermill and nbconvert execute with ``allow_stdin`` off; a terminal needs a tty.
    """
    parent = _parent(shell)
    if parent is None:
        return bool(sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty())
    content = parent.get("content") or {}
    return _message_type(parent) == "execute_request" and content.get("allow_stdin") is True


def in_kernel(shell: Any) -> bool:
    """Whether this shell has a Jupyter front end (rather than a terminal)."""
    return getattr(shell, "kernel", None) is not None


def notebook(shell: Any) -> str | None:
    """The notebook's path, as the front end told; None where none did or it is gone from there."""
    told = shell.user_ns.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME")
    if isinstance(told, str) and told.endswith(".ipynb") and os.path.isfile(told):
        return os.path.abspath(told)
    return None


def is_lone_line(raw: str, line: str) -> bool:
    """Whether the cell, blank lines and comments aside, is this ``%coai`` line and nothing else."""
    text = re.sub(r"\\\n", " ", raw)
    lines = [row.strip() for row in text.splitlines() if row.strip() and not row.strip().startswith("#")]
    found = _CALL.match(lines[0]) if len(lines) == 1 else None
    return found is not None and (found[1] or "").split() == line.split()


def _parent(shell: Any) -> Mapping[str, Any] | None:
    if not in_kernel(shell):
        return None
    try:
        parent = shell.get_parent()
    except (AttributeError, LookupError):  # before the first request, or a shell without messages
        return {}
    return parent if isinstance(parent, Mapping) else {}


def _message_type(parent: Mapping[str, Any] | None) -> str:
    header = (parent or {}).get("header") or {}
    return str(header.get("msg_type", ""))


def _cell_id(parent: Mapping[str, Any] | None) -> str | None:
    found = ((parent or {}).get("metadata") or {}).get("cellId")
    return found if isinstance(found, str) else None


def _raw_cell(shell: Any, parent: Mapping[str, Any] | None) -> str:
    if parent is not None:
        content = parent.get("content") or {}
        return str(content.get("code", "")) if _message_type(parent) == "execute_request" else ""
    history = getattr(shell, "history_manager", None)
    return str(history.input_hist_raw[-1]) if history is not None and history.input_hist_raw else ""
