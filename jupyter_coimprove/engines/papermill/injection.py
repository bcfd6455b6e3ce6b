"""Parameters into the notebook, the papermill way."""

from __future__ import annotations

import functools
import json
from typing import Any

from jupyter_coimprove.runs.run import Work

INJECTED = "injected-parameters"


def bind(work: Work) -> tuple[Any, list[int | None]]:
    """The notebook as papermill would execute it, and for each of its cells the index in ``work.notebook``.

    None stands for the cell that papermill adds. The same steps as ``papermill.execute_notebook``.
    """
    import nbformat
    from papermill.execute import prepare_notebook_metadata, remove_error_markers
    from papermill.parameterize import parameterize_notebook

    nb = nbformat.from_dict(json.loads(_loaded(json.dumps(work.notebook))))
    for index, cell in enumerate(nb.cells):
        cell.metadata["coimprove_index"] = index
    if work.parameters:
        nb.metadata.setdefault(
            "kernelspec", {"name": work.kernel, "language": "python", "display_name": work.kernel}
        )
        nb = parameterize_notebook(nb, dict(work.parameters), kernel_name=work.kernel)
    nb = prepare_notebook_metadata(nb, work.run, "output.ipynb")
    nb = remove_error_markers(nb)
    return nb, [cell.metadata.pop("coimprove_index", None) for cell in nb.cells]


@functools.lru_cache(maxsize=4)
def _loaded(text: str) -> str:
    """What papermill makes of a notebook that it reads; runs of one experiment mostly have the same.

    It checks the notebook four times against its schema on the way, which costs more than a small run does.
    """
    import nbformat
    from papermill.iorw import load_notebook_node

    return json.dumps(load_notebook_node(nbformat.from_dict(json.loads(text))))
