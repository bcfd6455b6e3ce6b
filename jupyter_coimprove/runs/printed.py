"""Numbers in what cells print: every place where a pattern finds one, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jupyter_coimprove.runs.run import Probe, Value

#: Longer output is searched in its last part only: a response stands at the end.
SEARCHED = 16 * 2**20
MAX_SERIES = 100_000
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


def printed(probe: Probe, cells: Sequence[Mapping[str, Any]]) -> list[Value]:
    """What the probe's pattern finds in the streams of these cells, in order.

    First in what they print; where it is not there, in what they write to stderr, as loggers
    do. One missing value, with the reason, where it is in neither. A bar that overwrites its
    line (carriage returns) has each of its states counted.
    """
    pattern = re.compile(probe.pattern, re.MULTILINE)
    for stream in ("stdout", "stderr"):
        text = "\n".join(_stream(cell, stream) for cell in cells)
        found = list(_numbers(pattern, text[-SEARCHED:]))[-MAX_SERIES:]
        if found:
            return found
    return [Value.missing(f"nothing that is printed looks like {probe.expr} ({probe.pattern})"[:400])]


def _stream(cell: Mapping[str, Any], name: str) -> str:
    parts = []
    for output in cell.get("outputs", ()):
        if output.get("output_type") == "stream" and output.get("name") == name:
            text = output.get("text", "")
            parts.append(text if isinstance(text, str) else "".join(text))
    return _ANSI.sub("", "".join(parts)).replace("\r\n", "\n").replace("\r", "\n")


def _numbers(pattern: re.Pattern[str], text: str) -> Iterator[Value]:
    for match in pattern.finditer(text):
        said = (match[1] or "").strip()
        try:
            yield Value.of(float(said.replace(",", "").replace("_", "").rstrip("%")))
        except ValueError:
            # A person's own pattern may catch words: those are no numbers of the series.
            yield Value(kind="text", text=said[:200])


def as_one(values: Sequence[Value]) -> list[Value]:
    """Several finite numbers as one series; with others among them each keeps its kind."""
    if len(values) > 1 and all(value.kind == "finite" for value in values):
        return [Value(kind="series", series=tuple(value.number for value in values))]
    return list(values)
