"""Whether what is proposed still fits its notebook: what changed, or went, is noticed before anybody accepts it."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from jupyter_coimprove.errors import CoimproveError, DecisionError
from jupyter_coimprove.registry import TOOL
from jupyter_coimprove.workbench import whereabouts
from jupyter_coimprove.workbench.proposing import WAITS

if TYPE_CHECKING:
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench

#: Notebooks of this process as they were last read, without what is large: path to what tells its file, and cells.
_read: dict[Path, tuple[tuple[int, ...], Notebook]] = {}
KEPT = 8
#: A file that was written within this time may be written again and look the same (in ns).
YOUNG_NS = 50_000_000


def notice(bench: Bench, items: Sequence[Item]) -> list[Item]:
    """The proposals in the state in which they are against their notebooks' files as these are now.

    What is another state than before is recorded, where this call may record. One that is stale because
    a window said so stays so: its window knows more than the file.
    """
    from jupyter_coimprove.curation import rules
    from jupyter_coimprove.record.base import Draft

    record, out = bench.record(), []
    books: dict[str, Notebook | str] = {}
    lines: list[Draft] = []
    for item in items:
        if item.trust != "own" or item.state not in WAITS:
            out.append(item)
            continue
        name = str(item.data["notebook"])
        if name not in books:
            books[name] = _book(bench, name, item.id)
        change, why = fits(books[name], item)
        state = rules.follow(item.state, change)
        if state == item.state or (change == "pending" and not item.data.get("noticed")):
            out.append(item)
            continue
        told = {"stale_why": why, "noticed": change != "pending"}
        lines.append(
            Draft(
                id=item.id, kind="proposal", event="fits" if change == "pending" else change, state=state, actor=TOOL, data=told
            )
        )  # fmt: skip
        out.append(dataclasses.replace(item, state=state, data={**item.data, **told}))
    if lines and not bench.looks and not record.read_only:
        ids = {line.id for line in lines}
        # Somebody may decide on one at this moment: what is noticed must not stand over a decision, and
        # is seen again when it is looked at again.
        with suppress(DecisionError):
            record.append(lines, expect={item.id: item.seq for item in items if item.id in ids})
        return [record.get(item.id) if item.id in ids else item for item in out]
    return out


Change = Literal["stale", "orphaned", "pending"]


def fits(book: Notebook | str, item: Item) -> tuple[Change, str]:
    """(``pending`` where all its edits can be made, else what it is, and why)."""
    from jupyter_coimprove.proposals.proposal import Edit

    if isinstance(book, str):
        return "orphaned", book
    for kept in item.data["edits"]:
        edit = Edit.from_dict(kept)
        if edit.address is None:
            continue
        where = f"cell {edit.address.ordinal + 1}"
        cell = book.find(edit.address)
        if cell is None:
            return "stale", f"{where} is gone or has changed since this was proposed"
        if edit.kind != "insert" and cell.digest != edit.base:
            return "stale", f"{where} has changed since this was proposed"
    return "pending", ""


def anew(bench: Bench, item: Item) -> dict[str, Any]:
    """A stale proposal pinned to its notebook as it is now, for who has seen what changed.

    Raises Stale where a cell it changes is gone; NotebookError where the notebook is.
    """
    from jupyter_coimprove.digests import digest_json
    from jupyter_coimprove.errors import NotebookError, NothingToDo, Stale
    from jupyter_coimprove.notebook.io import read
    from jupyter_coimprove.proposals.drafting import clean
    from jupyter_coimprove.proposals.proposal import Edit

    name = str(item.data["notebook"])
    path = whereabouts.path_of(bench, name)
    if path is None:
        raise NotebookError(f"{name} is gone", remedy=whereabouts.remedy(bench, name, item.id))
    book, edits = read(path), []
    for kept in item.data["edits"]:
        edit = Edit.from_dict(kept)
        cell = book.find(edit.address) if edit.address is not None else None
        if edit.address is not None and cell is None:
            raise Stale(
                f"cell {edit.address.ordinal + 1}, which it is about, is gone from {name}",
                remedy="bring the cell back and save the notebook, or reject it and have it made anew",
            )
        if cell is None:
            edits.append(dict(kept))
            continue
        if edit.kind == "replace" and cell.source == edit.source:
            raise NothingToDo(
                f"cell {cell.index + 1} says already what is proposed", remedy=f"`coimprove reject {item.id}`"
            )
        pinned = dataclasses.replace(
            edit, address=book.address(cell.index), base="" if edit.kind == "insert" else cell.digest
        )
        edits.append({**pinned.as_dict(), "was": clean(cell.source)})
    return {
        "edits": edits, "digest": digest_json({"edits": edits}), "cells": whereabouts.key_of(book), "stale_why": "", "noticed": False,
    }  # fmt: skip


def _book(bench: Bench, name: str, subject: str) -> Notebook | str:
    """The notebook of this name; why not, where it is gone or cannot be read."""
    path = whereabouts.path_of(bench, name)
    if path is None:
        return f"{name} is gone: {whereabouts.remedy(bench, name, subject)}"
    try:
        return light(path)
    except (CoimproveError, OSError) as error:
        return f"{name} cannot be read now: {error}"


def light(path: Path) -> Notebook:
    """A notebook's cells without their outputs; read again only when its file is another."""
    from jupyter_coimprove.notebook.io import read

    found = path.stat()
    stamp = (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)
    known = _read.get(path)
    if known is not None and known[0] == stamp:
        return known[1]
    book = read(path)
    cells = tuple(dataclasses.replace(cell, outputs=()) for cell in book.cells)
    book = dataclasses.replace(book, raw=b"", node={}, cells=cells)
    _read.pop(path, None)
    if abs(time.time_ns() - found.st_mtime_ns) > YOUNG_NS:
        if len(_read) >= KEPT:
            _read.pop(next(iter(_read)))
        _read[path] = (stamp, book)
    return book
