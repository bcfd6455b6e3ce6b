"""A kernel that lives and answers nothing: when to knock, so that it looks at what it was sent.

ipykernel 7 hands requests from one thread to another over sockets whose readiness is told once
(``ZMQ_FD`` is edge-triggered); seldom, one is missed, and kernel and client wait for each other for
ever. Any further message makes it look again, and then it takes both, in their order.

The same can happen here: jupyter_client sends (widgets' answers, knocks) past asyncio's end of the
socket, and a send at the moment when a reply comes takes the note that it did. Then nothing more is
told, whatever comes; only whoever looks sees it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Literal

#: A kernel says that it begins within milliseconds; a busy machine makes seconds of it.
KNOCK_S = 5.0


class Waiting:
    """One request on its way. ``due`` tells, at most every ``KNOCK_S`` seconds, that it is stuck.

    Stuck is a request of which nothing was heard yet, and one that ended without its reply. One
    that was begun is only slow, however long it takes.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._since = now()
        self._state: Literal["sent", "begun", "ended", "answered"] = "sent"

    def begun(self) -> None:
        if self._state == "sent":
            self._state = "begun"

    def ended(self) -> None:
        if self._state != "answered":
            self._state, self._since = "ended", self._now()

    def answered(self) -> None:
        self._state = "answered"

    def due(self) -> bool:
        """Whether to send something now; asking starts the wait anew."""
        if self._state not in ("sent", "ended") or self._now() - self._since < KNOCK_S:
            return False
        self._since = self._now()
        return True


async def look_again(socket: Any) -> None:
    """Let whoever waits for a message of this ``zmq.asyncio`` socket have it, if one is there."""
    await socket.poll(1)
