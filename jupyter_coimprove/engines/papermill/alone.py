"""``papermill --engine coimprove``: papermill's own run of a notebook, over our connection to the kernel.

The notebook it writes is the one that papermill writes; a kernel is ready sooner, and a reply that comes
while something is sent is not waited for in vain. papermill loads this module while it is itself being
imported: nothing of it can be imported here before it is used.
"""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import Any


class Lazily:
    """What papermill takes for an engine; asked for anything, it becomes one."""

    def __getattr__(self, name: str) -> Any:
        return getattr(_made(), name)


engine = Lazily()


@functools.cache
def _made() -> Any:
    from nbclient.exceptions import CellExecutionComplete
    from nbclient.util import run_sync
    from papermill.engines import NBClientEngine
    from papermill.log import logger
    from papermill.utils import merge_kwargs, remove_args

    from jupyter_coimprove.engines.papermill.connection import Connection
    from jupyter_coimprove.engines.papermill.engine import RuntimeFolder

    class Client(Connection):
        start_new_kernel_client = run_sync(Connection.async_start_new_kernel_client)

        def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
            if self._waiting is not None:
                self._waiting.begun()
            try:
                return super().process_message(msg, cell, cell_index)
            except CellExecutionComplete:
                if self._waiting is not None:
                    self._waiting.ended()
                raise

    class CoimproveEngine(NBClientEngine):  # type: ignore[misc]
        @classmethod
        def execute_managed_notebook(
            cls, nb_man: Any, kernel_name: str, log_output: bool = False, stdout_file: Any = None,
            stderr_file: Any = None, start_timeout: int = 60, execution_timeout: int | None = None, **kwargs: Any,
        ) -> Any:  # fmt: skip
            """Execute all cells of ``nb_man.nb``; the same options as papermill's own engine."""
            options = {
                "log_output": log_output, "stdout_file": stdout_file, "stderr_file": stderr_file,
                "start_timeout": start_timeout, "execution_timeout": execution_timeout,
            }  # fmt: skip
            if sys.platform == "win32":
                # No sockets in the file system there.
                return super().execute_managed_notebook(nb_man, kernel_name, **options, **kwargs)
            safe = remove_args(["timeout", "startup_timeout", "input_path"], **kwargs)
            del options["start_timeout"], options["execution_timeout"]
            final = merge_kwargs(
                safe, timeout=execution_timeout if execution_timeout else kwargs.get("timeout"),
                startup_timeout=start_timeout, kernel_name=kernel_name, log=logger, **options,
            )  # fmt: skip
            with RuntimeFolder(None) as folder:
                client = Client(nb_man, sockets=Path(folder), **final)
                try:
                    return client.execute()
                finally:
                    client.disconnect()

    return CoimproveEngine
