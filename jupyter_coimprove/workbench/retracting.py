"""Written reports follow their findings: one that is taken back leaves every report that told it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.digests import digest_bytes, digest_json
from jupyter_coimprove.errors import NothingToDo, UsageError
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.registry import TOOL

if TYPE_CHECKING:
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench

#: What a written report is kept as.
KIND = "report"


def wrote(
    bench: Bench,
    path: Path,
    raw: bytes,
    *,
    format: str,
    notebook: str | None,
    title: str | None,
    told: Sequence[str],
) -> None:
    """Keep that this report was written and which findings it tells, so that they can be taken out of it."""
    from jupyter_coimprove.record.base import Draft

    record = bench.record()
    if record.read_only:
        return
    place = os.path.relpath(path, bench.root())
    old = next((item for item in _written(bench) if item.data["key"] == place), None)
    data: dict[str, Any] = {
        "activity": "report", "card": KIND, "title": f"report {place}", "key": place, "goal": "", "evidence": [], "known": [],
        "untried": [], "weight": 0.0, "cells": [], "used": list(told), "next": [], "notebook": notebook or "",
        "digest": digest_json({"activity": "report", "card": KIND, "key": place}),
        "more": {"format": format, "title": title, "bytes": digest_bytes(raw)},
    }  # fmt: skip
    id_ = old.id if old else new_id("card", bench.clock)
    record.append([Draft(id=id_, kind="card", event="written", state="accepted", data=data, actor=TOOL)])


def retracted(bench: Bench, finding: str) -> tuple[str, ...]:
    """After a finding (or a card with its cases) was taken back: each report that told it, and what became of it, a sentence each.

    A report that nobody changed is written again without it; one that somebody edited is theirs to mend.
    """
    return tuple(
        _without(bench, item, finding) for item in _written(bench) if finding in item.data.get("used", ())
    )


def _written(bench: Bench) -> list[Item]:
    return [
        item
        for item in bench.record().find("card", card=KIND)
        if item.trust == "own" and item.state == "accepted"
    ]


def _without(bench: Bench, item: Item, finding: str) -> str:
    from jupyter_coimprove.workbench import reporting

    more = item.data["more"]
    path = bench.root() / str(item.data["key"])
    try:
        same = digest_bytes(path.read_bytes()) == more["bytes"]
    except OSError:
        return f"{path} told it and is not there any more"
    if not same:
        return f"{path} tells {finding}, and was edited since it was written: take it out there"
    try:
        reporting.write(
            bench,
            path,
            format=str(more["format"]),
            notebook=str(item.data["notebook"]) or None,
            title=more.get("title"),
        )
    except NothingToDo:
        path.unlink()
        return f"{path} told this alone, and was removed"
    except UsageError as error:
        return f"{path} tells {finding} and could not be written again: {error.message}"
    return f"{path} was written again without it"
