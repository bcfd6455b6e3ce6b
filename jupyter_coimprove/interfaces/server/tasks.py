"""Requests carried out off the event loop, each with a name by which it can be cancelled."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from jupyter_coimprove.errors import DecisionError, UnknownName

log = logging.getLogger(__name__)
#: Use cases wait for files and kernels; more at once than this would only wait for each other.
THREADS = 8


def _told(done: Future[None]) -> None:
    if (error := done.exception()) is not None:
        log.error("jupyter-coimprove: what was left for later failed", exc_info=error)


class Tasks:
    """What is under way. A connection that breaks ends nothing here; ``cancel`` does."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="coimprove")
        self._cancelled: dict[str, bool] = {}

    async def carry_out(self, name: str, work: Callable[[Callable[[], bool]], Any]) -> Any:
        """The result of ``work(cancelled)`` in a thread. DecisionError when the name is taken."""
        if name in self._cancelled:
            raise DecisionError(
                f"request {name!r} is under way already", remedy="give each request its own name"
            )
        self._cancelled[name] = False
        future = asyncio.get_running_loop().run_in_executor(
            self._pool, work, lambda: self._cancelled.get(name, True)
        )
        future.add_done_callback(lambda _: self._cancelled.pop(name, None))
        # Shielded: the request may be dropped by its browser, the work goes on and is recorded.
        return await asyncio.shield(future)

    def afterwards(self, work: Callable[[], None]) -> None:
        """Do this in a thread once there is one to spare; a failure is logged, nobody waits for it."""
        self._pool.submit(work).add_done_callback(_told)

    def cancel(self, name: str) -> None:
        """Ask it to stop where it can; UnknownName when nothing of that name is under way."""
        if name not in self._cancelled:
            raise UnknownName("request", name, self._cancelled)
        self._cancelled[name] = True
