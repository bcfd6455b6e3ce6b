"""What a cell has shown, as text within a budget."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jupyter_coimprove.notebook.cells import Cell

BUDGET = 64 * 1024
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/svg+xml", "image/webp", "application/pdf")
_VALUE = re.compile(
    r"(?:np\.\w+\(|tensor\()?\s*([-+]?(?:\d[\d_,]*\.?\d*(?:[eE][-+]?\d+)?|\.\d+|nan|inf))\s*(?:,[^)]*)?\)?\s*\Z"
)


def outputs_text(cell: Cell, budget: int = BUDGET) -> str:
    """The cell's outputs one after another; head and tail of what is over ``budget`` UTF-8 bytes.

    Images, widgets and the like are noted by type and size; carriage returns overwrite, as on
    screen; colours are taken out.
    """
    return clip("\n".join(filter(None, (_one(o) for o in cell.outputs))), budget)


def clip(text: str, budget: int) -> str:
    """Head and tail of the text within ``budget`` bytes, with how much is left out between."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= budget:
        return raw.decode("utf-8")
    note = f"\n… {len(raw) - budget} bytes left out …\n"
    room = max(0, budget - len(note.encode()))
    head, tail = raw[: room // 2], raw[len(raw) - (room - room // 2) :]
    out = head.decode("utf-8", "ignore") + note + tail.decode("utf-8", "ignore")
    return out if len(out.encode()) <= budget else out.encode()[:budget].decode("utf-8", "ignore")


def stream_text(cell: Cell) -> str:
    """Everything printed (stdout, and text results), joined as it came; for finding numbers in it."""
    parts = []
    for output in cell.outputs:
        if output.get("output_type") == "stream" and output.get("name", output.get("stream")) != "stderr":
            parts.append(_join(output.get("text")))
        elif output.get("output_type") in ("display_data", "execute_result", "pyout"):
            parts.append("\n" + _plain(output) + "\n")
    return _ANSI.sub("", "".join(parts))


def result_text(cell: Cell) -> str | None:
    """The text of the value of the last expression, if the cell shows one."""
    for output in cell.outputs:
        if output.get("output_type") in ("execute_result", "pyout"):
            return _plain(output)
    return None


def as_number(text: str | None) -> float | None:
    """The number this text is (``0.93``, ``np.float64(0.93)``, ``tensor(0.93)``), else None."""
    match = _VALUE.match(text.strip()) if text else None
    return to_float(match[1]) if match else None


def to_float(text: str) -> float | None:
    """A printed number; thousands commas go. None for NaN and infinite, which are no JSON."""
    try:
        value = float(text.replace(",", "").replace("_", ""))
    except ValueError:
        return None
    return value if value - value == 0 else None


def _join(text: Any) -> str:
    if isinstance(text, list):
        text = "".join(t for t in text if isinstance(t, str))
    return text if isinstance(text, str) else ""


def _data(output: Mapping[str, Any]) -> Mapping[str, Any]:
    data = output.get("data")
    # In nbformat 3 the kinds lie in the output itself.
    return data if isinstance(data, dict) else output


def _plain(output: Mapping[str, Any]) -> str:
    data = _data(output)
    return _join(data.get("text/plain", data.get("text")))


def _one(output: Mapping[str, Any]) -> str:
    kind = output.get("output_type")
    if kind == "stream":
        return _screen(_join(output.get("text")))
    if kind in ("error", "pyerr"):
        return _ANSI.sub("", _join(["\n".join(map(str, output.get("traceback") or []))])) or (
            f"{output.get('ename')}: {output.get('evalue')}"
        )
    notes = [_plain(output)]
    for name, value in _data(output).items():
        if name in _IMAGES or name in ("png", "jpeg", "svg"):
            notes.append(f"[{name}, {len(_join(value))} characters]")
    return "\n".join(filter(None, notes))


def _screen(text: str) -> str:
    """What is left on the screen: a carriage return starts the line again (progress bars)."""
    if "\r" not in text and "\x1b" not in text:
        return text.rstrip("\n")
    lines = _ANSI.sub("", text).replace("\r\n", "\n").split("\n")
    return "\n".join(next((p for p in reversed(line.split("\r")) if p), "") for line in lines).rstrip("\n")
