"""The reading tools called once on a notebook of two cells, so that a client's first call waits for no import.

A second of processor time goes into what they load. A client that has connected calls nothing for a while:
its model thinks first. No notebook of the person's is read meanwhile, and nothing is kept. Where nothing is to
happen unasked (``COIMPROVE_AUTO_POLICY``), it does not.
"""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_CELLS = ("rate = 0.5", "score = rate * 10\nprint(score)")
#: What a call needs, by the name of what its schema asks for.
_GIVEN: Mapping[str, Any] = {"cells": [1], "cell": 2, "name": "rate", "names": ["rate"], "experiment": "last"}


def begin(configured: Mapping[str, Any] | None = None) -> threading.Thread | None:
    """Rehearse in a thread that holds up nobody's end; None where that is not to happen unasked.

    ``configured`` is what a server's own configuration says. Raises UsageError for one that cannot be read.
    """
    from jupyter_coimprove.workbench import configuring
    from jupyter_coimprove.workbench.policy import not_unasked

    if not_unasked(configuring.read(configured)):
        return None
    thread = threading.Thread(target=rehearse, name="rehearsal", daemon=True)
    thread.start()
    return thread


def rehearse() -> None:
    """Call them all. Whatever a call has to say about such a notebook is told to nobody."""
    from jupyter_coimprove.interfaces.mcp import calling
    from jupyter_coimprove.interfaces.mcp.folder import Folder
    from jupyter_coimprove.workbench import proposed  # noqa: F401 - what keeps a proposal
    from jupyter_coimprove.workbench.bench import os_actor

    with tempfile.TemporaryDirectory(prefix="coimprove-") as place:
        path = Path(place) / "rehearsal.ipynb"
        path.write_text(json.dumps(_notebook()), encoding="utf-8")
        folder = Folder(root=path.parent, only=path)
        asker = calling.Asker(person=os_actor(), root=path.parent)
        for name, kind, _, schema in calling.table(folder):
            if kind == "read":
                given = {key: _GIVEN[key] for key in schema["required"]}
                calling.carry_out(folder, asker, name, given, lambda: False)
        calling.facts(folder, asker, path.name, lambda: False)


def _notebook() -> dict[str, Any]:
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": source, "execution_count": None, "outputs": []}
        for n, source in enumerate(_CELLS)
    ]  # fmt: skip
    return {
        "cells": cells,
        "metadata": {"language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
