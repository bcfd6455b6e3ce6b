"""Parameters into the notebook, the papermill way."""

from __future__ import annotations

from typing import Any

from jupyter_coimprove.runs.run import Work

INJECTED = "injected-parameters"


def bind(work: Work) -> tuple[Any, list[int | None]]:
    """The notebook as papermill would execute it, and for each of its cells the index in ``work.notebook``.

    None stands for the cell that papermill adds. The same steps as ``papermill.execute_notebook``.
    """
    import nbformat
    from papermill.execute import prepare_notebook_metadata, remove_error_markers
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    nb = load_notebook_node(nbformat.from_dict(dict(work.notebook)))
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
