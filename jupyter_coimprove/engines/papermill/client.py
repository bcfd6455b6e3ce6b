"""One notebook in one fresh kernel: papermill's client, with our transport, caps and endings."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zmq
from nbclient.exceptions import CellExecutionComplete, CellExecutionError  # noqa: TID253 - only workers import this

from jupyter_coimprove.engines.papermill import namespace, processes, stalls
from jupyter_coimprove.engines.papermill.connection import Connection
from jupyter_coimprove.engines.papermill.readings import metrics_of
from jupyter_coimprove.engines.papermill.stalls import Waiting
from jupyter_coimprove.kernelspace import opened as watch
from jupyter_coimprove.kernelspace import probe as snippet

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from jupyter_coimprove.engines.papermill.control import Control, KernelLog
    from jupyter_coimprove.engines.papermill.manager import RunManager
    from jupyter_coimprove.runs.layers import Layers
    from jupyter_coimprove.runs.run import Metric, Probe

#: Messages whose content stays in the notebook.
_KEPT = frozenset({"stream", "display_data", "execute_result", "error"})
#: What stays of the outputs of the cell that went over the cap.
_HEAD = 1024 * 1024
_SHUTDOWN_S = 5.0
#: A kernel that dies has closed its connection a moment before.
_CUT_S = 1.0


class RunClient(Connection):
    """Executes cells as papermill does; over ipc, without its fixed waits, and within bounds.

    ``metrics``, ``seconds`` (by cell), ``failure`` and ``exit_code`` are filled while it runs.
    """

    def __init__(
        self,
        manager: RunManager,
        *,
        control: Control,
        log: KernelLog,
        sockets: Path,
        cap: int,
        on_cell: Callable[[int], None],
        **kwargs: Any,
    ) -> None:
        super().__init__(manager, sockets=sockets, **kwargs)
        self.control, self.kernel_log = control, log
        self._cap, self._on_cell = cap, on_cell
        self.largest_message = cap + _HEAD
        self._held: dict[int, int] = {}
        self._size = 0
        self.capped = False
        self._cell: NotebookNode | None = None
        self._cut: asyncio.Future[None] | None = None
        self.metrics: list[Metric] = []
        self.cell_durations: dict[int, float] = {}
        self.failure: tuple[int, CellExecutionError] | None = None
        self.asked_exit = False
        self.exit_code: int | None = None
        self.kernel_peak: float | None = None
        #: Until its kernel answered, where it was forked.
        self.fork_s = 0.0

    # -- the kernel's life

    async def start(
        self, env: Mapping[str, str], cwd: Path, *, layers: Layers | None = None, opened: Path | None = None
    ) -> None:
        """Start the kernel in ``cwd``, in a process group of its own, dying with this process.

        With ``layers`` it enters them first; with ``opened`` it tells there what it opens.
        """
        self.reset_execution_trackers()
        self.create_kernel_manager()
        extra: dict[str, Any] = {}
        tie = processes.kernel_preexec()
        if layers is not None:
            tie = namespace.preexec(layers, cwd, tie)
        if tie is not None:
            extra["preexec_fn"] = tie
        await self.async_start_new_kernel(
            env=dict(env),
            cwd=str(cwd),
            stdout=self.kernel_log.write_end,
            stderr=self.kernel_log.write_end,
            **extra,
        )
        self.kernel_log.started()
        await self.async_start_new_kernel_client()
        if opened is not None:
            await self._silently(watch.expression(opened))

    def _connected(self) -> None:
        self._cut = asyncio.ensure_future(self._watch_cut())

    async def _watch_cut(self) -> None:
        """A connection that is cut while the kernel lives on was cut for a message too large."""
        monitor = self.kc.iopub_channel.socket.get_monitor_socket(zmq.Event.DISCONNECTED)
        await monitor.recv_multipart()
        await asyncio.sleep(_CUT_S)
        if self.process is not None and self.process.poll() is None and self._cell is not None:
            self._stop_at_cap(self._cell)

    async def interrupt(self) -> None:
        if self.km is not None and self.process is not None and self.process.poll() is None:
            await self.km.interrupt_kernel()

    async def close(self, *, gently: bool) -> None:
        """End the kernel (letting its ``atexit`` run, when gently) and everything it started."""
        if self._cut is not None:
            self._cut.cancel()
            await asyncio.wait({self._cut})
        process = self.process
        if process is not None:
            self.kernel_peak = processes.peak_mb(process.pid)
            if gently and process.poll() is None:
                await self._ask_to_end()
                await processes.ended(process, _SHUTDOWN_S)
            if self.exit_code is None:
                self.exit_code = process.poll()
        processes.kill_descendants()
        if process is not None:
            process.wait()
        processes.reap()
        if self.kc is not None:
            context = self.kc.context
            self.kc.stop_channels()
            context.destroy(linger=0)
            self.kc = None
        if self.km is not None:
            await self.km.cleanup_resources()

    async def _ask_to_end(self) -> None:
        """As jupyter_client does. Its own socket for that tried before the kernel was there, and tries again only
        after a tenth of a second: ours has been connected since."""
        if self.kc is None:
            await self.km.request_shutdown()
        else:
            self.kc.shutdown()
            await self.km.provisioner.shutdown_requested()

    # -- the cells

    async def run_cells(self) -> None:
        """papermill's loop over the cells; ends at the first failure or when the run is to end.

        Raises DeadKernelError when the kernel is gone.
        """
        manager = self.nb_man
        for index, cell in enumerate(self.nb.cells):
            if self.control.wanted.is_set():
                return
            start = time.monotonic()
            self._cell = cell
            try:
                manager.cell_start(cell, index)
                await self.async_execute_cell(cell, index)
            except CellExecutionError as error:
                self.failure = (index, error)
                manager.cell_exception(self.nb.cells[index], cell_index=index, exception=error)
                break
            except BaseException as error:
                manager.cell_exception(self.nb.cells[index], cell_index=index, exception=error)
                raise
            finally:
                self.cell_durations[index] = self.took(index, time.monotonic() - start)
                manager.cell_complete(self.nb.cells[index], cell_index=index)
            self._on_cell(index)
            if self.asked_exit:
                return
        self._waiting = Waiting()
        info = await self.async_wait_for_reply(self.kc.kernel_info())
        self._waiting = None
        if info is not None:
            self.nb.metadata["language_info"] = info["content"]["language_info"]
        self.set_widgets_metadata()

    def give_up(self) -> None:
        """Raise what says that this run is to be executed in another way, if it is."""

    def took(self, index: int, seconds: float) -> float:
        """The seconds that cell ``index`` cost; ``seconds`` are those that it took here."""
        return seconds

    async def _check_raise_for_error(self, cell: NotebookNode, cell_index: int, reply: Any) -> None:
        payload = (reply or {}).get("content", {}).get("payload") or []
        if any(item.get("source") == "ask_exit" for item in payload):
            self.asked_exit = True
        await super()._check_raise_for_error(cell, cell_index, reply)

    # -- what comes from the kernel

    async def _async_poll_output_msg(self, parent_msg_id: str, cell: NotebookNode, cell_index: int) -> None:
        channel, channel_of_replies = self.kc.iopub_channel, self.kc.shell_channel
        while True:
            frames = await channel.socket.recv_multipart()
            # A flood of messages must not keep the watchdog from its turn.
            await asyncio.sleep(0)
            _, parts = channel.session.feed_identities(frames)
            if json.loads(parts[2]).get("msg_id") != parent_msg_id:
                continue
            if self._waiting is not None:
                self._waiting.begun()
            self._size = sum(len(part) for part in parts[1:])
            if json.loads(parts[1])["msg_type"] in _KEPT and self._over_cap(cell, cell_index):
                continue
            try:
                self.process_message(channel.session.deserialize(parts), cell, cell_index)
            except CellExecutionComplete:
                if self._waiting is not None:
                    self._waiting.ended()
                await stalls.look_again(channel_of_replies.socket)
                return

    def _over_cap(self, cell: NotebookNode, cell_index: int) -> bool:
        """Whether this message does not fit any more; the first one that does not ends the run."""
        if self.capped:
            return True
        if sum(self._held.values()) + self._size <= self._cap:
            return False
        self._stop_at_cap(cell)
        return True

    def _stop_at_cap(self, cell: NotebookNode) -> None:
        """Keep the beginning of what the cell put out, say so, and have the run ended."""
        self.capped = True
        room = _HEAD
        kept = []
        for output in cell.outputs:
            room -= len(json.dumps(output))
            if room < 0:
                break
            kept.append(output)
        note = (
            f"[the output went over {self._cap / 2**20:.3g} MB: the run was stopped; this is its beginning]\n"
        )
        cell.outputs = [*kept, self._stream(note)]
        self.nb_man.changed = True
        self.control.end("failed", "output_cap", f"the output went over {self._cap / 2**20:.3g} MB")

    @staticmethod
    def _stream(text: str) -> NotebookNode:
        from nbformat.v4 import new_output

        return new_output("stream", name="stderr", text=text)

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> Any:
        kind = msg["msg_type"]
        if kind in ("display_data", "execute_result"):
            self.metrics += metrics_of(msg["content"])
        output = super().process_message(msg, cell, cell_index)
        if kind in _KEPT or kind == "clear_output":
            # Outputs that were cleared take no room: a plot redrawn a thousand times is one plot.
            count = len(cell.outputs)
            size = self._size if kind in _KEPT else 0
            self._held[cell_index] = (
                0 if count == 0 else size if count == 1 else self._held.get(cell_index, 0) + size
            )
            self.nb_man.changed = True
        elif kind == "update_display_data":
            self.nb_man.changed = True
        return output

    async def _silently(self, expression: str) -> Any:
        """The kernel's reply to one expression, evaluated without a trace in the notebook."""
        asked = self.kc.execute(
            "", silent=True, store_history=False, user_expressions={"coimprove": expression}
        )
        drain = asyncio.ensure_future(self._drain())
        self._waiting = Waiting()
        try:
            return await self.async_wait_for_reply(asked)
        finally:
            self._waiting = None
            drain.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await drain

    # -- what is read at the end

    async def read(self, probes: Sequence[Probe]) -> dict[str, Any]:
        """``{values, defined}`` from the kernel's namespace; nothing of it shows in the notebook.

        Raises ValueError when the kernel cannot answer, DeadKernelError when it is gone.
        """
        expression = snippet.expression((probe.expr, probe.shape) for probe in probes)
        reply = await self._silently(expression)
        if reply is None or reply["content"].get("status") != "ok":
            raise ValueError("the kernel did not evaluate the response")
        return snippet.parse_reply(reply["content"]["user_expressions"]["coimprove"])

    async def _drain(self) -> None:
        """Throw away what a probe prints, so that it cannot pile up here."""
        while True:
            await self.kc.iopub_channel.socket.recv_multipart()
            await asyncio.sleep(0)
