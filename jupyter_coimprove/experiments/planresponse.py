"""Reading the ``[response]`` of ``plan.toml``: its source, its reduction, its validation series."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import get_args

from jupyter_coimprove.errors import CoimproveError
from jupyter_coimprove.experiments import reduction as reductions
from jupyter_coimprove.experiments.experiment import Response, ResponseHow
from jupyter_coimprove.experiments.plantable import Table
from jupyter_coimprove.notebook.metrics import direction as direction_of

_SOURCE = ("name", "how", "expr", "direction", "pattern", "cells", "decimals", "file")


def load_response(table: Table) -> Response:
    """The response of ``[response]``; PlanError with the line for what is wrong."""
    table.only([f.name for f in fields(Response)])
    by = table.table("by", {}).only(_SOURCE) if "by" in table.data else None
    written = table.get("reduction", str, "last")
    try:
        reduction = reductions.parse(written)
    except CoimproveError as error:
        raise table.refuse("reduction", f"is {written!r}", error.remedy) from error
    series = None if by is None else _one(by)
    if series is not None and reduction.way:
        series = replace(series, direction=reduction.way)
    if reduction.kind == "at best" and (series is None or series.name != reduction.by):
        # Edited by hand: an expression over the notebook's names.
        way = reduction.way or direction_of(reduction.by)
        if way == "unknown":
            raise table.refuse("reduction", f"is {written!r}", f"write 'at best {reduction.by} max' (or min)")
        series = Response(name=reduction.by, how="expression", expr=reduction.by, direction=way)
    return replace(
        _one(table),
        reduction=str(reduction),
        items=table.get("items", str, None),
        clusters=table.get("clusters", str, None),
        notes=table.texts("notes", []),
        by=series if reduction.kind == "at best" else None,
    )


def _one(table: Table) -> Response:
    """Where one response is read, and which way is better."""
    cells = table.get("cells", list, [])
    if not all(isinstance(cell, int) and not isinstance(cell, bool) and cell > 0 for cell in cells):
        raise table.refuse("cells", f"is {cells!r}", "write numbers of cells, counted from 1")
    return Response(
        name=table.get("name", str),
        how=table.choice("how", get_args(ResponseHow)),
        expr=table.get("expr", str),
        direction=table.choice("direction", ("max", "min")),
        pattern=table.get("pattern", str, ""),
        cells=tuple(cell - 1 for cell in cells),
        decimals=table.get("decimals", int, None),
        file=table.get("file", str, ""),
    )
