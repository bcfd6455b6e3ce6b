"""What a cell shows, reduced to what a second run has to show again: times, addresses and progress are masked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_UNIT = r"(?:[nmµμu]?s|min|h|sec|secs|second|seconds|minutes|hours|it/s|s/it|(?:B|kB|MB|it|ba|ex)/s)"
#: What differs from run to run by its nature: addresses, ids, temporary names, dates, times of day, durations.
_MASKED = re.compile(
    r"0x[0-9a-fA-F]{6,}"
    r"|\b[0-9a-f]{32}\b"
    r"|ipykernel_\d+/\d+\.py"
    r"|\btmp[a-z0-9_]{8}\b"
    r"|\b(?:19|20)\d\d-\d\d-\d\d(?:[T ]\d\d:\d\d(?:[:.,]\d+)*)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|\b\d{1,2}:\d\d(?:[:.,]\d+)+|\b\d\d:\d\d\b"
    rf"|(?<![\w.])\d+(?:\.\d+)?(?:e[-+]?\d+)? ?{_UNIT}\b(?:(?: ±)? \d+(?:\.\d+)? ?{_UNIT}\b)*",
)
#: ``elapsed: 0.31``, ``done in 2.4``: a duration without its unit.
_SPOKEN = re.compile(
    r"(?i)\b(elapsed|took|runtime|run time|wall[- ]?time|cpu[- ]?times?|duration|(?:done|finished|trained|ran|completed) in)"
    r"((?: time)?\s*[:=]?\s*)\d+(?:\.\d+)?(?:e[-+]?\d+)?"
)
_BAR = re.compile(r"\d+%\|")
#: Kinds of output that say in other words what ``text/plain`` says, or that only a front end draws.
_SECOND = ("text/html", "text/markdown", "text/latex")
_IGNORED = ("application/vnd.jupyter.widget-view+json", "application/javascript")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One cell's outputs: masked ``lines``, a digest of each picture, and the name of the error it ended with.

    What stands on stderr (warnings, progress) is left out.
    """

    lines: tuple[str, ...]
    pictures: tuple[str, ...] = ()
    error: str = ""

    @property
    def empty(self) -> bool:
        return not (self.lines or self.pictures or self.error)


def shown(outputs: Sequence[Mapping[str, Any]]) -> Shown:
    """The outputs of a cell (nbformat 3 or 4) as they are compared; stream pieces are joined first."""
    printed: list[str] = []
    rest: list[str] = []
    pictures: list[str] = []
    error = ""
    for output in outputs:
        kind = output.get("output_type")
        if kind == "stream":
            if output.get("name", output.get("stream")) != "stderr":
                printed.append(_join(output.get("text")))
        elif kind in ("error", "pyerr"):
            error = str(output.get("ename") or "error")
        else:
            text, drawn = _bundle(output)
            rest += [text] if text else []
            pictures += drawn
    text = "\n".join([*(["".join(printed)] if printed else []), *rest])
    return Shown(lines=tuple(_lines(text)), pictures=tuple(pictures), error=error)


def masked(text: str) -> str:
    """The text with everything that differs by its nature put out of it."""
    return _SPOKEN.sub(r"\1\2*", _MASKED.sub("*", text))


def _lines(text: str) -> list[str]:
    """Lines as they stand on the screen in the end, masked; empty ones and progress bars are left out."""
    out = []
    for line in _ANSI.sub("", text).replace("\r\n", "\n").split("\n"):
        last = next((part for part in reversed(line.split("\r")) if part), "")
        if last.strip() and not _BAR.search(last):
            out.append(masked(last.rstrip()))
    return out


def _bundle(output: Mapping[str, Any]) -> tuple[str, list[str]]:
    data = output.get("data")
    if not isinstance(data, Mapping):
        data = {key: value for key, value in output.items() if key in ("text", "html", "png", "svg", "jpeg")}
    plain = _join(data.get("text/plain", data.get("text")))
    if not plain:
        plain = next((_join(data[kind]) for kind in _SECOND if data.get(kind)), "")
    pictures = []
    for kind, value in sorted(data.items()):
        if kind in ("text/plain", "text", "html", *_SECOND, *_IGNORED):
            continue
        raw = masked(_join(value) if isinstance(value, str | list) else repr(value)).strip()
        pictures.append(hashlib.sha256(f"{kind}\n{raw}".encode()).hexdigest())
    return plain, pictures


def _join(text: Any) -> str:
    if isinstance(text, list):
        return "".join(part for part in text if isinstance(part, str))
    return text if isinstance(text, str) else ""
