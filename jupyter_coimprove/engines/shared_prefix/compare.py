"""Two output notebooks of one run, held against each other cell by cell: what sharing must not change."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

#: Addresses, ids, names of compiled cells, temporary names and measured times differ from process to process.
_MASKED = re.compile(
    r"0x[0-9a-f]{6,}|\b[0-9a-f]{32}\b|ipykernel_\d+/\d+\.py|\btmp[a-z0-9_]{8}\b"
    r"|\d+(?:\.\d+)?(?:e\+\d+)? ?(?:[nm\u00b5\u03bc]?s|it/s|s/it)\b|\d\d:\d\d(?:[:.]\d+)*|\b20\d\d-\d\d-\d\d\b"
)


def differences(one: Path, other: Path) -> list[str]:
    """A sentence for each cell whose source, count or outputs differ. Raises OSError, ValueError."""
    return list(by_cell(one, other).values())


def by_cell(one: Path, other: Path) -> dict[int, str]:
    """The same by the cell's number in the output notebook, from 1; 0 where they have not as many cells."""
    first, second = _cells(one), _cells(other)
    if len(first) != len(second):
        return {0: f"there are {len(first)} cells, and {len(second)} without sharing"}
    return {
        number: f"cell {number} shows {_short(a)}, and {_short(b)} without sharing"
        for number, (a, b) in enumerate(zip(first, second, strict=True), 1)
        if a != b
    }


def _cells(path: Path) -> list[Any]:
    nb = json.loads(path.read_text("utf-8"))
    return [
        [cell.get("execution_count"), _masked("".join(cell["source"])), _merged(cell.get("outputs", []))]
        for cell in nb["cells"]
    ]


def _merged(outputs: list[Mapping[str, Any]]) -> list[Any]:
    """One text for each stream, then the rest in order: streams come in pieces as time has it."""
    texts: dict[str, str] = {}
    rest = []
    for output in outputs:
        if output["output_type"] == "stream":
            texts[output["name"]] = texts.get(output["name"], "") + "".join(output["text"])
        else:
            rest.append(_masked(output))
    return [[name, _masked(texts[name])] for name in sorted(texts)] + rest


def _masked(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {key: _masked(value) for key, value in sorted(node.items()) if key != "metadata"}
    if isinstance(node, list):
        joined = "".join(node) if node and all(isinstance(item, str) for item in node) else None
        return _masked(joined) if joined is not None else [_masked(item) for item in node]
    return _MASKED.sub("*", node) if isinstance(node, str) else node


def _short(cell: Any) -> str:
    text = json.dumps(cell[2] or cell[0], ensure_ascii=False)
    return text if len(text) < 200 else text[:200] + "…"
