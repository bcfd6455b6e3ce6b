"""MCP over streamable HTTP at ``…/coimprove/mcp``, behind this server's own authentication.

The SDK speaks ASGI, this server is Tornado's: a request is handed over as a scope and two functions. Who
asks, and which folder they see, goes along with each request; tokens and cookies do not. A connection of
a client ends with its DELETE, or when it was idle for a while; it belongs to the user who opened it.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado import web
from tornado.iostream import StreamClosedError

from jupyter_coimprove.errors import CoimproveError, NeedsModel
from jupyter_coimprove.interfaces.mcp import installed, rehearsing
from jupyter_coimprove.interfaces.server.handlers import BODY_LIMIT, Handler, mapped
from jupyter_coimprove.interfaces.server.identity import actor_of
from jupyter_coimprove.interfaces.server.shared import Shared

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

#: Connections at a time, and how many seconds one may be idle.
CONNECTIONS, IDLE_S = 100, 30 * 60.0
#: What lets somebody in here is nobody else's business, and the rest is between the two ends of a connection.
_KEPT_BACK = frozenset(
    {"authorization", "cookie", "x-xsrftoken", "connection", "transfer-encoding", "content-length"}
)
_ABOUT = "coimprove"


class Served:
    """The SDK's server, made with the first request; a task of its own keeps its connections."""

    def __init__(self, configured: Mapping[str, Any]) -> None:
        self._configured = configured
        self._begun: asyncio.Future[StreamableHTTPSessionManager] | None = None
        self._kept: asyncio.Task[None] | None = None

    async def manager(self) -> StreamableHTTPSessionManager:
        if self._begun is None or (self._begun.done() and (self._kept is None or self._kept.done())):
            self._begun = asyncio.ensure_future(self._begin())
        return await asyncio.shield(self._begun)

    async def _begin(self) -> StreamableHTTPSessionManager:
        # A second of imports, off the event loop.
        load = asyncio.get_running_loop().run_in_executor
        serving = await load(None, importlib.import_module, "jupyter_coimprove.interfaces.mcp.serving")
        sdk = await load(None, importlib.import_module, "mcp.server.streamable_http_manager")
        manager: StreamableHTTPSessionManager = sdk.StreamableHTTPSessionManager(
            serving.serve(lambda request: request.scope[_ABOUT]), session_idle_timeout=IDLE_S,
            max_request_body_size=BODY_LIMIT, max_sessions=CONNECTIONS,
        )  # fmt: skip
        ready = asyncio.Event()
        self._kept = asyncio.create_task(_keep(manager, ready))
        waits = asyncio.ensure_future(ready.wait())
        await asyncio.wait([waits, self._kept], return_when=asyncio.FIRST_COMPLETED)
        waits.cancel()
        if self._kept.done():
            self._kept.result()
        rehearsing.begin(self._configured)
        return manager


async def _keep(manager: StreamableHTTPSessionManager, ready: asyncio.Event) -> None:
    async with manager.run():
        ready.set()
        await asyncio.Event().wait()


class McpHandler(Handler):
    """POST: a message; GET: what the server says by itself; DELETE: the end of a connection."""

    def initialize(self, shared: Shared, served: Served) -> None:  # type: ignore[override]
        super().initialize(shared)
        self.served = served
        self._gone = asyncio.Event()
        self._handed = False

    def skip_check_origin(self) -> bool:
        """A page of another site is refused even with a token: so the protocol asks."""
        return False

    @web.authenticated
    @authorized
    @mapped
    async def get(self) -> None:
        await self._hand_over()

    @web.authenticated
    @authorized
    @mapped
    async def post(self) -> None:
        await self._hand_over()
        # What was proposed may have made a project around notebooks that are open.
        await asyncio.get_running_loop().run_in_executor(None, self.shared.presence.refresh)

    @web.authenticated
    @authorized
    @mapped
    async def delete(self) -> None:
        await self._hand_over()

    def on_connection_close(self) -> None:
        super().on_connection_close()
        self._gone.set()

    async def _hand_over(self) -> None:
        from jupyter_coimprove.workbench.policy import ai_policy, check_ai

        try:
            check_ai(ai_policy(self.shared.ai_policy))
        except NeedsModel as error:
            return self.refuse(403, error.as_dict())
        try:
            installed()
        except CoimproveError as error:
            return self.refuse(501, error.as_dict())
        if len(self.request.body) > BODY_LIMIT:
            said = {
                "code": "usage",
                "message": "the request is too long",
                "remedy": f"at most {BODY_LIMIT // 2**20} MB",
            }
            return self.refuse(413, said)
        manager = await self.served.manager()
        await manager.handle_request(self._scope(), self._receive, self._send)
        if not self._finished and not self._gone.is_set():
            self.finish()

    def _scope(self) -> dict[str, Any]:
        """The request as ASGI has it, with who asks and what they may see."""
        from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
        from mcp.server.auth.provider import AccessToken

        from jupyter_coimprove.interfaces.mcp.calling import Asker
        from jupyter_coimprove.interfaces.mcp.folder import Folder

        person = actor_of(self.current_user, self.identity_provider)
        headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in self.request.headers.get_all()
            if name.lower() not in _KEPT_BACK
        ]
        return {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1",
            "method": self.request.method, "scheme": self.request.protocol, "path": self.request.path,
            "raw_path": self.request.path.encode(), "root_path": "", "query_string": b"", "headers": headers,
            "client": None, "server": None, "state": {},
            "user": AuthenticatedUser(AccessToken(token="", client_id=f"{person.auth}:{person.id}", scopes=[])),
            _ABOUT: (Folder(root=self.root_dir.resolve()), Asker(person=person, configured=self.shared.configured)),
        }  # fmt: skip

    async def _receive(self) -> MutableMapping[str, Any]:
        """The body once; after it only that the other end has gone."""
        if not self._handed:
            self._handed = True
            return {"type": "http.request", "body": self.request.body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Mapping[str, Any]) -> None:
        if self._gone.is_set() or self._finished:
            return
        if message["type"] == "http.response.start":
            self.set_status(message["status"])
            for name, value in message.get("headers", ()):
                if (header := name.decode("latin-1").lower()) not in _KEPT_BACK:
                    self.set_header(header, value.decode("latin-1"))
            self._type = self._headers.get("Content-Type", "application/json")
            return
        if message.get("body"):
            self.write(message["body"])
        try:
            if message.get("more_body"):
                await self.flush()
            else:
                await self.finish(set_content_type=self._type)
        except StreamClosedError:
            self._gone.set()
