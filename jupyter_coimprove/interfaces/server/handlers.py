"""What answers a request: parse, one use case, JSON; errors mapped once."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import authorized, ws_authenticated
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado import web
from tornado.websocket import WebSocketHandler

from jupyter_coimprove import __version__
from jupyter_coimprove.errors import CoimproveError, UsageError
from jupyter_coimprove.interfaces import places
from jupyter_coimprove.interfaces.server import kernels
from jupyter_coimprove.interfaces.server.claims import claimed_at_once
from jupyter_coimprove.interfaces.server.following import encoded
from jupyter_coimprove.interfaces.server.identity import actor_of
from jupyter_coimprove.interfaces.server.shared import Shared

RESOURCE = "coimprove"
#: A request is words and numbers; a plan.toml or a finding in somebody's own words is far below this.
BODY_LIMIT = 4 * 2**20
#: So many messages come in one array at most.
BATCH = 500
#: An error's status by its code; any other is 400.
STATUS = {
    "unknown_name": 404, "nothing_to_do": 409, "decision": 409, "stale": 409, "plan_changed": 409,
    "record_busy": 503, "record_read_only": 403, "record_foreign": 403, "runner_busy": 409,
    "needs_model": 501, "previews_off": 501, "claimed": 409, "record_corrupt": 500, "interrupted": 499,
}  # fmt: skip
_INTERNAL = "this is a fault of jupyter-coimprove; nothing that was acknowledged is lost"

Method = Callable[..., Awaitable[None]]


def mapped(method: Method) -> Method:
    """Errors become ``{error: {code, message, remedy}}`` here and nowhere else."""

    @wraps(method)
    async def answered(self: Handler, *args: str) -> None:
        try:
            await method(self, *args)
        except CoimproveError as error:
            self.refuse(STATUS.get(error.code, 400), error.as_dict())
        except web.HTTPError:
            raise
        except Exception as error:
            self.log.exception("jupyter-coimprove: %s", self.request.path)
            said = {"code": "internal", "message": type(error).__name__, "remedy": _INTERNAL}
            self.refuse(500, said)

    return answered


class Handler(APIHandler):
    """What all requests share: who asks, from which notebook, and how they are told no."""

    auth_resource = RESOURCE

    def initialize(self, shared: Shared) -> None:
        self.shared = shared

    def refuse(self, status: int, error: Mapping[str, str]) -> None:
        self.set_status(status)
        self.finish(json.dumps({"error": dict(error)}))

    def body(self) -> dict[str, Any]:
        """The JSON object that was sent. UsageError for anything else."""
        if len(self.request.body) > BODY_LIMIT:
            raise UsageError("the request is too long", remedy=f"at most {BODY_LIMIT // 2**20} MB")
        try:
            found = json.loads(self.request.body or b"{}")
        except (ValueError, RecursionError) as error:
            raise UsageError("the request is not JSON") from error
        if not isinstance(found, dict):
            raise UsageError("the request is not a JSON object")
        return found

    def without_model(self, body: Mapping[str, Any]) -> bool:
        """Whether the person has AI off in the window that asks; who runs this server may keep it on."""
        from jupyter_coimprove.workbench.policy import ai_policy

        return body.get("ai") is False and ai_policy(self.shared.ai_policy) != "force-on"

    @property
    def root_dir(self) -> Path:
        return Path(os.path.expanduser(self.settings["server_root_dir"]))

    def folder_of(self, path: object) -> tuple[Path, Path | None]:
        """(folder, notebook) of a path of the contents API; the server's folder for none."""
        found = places.inside(self.root_dir, path or "")
        return (found, None) if found.is_dir() else (found.parent, found)


class VersionHandler(Handler):
    """GET version: what a window compares itself with."""

    @web.authenticated
    @authorized
    @mapped
    async def get(self) -> None:
        self.finish(json.dumps({"version": __version__, "protocol": 1}))


class SettingsHandler(Handler):
    """GET settings: what who runs this server has settled for every window."""

    @web.authenticated
    @authorized
    @mapped
    async def get(self) -> None:
        from jupyter_coimprove.workbench.policy import ai_policy

        self.finish(json.dumps({"ai_policy": ai_policy(self.shared.ai_policy)}))


class VerbsHandler(Handler):
    """GET verbs: the table of verbs, for palettes and completion."""

    @web.authenticated
    @authorized
    @mapped
    async def get(self) -> None:
        from jupyter_coimprove.wire.options import table

        self.finish(json.dumps({"verbs": table()}))


class VerbHandler(Handler):
    """POST verbs/NAME ``{arguments, path, request, window, ai}``: one verb, as the view's JSON.

    With ``ai`` false no model takes part, as the person has it in that window.
    With ``window``, what a decision queued for the notebook at ``path`` is claimed for that window in the
    same breath, and comes beside the view as ``claimed``: a person sees it a round trip sooner.
    """

    @web.authenticated
    @authorized
    @mapped
    async def post(self, verb: str) -> None:
        from jupyter_coimprove.wire.arguments import call_of
        from jupyter_coimprove.wire.call import as_dict, execute
        from jupyter_coimprove.workbench.bench import Bench, Where

        body = self.body()
        arguments = body.get("arguments") or {}
        if not isinstance(arguments, dict):
            raise UsageError("`arguments` is a JSON object")
        call = call_of(verb, arguments)
        if self.without_model(body) and "provider" in call.arguments:
            call.arguments["provider"] = "builtin"
        folder, notebook = self.folder_of(body.get("path"))
        places.check_paths(call, self.root_dir, folder)
        actor = actor_of(self.current_user, self.identity_provider)
        name = str(body.get("request") or id(self))[:100]
        running = await kernels.running(self) if verb == "preview" else {}
        window = str(body.get("window") or "")
        takes = window if self.shared.presence.belongs(window, actor) else ""

        def work(cancelled: Callable[[], bool]) -> Any:
            where = Where(cwd=folder, notebook=notebook, open=notebook is not None, elsewhere=False)
            bench = Bench(where=where, actor=actor, cancelled=cancelled, configured=self.shared.configured)
            bench.window = takes
            bench.progress = lambda progress: self.shared.progress(name, progress)
            bench.kernels = lambda: running
            try:
                view = execute(bench, call)
                return as_dict(view) | claimed_at_once(bench, view)
            finally:
                self.shared.remember(bench.root())
                # The verb may have made a project around notebooks that are open.
                self.shared.presence.refresh()
                # Letting go of the index writes it to the disk: nobody waits for that.
                self.shared.tasks.afterwards(bench.close)

        answer = await self.shared.tasks.carry_out(name, work)
        self.finish(json.dumps(answer, allow_nan=False, default=list))


class RequestHandler(Handler):
    """DELETE requests/NAME: ask a request that is under way to stop."""

    @web.authenticated
    @authorized
    @mapped
    async def delete(self, name: str) -> None:
        self.shared.tasks.cancel(name)
        self.set_status(204)
        self.finish()


class RunFileHandler(Handler):
    """GET runs/ID/files/PATH?path=NOTEBOOK: a file that a run left, as plain bytes to save."""

    @web.authenticated
    @authorized
    @mapped
    async def get(self, run: str, path: str) -> None:
        from jupyter_coimprove.record.roots import Layout, find_root

        folder, notebook = self.folder_of(self.get_query_argument("path", ""))
        file = places.run_file(Layout(find_root(notebook or folder)).runs, run, path)
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Content-Disposition", "attachment")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Content-Security-Policy", "sandbox; default-src 'none'")
        with file.open("rb") as source:
            while chunk := await asyncio.get_running_loop().run_in_executor(None, source.read, 1 << 20):
                self.write(chunk)
                await self.flush()
        self.finish()


class EventsHandler(WebSocketMixin, WebSocketHandler, JupyterHandler):
    """The one WebSocket of a window: it names what it follows, and is told each line once.

    In: ``{"follow": PATH, "after": SEQ or null}`` (null: only what is new; with
    ``"batch": true`` several messages may come as one JSON array), and
    ``{"op": "present", "window": NAME, "paths": […]}`` with the notebooks that it has open now.
    Out: ``{type: "present", notebooks}``, ``{type: "following", root, after}``, events ``{root, seq, type, id, v, payload}``,
    ``{type: "progress", …}`` of requests, ``{type: "error", error}``.
    """

    auth_resource = RESOURCE

    def initialize(self, shared: Shared) -> None:
        self.shared = shared

    def set_default_headers(self) -> None:
        """Those of a page make no sense here."""

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        user = self.current_user
        if not await ensure_async(self.authorizer.is_authorized(self, user, "execute", RESOURCE)):
            raise web.HTTPError(403)
        await super().get(*args, **kwargs)

    def open(self, *args: Any, **kwargs: Any) -> None:
        super().open(*args, **kwargs)
        loop = asyncio.get_running_loop()

        def tell(texts: Sequence[str]) -> None:
            loop.call_soon_threadsafe(self._send_all, texts)

        self._tell = tell
        self._batch = False
        self.shared.windows.add(self._tell)

    async def on_message(self, message: str | bytes) -> None:
        try:
            said = json.loads(message)
            if isinstance(said, dict) and said.get("op") == "present":
                await self._present(said)
                return
            if not isinstance(said, dict) or "follow" not in said:
                raise UsageError("a window says {follow, after}")
            after = said.get("after", 0)
            if after is not None and (not isinstance(after, int) or isinstance(after, bool) or after < 0):
                raise UsageError("`after` is the number of the last event that was seen, null for none")
            from jupyter_coimprove.record.roots import find_root

            self._batch = said.get("batch") is True
            base = Path(os.path.expanduser(self.settings["server_root_dir"]))
            self.shared.following.follow(find_root(places.inside(base, said["follow"])), after, self._tell)
        except CoimproveError as error:
            self._send({"type": "error", "error": error.as_dict()})
        except ValueError:
            self._send({"type": "error", "error": {"code": "usage", "message": "not JSON", "remedy": ""}})

    async def _present(self, said: Mapping[str, Any]) -> None:
        """What this window has open, told to every door by a lock file each."""
        from jupyter_coimprove.interfaces.server.presence import said as parsed

        window, paths = parsed(said)
        actor = actor_of(self.current_user, self.identity_provider)
        base = Path(os.path.expanduser(self.settings["server_root_dir"]))
        presence = self.shared.presence
        told = await asyncio.get_running_loop().run_in_executor(
            None, presence.set, self, window, actor, base, paths
        )
        if self.ws_connection is None or self.ws_connection.is_closing():
            # It went away while its seats were taken.
            await asyncio.get_running_loop().run_in_executor(None, presence.leave, self)
        self._send({"type": "present", "notebooks": told})

    def on_close(self) -> None:
        super().on_close()
        self.shared.windows.discard(self._tell)
        self.shared.following.leave(self._tell)
        asyncio.get_running_loop().run_in_executor(None, self.shared.presence.leave, self)

    def _send(self, message: Mapping[str, Any]) -> None:
        self._send_all([encoded(message)])

    def _send_all(self, texts: Sequence[str]) -> None:
        if self._batch and len(texts) > 1:
            texts = [f"[{','.join(texts[at : at + BATCH])}]" for at in range(0, len(texts), BATCH)]
        for text in texts:
            if self.ws_connection is None or self.ws_connection.is_closing():
                return
            self.write_message(text)
