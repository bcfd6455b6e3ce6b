"""The line to the service: one thread with the SDK's asynchronous client, so that a person can stop it.

Whatever it waits for (a connection, a first byte, the next one) is cancelled at once, and the
connection is closed: no request goes on running that nobody reads.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import weakref
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from jupyter_coimprove.errors import ProviderError
from jupyter_coimprove.redaction import Secret

#: How often it is asked whether the person has stopped it, in seconds.
_LOOK = 0.05


class Stopped(Exception):
    """The person, or the time limit, stopped it."""


class Broken(Exception):
    """What the SDK raised in its thread. Kept apart, so that no traceback here leads to its headers."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(type(error).__name__)
        self.error = error


class Line:
    """Opens on first use; ``close`` ends thread and connections, as does the end of the process."""

    def __init__(self, *, key: Secret, url: str, connect_s: float, read_s: float) -> None:
        self._state = _State(key=key, url=url, connect_s=connect_s, read_s=read_s)
        self._finalizer = weakref.finalize(self, self._state.close)

    def warm(self) -> None:
        """Load the SDK and make the client in the background; the first question need not wait for it."""
        self._state.start()

    def close(self) -> None:
        self._finalizer()

    def events(self, body: Mapping[str, Any], stopped: Callable[[], bool]) -> Iterator[dict[str, Any]]:
        """The events of a streamed answer. Raises Stopped, or Broken with what the SDK raised."""
        came: queue.SimpleQueue[Any] = queue.SimpleQueue()

        async def read(client: Any) -> None:
            async with await client.messages.create(**body, stream=True) as stream:
                async for event in stream:
                    came.put(event.to_dict())

        yield from self._follow(read, came, stopped)

    def call(self, make: Callable[[Any], Awaitable[Any]], stopped: Callable[[], bool]) -> Any:
        """The result of one call with the client. Raises as ``events`` does."""
        came: queue.SimpleQueue[Any] = queue.SimpleQueue()

        async def read(client: Any) -> None:
            came.put(await make(client))

        for result in self._follow(read, came, stopped):
            return result
        raise Stopped

    def _follow(
        self,
        read: Callable[[Any], Awaitable[None]],
        came: queue.SimpleQueue[Any],
        stopped: Callable[[], bool],
    ) -> Iterator[Any]:
        if stopped():
            raise Stopped
        self._state.start()
        ended = threading.Event()
        task = self._state.run(read, came, ended)
        try:
            while True:
                try:
                    item = came.get(timeout=_LOOK)
                except queue.Empty:
                    item = None
                if isinstance(item, Broken):
                    raise item
                if item is ended:
                    return
                if stopped():
                    raise Stopped
                if item is not None:
                    yield item
        finally:
            task.cancel()
            ended.wait(0.1)


class _State:
    """What the thread and its owner share; no reference back, so that the owner can be collected."""

    def __init__(self, *, key: Secret, url: str, connect_s: float, read_s: float) -> None:
        self._key, self._url, self._connect_s, self._read_s = key, url, connect_s, read_s
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: Any = None

    def start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._work, name="coimprove-line", daemon=True)
                self._thread.start()

    def run(
        self, read: Callable[[Any], Awaitable[None]], came: queue.SimpleQueue[Any], ended: threading.Event
    ) -> Any:
        async def reading() -> None:
            try:
                await read(self._opened())
            except asyncio.CancelledError:
                pass
            except Exception as error:  # noqa: BLE001 - whatever it is, the one who asked is told
                came.put(Broken(error))
            finally:
                came.put(ended)
                ended.set()

        if self._loop is None or self._loop.is_closed():
            raise ProviderError("the line to the model is closed", remedy="ask again")
        return asyncio.run_coroutine_threadsafe(reading(), self._loop)

    def _opened(self) -> Any:
        """The client; made in the thread, where loading the SDK keeps nobody waiting."""
        if self._client is None:
            import anthropic
            import httpx2

            timeout = httpx2.Timeout(self._read_s, connect=self._connect_s)
            self._client = anthropic.AsyncAnthropic(
                api_key=self._key.reveal(), base_url=self._url, timeout=timeout,
                # Attempts are counted and shown by us; a redirect would take the key along.
                max_retries=0,
                http_client=anthropic.DefaultAsyncHttpxClient(
                    timeout=timeout, follow_redirects=False, limits=httpx2.Limits(keepalive_expiry=120.0)
                ),
            )  # fmt: skip
        return self._client

    def _work(self) -> None:
        loop = self._loop
        assert loop is not None
        asyncio.set_event_loop(loop)
        try:
            loop.call_soon(self._opened)
            loop.run_forever()
        finally:
            if self._client is not None:
                loop.run_until_complete(self._client.close())
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    def close(self) -> None:
        with self._lock:
            loop, thread = self._loop, self._thread
        if loop is not None and thread is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._end)
            thread.join(timeout=2.0)

    def _end(self) -> None:
        for task in asyncio.all_tasks():
            task.cancel()
        asyncio.get_running_loop().call_soon(asyncio.get_running_loop().stop)
