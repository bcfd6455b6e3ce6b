"""An example is executed whole, as by a person at its front end or by a program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient


def executed(node: nbformat.NotebookNode, folder: Path, *, person: bool) -> dict[str, nbformat.NotebookNode]:
    """The cells by id after execution. A person's front end answers ``input``; a program's does not."""
    client = NotebookClient(
        node,
        timeout=400,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        allow_errors=True,
    )
    with client.setup_kernel():
        client.kc.allow_stdin = person
        for index, cell in enumerate(node.cells):
            if cell.cell_type == "code":
                client.execute_cell(cell, index)
    return {cell.id: cell for cell in node.cells}


def errors(cells: dict[str, Any]) -> dict[str, str]:
    return {
        id_: "\n".join(output.traceback)
        for id_, cell in cells.items()
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    }


def shown(cell: Any) -> str:
    return "\n".join(
        output.get("data", {}).get("text/plain", output.get("text", "")) for output in cell.outputs
    )
