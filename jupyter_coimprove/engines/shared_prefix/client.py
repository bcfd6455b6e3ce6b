"""A run that begins where others began too: a forked kernel, and the outputs of cells that were executed once."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbclient.exceptions import CellExecutionComplete  # noqa: TID253 - only workers import this

from jupyter_coimprove.engines.papermill.client import RunClient
from jupyter_coimprove.engines.papermill.namespace import plain
from jupyter_coimprove.engines.shared_prefix import stuck
from jupyter_coimprove.engines.shared_prefix.prefix import ADDED, NotShared, Prefix
from jupyter_coimprove.engines.shared_prefix.provisioner import NAME

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from jupyter_coimprove.runs.layers import Layers
    from jupyter_coimprove.runs.run import Work

#: What looks at memory: a run whose own cells do so collects what is shared, too.
_COLLECTS = re.compile(
    r"\b(?:gc|weakref|finalize|__del__|tracemalloc|psutil|resource|getrefcount|memory_info)\b"
)
#: A forked kernel listens after a tenth of a second; a busy machine makes seconds of it.
_AWAKE_S = 30.0
_PROVISIONER = EntryPoint(
    NAME,
    "jupyter_coimprove.engines.shared_prefix.provisioner:ForkProvisioner",
    "jupyter_client.kernel_provisioners",
)


class SharedClient(RunClient):
    """As RunClient, but for where its kernel comes from and the cells that it need not execute."""

    def __init__(
        self, *args: Any, work: Work, prefix: Prefix, bound: list[int | None], **kwargs: Any
    ) -> None:
        super().__init__(*args, **{**kwargs, "startup_timeout": _AWAKE_S})
        self._work, self._prefix = work, prefix
        outputs = prefix.outputs()
        self._done = {
            place: outputs[index]
            for place, index in enumerate(ADDED if i is None else i for i in bound)
            if index in outputs
        }
        self._still = stuck.Still()

    def create_kernel_manager(self) -> Any:
        from jupyter_client.provisioning import KernelProvisionerFactory

        manager = super().create_kernel_manager()
        KernelProvisionerFactory.instance().provisioners[NAME] = _PROVISIONER
        spec = manager.kernel_spec
        spec.metadata = {**spec.metadata, "kernel_provisioner": {"provisioner_name": NAME, "config": {}}}
        return manager

    async def start(
        self, env: Mapping[str, str], cwd: Path, *, layers: Layers | None = None, opened: Path | None = None
    ) -> None:
        """Fork the kernel. Raises NotShared when it cannot be."""
        if layers is None or opened is None:
            raise NotShared("runs cannot have private layers here")
        self.reset_execution_trackers()
        self.create_kernel_manager()
        begun = time.monotonic()
        try:
            self._prefix.bring(layers, opened)
            await self.async_start_new_kernel(
                env=dict(env), cwd=str(cwd), stdout=self.kernel_log.write_end, stderr=self.kernel_log.write_end,
                fork=(self._prefix.socket, self._request(env, layers, opened)),
            )  # fmt: skip
            self.kernel_log.started()
            await self.async_start_new_kernel_client()
            self.fork_s = time.monotonic() - begun
        except (RuntimeError, OSError) as error:
            if self.control.wanted.is_set():
                raise
            raise NotShared(f"its forked kernel did not begin: {error}") from error

    def _request(self, env: Mapping[str, str], layers: Layers, opened: Path) -> dict[str, Any]:
        over, through = plain(layers)
        own = {ADDED, *self._prefix.own}
        inputs = [
            [done["reply"]["content"]["execution_count"], self.nb.cells[place].source]
            for place, done in self._done.items() if done["index"] in own
        ]  # fmt: skip
        return {
            "op": "run", "layers": over, "shared": through, "opened": str(opened), "inputs": inputs,
            "env": {**self._work.env, "COIMPROVE_RUN_DIR": env["COIMPROVE_RUN_DIR"]},
            "give": [list(pair) for pair in self._prefix.give],
            "collects": any(
                _COLLECTS.search(cell.source)
                for place, cell in enumerate(self.nb.cells) if place not in self._done and cell.cell_type == "code"
            ),
        }  # fmt: skip

    async def async_execute_cell(self, cell: NotebookNode, cell_index: int, *args: Any, **kwargs: Any) -> Any:
        done = self._done.get(cell_index)
        if done is None:
            return await super().async_execute_cell(cell, cell_index, *args, **kwargs)
        if self.record_timing:
            cell["metadata"]["execution"] = {}
        self.code_cells_executed += 1
        cell.outputs = []
        self.clear_before_next_output = False
        for sent in done["messages"]:
            message = _message(sent)
            self._size = len(str(sent["content"]))
            try:
                self.process_message(message, cell, cell_index)
            except CellExecutionComplete:
                break
        reply = _message(done["reply"])
        if self.record_timing:
            cell["metadata"]["execution"]["shell.execute_reply"] = done["reply"]["header"]["date"]
        await self._check_raise_for_error(cell, cell_index, reply)
        self.nb["cells"][cell_index] = cell
        return cell

    def took(self, index: int, seconds: float) -> float:
        done = self._done.get(index)
        return seconds if done is None else float(done["seconds"])

    def give_up(self) -> None:
        if self.control.reason == stuck.REASON:
            why = self.control.message
            self.control.again()
            raise NotShared(why)

    async def _async_check_alive(self) -> None:
        """Also: a kernel that waits for what a fork did not bring along is not one that waits for its work."""
        await super()._async_check_alive()
        process = self.process
        if process is not None and self._still.stuck(process.pid, time.monotonic()):
            self.control.end("failed", stuck.REASON, "it waits for something that was not forked with it")


def _message(sent: Mapping[str, Any]) -> dict[str, Any]:
    """As jupyter_client takes it in: dates are dates, buffers bytes."""
    from jupyter_client.jsonutil import extract_dates

    return {
        **sent,
        "header": extract_dates(sent["header"]),
        "parent_header": extract_dates(sent["parent_header"]),
        "buffers": [base64.b64decode(buffer) for buffer in sent["buffers"]],
    }
