"""Where a response is read, in the words of a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_coimprove.experiments.experiment import Response
    from jupyter_coimprove.notebook.candidates import Measured


def of_response(response: Response) -> str:
    """The source of a response and its reduction, as ``what cell 6 prints, to 4 decimals: last``."""
    where = _where(response.how, response.expr, response.file, response.cells, response.decimals)
    return where if response.reduction == "value" else f"{where}: {response.reduction}"


def of_measure(measured: Measured) -> str:
    """Where a measure is read, where that is not simply its expression; empty otherwise."""
    if measured.how == "printed" and measured.reachable:
        return ""
    if measured.how not in ("printed", "file", "scalar"):
        return ""
    return _where(measured.how, measured.expr, measured.file, measured.cells, measured.decimals)


def _where(how: str, expr: str, file: str, cells: Sequence[int], decimals: int | None) -> str:
    if how == "printed":
        numbers = ", ".join(str(cell + 1) for cell in cells)
        where = f"what cell {numbers} prints" if len(cells) == 1 else f"what cells {numbers} print"
        exact = "" if decimals is None else f", to {decimals} decimals"
        return (where if cells else "what is printed") + exact
    if how == "file":
        return f"column {expr} of {file}, which every run writes"
    if how == "scalar":
        return f"TensorBoard's {expr}, which every run writes"
    return {"logged": "what is logged", "scrap": "a scrap", "run": "the run itself"}.get(
        how, "the names left after the last cell"
    )
