"""What is served: the notebooks of one folder, or one notebook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jupyter_coimprove.errors import NotebookError, UsageError
from jupyter_coimprove.interfaces import places

#: So many notebooks are listed.
MOST = 500


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A folder; ``only`` is the one notebook of it that is served, where one was named."""

    root: Path
    only: Path | None = None

    def notebooks(self) -> list[str]:
        """Their paths relative to the folder, but for hidden folders and what runs left."""
        from jupyter_coimprove.workbench.whereabouts import walk

        if self.only is not None:
            return [self.only.relative_to(self.root).as_posix()]
        found = []
        for path in walk(self.root):
            found.append(path.relative_to(self.root).as_posix())
            if len(found) >= MOST:
                break
        return found

    def notebook(self, said: object) -> Path:
        """The notebook that a call names. UsageError for one outside, NotebookError for none."""
        if said is None and self.only is not None:
            return self.only
        path = places.inside(self.root, said)
        if self.only is not None and path != self.only:
            raise UsageError(f"{said!r} is not served here", remedy=f"only {self.only.name!r} is")
        if path.suffix != ".ipynb" or not path.is_file():
            raise NotebookError(
                f"{said!r} is no notebook here", remedy="list_notebooks names those there are"
            )
        return path


def folder_of(path: Path) -> Folder:
    """What a person named on the command line. UsageError when it is neither a folder nor a notebook."""
    found = path.expanduser().resolve()
    if found.is_dir():
        return Folder(root=found)
    if found.suffix == ".ipynb" and found.is_file():
        return Folder(root=found.parent, only=found)
    raise UsageError(
        f"{path} is neither a folder nor a notebook", remedy="`coimprove mcp NOTEBOOK.ipynb`, or a folder"
    )
