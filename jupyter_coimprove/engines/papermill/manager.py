"""papermill's bookkeeping of a run, with our writer behind it and no claim that did not happen."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from papermill.engines import NotebookExecutionManager  # noqa: TID253 - only workers import this module

from jupyter_coimprove.engines.papermill.artifact import notebook_chunks, write_atomic

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbformat import NotebookNode

#: Seconds between saves at ends of cells, and in the middle of a long cell.
AT_CELL_END, WITHIN_CELL = 2.0, 5.0
#: When a run is written for the first time, if it still goes on.
FIRST = 0.4
#: A save may take this share of the time between saves; else they become rarer.
SHARE = 0.1


class RunManager(NotebookExecutionManager):  # type: ignore[misc]
    """Saves atomically, at the ends of cells and every few seconds, only when something changed."""

    def __init__(self, nb: NotebookNode, path: Path, on_save_error: Callable[[OSError], None]) -> None:
        super().__init__(nb, output_path=None, progress_bar=False, log_output=False)
        self.path = path
        self.changed = True
        self.incomplete = False
        self._on_save_error = on_save_error
        # A run that is over in a moment is written once, at its end.
        self._first = self._saved_at = time.monotonic() + FIRST - AT_CELL_END
        self._cost = 0.0

    def save(self, **_kwargs: Any) -> None:
        """papermill asks at every turn; a save happens when one is due."""
        self._save_if_due(AT_CELL_END)

    def save_first(self) -> None:
        """Let a run that goes on be seen, also where its first cell says nothing for long."""
        if self._saved_at == self._first and time.monotonic() > self._first + AT_CELL_END:
            self.save_now()

    def autosave_cell(self, **_kwargs: Any) -> None:
        self._save_if_due(WITHIN_CELL)

    def cell_start(self, cell: NotebookNode, cell_index: int | None = None, **kwargs: Any) -> None:
        if cell.cell_type == "code":
            self.changed = True
        super().cell_start(cell, cell_index, **kwargs)

    def _save_if_due(self, every: float) -> None:
        if self.changed and time.monotonic() - self._saved_at >= max(every, self._cost / SHARE):
            self.save_now()

    def save_now(self) -> None:
        """Write the notebook as it is. A disk that refuses is told to ``on_save_error``."""
        start = time.monotonic()
        try:
            write_atomic(self.path, notebook_chunks(self.nb))
        except OSError as error:
            self._on_save_error(error)
        else:
            self.changed = False
        self._saved_at = time.monotonic()
        self._cost = self._saved_at - start

    def notebook_complete(self, **kwargs: Any) -> None:
        """As papermill, except that cells never run stay pending when the run did not get to its end."""
        pending = [cell for cell in self.nb.cells if cell.metadata.papermill["status"] == self.PENDING]
        super().notebook_complete(**kwargs)
        if self.incomplete:
            for cell in pending:
                cell.metadata.papermill["status"] = self.PENDING
        self.changed = True
