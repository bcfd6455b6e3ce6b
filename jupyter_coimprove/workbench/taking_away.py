"""Taking this tool away: a notebook without the marks it put on cells, and otherwise byte for byte the same."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import DecisionError, NothingToDo
from jupyter_coimprove.workbench import presence, shelf
from jupyter_coimprove.workbench.views import CheckRow, ChecksView

if TYPE_CHECKING:
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.workbench.bench import Bench


def uninstall_metadata(bench: Bench, *, notebook: str) -> ChecksView:
    """Strip our metadata from the notebook and its cells. What was accepted stays, and so does the record.

    DecisionError while it is open somewhere: the file of an open notebook is not written.
    """
    from jupyter_coimprove.curation.application import KEY
    from jupyter_coimprove.notebook.io import read, write_atomic
    from jupyter_coimprove.notebook.splice import render

    bench.require_person("taking our metadata out of a notebook")
    path = bench.path(notebook).resolve()
    name, layout = shelf.notebook_name(bench.root(path), path), bench.layout(path)
    there = presence.opened(bench, name, near=path, said=True)
    if there is not None:
        raise DecisionError(
            f"{name} is open ({there.who}): its file is not written behind anybody's back",
            remedy=f"close it and say `coimprove uninstall-metadata {shlex.quote(name)}` in a terminal",
        )
    # A folder that is no project stays none.
    alone = presence.writing(layout, name) if layout.hidden.is_dir() else nullcontext()
    with alone:
        found = read(path)
        marked = [cell.index + 1 for cell in found.cells if KEY in cell.metadata]
        node = _without(found, KEY)
        if node == found.node:
            raise NothingToDo(f"{name} has no metadata of ours")
        write_atomic(path, render(found, node), expect=found.raw)
    what = ", ".join(map(str, marked))
    row = CheckRow(name=name, ok=True, text=f"cells {what} carry no mark any more" if what else "stripped")
    return ChecksView(
        summary=f"our metadata is out of {name}; every other byte is as it was", ok=True, checks=(row,),
        warnings=("what was accepted stays; undo finds it no more",) if marked else (),
    )  # fmt: skip


def _without(notebook: Notebook, key: str) -> Mapping[str, Any]:
    """The notebook's JSON without this key in any metadata; nothing else is touched."""

    def bare(holder: Mapping[str, Any]) -> dict[str, Any]:
        metadata = holder.get("metadata")
        if not isinstance(metadata, Mapping) or key not in metadata:
            return dict(holder)
        return {**holder, "metadata": {name: value for name, value in metadata.items() if name != key}}

    node = bare(notebook.node)
    if notebook.nbformat >= 4:
        return {**node, "cells": [bare(cell) for cell in node.get("cells", ())]}
    sheets = [
        {**bare(sheet), "cells": [bare(cell) for cell in sheet["cells"]]} for sheet in node["worksheets"]
    ]
    return {**node, "worksheets": sheets}
