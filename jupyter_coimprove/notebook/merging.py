"""Two versions of a notebook that came of one, as one: by cells, where a merge by lines sees a conflict.

What only one side changed is taken from it. At one place both may have put accepted findings: both stay, in
the order in which they were decided. Where people changed the same thing in two ways, nothing is guessed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.splice import same

#: Where an accepted cell has its marks (DESIGN 5).
MARKS = "coimprove"
Cell = Mapping[str, Any]


class Conflict(Exception):
    """Both sides changed the same thing; ``str()`` says what."""


def merged(base: Notebook, ours: Notebook, theirs: Notebook) -> Mapping[str, Any]:
    """The notebook's JSON with what both sides did, in our key order. Conflict where that is not plain."""
    nodes = [base.node, ours.node, theirs.node]
    if any(not isinstance(node.get("cells"), list) for node in nodes):
        raise Conflict("a notebook of an old format")
    if not same(ours.node.get("nbformat_minor"), theirs.node.get("nbformat_minor")):
        raise Conflict("another format of the notebook on each side")
    out = {key: value for key, value in ours.node.items() if key in theirs.node or key not in base.node}
    for key in dict.fromkeys([*ours.node, *theirs.node]):
        if key == "cells":
            out[key] = _cells(*(node[key] for node in nodes))
        elif key == "metadata":
            out[key] = _mapping(*(node.get(key, {}) for node in nodes), what="the notebook's metadata")
        elif (value := _one(*(node.get(key) for node in nodes), what=f"the notebook's {key}")) is not None:
            out[key] = value
    return out


def _one(base: Any, ours: Any, theirs: Any, *, what: str) -> Any:
    """What one side changed, or neither."""
    if same(ours, base):
        return theirs
    if same(theirs, base) or same(ours, theirs):
        return ours
    raise Conflict(f"{what} changed on both sides")


def _mapping(base: Any, ours: Any, theirs: Any, *, what: str) -> Any:
    if not all(isinstance(one, Mapping) for one in (base, ours, theirs)):
        return _one(base, ours, theirs, what=what)
    out = {}
    for key in dict.fromkeys([*ours, *theirs]):
        value = _one(base.get(key), ours.get(key), theirs.get(key), what=f"{what}, {key},")
        if value is not None or key in (theirs if same(ours.get(key), base.get(key)) else ours):
            out[key] = value
    return out


def _cells(base: Sequence[Cell], ours: Sequence[Cell], theirs: Sequence[Cell]) -> list[Cell]:
    every = (base, ours, theirs)
    named = all(isinstance(cell.get("id"), str) for cells in every for cell in cells)
    before, *sides = [_keyed(cells, named) for cells in every]
    for side in sides:
        if [key for key in side if key in before] != [key for key in before if key in side]:
            raise Conflict("cells were moved")
    put = [_inserted(side, before) for side in sides]
    out = _beside(put[0].get("", []), put[1].get("", []))
    for number, (key, cell) in enumerate(before.items(), start=1):
        mine, other = (side.get(key) for side in sides)
        if mine is not None and other is not None:
            out.append(_cell(cell, mine, other, number))
        elif (left := mine if mine is not None else other) is not None and not same(left, cell):
            raise Conflict(f"cell {number} is changed on one side and gone on the other")
        out += _beside(put[0].get(key, []), put[1].get(key, []))
    return out


def _keyed(cells: Sequence[Cell], named: bool) -> dict[str, Cell]:
    """Cells by id; where a file has none, by what they are, each kind of the same counted."""
    out: dict[str, Cell] = {}
    for cell in cells:
        text = json.dumps([cell.get("cell_type"), _source(cell)])
        key = str(cell["id"]) if named else hashlib.sha256(text.encode()).hexdigest()
        count = 0
        while f"{key}/{count}" in out:
            count += 1
        out[f"{key}/{count}"] = cell
    return out


def _source(cell: Cell) -> str:
    source = cell.get("source", "")
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def _inserted(side: Mapping[str, Cell], before: Mapping[str, Cell]) -> dict[str, list[Cell]]:
    """New cells by the key of the old one that they stand behind; "" at the top."""
    out: dict[str, list[Cell]] = {}
    at = ""
    for key, cell in side.items():
        if key in before:
            at = key
        else:
            out.setdefault(at, []).append(cell)
    return out


def _cell(base: Cell, ours: Cell, theirs: Cell, number: int) -> Cell:
    """One cell that both have: its metadata and the rest of it each from the side that changed it."""
    what = f"cell {number}"
    rest = [{k: v for k, v in cell.items() if k != "metadata"} for cell in (base, ours, theirs)]
    metadata = [cell.get("metadata", {}) for cell in (base, ours, theirs)]
    found = _one(*rest, what=what)
    marks = _mapping(*metadata, what=f"the metadata of {what}")
    whole = {**found, "metadata": marks}
    order = ours if same(found, rest[1]) else theirs
    return {key: whole[key] for key in [*order, *whole] if key in whole}


def _beside(ours: Sequence[Cell], theirs: Sequence[Cell]) -> list[Cell]:
    """What both put at one place: accepted cells in the order they were decided, then what one person wrote."""
    new = [cell for cell in theirs if not any(same(cell, one) for one in ours)]
    if not ours or not new:
        return [*ours, *new]
    marked = [cell for cell in (*ours, *new) if _decided(cell)]
    written = [[cell for cell in side if not _decided(cell)] for side in (ours, new)]
    if all(written):
        raise Conflict("two people wrote cells at one place")
    if len({cell["id"] for cell in marked if "id" in cell}) < sum("id" in cell for cell in marked):
        raise Conflict("one cell was accepted in two ways")
    return [*sorted(marked, key=_decided), *written[0], *written[1]]


def _decided(cell: Cell) -> tuple[str, ...]:
    """When an accepted cell was decided on, and of which finding or proposal; empty for a person's own."""
    metadata = cell.get("metadata")
    marks = metadata.get(MARKS) if isinstance(metadata, Mapping) else None
    if not isinstance(marks, Mapping):
        return ()
    return str(marks.get("decided_at", "")), str(marks.get("finding") or marks.get("proposal") or "")
