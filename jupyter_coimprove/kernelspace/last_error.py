"""The last error of this kernel: where it was raised, what it says, and what is known around it."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from typing import Any

from jupyter_coimprove.kernelspace.failing import facts
from jupyter_coimprove.kernelspace.transform import python_source

LONGEST = 4_000
#: Cells of the history that are looked at, the newest.
CELLS = 3_000


def last_error(shell: Any) -> dict[str, Any]:
    """``{ename, evalue, cell, frames, ran, facts}``; empty where no cell has failed.

    Cells are told by the digests of their texts: ``cell`` the one that was run, ``frames`` those in which
    the error was at work with their lines, outermost first, ``ran`` each that ran with the number of its last run.
    """
    error = getattr(sys, "last_value", None)
    if not isinstance(error, BaseException):
        return {}
    inputs = _inputs(shell)
    ran = {key(source): number for number, source in inputs.items()}
    frames = [(number, line) for number, line in _frames(shell, error) if number in inputs]
    if not frames:
        return {}
    number, inner = frames[0][0], frames[-1][0]
    try:
        source = python_source(inputs[inner])
    except SyntaxError:
        source = ""
    hidden = getattr(shell, "user_ns_hidden", {})
    names = {name: value for name, value in dict(shell.user_ns).items() if name not in hidden}
    said = _said(error)
    return {
        "ename": type(error).__name__, "evalue": said, "cell": key(inputs[number]),
        "frames": [{"key": key(inputs[n]), "line": line} for n, line in frames],
        "ran": ran, "facts": facts(names, source, error, said),
    }  # fmt: skip


def key(source: str) -> str:
    """What tells one cell's text from another's, here and in the host."""
    return hashlib.sha256(source.strip().encode("utf-8", "replace")).hexdigest()


def _inputs(shell: Any) -> dict[int, str]:
    """Number of execution -> what was run, as it was typed."""
    raw = list(getattr(shell.history_manager, "input_hist_raw", ()))
    first = max(1, len(raw) - CELLS)
    return {number: str(source) for number, source in enumerate(raw) if number >= first}


def _frames(shell: Any, error: BaseException) -> list[tuple[int, int]]:
    """(number of execution, line) of the frames that lie in cells, outermost first."""
    names: Mapping[str, int] = getattr(shell.compile, "_filename_map", {})
    out = []
    frame = error.__traceback__
    while frame is not None:
        number = names.get(frame.tb_frame.f_code.co_filename)
        if number is not None:
            out.append((number, frame.tb_lineno))
        frame = frame.tb_next
    if not out and isinstance(error, SyntaxError):
        number = names.get(str(error.filename))
        if number is not None:
            out.append((number, error.lineno or 0))
    return out


def _said(error: BaseException) -> str:
    """What the error says. IPython has just asked it for the same; one that cannot say it is told by its kind."""
    try:
        return str(error)[:LONGEST]
    except Exception:  # noqa: BLE001 (a class of the notebook may say anything, or nothing)
        return ""
