"""The training notebooks whose factors, seeds, responses and effects somebody measured by brute force."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_coimprove.notebook.candidates import Candidate
from jupyter_coimprove.notebook.cells import Notebook


@dataclass(frozen=True, kw_only=True)
class Truth:
    """One truth file, and the notebook it is about. ``effects`` are by factor."""

    name: str
    notebook: Path
    data: Mapping[str, Any]

    @property
    def effects(self) -> dict[str, Mapping[str, Any]]:
        return {effect["factor"]: effect for effect in self.data["effects"]["one_at_a_time"]}

    @property
    def factors(self) -> Sequence[Mapping[str, Any]]:
        return list(self.data["factors"])


def truths(shared: Path) -> Iterator[Truth]:
    """All of them, by name."""
    for path in sorted((shared / "training" / "truth").glob("*.truth.json")):
        data = json.loads(path.read_text())
        folder = shared / "training" / data["name"]
        yield Truth(name=data["name"], notebook=next(folder.rglob("*.ipynb")), data=data)


def changed(notebook: Notebook, factor: Mapping[str, Any]) -> tuple[int, str, int, int]:
    """(cell or -1, file, start, end): the stretch of source that the factor's level changes."""
    where = factor["where"]
    file = str(where.get("file", ""))
    if file:
        source = notebook.beside.get(file) or (notebook.path.parent / file).read_text()
        cell = -1
    else:
        cell = int(where["cell"])
        source = notebook.cells[cell].source
    before, after = factor["level_snippets"][:2]
    start = source.find(before)
    assert start >= 0, f"{before!r} stands nowhere in {file or cell}"
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    return cell, file, start + head, max(start + head + 1, start + len(before) - tail)


def expresses(notebook: Notebook, factor: Mapping[str, Any], candidate: Candidate) -> bool:
    """Whether this candidate stands where the factor's level changes the code, and can change it so."""
    cell, file, start, end = changed(notebook, factor)
    settable = factor["kind"] in ("parameter", "config", "literal", "default")
    if settable != (candidate.operator == "set" and candidate.kind != "item"):
        return False
    for place in candidate.places:
        here = place.file == file and (file or place.address.ordinal == cell)
        if here and place.start < end and start < place.end and len(place.text) <= 4 * (end - start) + 40:
            return True
    return False


def request(factor: Mapping[str, Any], candidate: Candidate) -> tuple[str, str]:
    """(option, text) that asks for this factor on the command line: ``factor NAME=LEVEL`` or ``drop NAME``."""
    if candidate.operator == "set" and candidate.kind != "item":
        return "factor", f"{candidate.name}={factor['levels'][1]}"
    return "drop", candidate.name
