"""A notebook together with the files that belong to its code: as they are now, and as they were frozen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_coimprove.errors import PlanError

if TYPE_CHECKING:
    from jupyter_coimprove.notebook.cells import Notebook

#: The folder of an experiment that holds its frozen files.
MODULES = "modules"


def plain_sources(notebook: Notebook) -> dict[int, str]:
    """The code cells as plain Python, by index; what does not parse is left out (running it will say so)."""
    from jupyter_coimprove.kernelspace.transform import python_source

    sources: dict[int, str] = {}
    for cell in notebook.code_cells if notebook.language == "python" else ():
        try:
            sources[cell.index] = python_source(cell.source)
        except SyntaxError:
            continue
    return sources


def with_files(notebook: Notebook) -> Notebook:
    """The notebook with the local modules it imports and the configurations it names, as they are now."""
    from jupyter_coimprove.runs.beside import gather

    found = gather(notebook, plain_sources(notebook))
    return replace(notebook, beside=found.texts, left_out=found.left_out)


def freeze_files(notebook: Notebook, folder: Path) -> str:
    """Freeze the files beside the notebook; their digest. PlanError when one changed since it was read."""
    from jupyter_coimprove.runs.beside import gather
    from jupyter_coimprove.runs.snapshot import freeze

    found = gather(notebook, plain_sources(notebook))
    if dict(found.texts) != dict(notebook.beside):
        changed = [
            n for n in {**found.texts, **notebook.beside} if found.texts.get(n) != notebook.beside.get(n)
        ]
        raise PlanError(
            f"{', '.join(sorted(changed))} changed while the experiment was being registered",
            remedy="plan again on the code as it is now",
        )
    return freeze(found, folder).digest


def with_frozen(notebook: Notebook, folder: Path, digest: str) -> Notebook:
    """The notebook with the files frozen for its experiment. PlanError when they are not what was frozen."""
    from jupyter_coimprove.runs.beside import texts_of
    from jupyter_coimprove.runs.snapshot import thaw

    files, now = thaw(folder)
    if digest and now != digest:
        raise PlanError(
            f"the files frozen beside {notebook.path.name} were changed after registration",
            remedy=f"restore {folder} or plan again",
        )
    texts, left_out = texts_of(files, notebook)
    return replace(notebook, beside=texts, left_out=left_out)
