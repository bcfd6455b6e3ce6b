"""papermill's client over sockets in the file system, without its fixed waits; no reply is waited for in vain."""

from __future__ import annotations

import asyncio
import functools
import os
import time
from pathlib import Path
from typing import Any

import zmq
import zmq.asyncio
from papermill.clientwrap import PapermillNotebookClient  # noqa: TID253 - only who executes imports this

from jupyter_coimprove.engines.papermill import stalls
from jupyter_coimprove.engines.papermill.stalls import Waiting

#: How often a kernel that has not answered is asked whether it lives.
_ALIVE_S = 0.05


class Connection(PapermillNotebookClient):  # type: ignore[misc]
    """As papermill's, but for how it comes to its kernel and hears of it. ``sockets``: a short private folder."""

    #: Bytes of one message; None: any.
    largest_message: int | None = None

    def __init__(self, manager: Any, *, sockets: Path, **kwargs: Any) -> None:
        super().__init__(manager, **kwargs)
        self.sockets = sockets
        self._waiting: Waiting | None = None
        self._context: Any = None

    def create_kernel_manager(self) -> Any:
        from jupyter_client.manager import AsyncKernelManager

        self.km = AsyncKernelManager(
            kernel_name=self.kernel_name,
            kernel_spec_manager=_specs(),
            transport="ipc",
            ip=str(self.sockets / "k"),
            connection_file=str(self.sockets / "kernel.json"),
        )
        return self.km

    async def async_start_new_kernel_client(self) -> Any:
        """Connect once the kernel has bound its sockets, and wait until both ways are open.

        jupyter_client's own wait sleeps 0.2 s and more; its heartbeat thread is not needed.
        """
        assert self.km is not None
        context = self._context = zmq.asyncio.Context()
        context.setsockopt(zmq.RECONNECT_IVL, 10)
        if self.largest_message is not None:
            # A larger one is never taken in: zmq cuts the connection instead.
            context.setsockopt(zmq.MAXMSGSIZE, self.largest_message)
        last = f"{self.km.ip}-{self.km.hb_port}"
        until = time.monotonic() + self.startup_timeout
        asked = time.monotonic()
        while not os.path.exists(last):
            if time.monotonic() > asked + _ALIVE_S:
                await self._still_starting(until)
                asked = time.monotonic()
            await asyncio.sleep(0.002)
        self.kc = self.km.client(context=context)
        self.kc.start_channels(hb=False)
        self.kc.allow_stdin = False
        self._connected()
        while not await self._both_ways():
            await self._still_starting(until)
        return self.kc

    def disconnect(self) -> None:
        """Close what is left of the connection."""
        if self._context is not None:
            self._context.destroy(linger=0)

    def _connected(self) -> None:
        """Called when the channels are there, before anything was heard."""

    async def _still_starting(self, until: float) -> None:
        assert self.km is not None
        if not await self.km.is_alive():
            raise RuntimeError("the kernel died while it started")
        if time.monotonic() > until:
            raise RuntimeError(f"the kernel did not start within {self.startup_timeout} s")

    async def _both_ways(self) -> bool:
        """Whether a request was answered on the shell and seen on iopub, to its end."""
        from queue import Empty

        assert self.kc is not None
        asked = self.kc.kernel_info()
        try:
            while (await self.kc.shell_channel.get_msg(timeout=1.0))["parent_header"].get("msg_id") != asked:
                pass
            while True:
                message = await self.kc.iopub_channel.get_msg(timeout=0.2)
                idle = message["content"].get("execution_state") == "idle"
                if idle and message["parent_header"].get("msg_id") == asked:
                    return True
        except Empty:
            return False

    @property
    def process(self) -> Any:
        """The kernel's Popen, or None before it was started."""
        return getattr(self.km.provisioner, "process", None) if self.km and self.km.provisioner else None

    async def _async_check_alive(self) -> None:
        """Asked every second: dead, or stuck (see ``stalls``)? DeadKernelError when it is gone."""
        await super()._async_check_alive()
        if self._waiting is not None and self._waiting.due():
            self.kc.kernel_info()
        if self.kc is not None:
            await stalls.look_again(self.kc.shell_channel.socket)

    async def _async_poll_for_reply(self, *args: Any) -> Any:
        waiting = self._waiting = Waiting()
        try:
            return await super()._async_poll_for_reply(*args)
        finally:
            waiting.answered()


@functools.cache
def _specs() -> Any:
    """Where kernelspecs are; each is read anew when a kernel begins."""
    from jupyter_coimprove.engines.papermill.specs import Specs

    return Specs()
